"""A lot as a whole over HTTP: how its pieces stand, what a person does to all of it, and what was done to it.

GET /v1/lots/{id}               the order, its pieces by state, how the lot stands, and its record
GET /v1/lots/{id}/counts        its pieces by state alone, for a page that asks by itself
PUT /v1/lots/{id}/acts/{uuid}   ship it, hold it, or have every piece of it looked at

The pieces themselves are found as any are: /v1/pieces?order=PO-48&microfactory=mf-kibera-01.
"""

from typing import Annotated, Any, Literal, cast
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from ubora.service.auth.access import Reviewer, Staff, TheState
from ubora.service.auth.audit import Action, AuditLine, record
from ubora.service.http.errors import Problem, not_found, problems
from ubora.service.http.schemas import Code, UtcMoment, Wire
from ubora.service.inspections.finding import counts
from ubora.service.inspections.wire import Status
from ubora.service.ledger.clock import last_number, now
from ubora.service.ledger.tables import AuditEntry, Inspection, Lot, LotAct, LotLook, Waiting
from ubora.service.ledger.waiting import note_waiting
from ubora.service.workshops.lots import LotAnswer, answer_with_done

router = APIRouter(tags=["lots"])
Act = Literal["ship", "hold", "check"]
ACTIONS: dict[Act, Action] = {"ship": "lot-shipped", "hold": "lot-held", "check": "lot-checked"}
MOST_LINES = 200
"""Of a lot's record that are shown, the latest."""


class ActBody(Wire):
    kind: Act
    reason: Annotated[str, Field(max_length=500)] = ""
    """Why; needed for whatever is not to ship a lot of which nothing waits."""
    after: UUID | None = None
    """The act that was the last one when this was decided; null, or left out: none."""
    anyway: bool = False
    """Ship what is good, though pieces of it wait for a person."""


class StoredAct(Wire):
    id: str
    kind: Act
    reason: str
    by: str
    at: UtcMoment


class LotCounts(Wire):
    states: dict[Status, int]
    """Pieces that are in it, each once; a state of which there is none is left out."""
    waiting: int
    """Of these, for a person, whatever their state."""
    number: int
    """The last that the ledger gave; what came later has a greater one."""


class LotSheet(Wire):
    lot: LotAnswer
    counts: LotCounts
    act: StoredAct | None
    """The last one: how the lot stands; null: nobody did anything to all of it."""
    record: list[AuditLine]
    """What was done to it, the latest first."""


@router.get("/v1/lots/{lot_id}", responses=problems(401, 403, 404, 422))
def get_lot(lot_id: Code, state: TheState, _who: Staff) -> LotSheet:
    with state.ledger.read() as session:
        return _sheet(session, _lot(session, lot_id))


@router.get("/v1/lots/{lot_id}/counts", responses=problems(401, 403, 404, 422))
def get_lot_counts(lot_id: Code, state: TheState, _who: Staff) -> LotCounts:
    """No use of a session: a page that was left goes on asking."""
    with state.ledger.read() as session:
        return _counts(session, _lot(session, lot_id))


@router.put(
    "/v1/lots/{lot_id}/acts/{act_id}",
    status_code=201,
    responses={
        200: {"model": LotSheet, "description": "The same again"},
        **problems(401, 403, 404, 409, 422),
    },
)
def put_act(
    lot_id: Code, act_id: UUID, body: ActBody, response: Response, state: TheState, who: Reviewer
) -> LotSheet:
    """To be looked at are pieces that passed and nobody has seen, and those that come until the next act.

    409 `lot-unseen`: somebody did something to it meanwhile; it has that `act`. 409 `lot-waits`: pieces of it
    wait for a person, `waiting` of them; `anyway` ships the good ones.
    """
    with state.ledger.write() as session:
        # The clock's row before any other, as everybody locks them.
        at = now(session)
        lot = _lot(session, lot_id, lock=True)
        known = session.scalars(select(LotAct).where(LotAct.id == str(act_id))).first()
        if known is not None:
            if (known.lot, known.kind, known.reason) != (lot_id, body.kind, body.reason.strip()):
                raise Problem(409, "conflict", "Another act has this UUID", "a new act needs a new UUID")
            response.status_code = 200
            return _sheet(session, lot)
        _check(session, lot, body)
        act = LotAct(
            id=str(act_id), lot=lot_id, kind=body.kind, reason=body.reason.strip(), by=who.label, at=at
        )
        session.add(act)
        session.flush()
        if body.kind == "check":
            _look_at_all(session, lot, act)
        facts = {"microfactory": lot.microfactory, "reason": act.reason or None}
        record(session, who, ACTIONS[body.kind], lot_id, **facts)
        session.flush()
        return _sheet(session, lot)


