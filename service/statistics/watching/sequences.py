"""A bound of a share that holds at every moment at once, however often and whenever somebody looks.

    bounds = confidence_sequence(found=[0, 1, 1, 2], of=[10, 20, 30, 40])
    bounds[-1]                                   # (low, high): narrower than all before, or the same

An interval of 95 % that is looked at each week, until it says what one hoped for, misses more often than in
1 of 20 such series; this one in at most 1 of 20, of all that are ever looked at. It holds the shares that a
bet against them has not won twentyfold: the mixture of all other shares by Beta(½, ½) against each.

Sources: Ville (1939); Robbins, Annals of Mathematical Statistics 41 (1970), 1397–1409; Howard, Ramdas,
McAuliffe and Sekhon, Annals of Statistics 49 (2021), 1055–1080, for the beta-binomial mixture.
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import betaln, xlog1py, xlogy

from ubora.models.intervals import Interval
from ubora.service.statistics.rates import check

PRIOR = 0.5
_STEPS = 60
"""Of halving: closer than any share is read."""


def confidence_sequence(found: Sequence[int], of: Sequence[int], confidence: float = 0.95) -> list[Interval]:
    """One interval a look, each within those before it.

    Args:
        found, of: counted so far at each look; neither ever falls.

    Raises:
        ValueError: more found than there are, counts that fall, or a confidence that is none.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence {confidence}, expected above 0 and below 1")
    low, high, before, intervals = 0.0, 1.0, (0, 0), []
    for one, all_ in zip(found, of, strict=True):
        check(one, all_)
        if one < before[0] or all_ - one < before[1]:
            raise ValueError(f"{one} of {all_} after {before[0]} of {sum(before)}, expected no fewer")
        before = one, all_ - one
        now = bound(one, all_, confidence)
        # Where the share moved, an old bound may lie beyond the new one: then the new one is told.
        low, high = max(low, now[0]), min(high, now[1])
        if low > high:
            low, high = now
        intervals.append((low, high))
    return intervals


def bound(found: int, of: int, confidence: float = 0.95) -> Interval:
    """The interval at one look, of any number of looks that were or will be.

    Raises:
        ValueError: more found than there are, or fewer than none.
    """
    check(found, of)
    if of == 0:
        return 0.0, 1.0
    most, likeliest = -np.log1p(-confidence), found / of
    low = 0.0 if found == 0 else _crossing(found, of, most, likeliest, 0.0)
    high = 1.0 if found == of else _crossing(found, of, most, likeliest, 1.0)
    return low, high


def log_wealth(found: int, of: int, share: float) -> float:
    """The logarithm of what a bet against that share has made of 1."""
    mixture = betaln(found + PRIOR, of - found + PRIOR) - betaln(PRIOR, PRIOR)
    return float(mixture - xlogy(found, share) - xlog1py(of - found, -share))


def _crossing(found: int, of: int, most: float, inside: float, outside: float) -> float:
    """Where a bet against the share has won just that much: it only wins more toward either end."""
    for _ in range(_STEPS):
        middle = (inside + outside) / 2
        if log_wealth(found, of, middle) < most:
            inside = middle
        else:
            outside = middle
    return outside
