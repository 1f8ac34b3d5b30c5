"""Limits of a p′ chart that stand: from a first phase, for all weeks after it; and the two rules that signal.

    frozen = freeze(passed, decided)                # of a first phase: 13 weeks, say
    found = signals(frozen, passed_later, decided_later)
    found.beyond, found.ewma                        # (weeks,) of bool

beyond  a week further off than chance puts 1 in 370
ewma    the smoothed weeks (0.2 of each new one) likewise: a small shift that lasts

What few weeks do not tell is counted in, else they signal many times too often: a centre of m weeks is itself
off by 1/√m of a week's deviation, and deviations from moving ranges are Student's with 0.62·(m − 1) degrees
of freedom. Weeks are never taken to vary less than by chance alone.

Sources: Laney, Quality Engineering 14 (2002), 531–537; Quesenberry, Journal of Quality Technology 25 (1993),
237–247, on limits from few points; the degrees of freedom: Palm and Wheeler, as Wheeler, Advanced Topics in
Statistical Process Control (1995), table 3.3, about.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from ubora.service.statistics.charts import p_prime

Values = NDArray[np.float64]
FEWEST_WEEKS = 8
"""With pieces, in a first phase: below it limits say nothing."""
FEWEST_OFF = 4.0
"""Pieces off (not passed) that a week has on average, and as many on: below it no week is near normal."""
CHANCE = 0.0027
"""Of a week beyond limits three deviations off, on either side, while nothing changes."""
WEIGHT = 0.2


@dataclass(frozen=True)
class Frozen:
    """What is kept of a first phase."""

    centre: float
    """0–1, above 0 and below 1."""
    sigma_z: float
    """How much more weeks differ than by chance alone, 1 or more."""
    weeks: int
    """With pieces, that it stands on."""

    @property
    def width(self) -> float:
        """Deviations of a known week that make up for three of a known process, but for its centre."""
        return float(-stdtrit(0.62 * (self.weeks - 1), CHANCE / 2))


@dataclass(frozen=True)
class Signals:
    """Arrays (weeks,); a week of no pieces is nan, and signals nothing."""

    lower: Values
    upper: Values
    """Limits of each week's share, 0–1."""
    beyond: NDArray[np.bool_]
    smoothed: Values
    """The smoothed weeks, in deviations off the centre."""
    reach: Values
    """How far these may be off."""
    ewma: NDArray[np.bool_]


def freeze(passed: Sequence[int], decided: Sequence[int]) -> Frozen | None:
    """None where a first phase is too short, or has too few pieces off or on for limits three deviations off.

    Raises:
        ValueError: lengths that differ, more passed than decided.
    """
    some = [(good, all_) for good, all_ in zip(passed, decided, strict=True) if all_]
    if len(some) < FEWEST_WEEKS:
        return None
    good, all_ = sum(one for one, _ in some), sum(one for _, one in some)
    if min(good, all_ - good) < FEWEST_OFF * len(some):
        return None
    chart = p_prime([one for one, _ in some], [one for _, one in some])
    return Frozen(chart.centre, max(1.0, chart.sigma_z), len(some))


def signals(frozen: Frozen, passed: Sequence[int], decided: Sequence[int], since: int = 0) -> Signals:
    """
    Args:
        since: the week from which weeks are smoothed: what was before it is settled.

    Raises:
        ValueError: lengths that differ.
    """
    good, all_ = np.array(passed, dtype=float), np.array(decided, dtype=float)
    if good.shape != all_.shape:
        raise ValueError(f"{len(good)} counts of {len(all_)} weeks, expected as many")
    share = frozen.centre * (1 - frozen.centre)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = good / all_
        spread = frozen.sigma_z * np.sqrt(share / all_)
        spread[all_ == 0] = np.nan
        z = (values - frozen.centre) / spread
    unknown = 1 / frozen.weeks
    far = frozen.width * np.sqrt(1 + unknown)
    smoothed, reach = _smooth(z, frozen, since, unknown)
    return Signals(
        lower=np.clip(frozen.centre - far * spread, 0, 1),
        upper=np.clip(frozen.centre + far * spread, 0, 1),
        beyond=np.abs(np.nan_to_num(z)) > far,
        smoothed=smoothed,
        reach=reach,
        ewma=np.abs(np.nan_to_num(smoothed)) > np.nan_to_num(reach, nan=np.inf),
    )


def _smooth(z: Values, frozen: Frozen, since: int, unknown: float) -> tuple[Values, Values]:
    smoothed, reach = np.full_like(z, np.nan), np.full_like(z, np.nan)
    now = variance = weight = 0.0
    for at in range(since, len(z)):
        if np.isnan(z[at]):
            continue
        now = WEIGHT * z[at] + (1 - WEIGHT) * now
        variance = WEIGHT**2 + (1 - WEIGHT) ** 2 * variance
        weight = WEIGHT + (1 - WEIGHT) * weight
        smoothed[at] = now
        # All of it lies beside the true centre by the same unknown amount.
        reach[at] = frozen.width * np.sqrt(variance + weight**2 * unknown)
    return smoothed, reach
