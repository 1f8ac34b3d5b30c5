"""Receiving an inspection: the same thing sent twice is stored once, and what was answered is on the disk.

row, created = receive(state, arrival, token="…")

Order of a write: photos and heatmaps to the disk (fsynced), then one transaction, then the answer. Whatever
fails before the transaction leaves files that nothing refers to, and the sweeper takes them.
"""

import hashlib
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, lazyload

from ubora.service.designs.corrected import known_design
from ubora.service.designs.standing import Standing, standing_of
from ubora.service.http.errors import Problem
from ubora.service.http.observe import log_event
from ubora.service.http.tracing import stage
from ubora.service.inference.assess import assess
from ubora.service.inference.policies import in_force, judging_by
from ubora.service.inference.seen_before import note_seen_before
from ubora.service.inference.standing_seen import ApprovedFile
from ubora.service.inspections.rows import Arrival, inspection_row, note_design, photo_row
from ubora.service.ledger.clock import next_number, now
from ubora.service.ledger.draws import draw_for_audit, look_for_lot
from ubora.service.ledger.pieces import count_inspection, retakes_in_a_row
from ubora.service.ledger.tables import Design, Inspection, Microfactory, Photo
from ubora.service.ledger.waiting import note_waiting
from ubora.service.state import AppState
from ubora.service.storage.arriving.uploads import Unfinished
from ubora.service.storage.deleted import refuse_deleted


def receive(
    state: AppState, arrival: Arrival, *, token: str | None, received_at: datetime | None = None
) -> tuple[Inspection, bool]:
    """Inspect and store, or find what was stored for the same bytes before. Blocks; for a worker thread.

    Args:
        token: id of the sender's token.
        received_at: only for a demonstration's past; now by default.

    Returns:
        the row, and whether this call made it.

    Raises:
        Problem: 409 the UUID holds something else, 410 it was deleted, 415 or 422 no photo, 503 no network.
    """
    fingerprint = arrival.fingerprint()
    sent = [hashlib.sha256(photo).hexdigest() for photo in arrival.photos]
    with state.ledger.read() as session:
        stored = _stored(session, arrival.id, fingerprint)
        if stored is not None:
            return stored, False
        refuse_deleted(session, arrival.id, sent, arrival.microfactory)
        design, standing = _known_design(session, arrival)
        serving = state.champion.serving()
        policy_row = in_force(session, serving.record.name)
    inspector, policy = judging_by(policy_row, serving)
    shown = [
        ApprovedFile(photo.sha256, photo.view, state.store.photo_path(photo.sha256), photo.accepted)
        for photo in standing.photos
    ]
    assessment = assess(
        inspector,
        arrival.photos,
        arrival.views,
        (design.approved_low, design.approved_high),
        {view: state.champion.approved(inspector, shown, view) for view in set(arrival.views)},
        state.metrics.inference_seconds.observe,
    )
    uploads = arrival.uploads or (None,) * len(arrival.photos)
    with stage("store files"):
        photos = [
            photo_row(state, index, view, photo) | {"upload": upload}
            for index, (view, photo, upload) in enumerate(
                zip(arrival.views, assessment.photos, uploads, strict=True)
            )
        ]
    hashes = [photo[name] for photo in photos for name in ("received_sha256", "stored_sha256")]
    for _ in range(2):
        row = inspection_row(arrival, assessment, fingerprint, token, standing.version, design.id, policy)
        row.photos = [Photo(**photo) for photo in photos]
        row.reviews, row.appeals = [], []
        try:
            with stage("write ledger"), state.ledger.write() as session:
                # Taken when it is this writer's turn: whoever asked for news before must find it later.
                row.number = row.change = next_number(session)
                row.received_at = row.changed_at = received_at or now(session)
                # Also where a person said so while it was looked at.
                note_design(row, known_design(session, row.piece_key))
                # Deleted while it was looked at.
                refuse_deleted(session, arrival.id, hashes, arrival.microfactory)
                session.add(row)
                session.flush()
                if row.status == "retake":
                    row.retakes = retakes_in_a_row(session, row)
                count_inspection(session, row)
                note_seen_before(session, row, [photo.prediction.grey for photo in assessment.photos])
                drawn = draw_for_audit(session, row, state.settings.audit_share)
                if drawn | look_for_lot(session, row) or row.seen_before or row.status != "passed":
                    note_waiting(session, row)
        except IntegrityError:
            # Another process was first, with this inspection or (seen on no SQLite) with this day's counts.
            with state.ledger.read() as session:
                stored = _stored(session, arrival.id, fingerprint)
            if stored is not None:
                return stored, False
            continue
        for photo, assessed in zip(photos, assessment.photos, strict=True):
            state.store.keep("photos", photo["stored_sha256"], assessed.kept.data)
            state.store.keep("heatmaps", photo["heatmap_sha256"], assessed.overlay_png)
        state.metrics.inspections.labels(row.verdict).inc()
        log_event("inspection", id=row.id, verdict=row.verdict, release=row.release, photos=len(photos))
        return row, True
    raise Problem(503, "busy", "Too busy", "another change came between", headers={"Retry-After": "1"})


