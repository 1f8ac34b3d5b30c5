"""The weeks that are held against limits: their shares, what the rules make of them, and a picture.

The same as `finding` looks at, of one subject; a first phase is shown, and signals nothing.
"""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy.orm import Session

from ubora.service.alerts.finding import MOST_WEEKS, frozen_of, known_of, settled
from ubora.service.alerts.subjects import WEEK, Counted, Weeks, last_week, read_weeks, weeks_from
from ubora.service.http.schemas import Wire
from ubora.service.ledger.tables import ChartLimits
from ubora.service.numbers.drawing import BLUE, COLOURS, GREY, ORANGE, Theme, drawn
from ubora.service.numbers.rates import Share
from ubora.service.statistics.watching.frozen import signals
from ubora.service.statistics.watching.worsening import THRESHOLD, worsening

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class WatchedWeek(Wire):
    week: date
    first_phase: bool
    passed: int
    decided: int
    share: Share | None
    lower: Share | None
    upper: Share | None
    """Of p′."""
    smoothed: float | None
    """Of p′: the smoothed weeks, in deviations off the centre."""
    evidence: float | None
    """Of a fall; null of p′."""
    signals: list[str]
    """beyond, ewma, worsening"""


def weeks_of(session: Session, row: ChartLimits, today: date) -> list[WatchedWeek]:
    first, end = date.fromisoformat(row.first_week), date.fromisoformat(row.last_week)
    last = max(end, last_week(today))
    weeks = weeks_from(max(first, last - WEEK * (2 * MOST_WEEKS - 1)), last)
    nothing = [0] * len(weeks)
    kind = cast(Counted, row.kind)
    counts = read_weeks(session, kind, weeks).get(row.subject, Weeks(nothing, nothing))
    begin = sum(week <= end for week in weeks)
    later = Weeks(counts.passed[begin:], counts.decided[begin:])
    named = "worsening" if row.rule == "worsening" else "ewma"
    since = settled(session, [row.number]).get((row.number, named))
    anew = sum(week < since for week in weeks[begin:]) if since is not None else 0
    said = _evidence(row, later, anew) if row.rule == "worsening" else _limits(row, later, anew)
    watched = []
    for at, week in enumerate(weeks):
        passed, decided = counts.passed[at], counts.decided[at]
        more = said[at - begin] if at >= begin else _NOTHING
        share = passed / decided if decided else None
        watched.append(
            WatchedWeek(
                week=week, first_phase=at < begin, passed=passed, decided=decided, share=share, **more
            )
        )
    return watched


_NOTHING: dict[str, Any] = {"lower": None, "upper": None, "smoothed": None, "evidence": None, "signals": []}


def _evidence(row: ChartLimits, later: Weeks, anew: int) -> list[dict[str, Any]]:
    known, evidence = known_of([row]), []
    # What was before it was acknowledged, and what adds up since then.
    for part in (slice(0, anew), slice(anew, None)):
        if later.decided[part]:
            evidence += worsening(known, [later.passed[part]], [later.decided[part]])[0].tolist()
    return [
        {**_NOTHING, "evidence": one, "signals": ["worsening"] if one >= THRESHOLD else []}
        for one in evidence
    ]


def _limits(row: ChartLimits, later: Weeks, anew: int) -> list[dict[str, Any]]:
    before = signals(frozen_of(row), later.passed[:anew], later.decided[:anew])
    all_ = signals(frozen_of(row), later.passed, later.decided, anew)
    limits = []
    for at, decided in enumerate(later.decided):
        smooth = before if at < anew else all_
        names = [name for name, one in (("beyond", all_.beyond[at]), ("ewma", smooth.ewma[at])) if one]
        some = {
            "lower": float(all_.lower[at]),
            "upper": float(all_.upper[at]),
            "smoothed": float(smooth.smoothed[at]),
            "signals": names,
        }
        limits.append({**_NOTHING, **some} if decided else _NOTHING)
    return limits


def draw(row: ChartLimits, items: Sequence[WatchedWeek], theme: Theme, narrow: bool) -> bytes:
    """Shares by week; what signals is a diamond, the first phase is grey."""

    def paint(axes: "Axes") -> None:
        grey, nan = COLOURS[theme][GREY], float("nan")
        places = list(range(len(items)))
        shares = [nan if one.share is None else 100 * one.share for one in items]
        if row.rule == "p-prime":
            axes.axhline(100 * row.figures["centre"], color=grey, linewidth=1)
            for side in ([one.lower for one in items], [one.upper for one in items]):
                limits = [nan if one is None else 100 * one for one in side]
                axes.step(places, limits, where="mid", color=grey, linestyle="--", linewidth=1)
        else:
            _paint_evidence(axes, items, theme)
        axes.plot(places, shares, color=COLOURS[theme][BLUE], marker="o", markersize=4, linewidth=1.5)
        first = sum(one.first_phase for one in items)
        axes.plot(places[:first], shares[:first], color=grey, marker="o", markersize=4, linewidth=1.5)
        marked = [at for at in places if items[at].signals and items[at].share is not None]
        if marked:
            there = [shares[at] for at in marked]
            axes.scatter(marked, there, marker="D", s=70, color=COLOURS[theme][ORANGE], zorder=3)
        step = max(1, -(-len(places) // (4 if narrow else 8)))
        axes.set_xticks(places[::step], [f"{items[at].week:%d.%m.%y}" for at in places[::step]])
        axes.yaxis.set_major_formatter("{x:.0f} %")
        axes.set_ylim(top=101)

    return drawn(paint, theme, narrow)


def _paint_evidence(axes: "Axes", items: Sequence[WatchedWeek], theme: Theme) -> None:
    """On a scale of its own, on the right: each step up is ten times as much."""
    beside = axes.twinx()
    colour = COLOURS[theme][ORANGE]
    places = [at for at, one in enumerate(items) if one.evidence is not None]
    values = [max(0.1, items[at].evidence or 0.0) for at in places]
    beside.plot(places, values, color=colour, linewidth=1.5, linestyle=":")
    beside.axhline(THRESHOLD, color=colour, linewidth=1, linestyle="--")
    beside.set_yscale("log")
    beside.set_ylim(0.1, max([2 * THRESHOLD, *(2 * one for one in values)]))
    beside.tick_params(colors=COLOURS[theme][GREY])
