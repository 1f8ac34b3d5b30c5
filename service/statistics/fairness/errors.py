"""How often the machine errs, by what people found on audited pieces: false flags and misses, and their gaps.

    one = Audited(strata=(Stratum(passed=900, looked_at=45, escaped=2),), flagged=60, accepted=21)
    false_flags(one)        # of good pieces, the share that was flagged
    misses(one)             # of bad pieces, the share that passed
    gap(misses(one), misses(other))

Every flagged piece is looked at; of passed ones only a share that was drawn, so that how many good and bad
ones there are among them is estimated, stratum by stratum, as the escape rate is. A share is then one count
over the sum of two; the interval of their ratio is MOVER-R's, that of a difference MOVER's.
Sources: Donner and Zou, Statistical Methods in Medical Research 21 (2012), 347–359; Zou and Donner,
Statistics in Medicine 27 (2008), 1693–1702; Garwood, Biometrika 28 (1936), 437–442.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from scipy.special import gammaincinv, ndtri

from ubora.service.statistics.escapes import Stratum, escape_rate
from ubora.service.statistics.rates import check

FEWEST_LOOKED_AT = 10
"""Passed pieces that somebody looked at; with fewer nothing is known of what passed."""
FEWEST_GOOD = 20
FEWEST_BAD = 10
"""Pieces that people found good, or bad; with fewer a share of them is not said."""
_SMALLEST = 1e-12
"""Of chances that are told apart."""


@dataclass(frozen=True)
class Audited:
    """Pieces that people looked at, of one group."""

    strata: tuple[Stratum, ...]
    """Of passed pieces, by the share that was drawn; those that were all looked at are a stratum, too."""
    flagged: int
    """And decided by a person."""
    accepted: int
    """Of those: flagged, and good."""

    @property
    def passed(self) -> float:
        return sum(one.passed for one in self.strata)

    @property
    def looked_at(self) -> int:
        return sum(one.looked_at for one in self.strata)

    @property
    def escaped(self) -> int:
        return sum(one.escaped for one in self.strata)

    @property
    def good(self) -> int:
        """That people saw."""
        return self.accepted + self.looked_at - self.escaped

    @property
    def bad(self) -> int:
        """That people saw."""
        return self.flagged - self.accepted + self.escaped


@dataclass(frozen=True)
class Share:
    share: float
    low: float
    high: float


Measure = Callable[[Audited, float], Share]
"""Audited pieces and confidence → a share with its interval."""


def false_flags(audited: Audited, confidence: float = 0.95) -> Share:
    """Good pieces that were flagged ÷ good pieces.

    Raises:
        ValueError: more accepted than flagged, or a count that is none.
    """
    rate, low, high = _escaping(audited, confidence)
    passed, below, above = _passed(audited, confidence)
    good = passed * (1 - rate)
    least = good - math.hypot(passed * (high - rate), below * (1 - rate))
    most = good + math.hypot(passed * (rate - low), above * (1 - rate))
    return _part(_count(audited.accepted, confidence), (good, max(0.0, least), most))


def misses(audited: Audited, confidence: float = 0.95) -> Share:
    """Bad pieces that passed ÷ bad pieces.

    Raises:
        ValueError: as `false_flags`.
    """
    rate, low, high = _escaping(audited, confidence)
    passed, below, above = _passed(audited, confidence)
    least = passed * rate - math.hypot(passed * (rate - low), below * rate)
    most = passed * rate + math.hypot(passed * (high - rate), above * rate)
    caught = _count(audited.flagged - audited.accepted, confidence)
    return _part((passed * rate, max(0.0, least), most), caught)


def says_enough(audited: Audited, measure: Measure) -> bool:
    """Whether there is enough to say a share at all."""
    if audited.looked_at < FEWEST_LOOKED_AT:
        return False
    return audited.good >= FEWEST_GOOD if measure is false_flags else audited.bad >= FEWEST_BAD


def gap(one: Share, other: Share) -> Share:
    """The first less the second, from −1 to 1."""
    difference = one.share - other.share
    return Share(
        difference,
        max(-1.0, difference - math.hypot(one.share - one.low, other.high - other.share)),
        min(1.0, difference + math.hypot(one.high - one.share, other.share - other.low)),
    )


def chance_of_gap(one: Audited, other: Audited, measure: Measure, least: float = 0.05) -> float:
    """The chance of so large a gap where there is none: of the widest interval that leaves nothing out.

    Args:
        least: chances above it are not told apart; then this is 1.
    """

    def shows(chance: float) -> bool:
        apart = gap(measure(one, 1 - chance), measure(other, 1 - chance))
        return apart.low > 0 or apart.high < 0

    if not shows(least):
        return 1.0
    low, high = _SMALLEST, least
    if shows(low):
        return low
    while high / low > 1.02:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if shows(middle) else (middle, high)
    return high


def _escaping(audited: Audited, confidence: float) -> tuple[float, float, float]:
    """Of passed pieces the share that is bad, with its interval."""
    check(audited.accepted, audited.flagged)
    rate = escape_rate(audited.strata, confidence)
    return rate.share or 0.0, rate.low, rate.high


def _passed(audited: Audited, confidence: float) -> tuple[float, float, float]:
    """Pieces that passed, and how far fewer and more there may be on average."""
    passed, fewest, most = _count(audited.passed, confidence)
    # How many passed is known from those that were drawn: the fewer were, the less surely.
    unseen = sum(
        max(0.0, one.passed - one.looked_at) * one.passed / max(1, one.looked_at) for one in audited.strata
    )
    drawn = float(ndtri((1 + confidence) / 2)) * math.sqrt(unseen)
    return passed, math.hypot(passed - fewest, drawn), math.hypot(most - passed, drawn)


def _count(count: float, confidence: float) -> tuple[float, float, float]:
    """A count with the exact interval of what it would be on average (Garwood)."""
    tail = (1 - confidence) / 2
    low = float(gammaincinv(count, tail)) if count else 0.0
    return count, low, float(gammaincinv(count + 1, 1 - tail))


def _part(one: tuple[float, float, float], other: tuple[float, float, float]) -> Share:
    """The first count ÷ both, each with its interval."""
    (first, low_1, high_1), (second, low_2, high_2) = one, other
    product = first * second
    root = math.sqrt(max(0.0, product**2 - low_1 * high_2 * (2 * first - low_1) * (2 * second - high_2)))
    low = low_1 * (2 * first - low_1) / (product + root) if product + root > 0 else 0.0
    divisor = low_2 * (2 * second - low_2)
    root = math.sqrt(max(0.0, product**2 - high_1 * low_2 * (2 * first - high_1) * (2 * second - low_2)))
    high = (product + root) / divisor if divisor > 0 else math.inf
    share = first / (first + second) if first + second else 0.0
    return Share(
        share, min(share, low / (1 + low)), max(share, 1.0 if math.isinf(high) else high / (1 + high))
    )
