"""What is rare, what moved and what was missed, as pictures."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from ubora.service.numbers.drawing import BLUE, COLOURS, GREY, ORANGE, Theme, drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_gaps(
    points: Sequence[tuple[date, float, bool]],
    centre: float | None,
    upper: float | None,
    theme: Theme,
    narrow: bool,
) -> bytes:
    """
    Args:
        points: day, pieces or days between, whether it signals.
    """

    def paint(axes: "Axes") -> None:
        _line(axes, [day for day, _, _ in points], [one for _, one, _ in points], theme, narrow)
        for value, style in ((centre, "-"), (upper, "--")):
            if value is not None:
                axes.axhline(value, color=COLOURS[theme][GREY], linewidth=1, linestyle=style)
        _mark(axes, [(at, one) for at, (_, one, signals) in enumerate(points) if signals], theme)
        axes.set_ylim(bottom=0)

    return drawn(paint, theme, narrow)


def draw_drift(
    points: Sequence[tuple[date, float | None, bool]], far: float, theme: Theme, narrow: bool
) -> bytes:
    """
    Args:
        points: week, distance 0–1 or None where nothing is said, whether it drifted.
        far: the distance below which nothing is called drift.
    """

    def paint(axes: "Axes") -> None:
        nan = float("nan")
        values = [nan if one is None else 100 * one for _, one, _ in points]
        _line(axes, [week for week, _, _ in points], values, theme, narrow)
        axes.axhline(100 * far, color=COLOURS[theme][GREY], linewidth=1, linestyle="--")
        _mark(axes, [(at, values[at]) for at, (_, _, drifted) in enumerate(points) if drifted], theme)
        axes.yaxis.set_major_formatter("{x:.0f}")
        axes.set_ylim(bottom=0)

    return drawn(paint, theme, narrow)


def draw_bounds(
    points: Sequence[tuple[date, float, float, float]], most: float, theme: Theme, narrow: bool
) -> bytes:
    """
    Args:
        points: week, share so far, and both ends of its bound, 0–1.
        most: the share above which there is an alert.
    """

    def paint(axes: "Axes") -> None:
        places = list(range(len(points)))
        low, high = [100 * one for _, _, one, _ in points], [100 * one for *_, one in points]
        axes.fill_between(places, low, high, color=COLOURS[theme][BLUE], alpha=0.25, linewidth=0)
        shares = [100 * one[1] for one in points]
        _line(axes, [week for week, *_ in points], shares, theme, narrow)
        axes.axhline(100 * most, color=COLOURS[theme][ORANGE], linewidth=1, linestyle="--")
        axes.yaxis.set_major_formatter("{x:.0f} %")
        axes.set_ylim(bottom=0)

    return drawn(paint, theme, narrow)


def _line(axes: "Axes", days: Sequence[date], values: Sequence[float], theme: Theme, narrow: bool) -> None:
    places = list(range(len(values)))
    axes.plot(places, values, color=COLOURS[theme][BLUE], marker="o", markersize=4, linewidth=1.5)
    step = max(1, -(-len(places) // (4 if narrow else 8)))
    axes.set_xticks(places[::step], [f"{days[place]:%d.%m.%y}" for place in places[::step]])


def _mark(axes: "Axes", points: Sequence[tuple[int, float]], theme: Theme) -> None:
    if points:
        at, there = zip(*points, strict=True)
        axes.scatter(at, there, marker="D", s=70, color=COLOURS[theme][ORANGE], zorder=3)
