"""A funnel: how far from the target a workshop's rate may lie by chance, given how many pieces it made.

    spread = overdispersion(groups, target=0.9)
    limits(20, 0.9)                              # (0.615, 0.722, 0.990, 1.000): 99.8 and 95 %
    limits(20, 0.9, spread.between)
    place(12, 20, 0.9)                           # "low"

Source: Spiegelhalter, Statistics in Medicine 24 (2005), 1185–1202: exact binomial limits with interpolation
(appendix A.1.1), and an additive component of variance between workshops from winsorised z scores (3.3). With
a component between them the exact limits are widened in the ratio of the two standard deviations.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ubora.service.statistics.distributions import binomial_chance, binomial_quantile, binomial_up_to
from ubora.service.statistics.rates import check

FEWEST_PIECES = 20
"""Below it a workshop's place in the funnel is not said: even no piece passed would be within many limits."""
TAILS = (0.001, 0.025, 0.975, 0.999)
WINSORISED = 0.1
"""Of the z scores at each end: a few truly different workshops must not widen the funnel for all."""
Limits = tuple[float, float, float, float]
"""Lower 99.8 %, lower 95 %, upper 95 %, upper 99.8 %, each 0–1."""
Place = Literal["too-few", "far-low", "low", "within", "high", "far-high"]


@dataclass(frozen=True)
class Overdispersion:
    ratio: float
    """Mean square of the winsorised z scores: near 1 where workshops differ by chance alone."""
    between: float
    """Standard deviation between workshops' true rates; 0 where chance explains all."""


def limits(pieces: int, target: float, between: float = 0.0) -> Limits:
    """
    Args:
        pieces: decided, at least 1.
        target: rate, above 0 and below 1.
        between: standard deviation between workshops, as of `Overdispersion`.

    Raises:
        ValueError: no pieces, or a target that is no rate.
    """
    if pieces < 1:
        raise ValueError(f"{pieces} pieces, expected 1 or more")
    _check_target(target)
    within = target * (1 - target) / pieces
    widened = float(np.sqrt(1 + between**2 / within))
    ends = [target + (_exact(pieces, target, tail) - target) * widened for tail in TAILS]
    low, lower, upper, high = (min(1.0, max(0.0, one)) for one in ends)
    return low, lower, upper, high


def overdispersion(groups: Sequence[tuple[int, int]], target: float) -> Overdispersion:
    """
    Args:
        groups: passed and decided of each workshop; those of fewer than FEWEST_PIECES are left out.

    Raises:
        ValueError: a target that is no rate.
    """
    _check_target(target)
    counted = np.array([one for one in groups if one[1] >= FEWEST_PIECES], dtype=float).reshape(-1, 2)
    if len(counted) < 2:
        return Overdispersion(1.0, 0.0)
    passed, decided = counted[:, 0], counted[:, 1]
    variance = target * (1 - target) / decided
    z = (passed / decided - target) / np.sqrt(variance)
    low, high = np.quantile(z, [WINSORISED, 1 - WINSORISED])
    ratio = float(np.mean(np.clip(z, low, high) ** 2))
    weights, number = 1 / variance, len(z)
    spare = number * ratio - (number - 1)
    room = float(weights.sum() - (weights**2).sum() / weights.sum())
    return Overdispersion(ratio, float(np.sqrt(spare / room)) if spare > 0 else 0.0)


def place(passed: int, pieces: int, target: float, between: float = 0.0) -> Place:
    """Where a workshop lies: `low` is under the 95 % limit, `far-low` under that of 99.8 %.

    Raises:
        ValueError: more passed than there are, or a target that is no rate.
    """
    check(passed, pieces)
    if pieces < FEWEST_PIECES:
        return "too-few"
    rate = passed / pieces
    low, lower, upper, high = limits(pieces, target, between)
    if rate < lower:
        return "far-low" if rate < low else "low"
    if rate > upper:
        return "far-high" if rate > high else "high"
    return "within"


def _exact(pieces: int, target: float, tail: float) -> float:
    """The rate under which lies that share of all counts, between the two counts that straddle it."""
    count = binomial_quantile(tail, pieces, target)
    upto, at = binomial_up_to(count, pieces, target), binomial_chance(count, pieces, target)
    return (count - (upto - tail) / at) / pieces


def _check_target(target: float) -> None:
    if not 0 < target < 1:
        raise ValueError(f"target {target}, expected above 0 and below 1")
