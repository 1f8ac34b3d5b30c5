"""Photos and voice notes are kept for as many days as the settings say, where they say any.

expire(state, watch)      # by the sweeper

Of pieces that are decided, or to be photographed again: never of one that waits for a person, is contested
or stands for a design; voice notes also of corrective actions that are closed. The record of the piece and
all counts stay, and its pages say so.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Select, and_, exists, select
from sqlalchemy.orm import Session, aliased

from ubora.service.auth.audit import record
from ubora.service.http.observe import log_event
from ubora.service.ledger.clock import now
from ubora.service.ledger.tables import AcceptedPiece, Appeal, ApprovedPhoto, Inspection, Photo, Waiting
from ubora.service.ledger.waiting import note_waiting
from ubora.service.ownership.answers import expire_voices
from ubora.service.ownership.erasing import Erased
from ubora.service.state import AppState
from ubora.service.storage.leaving import remove_files
from ubora.service.storage.watch import Watch

BATCH = 200
"""Photos or appeals of one transaction: nobody who writes waits long."""
ACTOR = "the sweeper"
RETENTION = "retention"


def expire(state: AppState, watch: Watch) -> None:
    """Let go of what is older than it is to be kept; one line of the audit says how many of each."""
    settings, erased = state.settings, Erased()
    if settings.keep_photos_days is not None:
        before = _before(watch, settings.keep_photos_days)
        _in_batches(state, erased, lambda session: _expire_photos(session, before, erased))
        _in_batches(state, erased, lambda session: _expire_contest_photos(session, before, erased))
    if settings.keep_voices_days is not None:
        before = _before(watch, settings.keep_voices_days)
        _in_batches(state, erased, lambda session: _expire_voices(session, before, erased))
        _in_batches(state, erased, lambda session: expire_voices(session, before, BATCH, RETENTION, erased))
    if not erased.photos and not erased.voices:
        return
    facts = {
        "photos": str(erased.photos),
        "voices": str(erased.voices),
        "keep_photos_days": str(settings.keep_photos_days or "all"),
        "keep_voices_days": str(settings.keep_voices_days or "all"),
    }
    with state.ledger.write() as session:
        record(session, ACTOR, "files-expired", RETENTION, **facts)
    log_event("expired", photos=erased.photos, voices=erased.voices)
    remove_files(state.ledger, state.store)


def _before(watch: Watch, days: int) -> datetime:
    # The earlier of the wall clock and what this process lived: a clock that jumps ahead empties no archive.
    return datetime.fromtimestamp(max(0.0, watch.before(hours=24 * days)), UTC)


def _in_batches(state: AppState, erased: Erased, act: Callable[[Session], int]) -> None:
    done = BATCH
    while done == BATCH:
        with state.ledger.write() as session:
            done = act(session)
            erased.note(session)


def _expire_photos(session: Session, before: datetime, erased: Erased) -> int:
    query = (
        select(Photo)
        .join(Inspection, Inspection.id == Photo.inspection)
        .where(
            Photo.removed_at.is_(None),
            Inspection.received_at < before,
            _is_settled(),
            Photo.stored_sha256.not_in(select(ApprovedPhoto.stored_sha256)),
        )
    )
    photos = session.scalars(query.limit(BATCH)).all()
    for photo in photos:
        photo.removed_at, photo.removed_why = now(session), RETENTION
        erased.leaves("photos", photo.stored_sha256)
        erased.leaves("heatmaps", photo.heatmap_sha256)
    _leave_queue(session, {photo.inspection for photo in photos})
    return len(photos)


def _leave_queue(session: Session, inspections: set[str]) -> None:
    """Nobody is asked to look at what there is no photo of."""
    waiting = select(Inspection).join(Waiting, Waiting.inspection == Inspection.id)
    for row in session.scalars(waiting.where(Inspection.id.in_(inspections)).order_by(Inspection.id)):
        note_waiting(session, row)


def _expire_contest_photos(session: Session, before: datetime, erased: Erased) -> int:
    approved = select(ApprovedPhoto.stored_sha256)
    query = _old_appeals(before).where(
        Appeal.photo_sha256.is_not(None),
        Appeal.photo_removed_at.is_(None),
        Appeal.photo_sha256.not_in(approved),
    )
    appeals = session.scalars(query.limit(BATCH)).all()
    for appeal in appeals:
        appeal.photo_removed_at, appeal.photo_removed_why = now(session), RETENTION
        erased.leaves("photos", appeal.photo_sha256)
    return len(appeals)


def _expire_voices(session: Session, before: datetime, erased: Erased) -> int:
    query = _old_appeals(before).where(Appeal.voice_sha256.is_not(None), Appeal.voice_removed_at.is_(None))
    appeals = session.scalars(query.limit(BATCH)).all()
    for appeal in appeals:
        appeal.voice_removed_at, appeal.voice_removed_why = now(session), RETENTION
        erased.leaves("voices", appeal.voice_sha256)
    return len(appeals)


def _old_appeals(before: datetime) -> Select[Appeal]:
    return (
        select(Appeal)
        .join(Inspection, Inspection.id == Appeal.inspection)
        .where(Appeal.at < before, Appeal.outcome != "waiting", _is_settled())
    )


def _is_settled() -> ColumnElement[bool]:
    """Whether nothing of an inspection's piece waits for a person or stands for a design."""
    other, stands = aliased(Inspection), aliased(Inspection)
    waiting = exists().where(other.piece_key == Inspection.piece_key, other.status == "pending")
    standing = exists().where(
        stands.piece_key == Inspection.piece_key,
        AcceptedPiece.inspection == stands.id,
        AcceptedPiece.until_version.is_(None),
    )
    return and_(~waiting, ~standing)
