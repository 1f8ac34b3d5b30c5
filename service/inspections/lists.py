"""Inspections as they are listed: the newest first, or what changed, in the order in which it did.

rows = list_inspections(session, limit=50, microfactory="mf-kibera-01")
news = list_inspections(session, limit=50, changed_after=known_change(session, change))

Order is by numbers (`clock`), so that a page never repeats or leaves out what was there before it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from ubora.service.inspections.behind import Counted
from ubora.service.ledger.clock import last_number
from ubora.service.ledger.tables import Appeal, Inspection


def list_inspections(
    session: Session,
    *,
    limit: int,
    before: int | None = None,
    changed_after: int | None = None,
    appeal: str | None = None,
    seen_before: bool | None = None,
    counted: Counted | None = None,
    veiled: Select[str] | None = None,
    shown: Mapping[str, str] | None = None,
    **wanted: str | None,
) -> Sequence[Inspection]:
    """Newest first, `limit` at most; with `changed_after` what changed later than that, oldest change first.

    Args:
        before: number of the last one of the page before.
        appeal: outcome of an appeal that it must have.
        seen_before: whether one of its photos was sent for another piece before.
        counted: only those that count of their piece, and of them only some.
        veiled: what is not found by what was said of it, but as if it waited; None: nothing is.
        shown: inspections that are found by another status than their own.
        wanted: microfactory, design, lot, release, verdict, status; None is any.
    """
    query: Select[Inspection] = select(Inspection)
    if counted is not None:
        query = counted.narrow(query)
        if wanted.get("design") is not None:
            # What is of no known design counts for none.
            query = query.where(~Inspection.design_unknown)
        # Whose decision counts, and of what, would tell of what is kept from her.
        query = query.where(Inspection.id.not_in(list(shown or {})))
        if veiled is not None:
            query = query.where(Inspection.id.not_in(veiled))
    status = wanted.pop("status", None)
    said = (status, appeal, seen_before, wanted.get("verdict"))
    if veiled is not None and said != (None,) * 4:
        query = query.where(_found_as_seen(status, said, veiled, shown or {}))
    elif status is not None:
        query = query.where(Inspection.status == status)
    for name, value in wanted.items():
        if value is not None:
            query = query.where(getattr(Inspection, name) == value)
    if appeal is not None:
        query = query.where(Inspection.id.in_(select(Appeal.inspection).where(Appeal.outcome == appeal)))
    if seen_before is not None:
        query = query.where(Inspection.seen_before if seen_before else ~Inspection.seen_before)
    if changed_after is not None:
        query = query.where(Inspection.change > changed_after).order_by(Inspection.change)
    else:
        query = query.order_by(Inspection.number.desc())
    if before is not None:
        query = query.where(Inspection.number < before)
    return session.scalars(query.limit(limit)).all()


def _found_as_seen(
    status: str | None, said: tuple[object, ...], veiled: Select[str], shown: Mapping[str, str]
) -> ColumnElement[bool]:
    """By the status that whoever asks is shown, and never by what is kept from her."""
    others = Inspection.id.not_in(veiled)
    if status is None:
        return others
    alike = [name for name, one in shown.items() if one == status]
    if status == "pending" and said == ("pending", None, None, None):
        pending = select(Inspection.id).where(Inspection.status == status)
        return or_(Inspection.id.in_(pending.union_all(veiled)), Inspection.id.in_(alike))
    real = and_(Inspection.status == status, others, Inspection.id.not_in(list(shown)))
    return or_(real, Inspection.id.in_(alike)) if alike else real


def change_before(session: Session, since: datetime) -> int:
    """The change before the first one that was made at that time or later.

    As apps ask that know no numbers: what was changed by a clock that went behind that time is not left out.
    """
    first = session.scalar(select(func.min(Inspection.change)).where(Inspection.changed_at >= since))
    return last_number(session) if first is None else first - 1


def known_change(session: Session, change: int) -> int:
    """The same; 0 where this ledger never gave that number. Then whoever asks has heard it from a ledger that
    was since put back to an older day, and all of this one may be news."""
    return change if change <= last_number(session) else 0
