"""Corrective actions over HTTP: opened at the hub, listed, and taken on step by step.

GET /v1/corrective-actions?show=waiting                      JSON or CSV; a workshop those it was told of
PUT /v1/corrective-actions/{uuid}                            open one
PUT /v1/corrective-actions/{uuid}/steps/{uuid}               the next step, `after` the one that was seen

A step is never changed or removed: what was a mistake is undone by another one.
"""

from typing import Annotated, Any, Literal
from uuid import UUID, uuid5

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field
from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from starlette.responses import Response as AnyResponse

from ubora.service.auth.access import Anyone, Principal, Reviewer, TheState
from ubora.service.auth.veiled import refuse_veiled
from ubora.service.corrective.course import NEED_WHY, course_of, may
from ubora.service.corrective.effect import MOST_WATCHED
from ubora.service.corrective.rows import (
    Said,
    add_step,
    answer_for,
    is_repeat,
    steps_of,
    visible_action,
)
from ubora.service.corrective.table import COLUMNS, line_of
from ubora.service.corrective.wire import ActionAnswer, ActionPage
from ubora.service.http.errors import Problem, not_found, problems
from ubora.service.http.schemas import Code, Cursor, Limit, Wire, number_of_cursor, write_cursor
from ubora.service.ledger.tables import CorrectiveAction, Inspection, Microfactory
from ubora.service.state import AppState
from ubora.service.workshops.spreadsheet import TABLE_TOO, TableFormat, table_answer, wants_table

router = APIRouter(tags=["corrective actions"])
Why = Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")]
Show = Literal["open", "hub", "waiting", "watched", "closed"]
"""open: all that are not closed; hub: where the hub is to do something next; waiting: for an answer."""
_SHOWN: dict[Show, tuple[str, ...]] = {
    "open": ("opened", "told", "answered", "watched"),
    "hub": ("opened", "answered"),
    "waiting": ("told",),
    "watched": ("watched",),
    "closed": ("closed",),
}
MOST_LINES = 2_000
"""Of a CSV: the last opened."""


class OpeningBody(Wire):
    microfactory: Code
    defect: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
    inspection: UUID | None = None
    """A piece of the workshop that shows it."""
    watch: Annotated[int, Field(ge=5, le=MOST_WATCHED)] = 20
    """How many of the next pieces are watched after her answer."""
    days: Annotated[int, Field(ge=1, le=90)] = 7
    """How long an answer may take."""
    why: Annotated[Why, Field(min_length=1)]
    """For the hub."""
    tell: Why | None = None
    """What the workshop is told in the same go; empty: the defect and its tip alone. Null: not told yet."""


class StepBody(Wire):
    step: Literal["told", "answered", "watched", "effective", "dropped", "reopened", "undone"]
    why: Why = ""
    """Of `told` what the workshop reads; of `answered` what it said by word of mouth."""
    after: UUID
    """`last`, as it was seen; what is undone, too."""


