"""Which pieces a lot has, which of them a sample takes, and what people found on these.

The sample is drawn by a keyed hash, as passed pieces are for a look: it can be drawn again, and nobody who
sends pieces can foresee it.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ubora.service.designs.corrected import fills_lot
from ubora.service.inference.champion import Champion
from ubora.service.ledger.counted import PASSED
from ubora.service.ledger.draws import KEY
from ubora.service.ledger.tables import Inspection, LedgerKey, Lot, LotCheck, PieceState, Review
from ubora.service.sampling.rules import CLASSES, Looked
from ubora.service.statistics.screening import Left, left_in_lot

SEND_BACK = ("rework", "rejected")


@dataclass(frozen=True)
class Pieces:
    """What a lot is made of now: inspections that count."""

    settled: list[str]
    """Passed or accepted."""
    pending: int


def pieces_of(session: Session, lot: Lot) -> Pieces:
    rows = session.execute(
        select(Inspection.id, PieceState.status)
        .join(PieceState, PieceState.inspection == Inspection.id)
        .join(Lot, Lot.id == Inspection.lot)
        .where(Inspection.microfactory == lot.microfactory, Inspection.lot == lot.id, fills_lot())
        .order_by(Inspection.number)
    ).all()
    settled = [row.id for row in rows if row.status in PASSED]
    return Pieces(settled, sum(row.status == "pending" for row in rows))


def draw(session: Session, check: str, settled: Sequence[str], pieces: int) -> list[str]:
    """The sample, in the order of the draw."""
    key = bytes.fromhex(session.get_one(LedgerKey, KEY).key)

    def place(inspection: str) -> bytes:
        return hmac.new(key, f"{check}:{inspection}".encode(), "sha256").digest()

    return sorted(settled, key=place)[:pieces]


def last_review(session: Session) -> int:
    return session.scalar(select(func.max(Review.number))) or 0


def looked_at(session: Session, check: LotCheck) -> list[tuple[Inspection, Looked | None]]:
    """The sample in its order; without what was deleted since."""
    rows = session.scalars(select(Inspection).where(Inspection.id.in_(check.sample))).all()
    known = {row.id: row for row in rows}
    return [(known[one], _look(known[one], check.after_review)) for one in check.sample if one in known]


def known_misses(champion: Champion) -> tuple[int, int] | None:
    """Defective pieces that the champion passed when it was calibrated, and of how many; None: not told."""
    inspector = champion.inspector
    promise = inspector.record.calibration if inspector is not None else None
    return None if promise is None or promise.missed is None else (promise.missed, promise.defective)


def left_in(session: Session, lot: Lot, misses: tuple[int, int]) -> Left | None:
    """Defective pieces that are left in the lot; None where nothing of it passed.

    Args:
        misses: as of `known_misses`.
    """
    rows = session.execute(
        select(Inspection.verdict, PieceState.status, PieceState.reviewer)
        .join(PieceState, PieceState.inspection == Inspection.id)
        .join(Lot, Lot.id == Inspection.lot)
        .where(Inspection.microfactory == lot.microfactory, Inspection.lot == lot.id, fills_lot())
    ).all()
    passed = [row for row in rows if row.verdict == "pass"]
    if not passed:
        return None
    seen = [row for row in passed if row.reviewer is not None]
    return left_in_lot(
        len(passed),
        sum(row.verdict == "flag" and row.status in SEND_BACK for row in rows),
        *misses,
        len(seen),
        sum(row.status in SEND_BACK for row in seen),
    )


def _look(row: Inspection, after_review: int) -> Looked | None:
    review = row.reviews[-1] if row.reviews else None
    if review is None or review.number <= after_review or row.status == "pending":
        return None
    if review.disposition == "accept":
        return Looked(None)
    defects: Sequence[Any] = review.defects or [defect for photo in row.photos for defect in photo.defects]
    # Sent back without a word of how bad it is: major.
    named = {defect.get("severity") or "major" for defect in defects} or {"major"}
    return Looked(next((one for one in CLASSES if one in named), "major"))
