"""Photos are hostile: what comes in is checked by content, and what is kept is the picture alone.

kept = keep_photo(data)                 # JPEG bytes without metadata, upright by its orientation
kept, photo = keep_opened(data, 768)    # and opened for the inspector, for one decoding
sha256 = store.put_photo(kept.data)     # on the disk, fsynced, before anything is acknowledged

Files lie under their own SHA-256 (photos/ab/cdef….jpg, heatmaps/…, voices/…), so that a photo sent twice is
stored once and an altered file is seen. What no inspection refers to is swept away after a day.
What a photo may be is decided in `models.imaging`, for every room.
"""

import hashlib
import os
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import cv2

from ubora.models.bundle import file_digest
from ubora.models.imaging.header import kind_of
from ubora.models.inference.preprocess import OpenPhoto, PhotoError, decode_bgr, read_header
from ubora.service.storage.watch import Watch

_A_GLANCE_PX = 640
"""Of a photo that a person looks at, to see that it opens."""
QUALITY = 95
SMALL_BYTES = 15_000
"""Aim for a photo of 320 pixels: at KES 4.6 a megabyte seven hundredths of a shilling."""
WIDTHS = (160, 320, 640)
"""Pixels on the longer side of the small copies that there are of a photo."""
SUFFIXES = {"photos": ".jpg", "heatmaps": ".png", "voices": ".voice"}
"""Kind of file, which is its folder → how its files are named."""
KINDS = (*SUFFIXES, "partial")
Referenced = Callable[[list[str]], set[str]]
"""Of these file hashes, those that an inspection refers to."""


@dataclass(frozen=True)
class KeptPhoto:
    """What is stored and inspected. `width` and `height` are those of the upright photo, pixels."""

    data: bytes
    width: int
    height: int


def keep_photo(data: bytes) -> KeptPhoto:
    """Received bytes → JPEG bytes without metadata, of a photo that opens and is whole.

    A JPEG keeps its coefficients, and its colour profile; PNG and WebP become an upright JPEG in sRGB.

    Raises:
        NotPhoto: another kind of file, whatever it is named.
        PhotoError: empty, broken, cut short, animated, too many or too few pixels.
    """
    return keep_opened(data, _A_GLANCE_PX)[0]


def keep_opened(data: bytes, at_least: int) -> tuple[KeptPhoto, OpenPhoto]:
    """As `keep_photo`, with what is kept opened: it is decoded once, to be checked and to be inspected.

    Args:
        at_least: the longer side needed for a look at all of it, in pixels.

    Raises:
        NotPhoto, PhotoError: as `keep_photo`.
    """
    photo = OpenPhoto(data if kind_of(data) == "JPEG" else _as_jpeg(data), at_least=at_least)
    return KeptPhoto(photo.alone(), photo.header.width, photo.header.height), photo


