"""Shares that were counted, with what they say of the true ones. Wilson's interval is in `models.intervals`.

exact(0, 20)               # (0.0, 0.168)  Clopper-Pearson: covers at least as often as it says
first_pass_yield(47, 50)   # 0.94
difference(81, 90, 40, 50) # (-0.02, 0.24): whether it rose cannot be told
chance_of_more(9, 50, 20, 400)     # 0.003: of as many or more, were both shares the same
adjusted([0.003, 0.2], of=40)      # [0.12, 1.0]: of 40 that were asked
"""

import math
from collections.abc import Sequence

from ubora.models.intervals import Interval, wilson
from ubora.service.statistics.distributions import beta_quantile, hypergeometric_up_to


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


def chance_of_more(found: int, of: int, other_found: int, other_of: int) -> float:
    """One-sided exact test: the chance of as many or more found here, were both shares the same.

    Source: Fisher, Statistical Methods for Research Workers (1934), section 21.02.

    Raises:
        ValueError: more were found than there are, or less than none.
    """
    check(found, of)
    check(other_found, other_of)
    # As many or more found here is as many or fewer of the found there.
    return hypergeometric_up_to(other_found, of + other_of, found + other_found, other_of)


def adjusted(chances: Sequence[float], of: int | None = None) -> list[float]:
    """Chances adjusted for how many were asked: any is below 0.05 by chance at most once in twenty times.

    Args:
        of: how many questions there were, where only the smallest chances are given; those by default.

    Source: Holm, Scandinavian Journal of Statistics 6 (1979).

    Raises:
        ValueError: fewer questions than chances.
    """
    asked = len(chances) if of is None else of
    if asked < len(chances):
        raise ValueError(f"{len(chances)} chances of {asked} questions, expected as many or fewer")
    chances_adjusted, highest = [1.0] * len(chances), 0.0
    for place, at in enumerate(sorted(range(len(chances)), key=lambda at: chances[at])):
        highest = max(highest, min(1.0, (asked - place) * chances[at]))
        chances_adjusted[at] = highest
    return chances_adjusted
