"""Pieces of the ledger of which it is known whether they are defective, and what each stands for.

    known = known_pieces(session, record, window)
    known.enough, known.defective, known.good, known.rate

Known are three kinds. Flagged pieces that people decided stand for all that were flagged. Passed pieces that
were decided in hand stand for themselves. Of the other passed ones those that were drawn for a look stand for
all that passed while that share was drawn (Horvitz and Thompson). So an estimate leans on no kind that people
happened to look at more.

Only pieces that the release itself judged count, for scores of two releases are not alike. A photo that was
to be taken again says nothing of thresholds.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.models.record import BundleRecord
from ubora.models.thresholds import flagged_from
from ubora.service.costs.curve import Judged
from ubora.service.costs.margins import margin
from ubora.service.ledger.counted import BY_PEOPLE, PASSED
from ubora.service.ledger.tables import AuditDraw, Inspection, Photo, Review
from ubora.service.numbers.window import Window

ENOUGH = 30
"""Defective ones, good ones, and passed ones that were looked at: with fewer the ledger says too little."""
MOST = 20_000
"""Inspections that are read, the latest."""
Stratum = tuple[str, float]
"""flagged, in-hand or drawn; the share that was drawn, 1 of the others."""


@dataclass(frozen=True)
class Seen:
    """An inspection, as far as thresholds matter to it."""

    id: str
    verdict: str
    status: str
    margin: float
    """Under the thresholds that were asked about; infinite where it is flagged for another reason."""
    in_hand: bool
    drawn: float | None
    """The share with which it was drawn for a look; None: it was not."""

    @property
    def stratum(self) -> Stratum | None:
        """None of a passed piece that nobody drew: it stands for nothing."""
        if self.verdict == "flag":
            return "flagged", 1.0
        if self.in_hand and self.known:
            return "in-hand", 1.0
        return None if self.drawn is None else ("drawn", self.drawn)

    @property
    def known(self) -> bool:
        return self.status in BY_PEOPLE

    @property
    def defective(self) -> bool:
        """Of one that is known."""
        return self.status not in PASSED


@dataclass(frozen=True)
class Known:
    defective: Judged
    good: Judged
    seen: int
    """Inspections that were read."""
    truncated: bool
    """There are more than MOST."""
    flagged: int
    flagged_decided: int
    looked_at: int
    """Passed ones, drawn or in hand."""
    escaped: int
    """Of these."""

    @property
    def enough(self) -> bool:
        return min(len(self.defective), len(self.good), self.looked_at) >= ENOUGH

    @property
    def rate(self) -> float | None:
        """Share of pieces that are defective; None where nothing is known."""
        defective, rest = float(self.defective.weights.sum()), float(self.good.weights.sum())
        return defective / (defective + rest) if defective + rest else None


def known_pieces(session: Session, record: BundleRecord, window: Window, only: str | None = None) -> Known:
    """
    Args:
        record: the release with the thresholds that a step of 0 stands for.
        only: the class whose threshold moves alone.
    """
    seen = list(read_seen(session, record, window, only, everything=False))
    truncated = len(seen) >= MOST
    weights = _weights(seen)
    kept = [one for one in seen if one.known and one.stratum in weights]
    passed = [one for one in kept if one.verdict == "pass"]
    return Known(
        defective=_judged([one for one in kept if one.defective], weights),
        good=_judged([one for one in kept if not one.defective], weights),
        seen=len(seen),
        truncated=truncated,
        flagged=sum(one.verdict == "flag" for one in seen),
        flagged_decided=sum(one.verdict == "flag" for one in kept),
        looked_at=len(passed),
        escaped=sum(one.defective for one in passed),
    )


def read_seen(
    session: Session,
    record: BundleRecord,
    window: Window,
    only: str | None = None,
    *,
    everything: bool = True,
) -> Iterator[Seen]:
    """Inspections of these days that the release judged, the latest first, MOST at most.

    Args:
        everything: False: margins are those of known pieces alone, others have none (NaN).
    """
    begin, end = window.moments(session)
    thresholds: dict[int | None, dict[str, float]] = {None: flagged_from(record)}
    query = (
        select(
            Inspection.id,
            Inspection.verdict,
            Inspection.status,
            Inspection.design_in_doubt,
            Inspection.variance_in_range,
            AuditDraw.share,
        )
        .outerjoin(AuditDraw, AuditDraw.inspection == Inspection.id)
        .where(
            Inspection.release == record.name,
            Inspection.verdict != "retake",
            Inspection.received_at >= begin,
            Inspection.received_at < end,
        )
        .order_by(Inspection.number.desc())
        .limit(MOST)
    )
    rows = session.execute(query).all()
    for part in (rows[at : at + 500] for at in range(0, len(rows), 500)):
        ids = [row.id for row in part if everything or row.status in BY_PEOPLE]
        photos = session.execute(
            select(Photo.inspection, Photo.scores, Photo.approved_photos).where(Photo.inspection.in_(ids))
        ).all()
        in_hand = set(
            session.scalars(
                select(Review.inspection).where(Review.inspection.in_(ids), Review.in_hand.is_not(None))
            )
        )
        margins: dict[str, float] = {}
        for inspection, scores, count in photos:
            if count not in thresholds:
                thresholds[count] = flagged_from(record, count)
            own = margin(scores, thresholds[count], only)
            margins[inspection] = max(own, margins.get(inspection, -np.inf))
        for row in part:
            other = row.design_in_doubt or not row.variance_in_range
            unread = -np.inf if everything or row.status in BY_PEOPLE else np.nan
            yield Seen(
                id=row.id,
                verdict=row.verdict,
                status=row.status,
                margin=np.inf if other else margins.get(row.id, unread),
                in_hand=row.id in in_hand,
                drawn=row.share,
            )


def _weights(seen: Sequence[Seen]) -> dict[Stratum | None, float]:
    """Stratum → how many pieces each known one of it stands for; those without a known one are left out."""
    passed = sum(one.verdict == "pass" and one.stratum != ("in-hand", 1.0) for one in seen)
    every = Counter(one.stratum for one in seen)
    known = Counter(one.stratum for one in seen if one.known)
    drawn = {key: every[key] / key[1] for key in known if key is not None and key[0] == "drawn"}
    # What was drawn tells how many passed while each share stood; together they are those that passed.
    scale = passed / sum(drawn.values()) if drawn else 0.0
    weights: dict[Stratum | None, float] = {}
    for key, count in known.items():
        if key is not None:
            weights[key] = (drawn[key] * scale if key in drawn else every[key]) / count
    return weights


def _judged(pieces: Sequence[Seen], weights: dict[Stratum | None, float]) -> Judged:
    return Judged(
        margins=np.array([one.margin for one in pieces], np.float64),
        weights=np.array([weights[one.stratum] for one in pieces], np.float64),
        groups=np.arange(len(pieces), dtype=np.int64),
    )
