"""The hub's people: who may log in, and as what.

A name is known once, however it is written. Nobody is removed, since what they decided keeps their name;
somebody who left is disabled, and all sessions of theirs are over with the same stroke.
"""

import unicodedata
import uuid
from datetime import datetime
from typing import Literal, cast

from fastapi import APIRouter
from pydantic import model_validator
from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session

from ubora.service.auth.access import Admin, Principal, TheState
from ubora.service.auth.audit import record
from ubora.service.http.errors import Problem, not_found, problems
from ubora.service.http.schemas import Name, UtcMoment, Wire, is_name
from ubora.service.ledger.clock import now
from ubora.service.ledger.tables import Staff, StaffSession, Token, Waiting
from ubora.service.ledger.waiting import let_go
from ubora.service.secrets.passwords import new_password

StaffRole = Literal["reviewer", "engineer", "admin"]
router = APIRouter(tags=["staff"])


class NewStaff(Wire):
    name: Name
    role: StaffRole


class ChangedStaff(Wire):
    """What is left out stays as it is."""

    role: StaffRole | None = None
    was: StaffRole | None = None
    """The role that was looked at, where another is given: no right is given or taken over another's head."""
    disabled: bool | None = None

    @model_validator(mode="after")
    def _something_changes(self) -> "ChangedStaff":
        if self.role is None and self.disabled is None:
            raise ValueError("expected a role, or disabled, or both")
        if (self.role is None) != (self.was is None):
            raise ValueError(
                "expected role and was together: what it shall be, and what it was when you looked"
            )
        return self


class StaffAnswer(Wire):
    id: str
    name: str
    role: StaffRole
    created_at: UtcMoment
    disabled_at: UtcMoment | None
    last_used_at: UtcMoment | None
    """To the minute."""


class StaffWithPassword(StaffAnswer):
    password: str
    """Shown once; to be changed by the person."""


class StaffList(Wire):
    items: list[StaffAnswer]


@router.get("/v1/staff", responses=problems(401, 403))
def list_staff(state: TheState, _who: Admin) -> StaffList:
    with state.ledger.read() as session:
        people = session.scalars(select(Staff).order_by(Staff.name_key)).all()
        used = last_uses(session)
    return StaffList(items=[_answer(person, used.get(person.id)) for person in people])


@router.post("/v1/staff", status_code=201, responses=problems(401, 403, 409, 422, 503))
def create_staff(state: TheState, who: Admin, wanted: NewStaff) -> StaffWithPassword:
    """Somebody new, with a first password that this service made."""
    password = new_password()
    kept = state.passwords.hash(password)
    with state.ledger.write() as session:
        person = add_staff(session, who, wanted.name, wanted.role, kept)
    return StaffWithPassword(**_answer(person, None).model_dump(), password=password)


@router.patch("/v1/staff/{staff_id}", responses=problems(401, 403, 404, 409, 422))
def change_staff(state: TheState, who: Admin, staff_id: str, changed: ChangedStaff) -> StaffAnswer:
    """Another role, or out and in again. It holds from the next request of that person on.

    409 `role-unseen`: somebody gave another role meanwhile; it has that `role`.
    """
    with state.ledger.write() as session:
        person = _known(session, staff_id)
        if changed.role is not None:
            if person.role not in (changed.was, changed.role):  # the same again is harmless
                detail = f"{person.name} is {person.role} now, and was {changed.was} when you looked"
                members = {"role": person.role}
                raise Problem(409, "role-unseen", "Another role now", detail, members=members)
            set_role(session, who, person, changed.role)
        if changed.disabled is not None:
            set_disabled(session, who, person, changed.disabled)
        session.flush()
        return _answer(person, last_uses(session, person.id).get(person.id))


@router.post("/v1/staff/{staff_id}/password", responses=problems(401, 403, 404, 422, 503))
def replace_password(state: TheState, who: Admin, staff_id: str) -> StaffWithPassword:
    """A new first password, for somebody who forgot theirs; their sessions are over."""
    password = new_password()
    kept = state.passwords.hash(password)
    with state.ledger.write() as session:
        person = _known(session, staff_id)
        set_password(session, who, person, kept)
        used = last_uses(session, person.id).get(person.id)
    return StaffWithPassword(**_answer(person, used).model_dump(), password=password)


