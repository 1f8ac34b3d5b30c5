"""What thresholds cost: escapes, false flags and reviews at every setting, with their uncertainty.

    judged = Judged(margins=np.array([0.3, -1.2]), weights=np.ones(2), groups=np.arange(2))
    curve = cost_curve(defective, good, prices, rate)
    curve.points[curve.cheapest].kes, curve.cheapest_between

A margin says by how much a piece was flagged: the greatest over all classes of log-odds of its score less
log-odds of the threshold. All thresholds moved by one step in log-odds flag what has a margin of at least the
step; a step above 0 is stricter on what counts as a defect, and flags less.

Uncertainty is a bootstrap over pieces, with a fixed seed: the same pieces give the same figures.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ubora.models.intervals import Interval

Floats = NDArray[np.float64]
STEPS: Floats = np.round(np.arange(-4.0, 4.0001, 0.1), 1)
"""Log-odds by which all thresholds move; 0 is as now."""
NOW = int(np.argmin(np.abs(STEPS)))
ROUNDS = 400
SEED = 20261130


@dataclass(frozen=True)
class Judged:
    """Pieces of which it is known whether they are defective, all of them the same."""

    margins: Floats
    """(N,) log-odds; infinite where it is flagged whatever the thresholds are."""
    weights: Floats
    """(N,) how many pieces each stands for."""
    groups: NDArray[np.int64]
    """(N,) what is drawn together, as photos of one piece."""

    def __len__(self) -> int:
        return len(self.margins)


@dataclass(frozen=True)
class Prices:
    """KES, minutes, and shares 0–1."""

    escape: float
    """A defective piece that a customer gets."""
    false_flag: float
    """A good piece that waits, beside its review."""
    review_minute: float
    minutes: float
    """Of one review."""
    shipped_back: float
    """A piece that goes from the hub back to its workshop."""
    caught: float
    """Share of defective pieces that passed which the hub finds in hand, before a customer does."""

    @property
    def missed(self) -> float:
        """A defective piece that passed."""
        return (1 - self.caught) * self.escape + self.caught * self.shipped_back


@dataclass(frozen=True)
class Point:
    step: float
    missed: float
    """Share of defective pieces that pass."""
    flagged: float
    """Share of good pieces that are flagged."""
    escapes: float
    """Of 100 pieces."""
    false_flags: float
    reviews: float
    kes: float
    """Of 100 pieces, expected."""
    between: Interval
    """95 %."""


@dataclass(frozen=True)
class Curve:
    points: tuple[Point, ...]
    cheapest: int
    """Which of them."""
    cheapest_between: Interval
    """95 % of the step at which it is cheapest."""
    saving: float
    """KES of 100 pieces less than now, at the cheapest."""
    saving_between: Interval


def cost_curve(
    defective: Judged, good: Judged, prices: Prices, rate: float | None, rate_of: tuple[float, float] | None
) -> Curve:
    """
    Args:
        rate: share of pieces that are defective; None: what the weights say.
        rate_of: found and of how many, where the rate was counted; it is then as uncertain as that.

    Raises:
        ValueError: no defective or no good piece.
    """
    if not len(defective) or not len(good):
        raise ValueError(f"{len(defective)} defective and {len(good)} good pieces, expected one of each")
    random = np.random.default_rng(SEED)
    shares = [_shares(judged, np.ones((1, _groups(judged)))) for judged in (defective, good)]
    drawn = [_shares(judged, _draws(random, _groups(judged))) for judged in (defective, good)]
    if rate is None:
        totals = [total for _, total in shares]
        rates = drawn[0][1] / (drawn[0][1] + drawn[1][1])
        rate = float(totals[0][0] / (totals[0] + totals[1])[0])
    elif rate_of is not None:
        rates = random.beta(rate_of[0] + 0.5, rate_of[1] - rate_of[0] + 0.5, ROUNDS)
    else:
        rates = np.full(ROUNDS, rate)
    missed, flagged = 1 - shares[0][0][0], shares[1][0][0]
    costs = _kes(prices, rate, missed, flagged)
    rounds = _kes(prices, rates[:, None], 1 - drawn[0][0], drawn[1][0])
    low, high = np.quantile(rounds, (0.025, 0.975), axis=0)
    best = int(_cheapest(costs[None])[0])
    every = STEPS[_cheapest(rounds)]
    saved = rounds[:, NOW] - rounds[:, best]
    return Curve(
        points=tuple(
            _point(at, rate, missed[at], flagged[at], costs[at], (low[at], high[at]))
            for at in range(len(STEPS))
        ),
        cheapest=best,
        cheapest_between=_middle(every),
        saving=float(costs[NOW] - costs[best]),
        saving_between=_middle(saved),
    )


def _point(at: int, rate: float, missed: float, flagged: float, kes: float, between: Interval) -> Point:
    # Sums of weights may miss nothing by a hair.
    escapes, false_flags = 100 * rate * max(0.0, missed), 100 * (1 - rate) * flagged
    return Point(
        step=float(STEPS[at]),
        missed=float(missed),
        flagged=float(flagged),
        escapes=float(escapes),
        false_flags=float(false_flags),
        reviews=float(100 * rate * (1 - missed) + false_flags),
        kes=float(kes),
        between=(float(between[0]), float(between[1])),
    )


def _kes(prices: Prices, rate: Floats | float, missed: Floats, flagged: Floats) -> Floats:
    """Of 100 pieces."""
    false_flags = (1 - rate) * flagged
    reviews = rate * (1 - missed) + false_flags
    return np.asarray(
        100
        * (
            rate * missed * prices.missed
            + false_flags * prices.false_flag
            + reviews * prices.minutes * prices.review_minute
        ),
        np.float64,
    )


def _cheapest(costs: Floats) -> NDArray[np.int64]:
    """(R,) which step of each row; of steps that cost the same the one nearest to now."""
    least = costs.min(axis=1, keepdims=True)
    far = np.where(np.isclose(costs, least, rtol=1e-12, atol=1e-9), np.abs(STEPS), np.inf)
    return np.asarray(far.argmin(axis=1), np.int64)


def _groups(judged: Judged) -> int:
    return int(judged.groups.max(initial=-1)) + 1


def _draws(random: np.random.Generator, groups: int) -> Floats:
    """(ROUNDS, groups) how often each is drawn."""
    return random.multinomial(groups, np.full(groups, 1 / groups), ROUNDS).astype(np.float64)


def _shares(judged: Judged, times: Floats) -> tuple[Floats, Floats]:
    """(R, steps) share that each step flags, and (R,) pieces that the draws stand for."""
    weights = times[:, judged.groups] * judged.weights
    flagged = (judged.margins[:, None] >= STEPS).astype(np.float64)
    totals = weights.sum(axis=1)
    # A draw may hold none of the pieces that count.
    return weights @ flagged / np.maximum(totals, 1e-12)[:, None], totals


def _middle(values: Floats) -> Interval:
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)
