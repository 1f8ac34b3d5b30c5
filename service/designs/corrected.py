"""Pieces that are of another design than the one as which they were sent, as others meet them.

known = known_design(session, key)          # of a piece that is photographed again
query.where(fills_lot())                    # of inspections joined with their lots
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from ubora.service.ledger.tables import Inspection, Lot


@dataclass(frozen=True)
class KnownDesign:
    """Of which design a piece is, as far as anybody said."""

    design: str
    unknown: bool = False


def known_design(session: Session, piece_key: str) -> KnownDesign | None:
    """None of a piece of which nothing came before."""
    query = select(Inspection.design, Inspection.design_unknown).where(Inspection.piece_key == piece_key)
    row = session.execute(query.order_by(Inspection.number.desc()).limit(1)).first()
    return None if row is None else KnownDesign(row.design, row.design_unknown)


def as_sent() -> ColumnElement[bool]:
    """Whether an inspection is of the design as which it was sent."""
    return and_(~Inspection.design_unknown, Inspection.design == Inspection.sent_as)


def fills_lot() -> ColumnElement[bool]:
    """Whether an inspection counts for the lot that it names: not where a person said that it is of another
    design than the lot's. An order that was itself changed keeps what was sent for it."""
    of_lot = and_(~Inspection.design_unknown, Inspection.design == Lot.design)
    return or_(as_sent(), of_lot)


def strays(row: Inspection, lot: Lot) -> bool:
    """The same of one inspection, the other way round."""
    return row.is_other_design and (row.design_unknown or row.design != lot.design)
