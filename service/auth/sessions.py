"""Logging in at the hub: name and password for a session, kept as a cookie that no script can read.

A session is a token with a person behind it, so that what was done in it refers to it like to any token. It
ends after 12 hours, after an hour without use, on log-out here or everywhere, with a new password, and when
the person is disabled. Every log-in makes a new one: none that somebody else planted is ever taken over.
"""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field
from sqlalchemy.orm import Session

from ubora.service.auth.access import (
    FORGOTTEN_BY_THE_BROWSER,
    LASTS,
    Anyone,
    Principal,
    Role,
    TheState,
    cookie_is_secure,
    cookie_name,
    csrf_of,
    digest,
    new_secret,
    session_secret,
)
from ubora.service.auth.audit import record
from ubora.service.auth.staff import end_sessions, find_staff, name_key, set_password
from ubora.service.auth.throttle import HOUR, QUARTER, RateLimit, address_of, charge, give_back
from ubora.service.auth.tokens import token_row
from ubora.service.http.errors import Problem, problems
from ubora.service.http.observe import log_event
from ubora.service.http.schemas import Wire
from ubora.service.ledger.clock import now, wall
from ubora.service.ledger.tables import Staff, StaffSession, Token, Waiting
from ubora.service.ledger.waiting import let_go
from ubora.service.secrets.passwords import LONGEST, fault_of
from ubora.service.state import AppState

router = APIRouter(tags=["sessions"])
Password = Annotated[str, Field(min_length=1, max_length=4 * LONGEST)]


class LogIn(Wire):
    name: Annotated[str, Field(min_length=1, max_length=240)]
    password: Password


class SessionAnswer(Wire):
    role: Role
    label: str
    zone: str
    """Whose days numbers are of, as Africa/Nairobi."""
    csrf: str
    """To be sent as X-CSRF-Token with everything that changes something."""


class PasswordChange(Wire):
    password: Password
    new_password: Password


def logged_in(who: Anyone) -> Principal:
    if who.staff is None:
        detail = "expected the cookie of a log-in; a bearer token has no session"
        raise Problem(401, "no-session", "Not logged in", detail, headers={"WWW-Authenticate": "Bearer"})
    return who


LoggedIn = Annotated[Principal, Depends(logged_in)]


@router.post("/v1/session", responses=problems(401, 403, 422, 429, 503))
def log_in(request: Request, response: Response, state: TheState, sent: LogIn) -> SessionAnswer:
    """Name and password for a session cookie. Wrong name, wrong password and a disabled person read alike."""
    _refuse_other_sites(request)
    tries = _tries(request, sent.name)
    charge(state, tries)
    with state.ledger.read() as session:
        person = find_staff(session, sent.name)
    if not state.passwords.fits(person.password if person else None, sent.password):
        raise _refused(request, state, "password")
    assert person is not None
    secret = new_secret("us")
    kept = state.passwords.hash(sent.password) if state.passwords.is_outdated(person.password) else None
    with state.ledger.write() as session:
        current = session.get(Staff, person.id, with_for_update=True)
        # Read again: meanwhile the person may have been disabled, or the password changed.
        if current is None or current.disabled_at is not None or current.password != person.password:
            raise _refused(request, state, "disabled")
        if kept is not None:
            current.password = kept
        give_back(session, tries)
        _end(session, session_secret(request, state))
        row = token_row(session, secret, "reviewer", None, current.name)
        row.role, row.last_used_at = current.role, wall(session)
        session.add(row)
        session.flush()
        session.add(StaffSession(token=row.id, staff=current.id, expires_at=wall(session) + LASTS))
        who = Principal(row.id, cast(Role, row.role), None, current.name, current.id)
        record(session, who, "session-opened", row.id, name=current.name)
    state.metrics.logins.labels("opened").inc()
    _set_cookie(request, response, state, secret)
    return _answer(state, who, secret)


@router.get("/v1/session", responses=problems(401))
def read_session(request: Request, state: TheState, who: LoggedIn) -> SessionAnswer:
    """Who is logged in here: what a page asks when it is loaded."""
    secret = session_secret(request, state)
    assert secret is not None
    return _answer(state, who, secret)