def _check(session: Session, lot: Lot, body: ActBody) -> None:
    last = _last(session, lot)
    if (last.id if last else None) != (str(body.after) if body.after else None):
        detail = "somebody did something to the lot meanwhile; name that `act` in `after` to go on"
        members: dict[str, Any] = {"act": _act(last).model_dump(mode="json") if last else None}
        raise Problem(409, "lot-unseen", "The lot stands otherwise now", detail, members=members)
    if body.kind != "ship" or body.anyway:
        if not body.reason.strip():
            raise Problem(422, "invalid", "The request is not what is expected", "reason: expected why")
        return
    waiting = _counts(session, lot).waiting
    if waiting:
        detail = f"{waiting} pieces of it wait for a person; `anyway`, with a reason, ships the good ones"
        raise Problem(409, "lot-waits", "Pieces of it wait", detail, members={"waiting": waiting})


def _look_at_all(session: Session, lot: Lot, act: LotAct) -> None:
    """What passed and was asked of nobody so far waits from now on."""
    asked = select(LotLook.inspection)
    rows = session.scalars(
        _pieces(lot).where(Inspection.status == "passed", Inspection.id.not_in(asked)).with_for_update()
    ).all()
    for row in rows:
        session.add(LotLook(inspection=row.id, act=act.number))
        session.flush()
        note_waiting(session, row)


def _sheet(session: Session, lot: Lot) -> LotSheet:
    last = _last(session, lot)
    lines = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject == lot.id, AuditEntry.action.like("lot-%"))
        .order_by(AuditEntry.number.desc())
        .limit(MOST_LINES)
    )
    return LotSheet(
        lot=answer_with_done(session, lot),
        counts=_counts(session, lot),
        act=_act(last) if last else None,
        record=[
            AuditLine(
                number=line.number,
                at=line.at,
                actor=line.actor,
                action=cast(Action, line.action),
                subject=line.subject,
                facts=line.facts,
            )
            for line in lines
        ],
    )


def _counts(session: Session, lot: Lot) -> LotCounts:
    number = last_number(session)
    of_lot = _pieces(lot).with_only_columns(Inspection.status, func.count()).group_by(Inspection.status)
    asked = select(Waiting.inspection).where(Waiting.only.is_(None))
    waiting = _pieces(lot).with_only_columns(func.count(Inspection.id)).where(Inspection.id.in_(asked))
    states = {cast(Status, status): count for status, count in session.execute(of_lot)}
    return LotCounts(states=states, waiting=session.scalar(waiting) or 0, number=number)


def _pieces(lot: Lot) -> Select[Inspection]:
    return select(Inspection).where(
        Inspection.microfactory == lot.microfactory, Inspection.lot == lot.id, counts(Inspection)
    )


def _last(session: Session, lot: Lot) -> LotAct | None:
    rows = session.scalars(select(LotAct).where(LotAct.lot == lot.id).order_by(LotAct.number.desc()).limit(1))
    return rows.first()


def _act(row: LotAct) -> StoredAct:
    return StoredAct(id=row.id, kind=cast(Act, row.kind), reason=row.reason, by=row.by, at=row.at)


def _lot(session: Session, lot_id: str, *, lock: bool = False) -> Lot:
    row = session.get(Lot, lot_id, with_for_update=lock)
    if row is None:
        raise not_found(f"lot {lot_id}")
    return row
