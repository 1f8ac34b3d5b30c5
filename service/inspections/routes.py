"""Inspections over HTTP: a piece's photos in, the verdict out, and what was stored to read again."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse

from ubora.models.verdict import Outcome
from ubora.service.auth.access import Anyone, Principal, Sender, TheState
from ubora.service.auth.veiled import refuse_veiled, veiled_from
from ubora.service.designs.contexts import read_context, view_of_each
from ubora.service.http.bodies import content_type, read_json
from ubora.service.http.document import body, photos_form, reference
from ubora.service.http.errors import Problem, not_found, problems
from ubora.service.http.multipart import upload_of
from ubora.service.http.schemas import (
    MOST_NUMBER,
    Code,
    Cursor,
    Limit,
    Mark,
    Name,
    UtcMoment,
    number_of_cursor,
    write_cursor,
)
from ubora.service.http.stored_files import KEEP, check_kept, stored_file
from ubora.service.inspections.behind import BehindANumber
from ubora.service.inspections.lists import change_before, known_change, list_inspections
from ubora.service.inspections.receiving import find_inspection, receive, receive_uploaded
from ubora.service.inspections.rows import Arrival, phone_of
from ubora.service.inspections.said import AppealOutcome
from ubora.service.inspections.veils import answers_for, shown_status
from ubora.service.inspections.wire import (
    DeletedInspection,
    InspectionAnswer,
    InspectionContext,
    InspectionPage,
    Status,
    UploadedInspection,
)
from ubora.service.ledger.tables import Deletion, Inspection, Photo
from ubora.service.state import AppState
from ubora.service.storage.deleted import deleted_since
from ubora.service.storage.small import has_small, small_of

router = APIRouter(tags=["inspections"])
_PHOTOS = {
    **photos_form(InspectionContext, "context", "photo"),
    "application/json": {"schema": reference(UploadedInspection)},
}
_PARTS = {"context": (1, 1), "photo": (1, 6)}


@router.put(
    "/v1/inspections/{inspection_id}",
    status_code=201,
    openapi_extra=body(_PHOTOS),
    responses={
        200: {"model": InspectionAnswer, "description": "The same again: the stored answer"},
        **problems(400, 401, 403, 404, 408, 409, 410, 413, 415, 422, 503),
    },
)
async def put_inspection(
    inspection_id: UUID, request: Request, response: Response, state: TheState, who: Sender
) -> InspectionAnswer:
    """Photos as parts of the body, or as JSON that names resumable uploads; the same bytes are the same."""
    if content_type(request) == "application/json":
        sent = read_context(UploadedInspection, await read_json(request, state.settings))
        uploads = tuple(str(upload) for upload in sent.uploads)
        arrival = _arrival(request, str(inspection_id), sent.context, uploads=uploads)
        answer, created = await _take(state, who, arrival)
    else:
        parts = {**_PARTS, "photo": (1, state.settings.max_photos)}
        async with upload_of(request, state.settings, state.budget, parts) as upload:
            context = read_context(InspectionContext, upload.context or b"", "context")
            arrival = _arrival(request, str(inspection_id), context, photos=tuple(upload.photos))
            answer, created = await _take(state, who, arrival)
    response.status_code = 201 if created else 200
    return answer


@router.get("/v1/inspections", responses=problems(401, 403, 404, 422))
def get_inspections(
    state: TheState,
    who: Anyone,
    behind: BehindANumber,
    microfactory: Annotated[Code | None, Query()] = None,
    design: Annotated[Code | None, Query()] = None,
    lot: Annotated[Mark | None, Query()] = None,
    verdict: Annotated[Outcome | None, Query()] = None,
    status: Annotated[Status | None, Query()] = None,
    appeal: Annotated[AppealOutcome | None, Query()] = None,
    seen_before: Annotated[bool | None, Query()] = None,
    release: Annotated[Name | None, Query()] = None,
    changed_after: Annotated[int | None, Query(ge=0, le=MOST_NUMBER)] = None,
    changed_since: Annotated[UtcMoment | None, Query()] = None,
    cursor: Annotated[Cursor | None, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> InspectionPage:
    """Newest first. A page never repeats or leaves out what was there when the first one was asked for.

    With `changed_after`, the `change` of an inspection, only what changed later, the oldest change first;
    what changes between two pages comes once more; `deleted` has what is gone since. `changed_since`, a
    time, is for apps without numbers.
    `seen_before` is for the hub: those of which a photo was sent for another piece before. So is `counted`:
    those that count of their pieces, on the days from `since` to `until`, of a `material`, decided by a
    `reviewer`, with a class of `defect`; what stands behind a number.
    """
    if changed_after is not None and changed_since is not None:
        detail = "expected changed_after or changed_since, found both"
        raise Problem(422, "invalid", "The request is not what is expected", detail)
    if microfactory is not None and not who.may_see(microfactory):
        raise not_found(f"microfactory {microfactory}")
    if seen_before is not None and who.role == "artisan":
        raise Problem(403, "not-your-role", "Not for this role", "`seen_before` is asked for by the hub")
    number = None if cursor is None else number_of_cursor(cursor)
    is_news = changed_after is not None or changed_since is not None
    with state.ledger.read() as session:
        if is_news and number is not None:
            changed_after = number
        elif changed_after is not None:
            changed_after = known_change(session, changed_after)
        elif changed_since is not None:
            changed_after = change_before(session, changed_since)
        own = who.microfactory if who.role == "artisan" else microfactory
        gone: Sequence[Deletion] = ()
        if changed_after is not None:
            gone = deleted_since(session, changed_after, own, limit + 1)
        rows = list_inspections(
            session,
            limit=limit + 1,
            before=None if is_news else number,
            changed_after=changed_after,
            appeal=appeal,
            seen_before=seen_before,
            veiled=veiled_from(session, who),
            shown=shown_status(session, who),
            microfactory=own,
            design=design,
            lot=lot,
            verdict=verdict,
            status=status,
            release=release,
            counted=behind,
        )
        items = answers_for(session, who, rows)
    if is_news:
        return _news(rows, items, gone, limit)
    page = items[:limit]
    next_cursor = write_cursor(str(page[-1].number)) if len(rows) > limit else None
    return InspectionPage(items=page, deleted=[], next_cursor=next_cursor)


def _news(
    rows: Sequence[Inspection], items: Sequence[InspectionAnswer], gone: Sequence[Deletion], limit: int
) -> InspectionPage:
    """What changed and what was deleted, together in the order in which it did."""
    changed = [(row.change, item) for row, item in zip(rows, items, strict=True)]
    both: list[tuple[int, InspectionAnswer | Deletion]] = [*changed, *((one.change, one) for one in gone)]
    page = sorted(both, key=lambda one: one[0])[:limit]
    return InspectionPage(
        items=[one for _, one in page if isinstance(one, InspectionAnswer)],
        deleted=[
            DeletedInspection(id=one.name, change=one.change) for _, one in page if isinstance(one, Deletion)
        ],
        next_cursor=write_cursor(str(page[-1][0])) if len(both) > limit else None,
    )


@router.get("/v1/inspections/{inspection_id}", responses=problems(401, 404, 422))
def get_inspection(inspection_id: UUID, state: TheState, who: Anyone) -> InspectionAnswer:
    return _shown(state, who, visible_inspection(state, who, inspection_id))


@router.get(
    "/v1/inspections/{inspection_id}/photos/{index}",
    response_class=FileResponse,
    responses={200: {"content": {"image/jpeg": {}}}, **problems(401, 404, 410, 422, 503)},
)
async def get_photo(
    inspection_id: UUID,
    index: int,
    state: TheState,
    who: Anyone,
    width: Annotated[Literal["160", "320", "640"] | None, Query()] = None,
) -> Response:
    """As it is stored, or of at most `width` pixels a side, for a phone's list."""
    photo = await asyncio.to_thread(_photo, state, who, inspection_id, index)
    sha256 = photo.stored_sha256
    if width is None:
        path = await asyncio.to_thread(state.store.photo_path, sha256)
        return await asyncio.to_thread(stored_file, path, "image/jpeg")
    make = partial(small_of, state.store, sha256, int(width))
    # One that is there waits for no worker, as one that is to be made does.
    known = await asyncio.to_thread(has_small, state.store, sha256, int(width))
    small = await (asyncio.to_thread(make) if known else state.workers.run(make))
    return Response(small, media_type="image/jpeg", headers=KEEP)


