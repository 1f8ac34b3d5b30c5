"""Two services that keep the same uploads in parts, in a folder or in a store, for tests of both.

send(services.one, a_name(), 0, b"123")
"""

import os
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from tests.parts.ledgers.chosen import ledger_url
from tests.parts.objects import own_url
from ubora.service.ledger.database import Ledger
from ubora.service.ledger.tables import ArrivingUpload
from ubora.service.settings import Settings
from ubora.service.storage.arriving.in_folder import FolderUploads
from ubora.service.storage.arriving.in_store import StoredUploads
from ubora.service.storage.arriving.uploads import (
    Limits,
    Part,
    Uploads,
    WrongOffset,
)
from ubora.service.storage.bucket import Bucket, bucket_of

LIMITS = Limits(most_uploads=3, most_bytes=100)


@dataclass
class Services:
    """Two that share what they keep, and a way to make all of it old."""

    one: Uploads
    two: Uploads
    age: Callable[[float], None]


@dataclass
class Stored(Services):
    ledger: Ledger
    bucket: Bucket

    def objects(self) -> list[str]:
        return [key for key, _changed in self.bucket.listed("", "all")]


def in_folder(folder: Path) -> Services:
    def age(hours: float) -> None:
        for path in folder.glob("*/*"):
            os.utime(path, (time.time() - 3600 * hours,) * 2)

    return Services(FolderUploads(folder, LIMITS), FolderUploads(folder, LIMITS), age)


def in_store(folder: Path, stack: ExitStack) -> Stored:
    url = Settings(data=folder, database_url=ledger_url(folder)).ledger_url()
    first, second = Ledger.open(url), Ledger.open(url)
    for ledger in (first, second):
        stack.callback(ledger.close)
    bucket = bucket_of(own_url())

    def age(hours: float) -> None:
        with first.write() as session:
            before = first.clock() - timedelta(hours=hours)
            session.execute(update(ArrivingUpload).values(changed_at=before))

    one, two = (StoredUploads(ledger, bucket, LIMITS) for ledger in (first, second))
    return Stored(one, two, age, first, bucket)


def send(uploads: Uploads, name: str, offset: int, data: bytes, length: int = 8, owner: str = "me") -> int:
    with uploads.open(owner, name, length, offset) as part:
        return add(part, offset, data)


def add(part: Part, offset: int, data: bytes) -> int:
    """Appended and kept; where it ends then."""
    end = part.append(offset, data)
    part.sync()
    return end


def found_at(part: Part, offset: int, data: bytes) -> int:
    """Where the upload is, as who comes too late is told."""
    with pytest.raises(WrongOffset) as error:
        add(part, offset, data)
    return error.value.offset


def a_name() -> str:
    return str(uuid.uuid4())
