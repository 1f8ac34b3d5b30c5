"""A lot whose every piece the machine looked at: how many defective ones are left among those that passed?

    left = left_in_lot(passed=92, found=3, missed=6, of=60)
    left.mean, left.at_most(0.95), left.none

The machine misses some: `missed` of `of` defective pieces that people know of. Given that, a count of
defective pieces that were caught tells how many were not. Before anything is known each number of defective
pieces in the lot is as likely as any other, and the miss rate has Jeffreys' prior. What people found among
the passed pieces that they looked at is taken into account, and taken out of what is left.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, gammaln

from ubora.service.statistics.distributions import hypergeometric_log_chance
from ubora.service.statistics.rates import check


@dataclass(frozen=True)
class Left:
    """Defective pieces that are left in the lot: the probability of 0, 1, 2, …"""

    chances: NDArray[np.float64]

    @property
    def mean(self) -> float:
        return float(self.chances @ np.arange(len(self.chances)))

    @property
    def none(self) -> float:
        """The probability that there is none."""
        return float(self.chances[0])

    def at_most(self, confidence: float = 0.95) -> int:
        """The least number that is not exceeded with that probability."""
        return int(np.searchsorted(np.cumsum(self.chances), confidence - 1e-12))


def left_in_lot(
    passed: int, found: int, missed: int, of: int, looked_at: int = 0, found_then: int = 0
) -> Left:
    """
    Args:
        passed: pieces that the machine passed.
        found: defective ones among those that it flagged, as people decided.
        missed: of defective pieces that are known from elsewhere, how many the machine passed.
        of: how many of those there are.
        looked_at: of the passed pieces, drawn by chance: how many a person looked at all the same.
        found_then: how many of these were defective.

    Raises:
        ValueError: counts that are none, or more than they are of.
    """
    check(missed, of)
    check(found_then, looked_at)
    check(looked_at, passed)
    check(0, found)
    hidden = np.arange(passed + 1)
    caught = np.full_like(hidden, found)
    ways = gammaln(caught + hidden + 1) - gammaln(caught + 1) - gammaln(hidden + 1)
    chance = betaln(missed + 0.5 + hidden, of - missed + 0.5 + found)
    seen = hypergeometric_log_chance(found_then, passed, hidden, looked_at)
    likely = ways + chance + seen
    weights = np.exp(likely - likely.max())
    return Left((weights / weights.sum())[found_then:])
