"""An inspection judged once more, beside the samples of the design that it turned out to be of.

    look, created = look_again(state, inspection_id, look_id, who)

It is kept beside the verdict and decides nothing. By the code that answers phones, of the photos as stored.
"""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ubora.service.auth.access import Principal
from ubora.service.auth.veiled import refuse_veiled
from ubora.service.designs.standing import standing_of
from ubora.service.http.errors import Problem, not_found
from ubora.service.http.observe import log_event
from ubora.service.http.stored_files import check_kept
from ubora.service.inference.assess import Assessment, assess
from ubora.service.inference.standing_seen import ApprovedFile
from ubora.service.inspections.veils import answers_for
from ubora.service.ledger.clock import now
from ubora.service.ledger.tables import Design, Inspection, LookAgain, Photo
from ubora.service.rescoring.judging import found_defect, read_photo
from ubora.service.state import AppState
from ubora.service.wrong_design.wire import Look, look_answer


def look_again(state: AppState, inspection_id: str, look_id: str, who: Principal) -> tuple[Look, bool]:
    """Blocks; for a worker thread.

    Returns:
        the look, and whether it is new.

    Raises:
        Problem: 404 no such inspection, 409 veiled, of no known design, or the UUID holds another look, 410 a
            photo is not kept any more, 503 no network.
    """
    with state.ledger.read() as session:
        row = session.get(Inspection, inspection_id)
        if row is None:
            raise not_found("inspection")
        refuse_veiled(session, who, row.id)
        stored = _stored(session.scalar(select(LookAgain).where(LookAgain.id == look_id)), row.id)
        if stored is not None:
            return look_answer(stored), False
        shown = answers_for(session, who, [row])[0]
        photos = list(row.photos)
    if shown.design_unknown:
        detail = "it is of no known design; expected one, whose samples it can be held beside"
        raise Problem(409, "design-unknown", "Beside what?", detail)
    for photo in photos:
        check_kept("photo", photo.removed_at, photo.removed_why)
    look = _looked(state, shown.design, photos)
    look.id, look.inspection, look.asked_by, look.token = look_id, row.id, who.label, who.token
    try:
        with state.ledger.write() as session:
            if session.get(Inspection, row.id, with_for_update={"key_share": True}) is None:
                raise not_found("inspection")
            look.at = now(session)
            session.add(look)
            session.flush()
            done = look_answer(look)
    except IntegrityError:
        # The same at the same time; the other one was first.
        with state.ledger.read() as session:
            stored = _stored(session.scalar(select(LookAgain).where(LookAgain.id == look_id)), row.id)
            assert stored is not None
            return look_answer(stored), False
    log_event("look-again", id=look_id, inspection=row.id, design=look.design, verdict=look.verdict)
    return done, True


def _stored(found: LookAgain | None, inspection: str) -> LookAgain | None:
    if found is not None and found.inspection != inspection:
        detail = "this UUID holds a look at another inspection; a new one needs a new UUID"
        raise Problem(409, "conflict", "Another look has this UUID", detail)
    return found


def _looked(state: AppState, design_id: str, photos: list[Photo]) -> LookAgain:
    with state.ledger.read() as session:
        design, standing = session.get_one(Design, design_id), standing_of(session, design_id)
    inspector = state.champion.serving()
    shown = [
        ApprovedFile(one.sha256, one.view, state.store.photo_path(one.sha256), one.accepted)
        for one in standing.photos
    ]
    views = [photo.view for photo in photos]
    assessment: Assessment = assess(
        inspector,
        [read_photo(state.store, photo.stored_sha256) for photo in photos],
        views,
        (design.approved_low, design.approved_high),
        {view: state.champion.approved(inspector, shown, view) for view in set(views)},
    )
    return LookAgain(
        design=design.id,
        release=inspector.record.name,
        verdict=assessment.outcome,
        reasons=list(assessment.reasons),
        scores=[photo.prediction.scores for photo in assessment.photos],
        defects=[[found_defect(one) for one in photo.verdict.findings] for photo in assessment.photos],
        variance_level=assessment.variance_level,
        variance_in_range=assessment.variance_in_range,
        design_distance=assessment.design_distance,
        design_in_doubt=assessment.design_in_doubt,
        approved_version=standing.version,
    )