def receive_uploaded(state: AppState, arrival: Arrival, *, token: str) -> tuple[Inspection, bool]:
    """As `receive`, of photos that came by resumable uploads; their bytes leave when the ledger has them.

    Raises:
        Problem: 409 also where an upload is not whole, with `upload` and `offset`; 503 also where too much is
            held in memory already.
    """
    stored = find_by_uploads(state, arrival)
    try:
        row, created = (stored, False) if stored is not None else _receive_whole(state, arrival, token)
    except Problem as problem:
        if problem.slug == "deleted":
            state.staging.drop_these(token, arrival.uploads)
        raise
    # Also after a repeat: whoever stored it may not have come this far.
    state.staging.drop_these(token, arrival.uploads)
    return row, created


def _receive_whole(state: AppState, arrival: Arrival, token: str) -> tuple[Inspection, bool]:
    uploads = arrival.uploads or ()
    with state.ledger.read() as session:
        refuse_deleted(session, arrival.id)
    with state.budget.hold(sum(state.staging.length(token, upload) for upload in uploads)):
        try:
            photos = tuple(_whole(state, token, upload) for upload in uploads)
        except Problem:
            # Another process may have made the inspection of them, and taken them away, just now.
            stored = find_by_uploads(state, arrival)
            if stored is None:
                raise
            return stored, False
        return receive(state, replace(arrival, photos=photos), token=token)


def _whole(state: AppState, token: str, upload: str) -> bytes:
    try:
        return state.staging.read(token, upload)
    except Unfinished as error:
        detail = f"upload {upload}: {error}; send the rest first"
        members = {"upload": upload, "offset": error.offset}
        raise Problem(409, "upload-unfinished", "An upload is not whole", detail, members=members) from None


def find_by_uploads(state: AppState, arrival: Arrival) -> Inspection | None:
    """What these uploads became before, when their bytes are gone; None where they became nothing.

    Raises:
        Problem: 409, they became an inspection in another context.
    """
    with state.ledger.read() as session:
        row = session.get(Inspection, arrival.id)
    if row is None or tuple(photo.upload for photo in row.photos) != arrival.uploads:
        return None
    _must_be(row, arrival.fingerprint([photo.received_sha256 for photo in row.photos]))
    return row


def find_inspection(session: Session, inspection: str) -> Inspection | None:
    return session.get(Inspection, inspection)


def _stored(session: Session, inspection: str, fingerprint: str) -> Inspection | None:
    row = session.get(Inspection, inspection)
    if row is not None:
        _must_be(row, fingerprint)
    return row


def _must_be(row: Inspection, fingerprint: str) -> None:
    if row.fingerprint != fingerprint:
        detail = "this UUID holds other photos or another context; a new inspection needs a new UUID"
        raise Problem(409, "conflict", "Another inspection has this UUID", detail)


def _known_design(session: Session, arrival: Arrival) -> tuple[Design, Standing]:
    """The design with its approved range, and the photos that stand for it: as a person said of the piece,
    where somebody did, else as it was sent.

    Raises:
        Problem: 422, no such workshop or design.
    """
    standing = Standing(0, ())
    # Its approved photos come with what stands for it: no statement more for every photo.
    design = session.get(Design, arrival.design, options=[lazyload(Design.approved)])
    if design is not None:
        known = known_design(session, arrival.piece_key())
        design = session.get_one(Design, known.design) if known is not None else design
        standing = standing_of(session, design.id)
    workshop = session.scalar(select(Microfactory.id).where(Microfactory.id == arrival.microfactory))
    for field, value, found in (
        ("microfactory", arrival.microfactory, workshop),
        ("design", arrival.design, design),
    ):
        if found is None:
            raise Problem(
                422, "context", "The context is wrong", f"context.{field}: no such {field} {value!r}"
            )
    assert design is not None
    return design, standing
