"""Confirmed marks of a design's pieces, as places on the piece: what a heat picture and its table are made
of.

    found = read_marks(session, "bangle-mara", "front", window)
    ninth_of(found.marks[0])          # 4, the middle

A mark counts where a person left it on a decided piece: corrected by her, or found by the machine and sent
back as it was. Its box is told as parts of the box around its piece, so that pieces at any size in the
photo lie over each other. Turned or mirrored pieces are not turned back, and a bent one is not
straightened: a place is known to about a ninth of the piece, no finer. Of photos of before boxes were kept,
the photo itself stands for the piece.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.service.ledger.counted import BY_PEOPLE, PASSED
from ubora.service.ledger.tables import Inspection, Photo, PieceState
from ubora.service.numbers.window import Window

Box = tuple[float, float, float, float]
"""Left, top, width, height."""


@dataclass(frozen=True)
class PlacedMark:
    defect: str
    box: Box
    """As parts of the box around the piece; a little outside 0–1 where the mark crosses it."""
    by_piece: bool
    """False: only where it lies in the photo is known."""


@dataclass(frozen=True)
class Marks:
    pieces: int
    """With any mark."""
    marks: list[PlacedMark]
    unplaced: int
    """Defects of which nobody drew where they are."""


def read_marks(session: Session, design: str, view: str, window: Window) -> Marks:
    """Of the pieces of these days, on photos of one view."""
    since, until = window.moments(session)
    rows = session.scalars(
        select(Inspection)
        .join(PieceState, PieceState.inspection == Inspection.id)
        .where(
            Inspection.design == design,
            Inspection.status.in_(BY_PEOPLE),
            Inspection.received_at >= since,
            Inspection.received_at < until,
        )
        .execution_options(yield_per=500)
    )
    marks: list[PlacedMark] = []
    pieces, unplaced = 0, 0
    for row in rows:
        marked = [(photo, defect) for photo, defect in _confirmed(row) if photo.view == view]
        placed = [_placed(photo, defect) for photo, defect in marked]
        pieces += bool(marked)
        marks += [one for one in placed if one is not None]
        unplaced += placed.count(None)
    return Marks(pieces, marks, unplaced)


def ninth_of(mark: PlacedMark) -> int:
    """In which ninth of the piece its middle lies: 0 upper left, 4 the middle, 8 lower right."""
    left, top, width, height = mark.box
    column, row = (min(2, max(0, int(3 * at))) for at in (left + width / 2, top + height / 2))
    return 3 * row + column


def part_of(box: Sequence[float], whole: Sequence[float]) -> Box:
    """A box as parts of another, both in pixels."""
    x, y, width, height = box
    left, top, wide, high = whole
    return (x - left) / wide, (y - top) / high, width / wide, height / high


def _confirmed(row: Inspection) -> Iterator[tuple[Photo, Mapping[str, Any]]]:
    review = row.reviews[-1] if row.reviews else None
    if review is not None and review.defects is not None:
        photos = {photo.index: photo for photo in row.photos}
        for defect in review.defects:
            photo = photos.get(int(defect.get("photo") or 0))
            if photo is not None:
                yield photo, defect
    elif row.status not in PASSED:
        for photo in row.photos:
            for defect in photo.defects:
                yield photo, defect


def _placed(photo: Photo, defect: Mapping[str, Any]) -> PlacedMark | None:
    box = defect.get("box")
    if not box:
        return None
    whole = photo.place or [0, 0, photo.width, photo.height]
    return PlacedMark(str(defect["defect"]), part_of(box, whole), photo.place is not None)
