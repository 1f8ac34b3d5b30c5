"""Shares that were counted, with what they say of the true ones. Wilson's interval is in `models.intervals`.

exact(0, 20)               # (0.0, 0.168)  Clopper-Pearson: covers at least as often as it says
jeffreys(0, 20)            # (0.0, 0.117)  covers as often on average
first_pass_yield(47, 50)   # 0.94
"""

from scipy.stats import beta

from ubora.models.intervals import Interval


def exact(found: int, of: int, confidence: float = 0.95) -> Interval:
    """Two-sided Clopper-Pearson interval of a share, within 0–1; all of it where nothing was counted.

    Source: Clopper and Pearson, Biometrika 26 (1934).

    Raises:
        ValueError: more were found than there are, or less than none.
    """
    check(found, of)
    tail = (1 - confidence) / 2
    low = 0.0 if found == 0 else float(beta.ppf(tail, found, of - found + 1))
    high = 1.0 if found == of else float(beta.ppf(1 - tail, found + 1, of - found))
    return low, high


def jeffreys(found: int, of: int, confidence: float = 0.95) -> Interval:
    """Equal-tailed interval of a share after the prior Beta(½, ½); its end is 0 or 1 where none or all were.

    Source: Brown, Cai and DasGupta, Statistical Science 16 (2001), 2.

    Raises:
        ValueError: more were found than there are, or less than none.
    """
    check(found, of)
    tail = (1 - confidence) / 2
    after = beta(found + 0.5, of - found + 0.5)
    low = 0.0 if found == 0 else float(after.ppf(tail))
    high = 1.0 if found == of else float(after.ppf(1 - tail))
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
