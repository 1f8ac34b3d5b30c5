"""Charts as SVG, drawn by matplotlib without its global state: one figure a call, light or dark.

    Svg(draw_funnel(points, borders, target, "dark", False, speaker("sw")))

Text stays text, so that a search finds it; `say` has it in the language that was asked for. Colours are Okabe
and Ito's, for people who confuse red and green; what matters is told by shape, too.
matplotlib is loaded with the first chart.
"""

import io
from collections.abc import Callable, Sequence
from datetime import date
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Query
from starlette.responses import Response

from ubora.service.statistics.funnel import Limits, Place
from ubora.service.words import Say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Theme = Literal["light", "dark"]
Dark = Annotated[Theme, Query()]
Narrow = Annotated[bool, Query()]
"""For a phone: as large letters on half the width."""
BLUE, ORANGE, GREY, GREEN = "blue", "orange", "grey", "green"
COLOURS = {
    "light": {BLUE: "#0072B2", ORANGE: "#D55E00", GREY: "#6b6b6b", GREEN: "#007a58"},
    "dark": {BLUE: "#56B4E9", ORANGE: "#E69F00", GREY: "#b0b0b0", GREEN: "#2fc99a"},
}
INK = {"light": ("#1b1b1b", "#ffffff"), "dark": ("#f2f2f2", "#1b1b1b")}
"""Text and axes; what lies behind."""
SHAPES: dict[Place, tuple[str, str]] = {
    "too-few": ("x", GREY),
    "within": ("o", BLUE),
    "low": ("v", ORANGE),
    "far-low": ("v", ORANGE),
    "high": ("^", GREEN),
    "far-high": ("^", GREEN),
}
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "ubora",
    "font.family": "sans-serif",
    "font.sans-serif": ["system-ui", "sans-serif", "DejaVu Sans"],
    "font.size": 11,
}
_ONE_AT_A_TIME = Lock()
"""The style is matplotlib's own global state, for as long as a chart is drawn."""


class Svg(Response):
    """A drawing."""

    media_type = "image/svg+xml"


def draw_bars(bars: Sequence[tuple[str, int, float]], theme: Theme, narrow: bool, say: Say) -> bytes:
    """
    Args:
        bars: name, count, and the share, 0–1, of this one and all before it.
    """

    def draw(axes: "Axes") -> None:
        from matplotlib.ticker import MaxNLocator

        names, counts = [name for name, _, _ in bars], [count for _, count, _ in bars]
        places = range(len(bars))
        axes.bar(places, counts, color=COLOURS[theme][BLUE])
        axes.set_xticks(list(places), names, rotation=35, ha="right")
        for place, count in zip(places, counts, strict=True):
            axes.annotate(str(count), (place, count), ha="center", va="bottom", color=INK[theme][0])
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        share = axes.twinx()
        share.plot(
            places, [100 * one for _, _, one in bars], color=COLOURS[theme][ORANGE], marker="o", linewidth=1.5
        )
        share.set_ylim(0, 105)
        axes.set_ylabel(say("hub.axis.confirmed"))
        share.set_ylabel(say("hub.axis.together"))
        share.yaxis.set_major_formatter("{x:.0f} %")
        _in_ink(share, theme)

    return drawn(draw, theme, narrow)


def draw_funnel(
    points: Sequence[tuple[int, float, Place]],
    borders: Sequence[tuple[int, Limits]],
    target: float | None,
    theme: Theme,
    narrow: bool,
    say: Say,
) -> bytes:
    """
    Args:
        points: pieces, pass rate 0–1, and where it lies.
        borders: pieces, and the limits there.
    """

    def draw(axes: "Axes") -> None:
        grey = COLOURS[theme][GREY]
        sizes = [size for size, _ in borders]
        for which, line in ((0, ":"), (1, "--"), (2, "--"), (3, ":")):
            axes.plot(sizes, [100 * of[which] for _, of in borders], line, color=grey, linewidth=1)
        if target is not None:
            axes.axhline(100 * target, color=grey, linewidth=1)
        for place, (marker, colour) in SHAPES.items():
            some = [(size, 100 * rate) for size, rate, lies in points if lies == place]
            large = 60 if place.startswith("far") else 28
            if some:
                sizes_of, rates = zip(*some, strict=True)
                axes.scatter(
                    sizes_of, rates, marker=marker, color=COLOURS[theme][colour], s=large, alpha=0.85
                )
        axes.yaxis.set_major_formatter("{x:.0f} %")
        axes.set_xlim(left=0)
        axes.set_ylim(top=101)
        axes.set_xlabel(say("hub.axis.decided"))
        axes.set_ylabel(say("hub.axis.pass_rate"))

    return drawn(draw, theme, narrow)


