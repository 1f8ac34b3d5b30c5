"""Workshops: who makes the pieces. One that makes nothing any more is closed: its history stays.

PUT    /v1/microfactories/{id}             enter it, or change its name and place
DELETE /v1/microfactories/{id}             close it: its phones are revoked, nothing offers it any more
POST   /v1/microfactories/{id}/opening     take that back; its phones are enrolled anew
"""

from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.service.auth.access import Admin, Anyone, Principal, TheState
from ubora.service.auth.audit import Action, changes, record
from ubora.service.auth.tokens import revoke
from ubora.service.http.errors import not_found, problems
from ubora.service.http.schemas import Code, Name, UtcMoment, Wire
from ubora.service.ledger.clock import now
from ubora.service.ledger.tables import Microfactory, Token

router = APIRouter(tags=["microfactories"])


class MicrofactoryBody(Wire):
    name: Name
    place: Name


class MicrofactoryAnswer(MicrofactoryBody):
    id: str
    closed_at: UtcMoment | None
    """Since when nothing offers it any more; none while it is open."""


class MicrofactoryList(Wire):
    items: list[MicrofactoryAnswer]


@router.get("/v1/microfactories", responses=problems(401))
def get_microfactories(state: TheState, who: Anyone) -> MicrofactoryList:
    """All of them, closed ones too, whose history has their names; an artisan sees her own."""
    query = select(Microfactory).order_by(Microfactory.id)
    if who.role == "artisan":
        query = query.where(Microfactory.id == who.microfactory)
    with state.ledger.read() as session:
        rows = session.scalars(query).all()
    return MicrofactoryList(items=[_answer(row) for row in rows])


@router.put(
    "/v1/microfactories/{microfactory_id}",
    responses={201: {"model": MicrofactoryAnswer, "description": "Made"}, **problems(401, 403, 422)},
)
def put_microfactory(
    microfactory_id: Code, body: MicrofactoryBody, response: Response, state: TheState, who: Admin
) -> MicrofactoryAnswer:
    """A closed one stays closed."""
    with state.ledger.write() as session:
        row = session.get(Microfactory, microfactory_id, with_for_update=True)
        told = changes(None if row is None else said_of(row), body.model_dump())
        created = save_microfactory(session, microfactory_id, body)
        if told:
            action: Action = "microfactory-made" if created else "microfactory-edited"
            record(session, who, action, microfactory_id, **told)
        session.flush()
        answer = _answer(session.get_one(Microfactory, microfactory_id))
    response.status_code = 201 if created else 200
    return answer


@router.delete("/v1/microfactories/{microfactory_id}", responses=problems(401, 403, 404, 422))
def close_microfactory(microfactory_id: Code, state: TheState, who: Admin) -> MicrofactoryAnswer:
    """It makes nothing more: its phones are revoked, and no new one is enrolled. What it sent stays."""
    with state.ledger.write() as session:
        row = _known(session, microfactory_id)
        if row.closed_at is None:
            row.closed_at = now(session)
            record(session, who, "microfactory-closed", row.id, name=row.name)
            _revoke_phones(session, who, row.id)
        return _answer(row)


@router.post("/v1/microfactories/{microfactory_id}/opening", responses=problems(401, 403, 404, 422))
def open_microfactory(microfactory_id: Code, state: TheState, who: Admin) -> MicrofactoryAnswer:
    """It is offered again. A token that was revoked is nobody's for good: its phones are enrolled anew."""
    with state.ledger.write() as session:
        row = _known(session, microfactory_id)
        if row.closed_at is not None:
            row.closed_at = None
            record(session, who, "microfactory-opened", row.id, name=row.name)
        return _answer(row)


def save_microfactory(session: Session, microfactory_id: str, body: MicrofactoryBody) -> bool:
    """Whether it is new."""
    row = session.get(Microfactory, microfactory_id)
    if row is None:
        session.add(Microfactory(id=microfactory_id, name=body.name, place=body.place))
        return True
    row.name, row.place = body.name, body.place
    return False


def said_of(row: Microfactory) -> dict[str, Any]:
    """What somebody said of it, as `MicrofactoryBody` does."""
    return {"name": row.name, "place": row.place}


def _revoke_phones(session: Session, who: Principal, microfactory: str) -> None:
    phones = select(Token).where(Token.microfactory == microfactory, Token.revoked_at.is_(None))
    for phone in session.scalars(phones.with_for_update()):
        revoke(session, who, phone)


def _known(session: Session, microfactory_id: str) -> Microfactory:
    row = session.get(Microfactory, microfactory_id, with_for_update=True)
    if row is None:
        raise not_found(f"microfactory {microfactory_id}")
    return row


def _answer(row: Microfactory) -> MicrofactoryAnswer:
    return MicrofactoryAnswer(id=row.id, name=row.name, place=row.place, closed_at=row.closed_at)
