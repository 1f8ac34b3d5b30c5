"""Unfinished uploads as files of this disk.

uploads = FolderUploads(settings.data / "arriving", Limits(32, 40_000_000))

One file an upload, `arriving/<owner>/<upload>.<length>`: its size is how far it has come. Files are locked
while they are written (flock), so threads and processes may share the folder.
"""

import fcntl
import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ubora.service.storage.arriving.uploads import (
    Limits,
    OtherLength,
    Part,
    Progress,
    Unfinished,
    Uploads,
    WrongOffset,
)
from ubora.service.storage.photos import old_files, sync_folder
from ubora.service.storage.watch import Watch


class FilePart(Part):
    """One upload's file."""

    in_memory = False

    def __init__(self, path: Path, length: int) -> None:
        self.path = path
        self.length = length
        # Never made here: a file that a sweeper has taken must not come back without its beginning.
        self._handle = os.open(path, os.O_RDWR)
        self._closed = False
        # A request that is given up closes while its last write may still run in a thread: the number of a
        # closed handle may be another file's by then.
        self._in_use = threading.Lock()

    def offset(self) -> int:
        with self._held() as handle:
            return os.fstat(handle).st_size

    def append(self, offset: int, data: bytes) -> int:
        with self._held() as handle, _locked(handle):
            found = os.fstat(handle)
            if found.st_nlink == 0:
                raise WrongOffset(0)
            if found.st_size != offset:
                raise WrongOffset(found.st_size)
            left = memoryview(data)
            while left:
                written = os.pwrite(handle, left, offset)
                offset, left = offset + written, left[written:]
        return offset

    def sync(self) -> None:
        """Content and name on the disk."""
        with self._held() as handle:
            os.fsync(handle)
        sync_folder(self.path.parent)

    def close(self) -> None:
        with self._in_use:
            if not self._closed:
                self._closed = True
                os.close(self._handle)

    @contextmanager
    def _held(self) -> Iterator[int]:
        with self._in_use:
            if self._closed:
                raise ValueError(f"{self.path}: closed")
            yield self._handle


class FolderUploads(Uploads):
    def __init__(self, folder: Path, limits: Limits) -> None:
        self.folder = folder
        self._limits = limits
        folder.mkdir(parents=True, exist_ok=True)

    def check_there(self) -> None:
        self.folder.stat()

    def open(self, owner: str, upload: str, length: int, offset: int = 0) -> Part:
        place = self._find(owner, upload)
        if place is None:
            if offset:
                raise WrongOffset(0)
            place = self._begin(owner, upload, length)
        if _length(place) != length:
            raise OtherLength(_length(place))
        try:
            return FilePart(place, length)
        except FileNotFoundError:  # taken or swept away in this moment
            raise WrongOffset(0) from None

    def progress(self, owner: str, upload: str) -> Progress | None:
        place = self._find(owner, upload)
        if place is None:
            return None
        try:
            with FilePart(place, _length(place)) as part:
                # First how much, then to the disk: what comes between is synced too, but not promised.
                offset = part.offset()
                part.sync()
        except FileNotFoundError:
            return None
        return Progress(offset, _length(place))

    def length(self, owner: str, upload: str) -> int:
        place = self._find(owner, upload)
        return 0 if place is None else _length(place)

    def read(self, owner: str, upload: str) -> bytes:
        place = self._find(owner, upload)
        if place is None:
            raise Unfinished(0)
        try:
            data = place.read_bytes()
        except FileNotFoundError:
            raise Unfinished(0) from None
        if len(data) < _length(place):
            raise Unfinished(len(data))
        return data

    def drop(self, owner: str, upload: str) -> None:
        place = self._find(owner, upload)
        if place is not None:
            _remove(place)

    def drop_all(self, owner: str) -> int:
        folder = self._of(owner)
        return sum(_remove(place) for place in folder.iterdir()) if folder.is_dir() else 0

    def sweep(self, older_than_hours: float, watch: Watch) -> int:
        """Remove what nothing was added to for so long; returns how many. Owners' empty folders stay."""
        before = watch.before(hours=older_than_hours)
        places = [place for folder in self.folder.iterdir() for place in old_files(folder, before)]
        return sum(_remove(place, before) for place in places if watch.is_left(place))

    def _begin(self, owner: str, upload: str, length: int) -> Path:
        folder = self._of(owner)
        root = os.open(self.folder, os.O_RDONLY)
        try:
            # One at a time in all processes, or two could both be the last that fits.
            with _locked(root):
                folder.mkdir(exist_ok=True)
                known = self._find(owner, upload)
                if known is not None:
                    return known
                lengths = [_length(place) for place in folder.iterdir()]
                self._limits.check(len(lengths), sum(lengths), length)
                place = folder / f"{upload}.{length}"
                place.touch(mode=0o600, exist_ok=False)
        finally:
            os.close(root)
        sync_folder(self.folder)
        return place

    def _find(self, owner: str, upload: str) -> Path | None:
        return next(self._of(owner).glob(f"{upload}.*"), None)

    def _of(self, owner: str) -> Path:
        # Hashed, so that no owner's name can be a path.
        return self.folder / hashlib.sha256(owner.encode()).hexdigest()[:32]


def _length(place: Path) -> int:
    return int(place.suffix.removeprefix("."))


def _remove(place: Path, before: float | None = None) -> bool:
    """Whether it went; only where it was last written `before`."""
    try:
        handle = os.open(place, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        with _locked(handle):
            if before is not None and os.fstat(handle).st_mtime >= before:
                return False
            place.unlink(missing_ok=True)
            return True
    finally:
        os.close(handle)


@contextmanager
def _locked(handle: int) -> Iterator[None]:
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)