@router.get(
    "/v1/corrective-actions", responses={**TABLE_TOO, **problems(401, 404, 422)}, response_model=ActionPage
)
def get_corrective_actions(
    request: Request,
    state: TheState,
    who: Anyone,
    microfactory: Annotated[Code | None, Query()] = None,
    show: Annotated[Show | None, Query()] = None,
    cursor: Annotated[Cursor | None, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
    asked: TableFormat = None,
) -> ActionPage | AnyResponse:
    """The last opened first. As CSV up to 2,000 of them, whatever the limit."""
    query = _listed(who, microfactory, show)
    at = state.ledger.clock()
    if kind := wants_table(request, asked):
        with state.ledger.read() as session:
            rows = session.scalars(query.limit(MOST_LINES)).all()
            lines = [line_of(answer_for(session, who, row, at)) for row in rows]
        return table_answer(kind, "corrective-actions", COLUMNS, lines)
    if cursor is not None:
        query = query.where(CorrectiveAction.number < number_of_cursor(cursor))
    with state.ledger.read() as session:
        rows = session.scalars(query.limit(limit + 1)).all()
        items = [answer_for(session, who, row, at) for row in rows[:limit]]
    more = len(rows) > limit
    return ActionPage(items=items, next_cursor=write_cursor(str(rows[limit - 1].number)) if more else None)


@router.get("/v1/corrective-actions/{action_id}", responses=problems(401, 404, 422))
def get_corrective_action(action_id: UUID, state: TheState, who: Anyone) -> ActionAnswer:
    with state.ledger.read() as session:
        row = visible_action(session, who, str(action_id))
        return answer_for(session, who, row, state.ledger.clock())


@router.put(
    "/v1/corrective-actions/{action_id}",
    status_code=201,
    responses={
        200: {"model": ActionAnswer, "description": "The same again"},
        **problems(401, 403, 404, 409, 422),
    },
)
def open_corrective_action(
    action_id: UUID, body: OpeningBody, response: Response, state: TheState, who: Reviewer
) -> ActionAnswer:
    """409 `action-open`: there is one of this defect at this workshop that is not closed, in `action`."""
    return _done(
        state, who, response, str(action_id), lambda session: _open(session, who, str(action_id), body)
    )


@router.put(
    "/v1/corrective-actions/{action_id}/steps/{step_id}",
    status_code=201,
    responses={
        200: {"model": ActionAnswer, "description": "The same again"},
        **problems(401, 403, 404, 409, 422),
    },
)
def take_step(
    action_id: UUID, step_id: UUID, body: StepBody, response: Response, state: TheState, who: Reviewer
) -> ActionAnswer:
    """409 `course-unseen`: it went on meanwhile; 409 `course-step`: this step may not follow here."""
    return _done(
        state,
        who,
        response,
        str(action_id),
        lambda session: _step(session, who, str(action_id), str(step_id), body),
    )


def _done(state: AppState, who: Principal, response: Response, action_id: str, act: Any) -> ActionAnswer:
    try:
        with state.ledger.write() as session:
            created = act(session)
    except IntegrityError:
        # The same twice at the same time; the other one was first.
        with state.ledger.write() as session:
            created = act(session)
    response.status_code = 201 if created else 200
    with state.ledger.read() as session:
        row = visible_action(session, who, action_id)
        return answer_for(session, who, row, state.ledger.clock())


def _listed(who: Principal, microfactory: str | None, show: Show | None) -> Select[CorrectiveAction]:
    if microfactory is not None and not who.may_see(microfactory):
        raise not_found(f"microfactory {microfactory}")
    query = select(CorrectiveAction).order_by(CorrectiveAction.number.desc())
    if who.role == "artisan":
        query = query.where(
            CorrectiveAction.microfactory == who.microfactory, CorrectiveAction.told.is_not(None)
        )
    elif microfactory is not None:
        query = query.where(CorrectiveAction.microfactory == microfactory)
    return query if show is None else query.where(CorrectiveAction.state.in_(_SHOWN[show]))


def _open(session: Session, who: Principal, action_id: str, body: OpeningBody) -> bool:
    """Whether it is new."""
    # Locked, so that two people do not open the same beside each other.
    workshop = session.get(Microfactory, body.microfactory, with_for_update={"key_share": True})
    opening = Said(id=action_id, step="opened", note=body.why.strip(), takes_back=None)
    if is_repeat(session, action_id, opening):
        return False
    if workshop is None or workshop.closed_at is not None:
        raise _wrong(f"microfactory: {body.microfactory!r} is none that is open")
    _check_piece(session, who, body)
    _check_alone(session, body.microfactory, body.defect)
    row = CorrectiveAction(
        id=action_id,
        microfactory=body.microfactory,
        defect=body.defect,
        inspection=None if body.inspection is None else str(body.inspection),
        watch=body.watch,
        days=body.days,
        state="opened",
        change=0,
    )
    session.add(row)
    session.flush()
    add_step(session, row, opening, who)
    if body.tell is not None:
        told = str(uuid5(UUID(action_id), "told"))
        add_step(session, row, Said(id=told, step="told", note=body.tell.strip()), who)
    return True


def _check_piece(session: Session, who: Principal, body: OpeningBody) -> None:
    if body.inspection is None:
        return
    piece = session.get(Inspection, str(body.inspection))
    if piece is None or piece.microfactory != body.microfactory:
        raise _wrong(f"inspection: none of {body.microfactory} has the id {body.inspection}")
    refuse_veiled(session, who, piece.id)


def _check_alone(session: Session, microfactory: str, defect: str) -> None:
    """Two of one defect at one workshop are never open beside each other."""
    other = session.scalar(
        select(CorrectiveAction.id).where(
            CorrectiveAction.microfactory == microfactory,
            CorrectiveAction.defect == defect,
            CorrectiveAction.state != "closed",
        )
    )
    if other is not None:
        detail = f"{defect} at {microfactory} is followed already, by {other}"
        raise Problem(409, "action-open", "Followed already", detail, members={"action": other})


def _step(session: Session, who: Principal, action_id: str, step_id: str, body: StepBody) -> bool:
    """Whether it is new."""
    row = visible_action(session, who, action_id, lock=True)
    back = str(body.after) if body.step == "undone" else None
    said = Said(id=step_id, step=body.step, note=body.why.strip(), takes_back=back)
    if is_repeat(session, row.id, said):
        return False
    course = course_of(steps_of(session, row.id))
    if str(body.after) != course.last.id:
        detail = f"its last step is {course.last.id} ({course.last.step}), not {body.after}: look at it again"
        raise Problem(409, "course-unseen", "It went on meanwhile", detail)
    allowed = may(course, "hub")
    if body.step not in allowed:
        detail = f"it is {course.state}; expected {', '.join(allowed) or 'no step'}, found {body.step}"
        raise Problem(409, "course-step", "This may not follow here", detail)
    if body.step in NEED_WHY and not said.note:
        raise _wrong(f"why: expected a word on why it is {body.step}")
    if row.state == "closed":
        _check_alone(session, row.microfactory, row.defect)
    add_step(session, row, said, who)
    return True


def _wrong(detail: str) -> Problem:
    return Problem(422, "corrective-action", "The corrective action is wrong", detail)
