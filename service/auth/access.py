"""Who asks, and what they may: a token or the session of a log-in, roles, and an artisan's own workshop only.

A phone and a script send `Authorization: Bearer ub_…` (tokens, enrolments); a browser at the hub sends the
cookie that its log-in was given (sessions), and with everything that changes something a header that another
site's page cannot send. Both are 32 random bytes, shown once and kept as SHA-256: they need no slow hash.
"""

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from ubora.service.http.database_faults import LedgerBusyError, LedgerError
from ubora.service.http.errors import Problem, problems
from ubora.service.http.observe import log_event
from ubora.service.http.schemas import Wire
from ubora.service.ledger.clock import is_within
from ubora.service.ledger.tables import Staff as StaffRow
from ubora.service.ledger.tables import StaffSession, Token
from ubora.service.state import AppState

Role = Literal["artisan", "reviewer", "engineer", "admin"]
LASTS = timedelta(hours=12)
"""A session: a working day."""
IDLE = timedelta(hours=1)
"""A session that nobody used for so long is over: a laptop at the hub has many hands."""
USE_NOTED = timedelta(minutes=1)
"""A token's last use is written at most this often, so that reading stays reading."""
CSRF_HEADER = "X-CSRF-Token"
FORGOTTEN_BY_THE_BROWSER = {"Clear-Site-Data": '"cache"'}
"""Where somebody goes: no photo that was looked at comes out of the browser's cache any more. Not "storage",
nor "*": the phone app is of the same origin and keeps in IndexedDB what is not sent yet."""
router = APIRouter(tags=["access"])
_BEARER = HTTPBearer(auto_error=False, description="`ub_…`, from POST /v1/tokens or POST /v1/enrol")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_UNATTENDED = frozenset({"/v1/queue/changes", "/v1/queue/events", "/v1/lots/{lot_id}/counts"})
"""What a page asks for by itself is no use of a session: a laptop that was left goes on asking."""


@dataclass(frozen=True)
class Principal:
    token: str
    """The token's id, never the token. A session has one too."""
    role: Role
    microfactory: str | None
    label: str
    staff: str | None = None
    """Who logged in; None for a bearer token."""

    def may_see(self, microfactory: str) -> bool:
        return self.role != "artisan" or self.microfactory == microfactory


async def the_state(request: Request) -> AppState:
    # Async, so that no request takes a thread for it.
    return cast(AppState, request.app.state.ubora)


TheState = Annotated[AppState, Depends(the_state)]


def who_asks(
    request: Request,
    state: TheState,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
) -> Principal:
    """The holder of the token, or who logged in. Where both are sent, the token alone counts.

    Raises:
        Problem: 401, there is none, or it is unknown, revoked or over; 403, a session's request that changes
            something came without its CSRF token.
    """
    secret = None if given is not None else session_secret(request, state)
    now = state.ledger.clock()
    with state.ledger.read() as session:
        if given is not None:
            principal = _of_bearer(session, given.credentials)
        else:
            principal = None if secret is None else _of_session(state, session, secret, now)
    if principal is None:
        detail = "expected `Authorization: Bearer ub_…` with a token that is not revoked, or a log-in"
        # A browser whose session ended elsewhere, as by a log-out on another machine, forgets too.
        forgotten = {} if secret is None else FORGOTTEN_BY_THE_BROWSER
        headers = {"WWW-Authenticate": "Bearer", **forgotten}
        raise Problem(401, "no-token", "Who is asking?", detail, headers=headers)
    who, last_used_at = principal
    if secret is not None and request.method not in _SAFE:
        _check_csrf(request, secret)
    unattended = request.scope["route"].path in _UNATTENDED
    if not unattended and (last_used_at is None or not is_within(last_used_at, USE_NOTED, now)):
        _note_use(state, who.token, now)
    return who


Anyone = Annotated[Principal, Depends(who_asks)]


def _only(*roles: Role) -> Callable[[Principal], Awaitable[Principal]]:
    async def check(who: Anyone) -> Principal:
        if who.role not in roles:
            detail = f"this is for {' and '.join(roles)}; the token is of role {who.role}"
            raise Problem(403, "not-your-role", "Not for this role", detail)
        return who

    return check


