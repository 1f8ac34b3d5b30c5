"""What was reviewed and is not in a harvest, and why: nothing is left out without a word.

gathered.take(row, samples, allowed=may_use(said, row))
for line in gathered.left_out(said, pieces).told(): print(line)
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ubora.datasets.manifest import Sample
from ubora.service.agreement.chosen import Chosen, DecidedPieces
from ubora.service.ledger.tables import Inspection
from ubora.service.ownership.consents import Said


@dataclass(frozen=True)
class LeftOut:
    """What was reviewed and is not in a harvest, by what counts now."""

    pieces: Mapping[str, int]
    """Workshop without consent → how many of its reviewed pieces."""
    refused: frozenset[str]
    """Those of them that said no; the others did not answer."""
    not_kept: int
    """Photos of workshops with consent that were deleted, or were older than photos are kept."""
    faces: int = 0
    """Pieces with a photo of which a reviewer said that a person is in it."""
    disputed: int = 0
    """Pieces on which two people differ, and nobody has settled it."""
    filtered: int = 0
    """Decided pieces that were not asked for."""
    beyond: int = 0
    """Pieces beyond the most that were asked for."""
    poor: int = 0
    """Photos that were too poor to be judged, sent to a person all the same."""

    def told(self) -> list[str]:
        """A line each, for people, with what to do."""
        lines = []
        for wanted, why in ((False, "nobody answered for"), (True, "no consent of")):
            counts = {code: n for code, n in sorted(self.pieces.items()) if (code in self.refused) == wanted}
            if counts:
                named = ", ".join(f"{code} ({count})" for code, count in counts.items())
                lines.append(f"left out: {_pieces(sum(counts.values()))}, {why} the use of photos: {named}")
        if set(self.pieces) - self.refused:
            lines.append(
                "to have them: the workshop answers on its phone, at the first start of the app or under "
                "My workshop, Whose photos they are; no answer is no consent"
            )
        if self.not_kept:
            lines.append(f"left out: {self.not_kept} photos that are no longer kept")
        for count, why in (
            (self.faces, "with a person in a photo, as a reviewer said; --faces takes them too"),
            (self.disputed, "on which two people differ, and nobody has settled it"),
            (self.filtered, "that were decided and not asked for"),
            (self.beyond, "beyond --most"),
        ):
            if count:
                lines.append(f"left out: {_pieces(count)} {why}")
        if self.poor:
            lines.append(f"left out: {self.poor} photos that were too poor to be judged")
        return lines

    def as_json(self) -> dict[str, Any]:
        """Counts, for a program."""
        return {
            "no_consent": {
                code: {"pieces": count, "answer": "no" if code in self.refused else None}
                for code, count in sorted(self.pieces.items())
            },
            "photos_not_kept": self.not_kept,
            "pieces_with_faces": self.faces,
            "pieces_in_dispute": self.disputed,
            "pieces_not_asked_for": self.filtered,
            "pieces_beyond_most": self.beyond,
            "photos_too_poor": self.poor,
        }


class Gathered:
    """The photos of decided pieces that go into a dataset, and what does not, piece by piece."""

    def __init__(self, chosen: Chosen) -> None:
        self._chosen = chosen
        self._found: dict[str, Sample] = {}
        self._order: dict[str, int] = {}
        self._pieces: set[str] = set()
        self._refused: dict[str, set[str]] = {}
        self._faces: set[str] = set()
        self._beyond: set[str] = set()
        self._not_kept: set[str] = set()
        self._poor: set[str] = set()

    def take(self, row: Inspection, samples: Iterable[tuple[str, Sample]], *, allowed: bool) -> None:
        """What comes first counts, of one photo in two inspections.

        Args:
            samples: SHA-256 of each stored photo that is good enough, and its sample.
        """
        if not allowed:
            self._refused.setdefault(row.microfactory, set()).add(row.piece_key)
            return
        if not self._chosen.faces and shows_a_person(row):
            self._faces.add(row.piece_key)
            return
        most = self._chosen.most
        if most is not None and row.piece_key not in self._pieces and len(self._pieces) >= most:
            self._beyond.add(row.piece_key)
            return
        self._not_kept.update(photo.stored_sha256 for photo in row.photos if photo.removed_at is not None)
        self._poor.update(photo.stored_sha256 for photo in row.photos if photo.faults)
        for sha256, sample in samples:
            self._pieces.add(row.piece_key)
            if self._found.setdefault(sha256, sample) is sample:
                self._order[sha256] = row.reviews[-1].number

    def in_order(self) -> dict[str, Sample]:
        if self._chosen.strongest_first:
            return dict(self._found)
        return {name: self._found[name] for name in sorted(self._found, key=lambda name: self._order[name])}

    def left_out(self, said: Mapping[str, Said], pieces: DecidedPieces) -> LeftOut:
        return LeftOut(
            {code: len(keys) for code, keys in self._refused.items()},
            frozenset(code for code in self._refused if code in said),
            len(self._not_kept - set(self._found)),
            faces=len(self._faces),
            disputed=pieces.disputed,
            filtered=pieces.filtered,
            beyond=len(self._beyond - self._pieces),
            poor=len(self._poor - set(self._found)),
        )


def shows_a_person(row: Inspection) -> bool:
    """Whether any reviewer said so: what was said once is not taken back by a later word on the piece."""
    return any("face" in review.phrases for review in row.reviews)


def may_use(said: Mapping[str, Said], row: Inspection) -> bool:
    """No answer is no consent."""
    return row.microfactory in said and said[row.microfactory].photos


def _pieces(count: int) -> str:
    return f"{count} piece" if count == 1 else f"{count} pieces"