@router.delete("/v1/session", status_code=204, responses=problems(401, 403))
def log_out(request: Request, response: Response, state: TheState, who: LoggedIn) -> None:
    with state.ledger.write() as session:
        _end(session, session_secret(request, state))
        record(session, who, "session-closed", who.token, name=who.label)
    _forget(request, response, state)


@router.delete("/v1/sessions", status_code=204, responses=problems(401, 403))
def log_out_everywhere(request: Request, response: Response, state: TheState, who: LoggedIn) -> None:
    """Every session of this person, this one too."""
    assert who.staff is not None
    with state.ledger.write() as session:
        end_sessions(session, who.staff)
        record(session, who, "sessions-closed", who.staff, name=who.label)
    _forget(request, response, state)


@router.put("/v1/session/password", status_code=204, responses=problems(401, 403, 422, 429, 503))
def change_password(request: Request, state: TheState, who: LoggedIn, sent: PasswordChange) -> None:
    """One's own. The person's other sessions are over, this one goes on."""
    fault = fault_of(sent.new_password, who.label)
    if fault is not None:
        raise Problem(422, "weak-password", "Not a good password", fault)
    tries = _tries(request, who.label)
    charge(state, tries)
    with state.ledger.read() as session:
        person = session.get(Staff, who.staff)
    if not state.passwords.fits(person.password if person else None, sent.password):
        raise Problem(403, "wrong-password", "Not the present password", "nothing was changed")
    kept = state.passwords.hash(sent.new_password)
    with state.ledger.write() as session:
        current = session.get(Staff, who.staff)
        assert current is not None
        give_back(session, tries)
        set_password(session, who, current, kept, but=who.token)


def _tries(request: Request, name: str) -> list[RateLimit]:
    """Of one name from one address few, so that nobody elsewhere can shut a person out with a handful; of a
    name from everywhere more, so that many addresses do not help; of an address more, since a hub has one."""
    address, known_as = address_of(request), name_key(name)
    return [
        RateLimit("log-in name and address", f"{known_as}\0{address}", 10, QUARTER, forgiven=True),
        RateLimit("log-in name", known_as, 100, HOUR, forgiven=True),
        RateLimit("log-in address", address, 50, QUARTER),
    ]


def _refused(request: Request, state: AppState, why: str) -> Problem:
    state.metrics.logins.labels("refused").inc()
    # The address, for whoever blocks guessers, and for an operator who checks what the proxy passes on.
    log_event("log-in-refused", why=why, address=address_of(request))
    detail = "no such name and password; nobody is told which of them was wrong"
    return Problem(401, "log-in", "Name or password is wrong", detail)


def _refuse_other_sites(request: Request) -> None:
    """A form elsewhere must not log somebody in as somebody else. Browsers say where a request is from; a
    program does not, and has no cookies to fear for."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Problem(403, "csrf", "Not asked by our own page", "a log-in is asked for by this host's page")


def _end(session: Session, secret: str | None) -> None:
    if secret is None:
        return
    # Only a session: a cookie is set by whoever has the browser, and must not revoke a phone's token.
    row = session.query(Token).join(StaffSession).where(Token.sha256 == digest(secret)).one_or_none()
    if row is not None and row.revoked_at is None:
        row.revoked_at = now(session)
        let_go(session, Waiting.token == row.id)


def _set_cookie(request: Request, response: Response, state: AppState, secret: str) -> None:
    # No Max-Age: a browser that is closed forgets it.
    secure = cookie_is_secure(request, state)
    response.set_cookie(
        cookie_name(secure), secret, path="/", secure=secure, httponly=True, samesite="strict"
    )


def _forget(request: Request, response: Response, state: AppState) -> None:
    """The browser drops the cookie, and what it kept of the photos."""
    response.headers.update(FORGOTTEN_BY_THE_BROWSER)
    secure = cookie_is_secure(request, state)
    response.delete_cookie(cookie_name(secure), path="/", secure=secure, httponly=True, samesite="strict")


def _answer(state: AppState, who: Principal, secret: str) -> SessionAnswer:
    zone = str(state.ledger.days().zone)
    return SessionAnswer(role=who.role, label=who.label, zone=zone, csrf=csrf_of(secret))
