"""Somebody has a piece open and is about to decide it: nobody else does so without being told.

check_not_held(session, state, row.id, who, anyway=body.anyway)
"""

from datetime import timedelta

from sqlalchemy.orm import Session

from ubora.service.auth.access import Principal
from ubora.service.http.errors import Problem
from ubora.service.ledger.clock import wall
from ubora.service.ledger.tables import Waiting
from ubora.service.ledger.waiting import is_held
from ubora.service.state import AppState


def holder_of(who: Principal) -> str:
    """A person holds by her id, wherever she is logged in; a program by its token's."""
    return who.staff or who.token


def lease_of(state: AppState) -> timedelta:
    """For how long a piece is held."""
    return timedelta(minutes=state.settings.claim_minutes)


def check_not_held(
    session: Session, state: AppState, inspection: str, who: Principal, *, anyway: bool
) -> None:
    """
    Args:
        anyway: she was told.

    Raises:
        Problem: 409, somebody else holds it.
    """
    row = session.get(Waiting, inspection)
    if row is None or row.holder == holder_of(who) or not is_held(row, lease_of(state), wall(session)):
        return
    if not anyway:
        raise held_by_another(row, lease_of(state), "to decide all the same, say `anyway`")


def held_by_another(row: Waiting, lease: timedelta, then: str) -> Problem:
    """409 with `held_by` and `until`; `row` is held.

    Args:
        then: what may be done about it.
    """
    assert row.held_since is not None
    until = row.held_since + lease
    detail = f"{row.held_by} has it open until {until:%Y-%m-%d %H:%M} UTC; {then}"
    members = {"held_by": row.held_by, "until": until.isoformat().replace("+00:00", "Z")}
    return Problem(409, "held", "Somebody else has it open", detail, members=members)
