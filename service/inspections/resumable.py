"""Photos over a network that comes and goes: an upload goes on where it broke off. Named after tus.io.

PATCH  /v1/uploads/{uuid}   bytes at an offset → 204 and how far it is now
HEAD   /v1/uploads/{uuid}   how far it is
DELETE /v1/uploads/{uuid}   it is not wanted any more

Bytes go to the disk as they come, so that what came before a break is kept, and are fsynced before they are
acknowledged. A whole upload becomes part of an inspection by `PUT /v1/inspections/{id}` with its UUID.
"""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response

from ubora.service.auth.access import Sender, TheState
from ubora.service.http.bodies import chunks, content_type, declared_length, too_large
from ubora.service.http.errors import Problem, not_found, problems
from ubora.service.settings import Settings
from ubora.service.state import AppState
from ubora.service.storage.partial_uploads import OtherLength, Part, TooMuchArriving, WrongOffset

router = APIRouter(tags=["uploads"])
MEDIA_TYPE = "application/offset+octet-stream"
MAX_STEP_BYTES = 262_144
"""Of one request: at 30 kbit/s about a minute, so that an answer comes before a network gives up."""
RETRY_SECONDS = 600
Offset = Annotated[int, Header(ge=0, description="of the first byte sent; where the server is now")]
Length = Annotated[int, Header(ge=1, description="of the whole upload, on every request")]
_OFFSET = {"Upload-Offset": {"schema": {"type": "integer"}, "description": "Bytes that the server has"}}
_LENGTH = {"Upload-Length": {"schema": {"type": "integer"}, "description": "Bytes of the whole"}}
_BODY = {
    "requestBody": {
        "content": {
            MEDIA_TYPE: {"schema": {"type": "string", "format": "binary", "maxLength": MAX_STEP_BYTES}}
        }
    }
}


@router.patch(
    "/v1/uploads/{upload_id}",
    status_code=204,
    openapi_extra=_BODY,
    responses={
        204: {"description": "Kept", "headers": _OFFSET},
        **problems(400, 401, 403, 408, 409, 413, 415, 422, 429, 503),
    },
)
async def patch_upload(
    upload_id: UUID,
    request: Request,
    response: Response,
    state: TheState,
    who: Sender,
    upload_offset: Offset,
    upload_length: Length,
) -> None:
    """Begin an upload (at offset 0) or go on with one. 409 says in `Upload-Offset` where to go on instead."""
    _check_step(request, state, upload_offset, upload_length)
    part = await asyncio.to_thread(_open, state, who.token, str(upload_id), upload_length, upload_offset)
    try:
        offset = await _receive(part, request, state.settings, upload_offset)
        await asyncio.to_thread(part.sync)
    finally:
        part.close()
    response.headers["Upload-Offset"] = str(offset)


@router.head(
    "/v1/uploads/{upload_id}",
    responses={
        200: {"description": "How far it is", "headers": {**_OFFSET, **_LENGTH}},
        **problems(401, 403, 404, 422),
    },
)
def head_upload(upload_id: UUID, state: TheState, who: Sender) -> Response:
    progress = state.staging.progress(who.token, str(upload_id))
    if progress is None:
        raise not_found("upload")
    headers = {"Upload-Offset": str(progress.offset), "Upload-Length": str(progress.length)}
    return Response(headers=headers)


@router.delete("/v1/uploads/{upload_id}", status_code=204, responses=problems(401, 403, 422))
def delete_upload(upload_id: UUID, state: TheState, who: Sender) -> None:
    """Forget it; also where there is none, so that a repeat is harmless."""
    state.staging.drop(who.token, str(upload_id))


def _check_step(request: Request, state: AppState, offset: int, length: int) -> None:
    kind = content_type(request)
    if kind != MEDIA_TYPE:
        raise Problem(415, "not-bytes", "Not bytes of an upload", f"expected {MEDIA_TYPE}, found {kind!r}")
    if length > state.settings.max_photo_bytes:
        raise too_large("the photo", state.settings.max_photo_bytes)
    if (declared_length(request.scope["headers"]) or 0) > MAX_STEP_BYTES:
        raise too_large("the request", MAX_STEP_BYTES)
    if offset > length:
        detail = f"Upload-Offset {offset} lies beyond Upload-Length {length}"
        raise Problem(422, "upload-length", "The length is wrong", detail)


def _open(state: AppState, owner: str, upload: str, length: int, offset: int) -> Part:
    """The upload's file, at that offset.

    Raises:
        Problem: 409 it is elsewhere, 422 another length, 429 too much unfinished, 503 no space.
    """
    try:
        part = state.staging.open(owner, upload, length, offset)
    except WrongOffset as error:
        raise _wrong_offset(error.offset) from None
    except OtherLength as error:
        detail = f"begun with Upload-Length {error.length}, found {length}; another photo needs another UUID"
        raise Problem(422, "upload-length", "The length is wrong", detail) from None
    except TooMuchArriving as error:
        detail = f"{error}; finish or DELETE one before another is begun"
        retry = {"Retry-After": str(RETRY_SECONDS)}
        raise Problem(
            429, "uploads-unfinished", "Too many unfinished uploads", detail, headers=retry
        ) from None
    found = part.offset()
    if found != offset:
        part.close()
        raise _wrong_offset(found)
    return part


async def _receive(part: Part, request: Request, settings: Settings, begin: int) -> int:
    """Write what comes until the request ends; returns the offset after it."""
    offset = begin
    try:
        async for chunk in chunks(
            request.receive,
            seconds=settings.upload_seconds,
            quiet_seconds=settings.quiet_seconds,
            kept="; what came is kept",
        ):
            if offset + len(chunk) > part.length:
                raise too_large("the upload", part.length)
            if offset - begin + len(chunk) > MAX_STEP_BYTES:
                raise too_large("the request", MAX_STEP_BYTES)
            offset = await asyncio.to_thread(part.append, offset, chunk)
    except WrongOffset as error:
        raise _wrong_offset(error.offset) from None
    return offset


def _wrong_offset(offset: int) -> Problem:
    detail = f"the server has {offset} bytes of this upload; go on there"
    headers = {"Upload-Offset": str(offset)}
    return Problem(
        409, "upload-offset", "Not where the upload is", detail, headers=headers, members={"offset": offset}
    )
