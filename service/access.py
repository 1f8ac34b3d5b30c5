"""Who asks, and what they may: bearer tokens, roles, and an artisan's own workshop only.

Tokens are 32 random bytes, shown once and kept as SHA-256: 256 random bits need no slow hash.
"""

import hashlib
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import model_validator
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.errors import Problem, not_found, problems
from service.house import House
from service.schemas import Code, Name, UtcMoment, Wire
from service.tables import Microfactory, Token

Role = Literal["artisan", "reviewer", "engineer", "admin"]
router = APIRouter(tags=["access"])
_BEARER = HTTPBearer(auto_error=False, description="`ub_…`, from POST /v1/tokens")


@dataclass(frozen=True)
class Principal:
    token: str
    """The token's id, never the token."""
    role: Role
    microfactory: str | None
    label: str

    def may_see(self, microfactory: str) -> bool:
        return self.role != "artisan" or self.microfactory == microfactory


def the_house(request: Request) -> House:
    return cast(House, request.app.state.house)


TheHouse = Annotated[House, Depends(the_house)]


def who_asks(
    house: TheHouse, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> Principal:
    """The holder of the token.

    Raises:
        Problem: 401, there is none, or it is unknown or revoked.
    """
    if given is not None:
        with house.ledger.read() as session:
            row = _active_token(session, given.credentials)
        if row is not None:
            return Principal(row.id, cast(Role, row.role), row.microfactory, row.label)
    detail = "expected `Authorization: Bearer ub_…` with a token that is not revoked"
    raise Problem(401, "no-token", "Who is asking?", detail, headers={"WWW-Authenticate": "Bearer"})


Anyone = Annotated[Principal, Depends(who_asks)]


def _only(*roles: Role) -> Callable[[Principal], Principal]:
    def check(who: Anyone) -> Principal:
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


class NewToken(Wire):
    role: Role
    microfactory: Code | None = None
    label: Name

    @model_validator(mode="after")
    def _artisan_has_a_workshop(self) -> "NewToken":
        if (self.role == "artisan") != (self.microfactory is not None):
            raise ValueError("an artisan has a microfactory, and nobody else has one")
        return self


class TokenShownOnce(Wire):
    id: str
    token: str


class TokenRow(Wire):
    id: str
    role: Role
    microfactory: str | None
    label: str
    created_at: UtcMoment
    revoked_at: UtcMoment | None


class TokenList(Wire):
    items: list[TokenRow]


class Me(Wire):
    role: Role
    microfactory: str | None
    label: str


@router.get("/v1/me", responses=problems(401))
def read_me(who: Anyone) -> Me:
    return Me(role=who.role, microfactory=who.microfactory, label=who.label)


@router.post("/v1/tokens", status_code=201, responses=problems(401, 403, 404, 422))
def create_token(house: TheHouse, _who: Admin, wanted: NewToken) -> TokenShownOnce:
    with house.ledger.write() as session:
        if wanted.microfactory and session.get(Microfactory, wanted.microfactory) is None:
            raise not_found(f"microfactory {wanted.microfactory}")
        return add_token(session, wanted.role, wanted.microfactory, wanted.label)


@router.get("/v1/tokens", responses=problems(401, 403))
def list_tokens(house: TheHouse, _who: Admin) -> TokenList:
    with house.ledger.read() as session:
        rows = session.scalars(select(Token).order_by(Token.created_at, Token.id)).all()
    items = [
        TokenRow(
            id=row.id,
            role=cast(Role, row.role),
            microfactory=row.microfactory,
            label=row.label,
            created_at=row.created_at,
            revoked_at=row.revoked_at,
        )
        for row in rows
    ]
    return TokenList(items=items)


@router.delete("/v1/tokens/{token_id}", status_code=204, responses=problems(401, 403, 404, 422))
def revoke_token(house: TheHouse, _who: Admin, token_id: str) -> None:
    with house.ledger.write() as session:
        row = session.get(Token, token_id)
        if row is None:
            raise not_found("token")
        row.revoked_at = row.revoked_at or datetime.now(UTC)


def add_token(session: Session, role: Role, microfactory: str | None, label: str) -> TokenShownOnce:
    """A new token; this is the only time that it is seen."""
    token = "ub_" + secrets.token_urlsafe(32)
    row = Token(
        id=str(uuid.uuid4()),
        sha256=_digest(token),
        role=role,
        microfactory=microfactory,
        label=label,
        created_at=datetime.now(UTC),
    )
    session.add(row)
    return TokenShownOnce(id=row.id, token=token)


def has_tokens(session: Session) -> bool:
    return bool(session.scalar(select(func.count()).select_from(Token)))


def _active_token(session: Session, token: str) -> Token | None:
    return session.scalar(select(Token).where(Token.sha256 == _digest(token), Token.revoked_at.is_(None)))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
