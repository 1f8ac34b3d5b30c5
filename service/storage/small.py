"""Small copies of photos, made once and kept beside them as far as there is room; any of them may be lost.

data = small_of(store, sha256, 320)                   # made, where it is not there
removed = sweep_small(store.folder, 500_000_000, referenced)

They lie under the photo's own hash (small/320/ab/cdef….jpg) on this machine's disk, also where the photos
themselves lie elsewhere. A photo that is removed takes its small copies along.
"""

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from ubora.service.http.stored_files import stored_bytes
from ubora.service.storage.photos import PhotoStore, Referenced, small_path, small_photo

AT_ONCE = 500
USED_SECONDS = 3600.0
"""The time of use is noted no more often than that."""


def small_of(store: PhotoStore, sha256: str, width: int) -> bytes:
    """JPEG bytes of at most `width` pixels on the longer side. Blocks; for a worker thread.

    Raises:
        Problem, OSError, PhotoError: the photo is gone, cannot be read, or does not open.
    """
    place = small_path(store.folder, sha256, width)
    with suppress(OSError):
        return _used(place)
    data = small_photo(stored_bytes(store.photo_path(sha256)), width)
    # A full disk is no reason not to show a photo.
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        partial = place.with_name(f"{uuid.uuid4()}.partial")
        partial.write_bytes(data)
        partial.replace(place)
    return data


def has_small(store: PhotoStore, sha256: str, width: int) -> bool:
    return small_path(store.folder, sha256, width).exists()


def sweep_small(folder: Path, most_bytes: int, referenced: Referenced) -> int:
    """Remove those of photos that nothing refers to, then those used longest ago, until the rest may stay.

    Returns:
        how many.
    """
    removed, kept = 0, []
    files = _files(folder)
    while some := list(islice(files, AT_ONCE)):
        held = referenced([sha256 for sha256, _ in some])
        for sha256, path in some:
            with suppress(FileNotFoundError):
                stat = path.stat()
                if sha256 in held:
                    kept.append((stat.st_mtime, stat.st_size, path))
                else:
                    path.unlink()
                    removed += 1
    total = sum(size for _, size, _ in kept)
    for _, size, path in sorted(kept):
        if total <= most_bytes:
            break
        path.unlink(missing_ok=True)
        total -= size
        removed += 1
    return removed


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """(sha256 of the photo, path) of every small copy; what was left half written has no hash of any."""
    for path in (folder / "small").glob("*/*/*"):
        yield path.parent.name + path.stem, path


def _used(place: Path) -> bytes:
    data = place.read_bytes()
    if time.time() - place.stat().st_mtime > USED_SECONDS:
        os.utime(place)
    return data
