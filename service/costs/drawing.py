"""The picture of expected cost against the thresholds: a line with its 95 %, where it is now and least."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ubora.service.costs.curve import Curve
from ubora.service.costs.measured import Measured
from ubora.service.numbers.drawing import BLUE, COLOURS, GREEN, GREY, ORANGE, Theme, drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN = 2.4
"""Log-odds on both sides; beyond, nearly everything or nothing is flagged."""
NEAR = 1.4
"""Within it the whole line is to be seen."""
_TICKS = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 10, 20)


def draw_cost(curve: Curve | None, theme: Theme, narrow: bool) -> bytes:
    """KES of 100 pieces by how far all thresholds move, as a factor of their odds; empty without a curve."""

    def draw(axes: "Axes") -> None:
        from math import log

        if curve is None:
            axes.set_axis_off()
            return
        inside = [point for point in curve.points if abs(point.step) <= SHOWN]
        steps = [point.step for point in inside]
        colours = COLOURS[theme]
        axes.fill_between(
            steps,
            [point.between[0] for point in inside],
            [point.between[1] for point in inside],
            color=colours[BLUE],
            alpha=0.18,
            linewidth=0,
        )
        axes.plot(steps, [point.kes for point in inside], color=colours[BLUE], linewidth=2)
        least, most = curve.cheapest_between
        axes.axvspan(max(least, -SHOWN), min(most, SHOWN), color=colours[GREEN], alpha=0.12, linewidth=0)
        now = min(curve.points, key=lambda point: abs(point.step))
        best = curve.points[curve.cheapest]
        axes.scatter([now.step], [now.kes], marker="o", s=60, color=colours[ORANGE], zorder=3)
        axes.scatter([best.step], [best.kes], marker="D", s=60, color=colours[GREEN], zorder=3)
        axes.axvline(0, color=colours[GREY], linewidth=1, linestyle=":")
        ticks = [one for one in _TICKS if abs(log(one)) <= SHOWN]
        axes.set_xticks([float(log(one)) for one in ticks], [_factor(one) for one in ticks])
        axes.set_xlim(-SHOWN, SHOWN)
        near = [point.between[1] for point in inside if abs(point.step) <= NEAR]
        axes.set_ylim(0, 1.05 * max(near, default=1.0))
        axes.yaxis.set_major_formatter("{x:,.0f}")

    return drawn(draw, theme, narrow)


def draw_measured(points: Sequence[tuple[Measured, float]], theme: Theme, narrow: bool) -> bytes:
    """KES of 100 pieces by the share of good photos flagged, of the few settings that a release tells of."""

    def draw(axes: "Axes") -> None:
        colours = COLOURS[theme]
        for now, marker, colour in ((False, "s", BLUE), (True, "o", ORANGE)):
            some = [(100 * one.flagged, kes) for one, kes in points if one.is_now == now]
            if some:
                across, up = zip(*some, strict=True)
                axes.scatter(across, up, marker=marker, s=60, color=colours[colour], zorder=3)
        axes.xaxis.set_major_formatter("{x:.0f} %")
        axes.yaxis.set_major_formatter("{x:,.0f}")
        axes.set_xlim(0, 1.1 * max((100 * one.flagged for one, _ in points), default=1.0))
        axes.set_ylim(0, 1.1 * max((kes for _, kes in points), default=1.0))

    return drawn(draw, theme, narrow)


def _factor(odds: float) -> str:
    if odds == 1:
        return "1"
    return f"×{odds:g}" if odds > 1 else f"÷{1 / odds:g}"
