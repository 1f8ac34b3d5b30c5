"""Who does not decide a piece: another person does, where there is one at the hub.

    for person, bar in barred_from(session, row).items(): …

Whoever made a decision that a workshop contests is no judge of it, nor of what came of the appeal. Whoever
was not sure of a piece handed it to another. A second person is another than the first, and a third is
another than both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.service.ledger.tables import Answer, Handover, Inspection, Review, SecondDraw

Why = Literal["own-decision", "handed-over", "first-decision", "own-answer"]


@dataclass(frozen=True)
class Bar:
    """Why somebody does not decide."""

    why: Why
    by: str
    """Her name, as it was written then."""
    at: datetime
    """When she did what bars her."""
    review: Review | None = None
    """The decision of hers that it is about."""
    said: str | None = None
    """The disposition, where she said one."""


def barred_from(session: Session, row: Inspection) -> dict[str, Bar]:
    """Person → why she does not decide this inspection, as it is now."""
    bars: dict[str, Bar] = {}
    contested = _contested(row)
    if contested is not None and contested.person is not None:
        bars[contested.person] = _of_review("own-decision", contested)
    draw = session.get(SecondDraw, row.id) if row.reviews else None
    handed = open_handovers(session, row)
    if draw is not None and draw.outcome in ("waiting", "differ"):
        first = next(review for review in row.reviews if review.id == draw.first)
        if draw.outcome == "waiting":
            bars[draw.person] = _of_review("first-decision", first)
            # Who handed it over before it was decided has seen what the machine said.
            handed = session.scalars(select(Handover).where(Handover.inspection == row.id)).all()
        else:
            second = session.scalars(select(Answer).where(Answer.id == draw.answer)).one()
            bars[draw.person] = _of_review("own-answer", first)
            bars[second.person] = Bar("own-answer", second.reviewer, second.at, said=second.disposition)
    for one in handed:
        bars.setdefault(one.person, Bar("handed-over", one.reviewer, one.at))
    return bars


def _of_review(why: Why, review: Review) -> Bar:
    return Bar(why, review.reviewer, review.at, review, review.disposition)


def open_handovers(session: Session, row: Inspection) -> Sequence[Handover]:
    """Those after which nobody has decided yet, the first one first."""
    after = row.reviews[-1].id if row.reviews else None
    handed = select(Handover).where(Handover.inspection == row.id, Handover.after.is_not_distinct_from(after))
    return session.scalars(handed.order_by(Handover.number)).all()


def _contested(row: Inspection) -> Review | None:
    """What the last appeal contests, whether it waits or was decided."""
    name = row.appeals[-1].contests if row.appeals else None
    return next((review for review in row.reviews if review.id == name), None)
