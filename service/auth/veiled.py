"""Which pieces are veiled from whom: those that wait for a second person, from all who decide but the first.

found = session.scalars(veiled_from(session, who))
refuse_veiled(session, who, inspection)              # what would tell her what was said of it
"""

from datetime import timedelta

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from ubora.service.auth.access import Principal
from ubora.service.auth.deciders import person_of
from ubora.service.http.errors import Problem
from ubora.service.ledger.clock import wall
from ubora.service.ledger.tables import KnownDeal, SecondDraw, Waiting
from ubora.service.ledger.waiting import is_of

_DECIDE = ("reviewer", "admin")
SHOWN_AS_DECIDED = timedelta(hours=12)
"""A working day: then the piece is shown as it is, for nobody should answer a workshop by it."""
Ids = Select[str]


def veiled_from(session: Session, who: Principal) -> Ids | None:
    """The ids of what is veiled from her; None where nothing ever is."""
    if who.role not in _DECIDE:
        return None
    return (
        select(SecondDraw.inspection)
        .join(Waiting, Waiting.inspection == SecondDraw.inspection)
        .where(SecondDraw.outcome == "waiting", SecondDraw.person != person_of(session, who), is_of("second"))
    )


def is_veiled(session: Session, who: Principal, inspection: str) -> bool:
    veiled = veiled_from(session, who)
    if veiled is None:
        return False
    return session.scalar(veiled.where(SecondDraw.inspection == inspection)) is not None


def may_be_dealt(who: Principal) -> bool:
    """Whoever could read which pieces are known is dealt none."""
    return who.role == "reviewer"


def dealt_to(session: Session, who: Principal) -> dict[str, KnownDeal]:
    """Of known pieces: inspection → the deal by which she sees it as if it waited, or as she decided it."""
    if not may_be_dealt(who):
        return {}
    since = wall(session) - SHOWN_AS_DECIDED
    closed = and_(KnownDeal.outcome.in_(("answered", "unsure")), KnownDeal.closed_at > since)
    mine = KnownDeal.person == person_of(session, who)
    deals = session.scalars(select(KnownDeal).where(mine, or_(KnownDeal.outcome == "open", closed)))
    return {deal.inspection: deal for deal in deals}


def refuse_veiled(session: Session, who: Principal, inspection: str) -> None:
    """
    Raises:
        Problem: 409, she would be told what is kept from her.
    """
    if is_veiled(session, who, inspection):
        detail = "it waits for a second person, who sees its photos alone; what was said is shown afterwards"
        raise Problem(409, "veiled", "Not shown yet", detail)
