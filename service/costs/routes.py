"""The cost of quality over HTTP: expected cost against the thresholds, and money spent so far by kind.

GET /v1/quality-costs                the curves, now and cheapest, with uncertainty; as CSV the leading one
GET /v1/quality-costs/chart.svg
GET /v1/quality-costs/spent          prevention, appraisal, internal and external failure; as CSV, too
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from ubora.models.inference.inspector import Inspector
from ubora.service.auth.access import Staff, TheState
from ubora.service.costs.drawing import draw_cost, draw_measured
from ubora.service.costs.figures import CostFigures, cost_figures
from ubora.service.costs.prices import prices_now
from ubora.service.costs.spent import spent_in
from ubora.service.costs.wire import (
    CostPoint,
    QualityCosts,
    Spent,
    curve_answer,
    ledger_answer,
    measured_answer,
    point_answer,
    spent_answer,
)
from ubora.service.http.errors import Problem, problems
from ubora.service.http.schemas import Code
from ubora.service.inference.policies import judging
from ubora.service.numbers.drawing import Dark, Narrow, Svg, Theme
from ubora.service.numbers.escapes import escape_in
from ubora.service.numbers.window import TheWindow, Window
from ubora.service.state import AppState
from ubora.service.workshops.spreadsheet import TABLE_TOO, TableFormat, model_table, table_answer, wants_table

router = APIRouter(tags=["costs"])
Defect = Annotated[Code | None, Query()]
"""The class whose threshold moves alone; all together where it is left out."""


@router.get(
    "/v1/quality-costs", responses={**TABLE_TOO, **problems(401, 403, 422, 503)}, response_model=QualityCosts
)
def get_costs(
    request: Request,
    state: TheState,
    _who: Staff,
    window: TheWindow,
    defect: Defect = None,
    theme: Annotated[Theme | None, Query()] = None,
    narrow: Narrow = False,
    asked: TableFormat = None,
) -> QualityCosts | Response:
    """Of the release that serves, under the thresholds in force; with `theme` a chart. 503: there is none."""
    inspector, policy, figures = _figures(state, window, defect)
    leading = figures.leading
    if kind := wants_table(request, asked):
        points = [] if leading is None else leading.curve.points
        rows = (point_answer(point, figures.pieces_a_week) for point in points)
        return model_table(kind, "quality-costs", CostPoint, rows)
    since, until = window.texts()
    return QualityCosts(
        since=since,
        until=until,
        release=inspector.record.name,
        policy=policy,
        defect=defect,
        defects=[one.name for one in inspector.record.judged() if one.threshold < 1],
        pieces_a_week=figures.pieces_a_week,
        keeps_scores=figures.keeps_scores,
        ledger=ledger_answer(figures.known),
        curves=[curve_answer(one, figures.pieces_a_week) for one in figures.curves],
        measured=[measured_answer(one, kes) for one, kes in figures.measured],
        chart=None if theme is None else _drawn(figures, theme, narrow).decode(),
    )


@router.get("/v1/quality-costs/chart.svg", response_class=Svg, responses=problems(401, 403, 422, 503))
def get_costs_chart(
    state: TheState,
    _who: Staff,
    window: TheWindow,
    defect: Defect = None,
    theme: Dark = "light",
    narrow: Narrow = False,
) -> Response:
    """The leading curve; the few settings that a release tells of, where there is none."""
    *_, figures = _figures(state, window, defect)
    return Svg(_drawn(figures, theme, narrow))


@router.get(
    "/v1/quality-costs/spent", responses={**TABLE_TOO, **problems(401, 403, 422)}, response_model=Spent
)
def get_spent(
    request: Request, state: TheState, _who: Staff, window: TheWindow, asked: TableFormat = None
) -> Spent | Response:
    """By the prices as they are now."""
    with state.ledger.read() as session:
        _, sheet = prices_now(session)
        lines = spent_in(session, window, sheet)
        passed, rate = escape_in(session, window)
    if kind := wants_table(request, asked):
        columns = ["kind", "what", "count", "kes_each", "kes"]
        return table_answer(
            kind,
            "quality-spent",
            columns,
            ([one.kind, one.what, one.count, one.each, one.kes] for one in lines),
        )
    return spent_answer(window, lines, passed, rate, sheet)


def _drawn(figures: CostFigures, theme: Theme, narrow: bool) -> bytes:
    if figures.leading is None and figures.measured:
        return draw_measured(figures.measured, theme, narrow)
    return draw_cost(figures.leading.curve if figures.leading else None, theme, narrow)


def _figures(
    state: AppState, window: Window, defect: str | None
) -> tuple[Inspector, int | None, CostFigures]:
    """The release that serves, the number of the thresholds in force, and what they cost.

    Raises:
        Problem: 422 a class that it does not have, 503 there is none.
    """
    inspector, policy = judging(state.ledger, state.champion.serving())
    names = [one.name for one in inspector.record.judged()]
    if defect is not None and defect not in names:
        detail = f"defect: {inspector.record.name} has no class {defect!r}, it has {', '.join(names)}"
        raise Problem(422, "invalid", "The request is not what is expected", detail)
    with state.ledger.read() as session:
        return inspector, policy, cost_figures(session, inspector, window, defect)
