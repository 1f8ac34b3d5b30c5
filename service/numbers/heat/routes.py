"""Where on a design defects lie, over HTTP: counts by ninths, and a picture over its approved sample.

GET /v1/designs/{id}/defect-places?view=front
GET /v1/designs/{id}/defect-places/heat.png?view=front
"""

from collections import Counter
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from ubora.datasets.taxonomy import View
from ubora.models.inference.preprocess import decode_bgr
from ubora.service.auth.access import Staff, TheState
from ubora.service.http.errors import not_found, problems
from ubora.service.http.schemas import Code, Wire
from ubora.service.http.stored_files import stored_bytes
from ubora.service.ledger.tables import ApprovedPhoto, Design
from ubora.service.numbers.heat.marks import Marks, ninth_of, read_marks
from ubora.service.numbers.heat.picture import Picture, draw_heat
from ubora.service.numbers.window import TheWindow, Window
from ubora.service.state import AppState
from ubora.service.workshops.spreadsheet import TABLE_TOO, TableFormat, table_answer, wants_table

router = APIRouter(tags=["designs"])
OfView = Annotated[View, Query()]
ROWS, COLUMNS = ("upper", "middle", "lower"), ("left", "centre", "right")
DEFINITION = (
    "marks that people left on decided pieces, by the ninth of the box around the piece in which their "
    "middle lies; pieces are laid over each other by that box, and not turned: places are about a ninth wide"
)


class PlacedDefect(Wire):
    defect: str
    marks: int


class Ninth(Wire):
    row: str
    """upper, middle, lower"""
    column: str
    """left, centre, right"""
    marks: int
    defects: list[PlacedDefect]
    """Most marks first."""


class DefectPlaces(Wire):
    design: str
    view: View
    since: str
    until: str
    definition: str
    pieces: int
    """With any mark on a photo of this view."""
    marks: int
    by_photo: int
    """Of these, marks of photos of which the box around the piece is not kept: laid by the photo's frame."""
    unplaced: int
    """Defects of which nobody said where they are."""
    over_sample: bool
    """Whether there is an approved photo of this view to lay them over."""
    items: list[Ninth]
    """Row by row, from the upper left."""


@router.get(
    "/v1/designs/{design_id}/defect-places",
    responses={**TABLE_TOO, **problems(401, 403, 404, 422)},
    response_model=DefectPlaces,
)
def get_defect_places(
    request: Request,
    design_id: Code,
    state: TheState,
    _who: Staff,
    window: TheWindow,
    view: OfView = "front",
    asked: TableFormat = None,
) -> DefectPlaces | Response:
    """Counts by ninths of the piece. As CSV or Parquet by `format` or Accept."""
    with state.ledger.read() as session:
        marks, sample = _read(session, design_id, view, window)
    items = _ninths(marks)
    if kind := wants_table(request, asked):
        rows = ([one.row, one.column, each.defect, each.marks] for one in items for each in one.defects)
        return table_answer(kind, "defect-places", ["row", "column", "defect", "marks"], rows)
    since, until = window.texts()
    return DefectPlaces(
        design=design_id,
        view=view,
        since=since,
        until=until,
        definition=DEFINITION,
        pieces=marks.pieces,
        marks=len(marks.marks),
        by_photo=sum(not mark.by_piece for mark in marks.marks),
        unplaced=marks.unplaced,
        over_sample=sample is not None,
        items=items,
    )


@router.get(
    "/v1/designs/{design_id}/defect-places/heat.png",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}, **problems(401, 403, 404, 422)},
)
async def get_heat(
    design_id: Code, state: TheState, _who: Staff, window: TheWindow, view: OfView = "front"
) -> Response:
    """The more marks cover a place, the hotter it is; an empty frame where no sample was approved."""
    picture = await state.workers.run(lambda: _picture(state, design_id, view, window))
    return Response(picture, media_type="image/png")


def _picture(state: AppState, design_id: str, view: View, window: Window) -> bytes:
    with state.ledger.read() as session:
        marks, sample = _read(session, design_id, view, window)
    if sample is None:
        return draw_heat(marks.marks, None, None)
    photo: Picture = np.asarray(
        decode_bgr(stored_bytes(state.store.photo_path(sample.stored_sha256))), np.uint8
    )
    place = None
    if sample.place is not None:
        x, y, width, height = sample.place
        place = (float(x), float(y), float(width), float(height))
    return draw_heat(marks.marks, photo, place)


def _read(session: Session, design_id: str, view: View, window: Window) -> tuple[Marks, ApprovedPhoto | None]:
    if session.get(Design, design_id) is None:
        raise not_found(f"design {design_id}")
    # One of which nobody said the view shows any.
    fits = (ApprovedPhoto.view == view) | ApprovedPhoto.view.is_(None)
    sample = session.scalars(
        select(ApprovedPhoto)
        .where(ApprovedPhoto.design == design_id, fits)
        .order_by(ApprovedPhoto.view.is_(None), ApprovedPhoto.index)
        .limit(1)
    ).first()
    return read_marks(session, design_id, view, window), sample


def _ninths(found: Marks) -> list[Ninth]:
    counts: list[Counter[str]] = [Counter() for _ in range(9)]
    for mark in found.marks:
        counts[ninth_of(mark)][mark.defect] += 1
    return [
        Ninth(
            row=ROWS[at // 3],
            column=COLUMNS[at % 3],
            marks=sum(of.values()),
            defects=[
                PlacedDefect(defect=name, marks=count)
                for name, count in sorted(of.items(), key=lambda one: (-one[1], one[0]))
            ],
        )
        for at, of in enumerate(counts)
    ]
