"""The pass rate over time: is this week unlike the weeks before? Of the network, or of one workshop.

Limits are those of Laney's p′ chart over the first `baseline` points, or over all. A point beyond them, nine
in a row on one side, six rising or falling, fourteen up and down by turns (Nelson's tests 1 to 4), too long a
run or too few crossings (Anhøj) are signals: something changed, for better or worse; what, they do not say.
An EWMA and a CUSUM beside them see small shifts that last.
"""

from datetime import date, timedelta
from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from ubora.service.auth.access import Staff, TheState
from ubora.service.http.errors import Problem, not_found, problems
from ubora.service.http.schemas import Code, Wire
from ubora.service.ledger.tables import Microfactory
from ubora.service.numbers.drawing import Dark, Narrow, Svg, draw_line
from ubora.service.numbers.groups import NOTHING, add, monday, read_days
from ubora.service.numbers.rates import Share
from ubora.service.numbers.window import TheWindow, Window
from ubora.service.state import AppState
from ubora.service.statistics.charts import Chart, p_prime, z_scores
from ubora.service.statistics.drift import cusum, ewma
from ubora.service.statistics.run_rules import anhoej, nelson
from ubora.service.words import Spoken, speaker
from ubora.service.workshops.spreadsheet import TABLE_TOO, TableFormat, table_answer, wants_table

router = APIRouter(tags=["numbers"])
Every = Annotated[Literal["day", "week"], Query()]
Baseline = Annotated[int | None, Query(ge=2, le=1000)]
MOST_POINTS = 400
FEWEST_POINTS = 8
"""Below it limits stand on too little: they are drawn, and nothing is called a signal."""


FARTHEST = 6.0
"""Standard deviations that any point lies off at most, for what is summed over points."""


class Point(Wire):
    start: date
    decided: int
    passed: int
    pass_rate: Share | None
    lower: Share | None
    upper: Share | None
    signals: list[str]
    """beyond, same-side, trend, alternating, ewma, cusum"""


class OverTime(Wire):
    microfactory: str | None
    every: Literal["day", "week"]
    since: date
    until: date
    definition: str
    baseline: int
    """How many first points centre and limits stand on."""
    centre: Share | None
    sigma_z: float | None
    """How much more points differ than by chance alone."""
    shift: bool
    """Anhøj: a run is too long, or crossings are too few."""
    enough: bool
    """False: too few points for any signal."""
    items: list[Point]


DEFINITION = (
    "pieces passed or accepted ÷ pieces decided of each day or week, with limits three standard deviations "
    "off (p′ of Laney)"
)


@router.get(
    "/v1/numbers/over-time", responses={**TABLE_TOO, **problems(401, 403, 404, 422)}, response_model=OverTime
)
def get_over_time(
    request: Request,
    state: TheState,
    _who: Staff,
    window: TheWindow,
    microfactory: Annotated[Code | None, Query()] = None,
    every: Every = "week",
    baseline: Baseline = None,
    asked: TableFormat = None,
) -> OverTime | Response:
    """A point a week or day, the oldest first; those without pieces too."""
    answer = read_over_time(state, window, microfactory, every, baseline)
    if kind := wants_table(request, asked):
        rows = ([*(getattr(row, name) for name in _COLUMNS), " ".join(row.signals)] for row in answer.items)
        return table_answer(kind, f"pass-rate-by-{every}", [*_COLUMNS, "signals"], rows)
    return answer


@router.get("/v1/numbers/over-time/chart.svg", response_class=Svg, responses=problems(401, 403, 404, 422))
def get_over_time_chart(
    state: TheState,
    _who: Staff,
    window: TheWindow,
    microfactory: Annotated[Code | None, Query()] = None,
    every: Every = "week",
    baseline: Baseline = None,
    theme: Dark = "light",
    narrow: Narrow = False,
    language: Spoken = "en",
) -> Response:
    """Points, centre and limits; what signals is a larger point."""
    answer = read_over_time(state, window, microfactory, every, baseline)
    points = [(row.start, row.pass_rate, row.lower, row.upper, bool(row.signals)) for row in answer.items]
    return Svg(draw_line(points, answer.centre, theme, narrow, speaker(language)))


_COLUMNS = ("start", "decided", "passed", "pass_rate", "lower", "upper")


def read_over_time(
    state: AppState,
    window: Window,
    microfactory: str | None,
    every: Literal["day", "week"],
    baseline: int | None,
) -> OverTime:
    """Of the network (None), or of a workshop.

    Raises:
        Problem: 404 no such workshop, 422 too many points.
    """
    with state.ledger.read() as session:
        if microfactory is not None and session.get(Microfactory, microfactory) is None:
            raise not_found(f"microfactory {microfactory}")
        days = read_days(session, microfactory, window)
    points = _points(days, window, every)
    starts, passed = list(points), [counts["passed"] for counts in points.values()]
    decided = [counts["decided"] for counts in points.values()]
    first = min(baseline or len(starts), len(starts))
    counted = sum(decided[:first]) > 0
    chart = p_prime(passed, decided, first) if counted else None
    enough = sum(1 for one in decided[:first] if one) >= FEWEST_POINTS
    signals = _signals(chart) if chart is not None and enough else [[] for _ in starts]
    return OverTime(
        microfactory=microfactory,
        every=every,
        since=window.since,
        until=window.until,
        definition=DEFINITION,
        baseline=first,
        centre=chart.centre if chart else None,
        sigma_z=chart.sigma_z if chart else None,
        shift=bool(chart and enough and anhoej(chart.values.tolist(), chart.centre).signals),
        enough=enough,
        items=[
            Point(
                start=start,
                decided=decided[at],
                passed=passed[at],
                pass_rate=passed[at] / decided[at] if decided[at] else None,
                lower=float(chart.lower[at]) if chart and decided[at] else None,
                upper=float(chart.upper[at]) if chart and decided[at] else None,
                signals=signals[at],
            )
            for at, start in enumerate(starts)
        ],
    )


def _points(days: dict[date, dict[str, int]], window: Window, every: str) -> dict[date, dict[str, int]]:
    """Each day or Monday of the window, from the first with any piece on."""
    step = 7 if every == "week" else 1
    begin = min(days, default=window.until)
    start = monday(begin) if every == "week" else begin
    number = (window.until - start).days // step + 1
    if number > MOST_POINTS:
        detail = f"{number} points, expected {MOST_POINTS} at most: ask for fewer days, or for weeks"
        raise Problem(422, "invalid", "The request is not what is expected", detail)
    points = {start + timedelta(days=step * at): NOTHING for at in range(number)}
    for day, counts in days.items():
        at = monday(day) if every == "week" else day
        points[at] = add(points[at], counts)
    return points


def _signals(chart: Chart) -> list[list[str]]:
    # Where all of the baseline passed, any other point is infinitely far; sums must come back from it.
    z = np.clip(z_scores(chart), -FARTHEST, FARTHEST).tolist()
    of_each: list[list[str]] = [[] for _ in z]
    for rule, places in nelson(z).items():
        for at in places:
            of_each[at].append(rule)
    for name, signals in (("ewma", ewma(z, 0.0, 1.0).signals()), ("cusum", cusum(z).signals())):
        for at, signal in enumerate(signals):
            if signal:
                of_each[at].append(name)
    return of_each
