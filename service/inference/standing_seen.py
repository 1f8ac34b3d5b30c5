"""What one release sees in the photos that stand for designs, computed once, and anew for another release.

seen = StandingSeen()
approved = seen.approved(inspector, files, "front")     # what a photo of the front is compared with
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from ubora.models.inference.approved import approved_of
from ubora.models.inference.bank import MOST_PHOTOS, Approved, Bank, bank_of
from ubora.models.inference.inspector import Inspector
from ubora.service.inference.assess import ApprovedPhotos

MOST_CELLED, MOST_BANKS = 200, 400
"""Photos with their cells, and banks, that are kept of a release, those used last: half a megabyte each. What
stands for a design changes with every piece that joins or leaves, and nobody says which set is not asked for
again. A hundred designs of four views have their banks; a bank that is made anew needs its photos' cells."""
Key = TypeVar("Key")
Kept = TypeVar("Kept")


@dataclass(frozen=True)
class ApprovedFile:
    """A photo that stands for a design: an approved one, or of an accepted piece."""

    sha256: str
    """Of its content."""
    view: str | None
    """None: nobody said."""
    path: Path
    accepted: bool = False


class StandingSeen:
    """Shared by threads. It holds what one release saw, the last that asked."""

    def __init__(self) -> None:
        self._seen_photos: tuple[str, _Seen] = ("", _Seen())

    def approved(self, inspector: Inspector, photos: Sequence[ApprovedFile], view: str) -> ApprovedPhotos:
        """What `inspector` sees in the photos that a photo of `view` is compared with.

        Those of that view and those whose view nobody said; where there are none, all. At most MOST_PHOTOS,
        the approved ones before those of accepted pieces. Blocks where it has not seen one yet.

        Whether a piece looks like its design at all, and how free the hand was, is held against the approved
        ones alone. The limit of doubt was measured so, and the nearest of more is nearer by chance; levels
        are counted from an approved sample's own, which an accepted piece has not; and what was accepted near
        the limit would move it on with every piece.

        Args:
            photos: all that stand for the design.
        """
        photos = sorted(photos, key=lambda photo: photo.accepted)
        approved, same_view = _of_view([photo for photo in photos if not photo.accepted], view)
        compared, record = approved, inspector.record
        if record.bank is not None:
            compared, same_view = _of_view(photos, view)
        compared = list({photo.sha256: photo for photo in compared}.values())[:MOST_PHOTOS]
        approved = list({photo.sha256: photo for photo in approved}.values())
        release, seen = self._seen_photos
        if release != record.name:
            seen = _Seen()
            self._seen_photos = (record.name, seen)
        sha256s = tuple(photo.sha256 for photo in compared)
        beside = tuple(_told(inspector, seen, photo) for photo in approved)
        if record.bank is None:
            return ApprovedPhotos(sha256s, beside, None, same_view)
        bank = seen.banks.get(sha256s)
        if bank is None:
            cells = [_celled(inspector, seen, photo) for photo in compared]
            bank = bank_of(record.name, record.bank.descriptor_size, cells)
            seen.banks.put(sha256s, bank)
        return ApprovedPhotos(sha256s, beside, bank, same_view)


class _Latest(Generic[Key, Kept]):
    """At most so many; what was not used for longest goes. Threads share it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[Key, Kept] = {}
        self._turn = threading.Lock()

    def get(self, key: Key) -> Kept | None:
        with self._turn:
            kept = self._kept.pop(key, None)
            if kept is not None:
                self._kept[key] = kept
            return kept

    def put(self, key: Key, what: Kept) -> None:
        with self._turn:
            self._kept[key] = what
            while len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]


@dataclass
class _Seen:
    """What one release saw in photos that stand for designs."""

    told: dict[str, Approved] = field(default_factory=dict)
    """Without their cells: little, and asked for with every piece."""
    celled: "_Latest[str, Approved]" = field(default_factory=lambda: _Latest(MOST_CELLED))
    banks: "_Latest[tuple[str, ...], Bank]" = field(default_factory=lambda: _Latest(MOST_BANKS))
    """By the photos that each is of: views that are compared with the same ones share it."""


def _of_view(photos: Sequence[ApprovedFile], view: str) -> tuple[Sequence[ApprovedFile], bool]:
    """Those that a photo of `view` is compared with, and whether they are of its view."""
    fitting = [photo for photo in photos if photo.view in (view, None)]
    return fitting or photos, bool(fitting) or not photos


def _told(inspector: Inspector, seen: _Seen, photo: ApprovedFile) -> Approved:
    """What tells whether a piece is of the photo's design."""
    if photo.sha256 not in seen.told:
        _celled(inspector, seen, photo)
    return seen.told[photo.sha256]


def _celled(inspector: Inspector, seen: _Seen, photo: ApprovedFile) -> Approved:
    """What a bank is made of. Two threads may both look at a new one; they see the same."""
    celled = seen.celled.get(photo.sha256)
    if celled is None:
        celled = approved_of(inspector.inspect(photo.path.read_bytes()), inspector.record.name)
        seen.celled.put(photo.sha256, celled)
        seen.told.setdefault(photo.sha256, Approved(celled.embedding, celled.level, celled.release))
    return celled
