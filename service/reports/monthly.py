"""The report of a month, as one page to print: of the network for the hub, or of a workshop for itself.

GET /v1/reports/2026-11?language=sw
GET /v1/microfactories/{id}/reports/2026-11?language=sw

A workshop's says nothing of any other, and of no rank. Each figure has its count and its interval; what was
found most comes with what helps.
"""

import base64
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, Template, select_autoescape

from ubora.service.auth.access import Anyone, Staff, TheState
from ubora.service.http.errors import not_found, problems
from ubora.service.http.schemas import Code
from ubora.service.ledger.days.zones import days_of
from ubora.service.ledger.tables import Microfactory
from ubora.service.numbers.drawing import draw_line
from ubora.service.numbers.over_time import OverTime, read_over_time
from ubora.service.numbers.window import Window
from ubora.service.reports.months import Counted, Month, read_month
from ubora.service.state import AppState
from ubora.service.words import Language, Say, Spoken, speaker

router = APIRouter(tags=["reports"])
WEEKS = 13
"""Of the chart, up to the end of the month."""
MOST_DEFECTS = 8


@router.get("/v1/reports/{month}", response_class=HTMLResponse, responses=problems(401, 403, 422))
def get_network_report(month: str, state: TheState, _who: Staff, language: Spoken = "en") -> HTMLResponse:
    """Of the whole network."""
    return _page(state, Month.read(month), None, language)


@router.get(
    "/v1/microfactories/{microfactory_id}/reports/{month}",
    response_class=HTMLResponse,
    responses=problems(401, 404, 422),
)
def get_workshop_report(
    microfactory_id: Code, month: str, state: TheState, who: Anyone, language: Spoken = "en"
) -> HTMLResponse:
    """Of one workshop, without a word of others."""
    asked = Month.read(month)
    with state.ledger.read() as session:
        workshop = session.get(Microfactory, microfactory_id)
    if workshop is None or not who.may_see(microfactory_id):
        raise not_found(f"microfactory {microfactory_id}")
    return _page(state, asked, workshop, language)


def _page(state: AppState, month: Month, workshop: Microfactory | None, language: Language) -> HTMLResponse:
    say, code = speaker(language), None if workshop is None else workshop.id
    with state.ledger.read() as session:
        counted, days = read_month(session, month, code), days_of(session)
    at = state.ledger.clock()
    today = days.of(at)
    until = max(min(month.last, today), month.first)
    weeks = read_over_time(state, Window(until - timedelta(weeks=WEEKS), until), code, "week", None)
    page = _template().render(
        say=say,
        language=language,
        title=say("hub.report.of", month=_named(month, say)),
        workshop=workshop,
        counted=counted,
        rate=_rate(counted),
        defects=_defects(counted, say),
        weeks=[point for point in weeks.items if point.decided],
        chart=_chart(weeks, say),
        percent=_percent,
        running=month.last >= today,
        place=days.place,
        at=at.astimezone(days.zone),
    )
    return HTMLResponse(page)


def _named(month: Month, say: Say) -> str:
    return f"{say(f'hub.month.{month.first.month}')} {month.first.year}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _rate(counted: Counted) -> dict[str, str] | None:
    between = counted.interval
    if between is None:
        return None
    return {
        "share": _percent(counted.passed / counted.decided),
        "low": _percent(between[0]),
        "high": _percent(between[1]),
    }


def _defects(counted: Counted, say: Say) -> list[dict[str, Any]]:
    return [
        {
            "name": say(f"defect.{name}", otherwise=name),
            "pieces": pieces,
            "tip": say(f"tip.{name}", otherwise=""),
        }
        for name, pieces in counted.defects[:MOST_DEFECTS]
    ]


def _chart(weeks: OverTime, say: Say) -> str:
    """A data URI: the page's strict headers let no drawing within it bring its own style."""
    points = [(row.start, row.pass_rate, row.lower, row.upper, bool(row.signals)) for row in weeks.items]
    drawing = draw_line(points, weeks.centre, "light", False, say)
    return f"data:image/svg+xml;base64,{base64.b64encode(drawing).decode()}"


@cache
def _template() -> Template:
    where = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(["j2"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return where.get_template("monthly.html.j2")
