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
from ubora.service.numbers.drawing import Dark, Narrow, Svg
from ubora.service.numbers.escapes import escape_in
from ubora.service.numbers.window import TheWindow, Window
from ubora.service.state import AppState
from ubora.service.workshops.spreadsheet import TABLE_TOO, TableFormat, table_answer, wants_table

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
    asked: TableFormat = None,
) -> QualityCosts | Response:
    """Of the release that serves, under the thresholds in force. 503: there is none."""
    inspector, policy = judging(state.ledger, state.champion.serving())
    found = _figures(state, inspector, window, defect)
    leading = found.leading
    if kind := wants_table(request, asked):
        points = [] if leading is None else leading.curve.points
        columns = list(CostPoint.model_fields)
        rows = (point_answer(point, found.pieces_a_week) for point in points)
        return table_answer(
            kind, "quality-costs", columns, ([getattr(row, name) for name in columns] for row in rows)
        )
    since, until = window.texts()
    return QualityCosts(
        since=since,
        until=until,
        release=inspector.record.name,
        policy=policy,
        defect=defect,
        defects=[one.name for one in inspector.record.judged() if one.threshold < 1],
        pieces_a_week=found.pieces_a_week,
        keeps_scores=found.keeps_scores,
        ledger=ledger_answer(found.known),
        curves=[curve_answer(one, found.pieces_a_week) for one in found.curves],
        measured=[measured_answer(one, kes) for one, kes in found.measured],
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
    inspector, _ = judging(state.ledger, state.champion.serving())
    found = _figures(state, inspector, window, defect)
    if found.leading is None and found.measured:
        return Svg(draw_measured(found.measured, theme, narrow))
    return Svg(draw_cost(found.leading.curve if found.leading else None, theme, narrow))


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


def _figures(state: AppState, inspector: Inspector, window: Window, defect: str | None) -> CostFigures:
    names = [one.name for one in inspector.record.judged()]
    if defect is not None and defect not in names:
        detail = f"defect: {inspector.record.name} has no class {defect!r}, it has {', '.join(names)}"
        raise Problem(422, "invalid", "The request is not what is expected", detail)
    with state.ledger.read() as session:
        return cost_figures(session, inspector, window, defect)
