"""Rates of small workshops, drawn toward their group: beta-binomial, empirical Bayes.

    group = fit([(9, 10), (45, 50), (3, 10), …])     # (passed, decided) of each workshop
    group.mean, group.strength                       # Beta(mean · strength, (1 − mean) · strength)
    after = posterior(group, 9, 10)
    after.mean, after.interval(), after.below(0.9)   # of one workshop

The prior is fitted to the same counts and then taken as known, so that intervals are a little short where the
group is small. What it says where there is little to fit:

fewer than three with pieces   nobody is drawn toward anybody: Beta(½, ½), and `shrinks` is false
all passed, or none did        the same, for such counts do not tell how far workshops differ
they differ less than chance   the group counts as its own number of pieces and never more
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln

from ubora.models.intervals import Interval
from ubora.service.statistics.distributions import beta_quantile, beta_up_to
from ubora.service.statistics.rates import check

FEWEST = 3
"""Groups with pieces, or their spread cannot be told from chance."""
Counts = tuple[int, int]
"""Passed, and decided."""


@dataclass(frozen=True)
class Group:
    """A Beta prior by its mean and by how many pieces it counts as."""

    mean: float
    strength: float
    shrinks: bool
    """False: the counts do not tell how far workshops differ, and this is Jeffreys' prior."""

    @property
    def alpha(self) -> float:
        return self.mean * self.strength

    @property
    def beta(self) -> float:
        return (1 - self.mean) * self.strength


JEFFREYS = Group(0.5, 1.0, shrinks=False)


@dataclass(frozen=True)
class Posterior:
    """What is known of one workshop's true rate: Beta(alpha, beta)."""

    alpha: float
    beta: float

    @property
    def mean(self) -> float:
        return self.alpha / (self.alpha + self.beta)

    def interval(self, confidence: float = 0.95) -> Interval:
        """Equal tails, within 0–1."""
        tail = (1 - confidence) / 2
        known = self.alpha, self.beta
        return beta_quantile(tail, *known), beta_quantile(1 - tail, *known)

    def below(self, target: float) -> float:
        """The probability that the true rate is under a target, 0–1."""
        return beta_up_to(target, self.alpha, self.beta)


def moments(groups: Sequence[Counts]) -> Group | None:
    """The prior whose mean and variance are those of the groups' rates, each counted alike.

    Source: Gelman et al., Bayesian Data Analysis, 3rd ed., 5.1.

    Returns:
        None where the rates do not vary, or more than any Beta does.
    """
    rates = np.array([passed / decided for passed, decided in groups if decided])
    if len(rates) < 2:
        return None
    mean, variance = float(rates.mean()), float(rates.var(ddof=1))
    strength = mean * (1 - mean) / variance - 1 if variance > 0 else 0.0
    return Group(mean, strength, shrinks=True) if strength > 0 else None


def fit(groups: Sequence[Counts]) -> Group:
    """The prior under which the counts are likeliest; see above for counts that do not tell.

    Raises:
        ValueError: more passed than were decided, or less than none.
    """
    for one in groups:
        check(*one)
    counted = np.array([one for one in groups if one[1]], dtype=float).reshape(-1, 2)
    passed, decided = counted[:, 0], counted[:, 1]
    if len(counted) < FEWEST or passed.sum() in (0, decided.sum()):
        return JEFFREYS
    most = float(decided.sum())
    pooled = float(passed.sum() / most)
    start = moments(groups)
    begin = min(start.strength, most) if start else most
    # Loaded with the first fit: no service waits for it to start.
    from scipy.optimize import minimize

    # In log odds and log strength both parameters are free, and the surface is near a parabola.
    least = minimize(
        _unlikeliness,
        np.array([np.log(pooled / (1 - pooled)), np.log(begin)]),
        args=(passed, decided),
        method="L-BFGS-B",
        bounds=[(-15.0, 15.0), (np.log(1e-2), np.log(most))],
        options={"ftol": 1e-14, "gtol": 1e-9},
    )
    return Group(float(1 / (1 + np.exp(-least.x[0]))), float(np.exp(least.x[1])), shrinks=True)


def posterior(group: Group, passed: int, decided: int) -> Posterior:
    """
    Raises:
        ValueError: more passed than were decided, or less than none.
    """
    check(passed, decided)
    return Posterior(group.alpha + passed, group.beta + decided - passed)


def log_likelihood(
    alpha: float, beta_: float, passed: NDArray[np.float64], decided: NDArray[np.float64]
) -> float:
    """Of a Beta prior, without the binomial coefficients, which no prior changes."""
    each = betaln(alpha + passed, beta_ + decided - passed) - betaln(alpha, beta_)
    return float(np.sum(each))


def _unlikeliness(
    at: NDArray[np.float64], passed: NDArray[np.float64], decided: NDArray[np.float64]
) -> float:
    mean, strength = 1 / (1 + np.exp(-at[0])), np.exp(at[1])
    return -log_likelihood(float(mean * strength), float((1 - mean) * strength), passed, decided)
