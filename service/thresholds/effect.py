"""What other thresholds would have done to the pieces of the last weeks: shown before anybody sets them.

    effect = effect_of(session, now, asked, window)
    effect.removed.pieces, effect.removed.escapes

Each piece is held against both thresholds by the scores that were kept. Of those that would be flagged in
addition, and of those no longer flagged, people have decided some; by these it is told how many of all are
defective. Where they decided none, that is not known, and its interval is everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ubora.models.intervals import Interval, wilson
from ubora.models.record import BundleRecord
from ubora.service.costs.known import MOST, Seen, read_seen
from ubora.service.numbers.window import Window

MOST_SHOWN = 12


@dataclass(frozen=True)
class Moved:
    """Pieces whose flag would be another."""

    pieces: int
    decided: int
    """By people, of those that stand for all."""
    defective: int
    """Of these."""
    share: float | None
    """Of all of them that is defective; None: nobody decided any."""
    between: Interval
    """95 % of it."""
    shown: tuple[str, ...]
    """Inspections to look at, the latest first."""

    @property
    def defective_of_all(self) -> tuple[float | None, float, float]:
        """Expected defective pieces among all of them, with 95 %."""
        expected = None if self.share is None else self.share * self.pieces
        return expected, self.between[0] * self.pieces, self.between[1] * self.pieces

    @property
    def good_of_all(self) -> tuple[float | None, float, float]:
        expected = None if self.share is None else (1 - self.share) * self.pieces
        return expected, (1 - self.between[1]) * self.pieces, (1 - self.between[0]) * self.pieces


@dataclass(frozen=True)
class Effect:
    weeks: float
    pieces: int
    truncated: bool
    """There are more; only the latest were read."""
    flagged_before: int
    flagged_after: int
    added: Moved
    """Flagged in addition: defective ones are escapes no more, good ones are new false flags."""
    removed: Moved
    """No longer flagged: defective ones escape, good ones wait for nobody any more."""


def effect_of(session: Session, now: BundleRecord, asked: BundleRecord, window: Window) -> Effect:
    """
    Args:
        now: the release under the thresholds in force.
        asked: the same under those that are asked about.
    """
    before = list(read_seen(session, now, window))
    after = {one.id: one.margin >= 0 for one in read_seen(session, asked, window)}
    flagged = [one for one in before if one.margin >= 0]
    passed = [one for one in before if one.margin < 0]
    return Effect(
        weeks=window.days / 7,
        pieces=len(before),
        truncated=len(before) >= MOST,
        flagged_before=len(flagged),
        flagged_after=sum(after[one.id] for one in before),
        added=_moved([one for one in passed if after[one.id]]),
        removed=_moved([one for one in flagged if not after[one.id]]),
    )


def _moved(pieces: Sequence[Seen]) -> Moved:
    # A passed piece that somebody happened to look at, as one that was contested, stands for no other.
    decided = [one for one in pieces if one.known and one.stratum is not None]
    defective = sum(one.defective for one in decided)
    return Moved(
        pieces=len(pieces),
        decided=len(decided),
        defective=defective,
        share=defective / len(decided) if decided else None,
        between=wilson(defective, len(decided)) or (0.0, 1.0),
        shown=tuple(one.id for one in pieces[:MOST_SHOWN]),
    )
