"""Has a share of few pieces got worse at some week? Shiryaev and Roberts' statistic, with what is not known.

    known = Known.of(alpha=[52.0], beta=[3.4])                # what limits were frozen from: Beta, of passing
    evidence = worsening(known, passed, decided)              # (units, weeks)
    first = first_beyond(evidence, THRESHOLD)                 # (units,): the week, or -1

The evidence of a week adds up, over every week in which it may have begun, how much likelier the counts since
are after a fall than without one. A fall makes the odds of not passing two or four times what they were, both
alike. The true share before is not known but by its Beta distribution; likelihoods are averaged over it.

While nothing changes the evidence of week n has mean n, whatever the numbers of pieces are: evidence less
weeks is a martingale. So it takes THRESHOLD weeks on average, or more, until it first exceeds THRESHOLD: that
is the average run length, over units whose true shares are spread as that distribution says.

Sources: Shiryaev, Theory of Probability and its Applications 8 (1963), 22–46; Roberts, Technometrics 8
(1966), 411–430; the bound: Pollak, Annals of Statistics 15 (1987), 749–779.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, log_expit, logit, logsumexp

Values = NDArray[np.float64]
THRESHOLD = 200.0
"""Weeks that pass on average until a steady unit signals: of 2,500 units at most 13 a week."""
FALLS = (2.0, 4.0)
"""Times the odds of not passing."""
MOST = 1e12
"""Evidence is not told beyond it."""
_POINTS, _END = 96, 1e-6
"""Of the grid over a true share, and what is left out at either end of it."""


@dataclass(frozen=True)
class Known:
    """Beta distributions of the chance to pass, one a unit; arrays (units,), above 0."""

    alpha: Values
    beta: Values

    @classmethod
    def of(cls, alpha: ArrayLike, beta: ArrayLike) -> Self:
        """
        Raises:
            ValueError: lengths that differ, or what is no Beta distribution.
        """
        first, second = np.atleast_1d(np.asarray(alpha, float)), np.atleast_1d(np.asarray(beta, float))
        if first.shape != second.shape or not ((first > 0) & (second > 0)).all():
            raise ValueError(f"{first[:3]} and {second[:3]}, expected as many of both, all above 0")
        return cls(first, second)

    def grid(self) -> tuple[Values, Values]:
        """Log odds of not passing, and the logarithm of each one's weight; (units, points)."""
        ends = [logit(betaincinv(self.beta, self.alpha, tail)) for tail in (_END, 1 - _END)]
        low, high = (np.clip(one, -60, 60) for one in ends)
        points = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, _POINTS)[None, :]
        weights = self.beta[:, None] * log_expit(points) + self.alpha[:, None] * log_expit(-points)
        return points, weights - logsumexp(weights, axis=1, keepdims=True)


def worsening(known: Known, passed: ArrayLike, decided: ArrayLike, falls: Sequence[float] = FALLS) -> Values:
    """The evidence of each week that a unit's share fell by then, 0 to MOST; (units, weeks).

    Args:
        passed, decided: counts (units, weeks), the oldest week first; a week of no pieces tells nothing.

    Raises:
        ValueError: shapes that do not fit, or more passed than decided.
    """
    good, all_ = (np.atleast_2d(np.asarray(one, float)) for one in (passed, decided))
    if good.shape != all_.shape or len(good) != len(known.alpha):
        raise ValueError(f"counts {good.shape} and {all_.shape} of {len(known.alpha)} units, expected alike")
    if ((good < 0) | (good > all_)).any():
        raise ValueError("more passed than decided, or fewer than none")
    bad = all_ - good
    points, weights = known.grid()
    before = log_expit(points), log_expit(-points)
    after = [(log_expit(points + np.log(one)), log_expit(-points - np.log(one))) for one in falls]
    # Evidence by fall and point; the posterior of the share if nothing changed; both as parts of one sum.
    sums = [np.zeros_like(points) for _ in falls]
    held, evidence = weights, np.empty_like(good)
    for week in range(good.shape[1]):
        fails, passes = bad[:, week, None], good[:, week, None]
        steady = fails * before[0] + passes * before[1]
        scale = logsumexp(held + steady, axis=1, keepdims=True)
        for at, (failing, passing) in enumerate(after):
            step = np.exp(np.clip(fails * failing + passes * passing - scale, -600, 60))
            sums[at] = np.minimum((sums[at] + np.exp(held)) * step, MOST)
        held = held + steady - scale
        evidence[:, week] = np.mean([one.sum(axis=1) for one in sums], axis=0)
    return np.asarray(np.minimum(evidence, MOST))


def first_beyond(evidence: Values, threshold: float = THRESHOLD) -> NDArray[np.int64]:
    """The first week of each unit whose evidence reaches it; −1 where none does."""
    beyond = evidence >= threshold
    return np.where(beyond.any(axis=1), beyond.argmax(axis=1), -1)


def likeliest_begin(usual: float, passed: Sequence[int], decided: Sequence[int]) -> int:
    """The week in which a fall most likely began, given that it is there by the last one.

    Args:
        usual: the share before, above 0 and below 1.
    """
    good, all_ = np.array(passed, dtype=float), np.array(decided, dtype=float)
    before = logit(1 - usual)
    gains = [
        (all_ - good) * (log_expit(before + np.log(one)) - log_expit(before))
        + good * (log_expit(-before - np.log(one)) - log_expit(-before))
        for one in FALLS
    ]
    since = [np.cumsum(one[::-1])[::-1] for one in gains]
    return int(np.logaddexp.reduce(since).argmax())
