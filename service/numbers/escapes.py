"""The escape rate in the field: of what the machine passed, how much a person would not have passed.

It stands on the passed pieces that were drawn for a look, each with the share that was drawn then. Where few
were looked at, the interval is wide; where nobody looked, it says that nothing is known.
"""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field
from sqlalchemy import case, exists, func, select
from sqlalchemy.orm import Session, aliased
from starlette.responses import Response

from ubora.service.auth.access import Staff, TheState
from ubora.service.http.errors import problems
from ubora.service.http.schemas import Wire
from ubora.service.ledger.counted import BY_PEOPLE, PASSED
from ubora.service.ledger.tables import AuditDraw, Inspection, NetworkCount, PieceState, Review
from ubora.service.numbers.rates import Interval, Share
from ubora.service.numbers.window import TheWindow, Window
from ubora.service.statistics.escapes import EscapeRate, Stratum, escape_rate
from ubora.service.workshops.spreadsheet import TABLE_TOO, TableFormat, table_answer, wants_table

router = APIRouter(tags=["numbers"])


class DrawnShare(Wire):
    share: Annotated[float, Field(gt=0, le=1)]
    """Of passed pieces, that was drawn for a look then."""
    passed: float
    """About so many passed while it was: drawn ÷ share."""
    drawn: int
    looked_at: int
    escaped: int


class EscapeRateAnswer(Wire):
    since: str
    until: str
    definition: str
    escape_rate: Share | None
    """Null where nobody has looked at any."""
    interval: Interval
    """95 %: exact within each share, joined by their distances from the estimate."""
    drawn: int
    looked_at: int
    escaped: int
    goods_in: int
    """Of the passed pieces, how many were decided in hand when they came to the hub, drawn or not."""
    goods_in_escaped: int
    """Of these, sent back or rejected."""
    returns_escaped: int
    """Passed pieces that customers sent back, and that were not accepted then."""
    items: list[DrawnShare]


DEFINITION = (
    "passed pieces that a person would send back or reject ÷ passed pieces, estimated from those that were "
    "drawn for a look, each weighted by the share that was drawn then"
)


@router.get(
    "/v1/numbers/escape-rate",
    responses={**TABLE_TOO, **problems(401, 403, 422)},
    response_model=EscapeRateAnswer,
)
def get_escape_rate(
    request: Request, state: TheState, _who: Staff, window: TheWindow, asked: TableFormat = None
) -> EscapeRateAnswer | Response:
    """Of pieces that came in these days."""
    with state.ledger.read() as session:
        items, in_hand = _shares(session, window), _in_hand(session, window)
    rate = escape_rate([Stratum(one.passed, one.looked_at, one.escaped) for one in items])
    if kind := wants_table(request, asked):
        columns = list(DrawnShare.model_fields)
        return table_answer(
            kind, "escapes", columns, ([getattr(row, name) for name in columns] for row in items)
        )
    since, until = window.texts()
    return EscapeRateAnswer(
        since=since,
        until=until,
        definition=DEFINITION,
        escape_rate=rate.share,
        interval=[rate.low, rate.high],
        drawn=sum(one.drawn for one in items),
        looked_at=rate.looked_at,
        escaped=rate.escaped,
        goods_in=in_hand["goods_in"][0],
        goods_in_escaped=in_hand["goods_in"][1],
        returns_escaped=in_hand["return"][1],
        items=items,
    )


def escape_in(session: Session, window: Window) -> tuple[int, EscapeRate]:
    """Pieces that passed in these days and that nobody has decided since; and the escape rate of such."""
    days = select(NetworkCount.day).where(NetworkCount.day.between(*window.texts()))
    query = select(func.count()).where(PieceState.day.in_(days), PieceState.status == "passed")
    strata = [Stratum(one.passed, one.looked_at, one.escaped) for one in _shares(session, window)]
    return session.scalar(query) or 0, escape_rate(strata)


def _in_hand(session: Session, window: Window) -> dict[str, tuple[int, int]]:
    """Where a piece was decided on in hand → how many passed pieces it was, and how many of them escaped."""
    since, until = window.moments(session)
    # No index holds it: of all that came few were decided in hand, and the index of these is to be used.
    came = func.coalesce(Inspection.received_at, Inspection.changed_at)
    later = aliased(Review)
    is_last = ~exists().where(later.inspection == Review.inspection, later.number > Review.number)
    rows = session.execute(
        select(Review.in_hand, func.count(), func.sum(case((Inspection.status.not_in(PASSED), 1), else_=0)))
        .join(Inspection, Inspection.id == Review.inspection)
        .where(
            Review.in_hand.is_not(None),
            is_last,
            Inspection.verdict == "pass",
            came >= since,
            came < until,
        )
        .group_by(Review.in_hand)
    ).all()
    counts = {str(where): (count, int(escaped)) for where, count, escaped in rows}
    return {where: counts.get(where, (0, 0)) for where in ("goods_in", "return")}


def _shares(session: Session, window: Window) -> list[DrawnShare]:
    """What is contested was looked at, and counts again once it is decided."""
    since, until = window.moments(session)
    reviewed = exists().where(Review.inspection == Inspection.id) & Inspection.status.in_(BY_PEOPLE)
    escaped = reviewed & Inspection.status.not_in(PASSED)
    rows = session.execute(
        select(
            AuditDraw.share,
            func.count(),
            func.sum(case((reviewed, 1), else_=0)),
            func.sum(case((escaped, 1), else_=0)),
        )
        .join(Inspection, Inspection.id == AuditDraw.inspection)
        .where(AuditDraw.received_at >= since, AuditDraw.received_at < until)
        .group_by(AuditDraw.share)
        .order_by(AuditDraw.share)
    ).all()
    return [
        DrawnShare(
            share=share, passed=drawn / share, drawn=drawn, looked_at=int(looked), escaped=int(escapes)
        )
        for share, drawn, looked, escapes in rows
    ]
