"""The picture of cost against volume: a good piece of workshops and of a factory, with 95 % of the draws."""

from typing import TYPE_CHECKING

from ubora.service.numbers.drawing import BLUE, COLOURS, GREY, ORANGE, Theme, drawn
from ubora.service.scale.uncertainty import BreakEven

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CEILING = 3.0
"""The picture ends at so many times what workshops cost at the largest volume: few of a factory cost more."""


def draw_volumes(found: BreakEven, theme: Theme, narrow: bool) -> bytes:
    """Workshops are a line, the factory is dashed; where both cost the same, a line stands upright."""

    def draw(axes: "Axes") -> None:
        colours = COLOURS[theme]
        demand = [one.demand for one in found.volumes]
        sides = (
            ([one.network for one in found.volumes], BLUE, "-"),
            ([one.factory for one in found.volumes], ORANGE, "--"),
        )
        for side, colour, line in sides:
            low, high = [one.between[0] for one in side], [one.between[1] for one in side]
            axes.fill_between(demand, low, high, color=colours[colour], alpha=0.15, linewidth=0)
            axes.plot(demand, [one.value for one in side], line, color=colours[colour], linewidth=2)
        if found.at is not None:
            axes.axvline(found.at, color=colours[GREY], linewidth=1)
        axes.set_xscale("log")
        axes.set_xlim(demand[0], demand[-1])
        axes.set_ylim(0, CEILING * found.volumes[-1].network.between[1])
        ticks = [100, 1_000, 10_000, 100_000]
        axes.set_xticks(ticks, [f"{one:,}" for one in ticks])
        axes.minorticks_off()
        axes.yaxis.set_major_formatter("{x:,.0f}")

    return drawn(draw, theme, narrow)
