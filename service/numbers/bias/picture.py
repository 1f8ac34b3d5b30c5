"""The picture of a bias audit: each group's shares of errors as points with their intervals."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ubora.service.numbers.drawing import BLUE, COLOURS, INK, ORANGE, Theme, drawn
from ubora.service.words import Say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Row = tuple[str, tuple[float, float, float] | None, tuple[float, float, float] | None]
"""Name of a group; false flags and misses: share and both ends, 0–1, or None of too little to say."""
LINES = 6
"""Groups that fit a picture of usual height."""


def draw_gaps(rows: Sequence[Row], theme: Theme, narrow: bool, say: Say) -> bytes:
    """The first group at the top."""

    def draw(axes: "Axes") -> None:
        kinds = ((1, say("hub.bias.flags"), BLUE, "o", -0.14), (2, say("hub.bias.misses"), ORANGE, "D", 0.14))
        for at, word, colour, marker, aside in kinds:
            known = [(place, row[at]) for place, row in enumerate(rows)]
            points = [(place + aside, *shares) for place, shares in known if shares is not None]
            if not points:
                continue
            places, shares, lows, highs = ([100 * one for one in of] for of in zip(*points, strict=True))
            heights = [place / 100 for place in places]
            ends = [
                [share - low for share, low in zip(shares, lows, strict=True)],
                [high - share for share, high in zip(shares, highs, strict=True)],
            ]
            axes.errorbar(
                shares,
                heights,
                xerr=ends,
                fmt=marker,
                color=COLOURS[theme][colour],
                label=word,
                capsize=3,
                linewidth=1.5,
            )
        axes.set_yticks(range(len(rows)), [row[0] for row in rows])
        axes.set_ylim(max(0.6, len(rows) - 0.4), -0.6)
        axes.set_xlim(left=0)
        axes.xaxis.set_major_formatter("{x:.0f} %")
        axes.set_xlabel(say("hub.bias.axis"))
        if rows:
            ink, behind = INK[theme]
            axes.legend(labelcolor=ink, facecolor=behind, edgecolor=behind, loc="best")

    return drawn(draw, theme, narrow, max(1.0, len(rows) / LINES))
