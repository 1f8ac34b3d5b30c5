"""Limits that stand, and new ones: an act of a person, with a reason, in the record.

Also the weeks that are held against them, as figures and as a picture.
"""

from datetime import date
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Query, Request
from pydantic import Field, model_validator
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from ubora.service.alerts.freezing import FEWEST_WEEKS, MOST_WEEKS, make
from ubora.service.alerts.subjects import Counted, last_week, names_of
from ubora.service.alerts.weeks import WatchedWeek, weeks_of
from ubora.service.alerts.weeks import draw as draw_weeks
from ubora.service.auth.access import DesignKeeper, Staff, TheState
from ubora.service.auth.audit import record
from ubora.service.http.errors import Problem, not_found, problems
from ubora.service.http.schemas import Cursor, Limit, UtcMoment, Wire, number_of_cursor, write_cursor
from ubora.service.ledger.tables import ChartLimits
from ubora.service.numbers.drawing import Dark, Narrow, Svg
from ubora.service.numbers.groups import monday
from ubora.service.workshops.spreadsheet import TABLE_TOO, TableFormat, model_table, table_answer, wants_table

router = APIRouter(tags=["alerts"])


class LimitsAnswer(Wire):
    number: int
    kind: Counted
    subject: str
    name: str
    rule: Literal["p-prime", "worsening"]
    since: date
    until: date
    """The Mondays of the first and last week that they stand on."""
    passed: int
    decided: int
    figures: dict[str, float]
    made_at: UtcMoment
    made_by: str | None
    """Null: by the service, from the first weeks that there were."""
    reason: str
    ended_at: UtcMoment | None
    """Others stand since then."""


class LimitsList(Wire):
    items: list[LimitsAnswer]
    next_cursor: str | None


class NewLimits(Wire):
    kind: Counted
    subject: Annotated[str, Field(max_length=120)]
    """Empty of the network."""
    since: date
    until: date
    """Days in the first and the last week of the first phase; both weeks count whole."""
    reason: Annotated[str, Field(min_length=1, max_length=2000)]
    seen: int | None = None
    """The limits that were looked at and that these replace; null: none stood."""

    @model_validator(mode="after")
    def _are_weeks(self) -> "NewLimits":
        weeks = (monday(self.until) - monday(self.since)).days // 7 + 1
        if not FEWEST_WEEKS <= weeks <= MOST_WEEKS:
            raise ValueError(f"expected {FEWEST_WEEKS} to {MOST_WEEKS} weeks, found {weeks}")
        return self


class WatchedWeeks(Wire):
    limits: LimitsAnswer
    definition: str
    items: list[WatchedWeek]
    """The first phase and all weeks since that are over, the oldest first."""


DEFINITIONS = {
    "p-prime": (
        "share of each week, with limits of a p′ chart that stand since the first phase, and smoothed weeks "
        "(EWMA, 0.2); both widened by what few weeks do not tell"
    ),
    "worsening": (
        "share of each week, and the evidence that it fell by then (Shiryaev and Roberts), from what was "
        "known after the first phase"
    ),
}
Stand = Annotated[Literal["standing", "all"], Query()]


@router.get("/v1/limits", responses={**TABLE_TOO, **problems(401, 403, 422)}, response_model=LimitsList)
def list_limits(
    request: Request,
    state: TheState,
    _who: Staff,
    kind: Annotated[Counted | None, Query()] = None,
    subject: Annotated[str | None, Query(max_length=120)] = None,
    which: Stand = "standing",
    cursor: Annotated[Cursor | None, Query()] = None,
    limit: Annotated[Limit, Query()] = 100,
    asked: TableFormat = None,
) -> LimitsList | Response:
    """The latest first. As CSV all at once."""
    query = select(ChartLimits).order_by(ChartLimits.number.desc())
    query = query if kind is None else query.where(ChartLimits.kind == kind)
    query = query if subject is None else query.where(ChartLimits.subject == subject)
    query = query if which == "all" else query.where(ChartLimits.ended_at.is_(None))
    table = wants_table(request, asked)
    if cursor is not None and not table:
        query = query.where(ChartLimits.number < number_of_cursor(cursor))
    with state.ledger.read() as session:
        rows = list(session.scalars(query if table else query.limit(limit + 1)))
        items = _answers(session, rows if table else rows[:limit])
    if table:
        json_alone = ("figures", "made_at", "ended_at")
        return model_table(table, "limits", LimitsAnswer, items, without=json_alone)
    more = len(rows) > limit
    return LimitsList(items=items, next_cursor=write_cursor(str(rows[limit - 1].number)) if more else None)


