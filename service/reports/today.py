"""The network today: what came, what waits and since when, which orders are open.

GET /v1/network

The day is that of the ledger's zone. Alerts, pass rates and charts have their own routes; the page puts them
together.
"""

from datetime import datetime, timedelta

from fastapi import APIRouter
from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from ubora.service.auth.access import Staff, TheState
from ubora.service.http.errors import problems
from ubora.service.http.schemas import UtcMoment, Wire
from ubora.service.ledger.days.zones import days_of
from ubora.service.ledger.tables import DailyCount, Inspection, Lot, Review, Waiting
from ubora.service.numbers.groups import read_network
from ubora.service.numbers.window import Window

router = APIRouter(tags=["reports"])
LOAD_DAYS = 7
SOON, LATE = timedelta(days=1), timedelta(days=3)
"""What waits less than the one, and more than the other."""


class ReviewLoad(Wire):
    waiting: int
    contested: int
    """Of these, contested by their workshop."""
    under_a_day: int
    one_to_three_days: int
    over_three_days: int
    oldest_at: UtcMoment | None
    came_a_day: float
    """Pieces that people had to look at, of the last seven days, a day."""
    decided_a_day: float
    """Decisions of people, likewise."""


class NetworkToday(Wire):
    day: str
    """Of `zone`."""
    zone: str
    """Whose days all numbers are of, as Africa/Nairobi."""
    pieces: int
    """Of which a photo that counts came today."""
    passed: int
    """Passed or accepted."""
    pending: int
    retakes: int
    """Photos to be taken again."""
    workshops: int
    """That sent a piece today."""
    lots_open: int
    load: ReviewLoad


@router.get("/v1/network", responses=problems(401, 403))
def get_network(state: TheState, _who: Staff) -> NetworkToday:
    at = state.ledger.clock()
    with state.ledger.read() as session:
        days = days_of(session)
        day = days.of(at)
        counts = read_network(session, Window(day, day))
        workshops = session.scalar(
            select(func.count())
            .select_from(DailyCount)
            .where(DailyCount.day == day.isoformat(), DailyCount.decided + DailyCount.pending > 0)
        )
        lots = session.scalar(select(func.count()).select_from(Lot).where(Lot.closed_at.is_(None)))
        load = _load(session, at)
    return NetworkToday(
        day=day.isoformat(),
        zone=str(days.zone),
        pieces=counts["decided"] + counts["pending"],
        passed=counts["passed"],
        pending=counts["pending"],
        retakes=counts["retakes"],
        workshops=workshops or 0,
        lots_open=lots or 0,
        load=load,
    )


def _count(session: Session, wanted: ColumnElement[bool], begin: datetime, end: datetime) -> int:
    query = select(func.count()).select_from(Inspection)
    return (
        session.scalar(query.where(wanted, Inspection.received_at >= begin, Inspection.received_at < end))
        or 0
    )


def _load(session: Session, at: datetime) -> ReviewLoad:
    # A known piece that is dealt to one person waits for nobody else.
    ages = [
        Waiting.received_at > at - SOON,
        Waiting.received_at.between(at - LATE, at - SOON),
        Waiting.received_at < at - LATE,
    ]
    sums = [func.coalesce(func.sum(case((one, 1), else_=0)), 0) for one in (Waiting.place == 0, *ages)]
    row = session.execute(
        select(func.count(), func.min(Waiting.received_at), *sums).where(Waiting.only.is_(None))
    ).one()
    since = at - timedelta(days=LOAD_DAYS)
    came = _count(session, Inspection.verdict == "flag", since, at + timedelta(seconds=1))
    decided = session.scalar(select(func.count()).select_from(Review).where(Review.at >= since)) or 0
    return ReviewLoad(
        waiting=row[0],
        oldest_at=row[1],
        contested=int(row[2]),
        under_a_day=int(row[3]),
        one_to_three_days=int(row[4]),
        over_three_days=int(row[5]),
        came_a_day=came / LOAD_DAYS,
        decided_a_day=decided / LOAD_DAYS,
    )
