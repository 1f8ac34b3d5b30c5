"""Who does not decide a piece: another person does, where there is one at the hub.

    for person, bar in barred_from(session, row).items(): …

Whoever made a decision that a workshop contests is no judge of it, nor of what came of the appeal. Whoever
was not sure of a piece handed it to another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.service.ledger.tables import Handover, Inspection, Review

Why = Literal["own-decision", "handed-over"]


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


def barred_from(session: Session, row: Inspection) -> dict[str, Bar]:
    """Person → why she does not decide this inspection, as it is now."""
    found: dict[str, Bar] = {}
    contested = _contested(row)
    if contested is not None and contested.person is not None:
        found[contested.person] = Bar("own-decision", contested.reviewer, contested.at, contested)
    for handed in open_handovers(session, row):
        found.setdefault(handed.person, Bar("handed-over", handed.reviewer, handed.at))
    return found


def open_handovers(session: Session, row: Inspection) -> Sequence[Handover]:
    """Those after which nobody has decided yet, the first one first."""
    after = row.reviews[-1].id if row.reviews else None
    handed = select(Handover).where(Handover.inspection == row.id, Handover.after.is_not_distinct_from(after))
    return session.scalars(handed.order_by(Handover.number)).all()


def _contested(row: Inspection) -> Review | None:
    """What the last appeal contests, whether it waits or was decided."""
    name = row.appeals[-1].contests if row.appeals else None
    return next((review for review in row.reviews if review.id == name), None)
