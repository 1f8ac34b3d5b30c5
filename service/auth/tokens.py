"""Bearer tokens, of phones and of programs: made, listed with their last use, and revoked at once."""

import uuid
from typing import Annotated, cast

from fastapi import APIRouter, Query
from pydantic import model_validator
from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from ubora.service.auth.access import Admin, Principal, Reviewer, Role, TheState, digest, new_secret
from ubora.service.auth.audit import record
from ubora.service.http.errors import Problem, not_found, problems
from ubora.service.http.schemas import Code, Name, UtcMoment, Wire
from ubora.service.ledger.clock import now
from ubora.service.ledger.tables import Microfactory, StaffSession, Token, Waiting
from ubora.service.ledger.waiting import let_go

router = APIRouter(tags=["access"])


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
    last_used_at: UtcMoment | None
    """To the minute."""


class TokenList(Wire):
    items: list[TokenRow]


@router.post("/v1/tokens", status_code=201, responses=problems(401, 403, 404, 409, 422))
def create_token(state: TheState, who: Admin, wanted: NewToken) -> TokenShownOnce:
    """For programs. A phone is enrolled with a code, see POST /v1/enrolments."""
    with state.ledger.write() as session:
        if wanted.microfactory:
            open_microfactory(session, wanted.microfactory)
        made = add_token(session, wanted.role, wanted.microfactory, wanted.label)
        facts = {"role": wanted.role, "microfactory": wanted.microfactory, "label": wanted.label}
        record(session, who, "token-made", made.id, **facts)
    return made


@router.get("/v1/tokens", responses=problems(401, 403, 422))
def list_tokens(
    state: TheState, who: Reviewer, microfactory: Annotated[Code | None, Query()] = None
) -> TokenList:
    """All of them, revoked ones too; a reviewer sees the phones."""
    query = select(Token).where(_is_no_session()).order_by(Token.created_at, Token.id)
    if who.role != "admin":
        query = query.where(Token.role == "artisan")
    if microfactory is not None:
        query = query.where(Token.microfactory == microfactory)
    with state.ledger.read() as session:
        rows = session.scalars(query).all()
    return TokenList(items=[_row(token) for token in rows])


@router.delete("/v1/tokens/{token_id}", status_code=204, responses=problems(401, 403, 404, 422))
def revoke_token(state: TheState, who: Reviewer, token_id: str) -> None:
    """From the next request on it is nobody's. A reviewer revokes phones, an admin any token."""
    with state.ledger.write() as session:
        token = session.scalar(select(Token).where(Token.id == token_id, _is_no_session()))
        if token is None:
            raise not_found("token")
        if who.role != "admin" and token.role != "artisan":
            detail = f"a reviewer revokes the tokens of phones; this one is of role {token.role}"
            raise Problem(403, "not-your-role", "Not for this role", detail)
        if token.revoked_at is None:
            revoke(session, who, token)


def revoke(session: Session, who: Principal, token: Token) -> None:
    """It is nobody's any more."""
    token.revoked_at = now(session)
    let_go(session, Waiting.token == token.id)
    facts = {"role": token.role, "microfactory": token.microfactory, "label": token.label}
    record(session, who, "token-revoked", token.id, **facts)


def open_microfactory(session: Session, microfactory: str) -> Microfactory:
    """A workshop that may have phones.

    Raises:
        Problem: 404, there is none; 409, it is closed.
    """
    # So that nobody closes it before its phone is there, to be revoked with the others.
    row = session.get(Microfactory, microfactory, with_for_update={"read": True})
    if row is None:
        raise not_found(f"microfactory {microfactory}")
    if row.closed_at is not None:
        detail = f"{microfactory} is closed since {row.closed_at:%Y-%m-%d}; open it again first"
        raise Problem(409, "workshop-closed", "The workshop is closed", detail)
    return row


def add_token(session: Session, role: Role, microfactory: str | None, label: str) -> TokenShownOnce:
    """A new token; this is the only time that it is seen."""
    secret = new_secret("ub")
    row = token_row(session, secret, role, microfactory, label)
    session.add(row)
    return TokenShownOnce(id=row.id, token=secret)


def token_row(session: Session, secret: str, role: Role, microfactory: str | None, label: str) -> Token:
    return Token(
        id=str(uuid.uuid4()),
        sha256=digest(secret),
        role=role,
        microfactory=microfactory,
        label=label,
        created_at=now(session),
    )


def has_tokens(session: Session) -> bool:
    return bool(session.scalar(select(func.count()).select_from(Token)))


def _is_no_session() -> ColumnElement[bool]:
    return ~exists().where(StaffSession.token == Token.id)


def _row(token: Token) -> TokenRow:
    return TokenRow(
        id=token.id,
        role=cast(Role, token.role),
        microfactory=token.microfactory,
        label=token.label,
        created_at=token.created_at,
        revoked_at=token.revoked_at,
        last_used_at=token.last_used_at,
    )
