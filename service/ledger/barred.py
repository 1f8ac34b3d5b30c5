"""Who does not decide a piece: another person does, where there is one at the hub.

    for person, bar in barred_from(session, row).items(): …

Whoever made a decision that a workshop contests is no judge of it, nor of what came of the appeal.
"""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from ubora.service.ledger.tables import Inspection, Review

Why = Literal["own-decision"]


@dataclass(frozen=True)
class Bar:
    """Why somebody does not decide, and by which review of hers."""

    why: Why
    review: Review


def barred_from(session: Session, row: Inspection) -> dict[str, Bar]:
    """Person → why she does not decide this inspection, as it is now."""
    found: dict[str, Bar] = {}
    contested = _contested(row)
    if contested is not None and contested.person is not None:
        found[contested.person] = Bar("own-decision", contested)
    return found


def _contested(row: Inspection) -> Review | None:
    """What the last appeal contests, whether it waits or was decided."""
    name = row.appeals[-1].contests if row.appeals else None
    return next((review for review in row.reviews if review.id == name), None)
