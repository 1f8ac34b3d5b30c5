"""Control charts of a share over time, and of what is rare: is this week unlike the weeks before?

    line = p_prime([44, 47, 20], [50, 52, 48])         # passed, decided of each week
    line = p_prime(passed, decided, baseline=20)       # limits of the first 20 stand for all
    line.outside()                                     # [False, False, True]

p′ widens the limits of a p chart by how much weeks differ beyond chance: with thousands of pieces a week a p
chart signals nearly always. g counts good pieces between two defective ones, t the time between two.

Sources: Laney, Quality Engineering 14 (2002), 531–537; Montgomery, Introduction to Statistical Quality
Control; for t: Nelson, Journal of Quality Technology 26 (1994), 239–241.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from ubora.service.statistics.rates import check

Values = NDArray[np.float64]
D2 = 2 / float(np.sqrt(np.pi))
"""A mean moving range of two, in standard deviations: 1.128."""
TOGETHER = 4
"""Counts of a g chart that are added up."""
_ROOT = 3.6
"""t: a time between events to this root is near normal."""


@dataclass(frozen=True)
class Chart:
    """Points with their limits, as arrays (points,); a point of no pieces is nan, and never outside."""

    values: Values
    centre: float
    spread: Values
    """Standard deviation of each point, as the limits have it; of t in its 3.6th root."""
    lower: Values
    upper: Values
    sigma_z: float = 1.0
    """How much wider than by chance alone; 1 of all but p′."""
    baseline: int = 0
    """How many points the centre and limits stand on."""

    def outside(self) -> list[bool]:
        """Which points lie beyond a limit."""
        with np.errstate(invalid="ignore"):
            return [bool(one) for one in (self.values < self.lower) | (self.values > self.upper)]


def p(found: Sequence[int], of: Sequence[int], baseline: int | None = None, width: float = 3.0) -> Chart:
    """Shares with binomial limits, `width` standard deviations off.

    Args:
        baseline: how many first points centre and limits stand on; None is all of them.

    Raises:
        ValueError: lengths that differ, counts that are none, a baseline of no pieces.
    """
    values, sizes, first = _shares(found, of, baseline)
    return _binomial(values, sizes, first, width, 1.0)


def p_prime(
    found: Sequence[int], of: Sequence[int], baseline: int | None = None, width: float = 3.0
) -> Chart:
    """As `p`, widened by how much neighbouring points of the baseline differ beyond chance (Laney).

    Narrower than `p` where they differ less. With one point of pieces there is no neighbour: as `p`.
    """
    values, sizes, first = _shares(found, of, baseline)
    centre = _mean(values[:first], sizes[:first])
    some = sizes[:first] > 0
    spread = np.sqrt(centre * (1 - centre) / sizes[:first][some])
    if centre in (0.0, 1.0) or some.sum() < 2:
        return _binomial(values, sizes, first, width, 1.0)
    z = (values[:first][some] - centre) / spread
    return _binomial(values, sizes, first, width, float(np.abs(np.diff(z)).mean()) / D2)


def g(between: Sequence[int], baseline: int | None = None, width: float = 3.0) -> Chart:
    """Good pieces between two defective ones; the centre line is the median of a geometric count.

    Above the upper limit: they have become rarer. The lower limit is 0 for all usual rates.

    Raises:
        ValueError: none, or a count below 0.
    """
    values = _times(between, 0)
    first = _first(len(values), baseline)
    mean = float(values[:first].mean())
    spread = float(np.sqrt(mean * (mean + 1)))
    low, high = max(0.0, mean - width * spread), mean + width * spread
    return _flat(values, float(np.log(2)) * mean, spread, (low, high), first)


def close_together(between: Sequence[int], mean: float, chance: float = 0.00135) -> list[bool]:
    """At which counts the last TOGETHER are so few good pieces as chance makes them that seldom, or fewer.

    A g chart has no lower limit to lie below; several counts together have one (negative binomial).

    Args:
        mean: good pieces between two defective ones, usually.
    """
    values = _times(between, 0)
    sums = np.convolve(values, np.ones(TOGETHER))[: len(values)]
    often = 1 / (1 + mean)
    return [
        at >= TOGETHER - 1 and bool(betainc(TOGETHER, one + 1, often) <= chance)
        for at, one in enumerate(sums)
    ]


def t(between: Sequence[float], baseline: int | None = None, width: float = 3.0) -> Chart:
    """Time between two events, any unit; limits from moving ranges of its 3.6th root.

    Raises:
        ValueError: fewer than two in the baseline, or a time of 0 or less.
    """
    values = _times(between, 1e-12)
    first = _first(len(values), baseline)
    if first < 2:
        raise ValueError(f"{first} times, expected 2 or more")
    roots = values[:first] ** (1 / _ROOT)
    centre, spread = float(roots.mean()), float(np.abs(np.diff(roots)).mean()) / D2
    low, high = (max(0.0, centre + side * width * spread) ** _ROOT for side in (-1, 1))
    return _flat(values, centre**_ROOT, spread, (low, high), first)


def z_scores(chart: Chart) -> Values:
    """How many standard deviations each point of p or p′ lies off the centre; nan of no pieces.

    Where the centre is 0 or 1 nothing can vary: 0 for a point on it, and infinite for one that is not.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (chart.values - chart.centre) / chart.spread
    return np.where(chart.values == chart.centre, 0.0, z)


def _binomial(values: Values, sizes: Values, first: int, width: float, sigma_z: float) -> Chart:
    centre = _mean(values[:first], sizes[:first])
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = sigma_z * np.sqrt(centre * (1 - centre) / sizes)
        lower, upper = (np.clip(centre + side * width * spread, 0, 1) for side in (-1, 1))
    return Chart(values, centre, spread, lower, upper, sigma_z, first)


def _shares(found: Sequence[int], of: Sequence[int], baseline: int | None) -> tuple[Values, Values, int]:
    if len(found) != len(of):
        raise ValueError(f"{len(found)} counts of {len(of)} points, expected as many")
    for one, all_ in zip(found, of, strict=True):
        check(one, all_)
    first = _first(len(of), baseline)
    sizes = np.array(of, dtype=float)
    if sizes[:first].sum() == 0:
        raise ValueError(f"no pieces in the first {first} points, expected some")
    with np.errstate(invalid="ignore"):
        return np.array(found, dtype=float) / sizes, sizes, first


def _mean(values: Values, sizes: Values) -> float:
    some = sizes > 0
    return float(np.sum(values[some] * sizes[some]) / sizes.sum())


def _first(points: int, baseline: int | None) -> int:
    first = points if baseline is None else baseline
    if not 1 <= first <= points:
        raise ValueError(f"a baseline of {first} of {points} points, expected 1 to {points}")
    return first


def _times(between: Sequence[float], least: float) -> Values:
    values = np.array(between, dtype=float)
    if values.size == 0 or not (values >= least).all():
        raise ValueError(f"{list(between)[:5]}, expected one or more, none below {least:g}")
    return values


def _flat(values: Values, centre: float, spread: float, limits: tuple[float, float], first: int) -> Chart:
    sides = [np.full_like(values, one) for one in (spread, *limits)]
    return Chart(values, centre, sides[0], sides[1], sides[2], 1.0, first)
