"""A month where the workshops are, and what was counted in it: of the network, or of one workshop.

    month = Month.read("2026-11")
    found = read_month(session, month, "mf-kibera-01")

A piece counts on the day of the inspection that counts of it, as in all other numbers.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from ubora.models.intervals import Interval, wilson
from ubora.service.http.errors import Problem
from ubora.service.ledger.counted import PASSED
from ubora.service.ledger.days.zones import days_of
from ubora.service.ledger.tables import (
    DailyCount,
    Design,
    FacetCount,
    Inspection,
    Lot,
    PieceDefect,
    PieceState,
)
from ubora.service.numbers.groups import read_days, read_network, total
from ubora.service.numbers.window import Window

MOST_LOTS = 200
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Month:
    first: date
    last: date

    @classmethod
    def read(cls, text: str) -> "Month":
        """
        Raises:
            Problem: 422, no month between 2000 and 2999.
        """
        match = _MONTH.fullmatch(text)
        if match is None or not 2000 <= int(match[1]) < 3000:
            detail = f"month {text!r}, expected one as 2026-11"
            raise Problem(422, "invalid", "The request is not what is expected", detail)
        first = date(int(match[1]), int(match[2]), 1)
        return cls(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))

    def texts(self) -> tuple[str, str]:
        """As the ledger keeps days."""
        return self.first.isoformat(), self.last.isoformat()


@dataclass(frozen=True)
class ReportedLot:
    lot: str
    design: str
    good: int
    ordered: int
    closed: bool


@dataclass(frozen=True)
class Counted:
    decided: int
    passed: int
    pending: int
    retakes: int
    defects: list[tuple[str, int]]
    """Class and pieces on which people left it, the most first."""
    lots: list[ReportedLot]
    """Open in the month, by name; of the network none."""
    lots_open: int
    workshops: int
    """That had a piece decided."""

    @property
    def interval(self) -> Interval | None:
        """Wilson, 95 %, of passed among decided."""
        return wilson(self.passed, self.decided)


def read_month(session: Session, month: Month, microfactory: str | None) -> Counted:
    begin, end = days_of(session).moments(month.first, month.last)
    counts, workshops = _counts(session, month, microfactory)
    return Counted(
        decided=counts["decided"],
        passed=counts["passed"],
        pending=counts["pending"],
        retakes=counts["retakes"],
        defects=_defects(session, month, microfactory),
        lots=[] if microfactory is None else _lots(session, begin, end, microfactory),
        lots_open=session.scalar(select(func.count()).select_from(Lot).where(*_open(begin, end))) or 0,
        workshops=workshops,
    )


def _counts(session: Session, month: Month, microfactory: str | None) -> tuple[dict[str, int], int]:
    """And how many workshops had a piece decided."""
    days = month.texts()
    had = select(func.count(DailyCount.microfactory.distinct())).where(
        DailyCount.day.between(*days), DailyCount.decided > 0
    )
    if microfactory is None:
        return read_network(session, Window(month.first, month.last)), session.scalar(had) or 0
    counts = total(read_days(session, microfactory, Window(month.first, month.last)).values())
    return counts, int(counts["decided"] > 0)


def _defects(session: Session, month: Month, microfactory: str | None) -> list[tuple[str, int]]:
    days = month.texts()
    if microfactory is None:  # of the network a count is kept
        query: Select[Any, Any] = (
            select(FacetCount.name, func.sum(FacetCount.decided))
            .where(FacetCount.facet == "defect", FacetCount.day.between(*days))
            .group_by(FacetCount.name)
        )
    else:
        query = (
            select(PieceDefect.defect, func.count())
            .join(PieceState, PieceState.piece_key == PieceDefect.piece_key)
            .where(
                PieceState.microfactory == microfactory,
                PieceState.day.between(*days),
                PieceState.status != "pending",
            )
            .group_by(PieceDefect.defect)
        )
    counts = [(str(name), int(count)) for name, count in session.execute(query) if count]
    return sorted(counts, key=lambda one: (-one[1], one[0]))


def _open(begin: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    return Lot.opened_at < end, Lot.closed_at.is_(None) | (Lot.closed_at >= begin)


def _lots(session: Session, begin: datetime, end: datetime, microfactory: str) -> list[ReportedLot]:
    """With what of each is good by now, also from before and after."""
    good = (
        select(Inspection.lot.label("lot"), func.count(PieceState.piece_key).label("good"))
        .join(PieceState, PieceState.inspection == Inspection.id)
        .where(Inspection.microfactory == microfactory, PieceState.status.in_(PASSED))
        .group_by(Inspection.lot)
        .subquery()
    )
    rows = session.execute(
        select(Lot.id, Design.name, func.coalesce(good.c.good, 0), Lot.pieces, Lot.closed_at)
        .join(Design, Design.id == Lot.design)
        .outerjoin(good, good.c.lot == Lot.id)
        .where(Lot.microfactory == microfactory, *_open(begin, end))
        .order_by(Lot.id)
        .limit(MOST_LOTS)
    )
    return [ReportedLot(row[0], row[1], int(row[2]), row[3], row[4] is not None) for row in rows]
