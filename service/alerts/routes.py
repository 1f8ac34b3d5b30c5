"""Alerts as people read them: listed, one with its weeks and picture, acknowledged with a note.

An alert names no person of a workshop; who acknowledged it is kept with it, as who decided a piece is.
"""

from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Query, Request
from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from ubora.service.alerts.behind import pieces_behind
from ubora.service.alerts.keeping import tell
from ubora.service.alerts.sentences import Language, say_alert
from ubora.service.alerts.subjects import Kind, Rule, names_of
from ubora.service.auth.access import Staff, TheState
from ubora.service.auth.audit import record
from ubora.service.http.errors import Problem, not_found, problems
from ubora.service.http.schemas import (
    Cursor,
    Limit,
    UtcMoment,
    Wire,
    number_of_cursor,
    write_cursor,
)
from ubora.service.ledger.clock import now
from ubora.service.ledger.tables import Alert
from ubora.service.workshops.spreadsheet import TABLE_TOO, TableFormat, table_answer, wants_table

router = APIRouter(tags=["alerts"])
AlertState = Literal["open", "acknowledged", "withdrawn"]
MOST_IN_A_FILE = 10_000


class AlertAnswer(Wire):
    id: str
    kind: Kind
    subject: str
    """A code, class of defect or release; empty of the network."""
    name: str
    rule: Rule
    week: str
    """The Monday of the week that showed it."""
    state: AlertState
    text: dict[Language, str]
    """What happened and by what rule, in words."""
    figures: dict[str, float | int | str | None]
    pieces_url: str | None
    """The pieces behind it."""
    limits: int | None
    """That it was held against."""
    raised_at: UtcMoment
    acknowledged_at: UtcMoment | None
    acknowledged_by: str | None
    note: str
    withdrawn_at: UtcMoment | None
    """Since then decisions that were made later leave nothing of the signal."""


class AlertList(Wire):
    items: list[AlertAnswer]
    """The latest first; of those that were raised at once, the one with the strongest evidence."""
    next_cursor: str | None


class AlertCounts(Wire):
    open: int


class Acknowledgement(Wire):
    note: Annotated[str, Field(min_length=1, max_length=2000)]
    """What it was, or what is done."""


Which = Annotated[Literal["open", "acknowledged", "withdrawn", "all"], Query()]
Sort = Annotated[Kind | None, Query()]


@router.get("/v1/alerts", responses={**TABLE_TOO, **problems(401, 403, 422)}, response_model=AlertList)
def list_alerts(
    request: Request,
    state: TheState,
    _who: Staff,
    which: Which = "open",
    kind: Sort = None,
    subject: Annotated[str | None, Query(max_length=120)] = None,
    cursor: Annotated[Cursor | None, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
    asked: TableFormat = None,
) -> AlertList | Response:
    """The latest first. As CSV all at once, 10,000 at most."""
    query = select(Alert).order_by(Alert.number.desc())
    for column, value in ((Alert.state, None if which == "all" else which), (Alert.kind, kind)):
        query = query if value is None else query.where(column == value)
    if subject is not None:
        query = query.where(Alert.subject == subject)
    table = wants_table(request, asked)
    if cursor is not None and not table:
        query = query.where(Alert.number < number_of_cursor(cursor))
    with state.ledger.read() as session:
        rows = list(session.scalars(query.limit(MOST_IN_A_FILE if table else limit + 1)))
        items = answers(session, rows if table else rows[:limit])
    if table:
        return table_answer(table, "alerts", _COLUMNS, (_flat(one) for one in items))
    more = len(rows) > limit
    return AlertList(items=items, next_cursor=write_cursor(str(rows[limit - 1].number)) if more else None)


@router.get("/v1/alerts/counts", responses=problems(401, 403))
def count_alerts(state: TheState, _who: Staff) -> AlertCounts:
    with state.ledger.read() as session:
        return AlertCounts(open=session.scalar(select(func.count()).where(Alert.state == "open")) or 0)


@router.get("/v1/alerts/{alert_id}", responses=problems(401, 403, 404, 422))
def get_alert(alert_id: str, state: TheState, _who: Staff) -> AlertAnswer:
    with state.ledger.read() as session:
        return answers(session, [known(session, alert_id)])[0]


@router.post("/v1/alerts/{alert_id}/acknowledgement", responses=problems(401, 403, 404, 409, 422))
def acknowledge(alert_id: str, body: Acknowledgement, state: TheState, who: Staff) -> AlertAnswer:
    """What adds up over weeks begins anew after it. 409: it is not open any more."""
    with state.ledger.write() as session:
        row = known(session, alert_id, lock=True)
        if row.state != "open":
            detail = (
                f"it is {row.state}, by {row.acknowledged_by}"
                if row.acknowledged_by
                else f"it is {row.state}"
            )
            raise Problem(409, "not-open", "Not open any more", detail)
        row.state, row.acknowledged_at = "acknowledged", now(session)
        row.acknowledged_by, row.note = who.label, body.note
        record(session, who, "alert-acknowledged", row.id, kind=row.kind, name=row.subject, rule=row.rule)
        tell(session, state.settings, "alert.acknowledged", row)
        return answers(session, [row])[0]


def known(session: Session, alert_id: str, *, lock: bool = False) -> Alert:
    query = select(Alert).where(Alert.id == alert_id)
    row = session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise not_found("alert")
    return row


def answers(session: Session, rows: list[Alert]) -> list[AlertAnswer]:
    names: dict[tuple[str, str], str] = {}
    for kind in {row.kind for row in rows}:
        subjects = [row.subject for row in rows if row.kind == kind]
        names |= {(kind, code): name for code, name in names_of(session, cast(Kind, kind), subjects).items()}
    return [_answer(row, names[row.kind, row.subject]) for row in rows]


def _answer(row: Alert, name: str) -> AlertAnswer:
    kind, rule = cast(Kind, row.kind), cast(Rule, row.rule)
    figures: dict[str, Any] = row.figures
    return AlertAnswer(
        id=row.id,
        kind=kind,
        subject=row.subject,
        name=name,
        rule=rule,
        week=row.week,
        state=cast(AlertState, row.state),
        text={
            "en": (said := say_alert(kind, rule, name, figures))["en"],
            "sw": said["sw"],
        },
        figures=figures,
        pieces_url=pieces_behind(kind, row.subject, row.week, figures),
        limits=row.limits,
        raised_at=row.raised_at,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        note=row.note,
        withdrawn_at=row.withdrawn_at,
    )


_COLUMNS = (
    "week",
    "kind",
    "subject",
    "name",
    "rule",
    "state",
    "raised_at",
    "acknowledged_at",
    "acknowledged_by",
    "note",
    "withdrawn_at",
    "passed",
    "decided",
    "usual",
    "text",
)


def _flat(one: AlertAnswer) -> list[object]:
    cells: list[object] = []
    for name in _COLUMNS:
        if name == "text":
            cells.append(one.text["en"])
        elif name in ("passed", "decided", "usual"):
            cells.append(one.figures.get(name))
        else:
            cells.append(getattr(one, name))
    return cells
