"""Charts of what is rare: how many good pieces, or days, lie between two pieces with a class of defect.

GET /v1/numbers/rare-defects?defect=crack            pieces between (g)
GET /v1/numbers/rare-defects?defect=crack&between=days    days between (t)

Of a class that one piece in hundreds has, a share a week is nearly always none. A point above the upper limit
says that it became rarer; four in a row that lie closer together than chance puts 1 in 740 that it became
more frequent. Centre and limits are those of the first `baseline` points, or of all.
"""

from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from ubora.service.auth.access import Staff, TheState
from ubora.service.drift.pictures import draw_gaps
from ubora.service.http.errors import problems
from ubora.service.http.schemas import Code, Wire
from ubora.service.ledger.tables import Inspection, PieceDefect, PieceState
from ubora.service.numbers.drawing import Dark, Narrow, Svg
from ubora.service.numbers.window import TheWindow, Window
from ubora.service.state import AppState
from ubora.service.statistics.charts import close_together, g, t
from ubora.service.workshops.spreadsheet import TABLE_TOO, TableFormat, table_answer, wants_table

router = APIRouter(tags=["numbers"])
Between = Annotated[Literal["pieces", "days"], Query()]
Baseline = Annotated[int | None, Query(ge=2, le=1000)]
MOST, FEWEST = 400, 5
"""Points, the latest ones; below FEWEST none is called a signal."""
_SECONDS = 86_400.0
_LEAST_DAYS = 1 / _SECONDS
"""A second: two that came at once still have a time between."""


class Gap(Wire):
    day: date
    """Of the piece that ends it."""
    between: float
    """Good pieces, or days."""
    signals: list[Literal["rarer", "closer"]]


class RareDefects(Wire):
    defect: str
    between: Literal["pieces", "days"]
    since: date
    until: date
    definition: str
    found: int
    """Decided pieces with it."""
    decided: int
    baseline: int
    centre: float | None
    upper: float | None
    enough: bool
    """False: too few points for any signal."""
    items: list[Gap]
    """The oldest first."""


DEFINITION = (
    "good pieces, or days, between two decided pieces with the class of defect, in the order in which they "
    "came; limits of a g chart, or of a t chart by its 3.6th root"
)
Which = Annotated[str, Query(min_length=1, max_length=32)]
Whose = Annotated[Code | None, Query()]


@router.get(
    "/v1/numbers/rare-defects", responses={**TABLE_TOO, **problems(401, 403, 422)}, response_model=RareDefects
)
def get_rare_defects(
    request: Request,
    state: TheState,
    _who: Staff,
    window: TheWindow,
    defect: Which,
    between: Between = "pieces",
    microfactory: Whose = None,
    design: Whose = None,
    baseline: Baseline = None,
    asked: TableFormat = None,
) -> RareDefects | Response:
    """Of the network, a workshop, a design, or a workshop's pieces of a design."""
    answer = _read(state, window, defect, between, (microfactory, design), baseline)
    if kind := wants_table(request, asked):
        rows = ([row.day, row.between, " ".join(row.signals)] for row in answer.items)
        return table_answer(kind, f"between-{defect}", ["day", between, "signals"], rows)
    return answer


@router.get("/v1/numbers/rare-defects/chart.svg", response_class=Svg, responses=problems(401, 403, 422))
def get_rare_defects_chart(
    state: TheState,
    _who: Staff,
    window: TheWindow,
    defect: Which,
    between: Between = "pieces",
    microfactory: Whose = None,
    design: Whose = None,
    baseline: Baseline = None,
    theme: Dark = "light",
    narrow: Narrow = False,
) -> Response:
    answer = _read(state, window, defect, between, (microfactory, design), baseline)
    points = [(row.day, row.between, bool(row.signals)) for row in answer.items]
    return Svg(draw_gaps(points, answer.centre, answer.upper, theme, narrow))


def _read(
    state: AppState,
    window: Window,
    defect: str,
    between: Literal["pieces", "days"],
    whose: tuple[str | None, str | None],
    baseline: int | None,
) -> RareDefects:
    with state.ledger.read() as session:
        decided = session.scalar(select(func.count()).select_from(_pieces(window, whose).subquery())) or 0
        places = _places(session, window, whose, defect)
    gaps = _gaps(places, between)[-MOST:]
    values = [value for _, value in gaps]
    first = min(baseline or len(values), len(values))
    chart = None
    if first >= 2:
        chart = g([int(one) for one in values], first) if between == "pieces" else t(values, first)
    enough = chart is not None and first >= FEWEST
    rarer = chart.outside() if chart is not None and enough else [False] * len(values)
    closer = [False] * len(values)
    if enough and between == "pieces":
        closer = close_together([int(one) for one in values], sum(values[:first]) / first)
    named: tuple[Literal["rarer", "closer"], ...] = ("rarer", "closer")
    items = [
        Gap(day=day, between=value, signals=[name for name, one in zip(named, said, strict=True) if one])
        for (day, value), said in zip(gaps, zip(rarer, closer, strict=True), strict=True)
    ]
    return RareDefects(
        defect=defect,
        between=between,
        since=window.since,
        until=window.until,
        definition=DEFINITION,
        found=len(places),
        decided=decided,
        baseline=first,
        centre=chart.centre if chart is not None else None,
        upper=float(chart.upper[0]) if chart is not None else None,
        enough=enough,
        items=items,
    )


def _pieces(window: Window, whose: tuple[str | None, str | None]) -> Select[str]:
    """Keys of the decided pieces."""
    query = select(PieceState.piece_key).where(
        PieceState.day.between(*window.texts()), PieceState.status != "pending"
    )
    microfactory, design = whose
    if microfactory is not None:
        query = query.where(PieceState.microfactory == microfactory)
    return query if design is None else query.where(PieceState.design == design)


def _places(
    session: Session, window: Window, whose: tuple[str | None, str | None], defect: str
) -> list[tuple[int, datetime]]:
    """Of each piece with it: its place among the decided ones, from 1, and when it came."""
    order = func.row_number().over(order_by=Inspection.number)
    counted = (
        select(PieceState.piece_key, Inspection.received_at, order.label("place"))
        .join(Inspection, Inspection.id == PieceState.inspection)
        .where(PieceState.piece_key.in_(_pieces(window, whose)))
        .subquery()
    )
    rows = session.execute(
        select(counted.c.place, counted.c.received_at)
        .join(PieceDefect, PieceDefect.piece_key == counted.c.piece_key)
        .where(PieceDefect.defect == defect)
        .order_by(counted.c.place)
    )
    return [(int(place), at.astimezone(UTC)) for place, at in rows]


def _gaps(places: list[tuple[int, datetime]], between: Literal["pieces", "days"]) -> list[tuple[date, float]]:
    gaps = []
    for (before, then), (place, at) in pairwise(places):
        days = max(_LEAST_DAYS, (at - then).total_seconds() / _SECONDS)
        gaps.append((at.date(), float(place - before - 1) if between == "pieces" else days))
    return gaps
