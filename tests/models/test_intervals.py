"""Intervals of shares: as scipy has them, whole at the ends, refused where nothing can be counted so."""

import pytest
from scipy.stats import binomtest

from ubora.models.intervals import wilson


@pytest.mark.parametrize(
    ("found", "of", "expected"),
    # statsmodels.stats.proportion.proportion_confint(method="wilson")
    [(9, 10, (0.5958, 0.9821)), (0, 10, (0.0, 0.2775)), (10, 10, (0.7225, 1.0)), (50, 100, (0.4038, 0.5962))],
)
def test_the_interval_is_wilsons(found: int, of: int, expected: tuple[float, float]) -> None:
    assert wilson(found, of) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("of", [1, 2, 7, 59, 1000])
def test_the_interval_is_the_one_that_scipy_has(of: int) -> None:
    for found in range(of + 1):
        known = binomtest(found, of).proportion_ci(0.95, method="wilson")
        assert wilson(found, of) == pytest.approx((known.low, known.high), abs=1e-12)


def test_at_none_and_at_all_the_end_is_exact() -> None:
    lowest = {(wilson(0, of) or ())[:1] for of in range(1, 200)}
    highest = {(wilson(of, of) or ())[1:] for of in range(1, 200)}
    assert (lowest, highest) == ({(0.0,)}, {(1.0,)})


def test_nothing_has_no_interval_and_what_cannot_be_counted_is_refused() -> None:
    assert wilson(0, 0) is None
    for found, of in ((-1, 4), (5, 4)):
        with pytest.raises(ValueError, match=f"found {found} of {of}, expected 0 to {of}"):
            wilson(found, of)
