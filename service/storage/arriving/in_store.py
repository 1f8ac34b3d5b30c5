"""Unfinished uploads as objects of a bucket, their places in the ledger: for services that share no folder.

uploads = StoredUploads(ledger, bucket_of(settings.photos_url), Limits(32, 40_000_000))

What one request brings is one object, `arriving/<upload>/<name>`, sent before its row is committed. Only a
row makes it a part of the upload, and it goes in where the upload ends: of two that bring the same bytes at
once one finds the other's row. What a process left without a row, as it was killed in between, is swept.
"""

import logging
import threading
import uuid
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from ubora.service.http.database_faults import LedgerError
from ubora.service.http.observe import log_event
from ubora.service.ledger.clock import wall
from ubora.service.ledger.database import Ledger
from ubora.service.ledger.tables import ArrivingPart, ArrivingUpload
from ubora.service.storage.arriving.in_folder import FolderUploads
from ubora.service.storage.arriving.uploads import (
    Limits,
    OtherLength,
    Part,
    Progress,
    Unfinished,
    Uploads,
    WrongOffset,
)
from ubora.service.storage.bucket import Bucket
from ubora.service.storage.watch import Watch

FOLDER = "arriving"
ORPHAN_HOURS = 1.0
"""Age of an object that no row names: its sender has long committed, or never will."""
_AT_ONCE = 500


class StoredPart(Part):
    """Holds what was appended in memory, until `sync` or `close` make one object of it."""

    in_memory = True

    def __init__(self, ledger: Ledger, bucket: Bucket, row: ArrivingUpload) -> None:
        self.length = row.length
        self._ledger, self._bucket = ledger, bucket
        self._id, self._kept = row.id, row.come
        self._held = bytearray()
        self._closed = False
        # A request that is given up closes while its last sync may still run in a thread.
        self._in_use = threading.Lock()

    def offset(self) -> int:
        with self._in_use:
            return self._kept + len(self._held)

    def append(self, offset: int, data: bytes) -> int:
        with self._in_use:
            if self._closed:
                raise ValueError(f"{self._id}: closed")
            end = self._kept + len(self._held)
            if offset != end:
                raise WrongOffset(end)
            self._held += data
            return end + len(data)

    def sync(self) -> None:
        with self._in_use:
            self._keep()

    def close(self) -> None:
        with self._in_use:
            self._closed = True
            # Nobody was promised it.
            with suppress(WrongOffset, LedgerError, OSError):
                self._keep()

    def _keep(self) -> None:
        if not self._held:
            return
        data, name = bytes(self._held), str(uuid.uuid4())
        key = _key(self._id, name)
        # Also where it fails: who sent it is told so, and sends it again.
        self._held.clear()
        self._bucket.put(key, data, "a part of an upload")
        try:
            with self._ledger.write() as session:
                row = session.get(ArrivingUpload, self._id)
                come = 0 if row is None else row.come
                if row is None or come != self._kept:
                    raise WrongOffset(come)
                session.add(ArrivingPart(upload=row.id, start=come, size=len(data), name=name))
                row.come, row.changed_at = come + len(data), wall(session)
        except WrongOffset:
            _remove(self._bucket, [key])
            raise
        # After another fault nobody knows whether it was committed: the object stays, for the sweep to judge.
        self._kept += len(data)


