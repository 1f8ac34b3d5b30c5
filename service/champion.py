"""The champion that serves: noticed when it changes, verified before it answers, swapped without a restart.

It also keeps what it sees in designs' approved photos, computed once and anew for another release.

A release that must not be served is refused and logged, shown by /health/ready and /metrics, and the one
before keeps serving.
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from models.approved import approved_of
from models.bank import MOST_PHOTOS, Approved, Bank, bank_of
from models.bundle import RECORD, BundleError
from models.inspector import Inspector
from models.registry import ALIAS_FILE, read_aliases, release_folder
from service.assess import ApprovedPhotos
from service.errors import Problem
from service.observe import Metrics, log_event

Stamp = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class ApprovedFile:
    """A photo that stands for a design."""

    sha256: str
    """Of its content."""
    view: str | None
    """None: nobody said."""
    path: Path


class Champion:
    """Holds one Inspector; reading it is atomic, so a request sees one release from start to end."""

    def __init__(self, releases: Path, metrics: Metrics) -> None:
        self.inspector: Inspector | None = None
        self.fault: str | None = None
        self._releases = releases
        self._metrics = metrics
        self._seen: Stamp | None = None
        self._loading = threading.Lock()
        self._seen_photos: tuple[str, _Seen] = ("", _Seen())

    def refresh(self) -> bool:
        """Load the champion if the alias or its record changed. Blocks; never call it on the event loop.

        Returns:
            whether another release serves now.
        """
        with self._loading:
            name, stamp = self._look()
            if stamp == self._seen:
                return False
            self._seen = stamp
            if name is None:
                self.fault = self.fault or "no champion yet; `ubora model promote NAME` makes one"
                return False
            return self._load(name)

    def serving(self) -> Inspector:
        """The champion.

        Raises:
            Problem: 503, there is none.
        """
        inspector = self.inspector
        if inspector is None:
            detail = "no released network is loaded; try again later"
            raise Problem(503, "no-champion", "No network yet", detail, headers={"Retry-After": "30"})
        return inspector

    def approved(self, inspector: Inspector, photos: Sequence[ApprovedFile], view: str) -> ApprovedPhotos:
        """What `inspector` sees in the approved photos that a photo of `view` is compared with.

        Those of that view and those whose view nobody said; where there are none, all. Blocks where it has
        not seen one yet.

        Args:
            photos: all of the design.
        """
        fitting = [photo for photo in photos if photo.view in (view, None)]
        same_view = bool(fitting) or not photos
        paths = {photo.sha256: photo.path for photo in fitting or photos}
        record = inspector.record
        release, seen = self._seen_photos
        if release != record.name:
            seen = _Seen()
            self._seen_photos = (record.name, seen)
        # Two threads may both look at a new one; they see the same.
        for sha256, path in paths.items():
            if sha256 not in seen.photos:
                seen.photos[sha256] = approved_of(inspector.inspect(path.read_bytes()), record.name)
        sha256s = tuple(paths)
        known = tuple(seen.photos[sha256] for sha256 in sha256s)
        if record.bank is None:
            return ApprovedPhotos(sha256s, known, None, same_view)
        if sha256s not in seen.banks:
            size = record.bank.descriptor_size
            seen.banks[sha256s] = bank_of(record.name, size, known[:MOST_PHOTOS])
        return ApprovedPhotos(sha256s, known, seen.banks[sha256s], same_view)

    def _load(self, name: str) -> bool:
        try:
            inspector = Inspector.load(release_folder(self._releases, name))
        except Exception as error:  # whatever is wrong with a release, the one before serves on
            self.fault = f"{name} was refused: {error}"
            self._metrics.releases_refused.inc()
            log_event("release-refused", level=logging.ERROR, release=name, fault=str(error))
            return False
        before, self.inspector, self.fault = self.inspector, inspector, None
        if before is not None:
            self._metrics.release.remove(before.record.name)
        self._metrics.release.labels(inspector.record.name).set(1)
        log_event("release-loaded", release=name, before=before and before.record.name)
        return True

    def _look(self) -> tuple[str | None, Stamp]:
        """The champion's name, and what its two files look like from outside."""
        alias_stamp = _stamp(self._releases / ALIAS_FILE)
        try:
            name = read_aliases(self._releases).champion
        except (BundleError, OSError) as error:
            self.fault = str(error)
            return None, (alias_stamp,)
        if name is None:
            return None, (alias_stamp,)
        return name, (alias_stamp, _stamp(self._releases / name / RECORD))


@dataclass
class _Seen:
    """What one release saw in approved photos."""

    photos: dict[str, Approved] = field(default_factory=dict)
    banks: dict[tuple[str, ...], Bank] = field(default_factory=dict)
    """By the photos that each is of: views that are compared with the same ones share it."""


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)
