"""Her own pieces on which a person confirmed a defect, each with the photo that shows it and where.

examples_of(session, row, veiled)      # the newest first, up to when the workshop was told
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.service.corrective.wire import Example
from ubora.service.ledger.counted import BY_PEOPLE, defects_of
from ubora.service.ledger.tables import CorrectiveAction, Design, Inspection, Photo

MOST = 3
LOOKED_AT = 200
"""Inspections that people decided, the newest first, among which they are sought."""


def examples_of(session: Session, action: CorrectiveAction, kept_from: frozenset[str]) -> list[Example]:
    """
    Args:
        kept_from: inspections that whoever asks is not to see as they are decided.
    """
    until = action.told if action.told is not None else action.change
    query = (
        select(Inspection)
        .where(
            Inspection.microfactory == action.microfactory,
            Inspection.status.in_(BY_PEOPLE),
            Inspection.number < until,
        )
        .order_by(Inspection.number.desc())
        .limit(LOOKED_AT)
        .execution_options(yield_per=20)
    )
    examples: list[Inspection] = []
    # Closed when enough is found: a cursor of the server is not left open.
    with session.execute(query) as result:
        for row in result.scalars():
            if row.id not in kept_from and action.defect in _classes(row):
                examples.append(row)
            if len(examples) == MOST:
                break
    # The piece that it was opened from stands first.
    examples.sort(key=lambda row: row.id != action.inspection)
    designs = select(Design.id, Design.material).where(Design.id.in_({row.design for row in examples}))
    materials = {row[0]: row[1] for row in session.execute(designs)}
    return [_example(row, action.defect, materials[row.design]) for row in examples]


def _classes(row: Inspection) -> frozenset[str]:
    return defects_of(row.status, row.verdict, _corrected(row), (photo.defects for photo in row.photos))


def _corrected(row: Inspection) -> list[dict[str, Any]] | None:
    return row.reviews[-1].defects if row.reviews else None


def _example(row: Inspection, defect: str, material: str) -> Example:
    marks = {photo.index: _marks(row, photo, defect) for photo in row.photos}
    # One with a mark rather than one without, one that is kept rather than one that is gone.
    shown = min(row.photos, key=lambda one: (one.removed_at is not None, not marks[one.index], one.index))
    gone = shown.removed_at is not None
    return Example(
        inspection=row.id,
        design=row.design,
        material=material,
        received_at=row.received_at,
        photo_url=None if gone else f"/v1/inspections/{row.id}/photos/{shown.index}",
        width=shown.width,
        height=shown.height,
        marks=marks[shown.index],
    )


def _marks(row: Inspection, photo: Photo, defect: str) -> list[list[float]]:
    """Where a person left it; else where the machine found it."""
    corrected = _corrected(row)
    named: list[Mapping[str, Any]] = list(photo.defects)
    if corrected is not None:
        named = [one for one in corrected if one.get("photo", 0) == photo.index]
    return [list(map(float, one["box"])) for one in named if one["defect"] == defect and one.get("box")]
