"""How the pieces of a design come out: how many passed, with the interval of their share, and what was found.

GET /v1/designs/{id}/outcomes?window_days=90

Each piece counts once, by the inspection that counts. What was found is what a person confirmed, or what
still waits for one; a flag that was overturned is in it no more.
"""

from collections import Counter
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from ubora.models.intervals import wilson
from ubora.service.auth.access import Staff, TheState
from ubora.service.http.errors import not_found, problems
from ubora.service.http.schemas import Code, Wire
from ubora.service.inspections.finding import Wanted, matching, stands
from ubora.service.ledger.counted import PASSED
from ubora.service.ledger.days.zones import days_of
from ubora.service.ledger.tables import Design, Inspection

router = APIRouter(tags=["designs"])
Interval = Annotated[list[float], Field(min_length=2, max_length=2)]
"""Wilson, 95 %."""
_NAMED = ("pending", "rework", "rejected")
"""States in which what was found still stands."""


class DesignDefect(Wire):
    defect: str
    pieces: int


class DesignOutcomes(Wire):
    design: str
    window_days: int
    since: date
    until: date
    """First and last day, inclusive."""
    decided: int
    passed: int
    pass_rate: float | None
    interval: Interval | None
    """Of passed among decided."""
    pending: int
    """Pieces that wait for a person: counted nowhere else."""
    defects: list[DesignDefect]
    """Most pieces first."""


@router.get("/v1/designs/{design_id}/outcomes", responses=problems(401, 403, 404, 422))
def get_outcomes(
    design_id: Code,
    state: TheState,
    _who: Staff,
    window_days: Annotated[int, Query(ge=1, le=366)] = 90,
) -> DesignOutcomes:
    until = state.ledger.today()
    since = until - timedelta(days=window_days - 1)
    with state.ledger.read() as session:
        if session.get(Design, design_id) is None:
            raise not_found(f"design {design_id}")
        begin, end = days_of(session).moments(since, until)
        wanted = matching(session, Wanted(design=design_id, since=begin, until=end))
        conditions = [*wanted, stands(Inspection), ~Inspection.design_unknown]
        statuses = _statuses(session, conditions)
        defects = _defects(session, conditions)
    pending = statuses["pending"]
    passed = sum(statuses[name] for name in PASSED)
    decided = statuses.total() - pending
    share = wilson(passed, decided)
    return DesignOutcomes(
        design=design_id,
        window_days=window_days,
        since=since,
        until=until,
        decided=decided,
        passed=passed,
        pass_rate=passed / decided if decided else None,
        interval=list(share) if share else None,
        pending=pending,
        defects=[
            DesignDefect(defect=name, pieces=pieces)
            for name, pieces in sorted(defects.items(), key=lambda one: (-one[1], one[0]))
        ],
    )


def _statuses(session: Session, wanted: list[ColumnElement[bool]]) -> Counter[str]:
    rows = session.execute(select(Inspection.status, func.count()).where(*wanted).group_by(Inspection.status))
    return Counter(dict(rows.all()))


def _defects(session: Session, wanted: list[ColumnElement[bool]]) -> Counter[str]:
    rows = session.scalars(
        select(Inspection).where(*wanted, Inspection.status.in_(_NAMED)).execution_options(yield_per=500)
    )
    return Counter(name for row in rows for name in named_of(row))


def named_of(row: Inspection) -> frozenset[str]:
    """Classes of what is wrong with a piece: as a person corrected it, else as the network found it."""
    review = row.reviews[-1] if row.reviews and row.status != "pending" else None
    if review is not None and review.defects is not None:
        return frozenset(str(defect["defect"]) for defect in review.defects)
    if row.verdict == "retake":
        return frozenset()
    return frozenset(str(defect["defect"]) for photo in row.photos for defect in photo.defects)
