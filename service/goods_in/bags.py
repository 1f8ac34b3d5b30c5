"""The code on a bag, by which whoever holds a piece finds its photos.

GET /v1/bags/{code}                     what was sent under it
GET /v1/inspections/{id}/label          a page to print, with the code and as a QR

A code is the first 40 bits of the inspection's UUID, in letters and digits that are not taken for one another
(Crockford's base 32): the phone knows it with no network. Now and then two pieces bear the same, so that all
that do are shown.
"""

import io
import re
from functools import cache
from pathlib import Path
from uuid import UUID

import segno
from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, Template, select_autoescape
from sqlalchemy import select

from ubora.service.auth.access import Anyone, Staff, TheState
from ubora.service.http.errors import Problem, problems
from ubora.service.http.schemas import Wire
from ubora.service.inspections.routes import visible_inspection
from ubora.service.inspections.veils import answers_for
from ubora.service.inspections.wire import InspectionAnswer
from ubora.service.ledger.tables import Design, Inspection, Microfactory

router = APIRouter(tags=["goods-in"])
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8
_TAKEN_FOR = str.maketrans("OIL", "011")
MOST = 20


class Bag(Wire):
    code: str
    """As it is written."""
    items: list[InspectionAnswer]
    """What bears it, the newest first; empty where nothing was sent under it yet."""


def code_of(inspection: str) -> str:
    """A UUID → eight digits in two groups, as `EM3F-B0DZ`."""
    bits = int(inspection.replace("-", "")[:10], 16)
    digits = "".join(DIGITS[bits >> shift & 31] for shift in range(5 * (LENGTH - 1), -1, -5))
    return f"{digits[:4]}-{digits[4:]}"


def begins_with(code: str) -> str:
    """A code as somebody typed it → what the UUIDs that bear it begin with.

    Raises:
        Problem: 422, no code.
    """
    digits = re.sub(r"[\s-]", "", code.upper()).translate(_TAKEN_FOR)
    if len(digits) != LENGTH or not set(digits) <= set(DIGITS):
        detail = f"found {code!r}, expected eight letters and digits as on a bag: K7Q2-9MXA"
        raise Problem(422, "bag-code", "Not the code of a bag", detail)
    bits = 0
    for digit in digits:
        bits = bits << 5 | DIGITS.index(digit)
    name = f"{bits:010x}"
    return f"{name[:8]}-{name[8:]}"


@router.get("/v1/bags/{code}", responses=problems(401, 403, 422))
def get_bag(code: str, state: TheState, who: Staff) -> Bag:
    """Small and capital letters are one, and so are O and 0, I, L and 1."""
    begin = begins_with(code)
    query = select(Inspection).where(Inspection.id >= begin, Inspection.id < f"{begin}g")
    with state.ledger.read() as session:
        rows = session.scalars(query.order_by(Inspection.number.desc()).limit(MOST)).all()
        items = answers_for(session, who, rows)
    return Bag(code=code_of(begin), items=items)


@router.get(
    "/v1/inspections/{inspection_id}/label", response_class=HTMLResponse, responses=problems(401, 404, 422)
)
def get_label(inspection_id: UUID, state: TheState, who: Anyone) -> HTMLResponse:
    """To print and stick on the bag."""
    row = visible_inspection(state, who, inspection_id)
    with state.ledger.read() as session:
        design = session.get_one(Design, row.design).name
        workshop = session.get_one(Microfactory, row.microfactory).name
    drawing = io.BytesIO()
    code = code_of(row.id)
    # Not the micro kind that a short text would get: few phones and scanners read it.
    segno.make_qr(code, error="m").save(drawing, kind="svg", border=4, xmldecl=False, omitsize=True)
    page = _template().render(
        code=code, drawing=drawing.getvalue().decode(), design=design, workshop=workshop, row=row
    )
    return HTMLResponse(page)


@cache
def _template() -> Template:
    here = Path(__file__).parent
    return Environment(loader=FileSystemLoader(here), autoescape=select_autoescape(["j2"])).get_template(
        "label.html.j2"
    )
