"""Small drawings inside a page: inline SVG in the page's own colours, light or dark, without a script.

    curve(points, target=0.05)          recall against false flags
    reliability_diagram(bins)           what was said against what was so
    interval_bar(share)                 a table cell's value with its interval
    levels_chart(trend["levels"])       false flags by variance level

Shares are 0–1 everywhere. A figure that is undefined is drawn as a dash, never as 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

CHART_STYLE = """
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--soft); font: 11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.grid { stroke: var(--line); stroke-width: 1; fill: none; }
.chance { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 3 4; fill: none; }
.line { stroke: var(--seen); stroke-width: 2; fill: none; stroke-linejoin: round; }
.area { fill: var(--seen); opacity: .13; }
.dot { fill: var(--seen); stroke: var(--card); stroke-width: 1.5; }
.mark { fill: var(--card); stroke: var(--fault); stroke-width: 2; }
.whisker { stroke: var(--seen); stroke-width: 2; stroke-linecap: round; }
.count { fill: var(--seen); opacity: .22; }
.bar { width: 56px; flex: none; }
.bar .track { fill: var(--line); opacity: .6; }
.bar .reach { fill: var(--seen); opacity: .35; }
.bar .reach.bad { fill: var(--fault); }
.bar .at { fill: var(--ink); }
"""

_BAR = 56.0
"""Width of a bar in a cell, pixels."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 46.0, 8.0, 8.0, 30.0


@dataclass(frozen=True)
class _Sheet:
    """A drawing's size in its own units, which are pixels where it is shown as wide as that."""

    width: float
    height: float

    def x(self, share: float) -> float:
        return round(_LEFT + share * (self.width - _LEFT - _RIGHT), 1)

    def y(self, share: float) -> float:
        return round(self.height - _BOTTOM - share * (self.height - _TOP - _BOTTOM), 1)


_SMALL, _LARGE = _Sheet(240, 176), _Sheet(480, 250)


def curve(
    points: Sequence[tuple[float, float]], mark: tuple[float, float] | None = None, label: str = ""
) -> str:
    """Recall (up) against the share of clean photos flagged (across), at every threshold.

    Args:
        points: (false flags, recall), rising; from training.figures.steps.
        mark: where the released threshold stands.
    """
    if not points:
        return '<p class="undefined">too few photos to draw</p>'
    sheet = _SMALL
    drawn = _frame(sheet, "clean photos flagged", "found")
    drawn += f'<path class="chance" d="M{sheet.x(0)} {sheet.y(0)}L{sheet.x(1)} {sheet.y(1)}"/>'
    path = f"M{sheet.x(0)} {sheet.y(0)}"
    for across, up in _thinned(points):
        path += f"H{sheet.x(across)}V{sheet.y(up)}"
    path += f"H{sheet.x(1)}"
    drawn += f'<path class="area" d="{path}V{sheet.y(0)}Z"/><path class="line" d="{path}"/>'
    if mark is not None:
        drawn += f'<circle class="mark" cx="{sheet.x(mark[0])}" cy="{sheet.y(mark[1])}" r="5"/>'
    return _svg(sheet, drawn, label)


def reliability_diagram(bins: Sequence[Mapping[str, Any]], label: str = "") -> str:
    """Share that was so (up, with its interval) against what was said (across); columns count photos.

    Args:
        bins: training.scoring.reliability.Bin as dicts, each with the `interval` of its share.
    """
    held = [b for b in bins if b["count"]]
    if not held:
        return '<p class="undefined">nothing to draw</p>'
    most = max(b["count"] for b in held)
    sheet = _LARGE
    drawn = _frame(sheet, "score", "share that shows it")
    for b in held:
        # Counts on a root scale: most scores are near zero, and a handful must still be seen.
        tall = 0.3 * (b["count"] / most) ** 0.5
        drawn += _rectangle(sheet, "count", b["low"], b["high"], tall)
    drawn += f'<path class="chance" d="M{sheet.x(0)} {sheet.y(0)}L{sheet.x(1)} {sheet.y(1)}"/>'
    path = "L".join(f"{sheet.x(b['mean_score'])} {sheet.y(b['share_positive'])}" for b in held)
    drawn += f'<path class="line" d="M{path}"/>'
    for b in held:
        drawn += _dot(sheet, sheet.x(b["mean_score"]), b["share_positive"], b["interval"])
    return _svg(sheet, drawn, label)


