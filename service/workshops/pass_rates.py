"""Pass rates that are fair to a small workshop: with their interval and their count, never ranked raw.

pass rate         = pieces passed or accepted ÷ pieces decided
pending           flagged and not reviewed yet: shown apart, counted nowhere
retakes           photos to be taken again: never counted against anyone
first-pass yield  = first inspections passed or accepted ÷ first inspections decided

A piece counts on the day of its latest inspection (`pieces`); the window is whole days, today included.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ubora.models.intervals import wilson
from ubora.service.auth.access import Anyone, Staff, TheState
from ubora.service.http.errors import not_found, problems
from ubora.service.http.schemas import Code, Cursor, Limit, Wire, read_cursor, write_cursor
from ubora.service.ledger.counted import COLUMNS
from ubora.service.ledger.tables import DailyCount, Microfactory, NetworkCount

router = APIRouter(tags=["pass rates"])
Window = Annotated[int, Query(ge=1, le=3660)]


class PassRate(Wire):
    microfactory: str | None
    """None is the whole network."""
    window_days: int
    since: date
    until: date
    """First and last day, inclusive."""
    pieces_decided: int
    pieces_passed: int
    pieces_pending: int
    retakes: int
    pass_rate: float | None
    interval: Annotated[list[float], Field(min_length=2, max_length=2)] | None
    """Wilson, 95 %."""
    first_pass_yield: float | None
    first_pass_decided: int


class PassRatePage(Wire):
    items: list[PassRate]
    next_cursor: str | None


@router.get("/v1/pass-rate", responses=problems(401, 403, 422))
def get_network_pass_rate(state: TheState, _who: Staff, window_days: Window = 30) -> PassRate:
    with state.ledger.read() as session:
        return count_pass_rate(session, None, window_days, state.ledger.today())


@router.get("/v1/pass-rates", responses=problems(401, 403, 422))
def get_pass_rates(
    state: TheState,
    _who: Staff,
    window_days: Window = 30,
    cursor: Annotated[Cursor | None, Query()] = None,
    limit: Annotated[Limit, Query()] = 100,
) -> PassRatePage:
    """One row a workshop, by code: the order says nothing about them."""
    after = read_cursor(cursor, 1)[0] if cursor is not None else ""
    query = select(Microfactory.id).where(Microfactory.id > after).order_by(Microfactory.id)
    today = state.ledger.today()
    with state.ledger.read() as session:
        codes = session.scalars(query.limit(limit + 1)).all()
        page = codes[:limit]
        counts = _sums(session, page, window_days, today)
    items = [_rate(code, counts.get(code, _NOTHING), window_days, today) for code in page]
    return PassRatePage(items=items, next_cursor=write_cursor(page[-1]) if len(codes) > limit else None)


@router.get("/v1/microfactories/{microfactory_id}/pass-rate", responses=problems(401, 404, 422))
def get_pass_rate(microfactory_id: Code, state: TheState, who: Anyone, window_days: Window = 30) -> PassRate:
    with state.ledger.read() as session:
        known = session.get(Microfactory, microfactory_id) is not None
        if not known or not who.may_see(microfactory_id):
            raise not_found(f"microfactory {microfactory_id}")
        return count_pass_rate(session, microfactory_id, window_days, state.ledger.today())


def count_pass_rate(session: Session, microfactory: str | None, window_days: int, today: date) -> PassRate:
    """A workshop's pass rate, or the network's (None), over the days up to and with `today`."""
    if microfactory is not None:
        counts = count_days(session, microfactory, window_days, today)
    else:
        row = session.execute(
            select(*(func.coalesce(func.sum(getattr(NetworkCount, name)), 0) for name in COLUMNS)).where(
                NetworkCount.day.between(*_days(window_days, today))
            )
        ).one()
        counts = dict(zip(COLUMNS, (int(value) for value in row), strict=True))
    return _rate(microfactory, counts, window_days, today)


def count_days(session: Session, microfactory: str, window_days: int, today: date) -> dict[str, int]:
    """A workshop's sums of `pieces.COLUMNS` over the days up to and with `today`."""
    return _sums(session, [microfactory], window_days, today).get(microfactory, _NOTHING)


_NOTHING = dict.fromkeys(COLUMNS, 0)


def _sums(
    session: Session, microfactories: Sequence[str], window_days: int, today: date
) -> dict[str, dict[str, int]]:
    rows = session.execute(
        select(DailyCount.microfactory, *(func.sum(getattr(DailyCount, name)) for name in COLUMNS))
        .where(
            DailyCount.microfactory.in_(microfactories),
            DailyCount.day.between(*_days(window_days, today)),
        )
        .group_by(DailyCount.microfactory)
    ).all()
    return {row[0]: dict(zip(COLUMNS, (int(value) for value in row[1:]), strict=True)) for row in rows}


def interval(passed: int, decided: int) -> list[float] | None:
    """The share's 95 % interval, as JSON has it; None of nothing."""
    ends = wilson(passed, decided)
    return list(ends) if ends else None


def _days(window_days: int, today: date) -> tuple[str, str]:
    return (today - timedelta(days=window_days - 1)).isoformat(), today.isoformat()


def _rate(microfactory: str | None, counts: dict[str, int], window_days: int, today: date) -> PassRate:
    decided, passed, first = counts["decided"], counts["passed"], counts["first_decided"]
    return PassRate(
        microfactory=microfactory,
        window_days=window_days,
        since=today - timedelta(days=window_days - 1),
        until=today,
        pieces_decided=decided,
        pieces_passed=passed,
        pieces_pending=counts["pending"],
        retakes=counts["retakes"],
        pass_rate=passed / decided if decided else None,
        interval=interval(passed, decided),
        first_pass_yield=counts["first_passed"] / first if first else None,
        first_pass_decided=first,
    )