@router.post("/v1/limits", status_code=201, responses=problems(401, 403, 409, 422))
def renew_limits(body: NewLimits, state: TheState, who: DesignKeeper) -> LimitsAnswer:
    """In place of those that stood; weeks after `until` are held against them.

    409 `limits-unseen`: others stand than were looked at. 422 `too-few`: these weeks have too few pieces.
    """
    first, last = monday(body.since), monday(body.until)
    if last > last_week(state.ledger.today()):
        detail = f"the week of {last}, expected one that is over"
        raise Problem(422, "invalid", "The request is not what is expected", detail)
    with state.ledger.write() as session:
        standing = session.scalar(
            select(ChartLimits)
            .where(
                ChartLimits.kind == body.kind,
                ChartLimits.subject == body.subject,
                ChartLimits.ended_at.is_(None),
            )
            .with_for_update()
        )
        if (standing.number if standing is not None else None) != body.seen:
            detail = "others stand now than were looked at; look again"
            raise Problem(409, "limits-unseen", "Other limits now", detail)
        row = make(session, body.kind, body.subject, (first, last), who.label, body.reason)
        if row is None:
            detail = f"{first} to {last}: too few pieces for any limits; expected more weeks, or others"
            raise Problem(422, "too-few", "Too few pieces", detail)
        facts = {"kind": body.kind, "name": body.subject, "since": str(first), "until": str(last)}
        record(session, who, "limits-renewed", str(row.number), **facts, reason=body.reason[:200])
        return _answers(session, [row])[0]


@router.get(
    "/v1/limits/{number}/weeks",
    responses={**TABLE_TOO, **problems(401, 403, 404, 422)},
    response_model=WatchedWeeks,
)
def get_weeks(
    request: Request, number: int, state: TheState, _who: Staff, asked: TableFormat = None
) -> WatchedWeeks | Response:
    with state.ledger.read() as session:
        row = _known(session, number)
        items = weeks_of(session, row, state.ledger.today())
        limits = _answers(session, [row])[0]
    if table := wants_table(request, asked):
        columns = [name for name in WatchedWeek.model_fields if name != "signals"]
        rows = ([*(getattr(one, name) for name in columns), " ".join(one.signals)] for one in items)
        return table_answer(table, "weeks", [*columns, "signals"], rows)
    return WatchedWeeks(limits=limits, definition=DEFINITIONS[row.rule], items=items)


@router.get("/v1/limits/{number}/chart.svg", response_class=Svg, responses=problems(401, 403, 404, 422))
def get_chart(
    number: int, state: TheState, _who: Staff, theme: Dark = "light", narrow: Narrow = False
) -> Response:
    """Shares with their limits, or with the evidence below; the first phase is grey."""
    with state.ledger.read() as session:
        row = _known(session, number)
        items = weeks_of(session, row, state.ledger.today())
    return Svg(draw_weeks(row, items, theme, narrow))


def _known(session: Session, number: int) -> ChartLimits:
    row = session.get(ChartLimits, number) if 0 < number < 2**31 else None
    if row is None:
        raise not_found("limits")
    return row


def _answers(session: Session, rows: list[ChartLimits]) -> list[LimitsAnswer]:
    names: dict[tuple[str, str], str] = {}
    for kind in {row.kind for row in rows}:
        subjects = [row.subject for row in rows if row.kind == kind]
        named = names_of(session, cast(Counted, kind), subjects)
        names |= {(kind, code): name for code, name in named.items()}
    return [
        LimitsAnswer(
            number=row.number,
            kind=cast(Counted, row.kind),
            subject=row.subject,
            name=names[row.kind, row.subject],
            rule=cast(Literal["p-prime", "worsening"], row.rule),
            since=date.fromisoformat(row.first_week),
            until=date.fromisoformat(row.last_week),
            passed=row.passed,
            decided=row.decided,
            figures=row.figures,
            made_at=row.made_at,
            made_by=row.made_by,
            reason=row.reason,
            ended_at=row.ended_at,
        )
        for row in rows
    ]
