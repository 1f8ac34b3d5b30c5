"""Does a defect come less often since she changed something? Counts and intervals; the answer is a person's.

    effect_of(session, row)      # None before there is an answer

Watched are the next pieces whose first photo came after her answer, as many as was said when it was opened;
before it stand the last decided ones. A piece has the defect if a person confirmed it on any of its photos.
"""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ubora.models.intervals import wilson
from ubora.service.corrective.wire import Compared, Effect, Share
from ubora.service.ledger.counted import BY_PEOPLE
from ubora.service.ledger.tables import CorrectiveAction, Inspection, PieceState
from ubora.service.statistics.rates import difference
from ubora.service.workshops.confirmed import confirmed

LAST = 50
"""Decided pieces before it."""
MOST_WATCHED = 200
"""So few are asked for at once."""


def effect_of(session: Session, action: CorrectiveAction) -> Effect | None:
    if action.answered is None:
        return None
    first = (
        select(Inspection.piece_key, func.min(Inspection.number).label("first"))
        .where(Inspection.microfactory == action.microfactory)
        .group_by(Inspection.piece_key)
        .subquery()
    )
    pieces = select(PieceState.piece_key, PieceState.status).join(
        first, first.c.piece_key == PieceState.piece_key
    )
    next_ones = pieces.where(first.c.first > action.answered).order_by(first.c.first)
    before = pieces.where(first.c.first <= action.answered, PieceState.status != "pending")
    came = session.execute(next_ones.limit(action.watch)).all()
    made = session.execute(before.order_by(first.c.first.desc()).limit(LAST)).all()
    decided = [row for row in came if row.status != "pending"]
    then, now = (_share(session, action.defect, rows) for rows in (made, decided))
    return Effect(
        before=then,
        after=now,
        came=len(came),
        by_people=sum(row.status in BY_PEOPLE for row in decided),
        whole=len(decided) == action.watch,
        compared=compare(then, now),
    )


def compare(before: Share, after: Share) -> Compared:
    """Whether the interval of the difference leaves out none."""
    low, high = difference(after.found, after.of, before.found, before.of)
    return "fewer" if high < 0 else "more" if low > 0 else "untold"


def share(found: int, of: int) -> Share:
    interval = wilson(found, of)
    return Share(found=found, of=of, interval=None if interval is None else list(interval))


def _share(session: Session, defect: str, rows: Any) -> Share:
    keys = [row.piece_key for row in rows]
    classes = confirmed(session, Inspection.piece_key.in_(keys))
    return share(sum(defect in classes.get(key, frozenset()) for key in keys), len(keys))
