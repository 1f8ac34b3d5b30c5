"""A piece is of another design than the one as which it was sent: said, taken back, looked at again.

PUT /v1/inspections/{id}/designs/{uuid}     {"design": "bangle-mara", "seen": "disc"}
GET /v1/inspections/{id}/designs            who said what of it, and the looks
PUT /v1/inspections/{id}/looks/{uuid}       judged beside the samples of the design that it is of

Append-only: taking it back is saying the design of before.
"""

from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ubora.service.auth.access import Reviewer, Staff, TheState
from ubora.service.auth.deciders import person_of
from ubora.service.auth.veiled import refuse_veiled
from ubora.service.http.errors import not_found, problems
from ubora.service.inspections.veils import answers_for
from ubora.service.inspections.wire import InspectionAnswer
from ubora.service.ledger.tables import DesignSaid, Inspection, LookAgain
from ubora.service.reviews.dealing import dealt_to_her
from ubora.service.wrong_design.looking import look_again
from ubora.service.wrong_design.saying import say_design
from ubora.service.wrong_design.wire import DesignOfPiece, DesignsOfPiece, Look, look_answer, said_answer

router = APIRouter(tags=["reviews"])


@router.put(
    "/v1/inspections/{inspection_id}/designs/{said_id}",
    status_code=201,
    responses={
        200: {"model": InspectionAnswer, "description": "The same again"},
        **problems(401, 403, 404, 409, 422),
    },
)
def put_design_of_piece(
    inspection_id: UUID,
    said_id: UUID,
    body: DesignOfPiece,
    response: Response,
    state: TheState,
    who: Reviewer,
) -> InspectionAnswer:
    """The whole piece is of that design from now on, and waits for a decision beside its samples.

    What people and the machine said of it stays. It leaves the samples of a design for which it stood, and
    fills a lot only of the design that it is of. Saying the design of before again, before anybody decided,
    takes all that back but its standing as a sample. 409 `design-unseen`: somebody said otherwise meanwhile;
    `design` is what it is now. 409 `same-design`: it is of that design already.
    """
    try:
        created = say_design(state, str(inspection_id), str(said_id), body, who)
    except IntegrityError:
        # The same at the same time; the other one was first.
        created = say_design(state, str(inspection_id), str(said_id), body, who)
    response.status_code = 201 if created else 200
    with state.ledger.read() as session:
        return answers_for(session, who, [session.get_one(Inspection, str(inspection_id))])[0]


@router.get("/v1/inspections/{inspection_id}/designs", responses=problems(401, 403, 404, 409, 422))
def get_designs_of_piece(inspection_id: UUID, state: TheState, who: Staff) -> DesignsOfPiece:
    """409 `veiled`: it waits for a second person, who could be whoever asks."""
    with state.ledger.read() as session:
        row = session.get(Inspection, str(inspection_id))
        if row is None:
            raise not_found("inspection")
        refuse_veiled(session, who, row.id)
        same_piece = select(Inspection.id).where(Inspection.piece_key == row.piece_key)
        said = select(DesignSaid).where(DesignSaid.inspection.in_(same_piece))
        looks = select(LookAgain).where(LookAgain.inspection == row.id)
        if dealt_to_her(session, who, row) is not None:
            said = said.where(DesignSaid.kind == "known", DesignSaid.person == person_of(session, who))
            looks = looks.where(LookAgain.token == who.token)
        else:
            said = said.where(DesignSaid.kind == "moved")
        return DesignsOfPiece(
            said=[said_answer(one) for one in session.scalars(said.order_by(DesignSaid.number.desc()))],
            looks=[look_answer(one) for one in session.scalars(looks.order_by(LookAgain.number.desc()))],
        )


@router.put(
    "/v1/inspections/{inspection_id}/looks/{look_id}",
    status_code=201,
    responses={
        200: {"model": Look, "description": "The same again"},
        **problems(401, 403, 404, 409, 410, 422, 503),
    },
)
async def put_look(
    inspection_id: UUID, look_id: UUID, response: Response, state: TheState, who: Reviewer
) -> Look:
    """By the release that serves now. It is kept beside the verdict, and replaces nothing.

    409 `design-unknown`: there are no samples to hold it beside. 409 `veiled`, as of its designs.
    """
    look, created = await state.workers.run(look_again, state, str(inspection_id), str(look_id), who)
    response.status_code = 201 if created else 200
    return look
