"""Values beside those of before, held against scipy and statsmodels."""

import numpy as np
import pytest
from scipy.stats import ks_2samp
from statsmodels.stats.multitest import multipletests

from ubora.service.statistics.watching.two_samples import (
    benjamini_hochberg,
    kolmogorov_smirnov,
    stability_index,
)


@pytest.mark.parametrize(("first", "second", "shift"), [(40, 50, 0.4), (300, 80, 0.1), (500, 2_000, 0.05)])
def test_the_largest_difference_and_its_chance_are_scipys(first: int, second: int, shift: float) -> None:
    rng = np.random.default_rng(first)
    one, other = rng.normal(size=first), rng.normal(shift, 1, second)
    expected = ks_2samp(one, other, method="exact")
    found = kolmogorov_smirnov(one, other)
    assert found.distance == pytest.approx(expected.statistic)
    assert found.p == pytest.approx(expected.pvalue, abs=0.02)


def test_ties_lie_on_one_side_together() -> None:
    assert kolmogorov_smirnov([0, 0, 1, 1], [0, 0, 0, 1]).distance == pytest.approx(0.25)


def test_the_index_of_two_parts_is_the_sum_by_hand() -> None:
    # Four of eight in either part, then one and seven; half a value more in each.
    then, now = 4.5 / 9, np.array([1.5, 7.5]) / 9
    by_hand = sum((one - then) * np.log(one / then) for one in now)
    assert stability_index(range(8), [0, 7, 7, 7, 7, 7, 7, 7], parts=2) == pytest.approx(by_hand)
    assert stability_index(range(100), range(100)) == pytest.approx(0.0)


def test_q_values_are_those_of_statsmodels() -> None:
    chances = [0.001, 0.2, 0.03, 0.03, 0.9, 0.0004]
    expected = multipletests(chances, method="fdr_bh")[1].tolist()
    assert benjamini_hochberg(chances) == pytest.approx(expected)
    assert benjamini_hochberg([]) == []


def test_no_values_and_what_is_no_chance_are_refused() -> None:
    with pytest.raises(ValueError, match="0 values, expected one or more"):
        kolmogorov_smirnov([], [1.0])
    with pytest.raises(ValueError, match="all of them numbers"):
        stability_index([1.0, float("nan")], [1.0])
    with pytest.raises(ValueError, match="expected 0 to 1"):
        benjamini_hochberg([1.2])
