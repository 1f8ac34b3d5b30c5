"""A real S3 store on this machine, for tests: moto's server, bound to loopback.

settings = Settings(data=data, photos_url=photos_url(data))     # a folder, or S3 where TEST_PHOTOS=s3
bucket = bucket_of(own_url())                                   # S3 in any case
"""

import logging
import os
import uuid
from functools import cache
from pathlib import Path

import boto3
from moto.server import ThreadedMotoServer

VARIABLE = "TEST_PHOTOS"
KINDS = ("folder", "s3")
BUCKET = "photos"
_servers: list[ThreadedMotoServer] = []


def chosen_photos() -> str:
    kind = os.environ.get(VARIABLE, "folder")
    assert kind in KINDS, f"{VARIABLE} is {kind!r}, expected one of {KINDS}"
    return kind


def photos_url(data: Path) -> str | None:
    """The store of a data folder, always the same one; None is the folder itself."""
    return None if chosen_photos() == "folder" else _of_folder(data.resolve())


def own_url() -> str:
    """A place in the store that nobody else uses."""
    return f"s3://{BUCKET}/{uuid.uuid4()}?endpoint={_endpoint()}&region=us-east-1"


def stop_objects() -> None:
    while _servers:
        _servers.pop().stop()


@cache
def _of_folder(_data: Path) -> str:
    return own_url()


@cache
def _endpoint() -> str:
    # Any will do, and without some boto3 asks for them in the network.
    os.environ |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # a line for each request
    server.start()
    _servers.append(server)
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket=BUCKET)
    return endpoint