# What the routes and `ubora admin` share


def name_key(name: str) -> str:
    """The same for every way of writing one name."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())[:240]


def find_staff(session: Session, name: str) -> Staff | None:
    return session.scalar(select(Staff).where(Staff.name_key == name_key(name)))


def add_staff(session: Session, who: Principal | str, name: str, role: StaffRole, kept: str) -> Staff:
    """
    Args:
        kept: the password's hash.

    Raises:
        Problem: 409, there is somebody of this name; 422, it is none.
    """
    name = " ".join(name.split())
    if not is_name(name):
        raise Problem(422, "no-name", "Not a name", f"expected 1 to 120 readable characters, found {name!r}")
    if find_staff(session, name) is not None:
        detail = f"{name!r} is there already; two people need two names, whatever their capitals"
        raise Problem(409, "name-taken", "Somebody has this name", detail)
    person = Staff(
        id=str(uuid.uuid4()),
        name=name,
        name_key=name_key(name),
        role=role,
        password=kept,
        created_at=now(session),
    )
    session.add(person)
    record(session, who, "staff-added", person.id, name=name, role=role)
    return person


def set_role(session: Session, who: Principal | str, person: Staff, role: StaffRole) -> None:
    if person.role == role:
        return
    if person.role == "admin":
        _keep_one_admin(session, person)
    record(session, who, "staff-role", person.id, name=person.name, role=role, was=person.role)
    person.role = role


def set_disabled(session: Session, who: Principal | str, person: Staff, disabled: bool) -> None:
    if (person.disabled_at is not None) == disabled:
        return
    if disabled and person.role == "admin":
        _keep_one_admin(session, person)
    person.disabled_at = now(session) if disabled else None
    if disabled:
        end_sessions(session, person.id)
    action: Literal["staff-disabled", "staff-enabled"] = "staff-disabled" if disabled else "staff-enabled"
    record(session, who, action, person.id, name=person.name)


def set_password(
    session: Session, who: Principal | str, person: Staff, kept: str, but: str | None = None
) -> None:
    """Whoever knew the old one is out.

    Args:
        but: the token id of the session that goes on.
    """
    person.password = kept
    end_sessions(session, person.id, but)
    record(session, who, "staff-password", person.id, name=person.name)


def end_sessions(session: Session, staff_id: str, but: str | None = None) -> None:
    theirs = select(StaffSession.token).where(StaffSession.staff == staff_id)
    ended = update(Token).where(Token.id.in_(theirs), Token.revoked_at.is_(None))
    if but is not None:
        ended = ended.where(Token.id != but)
    session.execute(ended.values(revoked_at=now(session)), execution_options={"synchronize_session": False})
    let_go(session, and_(Waiting.token.in_(theirs), Waiting.token != (but or "")))


def last_uses(session: Session, staff_id: str | None = None) -> dict[str, datetime]:
    """When each was here last, by id."""
    query = (
        select(StaffSession.staff, func.max(func.coalesce(Token.last_used_at, Token.created_at)))
        .join(Token, Token.id == StaffSession.token)
        .group_by(StaffSession.staff)
    )
    if staff_id is not None:
        query = query.where(StaffSession.staff == staff_id)
    return {staff: at for staff, at in session.execute(query)}  # noqa: C416 (rows are no pairs to mypy)


def _keep_one_admin(session: Session, person: Staff) -> None:
    # Locked together, so that two admins cannot put each other out at the same time.
    admins = session.scalars(
        select(Staff).where(Staff.role == "admin", Staff.disabled_at.is_(None)).with_for_update()
    )
    if all(admin.id == person.id for admin in admins):
        detail = f"{person.name} is the only admin; make somebody else one first"
        raise Problem(409, "last-admin", "The last admin stays", detail)


def _known(session: Session, staff_id: str) -> Staff:
    person = session.get(Staff, staff_id, with_for_update=True)
    if person is None:
        raise not_found("member of staff")
    return person


def _answer(person: Staff, last_used_at: datetime | None) -> StaffAnswer:
    return StaffAnswer(
        id=person.id,
        name=person.name,
        role=cast(StaffRole, person.role),
        created_at=person.created_at,
        disabled_at=person.disabled_at,
        last_used_at=last_used_at,
    )
