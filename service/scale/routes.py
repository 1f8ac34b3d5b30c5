"""One machine or a thousand workshops, over HTTP: both beside each other, and every assumption to be changed.

GET /v1/scale                cost, lead time, failures, sensitivity, break-even; all of it as CSV, too
GET /v1/scale/chart.svg      cost against volume
PUT /v1/scale/assumptions    another version of what was entered
"""

from collections.abc import Iterator, Mapping

from fastapi import APIRouter, Request
from starlette.responses import Response

from ubora.service.auth.access import Admin, Staff, TheState
from ubora.service.costs.entered import FiguresAnswer, FiguresBody, enter, figures_answer, given_figures
from ubora.service.costs.prices import prices_now
from ubora.service.http.errors import problems
from ubora.service.numbers.drawing import Dark, Narrow, Svg
from ubora.service.numbers.window import TheWindow, Window
from ubora.service.scale.assumptions import SHEET, Range, ranges_of
from ubora.service.scale.drawing import draw_volumes
from ubora.service.scale.measured import of_ledger
from ubora.service.scale.uncertainty import break_even, central, tornado, uncertain
from ubora.service.scale.wire import Scale, assumption, scale_answer
from ubora.service.state import AppState
from ubora.service.workshops.spreadsheet import TABLE_TOO, TableFormat, table_answer, wants_table

router = APIRouter(tags=["costs"])
COLUMNS = ("what", "name", "unit", "value", "low", "high", "source")
Row = tuple[str, str, str, float | None, float | None, float | None, str]


@router.get("/v1/scale", responses={**TABLE_TOO, **problems(401, 403, 422)}, response_model=Scale)
def get_scale(
    request: Request, state: TheState, _who: Staff, window: TheWindow, asked: TableFormat = None
) -> Scale | Response:
    """With the ledger's figures of these days, where it has enough of them."""
    ranges, entered = _ranges(state, window)
    now = central(ranges)
    answer = scale_answer(
        window,
        entered,
        ranges,
        (now.network, now.factory),
        uncertain(ranges),
        tornado(ranges),
        break_even(ranges),
    )
    if kind := wants_table(request, asked):
        return table_answer(kind, "workshops-or-factory", COLUMNS, _rows(answer, ranges))
    return answer


@router.get("/v1/scale/chart.svg", response_class=Svg, responses=problems(401, 403, 422))
def get_scale_chart(
    state: TheState, _who: Staff, window: TheWindow, theme: Dark = "light", narrow: Narrow = False
) -> Response:
    """A good piece's cost against the pieces of a month, of both."""
    ranges, _ = _ranges(state, window)
    return Svg(draw_volumes(break_even(ranges), theme, narrow))


@router.put("/v1/scale/assumptions", responses=problems(401, 403, 409, 422))
def put_assumptions(body: FiguresBody, state: TheState, who: Admin) -> FiguresAnswer:
    """What is left out is the ledger's again, or as by default. 409 `figures-unseen`: others by now."""
    with state.ledger.write() as session:
        return enter(session, who, SHEET, body)


def _ranges(state: AppState, window: Window) -> tuple[dict[str, Range], FiguresAnswer]:
    with state.ledger.read() as session:
        prices, _ = prices_now(session)
        given = given_figures(session, SHEET)
        return ranges_of(given, of_ledger(session, window), prices.escape), figures_answer(session, SHEET)


def _rows(found: Scale, ranges: Mapping[str, Range]) -> Iterator[Row]:
    """What was assumed, what comes of it, and the costs at each volume."""
    for name, one in ranges.items():
        told = assumption(name, one)
        yield "assumption", name, told.unit, one.value, one.low, one.high, one.source
    for name, side in (("network", found.network), ("factory", found.factory)):
        yield "cost", name, "KES", side.cost, *_ends(side.cost_interval), ""
    yield "difference", "network less factory", "KES", found.difference, *_ends(found.difference_interval), ""
    yield "cheaper", "network", "share of draws", found.network_cheaper, None, None, ""
    yield "break-even", "", "pieces / month", found.break_even, *_ends(found.break_even_interval), ""
    for part in found.parts:
        yield "part of network", part.name, "KES", part.network, None, None, ""
        yield "part of factory", part.name, "KES", part.factory, None, None, ""
    for bar in found.sensitivity:
        yield "difference at low and high", bar.name, "KES", found.difference, bar.at_low, bar.at_high, ""
    for volume in found.volumes:
        at = f"{volume.demand:.0f} a month"
        yield "network at volume", at, "KES", volume.network, *_ends(volume.network_interval), ""
        yield "factory at volume", at, "KES", volume.factory, *_ends(volume.factory_interval), ""


def _ends(interval: list[float] | None) -> tuple[float | None, float | None]:
    return (None, None) if interval is None else (interval[0], interval[1])
