"""Charts of what is rare: how many good pieces, or days, lie between two pieces with a class of defect.

GET /v1/numbers/rare-defects?defect=crack            pieces between (g)
GET /v1/numbers/rare-defects?defect=crack&between=days    days between (t)

Of a class that one piece in hundreds has, a share a week is nearly always none. A point above the upper limit
says that it became rarer; four in a row that lie closer together than chance puts 1 in 740 that it became
more frequent. Centre and limits are those of the first `baseline` points, or of all.
"""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from ubora.service.auth.access import Staff, TheState
from ubora.service.drift.pictures import draw_gaps
from ubora.service.drift.places import Marked, Whose, read_decided, read_with
from ubora.service.http.errors import problems
from ubora.service.http.schemas import Code, Wire
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
Named = Annotated[Code | None, Query()]


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
    microfactory: Named = None,
    design: Named = None,
    baseline: Baseline = None,
    asked: TableFormat = None,
) -> RareDefects | Response:
    """Of the network, a workshop, a design, or a workshop's pieces of a design."""
    answer = _read(state, window, defect, between, Whose(microfactory, design), baseline)
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
    microfactory: Named = None,
    design: Named = None,
    baseline: Baseline = None,
    theme: Dark = "light",
    narrow: Narrow = False,
) -> Response:
    answer = _read(state, window, defect, between, Whose(microfactory, design), baseline)
    points = [(row.day, row.between, bool(row.signals)) for row in answer.items]
    return Svg(draw_gaps(points, answer.centre, answer.upper, theme, narrow))


def _read(
    state: AppState,
    window: Window,
    defect: str,
    between: Literal["pieces", "days"],
    whose: Whose,
    baseline: int | None,
) -> RareDefects:
    with state.ledger.read() as session:
        decided = read_decided(session, window, whose)
        pieces, count = read_with(session, window, whose, defect, MOST + 1)
    gaps = _gaps(pieces, between)
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
        found=count,
        decided=decided,
        baseline=first,
        centre=chart.centre if chart is not None else None,
        upper=float(chart.upper[0]) if chart is not None else None,
        enough=enough,
        items=items,
    )


def _gaps(pieces: Sequence[Marked], between: Literal["pieces", "days"]) -> list[tuple[date, float]]:
    gaps = []
    for before, piece in pairwise(pieces):
        days = max(_LEAST_DAYS, (piece.at - before.at).total_seconds() / _SECONDS)
        good = float(piece.place - before.place - 1)
        gaps.append((piece.day, good if between == "pieces" else days))
    return gaps