class StoredUploads(Uploads):
    """
    Args:
        left: what a service of before kept in a folder; it is gone on with no more, and swept.
    """

    def __init__(
        self, ledger: Ledger, bucket: Bucket, limits: Limits, left: FolderUploads | None = None
    ) -> None:
        self._ledger, self._bucket, self._limits, self._left = ledger, bucket, limits, left

    def check_there(self) -> None:
        self._bucket.check_there()

    def open(self, owner: str, upload: str, length: int, offset: int = 0) -> StoredPart:
        row = self._find(owner, upload)
        if row is None:
            if offset:
                raise WrongOffset(0)
            row = self._begin(owner, upload, length)
        if row.length != length:
            raise OtherLength(row.length)
        return StoredPart(self._ledger, self._bucket, row)

    def progress(self, owner: str, upload: str) -> Progress | None:
        row = self._find(owner, upload)
        return None if row is None else Progress(row.come, row.length)

    def length(self, owner: str, upload: str) -> int:
        row = self._find(owner, upload)
        return 0 if row is None else row.length

    def read(self, owner: str, upload: str) -> bytes:
        row = self._find(owner, upload)
        if row is None or row.come < row.length:
            raise Unfinished(0 if row is None else row.come)
        with self._ledger.read() as session:
            parts = session.scalars(
                select(ArrivingPart).where(ArrivingPart.upload == row.id).order_by(ArrivingPart.start)
            ).all()
        data = bytearray()
        for part in parts:
            found = self._bucket.get(_key(row.id, part.name), "an upload")
            if found is None or len(found) != part.size:
                break
            data += found
        if len(data) != row.length:
            # Another has taken it just now; or the store lost it, and the phone begins again.
            if self._take(ArrivingUpload.id == row.id):
                log_event("upload-lost", level=logging.WARNING, upload=upload)
            raise Unfinished(0)
        return bytes(data)

    def drop(self, owner: str, upload: str) -> None:
        row = self._find(owner, upload)
        if row is not None:
            self._take(ArrivingUpload.id == row.id)

    def drop_all(self, owner: str) -> int:
        left = 0 if self._left is None else self._left.drop_all(owner)
        return left + self._take(ArrivingUpload.owner == owner)

    def sweep(self, older_than_hours: float, watch: Watch) -> int:
        """As of a folder; of several services one removes it, and counts it. Also objects without a row."""
        removed = 0 if self._left is None else self._left.sweep(older_than_hours, watch)
        before = datetime.fromtimestamp(watch.before(hours=older_than_hours), UTC)
        with self._ledger.read() as session:
            old = session.scalars(select(ArrivingUpload).where(ArrivingUpload.changed_at < before)).all()
        for row in old:
            changed_ns = 1000 * round(1e6 * row.changed_at.timestamp())
            # With how far it is: a clock that stands still may give one time to two changes.
            if watch.was_seen(Path(FOLDER, row.id, str(row.come)), changed_ns):
                same = (ArrivingUpload.come == row.come, ArrivingUpload.changed_at == row.changed_at)
                removed += self._take(ArrivingUpload.id == row.id, *same)
        return removed + self._sweep_orphans(watch)

    def _sweep_orphans(self, watch: Watch) -> int:
        before, removed = watch.before(hours=ORPHAN_HOURS), 0
        old = (found for found in self._bucket.listed(f"{FOLDER}/", "uploads") if found[1] < before)
        while some := dict(islice(old, _AT_ONCE)):
            names = [Path(key).name for key in some]
            with self._ledger.read() as session:
                query = select(ArrivingPart.name).where(ArrivingPart.name.in_(names))
                named = set(session.scalars(query))
            for key, changed in some.items():
                path = Path(key)
                if path.name not in named and watch.was_seen(path, round(1e9 * changed)):
                    self._bucket.remove(key, "a part of an upload")
                    removed += 1
        return removed

    def _find(self, owner: str, upload: str) -> ArrivingUpload | None:
        with self._ledger.read() as session:
            return _row(session, owner, upload)

    def _begin(self, owner: str, upload: str, length: int) -> ArrivingUpload:
        # One at a time in all services, or two could both be the last that fits.
        with self._ledger.write() as session:
            row = _row(session, owner, upload)
            if row is None:
                held = select(func.count(), func.coalesce(func.sum(ArrivingUpload.length), 0))
                uploads, together = session.execute(held.where(ArrivingUpload.owner == owner)).one()
                self._limits.check(uploads, together, length)
                row = ArrivingUpload(id=str(uuid.uuid4()), owner=owner, upload=upload, length=length, come=0)
                row.changed_at = wall(session)
                session.add(row)
        return row

    def _take(self, *which: ColumnElement[bool]) -> int:
        """Let go of these in the ledger, then of their objects; returns how many there were."""
        with self._ledger.write() as session:
            ids = session.scalars(select(ArrivingUpload.id).where(*which)).all()
            mine = ArrivingPart.upload.in_(ids)
            parts = session.execute(select(ArrivingPart.upload, ArrivingPart.name).where(mine)).all()
            session.execute(delete(ArrivingPart).where(mine))
            session.execute(delete(ArrivingUpload).where(ArrivingUpload.id.in_(ids)))
        _remove(self._bucket, (_key(upload, name) for upload, name in parts))
        return len(ids)


def _row(session: Session, owner: str, upload: str) -> ArrivingUpload | None:
    return session.scalar(
        select(ArrivingUpload).where(ArrivingUpload.owner == owner, ArrivingUpload.upload == upload)
    )


def _key(upload: str, name: str) -> str:
    return f"{FOLDER}/{upload}/{name}"


def _remove(bucket: Bucket, keys: Iterable[str]) -> None:
    """Objects that no row names; one that cannot be removed now is the sweep's."""
    with suppress(OSError):
        for key in keys:
            bucket.remove(key, "a part of an upload")
