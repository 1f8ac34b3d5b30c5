"""A workshop contests a flag or a decision: in words, by voice, with another photo. The next review decides.

In the same way a piece goes to a person whose photo does not come out: after the second retake in a row.

PUT /v1/inspections/{id}/appeals/{uuid}     multipart: context {"note": …}, voice, photo; each may be left out
GET …/voice, …/photo                        for the hub, and for the workshop that sent them

While an appeal waits, the piece is pending and counts in no pass rate; accepting it overturns the flag.
"""

import asyncio
import hashlib
import json
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from pydantic import Field
from sqlalchemy.exc import IntegrityError

from ubora.models.imaging.faults import NotPhoto
from ubora.models.inference.preprocess import PhotoError
from ubora.service.auth.access import Anyone, Principal, Sender, TheState
from ubora.service.auth.audit import record
from ubora.service.auth.veiled import refuse_veiled
from ubora.service.designs.contexts import read_context
from ubora.service.designs.standing import leave_unfit, locked_design
from ubora.service.http.document import multipart
from ubora.service.http.errors import Problem, not_found, problems
from ubora.service.http.multipart import Upload, upload_of
from ubora.service.http.observe import log_event
from ubora.service.http.schemas import Wire
from ubora.service.http.stored_files import check_kept, stored_file
from ubora.service.inspections.routes import visible_inspection
from ubora.service.inspections.veils import answers_for
from ubora.service.inspections.wire import InspectionAnswer
from ubora.service.ledger.clock import next_number, now
from ubora.service.ledger.pieces import recount_piece
from ubora.service.ledger.tables import Appeal, Inspection
from ubora.service.ledger.waiting import note_waiting
from ubora.service.reviews.contestable import check_contestable, check_newest, check_piece
from ubora.service.reviews.second import void_second
from ubora.service.state import AppState
from ubora.service.storage.deleted import refuse_deleted_bytes, refuse_deleted_files
from ubora.service.storage.photos import keep_photo
from ubora.service.storage.voices import MEDIA_TYPES, put_voice, voice_answer

router = APIRouter(tags=["appeals"])
_PARTS = {"context": (1, 1), "voice": (0, 1), "photo": (0, 1)}


class AppealContext(Wire):
    note: Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")] = ""


@router.put(
    "/v1/inspections/{inspection_id}/appeals/{appeal_id}",
    status_code=201,
    openapi_extra=multipart(AppealContext, "voice", "photo"),
    responses={
        200: {"model": InspectionAnswer, "description": "The same again"},
        **problems(400, 401, 403, 404, 408, 409, 410, 413, 415, 422, 503),
    },
)
async def put_appeal(
    inspection_id: UUID, appeal_id: UUID, request: Request, response: Response, state: TheState, who: Sender
) -> InspectionAnswer:
    """Answers the inspection, which a person will look at (again)."""
    # Before the body: a stranger's bytes are not even read.
    await asyncio.to_thread(_check_shown, state, who, inspection_id)
    async with upload_of(request, state.settings, state.budget, _PARTS) as upload:
        note = _read_note(upload)
        row, created = await state.workers.run(
            store_appeal, state, inspection_id, str(appeal_id), note, upload, who
        )
    response.status_code = 201 if created else 200
    with state.ledger.read() as session:
        return answers_for(session, who, [row])[0]


@router.get(
    "/v1/inspections/{inspection_id}/appeals/{appeal_id}/voice",
    response_class=FileResponse,
    responses={200: {"content": {kind: {} for kind in MEDIA_TYPES.values()}}, **problems(401, 404, 410, 422)},
)
def get_voice(inspection_id: UUID, appeal_id: UUID, state: TheState, who: Anyone) -> FileResponse:
    return voice_answer(state.store, _visible_appeal(state, who, inspection_id, appeal_id))


@router.get(
    "/v1/inspections/{inspection_id}/appeals/{appeal_id}/photo",
    response_class=FileResponse,
    responses={200: {"content": {"image/jpeg": {}}}, **problems(401, 404, 410, 422)},
)
def get_appeal_photo(inspection_id: UUID, appeal_id: UUID, state: TheState, who: Anyone) -> FileResponse:
    appeal = _visible_appeal(state, who, inspection_id, appeal_id)
    if appeal.photo_sha256 is None:
        raise not_found("photo")
    check_kept("photo", appeal.photo_removed_at, appeal.photo_removed_why)
    return stored_file(state.store.photo_path(appeal.photo_sha256), "image/jpeg")


