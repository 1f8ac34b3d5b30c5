"""How many of the decided appeals overturned what they contested.

An appeal counts on the day on which it was decided. A photo that went to a person because it did not come
out contests nothing, and is not counted.
"""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ubora.models.intervals import wilson
from ubora.service.auth.access import Staff, TheState
from ubora.service.http.errors import problems
from ubora.service.http.schemas import Wire
from ubora.service.ledger.days.zones import days_of
from ubora.service.ledger.tables import Appeal, Inspection

router = APIRouter(tags=["agreement"])
Window = Annotated[int, Query(ge=1, le=3660)]


class Overturned(Wire):
    decided: int
    overturned: int
    share: float | None
    """0–1; null of nothing."""
    interval: Annotated[list[float], Field(min_length=2, max_length=2)] | None
    """Wilson, 95 %."""


class OverturnRate(Wire):
    window_days: int
    since: date
    until: date
    """First and last day, inclusive."""
    all: Overturned
    flags: Overturned
    """Appeals against the machine's flag, that came before anybody had decided."""
    decisions: Overturned
    """Appeals against what a person had decided."""


@router.get("/v1/overturn-rate", responses=problems(401, 403, 422))
def get_overturn_rate(state: TheState, _who: Staff, window_days: Window = 90) -> OverturnRate:
    """Of the appeals that were decided on these days: how many were right."""
    until = state.ledger.today()
    since = until - timedelta(days=window_days - 1)
    with state.ledger.read() as session:
        of_flags, of_decisions = _counts(session, since, until)
    both = {outcome: of_flags[outcome] + of_decisions[outcome] for outcome in ("upheld", "overturned")}
    return OverturnRate(
        window_days=window_days,
        since=since,
        until=until,
        all=_share(both),
        flags=_share(of_flags),
        decisions=_share(of_decisions),
    )


def _counts(session: Session, since: date, until: date) -> tuple[dict[str, int], dict[str, int]]:
    """By outcome: of appeals against flags, and against decisions."""
    begin, end = days_of(session).moments(since, until)
    rows = session.execute(
        select(Appeal.outcome, Appeal.contests.is_(None), func.count())
        .join(Inspection, Inspection.id == Appeal.inspection)
        .where(
            Appeal.outcome.in_(("upheld", "overturned")),
            Appeal.decided_at >= begin,
            Appeal.decided_at < end,
            Inspection.verdict != "retake",
        )
        .group_by(Appeal.outcome, Appeal.contests.is_(None))
    ).all()
    counts = {kind: dict.fromkeys(("upheld", "overturned"), 0) for kind in (True, False)}
    for outcome, of_flag, count in rows:
        counts[bool(of_flag)][outcome] = count
    return counts[True], counts[False]


def _share(counts: dict[str, int]) -> Overturned:
    overturned, decided = counts["overturned"], counts["overturned"] + counts["upheld"]
    interval = wilson(overturned, decided)
    return Overturned(
        decided=decided,
        overturned=overturned,
        share=overturned / decided if decided else None,
        interval=list(interval) if interval else None,
    )
