"""Photos in an S3-compatible store, under the same names as in a folder, which holds what was last used.

store = ObjectStore(Path("var"), bucket_of("s3://photos/hub?endpoint=https://s3.example.org"), 2_000_000_000)
sha256 = store.put_photo(data)          # in the bucket when this returns
store.photo_path(sha256).read_bytes()   # fetched where it is not in the folder

The bucket is the truth, and several services share it; each folder is a copy that may be lost. What the
bucket cannot do now is an OSError, as of a disk.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path

from ubora.service.storage.bucket import Bucket
from ubora.service.storage.photos import SUFFIXES, PhotoStore, Referenced
from ubora.service.storage.watch import Watch

_AT_ONCE = 500


class ObjectStore(PhotoStore):
    """The same as a folder to whoever uses it. Shared by threads."""

    def __init__(self, folder: Path, bucket: Bucket, cache_bytes: int) -> None:
        super().__init__(folder)
        self._bucket = bucket
        self._cache_bytes = cache_bytes

    def put(self, kind: str, data: bytes) -> str:
        """Its SHA-256, under which it lies in the bucket when this returns.

        It is sent also where it is there already: that renews its time of change, so that no sweep takes it
        before the ledger knows of it.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        self._bucket.put(self._key(kind, sha256), data, kind)
        self._copy(self._place(kind, sha256), data)
        return sha256

    def keep(self, kind: str, sha256: str, data: bytes) -> None:
        if not self._is_there(kind, sha256):
            self.put(kind, data)

    def remove(self, kind: str, sha256: str) -> bool:
        there = self._is_there(kind, sha256)
        self._forget_small(kind, sha256)
        self._bucket.remove(self._key(kind, sha256), kind)
        self._place(kind, sha256).unlink(missing_ok=True)
        return there

    def path(self, kind: str, sha256: str) -> Path:
        """Where it lies on this disk, fetched where it did not. Blocks; without a file where it is gone."""
        place = self._place(kind, sha256)
        if not place.exists():
            data = self._fetch(kind, sha256)
            if data is not None:
                self._copy(place, data)
        return place

    def fault(self, kind: str, sha256: str) -> str | None:
        """Of what lies in the bucket, whatever is copied here."""
        data = self._fetch(kind, sha256)
        name = self._bucket.where(self._key(kind, sha256))
        if data is None:
            return f"{name}: missing"
        return None if hashlib.sha256(data).hexdigest() == sha256 else f"{name}: altered"

    def files(self, kind: str) -> Iterator[tuple[str, Path]]:
        """(sha256, where a copy would lie) of every file of a kind in the bucket."""
        for sha256, _changed in self._listed(kind):
            yield sha256, self._place(kind, sha256)

    def check_there(self, kind: str) -> None:
        """Raises OSError where the bucket cannot be asked, or the folder of copies is gone."""
        super().check_there(kind)
        if kind in SUFFIXES:
            self._bucket.check_there()

    def check_writable(self) -> None:
        super().check_there("partial")
        self.check_there("photos")

    def sweep_orphans(self, older_than_hours: float, kinds: Mapping[str, Referenced], watch: Watch) -> int:
        """As of a folder. Also copies here that nothing refers to, or that are more than may be here."""
        before = watch.before(hours=older_than_hours)
        removed = 0
        for kind, referenced in kinds.items():
            old = (found for found in self._listed(kind) if found[1] < before)
            while some := dict(islice(old, _AT_ONCE)):
                kept = referenced(list(some))
                for sha256 in some.keys() - kept:
                    if watch.was_seen(self._place(kind, sha256), round(some[sha256] * 1e9)):
                        removed += self._remove_object(kind, sha256, before)
            self._forget_copies(kind, referenced)
        self._evict()
        return removed

    def _remove_object(self, kind: str, sha256: str, before: float) -> bool:
        # Looked at again: an upload may have taken this very file up since. Who does so between here and the
        # removal puts it again after its commit (`keep`).
        changed = self._changed(kind, sha256)
        return changed is not None and changed < before and self.remove(kind, sha256)

    def _forget_copies(self, kind: str, referenced: Referenced) -> None:
        """What another service deleted does not stay here."""
        copies = ((sha256, path) for sha256, path in super().files(kind))
        while some := dict(islice(copies, _AT_ONCE)):
            for sha256 in some.keys() - referenced(list(some)):
                if not self._is_there(kind, sha256):
                    some[sha256].unlink(missing_ok=True)

    def _evict(self) -> None:
        """The copies that were fetched first leave, until the rest is as much as may lie here."""
        found = []
        for kind in SUFFIXES:
            for _sha256, path in super().files(kind):
                with suppress(FileNotFoundError):
                    stat = path.stat()
                    found.append((stat.st_mtime, stat.st_size, path))
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if total <= self._cache_bytes:
                return
            path.unlink(missing_ok=True)
            total -= size

    def _place(self, kind: str, sha256: str) -> Path:
        return super().path(kind, sha256)

    def _key(self, kind: str, sha256: str) -> str:
        return self._place(kind, sha256).relative_to(self.folder).as_posix()

    def _copy(self, place: Path, data: bytes) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        self._write(data, place)

    def _fetch(self, kind: str, sha256: str) -> bytes | None:
        """What the bucket holds under the name; None where it holds nothing."""
        return self._bucket.get(self._key(kind, sha256), kind)

    def _is_there(self, kind: str, sha256: str) -> bool:
        return self._changed(kind, sha256) is not None

    def _changed(self, kind: str, sha256: str) -> float | None:
        """Its time of change by the store's clock, seconds since 1970; None where it is not there."""
        return self._bucket.changed(self._key(kind, sha256), kind)

    def _listed(self, kind: str) -> Iterator[tuple[str, float]]:
        """(sha256, time of change) of every file of a kind."""
        start = f"{kind}/"
        for key, changed in self._bucket.listed(start, kind):
            shard, _, name = key.removeprefix(start).partition("/")
            yield shard + name.removesuffix(SUFFIXES[kind]), changed
