"""Counts a whole ledger by the days of another zone, in one transaction.

    with ledger.write(OPEN_PATIENCE_MS) as session:
        moved = move_days(session, "Asia/Kathmandu")

Only what came between the midnights of both zones is of another day: it is taken out of the counts of the one
day and put into those of the other. All else stays as it is.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, func, select, update
from sqlalchemy.orm import Session, aliased

from ubora.service.ledger.counted import Change, retake_counts
from ubora.service.ledger.days.zones import Days, days_of
from ubora.service.ledger.pieces import add_counts, as_counted, forget_nothing
from ubora.service.ledger.tables import Inspection, LedgerClock, PieceDefect, PieceState

_UNTOUCHED = {"synchronize_session": False}
"""Nothing of it is in the session."""


@dataclass(frozen=True)
class _Between:
    """A time that is of one day in both zones, but not of the same."""

    begin: datetime
    end: datetime
    before: str
    after: str

    def holds(self) -> tuple[ColumnElement[bool], ...]:
        return Inspection.received_at >= self.begin, Inspection.received_at < self.end


def move_days(session: Session, zone: str) -> int:
    """How many pieces and retakes are of another day now.

    Args:
        session: one that writes.
        zone: a name that there is.
    """
    before, after = days_of(session), Days.named(zone)
    moved = 0
    for between in _differing(session, before, after):
        of = (Inspection.microfactory, Inspection.design, Inspection.design_unknown, Inspection.release)
        came = session.execute(select(Inspection.status, *of).where(*between.holds())).all()
        retakes = [row for row in came if row.status == "retake"]
        if len(retakes) < len(came):
            moved += _move_pieces(session, after, between)
        _move_retakes(session, between, retakes)
        moved += len(retakes)
    forget_nothing(session)
    session.execute(update(LedgerClock).values(zone=zone))
    session.info["days"] = after
    return moved


def has_inspections(session: Session) -> bool:
    return bool(session.scalar(select(exists().where(Inspection.number.is_not(None)))))


def _differing(session: Session, before: Days, after: Days) -> Iterator[_Between]:
    first = session.scalar(select(func.min(Inspection.received_at)))
    last = session.scalar(select(func.max(Inspection.received_at)))
    if first is None or last is None:
        return
    # No two zones are more than 26 hours apart.
    start, days = first.date() - timedelta(days=2), (last.date() - first.date()).days + 5
    midnights = {
        calendar.begin(start + timedelta(days=at)) for calendar in (before, after) for at in range(days)
    }
    for begin, end in pairwise(sorted(midnights)):
        then, now = before.text(begin), after.text(begin)
        if then != now and end > first and begin <= last:
            yield _Between(begin, end, then, now)


def _move_pieces(session: Session, after: Days, between: _Between) -> int:
    keys = select(Inspection.piece_key).where(Inspection.status != "retake", *between.holds())
    counted, other = aliased(Inspection), aliased(Inspection)
    first = (
        select(other.received_at)
        .where(other.piece_key == PieceState.piece_key, other.status != "retake")
        .order_by(other.number)
        .limit(1)
        .scalar_subquery()
    )
    states = session.execute(
        select(*PieceState.__table__.c, counted.received_at.label("at"), first.label("first_at"))
        .join(counted, counted.id == PieceState.inspection)
        .where(PieceState.piece_key.in_(keys))
    ).all()
    defects: dict[str, set[str]] = {}
    for key, defect in session.execute(
        select(PieceDefect.piece_key, PieceDefect.defect).where(PieceDefect.piece_key.in_(keys))
    ):
        defects.setdefault(key, set()).add(defect)
    change: Change = Counter()
    rows: list[dict[str, Any]] = []
    for state in states:
        days = {"day": after.text(state.at), "first_day": after.text(state.first_at)}
        if days == {"day": state.day, "first_day": state.first_day}:
            continue  # with another inspection of it, before
        was = as_counted(state, frozenset(defects.get(state.piece_key, ())))
        change.subtract(was.counts())
        change.update(was.on(**days).counts())
        rows.append({"piece_key": state.piece_key, **days})
    if rows:
        session.execute(update(PieceState), rows)
        day = select(PieceState.day).where(PieceState.piece_key == PieceDefect.piece_key).scalar_subquery()
        of_these = update(PieceDefect).where(PieceDefect.piece_key.in_(keys)).values(day=day)
        session.execute(of_these, execution_options=_UNTOUCHED)
        add_counts(session, change)
    return len(rows)


def _move_retakes(session: Session, between: _Between, retakes: Sequence[Row[*tuple[Any, ...]]]) -> None:
    change: Change = Counter()
    for row in retakes:
        of = row.microfactory, None if row.design_unknown else row.design, row.release
        change.subtract(retake_counts(*of, between.before))
        change.update(retake_counts(*of, between.after))
    add_counts(session, change)
