"""The packing list of a lot: every piece of it with its state, as a table for a spreadsheet and to print.

GET /v1/lots/{id}/packing-list.csv      UTF-8 with its mark, one line a piece
GET /v1/lots/{id}/packing-list          one page of HTML that prints
"""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, PlainTextResponse
from jinja2 import Environment, FileSystemLoader, Template, select_autoescape
from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.service.auth.access import Staff, TheState
from ubora.service.designs.corrected import strays
from ubora.service.http.errors import not_found, problems
from ubora.service.http.schemas import Code
from ubora.service.inspections.finding import counts
from ubora.service.inspections.outcomes import named_of
from ubora.service.ledger.counted import PASSED
from ubora.service.ledger.tables import Design, Inspection, Lot, Microfactory
from ubora.service.workshops.spreadsheet import cell

router = APIRouter(tags=["lots"])
STATES = {
    "passed": "passed",
    "accepted": "accepted",
    "pending": "waits for a person",
    "rework": "to rework",
    "rejected": "not taken",
    "retake": "photo again",
}
OTHER_DESIGN = "of another design"
HEADS = (
    "lot",
    "piece",
    "state",
    "packed",
    "design",
    "workshop",
    "defects",
    "decided by",
    "received",
    "inspection",
)
_CSV = {"Content-Disposition": 'attachment; filename="packing-list.csv"'}


@dataclass(frozen=True)
class PackedPiece:
    code: str
    state: str
    is_good: bool
    """It may be packed: it passed or was accepted."""
    defects: str
    decided_by: str
    received_at: datetime
    inspection: str


@dataclass(frozen=True)
class PackingList:
    lot: Lot
    design: str
    workshop: str
    pieces: Sequence[PackedPiece]
    """By code; those without one last."""

    @property
    def good(self) -> int:
        return sum(piece.is_good for piece in self.pieces)

    @property
    def states(self) -> dict[str, int]:
        """How many pieces are in each state, in the order of STATES."""
        by_state = Counter(piece.state for piece in self.pieces)
        return {words: by_state[words] for words in (*STATES.values(), OTHER_DESIGN) if by_state[words]}


@router.get(
    "/v1/lots/{lot_id}/packing-list.csv",
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/csv": {}}}, **problems(401, 403, 404, 422)},
)
def get_packing_table(lot_id: Code, state: TheState, _who: Staff) -> Response:
    """Cells that a spreadsheet would take for a formula begin with an apostrophe."""
    with state.ledger.read() as session:
        packed = packing_list(session, lot_id)
    return Response(_table(packed).encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=_CSV)


@router.get(
    "/v1/lots/{lot_id}/packing-list",
    response_class=HTMLResponse,
    responses=problems(401, 403, 404, 422),
)
def get_packing_page(lot_id: Code, state: TheState, _who: Staff) -> HTMLResponse:
    """To print: what lies in the box, and what does not go with it."""
    with state.ledger.read() as session:
        packed = packing_list(session, lot_id)
    return HTMLResponse(_template().render(packed=packed, at=state.ledger.clock()))


def packing_list(session: Session, lot_id: str) -> PackingList:
    """Each piece of the lot once, by the inspection that counts.

    Raises:
        Problem: 404, no such lot.
    """
    lot = session.get(Lot, lot_id)
    if lot is None:
        raise not_found(f"lot {lot_id}")
    rows = session.scalars(
        select(Inspection)
        .where(Inspection.microfactory == lot.microfactory, Inspection.lot == lot.id, counts(Inspection))
        .order_by(Inspection.piece.is_(None), Inspection.piece_sought, Inspection.number)
        .execution_options(yield_per=500)
    )
    return PackingList(
        lot=lot,
        design=session.get_one(Design, lot.design).name,
        workshop=session.get_one(Microfactory, lot.microfactory).name,
        pieces=[_packed(row, lot) for row in rows],
    )


def _packed(row: Inspection, lot: Lot) -> PackedPiece:
    decided = row.reviews[-1].reviewer if row.reviews and row.status != "pending" else ""
    other = strays(row, lot)
    good = row.status in PASSED and not other
    return PackedPiece(
        code=row.piece or "",
        state=OTHER_DESIGN if other else STATES[row.status],
        is_good=good,
        defects="" if good else ", ".join(sorted(named_of(row))),
        decided_by=decided,
        received_at=row.received_at,
        inspection=row.id,
    )


def _table(packed: PackingList) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEADS)
    for piece in packed.pieces:
        cells: list[Any] = [packed.lot.id, piece.code, piece.state, "yes" if piece.is_good else "no"]
        cells += [packed.design, packed.workshop, piece.defects, piece.decided_by]
        cells += [piece.received_at, piece.inspection]
        writer.writerow([cell(value) for value in cells])
    return out.getvalue()


@cache
def _template() -> Template:
    where = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(default=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return where.get_template("packing.html.j2")
