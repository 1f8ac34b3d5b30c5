"""Shares that were counted, with what they say of the true ones. Wilson's interval is in `models.intervals`.

exact(0, 20)               # (0.0, 0.168)  Clopper-Pearson: covers at least as often as it says
jeffreys(0, 20)            # (0.0, 0.117)  covers as often on average
first_pass_yield(47, 50)   # 0.94
difference(81, 90, 40, 50) # (-0.02, 0.24): whether it rose cannot be told
"""

import math

from ubora.models.intervals import Interval, wilson
from ubora.service.statistics.distributions import beta_quantile


def exact(found: int, of: int, confidence: float = 0.95) -> Interval:
    """Two-sided Clopper-Pearson interval of a share, within 0–1; all of it where nothing was counted.

    Source: Clopper and Pearson, Biometrika 26 (1934).

    Raises:
        ValueError: more were found than there are, or less than none.
    """
    check(found, of)
    tail = (1 - confidence) / 2
    low = 0.0 if found == 0 else beta_quantile(tail, found, of - found + 1)
    high = 1.0 if found == of else beta_quantile(1 - tail, found + 1, of - found)
    return low, high


def jeffreys(found: int, of: int, confidence: float = 0.95) -> Interval:
    """Equal-tailed interval of a share after the prior Beta(½, ½); its end is 0 or 1 where none or all were.

    Source: Brown, Cai and DasGupta, Statistical Science 16 (2001), 2.

    Raises:
        ValueError: more were found than there are, or less than none.
    """
    check(found, of)
    tail = (1 - confidence) / 2
    after = found + 0.5, of - found + 0.5
    low = 0.0 if found == 0 else beta_quantile(tail, *after)
    high = 1.0 if found == of else beta_quantile(1 - tail, *after)
    return low, high


def first_pass_yield(first_passed: int, first_decided: int) -> float | None:
    """Pieces whose first inspection passed or was accepted ÷ pieces whose first one is decided; None of none.

    Raises:
        ValueError: more passed than were decided, or less than none.
    """
    check(first_passed, first_decided)
    return first_passed / first_decided if first_decided else None


def check(found: int, of: int) -> None:
    """Raises ValueError where more were found than there are, or less than none."""
    if not 0 <= found <= of:
        raise ValueError(f"found {found} of {of}, expected 0 to {of}")


def difference(found: int, of: int, other_found: int, other_of: int) -> Interval:
    """The 95 % interval of a share less another one, from −1 to 1; all of it where nothing was counted.

    Source: Newcombe, Statistics in Medicine 17 (1998), 873–890, method 10.

    Raises:
        ValueError: more were found than there are, or less than none.
    """
    first, second = wilson(found, of), wilson(other_found, other_of)
    if first is None or second is None:
        return -1.0, 1.0
    one, two = found / of, other_found / other_of
    below = math.hypot(one - first[0], second[1] - two)
    above = math.hypot(first[1] - one, two - second[0])
    return max(-1.0, one - two - below), min(1.0, one - two + above)
