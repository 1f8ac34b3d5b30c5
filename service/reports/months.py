"""A month in Nairobi, and what was counted in it: of the network, or of one workshop.

    month = Month.read("2026-11")
    found = read_month(session, month, "mf-kibera-01")

Kept counts are of UTC days, and Nairobi's begin three hours earlier: a month is counted from its pieces,
each by the inspection that counts.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from ubora.models.intervals import Interval, wilson
from ubora.service.http.errors import Problem
from ubora.service.ledger.counted import PASSED
from ubora.service.ledger.tables import Design, Inspection, Lot, PieceDefect, PieceState

NAIROBI = timezone(timedelta(hours=3))
"""East Africa Time: no summer time since 1960."""
MOST_LOTS = 200
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def day_of(at: datetime) -> date:
    """Nairobi's day at that moment."""
    return at.astimezone(NAIROBI).date()


def moments_of(first: date, last: date) -> tuple[datetime, datetime]:
    """When Nairobi's first day begins, and when its last one ends, as UTC."""
    begin, end = (datetime.combine(day, time.min, NAIROBI) for day in (first, last + timedelta(days=1)))
    return begin.astimezone(UTC), end.astimezone(UTC)


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

    def moments(self) -> tuple[datetime, datetime]:
        return moments_of(self.first, self.last)


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
    begin, end = month.moments()
    then = [Inspection.received_at >= begin, Inspection.received_at < end]
    if microfactory is not None:
        then.append(Inspection.microfactory == microfactory)
    rows = session.execute(
        select(PieceState.status, func.count())
        .join(Inspection, Inspection.id == PieceState.inspection)
        .where(*then)
        .group_by(PieceState.status)
    )
    statuses = {str(status): int(count) for status, count in rows}
    workshops = session.scalar(
        select(func.count(PieceState.microfactory.distinct()))
        .join(Inspection, Inspection.id == PieceState.inspection)
        .where(*then, PieceState.status != "pending")
    )
    retakes = session.scalar(
        select(func.count()).select_from(Inspection).where(*then, Inspection.status == "retake")
    )
    return Counted(
        decided=sum(count for status, count in statuses.items() if status != "pending"),
        passed=sum(statuses.get(name, 0) for name in PASSED),
        pending=statuses.get("pending", 0),
        retakes=retakes or 0,
        defects=_defects(session, then),
        lots=[] if microfactory is None else _lots(session, begin, end, microfactory),
        lots_open=session.scalar(select(func.count()).select_from(Lot).where(*_open(begin, end))) or 0,
        workshops=workshops or 0,
    )


def _defects(session: Session, then: list[ColumnElement[bool]]) -> list[tuple[str, int]]:
    rows = session.execute(
        select(PieceDefect.defect, func.count())
        .join(PieceState, PieceState.piece_key == PieceDefect.piece_key)
        .join(Inspection, Inspection.id == PieceState.inspection)
        .where(*then, PieceState.status != "pending")
        .group_by(PieceDefect.defect)
    )
    counts = [(str(name), int(count)) for name, count in rows]
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