def store_appeal(
    state: AppState,
    inspection_id: UUID,
    appeal_id: str,
    note: str,
    upload: Upload,
    who: Principal,
    at: datetime | None = None,
) -> tuple[Inspection, bool]:
    """Check and store; the piece waits for a person then. Blocks; for a worker thread.

    Args:
        at: only for a demonstration's past; now by default.

    Returns:
        the inspection, and whether the appeal is new.

    Raises:
        Problem: 404 no such inspection of this workshop, 409 nothing to contest, one that waits already, or
            the UUID holds another appeal, 410 the same voice or photo was deleted, 415 or 422 a voice or
            photo that is none.
    """
    row = visible_inspection(state, who, inspection_id)
    fingerprint = _fingerprint(row.id, note, upload)
    if _is_repeat(row, appeal_id, fingerprint):
        return row, False
    check_contestable(row)
    with state.ledger.read() as session:
        refuse_deleted_bytes(session, upload.voice, upload.photos, row.microfactory)
    appeal = Appeal(
        id=appeal_id,
        inspection=row.id,
        fingerprint=fingerprint,
        note=note,
        token=who.token,
        outcome="waiting",
        **put_voice(state.store, upload.voice),
        photo_sha256=_put_photo(state, upload.photos),
    )
    try:
        done = _commit(state, appeal, who, at)
    except IntegrityError:
        # The same appeal twice at the same time, and the other one was first; or the UUID is another piece's.
        row = visible_inspection(state, who, inspection_id)
        if _is_repeat(row, appeal_id, fingerprint):
            return row, False
        raise _conflict() from None
    if appeal.voice_sha256 is not None and upload.voice is not None:
        state.store.keep("voices", appeal.voice_sha256, upload.voice)
    if appeal.photo_sha256 is not None:
        state.store.keep("photos", appeal.photo_sha256, keep_photo(upload.photos[0]).data)
    return done


def _commit(state: AppState, appeal: Appeal, who: Principal, at: datetime | None) -> tuple[Inspection, bool]:
    """One transaction: the appeal, the inspection's status, the counts, what stands for the design."""
    with state.ledger.write() as session:
        row = session.get(Inspection, appeal.inspection, with_for_update=True)
        assert row is not None
        design = locked_design(session, row.design)
        assert design is not None
        if _is_repeat(row, appeal.id, appeal.fingerprint):
            return row, False
        check_contestable(row)
        check_newest(session, row)
        if row.verdict == "retake":
            check_piece(session, row)
            faults = sorted({fault for photo in row.photos for fault in photo.faults})
            facts = {"microfactory": row.microfactory, "piece": row.piece, "faults": ", ".join(faults)}
            record(session, who, "retake-to-person", row.id, retakes=str(row.retakes), **facts)
        refuse_deleted_files(session, "voice", filter(None, [appeal.voice_sha256]), row.microfactory)
        refuse_deleted_files(session, "photo", filter(None, [appeal.photo_sha256]), row.microfactory)
        # Never before what it answers to, which may have come while the clock was ahead.
        appeal.at = at or max(now(session), row.changed_at)
        appeal.contests = row.reviews[-1].id if row.reviews else None
        row.appeals.append(appeal)
        void_second(session, row)
        row.status, row.changed_at, row.change = "pending", appeal.at, next_number(session)
        session.flush()
        recount_piece(session, row)
        note_waiting(session, row)
        leave_unfit(session, who, design, row.piece_key)
    log_event(
        "appeal", id=appeal.id, inspection=row.id, voice=appeal.voice_kind, photo=bool(appeal.photo_sha256)
    )
    return row, True


def _check_shown(state: AppState, who: Principal, inspection_id: UUID) -> None:
    """
    Raises:
        Problem: 404, no such inspection for her; 409, an answer would tell what is kept from her.
    """
    row = visible_inspection(state, who, inspection_id)
    with state.ledger.read() as session:
        refuse_veiled(session, who, row.id)


def _is_repeat(row: Inspection, appeal_id: str, fingerprint: str) -> bool:
    """Raises Problem: 409, the UUID holds another appeal."""
    known = next((appeal for appeal in row.appeals if appeal.id == appeal_id), None)
    if known is not None and known.fingerprint != fingerprint:
        raise _conflict()
    return known is not None


def _conflict() -> Problem:
    detail = "this UUID holds another appeal; a new appeal needs a new UUID"
    return Problem(409, "conflict", "Another appeal has this UUID", detail)


def _visible_appeal(state: AppState, who: Principal, inspection_id: UUID, appeal_id: UUID) -> Appeal:
    row = visible_inspection(state, who, inspection_id)
    appeal = next((one for one in row.appeals if one.id == str(appeal_id)), None)
    if appeal is None:
        raise not_found("appeal")
    return appeal


def _read_note(upload: Upload) -> str:
    note = read_context(AppealContext, upload.context or b"", "context").note.strip()
    if not note and not upload.voice and not upload.photos:
        raise Problem(422, "empty-appeal", "Nothing was said", "expected a note, a voice note or a photo")
    return note


def _fingerprint(inspection_id: str, note: str, upload: Upload) -> str:
    sent = [upload.voice, *upload.photos]
    hashes = [None if data is None else hashlib.sha256(data).hexdigest() for data in sent]
    return hashlib.sha256(json.dumps([inspection_id, note, hashes]).encode()).hexdigest()


def _put_photo(state: AppState, photos: list[bytes]) -> str | None:
    if not photos:
        return None
    try:
        kept = keep_photo(photos[0])  # a person will look at it: whether it opens, nothing else
    except NotPhoto as error:
        raise Problem(415, "not-a-photo", "Not a photo", f"photo: {error}") from None
    except PhotoError as error:
        raise Problem(422, "broken-photo", "A photo that cannot be shown", f"photo: {error}") from None
    return state.store.put_photo(kept.data)
