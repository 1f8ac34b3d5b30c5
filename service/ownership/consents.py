"""What a workshop says of the use of its photos and voice notes for training. No answer is no consent.

PUT /v1/microfactories/{id}/consents/{uuid}     by a phone of the workshop
GET /v1/microfactories/{id}/consents            what counts, and all that was said

Append-only: who changes her mind says so once more, and the last answer counts. A yes names the answer that
was seen before it: a phone that was offline for a week does not give back what another one has withdrawn
since. A no always counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ubora.service.auth.access import Anyone, Principal, TheState
from ubora.service.designs.eligible import last_consent
from ubora.service.designs.standing import leave_unfit, locked_design
from ubora.service.http.errors import Problem, not_found, problems
from ubora.service.http.observe import log_event
from ubora.service.http.schemas import Code, UtcMoment, Wire
from ubora.service.ledger.clock import now
from ubora.service.ledger.tables import AcceptedPiece, Consent, Inspection, Microfactory
from ubora.service.state import AppState

router = APIRouter(tags=["consents"])


class ConsentBody(Wire):
    photos: bool
    """May be used for training."""
    voices: bool
    words: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,32}$")]
    """Version of the words that were read."""
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{1,4})?$")]
    said_at: UtcMoment | None = None
    """By the phone's clock, where it was said with no network."""
    after: UUID | None = None
    """The last answer of the workshop that the phone knew; null, or left out: none."""


class StoredConsent(Wire):
    id: str
    photos: bool
    voices: bool
    words: str
    language: str
    said_at: UtcMoment | None
    at: UtcMoment
    phone: str
    """The id of the enrolment's token."""
    label: str
    """Whose phone."""


class Consents(Wire):
    microfactory: str
    last: StoredConsent | None
    """What counts; null: nobody answered, which is no consent."""
    history: list[StoredConsent]
    """All of them, the first one first."""


@dataclass(frozen=True)
class Said:
    """What counts of a workshop."""

    photos: bool
    voices: bool


@router.get("/v1/microfactories/{microfactory_id}/consents", responses=problems(401, 404, 422))
def get_consents(microfactory_id: Code, state: TheState, who: Anyone) -> Consents:
    with state.ledger.read() as session:
        _check_known(session, who, microfactory_id)
        return _consents(session, microfactory_id)


@router.put(
    "/v1/microfactories/{microfactory_id}/consents/{consent_id}",
    status_code=201,
    responses={
        200: {"model": Consents, "description": "The same again"},
        **problems(401, 403, 404, 409, 422),
    },
)
def put_consent(
    microfactory_id: Code,
    consent_id: UUID,
    body: ConsentBody,
    response: Response,
    state: TheState,
    who: Anyone,
) -> Consents:
    """What the workshop says from now on. A no to photos lets its pieces stand for no design any more.

    409 `consent-unseen`: a yes, and another phone of the workshop said no meanwhile; it has that `last`.
    """
    try:
        created = store_consent(state, microfactory_id, str(consent_id), body, who)
    except IntegrityError:
        # The same answer twice at the same time; the other one was first.
        created = store_consent(state, microfactory_id, str(consent_id), body, who)
    response.status_code = 201 if created else 200
    with state.ledger.read() as session:
        return _consents(session, microfactory_id)


def store_consent(
    state: AppState, microfactory_id: str, consent_id: str, body: ConsentBody, who: Principal
) -> bool:
    """One transaction: the answer, and what stood for a design by the one before.

    Returns:
        whether it is new.

    Raises:
        Problem: 403 not by a phone of the workshop, 404 no such workshop, 409 the UUID holds another answer,
            or a yes that did not see the last one.
    """
    with state.ledger.write() as session:
        _check_known(session, who, microfactory_id)
        if who.role != "artisan":
            detail = f"expected a phone of the workshop, found a token of role {who.role}: it is hers to say"
            raise Problem(403, "not-your-role", "Not for this role", detail)
        # Locked, so that two phones answer one after the other.
        session.get(Microfactory, microfactory_id, with_for_update={"key_share": True})
        known = session.scalar(select(Consent).where(Consent.id == consent_id))
        if known is not None:
            _check_same(known, microfactory_id, body)
            return False
        _check_seen(session, microfactory_id, body)
        if body.photos:
            _add(session, who, microfactory_id, consent_id, body)
        else:
            _leave_designs(session, who, microfactory_id, consent_id, body)
    log_event("consent", microfactory=microfactory_id, photos=body.photos, voices=body.voices)
    return True


