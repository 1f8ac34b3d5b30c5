"""The approved sample of a design: photos of a clean piece as it should be, replaced and read."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as InPath
from fastapi.responses import FileResponse
from sqlalchemy import delete

from ubora.datasets.taxonomy import View
from ubora.service.auth.access import Anyone, DesignKeeper, Principal, TheState
from ubora.service.auth.audit import changes, record
from ubora.service.designs.contexts import NamedView, read_context, view_of_each
from ubora.service.designs.designs import DesignAnswer, design_answer, existing_design
from ubora.service.designs.standing import locked_design, next_version, standing_of
from ubora.service.http.document import body, photos_form
from ubora.service.http.errors import Problem, not_found, problems
from ubora.service.http.multipart import upload_of
from ubora.service.http.observe import log_event
from ubora.service.http.schemas import Code, Wire
from ubora.service.http.stored_files import KEEP, stored_bytes, stored_file
from ubora.service.inference.assess import assess
from ubora.service.ledger.clock import now
from ubora.service.ledger.tables import ApprovedPhoto
from ubora.service.state import AppState
from ubora.service.storage.deleted import refuse_deleted_files
from ubora.service.storage.photos import small_photo

router = APIRouter(tags=["designs"])
Sha256 = Annotated[str, InPath(pattern=r"^[0-9a-f]{64}$")]


class ApprovedContext(Wire):
    """What is known of the photos of an approved sample."""

    views: tuple[NamedView | None, ...] | None = None
    """One a photo; null where nobody says. Such a photo counts for every view."""


@router.put(
    "/v1/designs/{design_id}/approved",
    openapi_extra=body(photos_form(ApprovedContext, "photo")),
    responses=problems(400, 401, 403, 404, 408, 410, 413, 415, 422, 503),
)
async def put_approved_photos(
    design_id: Code, request: Request, state: TheState, who: DesignKeeper
) -> DesignAnswer:
    """Replace the photos of its approved sample: a clean piece as it should be, from one side or several.
    Accepted pieces that stand for it beside them stay.

    A piece's photo is compared with those of its own view and those of which nobody said the view; where
    there are none, with all. What was inspected before keeps its verdict.
    """
    wanted = {"context": (0, 1), "photo": (1, state.settings.max_photos)}
    async with upload_of(request, state.settings, state.budget, wanted) as upload:
        context = ApprovedContext()
        if upload.context is not None:
            context = read_context(ApprovedContext, upload.context, "context")
        views = view_of_each(context.views, len(upload.photos), None)
        return await state.workers.run(replace_approved, state, design_id, upload.photos, views, who)


@router.get(
    "/v1/designs/{design_id}/approved/{sha256}",
    response_class=FileResponse,
    responses={200: {"content": {"image/jpeg": {}}}, **problems(401, 404, 422, 503)},
)
async def get_approved_photo(
    design_id: Code,
    sha256: Sha256,
    state: TheState,
    _who: Anyone,
    width: Annotated[Literal["160", "320", "640"] | None, Query()] = None,
) -> Response:
    """As it was sent, or of at most `width` pixels a side, for phones; also one of an accepted piece that
    stands for the design, without whose it is."""
    path = await asyncio.to_thread(_approved_path, state, design_id, sha256)
    if width is None:
        return await asyncio.to_thread(stored_file, path, "image/jpeg")
    small = await state.workers.run(lambda: small_photo(stored_bytes(path), int(width)))
    return Response(small, media_type="image/jpeg", headers=KEEP)


def _approved_path(state: AppState, design_id: str, sha256: str) -> Path:
    with state.ledger.read() as session:
        existing_design(session, design_id)
        if sha256 not in {photo.sha256 for photo in standing_of(session, design_id).photos}:
            raise not_found("photo")
    return state.store.photo_path(sha256)


def replace_approved(
    state: AppState,
    design_id: str,
    photos: Sequence[bytes],
    views: Sequence[View | None],
    who: Principal | str,
) -> DesignAnswer:
    """Check, strip and store photos, and let them stand for the design. Blocks; for a worker thread.

    Args:
        photos: as received.
        views: one a photo; None where nobody said.
        who: asks for it; or a name, where it is nobody with a token.

    Raises:
        Problem: 404 no such design, 410 a photo that was deleted, 415 or 422 one that cannot be inspected or
            is to be taken again, 503 no network to look at them.
    """
    looked_at = assess(state.champion.serving(), photos, [view or "front" for view in views], (1, 5))
    for index, photo in enumerate(looked_at.photos):
        if photo.verdict.outcome == "retake":
            detail = f"photo {index}: {photo.verdict.reasons[0]}"
            raise Problem(422, "retake", "Take the photo again", detail, members={"photo": index})
    with state.ledger.read() as session:
        hashes = [hashlib.sha256(photo.kept.data).hexdigest() for photo in looked_at.photos]
        refuse_deleted_files(session, "photo", hashes, None)
    stored = [state.store.put_photo(photo.kept.data) for photo in looked_at.photos]
    token = who.token if isinstance(who, Principal) else None
    with state.ledger.write() as session:
        known = locked_design(session, design_id)
        if known is None:
            raise not_found(f"design {design_id}")
        before = _told([(photo.stored_sha256, photo.view) for photo in known.approved])
        told = changes(before, _told(list(zip(stored, views, strict=True))))
        if told:
            record(session, who, "design-photos", design_id, name=known.name, **told)
            next_version(known)
        session.execute(delete(ApprovedPhoto).where(ApprovedPhoto.design == design_id))
        session.add_all(
            ApprovedPhoto(
                design=design_id,
                index=index,
                view=view,
                stored_sha256=sha256,
                place=list(astuple(photo.prediction.outline())),
                token=token,
                at=now(session),
            )
            for index, (sha256, view, photo) in enumerate(zip(stored, views, looked_at.photos, strict=True))
        )
        session.flush()
        session.expire_all()
        answer = design_answer(existing_design(session, design_id))
    for sha256, photo in zip(stored, looked_at.photos, strict=True):
        state.store.keep("photos", sha256, photo.kept.data)
    log_event("approved-photos", design=design_id, photos=len(stored))
    return answer


def _told(photos: Sequence[tuple[str, str | None]]) -> dict[str, list[str]]:
    """Photos and their views for the audit; no views where nobody said any."""
    said = any(view is not None for _, view in photos)
    return {
        "photos": [sha256 for sha256, _ in photos],
        "views": [view or "not said" for _, view in photos] if said else [],
    }
