"""What of the queue is meant, in its order, a page at a time; how much waits; and what changed.

rows = waiting_rows(session, matching(filters, at), after=place, limit=50)

Waiting appeals first, then the lot that waits longest, within it the oldest piece. Places do not change while
pages are read but for what is contested meanwhile, so no piece comes twice and none is left out.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select, tuple_
from sqlalchemy.orm import Session

from ubora.service.http.schemas import bad_cursor, read_cursor, write_cursor
from ubora.service.ledger.tables import Deletion, Inspection, Waiting, WaitingDefect
from ubora.service.ledger.waiting import KINDS, folded, held
from ubora.service.queue.sight import Sight
from ubora.service.queue.wire import Filters, QueueCounts, kinds_of

ORDER = (Waiting.place, Waiting.lot_since, Waiting.number)
Place = tuple[int, int, int]
Changed = tuple[int, str]
"""(change, inspection)"""
_ALL_KINDS = range(1, 2 ** len(KINDS))


def matching(filters: Filters, at: datetime) -> list[ColumnElement[bool]]:
    """
    Args:
        at: by the wall clock, for the age.
    """
    conditions: list[ColumnElement[bool]] = []
    for name in ("microfactory", "design", "lot"):
        value = getattr(filters, name)
        if value is not None:
            conditions.append(getattr(Waiting, name) == value)
    if filters.code is not None:
        begins = [
            column.startswith(folded(filters.code), autoescape=True)
            for column in (Waiting.piece_sought, Waiting.lot_sought)
        ]
        conditions.append(or_(*begins))
    if filters.kind:
        bits = sum({KINDS[kind] for kind in filters.kind})
        conditions.append(Waiting.kinds.in_([kinds for kinds in _ALL_KINDS if kinds & bits]))
    if filters.reason:
        conditions.append(or_(*(_reason(name) for name in filters.reason)))
    if filters.defect is not None:
        # Found once by its index, however few there are, and not asked for of each piece.
        of_class = select(WaitingDefect.inspection).where(WaitingDefect.defect == filters.defect)
        conditions.append(Waiting.inspection.in_(of_class))
    if filters.least_score is not None:
        conditions.append(Waiting.score >= filters.least_score)
    if filters.older_hours is not None:
        conditions.append(Waiting.received_at <= _before(at, filters.older_hours))
    return conditions


def waiting_rows(
    session: Session, wanted: Sequence[ColumnElement[bool]], *, after: Place | None, limit: int
) -> Sequence[Waiting]:
    """In their order, `limit` at most, behind that place."""
    query = select(Waiting).where(*wanted).order_by(*ORDER).limit(limit)
    if after is not None:
        query = query.where(tuple_(*ORDER) > tuple_(*after))
    return session.scalars(query).all()


def inspections_of(session: Session, rows: Sequence[Waiting]) -> list[tuple[Waiting, Inspection]]:
    """Each with its inspection, in one question for all of them."""
    names = [row.inspection for row in rows]
    by_id = {row.id: row for row in session.scalars(select(Inspection).where(Inspection.id.in_(names)))}
    # One that was deleted between the two questions is not shown.
    return [(row, by_id[row.inspection]) for row in rows if row.inspection in by_id]


def counted(
    session: Session,
    of_filters: Sequence[ColumnElement[bool]],
    sight: Sight,
    lease: timedelta,
    at: datetime,
) -> QueueCounts:
    """How much waits by these filters, of what she sees."""
    wanted = [*of_filters, *sight.visible]
    if of_filters:
        by_kind = _by_kinds(session, wanted)
    else:
        # All of them along an index, without the few that she does not see: what waits may be very much.
        by_kind = _by_kinds(session, [])
        by_kind.subtract(_by_kinds(session, [sight.few, not_(and_(*sight.visible))]))
    open_now = session.scalar(select(func.count()).select_from(Waiting).where(held(lease, at), *wanted))
    kinds = dict.fromkeys(kinds_of(max(_ALL_KINDS)), 0)
    for bits, count in by_kind.items():
        for kind in kinds_of(bits):
            kinds[kind] += count
    return QueueCounts(waiting=by_kind.total(), held=open_now or 0, kinds=kinds)


def _by_kinds(session: Session, wanted: Sequence[ColumnElement[bool]]) -> Counter[int]:
    rows = session.execute(select(Waiting.kinds, func.count()).where(*wanted).group_by(Waiting.kinds))
    return Counter(dict(rows.all()))


def changed_rows(
    session: Session, after: int, until: int, limit: int, *wanted: ColumnElement[bool]
) -> Sequence[Waiting]:
    """What waits and changed in between, the oldest change first."""
    query = select(Waiting).where(Waiting.change > after, Waiting.change <= until, *wanted)
    return session.scalars(query.order_by(Waiting.change).limit(limit)).all()


def gone_since(session: Session, after: int, until: int, limit: int) -> list[Changed]:
    """What does not wait, of all that changed or was deleted in between, the oldest change first.

    What passed and was not touched since never waited; a photo that is to be taken again waits for no one.
    """
    waits = exists().where(Waiting.inspection == Inspection.id)
    left = select(Inspection.change, Inspection.id).where(
        Inspection.change > after,
        Inspection.change <= until,
        Inspection.change != Inspection.number,
        Inspection.status != "retake",
        ~waits,
    )
    deleted = select(Deletion.change, Deletion.name).where(
        Deletion.kind == "inspection", Deletion.change > after, Deletion.change <= until
    )
    rows = [
        (change, name)
        for query, column in ((left, Inspection.change), (deleted, Deletion.change))
        for change, name in session.execute(query.order_by(column).limit(limit))
    ]
    return sorted(rows)[:limit]


def place_of(row: Waiting) -> str:
    """As a cursor."""
    return write_cursor(str(row.place), str(row.lot_since), str(row.number))


def place_after(cursor: str) -> Place:
    """
    Raises:
        Problem: 422, the cursor was not made by this service.
    """
    parts = read_cursor(cursor, 3)
    if not all(part.isascii() and part.isdigit() and len(part) <= 18 for part in parts):
        raise bad_cursor()
    place, lot_since, number = (int(part) for part in parts)
    return place, lot_since, number


def _reason(name: str) -> ColumnElement[bool]:
    if name == "design":
        return Waiting.design_in_doubt.is_(True)
    if name == "variance":
        return Waiting.variance_in_range.is_(False)
    return exists().where(WaitingDefect.inspection == Waiting.inspection)


def _before(at: datetime, hours: float) -> datetime:
    try:
        return at - timedelta(hours=hours)
    except OverflowError:
        # Before all calendars: nothing is so old.
        return datetime.min.replace(tzinfo=at.tzinfo)
