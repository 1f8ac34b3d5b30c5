"""A phone that sends a photo in parts, for tests of uploads.

upload = send_all(phone, photo)
finish(phone, uuid.uuid4(), upload)
"""

import os
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from sqlalchemy import update

from tests.parts.photos import jpeg
from tests.parts.served import DARK_RED, Town, context_of, drawn
from ubora.service.ledger.tables import ArrivingUpload
from ubora.service.storage.arriving.in_store import StoredUploads
from ubora.service.storage.bucket import Bucket, bucket_of

STEP = 20_000
KIND = "application/offset+octet-stream"


def step(client: httpx.Client, upload: Any, offset: int, data: bytes, length: int) -> httpx.Response:
    """PATCH some bytes of an upload."""
    headers = {"Upload-Offset": str(offset), "Upload-Length": str(length), "Content-Type": KIND}
    return client.patch(f"/v1/uploads/{upload}", content=data, headers=headers)


def send_all(client: httpx.Client, photo: bytes, size: int = STEP) -> str:
    """A whole upload in steps; its id."""
    upload = str(uuid.uuid4())
    for at in range(0, len(photo), size):
        answer = step(client, upload, at, photo[at : at + size], len(photo))
        assert answer.status_code == 204, answer.text
        assert int(answer.headers["upload-offset"]) == min(at + size, len(photo))
    return upload


def where(client: httpx.Client, upload: Any) -> int | None:
    answer = client.head(f"/v1/uploads/{upload}")
    return int(answer.headers["upload-offset"]) if answer.status_code == 200 else None


def finish(client: httpx.Client, name: Any, *uploads: Any, **context: Any) -> httpx.Response:
    body = {"context": context_of(**context), "uploads": [str(upload) for upload in uploads]}
    return client.put(f"/v1/inspections/{name}", json=body)


def arriving(town: Town) -> list[str]:
    """Files or objects of uploads that nobody took, wherever this run keeps them."""
    bucket = _bucket(town)
    if bucket is not None:
        return [key for key, _changed in bucket.listed("arriving/", "uploads")]
    return [str(path) for path in _files(town)]


def age_uploads(town: Town, hours: float) -> None:
    """Nothing was added to any of them for so long."""
    with town.state.ledger.write() as session:
        before = town.state.ledger.clock() - timedelta(hours=hours)
        session.execute(update(ArrivingUpload).values(changed_at=before))
    for path in _files(town):
        os.utime(path, (time.time() - 3600 * hours,) * 2)


def _files(town: Town) -> list[Path]:
    return [path for path in (town.settings.data / "arriving").rglob("*") if path.is_file()]


def _bucket(town: Town) -> Bucket | None:
    url = town.settings.photos_url
    return bucket_of(url) if url is not None and isinstance(town.state.staging, StoredUploads) else None


@cache
def large_photo() -> bytes:
    """Large enough for several steps."""
    return jpeg(drawn(DARK_RED, width=640, height=480))


@contextmanager
def half_sent(town: Town, upload: Any, offset: int, sent: bytes, length: int) -> Iterator[socket.socket]:
    """A connection that promised the rest of the photo and sent only this."""
    server = urlsplit(town.url)
    head = (
        f"PATCH /v1/uploads/{upload} HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {town.tokens['artisan']}\r\n"
        f"Content-Type: {KIND}\r\nUpload-Offset: {offset}\r\nUpload-Length: {length}\r\n"
        f"Content-Length: {length - offset}\r\n\r\n"
    )
    with socket.create_connection((server.hostname, server.port)) as line:
        line.sendall(head.encode() + sent)
        yield line
