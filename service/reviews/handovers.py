"""Somebody is not sure of a piece, and hands it to another person: it waits on, and she is not asked again.

PUT /v1/inspections/{id}/handovers/{uuid}     {"note": …}

It decides nothing. Append-only, and open until a review comes.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ubora.service.auth.access import Principal, Reviewer, TheState
from ubora.service.auth.deciders import deciders
from ubora.service.http.errors import Problem, not_found, problems
from ubora.service.http.observe import log_event
from ubora.service.http.schemas import UtcMoment, Wire
from ubora.service.ledger.barred import barred_from
from ubora.service.ledger.clock import now
from ubora.service.ledger.tables import Handover, Inspection, Waiting
from ubora.service.ledger.waiting import let_go, note_waiting
from ubora.service.reviews.checks import check_appeal, check_review, not_waiting
from ubora.service.reviews.dealing import as_she_sees, close, dealt_to_her
from ubora.service.reviews.holds import check_not_held
from ubora.service.reviews.judges import Judge, judge_of
from ubora.service.reviews.second import asked_of
from ubora.service.state import AppState

router = APIRouter(tags=["reviews"])


class HandoverBody(Wire):
    """What somebody says who is not sure."""

    note: Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")] = ""
    """For whoever decides; free words."""
    after: UUID | None = None
    """As of a review: the one that counted when she looked."""
    appeal: UUID | None = None
    """Likewise: the waiting appeal that she looked at."""
    anyway: bool = False
    """Also where somebody else has it open, as was told."""


class HandedOver(Wire):
    id: str
    by: str
    """Her name."""
    note: str
    at: UtcMoment


@router.put(
    "/v1/inspections/{inspection_id}/handovers/{handover_id}",
    status_code=201,
    responses={
        200: {"model": HandedOver, "description": "The same again"},
        **problems(401, 403, 404, 409, 422),
    },
)
def put_handover(
    inspection_id: UUID,
    handover_id: UUID,
    body: HandoverBody,
    response: Response,
    state: TheState,
    who: Reviewer,
) -> HandedOver:
    """It waits for another person. 409 `nobody-else`: there is none at the hub who may decide it."""
    try:
        handed, created = store_handover(state, str(inspection_id), str(handover_id), body, who)
    except IntegrityError:
        # The same at the same time; the other one was first.
        handed, created = store_handover(state, str(inspection_id), str(handover_id), body, who)
    response.status_code = 201 if created else 200
    return handed


def store_handover(
    state: AppState, inspection_id: str, handover_id: str, body: HandoverBody, who: Principal
) -> tuple[HandedOver, bool]:
    """One transaction: the handover, and that the piece waits for another person.

    Returns:
        what was stored, and whether it is new.

    Raises:
        Problem: 404 no such inspection, 409 the UUID holds another handover, the piece does not wait, a
            review or an appeal came that she did not see, she is not to decide it anyway, nobody else may,
            or somebody else holds it.
    """
    with state.ledger.write() as session:
        row = session.get(Inspection, inspection_id, with_for_update=True)
        if row is None:
            raise not_found("inspection")
        stored = session.scalar(select(Handover).where(Handover.id == handover_id))
        if stored is not None:
            if (stored.inspection, stored.note, stored.token) == (row.id, body.note, who.token):
                return handed_over(stored), False
            detail = "this UUID holds another handover; a new one needs a new UUID"
            raise Problem(409, "conflict", "Another handover has this UUID", detail)
        dealt = dealt_to_her(session, who, row)
        if asked_of(session, row, who) is None:
            check_review(as_she_sees(session, who, row)[1], body.after)
            check_appeal(row, body.appeal)
        if session.get(Waiting, row.id) is None:
            raise not_waiting(*as_she_sees(session, who, row))
        judge = judge_of(session, row, who) if dealt is None else Judge(dealt.person, alone=False)
        _check_somebody_else(session, row, judge.person)
        check_not_held(session, state, row.id, who, anyway=body.anyway)
        handed = Handover(
            id=handover_id,
            inspection=row.id,
            note=body.note,
            after=_after(row) if dealt is None else dealt.because,
            reviewer=who.label,
            person=judge.person,
            token=who.token,
            at=max(now(session), row.changed_at),
        )
        session.add(handed)
        session.flush()
        if dealt is not None:
            close(session, row, dealt, "unsure")
        else:
            let_go(session, Waiting.inspection == row.id)
            note_waiting(session, row)
        done = handed_over(handed)
    log_event("handover", id=handover_id, inspection=inspection_id)
    return done, True


def handed_over(row: Handover) -> HandedOver:
    return HandedOver(id=row.id, by=row.reviewer, note=row.note, at=row.at)


def _after(row: Inspection) -> str | None:
    return row.reviews[-1].id if row.reviews else None


def _check_somebody_else(session: Session, row: Inspection, person: str) -> None:
    if not deciders(session) - set(barred_from(session, row)) - {person}:
        detail = "found nobody else at the hub who may decide it; expected one, or your own decision"
        raise Problem(409, "nobody-else", "Nobody to hand it to", detail)
