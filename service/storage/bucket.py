"""A bucket of an S3-compatible store: what it holds under a key. What it cannot do now is an OSError.

bucket = bucket_of("s3://photos/hub?endpoint=https://s3.example.org")
bucket.put("photos/ab/cdef.jpg", data, "photos")     # there when this returns
bucket.get("photos/ab/cdef.jpg", "photos")           # None where it holds nothing

Keys are said without the prefix of the URL. The last argument of each is what is worked on, for the error.
"""

import base64
import errno
import hashlib
import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from ubora.service.settings import SettingsError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ASKED = {"endpoint", "region"}
_GONE = {"404", "NoSuchKey", "NotFound"}


@dataclass(frozen=True)
class Bucket:
    """Shared by threads. Every method raises OSError where the store does not do what it is asked."""

    client: "S3Client"
    name: str
    prefix: str
    """Empty, or ends with a slash."""

    def where(self, key: str) -> str:
        """What a person calls it."""
        return f"s3://{self.name}/{self.prefix}{key}"

    def check_there(self) -> None:
        with _told("the bucket does not answer"):
            self.client.head_bucket(Bucket=self.name)

    def put(self, key: str, data: bytes, what: str) -> None:
        digest = hashlib.sha256(data).digest()
        with _told(f"{what} cannot be stored"):
            self.client.put_object(
                Bucket=self.name,
                Key=self.prefix + key,
                Body=data,
                # Held against what arrived, by the store.
                ChecksumSHA256=base64.b64encode(digest).decode(),
            )

    def get(self, key: str, what: str) -> bytes | None:
        """None where it holds nothing."""
        with _told(f"{what} cannot be read"):
            try:
                found = self.client.get_object(Bucket=self.name, Key=self.prefix + key)
            except self.client.exceptions.NoSuchKey:
                return None
            return found["Body"].read()

    def remove(self, key: str, what: str) -> None:
        """Also where it holds nothing."""
        with _told(f"{what} cannot be removed"):
            self.client.delete_object(Bucket=self.name, Key=self.prefix + key)

    def changed(self, key: str, what: str) -> float | None:
        """Its time of change by the store's clock, seconds since 1970; None where it holds nothing."""
        with _told(f"{what} cannot be asked for"):
            try:
                found = self.client.head_object(Bucket=self.name, Key=self.prefix + key)
            except self.client.exceptions.ClientError as error:
                if error.response["Error"]["Code"] in _GONE:
                    return None
                raise
            return found["LastModified"].timestamp()

    def listed(self, start: str, what: str) -> Iterator[tuple[str, float]]:
        """(key, time of change) of everything whose key begins so."""
        with _told(f"{what} cannot be listed"):
            pages = self.client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.name, Prefix=self.prefix + start):
                for found in page.get("Contents", ()):
                    yield found["Key"].removeprefix(self.prefix), found["LastModified"].timestamp()


def bucket_of(url: str) -> Bucket:
    """The bucket of a URL, as s3://BUCKET/PREFIX?endpoint=URL&region=NAME; nothing is asked of it yet.

    Raises:
        SettingsError: it is no such URL, or boto3 is not installed.
    """
    parts = urlsplit(url)
    asked = parse_qs(parts.query)
    if parts.scheme != "s3" or not parts.netloc or set(asked) - _ASKED:
        raise SettingsError(
            f"UBORA_PHOTOS_URL: found {url!r}, expected s3://BUCKET/PREFIX, with ?endpoint=URL&region=NAME "
            "or without"
        )
    try:
        boto3: Any = importlib.import_module("boto3")
    except ImportError:
        raise SettingsError("UBORA_PHOTOS_URL: needs boto3; expected `pip install 'ubora[s3]'`") from None
    config = importlib.import_module("botocore.config").Config(
        connect_timeout=5,
        read_timeout=20,
        max_pool_connections=32,
        retries={"max_attempts": 3, "mode": "standard"},
    )
    client = boto3.client(
        "s3",
        endpoint_url=asked.get("endpoint", [None])[0],
        region_name=asked.get("region", [None])[0],
        config=config,
    )
    prefix = parts.path.strip("/")
    return Bucket(client, parts.netloc, f"{prefix}/" if prefix else "")


@contextmanager
def _told(what: str) -> Iterator[None]:
    """What a store says or does not say, as an OSError."""
    exceptions = importlib.import_module("botocore.exceptions")
    try:
        yield
    except (exceptions.ClientError, exceptions.BotoCoreError) as error:
        raise OSError(errno.EIO, f"{what}: {error}") from None