def draw_line(
    points: Sequence[tuple[date, float | None, float | None, float | None, bool]],
    centre: float | None,
    theme: Theme,
    narrow: bool,
    say: Say,
) -> bytes:
    """
    Args:
        points: day, pass rate, lower and upper limit, each 0–1 or None without pieces; whether it signals.
    """

    def draw(axes: "Axes") -> None:
        from matplotlib.ticker import MaxNLocator

        grey, nan = COLOURS[theme][GREY], float("nan")
        places = list(range(len(points)))
        rates = [nan if one[1] is None else 100 * one[1] for one in points]
        for side in ([one[2] for one in points], [one[3] for one in points]):
            limits = [nan if limit is None else 100 * limit for limit in side]
            axes.step(places, limits, where="mid", color=grey, linestyle="--", linewidth=1)
        if centre is not None:
            axes.axhline(100 * centre, color=grey, linewidth=1)
        axes.plot(places, rates, color=COLOURS[theme][BLUE], marker="o", markersize=4, linewidth=1.5)
        signals = [(place, rates[place]) for place in places if points[place][4]]
        if signals:
            at, there = zip(*signals, strict=True)
            axes.scatter(at, there, marker="D", s=70, color=COLOURS[theme][ORANGE], zorder=3)
        step = max(1, -(-len(places) // (4 if narrow else 8)))
        # No tick that its rounded label would tell wrongly.
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xticks(places[::step], [f"{points[place][0]:%d.%m.%y}" for place in places[::step]])
        axes.yaxis.set_major_formatter("{x:.0f} %")
        axes.set_ylim(top=101)
        axes.set_ylabel(say("hub.axis.pass_rate"))

    return drawn(draw, theme, narrow)


def draw_curves(
    curves: Sequence[tuple[str, Sequence[tuple[float, float]]]], theme: Theme, narrow: bool, say: Say
) -> bytes:
    """
    Args:
        curves: name, and its points: share of defective pieces and chance that such a lot is accepted, 0–1.
    """

    def draw(axes: "Axes") -> None:
        lines = ("-", "--", ":")
        colours = (ORANGE, BLUE, GREEN)
        for (name, points), line, colour in zip(curves, lines, colours, strict=False):
            shares, chances = zip(*[(100 * share, 100 * chance) for share, chance in points], strict=True)
            axes.plot(shares, chances, line, color=COLOURS[theme][colour], label=name)
        if curves:
            axes.legend(labelcolor=INK[theme][0], facecolor=INK[theme][1], edgecolor=INK[theme][1])
        axes.xaxis.set_major_formatter("{x:.0f} %")
        axes.yaxis.set_major_formatter("{x:.0f} %")
        axes.set_xlim(left=0)
        axes.set_ylim(0, 101)
        axes.set_xlabel(say("hub.axis.defective"))
        axes.set_ylabel(say("hub.axis.accepted"))

    return drawn(draw, theme, narrow)


def drawn(draw: Callable[["Axes"], None], theme: Theme, narrow: bool, tall: float = 1.0) -> bytes:
    """A chart's SVG.

    Args:
        draw: puts it on the axes.
        tall: how many times as high as others, for charts of many rows.
    """
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    written = io.BytesIO()
    with _ONE_AT_A_TIME, matplotlib.rc_context(_STYLE):
        figure: Figure = Figure(
            figsize=(4.8, 3.4 * tall) if narrow else (8, 4 * tall),
            layout="constrained",
            facecolor=INK[theme][1],
        )
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        draw(axes)
        _in_ink(axes, theme)
        figure.savefig(written, format="svg", metadata={"Date": None})
    return written.getvalue()


def _in_ink(axes: "Axes", theme: Theme) -> None:
    ink, behind = INK[theme]
    axes.set_facecolor(behind)
    axes.tick_params(colors=ink)
    axes.xaxis.label.set_color(ink)
    axes.yaxis.label.set_color(ink)
    for name, spine in axes.spines.items():
        spine.set_visible(name in ("left", "bottom"))
        spine.set_color(ink)