Sender = Annotated[Principal, Depends(_only("artisan", "reviewer", "admin"))]
Staff = Annotated[Principal, Depends(_only("reviewer", "engineer", "admin"))]
Reviewer = Annotated[Principal, Depends(_only("reviewer", "admin"))]
DesignKeeper = Annotated[Principal, Depends(_only("engineer", "admin"))]
Admin = Annotated[Principal, Depends(_only("admin"))]


class Me(Wire):
    role: Role
    microfactory: str | None
    label: str
    zone: str
    """Whose days numbers are of, as Africa/Nairobi."""


@router.get("/v1/me", responses=problems(401))
def read_me(state: TheState, who: Anyone) -> Me:
    zone = str(state.ledger.days().zone)
    return Me(role=who.role, microfactory=who.microfactory, label=who.label, zone=zone)


# Secrets


def new_secret(kind: str) -> str:
    """`ub` is a token that is sent as a header, `us` one that a browser keeps as a cookie."""
    return f"{kind}_{secrets.token_urlsafe(32)}"


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def csrf_of(secret: str) -> str:
    """What a page of ours must send beside the cookie: known to who knows the cookie, and not kept."""
    return hmac.new(secret.encode("utf-8", "surrogateescape"), b"csrf", "sha256").hexdigest()


# The cookie


def cookie_is_secure(request: Request, state: AppState) -> bool:
    """Only on plain http to this very machine may a cookie go unencrypted."""
    if state.settings.is_https():
        return True
    here = request.url.hostname in {"localhost", "127.0.0.1", "::1"}
    return not (request.url.scheme == "http" and here)


def cookie_name(secure: bool) -> str:
    # A browser takes a __Host- cookie from this host alone, over https, for every path: none can be planted.
    return "__Host-ubora" if secure else "ubora"


def session_secret(request: Request, state: AppState) -> str | None:
    return request.cookies.get(cookie_name(cookie_is_secure(request, state)))


def _check_csrf(request: Request, secret: str) -> None:
    sent = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(sent.encode(), csrf_of(secret).encode()):
        detail = f"expected the header {CSRF_HEADER} with the `csrf` of GET /v1/session"
        raise Problem(403, "csrf", "Not asked by our own page", detail)


# What the ledger knows of them


def _of_bearer(session: Session, secret: str) -> tuple[Principal, datetime | None] | None:
    # A cookie's secret is no bearer token: it would be one that needs no CSRF token.
    no_session = ~exists().where(StaffSession.token == Token.id)
    row = session.scalar(
        select(Token).where(Token.sha256 == digest(secret), Token.revoked_at.is_(None), no_session)
    )
    if row is None:
        return None
    return Principal(row.id, cast(Role, row.role), row.microfactory, row.label), row.last_used_at


def _of_session(
    state: AppState, session: Session, secret: str, now: datetime
) -> tuple[Principal, datetime | None] | None:
    """Role and name are those of the person now, not those at log-in."""
    session_row = session.execute(
        select(Token, StaffRow, StaffSession.expires_at)
        .join(StaffSession, StaffSession.token == Token.id)
        .join(StaffRow, StaffRow.id == StaffSession.staff)
        .where(
            Token.sha256 == digest(secret),
            Token.revoked_at.is_(None),
            StaffRow.disabled_at.is_(None),
        )
    ).one_or_none()
    if session_row is None:
        return None
    row: Token
    person: StaffRow
    row, person, expires_at = session_row
    used_at = state.uses_not_noted.get(row.id) or row.last_used_at or row.created_at
    if not (is_within(expires_at - LASTS, LASTS, now) and is_within(used_at, IDLE, now)):
        return None
    return Principal(row.id, cast(Role, person.role), None, person.name, person.id), row.last_used_at


def _note_use(state: AppState, token: str, now: datetime) -> None:
    """Now or with the next request: a reader waits for no writer, nor is refused because a disk is full."""
    try:
        with state.ledger.write(patience_ms=0) as session:
            session.execute(update(Token).where(Token.id == token).values(last_used_at=now))
    except LedgerBusyError:
        state.uses_not_noted[token] = now
    except LedgerError as error:
        state.uses_not_noted[token] = now
        log_event("use-not-noted", fault=error.fault)
    else:
        state.uses_not_noted.pop(token, None)
