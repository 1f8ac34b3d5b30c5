"""Photos over a network that comes and goes: an upload goes on where it broke off. Named after tus.io.

PATCH  /v1/uploads/{uuid}   bytes at an offset → 204 and how far it is now
HEAD   /v1/uploads/{uuid}   how far it is
DELETE /v1/uploads/{uuid}   it is not wanted any more

What came before a break is kept, and nothing is acknowledged before it is. Any service that shares the ledger
and the photos goes on with it. A whole upload becomes part of an inspection by `PUT /v1/inspections/{id}`
with its UUID.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from starlette.types import Message, Receive

from ubora.service.auth.access import Sender, TheState
from ubora.service.http.bodies import Budget, chunks, content_type, declared_length, too_large
from ubora.service.http.errors import Problem, not_found, problems
from ubora.service.state import AppState
from ubora.service.storage.arriving.uploads import OtherLength, Part, TooMuchArriving, WrongOffset

router = APIRouter(tags=["uploads"])
MEDIA_TYPE = "application/offset+octet-stream"
MAX_STEP_BYTES = 262_144
"""Of one request: at 30 kbit/s about a minute, so that an answer comes before a network gives up."""
RETRY_SECONDS = 600
SILENT_SECONDS = 2.0
"""After so long without a byte what came is kept, though the request goes on: its phone may be at another
service already, and ask there how far it is. On 2G a second's pause is usual."""
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
        offset = await _receive(part, request, state, upload_offset)
    finally:
        await asyncio.to_thread(part.close)
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
    """The upload, at that offset.

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


async def _receive(part: Part, request: Request, state: AppState, begin: int) -> int:
    """Take what comes until the request ends, and keep it; returns the offset after it."""
    offset, settings = begin, state.settings
    body = chunks(
        _keeping(part, request.receive),
        seconds=settings.upload_seconds,
        quiet_seconds=settings.quiet_seconds,
        kept="; what came is kept",
    )
    try:
        with _counted(part, state.budget) as count:
            async for chunk in body:
                if offset + len(chunk) > part.length:
                    raise too_large("the upload", part.length)
                if offset - begin + len(chunk) > MAX_STEP_BYTES:
                    raise too_large("the request", MAX_STEP_BYTES)
                count(len(chunk))
                offset = await asyncio.to_thread(part.append, offset, chunk)
            await asyncio.to_thread(part.sync)
    except WrongOffset as error:
        raise _wrong_offset(error.offset) from None
    return offset


def _keeping(part: Part, receive: Receive) -> Receive:
    """Keeps what came while nothing more comes."""

    async def receive_patiently() -> Message:
        message = asyncio.ensure_future(receive())
        try:
            done, _ = await asyncio.wait({message}, timeout=SILENT_SECONDS)
            if not done:
                await asyncio.to_thread(part.sync)
            return await message
        finally:
            message.cancel()

    return receive_patiently


@contextmanager
def _counted(part: Part, budget: Budget) -> Iterator[Callable[[int], None]]:
    """Counts bytes that are held in memory, for as long as the block runs."""
    held = 0

    def count(more: int) -> None:
        nonlocal held
        if part.in_memory:
            budget.take(more)
            held += more

    try:
        yield count
    finally:
        budget.give_back(held)


def _wrong_offset(offset: int) -> Problem:
    detail = f"the server has {offset} bytes of this upload; go on there"
    headers = {"Upload-Offset": str(offset)}
    return Problem(
        409, "upload-offset", "Not where the upload is", detail, headers=headers, members={"offset": offset}
    )
