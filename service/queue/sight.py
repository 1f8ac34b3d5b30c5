"""What of the queue somebody sees: not the second reading of her own decision, nor what would tell of it.

wanted = [*matching(asked, at), *visible_to(session, who, asked)]
gone = hidden_of(session, who, rows)      # what waits, and for her does not
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select, union
from sqlalchemy.orm import Session

from ubora.service.auth.access import Principal
from ubora.service.auth.deciders import person_of
from ubora.service.auth.veiled import may_be_dealt
from ubora.service.ledger.tables import Barred, KnownDeal, Waiting
from ubora.service.ledger.waiting import is_of
from ubora.service.queue.wire import Filters


@dataclass(frozen=True)
class Sight:
    """What somebody sees of the queue."""

    visible: list[ColumnElement[bool]]
    few: ColumnElement[bool]
    """Of the few rows among which all lie that she does not see; found by indexes."""


def sight_of(session: Session, who: Principal, asked: Filters | None = None) -> Sight:
    """As `visible_to`, and where to look for what is not."""
    barred = select(Barred.inspection).where(Barred.person == person_of(session, who))
    # Greater than nothing: an index finds those that are not null.
    dealt = select(Waiting.inspection).where(Waiting.only > "")
    few = Waiting.inspection.in_(union(barred, dealt))
    return Sight(visible_to(session, who, asked), few)


def visible_to(session: Session, who: Principal, asked: Filters | None = None) -> list[ColumnElement[bool]]:
    """
    Args:
        asked: what is veiled from her is not found by what the machine said of it.
    """
    conditions = [not_dealt_to_others(session, who)]
    if who.role == "engineer":
        return conditions
    hers = select(Barred.inspection).where(Barred.person == person_of(session, who))
    conditions.append(~and_(is_of("second"), Waiting.inspection.in_(hers)))
    if asked is not None and (asked.reason or asked.defect is not None or asked.least_score is not None):
        conditions.append(~is_of("second"))
    return conditions


def not_dealt_to_others(session: Session, who: Principal) -> ColumnElement[bool]:
    """A known piece waits for her alone to whom it was dealt; for all others it never did."""
    waits = Waiting.only.is_(None)
    return or_(waits, Waiting.only == person_of(session, who)) if may_be_dealt(who) else waits


def hidden_of(session: Session, who: Principal, rows: Sequence[Waiting]) -> set[str]:
    """The inspections that she does not see, of these."""
    return {row.inspection for row in rows} - among(session, rows, visible_to(session, who))


def among(session: Session, rows: Sequence[Waiting], wanted: Sequence[ColumnElement[bool]]) -> set[str]:
    """The inspections of these rows of which all that is wanted holds."""
    names = [row.inspection for row in rows]
    return set(session.scalars(select(Waiting.inspection).where(Waiting.inspection.in_(names), *wanted)))


def dealt_since(
    session: Session, who: Principal, after: int, until: int, limit: int
) -> list[tuple[int, str]]:
    """Known pieces that were shown to her as if they waited, and are not any more: (change, inspection)."""
    if not may_be_dealt(who):
        return []
    closed = select(KnownDeal.change, KnownDeal.inspection).where(
        KnownDeal.person == person_of(session, who),
        KnownDeal.outcome != "open",
        KnownDeal.change > after,
        KnownDeal.change <= until,
    )
    rows = session.execute(closed.order_by(KnownDeal.change).limit(limit)).all()
    return [(change, name) for change, name in rows]
