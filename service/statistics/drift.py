"""Small shifts that last: EWMA and CUSUM see them sooner than a chart's limits do.

    line = ewma(values, target=0.9, sigma=spread)          # values, lower and upper, as arrays
    line = cusum(z, slack=0.5, decision=5)                 # z scores, as of `charts.z_scores`
    line.signals()

Sources: Roberts, Technometrics 1 (1959); Page, Biometrika 41 (1954); Montgomery, chapter 9: a slack of ½ and
a decision of 5 standard deviations signal a shift of one after about 10 points, and falsely after about 465.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Smoothed:
    """Arrays (points,)."""

    values: Values
    lower: Values
    upper: Values

    def signals(self) -> list[bool]:
        return [bool(one) for one in (self.values < self.lower) | (self.values > self.upper)]


@dataclass(frozen=True)
class Sums:
    """Arrays (points,), in standard deviations, 0 or more."""

    high: Values
    low: Values
    decision: float

    def signals(self) -> list[bool]:
        return [bool(one) for one in (self.high > self.decision) | (self.low > self.decision)]


def ewma(
    values: Sequence[float],
    target: float,
    sigma: float | Sequence[float],
    weight: float = 0.2,
    width: float = 3.0,
) -> Smoothed:
    """Each point `weight` of itself and the rest of what was before, beginning at the target.

    Args:
        values: nan leaves a point out: what was before stays.
        sigma: standard deviation of a point, or of each of them.

    Raises:
        ValueError: a weight that is none, or a negative sigma.
    """
    if not 0 < weight <= 1:
        raise ValueError(f"weight {weight}, expected above 0 and at most 1")
    points = np.array(values, dtype=float)
    spreads = np.broadcast_to(np.array(sigma, dtype=float), points.shape)
    if (spreads < 0).any():
        raise ValueError(f"sigma {spreads.min()}, expected 0 or more")
    smoothed, variances = np.empty_like(points), np.empty_like(points)
    now, variance = target, 0.0
    for at, (point, spread) in enumerate(zip(points, spreads, strict=True)):
        if not np.isnan(point):
            now = weight * point + (1 - weight) * now
            variance = (weight * spread) ** 2 + (1 - weight) ** 2 * variance
        smoothed[at], variances[at] = now, variance
    reach = width * np.sqrt(variances)
    return Smoothed(smoothed, target - reach, target + reach)


def cusum(z: Sequence[float], slack: float = 0.5, decision: float = 5.0) -> Sums:
    """Sums of what lies more than `slack` above, and below, the centre.

    Args:
        z: standard deviations off the centre; nan leaves a point out.

    Raises:
        ValueError: a slack or decision below 0.
    """
    if slack < 0 or decision < 0:
        raise ValueError(f"slack {slack}, decision {decision}, expected 0 or more")
    high, low = np.zeros(len(z)), np.zeros(len(z))
    up = down = 0.0
    for at, one in enumerate(z):
        if not np.isnan(one):
            up, down = max(0.0, up + one - slack), max(0.0, down - one - slack)
        high[at], low[at] = up, down
    return Sums(high, low, decision)
