"""Patterns within the limits of a chart that chance seldom makes: Anhøj's two rules, and four of Nelson's.

    anhoej(values, centre)          # longest run and crossings, each with what chance would not exceed
    nelson(z)                       # rule → the points at which it signals

Sources: Anhøj and Olesen, PLoS ONE 9 (2014) e113825; Nelson, Journal of Quality Technology 16 (1984),
237–239: tests 1 to 4, as Minitab offers them for charts of attributes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ubora.service.statistics.distributions import binomial_quantile

FEWEST = 10
"""Useful points below which Anhøj's rules say nothing."""
SAME_SIDE, TREND, ALTERNATING = 9, 6, 14


@dataclass(frozen=True)
class Runs:
    useful: int
    """Points that do not lie on the centre line."""
    longest: int
    longest_allowed: int
    crossings: int
    crossings_least: int

    @property
    def signals(self) -> bool:
        """A shift: too long a run, or too few crossings."""
        enough = self.useful >= FEWEST
        return enough and (self.longest > self.longest_allowed or self.crossings < self.crossings_least)


def anhoej(values: Sequence[float], centre: float) -> Runs:
    """Longest run on one side and crossings of the centre line; nan and points on the line are left out."""
    sides = [one > centre for one in values if not np.isnan(one) and one != centre]
    number = len(sides)
    if number == 0:
        return Runs(0, 0, 0, 0, 0)
    crossings = sum(one != other for one, other in pairwise(sides))
    allowed = round(float(np.log2(number)) + 3)
    least = binomial_quantile(0.05, number - 1, 0.5) if number > 1 else 0
    return Runs(number, _longest(sides), allowed, crossings, least)


def nelson(z: Sequence[float]) -> dict[str, list[int]]:
    """Rule → indices of the points that complete it.

    beyond       more than 3 standard deviations off
    same-side    9 in a row on one side of the centre
    trend        6 in a row, all rising or all falling
    alternating  14 in a row, up and down by turns

    Args:
        z: standard deviations off the centre; a nan breaks every row.
    """
    points = np.array(z, dtype=float)
    side, step = np.sign(points), np.sign(np.diff(points))
    # A turn is 1 where a step goes against the one before.
    turn = np.where(step[1:] * step[:-1] < 0, 1.0, 0.0)
    return {
        "beyond": [at for at, one in enumerate(points) if abs(one) > 3],
        "same-side": _rows(side, SAME_SIDE, 0),
        "trend": _rows(step, TREND - 1, 1),
        "alternating": _rows(turn, ALTERNATING - 2, 2),
    }


def _longest(sides: Sequence[bool]) -> int:
    longest = length = 1
    for one, other in pairwise(sides):
        length = length + 1 if one == other else 1
        longest = max(longest, length)
    return longest


def _rows(signs: np.ndarray[tuple[int], np.dtype[np.float64]], least: int, offset: int) -> list[int]:
    """Where a row of the same sign, which is not 0, has at least that many."""
    rows, length = [], 0
    before = 0.0
    for at, sign in enumerate(signs):
        counts = sign != 0 and not np.isnan(sign)
        length = (length + 1 if sign == before else 1) if counts else 0
        before = float(sign)
        if length >= least:
            rows.append(at + offset)
    return rows
