"""Any piece found again: by its code, lot, workshop, design, state or date, whatever was decided on it.

rows = find_pieces(session, Wanted(code="12", lot="PO-48"), after=None, limit=50)

Each piece is there once, as the inspection that counts: its last one that is no retake, or its last retake
where there is nothing else. Newest first; by code where one is asked for. Either way a page goes along an
index, and begins where the last one ended.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, and_, exists, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from ubora.service.ledger.tables import Inspection, PieceState
from ubora.service.ledger.waiting import folded

LAST = "\U0010ffff"
"""After every code that begins alike."""
COLUMNS = (
    Inspection.id,
    Inspection.number,
    Inspection.microfactory,
    Inspection.design,
    Inspection.design_unknown,
    Inspection.lot,
    Inspection.piece,
    Inspection.piece_sought,
    Inspection.received_at,
    Inspection.status,
    Inspection.release,
)
Place = tuple[str, int]
"""(code as it is sought, number) of the last row of a page; the code is empty in a list by time."""


@dataclass(frozen=True)
class Wanted:
    """What is looked for; None is any."""

    code: str | None = None
    """The beginning of a piece's code, small or capital letters alike."""
    lot: str | None = None
    """Small or capital letters alike."""
    microfactory: str | None = None
    design: str | None = None
    order: str | None = None
    """A lot by its id, as that is written."""
    status: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Received from `since` on and before `until`."""

    @property
    def by_code(self) -> bool:
        return bool(self.code)


def find_pieces(
    session: Session,
    wanted: Wanted,
    *,
    after: Place | None,
    limit: int,
    veiled: Select[str] | None = None,
    shown: Mapping[str, str] | None = None,
) -> Sequence[Row[tuple]]:  # type: ignore[type-arg]
    """Rows of COLUMNS, `limit` at most, behind that place.

    Args:
        veiled: what is found as if it waited, whatever was decided; None: nothing is.
        shown: inspections that are found by another status than their own.
    """
    query = select(*COLUMNS).where(counts(Inspection), *matching(session, wanted)).limit(limit)
    if wanted.status is not None:
        query = query.where(_of_status(wanted.status, veiled, shown or {}))
    return session.execute(_in_order(query, wanted, after)).all()


def _of_status(status: str, veiled: Select[str] | None, shown: Mapping[str, str]) -> ColumnElement[bool]:
    """By the status that whoever asks is shown."""
    real = and_(Inspection.status == status, Inspection.id.not_in(list(shown)))
    alike = [Inspection.id.in_([name for name, one in shown.items() if one == status])] if shown else []
    if veiled is None:
        return or_(real, *alike)
    if status == "pending":
        return or_(real, Inspection.id.in_(veiled), *alike)
    return or_(and_(real, Inspection.id.not_in(veiled)), *alike)


def counts(row: type[Inspection]) -> ColumnElement[bool]:
    """Whether an inspection is the one that counts of its piece."""
    other = aliased(Inspection)
    later = exists().where(
        other.piece_key == row.piece_key, or_(other.status != "retake", other.number > row.number)
    )
    return or_(stands(row), and_(row.status == "retake", ~later))


def stands(row: type[Inspection]) -> ColumnElement[bool]:
    """Whether it is the last of its piece that is no retake, as the counts have it."""
    return exists().where(PieceState.inspection == row.id)


def matching(session: Session, wanted: Wanted) -> list[ColumnElement[bool]]:
    """What holds of every inspection that is wanted, whether it counts or not."""
    conditions: list[ColumnElement[bool]] = []
    for name in ("microfactory", "design"):
        value = getattr(wanted, name)
        if value is not None:
            conditions.append(getattr(Inspection, name) == value)
    if wanted.order:
        conditions.append(Inspection.lot == wanted.order)
    if wanted.lot:
        conditions.append(Inspection.lot_sought == folded(wanted.lot))
    if wanted.code:
        begin = folded(wanted.code)
        conditions += [Inspection.piece_sought >= begin, Inspection.piece_sought < begin + LAST]
    if wanted.since is not None:
        conditions.append(Inspection.received_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(Inspection.received_at < wanted.until)
    return [*conditions, *_numbers_of(session, wanted)]


def _numbers_of(session: Session, wanted: Wanted) -> list[ColumnElement[bool]]:
    """The same days as numbers, so that an old day is not reached through all that came since.

    Times do not go back but where a clock was wrong by days; then the days themselves still hold.
    """
    bounds: list[ColumnElement[bool]] = []
    at = Inspection.received_at
    if wanted.until is not None:
        last = (
            select(Inspection.number).where(at < wanted.until).order_by(at.desc(), Inspection.number.desc())
        )
        number = session.scalar(last.limit(1))
        bounds.append(Inspection.number <= (-1 if number is None else number))
    if wanted.since is not None:
        first = select(Inspection.number).where(at >= wanted.since).order_by(at, Inspection.number)
        number = session.scalar(first.limit(1))
        if number is not None:
            bounds.append(Inspection.number >= number)
    return bounds


def _in_order(query: Select, wanted: Wanted, after: Place | None) -> Select:  # type: ignore[type-arg]
    if not wanted.by_code:
        if after is not None:
            query = query.where(Inspection.number < after[1])
        return query.order_by(Inspection.number.desc())
    order = (Inspection.piece_sought, Inspection.number)
    if after is not None:
        query = query.where(tuple_(*order) > tuple_(*after))
    return query.order_by(*order)
