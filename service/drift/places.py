"""The latest decided pieces with a class of defect, and where each stands among all decided pieces.

    pieces, count = read_with(session, window, Whose(None, None), "crack", most=401)
    pieces[-1].place - pieces[-2].place - 1        # decided pieces between the last two

A place is counted from the kept counts of days and, within its own day, from the pieces of that day: so it
costs the same however many pieces the days before had. Pieces of one design have no order of their own that
is kept; theirs are numbered one by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import accumulate
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from ubora.service.ledger.counted import DECIDED
from ubora.service.ledger.tables import (
    DailyCount,
    FacetCount,
    Inspection,
    NetworkCount,
    PieceDefect,
    PieceState,
)
from ubora.service.numbers.window import Window


@dataclass(frozen=True)
class Whose:
    """All pieces, or those of a workshop, of a design, or of both."""

    microfactory: str | None
    design: str | None

    def holds(self) -> list[ColumnElement[bool]]:
        """Of a `PieceState`."""
        conditions = []
        if self.microfactory is not None:
            conditions.append(PieceState.microfactory == self.microfactory)
        if self.design is not None:
            conditions.append(PieceState.design == self.design)
        return conditions


@dataclass(frozen=True)
class Marked:
    """A piece with the defect."""

    place: int
    """Among the decided pieces of the window, or of the time since its first day that is read; from 1."""
    at: datetime
    """When its photo came."""
    day: date
    """On which it counts."""


def read_decided(session: Session, window: Window, whose: Whose) -> int:
    """How many pieces are decided."""
    if whose.design is None:
        return sum(_by_day(session, window, whose.microfactory).values())
    of_days = PieceState.day.between(*window.texts()), PieceState.status.in_(DECIDED)
    query = select(func.count()).select_from(PieceState).where(*of_days, *whose.holds())
    return session.scalar(query) or 0


def read_with(
    session: Session, window: Window, whose: Whose, defect: str, most: int
) -> tuple[Sequence[Marked], int]:
    """The latest pieces with it, the oldest first; and how many there are in these days."""
    days = window.texts()
    marked = (
        select(PieceState.piece_key, PieceState.day, PieceState.number, Inspection.received_at.label("at"))
        .join(PieceDefect, PieceDefect.piece_key == PieceState.piece_key)
        .join(Inspection, Inspection.id == PieceState.inspection)
        .where(PieceDefect.defect == defect, PieceDefect.day.between(*days), PieceState.status.in_(DECIDED))
        .where(*whose.holds())
    )
    counted = select(func.count()).select_from(marked.subquery())
    if whose.microfactory is None and whose.design is None:  # of the network a count is kept
        of = FacetCount.facet == "defect", FacetCount.name == defect, FacetCount.day.between(*days)
        counted = select(func.sum(FacetCount.decided)).where(*of)
    count = int(session.scalar(counted) or 0)
    latest = marked.order_by(PieceDefect.day.desc(), PieceDefect.number.desc()).limit(most)
    rows = session.execute(latest).all()[::-1]
    places = (
        _one_by_one(session, window, whose, rows) if whose.design else _by_days(session, window, whose, rows)
    )
    marked_at = [
        Marked(place, row.at.astimezone(UTC), date.fromisoformat(row.day))
        for place, row in zip(places, rows, strict=True)
    ]
    return marked_at, count


def _by_days(session: Session, window: Window, whose: Whose, rows: Sequence[Any]) -> list[int]:
    """How many were decided on the days before, and earlier on its own day."""
    counts = _by_day(session, window, whose.microfactory)
    days = sorted(counts)
    before = dict(zip(days, accumulate((counts[day] for day in days), initial=0), strict=False))
    earlier: dict[int, int] = {}
    for day in {row.day for row in rows}:
        numbers = [row.number for row in rows if row.day == day]
        earlier |= _ranks(session, day, whose, numbers)
    return [before[row.day] + earlier[row.number] for row in rows]


def _ranks(session: Session, day: str, whose: Whose, numbers: Sequence[int]) -> dict[int, int]:
    """Number → its place among those decided of that day, from 1."""
    same_day = PieceState.day == day, PieceState.status.in_(DECIDED), *whose.holds()
    order = func.row_number().over(order_by=PieceState.number).label("place")
    ranked = select(PieceState.number, order).where(*same_day).subquery()
    rows = session.execute(select(ranked.c.number, ranked.c.place).where(ranked.c.number.in_(numbers)))
    return {row.number: row.place for row in rows}


def _one_by_one(session: Session, window: Window, whose: Whose, rows: Sequence[Any]) -> list[int]:
    if not rows:
        return []
    since_first = PieceState.day.between(rows[0].day, window.texts()[1]), PieceState.status.in_(DECIDED)
    numbers = select(PieceState.number).where(*since_first, *whose.holds()).order_by(PieceState.number)
    places = {number: place for place, number in enumerate(session.scalars(numbers), 1)}
    return [places[row.number] for row in rows]


def _by_day(session: Session, window: Window, microfactory: str | None) -> dict[str, int]:
    table = NetworkCount if microfactory is None else DailyCount
    query = select(table.day, table.decided).where(table.day.between(*window.texts()))
    if microfactory is not None:
        query = query.where(DailyCount.microfactory == microfactory)
    return {row.day: row.decided for row in session.execute(query)}
