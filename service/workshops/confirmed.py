"""Which classes of defect people confirmed on pieces, also on those that were mended since.

confirmed(session, Inspection.microfactory == "mf-kibera-01")    # piece key → {"dent"}

What counts of a piece is its latest photo: of a piece that was mended that is a clean one. Here each class
stays that a person confirmed on any photo of it, for the question is how it was made.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from ubora.service.ledger.counted import BY_PEOPLE, defects_of
from ubora.service.ledger.tables import Inspection, Photo, Review

SOME = 500
"""Inspections at a time: databases limit the parameters of a statement."""


def confirmed(session: Session, *wanted: ColumnElement[bool]) -> Mapping[str, frozenset[str]]:
    """
    Args:
        wanted: of which inspections.

    Returns:
        piece key → classes; a piece without any is not in it.
    """
    inspections = session.execute(
        select(Inspection.id, Inspection.piece_key, Inspection.status, Inspection.verdict).where(
            Inspection.status.in_(BY_PEOPLE), *wanted
        )
    ).all()
    said: dict[str, list[dict[str, Any]] | None] = {}
    seen = defaultdict(list)
    for start in range(0, len(inspections), SOME):
        ids = [row.id for row in inspections[start : start + SOME]]
        reviews = select(Review.inspection, Review.defects).where(Review.inspection.in_(ids))
        said.update((row[0], row[1]) for row in session.execute(reviews.order_by(Review.number)))
        photos = select(Photo.inspection, Photo.defects).where(Photo.inspection.in_(ids))
        for inspection, defects in session.execute(photos):
            seen[inspection].append(defects)
    found: dict[str, frozenset[str]] = {}
    for name, piece, status, verdict in inspections:
        classes = defects_of(status, verdict, said.get(name), seen[name])
        if classes:
            found[piece] = found.get(piece, frozenset()) | classes
    return found
