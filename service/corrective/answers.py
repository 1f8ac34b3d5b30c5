"""A workshop says what it changed: in a few words that stand ready, in its own, or by voice.

PUT /v1/corrective-actions/{id}/answers/{uuid}     multipart: context {"phrases": […], "note": …}, voice
GET …/voice                                        for the hub, and for the workshop that sent it

As with contests a phone may have had no network then: the same answer twice is stored once.
"""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ubora.service.auth.access import Anyone, Principal, TheState
from ubora.service.corrective.course import course_of, may
from ubora.service.corrective.rows import Said, add_step, answer_for, is_repeat, steps_of, visible_action
from ubora.service.corrective.wire import ActionAnswer, Changed
from ubora.service.designs.contexts import read_context
from ubora.service.http.document import multipart
from ubora.service.http.errors import Problem, problems
from ubora.service.http.multipart import upload_of
from ubora.service.http.observe import log_event
from ubora.service.http.schemas import UtcMoment, Wire
from ubora.service.ledger.tables import CorrectiveStep
from ubora.service.state import AppState
from ubora.service.storage.deleted import refuse_deleted_bytes, refuse_deleted_files
from ubora.service.storage.voices import MEDIA_TYPES, put_voice, voice_answer

router = APIRouter(tags=["corrective actions"])
_PARTS = {"context": (1, 1), "voice": (0, 1)}


class ChangeContext(Wire):
    phrases: Annotated[tuple[Changed, ...], Field(max_length=7)] = ()
    note: Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")] = ""
    said_at: UtcMoment | None = None
    """By the phone's clock."""


@router.put(
    "/v1/corrective-actions/{action_id}/answers/{answer_id}",
    status_code=201,
    openapi_extra=multipart(ChangeContext, "voice"),
    responses={
        200: {"model": ActionAnswer, "description": "The same again"},
        **problems(400, 401, 403, 404, 408, 409, 410, 413, 415, 422, 503),
    },
)
async def put_answer(
    action_id: UUID, answer_id: UUID, request: Request, response: Response, state: TheState, who: Anyone
) -> ActionAnswer:
    """By a phone of the workshop. 409 `course-step`: no answer is waited for any more."""
    # Before the body: a stranger's bytes are not even read.
    await asyncio.to_thread(_check_hers, state, who, str(action_id))
    async with upload_of(request, state.settings, state.budget, _PARTS) as upload:
        said = read_context(ChangeContext, upload.context or b"", "context")
        created = await state.workers.run(
            store_answer, state, who, str(action_id), str(answer_id), said, upload.voice
        )
    response.status_code = 201 if created else 200
    with state.ledger.read() as session:
        return answer_for(session, who, visible_action(session, who, str(action_id)), state.ledger.clock())


@router.get(
    "/v1/corrective-actions/{action_id}/answers/{answer_id}/voice",
    response_class=FileResponse,
    responses={200: {"content": {kind: {} for kind in MEDIA_TYPES.values()}}, **problems(401, 404, 410, 422)},
)
def get_answer_voice(action_id: UUID, answer_id: UUID, state: TheState, who: Anyone) -> FileResponse:
    with state.ledger.read() as session:
        row = visible_action(session, who, str(action_id))
        query = select(CorrectiveStep).where(CorrectiveStep.action == row.id)
        answer = session.scalar(query.where(CorrectiveStep.id == str(answer_id)))
    return voice_answer(state.store, answer)


def store_answer(
    state: AppState,
    who: Principal,
    action_id: str,
    answer_id: str,
    context: ChangeContext,
    voice: bytes | None,
) -> bool:
    """Check and store; whether it is new. Blocks; for a worker thread.

    Raises:
        Problem: 404 no such action of this workshop, 409 no answer is waited for, or the UUID holds another
            one, 410 the same voice was deleted, 415 a voice that is none, 422 nothing was said.
    """
    note = context.note.strip()
    if not note and not context.phrases and not voice:
        raise Problem(422, "empty-answer", "Nothing was said", "expected phrases, a note or a voice note")
    with state.ledger.read() as session:
        row = visible_action(session, who, action_id)
        refuse_deleted_bytes(session, voice, [], row.microfactory)
    said = Said(
        id=answer_id,
        step="answered",
        note=note,
        phrases=context.phrases,
        said_at=context.said_at,
        voice=put_voice(state.store, voice),
    )
    try:
        created = _commit(state, who, action_id, said)
    except IntegrityError:
        # The same answer twice at the same time, and the other one was first.
        created = _commit(state, who, action_id, said)
    if voice is not None:
        state.store.keep("voices", said.voice["voice_sha256"], voice)
    if created:
        log_event("corrective-answer", id=answer_id, action=action_id, voice=said.voice.get("voice_kind"))
    return created


def _commit(state: AppState, who: Principal, action_id: str, said: Said) -> bool:
    with state.ledger.write() as session:
        row = visible_action(session, who, action_id, lock=True)
        if is_repeat(session, row.id, said):
            return False
        course = course_of(steps_of(session, row.id))
        if "answered" not in may(course, "workshop"):
            detail = (
                f"it is {course.state}; an answer is taken once the workshop was told, until it is watched"
            )
            raise Problem(409, "course-step", "This may not follow here", detail)
        hashes = filter(None, [said.voice.get("voice_sha256")])
        refuse_deleted_files(session, "voice", hashes, row.microfactory)
        add_step(session, row, said, who)
    return True


def _check_hers(state: AppState, who: Principal, action_id: str) -> None:
    """
    Raises:
        Problem: 404, no such action for her; 403, what was changed is the workshop's to say.
    """
    with state.ledger.read() as session:
        visible_action(session, who, action_id)
    if who.role != "artisan":
        detail = f"expected a phone of the workshop, found a token of role {who.role}: it is hers to say"
        raise Problem(403, "not-your-role", "Not for this role", detail)
