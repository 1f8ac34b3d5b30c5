"""How a workshop is doing, for the workshop itself: its own counts, and what was flagged most.

The counts are those of its pass rate. What was flagged is what a person confirmed, or what still waits for
one: a flag that was overturned is nobody's fault, and is not in it.
"""

from collections import Counter
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.service.auth.access import Anyone, TheState
from ubora.service.http.errors import not_found, problems
from ubora.service.http.schemas import Code, Wire
from ubora.service.ledger.counted import defects_of
from ubora.service.ledger.days.zones import days_of
from ubora.service.ledger.tables import Design, Inspection, Microfactory
from ubora.service.workshops.pass_rates import count_days, interval

router = APIRouter(tags=["pass rates"])
Interval = Annotated[list[float], Field(min_length=2, max_length=2)]
"""Wilson, 95 %."""


class FlaggedDefect(Wire):
    defect: str
    pieces: int
    materials: list[str]
    """Of those pieces, so that a tip is for what she works in; by name."""


class Summary(Wire):
    microfactory: str
    window_days: int
    since: date
    until: date
    """First and last day, inclusive."""
    sent: int
    """Pieces: decided, or waiting for a person."""
    decided: int
    passed: int
    interval: Interval | None
    """Of passed among decided."""
    pending: int
    retakes: int
    first_decided: int
    first_passed: int
    """Pieces whose first inspection passed or was accepted."""
    first_interval: Interval | None
    flagged: list[FlaggedDefect]
    """Most pieces first."""


@router.get("/v1/microfactories/{microfactory_id}/summary", responses=problems(401, 404, 422))
def get_summary(
    microfactory_id: Code,
    state: TheState,
    who: Anyone,
    window_days: Annotated[int, Query(ge=1, le=366)] = 30,
) -> Summary:
    until = state.ledger.today()
    since = until - timedelta(days=window_days - 1)
    with state.ledger.read() as session:
        known = session.get(Microfactory, microfactory_id) is not None
        if not known or not who.may_see(microfactory_id):
            raise not_found(f"microfactory {microfactory_id}")
        counts = count_days(session, microfactory_id, window_days, until)
        flagged = _flagged(session, microfactory_id, since, until)
    return Summary(
        microfactory=microfactory_id,
        window_days=window_days,
        since=since,
        until=until,
        sent=counts["decided"] + counts["pending"],
        decided=counts["decided"],
        passed=counts["passed"],
        interval=interval(counts["passed"], counts["decided"]),
        pending=counts["pending"],
        retakes=counts["retakes"],
        first_decided=counts["first_decided"],
        first_passed=counts["first_passed"],
        first_interval=interval(counts["first_passed"], counts["first_decided"]),
        flagged=flagged,
    )


def _flagged(session: Session, microfactory: str, since: date, until: date) -> list[FlaggedDefect]:
    """Most pieces first: of each piece its latest inspection of these days that is no retake."""
    begin, end = days_of(session).moments(since, until)
    rows = session.scalars(
        select(Inspection)
        .where(
            Inspection.microfactory == microfactory,
            Inspection.received_at >= begin,
            Inspection.received_at < end,
            Inspection.status.in_(("passed", "pending", "accepted", "rework", "rejected")),
        )
        .order_by(Inspection.number)
        .execution_options(yield_per=500)
    )
    last_of_piece = {row.piece_key: (row.design, _defects(row)) for row in rows}
    designs = {design for design, names in last_of_piece.values() if names}
    material = {row.id: row.material for row in session.scalars(select(Design).where(Design.id.in_(designs)))}
    counts: dict[str, Counter[str]] = {}
    for design, names in last_of_piece.values():
        for name in names:
            counts.setdefault(name, Counter())[material[design]] += 1
    flagged = [
        FlaggedDefect(defect=name, pieces=of.total(), materials=sorted(of)) for name, of in counts.items()
    ]
    return sorted(flagged, key=lambda one: (-one.pieces, one.defect))


def _defects(row: Inspection) -> frozenset[str]:
    corrected = row.reviews[-1].defects if row.reviews else None
    return defects_of(row.status, row.verdict, corrected, (photo.defects for photo in row.photos))