@router.get(
    "/v1/inspections/{inspection_id}/heatmaps/{index}",
    response_class=FileResponse,
    responses={200: {"content": {"image/png": {}}}, **problems(401, 404, 409, 410, 422)},
)
def get_heatmap(inspection_id: UUID, index: int, state: TheState, who: Anyone) -> FileResponse:
    photo = _photo(state, who, inspection_id, index)
    with state.ledger.read() as session:
        refuse_veiled(session, who, photo.inspection)
    return stored_file(state.store.heatmap_path(photo.heatmap_sha256), "image/png")


def visible_inspection(state: AppState, who: Principal, inspection_id: UUID) -> Inspection:
    """The row.

    Raises:
        Problem: 404, there is none, or it is another workshop's.
    """
    with state.ledger.read() as session:
        row = find_inspection(session, str(inspection_id))
    if row is None or not who.may_see(row.microfactory):
        raise not_found("inspection")
    return row


async def _take(state: AppState, who: Principal, arrival: Arrival) -> tuple[InspectionAnswer, bool]:
    """Inspect and store; the answer, and whether it is new.

    Raises:
        Problem: as `receive`; 404, it is of another workshop; 503, too many wait.
    """
    if not who.may_see(arrival.microfactory):
        raise not_found(f"microfactory {arrival.microfactory}")
    take = receive if arrival.uploads is None else receive_uploaded

    def work() -> tuple[InspectionAnswer, bool]:
        row, created = take(state, arrival, token=who.token)
        return _shown(state, who, row), created

    # A phone that lost the answer sends again while the first is in work: it waits, and gets that answer.
    async with state.turns.of(arrival.id):
        return await state.workers.run(work)


def _shown(state: AppState, who: Principal, row: Inspection) -> InspectionAnswer:
    """As she may see it."""
    with state.ledger.read() as session:
        return answers_for(session, who, [row])[0]


def _photo(state: AppState, who: Principal, inspection_id: UUID, index: int) -> Photo:
    row = visible_inspection(state, who, inspection_id)
    if not 0 <= index < len(row.photos):
        raise not_found("photo")
    photo = row.photos[index]
    check_kept("photo", photo.removed_at, photo.removed_why)
    return photo


def _arrival(
    request: Request,
    inspection: str,
    context: InspectionContext,
    *,
    photos: tuple[bytes, ...] = (),
    uploads: tuple[str, ...] | None = None,
) -> Arrival:
    return Arrival(
        id=inspection,
        microfactory=context.microfactory,
        design=context.design,
        lot=context.lot,
        piece=context.piece,
        views=view_of_each(context.views, len(photos if uploads is None else uploads), "front"),
        taken_at=context.taken_at,
        photos=photos,
        uploads=uploads,
        phone=phone_of(request.headers.get("user-agent", ""), request.headers.get("sec-ch-ua-model", "")),
    )
