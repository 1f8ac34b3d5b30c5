"""What two said of the same piece: a first and a second person, or a person and what is known of it.

seconds = second_readings(session, begin, end)
known = known_readings(session, begin, end)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.service.ledger.tables import Answer, KnownDeal, KnownPiece, Review, SecondDraw


@dataclass(frozen=True)
class Said:
    """What one said."""

    disposition: str
    defects: frozenset[str] | None
    """Classes of defect; None: she named none, and what she meant by that is not known."""
    variance: int | None
    person: str | None
    """None: it is what is known."""
    name: str


@dataclass(frozen=True)
class Reading:
    one: Said
    other: Said
    at: datetime
    """Of the later of both."""


def second_readings(session: Session, begin: datetime, end: datetime) -> list[Reading]:
    """Of pieces on which a second person spoke then, who did not see what the first had said."""
    rows = session.execute(
        select(Review, Answer)
        .select_from(SecondDraw)
        .join(Answer, Answer.id == SecondDraw.answer)
        .join(Review, Review.id == SecondDraw.first)
        .where(Answer.at >= begin, Answer.at < end)
        .order_by(Answer.number)
    ).all()
    return [Reading(_said(first), _said(second), second.at) for first, second in rows]


def known_readings(session: Session, begin: datetime, end: datetime) -> list[Reading]:
    """Of known pieces that were answered then: the person's last answer, and what is right."""
    rows = session.execute(
        select(Answer, KnownPiece)
        .select_from(KnownDeal)
        .join(Answer, Answer.id == KnownDeal.answer)
        .join(KnownPiece, KnownPiece.inspection == KnownDeal.inspection)
        .where(Answer.at >= begin, Answer.at < end)
        .order_by(Answer.number)
    ).all()
    readings = []
    for answer, piece in rows:
        right = Said(piece.disposition, frozenset(piece.defects), None, None, piece.marked_by)
        readings.append(Reading(_said(answer), right, answer.at))
    return readings


def people_of(readings: Sequence[Reading]) -> dict[str, str]:
    """Person → the name that she bore last."""
    named = [one for reading in readings for one in (reading.one, reading.other)]
    return {one.person: one.name for one in named if one.person is not None}


def _said(row: Review | Answer) -> Said:
    defects: frozenset[str] | None = None
    if row.defects is not None:
        defects = frozenset(str(defect["defect"]) for defect in row.defects)
    elif row.disposition == "accept":
        defects = frozenset()
    return Said(row.disposition, defects, row.variance, row.person, row.reviewer)
