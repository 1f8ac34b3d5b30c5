"""The funnel: each workshop's pass rate by how many pieces it made, and how far chance alone would carry it.

The target is the network's own rate of these days, unless somebody names one. Within the funnel nothing tells
a workshop from the others. Below FEWEST_PIECES it has no place at all: not enough pieces yet. Where workshops
differ more than by chance as a whole, the funnel is as much wider (Spiegelhalter 2005).
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from ubora.models.intervals import wilson
from ubora.service.auth.access import Staff, TheState
from ubora.service.http.errors import problems
from ubora.service.http.schemas import Wire
from ubora.service.numbers.drawing import Dark, Narrow, Svg, draw_funnel
from ubora.service.numbers.groups import Group, read_groups, read_network
from ubora.service.numbers.rates import Interval, Share, pieces_url
from ubora.service.numbers.window import TheWindow, Window
from ubora.service.state import AppState
from ubora.service.statistics.funnel import (
    FEWEST_PIECES,
    Limits,
    Overdispersion,
    Place,
    limits,
    overdispersion,
)
from ubora.service.statistics.funnel import place as place_of
from ubora.service.statistics.shrinkage import fit, posterior
from ubora.service.words import Spoken, speaker
from ubora.service.workshops.spreadsheet import TABLE_TOO, TableFormat, model_table, wants_table

router = APIRouter(tags=["numbers"])
Target = Annotated[float | None, Query(gt=0, lt=1)]
STEPS = 60


class InFunnel(Wire):
    microfactory: str
    name: str
    decided: int
    passed: int
    pass_rate: Share | None
    interval: Interval | None
    """Wilson, 95 %."""
    place: Place
    below_target: Share | None
    """The probability that its true rate is under the target, given its pieces and all others'."""
    pieces_url: str


class Border(Wire):
    decided: int
    low_998: Share
    low_95: Share
    high_95: Share
    high_998: Share


class FunnelAnswer(Wire):
    since: str
    until: str
    definition: str
    target: Share | None
    """Null where nothing was decided, or all or nothing passed: then there is no funnel."""
    target_given: bool
    fewest_pieces: int
    ratio: Annotated[float, Field(ge=0)] | None
    """Near 1, or below: workshops differ by chance alone."""
    between: Annotated[float, Field(ge=0)] | None
    """Standard deviation between workshops' true rates beyond chance."""
    borders: list[Border]
    items: list[InFunnel]
    """By code; the order says nothing about them."""


DEFINITION = (
    "pass rate of each workshop by the pieces it made, with the limits that chance keeps in 95 and 99.8 of "
    "100 cases around the target"
)


@router.get(
    "/v1/numbers/funnel", responses={**TABLE_TOO, **problems(401, 403, 422)}, response_model=FunnelAnswer
)
def get_funnel(
    request: Request,
    state: TheState,
    _who: Staff,
    window: TheWindow,
    target: Target = None,
    asked: TableFormat = None,
) -> FunnelAnswer | Response:
    """Workshops by code. As CSV or Parquet all of them, by `format` or Accept."""
    answer = _read(state, window, target)
    if kind := wants_table(request, asked):
        return model_table(kind, "funnel", InFunnel, answer.items, without=("pieces_url", "interval"))
    return answer


@router.get("/v1/numbers/funnel/chart.svg", response_class=Svg, responses=problems(401, 403, 422))
def get_funnel_chart(
    state: TheState,
    _who: Staff,
    window: TheWindow,
    target: Target = None,
    theme: Dark = "light",
    narrow: Narrow = False,
    language: Spoken = "en",
) -> Response:
    """Workshops as points without names: who is where stands in the table."""
    answer = _read(state, window, target)
    points = [(row.decided, row.pass_rate, row.place) for row in answer.items if row.pass_rate is not None]
    borders = [(row.decided, (row.low_998, row.low_95, row.high_95, row.high_998)) for row in answer.borders]
    return Svg(draw_funnel(points, borders, answer.target, theme, narrow, speaker(language)))


def _read(state: AppState, window: Window, given: float | None) -> FunnelAnswer:
    with state.ledger.read() as session:
        groups = [one for one in read_groups(session, "microfactory", window) if one.counts["decided"]]
        network = read_network(session, window)
    target = given
    if target is None and 0 < network["passed"] < network["decided"]:
        target = network["passed"] / network["decided"]
    counts = [(one.counts["passed"], one.counts["decided"]) for one in groups]
    spread = overdispersion(counts, target) if target is not None else None
    since, until = window.texts()
    return FunnelAnswer(
        since=since,
        until=until,
        definition=DEFINITION,
        target=target,
        target_given=given is not None,
        fewest_pieces=FEWEST_PIECES,
        ratio=spread.ratio if spread else None,
        between=spread.between if spread else None,
        borders=_borders(counts, target, spread),
        items=_items(groups, target, spread, window),
    )


def _items(
    groups: list[Group], target: float | None, spread: Overdispersion | None, window: Window
) -> list[InFunnel]:
    prior = fit([(one.counts["passed"], one.counts["decided"]) for one in groups])
    items = []
    for one in groups:
        passed, decided = one.counts["passed"], one.counts["decided"]
        interval = wilson(passed, decided)
        place: Place = "too-few" if decided < FEWEST_PIECES else "within"
        if target is not None and spread is not None:
            place = place_of(passed, decided, target, spread.between)
        items.append(
            InFunnel(
                microfactory=one.name,
                name=one.label,
                decided=decided,
                passed=passed,
                pass_rate=passed / decided,
                interval=list(interval) if interval else None,
                place=place,
                below_target=posterior(prior, passed, decided).below(target) if target is not None else None,
                pieces_url=pieces_url("microfactory", one.name, window),
            )
        )
    return items


def _borders(
    counts: list[tuple[int, int]], target: float | None, spread: Overdispersion | None
) -> list[Border]:
    """From the fewest pieces that have a place to the most that anybody made, evenly by their root."""
    if target is None or spread is None:
        return []
    most = max([decided for _, decided in counts] + [5 * FEWEST_PIECES])
    first, last = FEWEST_PIECES**0.5, most**0.5
    sizes = sorted({round((first + (last - first) * step / STEPS) ** 2) for step in range(STEPS + 1)})
    return [_border(size, limits(size, target, spread.between)) for size in sizes]


def _border(size: int, of: Limits) -> Border:
    return Border(decided=size, low_998=of[0], low_95=of[1], high_95=of[2], high_998=of[3])
