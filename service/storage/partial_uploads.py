"""Photos that arrive in parts: what came stays on the disk until it is whole and an inspection takes it.

staging = PartialUploads(settings.data / "arriving", most_uploads=32, most_bytes=40_000_000)
with staging.open(owner, upload, length) as part:
    part.append(offset, data)      # in its place, or not at all
    part.sync()                    # on the disk; only now is it acknowledged

One file an upload, `arriving/<owner>/<upload>.<length>`: its size is how far it has come. Files are locked
while they are written (flock), so threads and processes may share the folder. What nobody finished is swept.

Exception
├── WrongOffset       the upload is elsewhere: where
├── OtherLength       the upload was begun with another length
├── Unfinished        it is not whole, or unknown
└── TooMuchArriving   its owner has too much unfinished already
"""

import fcntl
import hashlib
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from ubora.service.storage.photos import old_files, sync_folder
from ubora.service.storage.watch import Watch


class WrongOffset(Exception):  # noqa: N818 (tus.io's own word)
    def __init__(self, offset: int) -> None:
        super().__init__(f"the upload has {offset} bytes")
        self.offset = offset


class OtherLength(Exception):  # noqa: N818
    def __init__(self, length: int) -> None:
        super().__init__(f"the upload was begun with {length} bytes")
        self.length = length


class Unfinished(Exception):  # noqa: N818
    def __init__(self, offset: int) -> None:
        super().__init__(f"the upload has {offset} bytes so far")
        self.offset = offset


class TooMuchArriving(Exception):  # noqa: N818
    """Too many unfinished uploads of one owner, or too large together."""


@dataclass(frozen=True)
class Progress:
    """How far an upload has come, in bytes."""

    offset: int
    length: int


class Part:
    """One upload's file, held open by one request."""

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
        """Write at `offset`, where the file must end now; returns where it ends then.

        Raises:
            WrongOffset: another request was here before, or the upload was taken or swept away.
            OSError: no space. What was written stays.
        """
        with self._held() as handle, _locked(handle):
            stat = os.fstat(handle)
            if stat.st_nlink == 0:
                raise WrongOffset(0)
            if stat.st_size != offset:
                raise WrongOffset(stat.st_size)
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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class PartialUploads:
    """All unfinished uploads. An owner is any text; it finds its own uploads only."""

    def __init__(self, folder: Path, *, most_uploads: int, most_bytes: int) -> None:
        self.folder = folder
        self._most_uploads = most_uploads
        self._most_bytes = most_bytes
        folder.mkdir(parents=True, exist_ok=True)

    def check_there(self) -> None:
        """Raises OSError where the folder is gone."""
        self.folder.stat()

    def open(self, owner: str, upload: str, length: int, offset: int = 0) -> Part:
        """The upload, begun where there is none and its first byte is offered.

        Args:
            upload: a UUID in its canonical spelling.

        Raises:
            WrongOffset: there is none, and the offset is not 0.
            OtherLength, TooMuchArriving.
        """
        place = self._find(owner, upload)
        if place is None:
            if offset:
                raise WrongOffset(0)
            place = self._begin(owner, upload, length)
        if _length(place) != length:
            raise OtherLength(_length(place))
        try:
            return Part(place, length)
        except FileNotFoundError:  # taken or swept away in this moment
            raise WrongOffset(0) from None

    def progress(self, owner: str, upload: str) -> Progress | None:
        """How far it has come; on the disk when this returns. None where there is no such upload."""
        place = self._find(owner, upload)
        if place is None:
            return None
        try:
            with Part(place, _length(place)) as part:
                # First how much, then to the disk: what comes between is synced too, but not promised.
                offset = part.offset()
                part.sync()
        except FileNotFoundError:
            return None
        return Progress(offset, _length(place))

    def length(self, owner: str, upload: str) -> int:
        """Bytes of the whole upload, however much of it has come; 0 where there is none."""
        place = self._find(owner, upload)
        return 0 if place is None else _length(place)

    def read(self, owner: str, upload: str) -> bytes:
        """The bytes of a whole upload.

        Raises:
            Unfinished: it is not whole; at 0 also where there is none.
        """
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
        """Forget it, where there is one."""
        place = self._find(owner, upload)
        if place is not None:
            _remove(place)

    def drop_these(self, owner: str, uploads: Iterable[str] | None) -> None:
        for upload in uploads or ():
            self.drop(owner, upload)

    def drop_all(self, owner: str) -> int:
        """Forget all of an owner's; returns how many there were."""
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
                if len(lengths) >= self._most_uploads or sum(lengths) + length > self._most_bytes:
                    raise TooMuchArriving(f"{len(lengths)} unfinished uploads of {sum(lengths):,} bytes")
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
