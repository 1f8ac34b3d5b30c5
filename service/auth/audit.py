"""The record of who gave whom a right and who took it away, and who changed an order, a design or a workshop;
and which pieces went to a person though their photo was not good enough, and what became of them.

Append-only: no line is changed or removed.

with state.ledger.write() as session:
    record(session, who, "token-revoked", token_id, label="phone 2")   # in the transaction that does it
    record(session, who, "lot-edited", lot_id, **changes(before, after))
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Query
from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.service.auth.access import Admin, Principal, TheState
from ubora.service.http.errors import problems
from ubora.service.http.schemas import Cursor, Limit, UtcMoment, Wire, number_of_cursor, write_cursor
from ubora.service.ledger.clock import now
from ubora.service.ledger.tables import AuditEntry

Action = Literal[
    "token-made",
    "token-revoked",
    "phone-invited",
    "phone-enrolled",
    "staff-added",
    "staff-role",
    "staff-password",
    "staff-disabled",
    "staff-enabled",
    "session-opened",
    "session-closed",
    "sessions-closed",
    "lot-opened",
    "lot-edited",
    "lot-closed",
    "lot-reopened",
    "lot-sampled",
    "lot-decided",
    "lot-shipped",
    "lot-held",
    "lot-checked",
    "design-made",
    "design-edited",
    "design-photos",
    "design-piece-added",
    "design-piece-removed",
    "microfactory-made",
    "microfactory-edited",
    "microfactory-closed",
    "microfactory-opened",
    "release-promoted",
    "release-rolled-back",
    "first-steps-dismissed",
    "retake-to-person",
    "retake-decided",
    "archive-taken",
    "harvest-made",
    "harvest-taken",
    "harvest-deleted",
    "piece-deleted",
    "photo-deleted",
    "voice-deleted",
    "phone-deleted",
    "files-expired",
    "known-marked",
    "known-withdrawn",
]
router = APIRouter(tags=["access"])


class AuditLine(Wire):
    number: int
    at: UtcMoment
    actor: str
    """Who did it, by the name of that day."""
    action: Action
    subject: str
    """The id of the token, phone, person, session, lot, design, workshop or inspection it was done to."""
    facts: dict[str, str]
    """What it is now; what it was before stands beside it as `<name>_was`."""


class AuditList(Wire):
    items: list[AuditLine]
    next_cursor: str | None


@router.get("/v1/audit", responses=problems(401, 403, 422))
def get_audit(
    state: TheState,
    _who: Admin,
    limit: Annotated[Limit, Query()] = 50,
    cursor: Annotated[Cursor | None, Query()] = None,
) -> AuditList:
    """The latest first."""
    query = select(AuditEntry).order_by(AuditEntry.number.desc()).limit(limit + 1)
    if cursor is not None:
        query = query.where(AuditEntry.number < number_of_cursor(cursor))
    with state.ledger.read() as session:
        rows = session.scalars(query).all()
    more = len(rows) > limit
    items = [
        AuditLine(
            number=row.number,
            at=row.at,
            actor=row.actor,
            action=cast(Action, row.action),
            subject=row.subject,
            facts=row.facts,
        )
        for row in rows[:limit]
    ]
    return AuditList(items=items, next_cursor=write_cursor(str(items[-1].number)) if more else None)


def record(
    session: Session, actor: Principal | str, action: Action, subject: str, **facts: str | None
) -> None:
    """Add a line, in the transaction of what it tells of: neither stands without the other.

    Args:
        actor: who asks; or a name, where it is nobody with a token: a phone, the command line.
        facts: what a reader needs to know without looking ids up; None is left out. Never a secret.
    """
    session.add(
        AuditEntry(
            at=now(session),
            actor=actor.label if isinstance(actor, Principal) else actor,
            token=actor.token if isinstance(actor, Principal) else None,
            action=action,
            subject=subject,
            facts={name: fact for name, fact in facts.items() if fact is not None},
        )
    )


def changes(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> dict[str, str]:
    """The facts of an edit: every field that is another now, and what it was as `<field>_was`.

    Args:
        before: None where the thing was made: then all of it.
    """
    if before is None:
        return {name: _written(value) for name, value in after.items()}
    other = [name for name, value in after.items() if before.get(name) != value]
    was = {f"{name}_was": _written(before.get(name)) for name in other}
    return {name: _written(after[name]) for name in other} | was


def _written(value: Any) -> str:
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
