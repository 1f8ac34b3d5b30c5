"""What an empty hub lacks, up to its first inspection; told until all is there or an admin waves it off.

GET  /v1/first-steps               which steps are done
POST /v1/first-steps/dismissal     nobody is shown them any more
"""

from fastapi import APIRouter
from sqlalchemy import exists, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import Exists

from ubora.service.auth.access import Admin, Staff, TheState
from ubora.service.auth.audit import Action, record
from ubora.service.http.errors import problems
from ubora.service.http.schemas import Wire
from ubora.service.ledger.tables import ApprovedPhoto, AuditEntry, Design, Inspection, Microfactory, Token

router = APIRouter(tags=["first steps"])
DISMISSED: Action = "first-steps-dismissed"


class FirstSteps(Wire):
    """Each is true once there is one."""

    workshop: bool
    design: bool
    approved_photo: bool
    phone: bool
    inspection: bool
    open: bool
    """Something is left to do, and no admin waved it off."""


@router.get("/v1/first-steps", responses=problems(401, 403))
def get_first_steps(state: TheState, _who: Staff) -> FirstSteps:
    with state.ledger.read() as session:
        return _steps(session)


@router.post("/v1/first-steps/dismissal", responses=problems(401, 403))
def dismiss_first_steps(state: TheState, who: Admin) -> FirstSteps:
    """For good: what is left to do is done all the same by who knows the way."""
    with state.ledger.write() as session:
        if _steps(session).open:
            record(session, who, DISMISSED, "first-steps")
            session.flush()
        return _steps(session)


def _steps(session: Session) -> FirstSteps:
    phone = exists().where(Token.role == "artisan", Token.revoked_at.is_(None))
    done = {
        "workshop": _is(session, exists().where(Microfactory.closed_at.is_(None))),
        "design": _is(session, exists().where(Design.id.is_not(None))),
        "approved_photo": _is(session, exists().where(ApprovedPhoto.design.is_not(None))),
        "phone": _is(session, phone),
        "inspection": _is(session, exists().where(Inspection.id.is_not(None))),
    }
    left = not all(done.values())
    # Once all is there nobody looks through the record.
    waved_off = left and _is(session, exists().where(AuditEntry.action == DISMISSED))
    return FirstSteps(**done, open=left and not waved_off)


def _is(session: Session, what: Exists) -> bool:
    return bool(session.scalar(select(what)))
