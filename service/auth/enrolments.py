"""A phone becomes a workshop's: staff show a QR with a code, the phone opens it and is given its token.

The code is good once, for a quarter of an hour, and kept as SHA-256. On a bad network the answer with the
token may be lost: a phone that names itself (any UUID of its own) may ask again with the same code, and the
token that never reached it is revoked.
"""

import io
import uuid
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import segno
from fastapi import APIRouter, Request
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.service.auth.access import Principal, Reviewer, TheState, digest
from ubora.service.auth.audit import record
from ubora.service.auth.throttle import QUARTER, RateLimit, address_of, charge, give_back
from ubora.service.auth.tokens import add_token, open_microfactory
from ubora.service.http.errors import Problem, not_found, problems
from ubora.service.http.schemas import Code, Name, UtcMoment, Wire
from ubora.service.ledger.clock import is_within, now, wall
from ubora.service.ledger.tables import Enrolment, Microfactory, Token
from ubora.service.secrets.codes import new_code, read_code

LASTS = timedelta(minutes=15)
GROUPS = 3
"""60 random bits: a billion guesses at a hundred open codes find one with a chance of one in ten million."""
router = APIRouter(tags=["enrolments"])


class NewEnrolment(Wire):
    microfactory: Code
    label: Name
    """Whose phone: it stands in the list of phones, where a lost one is looked for."""


class EnrolmentState(Wire):
    id: str
    microfactory: str
    label: str
    expires_at: UtcMoment
    used_at: UtcMoment | None
    open: bool
    """A phone may use the code, by the server's clock: that of a laptop may be wrong."""


class EnrolmentShownOnce(EnrolmentState):
    code: str
    link: str
    qr_svg: str
    """The link as a drawing of its own, black on white."""


class SentCode(Wire):
    code: Annotated[str, Field(min_length=1, max_length=100)]
    phone: UUID | None = None
    """Made by the phone and kept: the same phone may repeat its code, see above."""


class Enrolled(Wire):
    token: str
    microfactory: str


@router.post("/v1/enrolments", status_code=201, responses=problems(401, 403, 404, 409, 422))
def create_enrolment(
    request: Request, state: TheState, who: Reviewer, wanted: NewEnrolment
) -> EnrolmentShownOnce:
    origin = state.settings.public_url or f"{request.url.scheme}://{request.url.netloc}"
    with state.ledger.write() as session:
        return invite(session, who, wanted.microfactory, wanted.label, origin)


@router.get("/v1/enrolments/{enrolment_id}", responses=problems(401, 403, 404, 422))
def get_enrolment(state: TheState, _who: Reviewer, enrolment_id: str) -> EnrolmentState:
    """For the page with the QR: has the phone come?"""
    with state.ledger.read() as session:
        row = session.get(Enrolment, enrolment_id)
    if row is None:
        raise not_found("enrolment")
    return _state(row, state.ledger.clock())


@router.post("/v1/enrol", status_code=201, responses=problems(404, 422, 429))
def enrol(request: Request, state: TheState, sent: SentCode) -> Enrolled:
    """A code for a token; asked by a phone that has none yet."""
    # A whole neighbourhood of phones may share one address, so only what fails is counted, and generously.
    tries = [RateLimit("enrol address", address_of(request), 30, QUARTER)]
    charge(state, tries)
    phone = str(sent.phone) if sent.phone else None
    with state.ledger.write() as session:
        row = session.scalar(
            select(Enrolment).where(Enrolment.sha256 == digest(read_code(sent.code))).with_for_update()
        )
        if row is None or not _is_good(session, row, phone):
            detail = "this code is unknown, was used, or is older than 15 minutes; ask the hub for a new one"
            raise Problem(404, "enrol-code", "Not a good code", detail)
        give_back(session, tries)
        if row.token is not None:
            _revoke(session, row)
        made = add_token(session, "artisan", row.microfactory, row.label)
        session.flush()
        row.used_at, row.token, row.phone = now(session), made.id, phone
        record(session, "a phone", "phone-enrolled", made.id, microfactory=row.microfactory, label=row.label)
        return Enrolled(token=made.token, microfactory=row.microfactory)


def invite(
    session: Session, who: Principal | str, microfactory: str, label: str, origin: str
) -> EnrolmentShownOnce:
    """A new code; this is the only time that it is seen.

    Args:
        origin: where the phone finds the service, `https://ubora.example.org`.

    Raises:
        Problem: 404, no such workshop; 409, it is closed.
    """
    open_microfactory(session, microfactory)
    code = new_code(GROUPS)
    row = Enrolment(
        id=str(uuid.uuid4()),
        sha256=digest(read_code(code)),
        microfactory=microfactory,
        label=label,
        created_at=now(session),
        expires_at=wall(session) + LASTS,
    )
    session.add(row)
    record(session, who, "phone-invited", row.id, microfactory=microfactory, label=label)
    # After the hash sign, so that it is never sent to a server and stands in no log of one.
    link = f"{origin.rstrip('/')}/phone/#enrol={code}"
    shown = _state(row, wall(session))
    return EnrolmentShownOnce(**shown.model_dump(), code=code, link=link, qr_svg=_drawn(link))


def _is_good(session: Session, row: Enrolment, phone: str | None) -> bool:
    workshop = session.get_one(Microfactory, row.microfactory, with_for_update={"read": True})
    if workshop.closed_at is not None or not _is_in_time(row, wall(session)):
        return False
    if row.used_at is None:
        return True
    if phone is None or phone != row.phone:
        return False
    token = session.get(Token, row.token)
    return token is not None and token.revoked_at is None and token.last_used_at is None


def _revoke(session: Session, row: Enrolment) -> None:
    token = session.get(Token, row.token)
    assert token is not None
    token.revoked_at = now(session)
    facts = {"microfactory": row.microfactory, "label": row.label, "role": "artisan"}
    record(session, "a phone", "token-revoked", token.id, **facts)


def _is_in_time(row: Enrolment, at: datetime) -> bool:
    return is_within(row.expires_at - LASTS, LASTS, at)


def _state(row: Enrolment, at: datetime) -> EnrolmentState:
    return EnrolmentState(
        id=row.id,
        microfactory=row.microfactory,
        label=row.label,
        expires_at=row.expires_at,
        used_at=row.used_at,
        open=row.used_at is None and _is_in_time(row, at),
    )


def _drawn(link: str) -> str:
    out = io.BytesIO()
    segno.make(link, error="m", micro=False).save(
        out, kind="svg", border=4, light="#fff", xmldecl=False, omitsize=True, nl=False
    )
    return out.getvalue().decode()