def _as_jpeg(data: bytes) -> bytes:
    done, encoded = cv2.imencode(".jpg", decode_bgr(data), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise PhotoError(f"a {read_header(data).format} photo that cannot be stored")
    return encoded.tobytes()


def small_photo(data: bytes, longer_px: int) -> bytes:
    """A stored photo's bytes → an upright JPEG of at most that many pixels on its longer side, for phones.

    Raises:
        PhotoError: as `decode_photo`.
    """
    photo_hwc = decode_bgr(data, at_least=longer_px)
    height, width = photo_hwc.shape[:2]
    scale = min(1.0, longer_px / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    photo_bgr = cv2.resize(photo_hwc, size, interpolation=cv2.INTER_AREA)
    aim = SMALL_BYTES * (longer_px / 320) ** 2
    encoded = b""
    for quality in (80, 65, 50, 35):
        encoded = cv2.imencode(".jpg", photo_bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        if len(encoded) <= aim:
            break
    return encoded


def small_path(folder: Path, sha256: str, width: int) -> Path:
    """Where a photo's small copy lies; `small` makes it."""
    return folder / "small" / str(width) / sha256[:2] / f"{sha256[2:]}.jpg"


class PhotoStore:
    """Files by content hash below one folder. Shared by threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._partial = folder / "partial"
        # Between "it is there already" and the ledger's commit, the sweeper must not take a file away.
        self._touching = threading.Lock()
        for kind in KINDS:
            (folder / kind).mkdir(parents=True, exist_ok=True)

    def put(self, kind: str, data: bytes) -> str:
        """Its SHA-256, under which it lies on the disk when this returns."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.path(kind, sha256)
        if not self._touch(path):
            if not path.parent.is_dir():
                path.parent.mkdir(exist_ok=True)
                sync_folder(path.parent.parent)
            self._write(data, path)
        # Also where it was there already: whoever put it there may not have come this far.
        sync_folder(path.parent)
        return sha256

    def put_photo(self, data: bytes) -> str:
        return self.put("photos", data)

    def put_heatmap(self, data: bytes) -> str:
        return self.put("heatmaps", data)

    def put_voice(self, data: bytes) -> str:
        return self.put("voices", data)

    def keep(self, kind: str, sha256: str, data: bytes) -> None:
        """Put it again where a deletion of the same file took it before the ledger knew of this one."""
        if not self.path(kind, sha256).exists():
            self.put(kind, data)

    def remove(self, kind: str, sha256: str) -> bool:
        """Whether it was there."""
        self._forget_small(kind, sha256)
        with self._touching:
            try:
                self.path(kind, sha256).unlink()
            except FileNotFoundError:
                return False
            return True

    def _forget_small(self, kind: str, sha256: str) -> None:
        for width in WIDTHS if kind == "photos" else ():
            small_path(self.folder, sha256, width).unlink(missing_ok=True)

    def photo_path(self, sha256: str) -> Path:
        return self.path("photos", sha256)

    def heatmap_path(self, sha256: str) -> Path:
        return self.path("heatmaps", sha256)

    def voice_path(self, sha256: str) -> Path:
        return self.path("voices", sha256)

    def path(self, kind: str, sha256: str) -> Path:
        return self.folder / kind / sha256[:2] / f"{sha256[2:]}{SUFFIXES[kind]}"

    def fault(self, kind: str, sha256: str) -> str | None:
        """What is wrong with a file: missing or altered, and where; None where nothing is."""
        path = self.path(kind, sha256)
        if not path.is_file():
            return f"{path}: missing"
        return None if file_digest(path) == sha256 else f"{path}: altered"

    def files(self, kind: str) -> Iterator[tuple[str, Path]]:
        """(sha256, path) of every whole file of a kind."""
        for shard in sorted((self.folder / kind).iterdir()):
            for path in shard.iterdir():
                yield shard.name + path.stem, path

    def check_there(self, kind: str) -> None:
        """Raises OSError where the folder of this kind of file is gone, as a disk that is not mounted."""
        (self.folder / kind).stat()

    def check_writable(self) -> None:
        """Raises OSError where a photo could not be stored now."""
        for kind in KINDS:
            self.check_there(kind)
        probe = self._partial / f"{uuid.uuid4()}.probe"
        try:
            probe.write_bytes(b"ubora")
        finally:
            with suppress(OSError):
                probe.unlink(missing_ok=True)

    def sweep_partial(self, watch: Watch) -> int:
        """Remove what an earlier process left half written; returns how many.

        Younger files may be another process's that are written right now.
        """
        before = watch.before(hours=1)
        left = [path for path in old_files(self._partial, before) if watch.is_left(path)]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def sweep_orphans(self, older_than_hours: float, kinds: Mapping[str, Referenced], watch: Watch) -> int:
        """Remove files of at least this age that nothing refers to; returns how many.

        Args:
            kinds: photos, heatmaps, voices → which of these hashes are referred to.
        """
        before = watch.before(hours=older_than_hours)
        removed = 0
        for kind, referenced in kinds.items():
            for shard in sorted((self.folder / kind).iterdir()):
                old = {shard.name + path.stem: path for path in old_files(shard, before)}
                kept = referenced(list(old)) if old else set()
                left = [old[sha] for sha in old.keys() - kept if watch.is_left(old[sha])]
                removed += sum(self._remove_if_old(path, before) for path in left)
        return removed

    def _remove_if_old(self, path: Path, before: float) -> bool:
        with self._touching:
            # Looked at again: an upload may have taken this very file up since.
            if path.stat().st_mtime >= before:
                return False
            path.unlink()
            return True

    def _write(self, data: bytes, path: Path) -> None:
        partial = self._partial / f"{uuid.uuid4()}.partial"
        try:
            with partial.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except OSError:
            # A full disk is not to be filled with halves.
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            raise

    def _touch(self, path: Path) -> bool:
        with self._touching:
            try:
                os.utime(path)
            except FileNotFoundError:
                return False
            return True


def old_files(folder: Path, before: float) -> Iterator[Path]:
    """What was changed last before that time, seconds since 1970; what leaves meanwhile is not in it."""
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                yield path


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