def levels_chart(levels: Mapping[str, Mapping[str, Any]], label: str = "") -> str:
    """Share of clean photos flagged, with its interval, at each variance level."""
    highest = max((s["interval"][1] for s in levels.values() if s["interval"]), default=1.0)
    top = next(limit for limit in (0.1, 0.2, 0.5, 1.0) if highest <= limit)
    sheet = _LARGE
    drawn = _frame(sheet, "variance level", "clean photos flagged", top=top, across=False)
    places = {name: (i + 0.5) / len(levels) for i, name in enumerate(levels)}
    known = [(places[n], s["value"] / top) for n, s in levels.items() if s["value"] is not None]
    drawn += (
        '<path class="line" d="M' + "L".join(f"{sheet.x(x)} {sheet.y(y)}" for x, y in known) + '"/>'
        if known
        else ""
    )
    for name, found in levels.items():
        x = sheet.x(places[name])
        drawn += f'<text x="{x}" y="{sheet.height - _BOTTOM + 13}" text-anchor="middle">{escape(name)}</text>'
        if found["value"] is None:
            continue
        low, high = found["interval"]
        drawn += _dot(sheet, x, found["value"] / top, (low / top, high / top))
    return _svg(sheet, drawn, label)


def interval_bar(value: float | None, interval: Sequence[float] | None, *, bad: bool = False) -> str:
    """A 0–1 track with the interval as a band and the value as a tick.

    Args:
        bad: high is bad, an escape or a false flag.
    """
    drawn = '<rect class="track" x="0" y="4" width="56" height="4" rx="2"/>'
    if value is not None:
        if interval is not None:
            low, high = interval
            reach = (
                f'x="{_BAR * low:.1f}" y="2" width="{max(1.5, _BAR * (high - low)):.1f}" height="8" rx="3"'
            )
            drawn += f'<rect class="reach{" bad" if bad else ""}" {reach}/>'
        left = min(_BAR - 2, max(0.0, _BAR * value - 1))
        drawn += f'<rect class="at" x="{left:.1f}" y="0" width="2" height="12"/>'
    return f'<svg class="bar" viewBox="0 0 56 12" aria-hidden="true">{drawn}</svg>'


def _svg(sheet: _Sheet, drawn: str, label: str) -> str:
    box = f"0 0 {sheet.width:g} {sheet.height:g}"
    return f'<svg viewBox="{box}" role="img" aria-label="{escape(label)}">{drawn}</svg>'


def _frame(sheet: _Sheet, below: str, beside: str, *, top: float = 1.0, across: bool = True) -> str:
    drawn = ""
    for share in (0, 0.5, 1):
        drawn += f'<path class="grid" d="M{sheet.x(0)} {sheet.y(share)}H{sheet.x(1)}"/>'
        y = sheet.y(share) + 4
        drawn += f'<text x="{_LEFT - 5}" y="{y}" text-anchor="end">{share * top * 100:.0f}%</text>'
        if across:
            drawn += f'<path class="grid" d="M{sheet.x(share)} {sheet.y(0)}V{sheet.y(1)}"/>'
            anchor = {0: "start", 0.5: "middle", 1: "end"}[share]
            y = sheet.height - _BOTTOM + 13
            drawn += f'<text x="{sheet.x(share)}" y="{y}" text-anchor="{anchor}">{share * 100:.0f}%</text>'
    middle = (_LEFT + sheet.width - _RIGHT) / 2
    drawn += f'<text x="{middle}" y="{sheet.height - 3}" text-anchor="middle">{below}</text>'
    centre = (_TOP + sheet.height - _BOTTOM) / 2
    turned = f"translate(10 {centre:g}) rotate(-90)"
    return drawn + f'<text class="beside" transform="{turned}" text-anchor="middle">{beside}</text>'


def _dot(sheet: _Sheet, x: float, share: float, interval: Sequence[float] | None) -> str:
    """A value at a height, and its interval as a whisker."""
    drawn = ""
    if interval is not None:
        drawn = f'<path class="whisker" d="M{x} {sheet.y(interval[0])}V{sheet.y(interval[1])}"/>'
    return drawn + f'<circle class="dot" cx="{x}" cy="{sheet.y(share)}" r="4.5"/>'


def _rectangle(sheet: _Sheet, kind: str, low: float, high: float, tall: float) -> str:
    width = sheet.x(high) - sheet.x(low) - 1
    return (
        f'<rect class="{kind}" x="{sheet.x(low) + 0.5:.1f}" y="{sheet.y(tall)}" width="{width:.1f}" '
        f'height="{sheet.y(0) - sheet.y(tall):.1f}"/>'
    )


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The same line with only the points at which it turns."""
    kept = [points[0]]
    for before, point, after in zip(points, points[1:], points[2:], strict=False):
        straight = before[0] == point[0] == after[0] or before[1] == point[1] == after[1]
        if not straight:
            kept.append(point)
    return [*kept, points[-1]]
