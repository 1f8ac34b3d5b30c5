"""Drift of a release's scores by week, and what people found that it had passed: as JSON, CSV and pictures.

The release is that of the latest inspection, unless another is named.
"""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from ubora.service.auth.access import Staff, TheState
from ubora.service.drift.misses import Known, read_misses
from ubora.service.drift.pictures import draw_bounds, draw_drift
from ubora.service.drift.scores import FAR, FEWEST, HIGHEST, ReleaseDrift, first_week, read_drift
from ubora.service.http.errors import not_found, problems
from ubora.service.http.schemas import Code, Wire
from ubora.service.ledger.tables import Inspection
from ubora.service.numbers.drawing import Dark, Narrow, Svg
from ubora.service.numbers.groups import monday
from ubora.service.numbers.rates import Share
from ubora.service.numbers.window import TheWindow, Window
from ubora.service.state import AppState
from ubora.service.workshops.spreadsheet import TABLE_TOO, TableFormat, model_table, wants_table

router = APIRouter(tags=["numbers"])
Whose = Annotated[Code | None, Query()]
MOST_WEEKS = 26
"""The last ones of the days that are asked for."""


class DriftedWeek(Wire):
    week: date
    what: str
    """A class of defect; `highest` is the highest score of a photo."""
    photos: int
    distance: Share | None
    """Kolmogorov–Smirnov's; null where there are too few photos."""
    index: float | None
    """Population stability index."""
    p: Share | None
    q: Share | None
    drifted: bool


class ScoreDrift(Wire):
    release: str
    definition: str
    reference_since: date
    reference_until: date
    """The Mondays of the first and last week of the reference."""
    reference_photos: int
    fewest: int
    """Photos of a week below which nothing is said."""
    far: Share
    """The distance below which nothing is called drift."""
    items: list[DriftedWeek]


class MissedWeek(Wire):
    week: date
    looked_at: int
    escaped: int
    """So far."""
    share: Share
    low: Share
    high: Share
    """95 %, for all weeks at once."""


class Misses(Wire):
    release: str
    definition: str
    most: Share
    """The setting `most_escapes`."""
    exceeded: bool
    """Whether the share lies above it, whatever chance does."""
    items: list[MissedWeek]


SCORES = (
    "scores of the first photo of each workshop and design of a week against those of the release's first "
    "four weeks; q by Benjamini and Hochberg over all that is shown"
)
MISSES = (
    "of the passed pieces that were drawn for a look and looked at so far, those that people did not accept; "
    "the bound holds at every week at once (beta-binomial confidence sequence)"
)


@router.get(
    "/v1/numbers/score-drift",
    responses={**TABLE_TOO, **problems(401, 403, 404, 422)},
    response_model=ScoreDrift,
)
def get_score_drift(
    request: Request,
    state: TheState,
    _who: Staff,
    window: TheWindow,
    release: Whose = None,
    asked: TableFormat = None,
) -> ScoreDrift | Response:
    """The latest weeks of these days, 26 at most."""
    drift = _drift(state, window, release)
    items = [
        DriftedWeek(
            week=one.week,
            what=one.what,
            photos=one.photos,
            distance=one.distance,
            index=one.index,
            p=one.p,
            q=one.q,
            drifted=one.drifted,
        )
        for one in drift.items
    ]
    if kind := wants_table(request, asked):
        return model_table(kind, "score-drift", DriftedWeek, items)
    return ScoreDrift(
        release=drift.release,
        definition=SCORES,
        reference_since=drift.since,
        reference_until=drift.until,
        reference_photos=drift.photos,
        fewest=FEWEST,
        far=FAR,
        items=items,
    )


@router.get("/v1/numbers/score-drift/chart.svg", response_class=Svg, responses=problems(401, 403, 404, 422))
def get_score_drift_chart(
    state: TheState,
    _who: Staff,
    window: TheWindow,
    release: Whose = None,
    theme: Dark = "light",
    narrow: Narrow = False,
) -> Response:
    """The distance of the highest score by week; a diamond where it drifted."""
    items = [one for one in _drift(state, window, release).items if one.what == HIGHEST]
    return Svg(draw_drift([(one.week, one.distance, one.drifted) for one in items], FAR, theme, narrow))


@router.get(
    "/v1/numbers/misses", responses={**TABLE_TOO, **problems(401, 403, 404, 422)}, response_model=Misses
)
def get_misses(
    request: Request, state: TheState, _who: Staff, release: Whose = None, asked: TableFormat = None
) -> Misses | Response:
    """Of everything that this release passed; not of some days."""
    name, weeks = _misses(state, release)
    items = [MissedWeek(**one.__dict__) for one in weeks]
    if kind := wants_table(request, asked):
        return model_table(kind, "misses", MissedWeek, items)
    most = state.settings.most_escapes
    exceeded = bool(weeks and weeks[-1].low > most)
    return Misses(release=name, definition=MISSES, most=most, exceeded=exceeded, items=items)


@router.get("/v1/numbers/misses/chart.svg", response_class=Svg, responses=problems(401, 403, 404, 422))
def get_misses_chart(
    state: TheState, _who: Staff, release: Whose = None, theme: Dark = "light", narrow: Narrow = False
) -> Response:
    _, weeks = _misses(state, release)
    points = [(one.week, one.share, one.low, one.high) for one in weeks]
    return Svg(draw_bounds(points, state.settings.most_escapes, theme, narrow))


def _drift(state: AppState, window: Window, release: str | None) -> ReleaseDrift:
    last = monday(window.until)
    weeks = [last - timedelta(weeks=at) for at in reversed(range(min(MOST_WEEKS, window.days // 7 + 1)))]
    with state.ledger.read() as session:
        name = _known(session, release)
        drift = read_drift(session, name, weeks)
    if drift is None:
        raise not_found(f"release {name} that judged anything")
    return drift


def _misses(state: AppState, release: str | None) -> tuple[str, list[Known]]:
    with state.ledger.read() as session:
        name = _known(session, release)
        return name, read_misses(session, name)


def _known(session: Session, release: str | None) -> str:
    if release is not None:
        if first_week(session, release) is None:
            raise not_found(f"release {release} that judged anything")
        return release
    latest = session.scalar(select(Inspection.release).order_by(Inspection.number.desc()).limit(1))
    if latest is None:
        raise not_found("release that judged anything")
    return latest