def last_consents(session: Session) -> Mapping[str, Said]:
    """Workshop → what counts of it. One that nobody answered for is not in it: it did not consent."""
    last = select(func.max(Consent.number)).group_by(Consent.microfactory)
    rows = session.scalars(select(Consent).where(Consent.number.in_(last)))
    return {row.microfactory: Said(row.photos, row.voices) for row in rows}


def _leave_designs(
    session: Session, who: Principal, microfactory_id: str, consent_id: str, body: ConsentBody
) -> None:
    """The answer, and no piece of the workshop stands for a design any more."""
    standing = (
        select(AcceptedPiece.design, Inspection.id)
        .join(Inspection, Inspection.id == AcceptedPiece.inspection)
        .where(AcceptedPiece.until_version.is_(None), Inspection.microfactory == microfactory_id)
    )
    standing_pieces = session.execute(standing).all()
    # Inspections before designs, designs before the clock, as everybody locks them.
    for inspection in sorted({row.id for row in standing_pieces}):
        session.get(Inspection, inspection, with_for_update=True)
    designs = [locked_design(session, design) for design in sorted({row.design for row in standing_pieces})]
    _add(session, who, microfactory_id, consent_id, body)
    for design in designs:
        assert design is not None
        leave_unfit(session, who, design)


def _add(session: Session, who: Principal, microfactory_id: str, consent_id: str, body: ConsentBody) -> None:
    said = body.model_dump(exclude={"after"})
    row = Consent(id=consent_id, microfactory=microfactory_id, token=who.token, label=who.label, **said)
    row.at = now(session)
    session.add(row)
    session.flush()


def _check_known(session: Session, who: Principal, microfactory_id: str) -> None:
    if session.get(Microfactory, microfactory_id) is None or not who.may_see(microfactory_id):
        raise not_found(f"microfactory {microfactory_id}")


def _check_same(known: Consent, microfactory_id: str, body: ConsentBody) -> None:
    if known.microfactory == microfactory_id and (known.photos, known.voices) == (body.photos, body.voices):
        return
    detail = "this UUID holds another answer; a new answer needs a new UUID"
    raise Problem(409, "conflict", "Another answer has this UUID", detail)


def _check_seen(session: Session, microfactory_id: str, body: ConsentBody) -> None:
    """Nobody gives back unseen what another phone of the workshop withdrew."""
    last = last_consent(session, microfactory_id)
    gives = last is not None and ((body.photos and not last.photos) or (body.voices and not last.voices))
    if last is None or not gives or (body.after is not None and str(body.after) == last.id):
        return
    detail = (
        f"{last.label} said no at {last.at:%Y-%m-%d %H:%M} UTC (answer {last.id}); to say yes all the same, "
        f"name that answer in `after`"
    )
    members = {"last": _stored(last).model_dump(mode="json")}
    raise Problem(409, "consent-unseen", "Another answer counts", detail, members=members)


def consents_of(session: Session, microfactory_id: str) -> list[StoredConsent]:
    """All that a workshop said, the first answer first."""
    said = select(Consent).where(Consent.microfactory == microfactory_id).order_by(Consent.number)
    return [_stored(row) for row in session.scalars(said)]


def _consents(session: Session, microfactory_id: str) -> Consents:
    history = consents_of(session, microfactory_id)
    return Consents(microfactory=microfactory_id, last=history[-1] if history else None, history=history)


def _stored(row: Consent) -> StoredConsent:
    return StoredConsent(
        id=row.id,
        photos=row.photos,
        voices=row.voices,
        words=row.words,
        language=row.language,
        said_at=row.said_at,
        at=row.at,
        phone=row.token,
        label=row.label,
    )
