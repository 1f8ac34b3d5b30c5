"""Workshops: who makes the pieces."""

from fastapi import APIRouter, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.service.auth.access import Admin, Anyone, TheState
from ubora.service.auth.audit import Action, changes, record
from ubora.service.http.errors import problems
from ubora.service.http.schemas import Code, Name, Wire
from ubora.service.ledger.tables import Microfactory

router = APIRouter(tags=["microfactories"])


class MicrofactoryBody(Wire):
    name: Name
    place: Name


class MicrofactoryAnswer(MicrofactoryBody):
    id: str


class MicrofactoryList(Wire):
    items: list[MicrofactoryAnswer]


@router.get("/v1/microfactories", responses=problems(401))
def get_microfactories(state: TheState, who: Anyone) -> MicrofactoryList:
    """All of them; an artisan sees her own."""
    query = select(Microfactory).order_by(Microfactory.id)
    if who.role == "artisan":
        query = query.where(Microfactory.id == who.microfactory)
    with state.ledger.read() as session:
        rows = session.scalars(query).all()
    return MicrofactoryList(
        items=[MicrofactoryAnswer(id=row.id, name=row.name, place=row.place) for row in rows]
    )


@router.put(
    "/v1/microfactories/{microfactory_id}",
    responses={201: {"model": MicrofactoryAnswer, "description": "Made"}, **problems(401, 403, 422)},
)
def put_microfactory(
    microfactory_id: Code, body: MicrofactoryBody, response: Response, state: TheState, who: Admin
) -> MicrofactoryAnswer:
    with state.ledger.write() as session:
        row = session.get(Microfactory, microfactory_id, with_for_update=True)
        told = changes(None if row is None else {"name": row.name, "place": row.place}, body.model_dump())
        created = save_microfactory(session, microfactory_id, body)
        if told:
            action: Action = "microfactory-made" if created else "microfactory-edited"
            record(session, who, action, microfactory_id, **told)
    response.status_code = 201 if created else 200
    return MicrofactoryAnswer(id=microfactory_id, **body.model_dump())


def save_microfactory(session: Session, microfactory_id: str, body: MicrofactoryBody) -> bool:
    """Whether it is new."""
    row = session.get(Microfactory, microfactory_id)
    if row is None:
        session.add(Microfactory(id=microfactory_id, name=body.name, place=body.place))
        return True
    row.name, row.place = body.name, body.place
    return False
