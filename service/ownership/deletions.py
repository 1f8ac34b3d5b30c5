"""An admin deletes a piece, a photo, a voice note, or everything that a phone sent: with a reason, for good.

POST /v1/deletions     {"reason": "…", "inspection": "…"}, and there "photo": 0, or "appeal": "…" with "part"
                       {"reason": "…", "answer": "…"}     the voice note of an answer to a corrective action
                       {"reason": "…", "phone": "…"}

One transaction lets go of it in the ledger, with the counts, and notes which files leave; then the files go.
A process that is killed in between leaves that note, and the sweeper finishes. What was deleted is known by
its UUID and its hash, so that a phone which sends it again is told so.
"""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field, model_validator
from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ubora.service.auth.access import Admin, Principal, TheState
from ubora.service.auth.audit import Action, record
from ubora.service.http.errors import Problem, not_found, problems
from ubora.service.http.observe import log_event
from ubora.service.http.schemas import Wire
from ubora.service.ledger.clock import next_number, now
from ubora.service.ledger.database import Ledger
from ubora.service.ledger.tables import Appeal, Inspection, Photo, PhotoPrint, Token
from ubora.service.ledger.waiting import note_waiting
from ubora.service.ownership.answers import answers_of_phone, delete_answer, take_answer
from ubora.service.ownership.erasing import Erased, erase, let_go, ways_out
from ubora.service.storage.arriving.uploads import Uploads
from ubora.service.storage.deleted import refuse_deleted, remember
from ubora.service.storage.leaving import remove_files
from ubora.service.storage.photos import PhotoStore

router = APIRouter(tags=["deletions"])
BATCH = 100
"""Inspections of a phone that go in one transaction: nobody who writes waits long."""
Part = Literal["voice", "photo"]


class DeletionBody(Wire):
    reason: Annotated[
        str, Field(min_length=3, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")
    ]
    """Kept in the audit."""
    inspection: UUID | None = None
    """Alone: the piece, with every inspection of it."""
    photo: Annotated[int, Field(ge=0, le=5)] | None = None
    """One photo of the inspection; the rest stays."""
    appeal: UUID | None = None
    """The voice note or the photo that came with this contest of the inspection."""
    part: Part | None = None
    answer: UUID | None = None
    """The voice note that came with this answer to a corrective action."""
    phone: Annotated[str, Field(max_length=36)] | None = None
    """The id of the phone's token: everything that it sent."""

    @model_validator(mode="after")
    def _names_one_thing(self) -> "DeletionBody":
        given = {
            name
            for name in ("inspection", "photo", "appeal", "part", "answer", "phone")
            if getattr(self, name) is not None
        }
        if given not in (
            {"inspection"},
            {"inspection", "photo"},
            {"inspection", "appeal", "part"},
            {"answer"},
            {"phone"},
        ):
            found = ", ".join(sorted(given)) or "none of them"
            raise ValueError(
                "expected inspection; or inspection and photo; or inspection, appeal and part; or answer; or "
                f"phone; found {found}"
            )
        return self


class DeletionAnswer(Wire):
    inspections: int
    """That are gone."""
    photos: int
    voices: int
    """Files of these kinds that this deletion let go of; heatmaps go with their photos."""
    left_designs: list[str]
    """Designs for which a piece stood that was deleted, or whose photo was."""
    same_photo_in: list[str]
    """Inspections that hold the very same photo still: they were not asked for, and keep it."""


@router.post("/v1/deletions", responses=problems(401, 403, 404, 409, 410, 422))
def post_deletion(body: DeletionBody, state: TheState, who: Admin) -> DeletionAnswer:
    """For good: no list, page, harvest, archive or later backup has it.

    409 `stands-for-design`: the photo is an approved one too; replace the approved photos first. 410
    `deleted`: it is gone already.
    """
    return delete(state.ledger, state.store, state.staging, body, who)


def delete(
    ledger: Ledger, store: PhotoStore, staging: Uploads, body: DeletionBody, who: Principal | str
) -> DeletionAnswer:
    """Delete what the body names, then its files.

    Raises:
        Problem: 404 no such thing, 409 an approved photo, 410 deleted already.
    """
    if body.phone is not None:
        erased = _delete_phone(ledger, staging, body.phone, body.reason, who)
    else:
        with ledger.write() as session:
            erased = _delete_one(session, body, who)
    remove_files(ledger, store)
    log_event("deleted", inspections=erased.inspections, photos=erased.photos, voices=erased.voices)
    with ledger.read() as session:
        same = ways_out(session, erased)
    return DeletionAnswer(
        inspections=erased.inspections,
        photos=erased.photos,
        voices=erased.voices,
        left_designs=sorted(erased.designs),
        same_photo_in=same,
    )


def _delete_one(session: Session, body: DeletionBody, who: Principal | str) -> Erased:
    if body.answer is not None:
        return delete_answer(session, who, str(body.answer), body.reason)
    row = session.get(Inspection, str(body.inspection), with_for_update=True)
    if row is None:
        refuse_deleted(session, str(body.inspection))
        raise not_found("inspection")
    facts = {"reason": body.reason, "microfactory": row.microfactory, "design": row.design}
    marks = {"lot": row.lot, "piece": row.piece}
    erased = Erased()
    if body.photo is not None:
        _let_go_of_photo(session, who, row, body.photo, erased)
        record(session, who, "photo-deleted", row.id, **facts, **marks, photo=str(body.photo))
    elif body.appeal is not None:
        _let_go_of_part(session, row, str(body.appeal), body.part or "voice", erased)
        action: Action = "voice-deleted" if body.part == "voice" else "photo-deleted"
        record(session, who, action, row.id, **facts, **marks, appeal=str(body.appeal))
    else:
        rows = session.scalars(
            select(Inspection)
            .where(Inspection.piece_key == row.piece_key)
            .order_by(Inspection.id)
            .with_for_update()
        ).all()
        erase(session, who, rows, erased)
        counted = {"inspections": str(erased.inspections), "photos": str(erased.photos)}
        record(session, who, "piece-deleted", str(body.inspection), **facts, **marks, **counted)
    return erased


def _let_go_of_photo(
    session: Session, who: Principal | str, row: Inspection, index: int, erased: Erased
) -> None:
    photo = next((one for one in row.photos if one.index == index), None)
    if photo is None:
        raise not_found(f"photo {index} of this inspection")
    if photo.removed_why == "deleted":
        raise _gone(f"photo {index} was deleted at {photo.removed_at:%Y-%m-%d %H:%M} UTC")
    let_go(session, who, [row], [photo.stored_sha256], erased)
    kept = photo.removed_at is None
    photo.removed_at, photo.removed_why = now(session), "deleted"
    # By a print it could still be known again.
    session.execute(
        delete_rows(PhotoPrint).where(PhotoPrint.inspection == row.id, PhotoPrint.photo_index == index)
    )
    remember(session, row.microfactory, "photo", {photo.received_sha256, photo.stored_sha256})
    erased.leaves("photos", photo.stored_sha256 if kept else None)
    erased.leaves("heatmaps", photo.heatmap_sha256 if kept else None)
    _changed(session, row)
    note_waiting(session, row)
    erased.note(session)


def _let_go_of_part(session: Session, row: Inspection, appeal_id: str, part: Part, erased: Erased) -> None:
    appeal = next((one for one in row.appeals if one.id == appeal_id), None)
    sha256 = None if appeal is None else getattr(appeal, f"{part}_sha256")
    if appeal is None or sha256 is None:
        raise not_found(f"{part} of such an appeal")
    if getattr(appeal, f"{part}_removed_why") == "deleted":
        at = getattr(appeal, f"{part}_removed_at")
        raise _gone(f"the {part} was deleted at {at:%Y-%m-%d %H:%M} UTC")
    if part == "photo":
        let_go(session, "", [], [sha256], erased)
    _take_part(session, row.microfactory, appeal, part, erased)
    _changed(session, row)
    erased.note(session)


def _take_part(session: Session, microfactory: str, appeal: Appeal, part: Part, erased: Erased) -> None:
    sha256 = getattr(appeal, f"{part}_sha256")
    if sha256 is None or getattr(appeal, f"{part}_removed_why") == "deleted":
        return
    if getattr(appeal, f"{part}_removed_at") is None:
        erased.leaves(f"{part}s", sha256)
    setattr(appeal, f"{part}_removed_at", now(session))
    setattr(appeal, f"{part}_removed_why", "deleted")
    remember(session, microfactory, part, {sha256})


def _delete_phone(ledger: Ledger, staging: Uploads, phone: str, reason: str, who: Principal | str) -> Erased:
    """In batches; what broke off is gone on with by asking once more."""
    erased = Erased()
    with ledger.read() as session:
        token = session.get(Token, phone)
    if token is None or token.role != "artisan":
        raise not_found("phone; expected the id of a phone's token, as GET /v1/tokens has it")
    # In transactions of their own, where they lie in the ledger; tokens are never deleted.
    waiting = staging.drop_all(phone)
    with ledger.write() as session:
        sent = session.scalar(select(func.count()).where(Inspection.token == phone)) or 0
        said = session.scalars(select(Appeal).where(Appeal.token == phone).order_by(Appeal.number)).all()
        said = [one for one in said if _has_something(one)]
        # Inspections before the clock, as everybody locks them.
        rows = {
            name: session.get_one(Inspection, name, with_for_update=True)
            for name in sorted({one.inspection for one in said})
        }
        answers = answers_of_phone(session, phone)
        if not sent and not said and not waiting and not answers:
            raise _gone(f"nothing that {token.label} sent is here; it sent nothing, or all of it was deleted")
        hashes = _photos_of(session, phone, said)
        let_go(session, who, [], hashes, erased)
        facts = {"reason": reason, "microfactory": token.microfactory, "label": token.label}
        record(session, who, "phone-deleted", phone, **facts, inspections=str(sent))
        for appeal in said:
            row = rows[appeal.inspection]
            _take_part(session, row.microfactory, appeal, "voice", erased)
            _take_part(session, row.microfactory, appeal, "photo", erased)
            # That it was contested, and how that was decided, is the piece's; what was said is the phone's.
            appeal.note = ""
            _changed(session, row)
        for answer in answers:
            take_answer(session, answer, erased)
        erased.note(session)
    while True:
        with ledger.write() as session:
            batch = _batch_of(session, phone)
            if not batch:
                return erased
            erase(session, who, batch, erased)


def _batch_of(session: Session, phone: str) -> Sequence[Inspection]:
    mine = select(Inspection).where(Inspection.token == phone).order_by(Inspection.id)
    return session.scalars(mine.limit(BATCH).with_for_update()).all()


def _photos_of(session: Session, phone: str, said: Sequence[Appeal]) -> list[str]:
    mine = select(Photo.stored_sha256).join(Inspection).where(Inspection.token == phone)
    return [*session.scalars(mine), *(one.photo_sha256 for one in said if one.photo_sha256)]


def _has_something(appeal: Appeal) -> bool:
    voice = appeal.voice_sha256 is not None and appeal.voice_removed_why != "deleted"
    photo = appeal.photo_sha256 is not None and appeal.photo_removed_why != "deleted"
    return bool(appeal.note) or voice or photo


def _changed(session: Session, row: Inspection) -> None:
    row.changed_at, row.change = max(now(session), row.changed_at), next_number(session)


def _gone(detail: str) -> Problem:
    return Problem(410, "deleted", "Deleted already", detail)
