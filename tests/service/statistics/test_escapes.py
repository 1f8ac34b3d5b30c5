"""The escape rate: exact with one stratum, honest at zero, and true as often as it says with several."""

from itertools import product

import pytest
from scipy.stats import binom

from ubora.service.statistics.escapes import EscapeRate, Stratum, escape_rate
from ubora.service.statistics.rates import exact


@pytest.mark.parametrize(("escaped", "looked_at"), [(0, 60), (1, 18), (7, 40), (5, 5)])
def test_with_one_share_the_interval_is_the_exact_one(escaped: int, looked_at: int) -> None:
    found = escape_rate([Stratum(1000, looked_at, escaped)])
    assert (found.low, found.high) == pytest.approx(exact(escaped, looked_at))
    assert found.share == escaped / looked_at


def test_no_escape_found_is_not_none() -> None:
    found = escape_rate([Stratum(1000, 30, 0), Stratum(2000, 60, 0)])
    assert (found.share, found.low, round(found.high, 4)) == (0.0, 0.0, 0.0554)


def test_each_share_counts_by_the_pieces_that_passed_under_it() -> None:
    # 2 of 10 in a tenth of the pieces, none of 90 in the others: not 2 of 100.
    found = escape_rate([Stratum(100, 90, 0), Stratum(900, 10, 2)])
    assert found.share == pytest.approx(0.18)
    assert (found.looked_at, found.escaped) == (100, 2)


def test_where_nobody_looked_anything_may_be() -> None:
    assert escape_rate([]) == EscapeRate(None, 0.0, 1.0, 0, 0)
    assert escape_rate([Stratum(50, 0, 0)]) == EscapeRate(None, 0.0, 1.0, 0, 0)
    # A tenth of the pieces was never looked at: all of it may have escaped.
    assert escape_rate([Stratum(900, 500, 0), Stratum(100, 0, 0)]).high > 0.1


@pytest.mark.parametrize("rates", list(product((0.002, 0.02, 0.1, 0.3), repeat=2)))
@pytest.mark.parametrize(("first", "second"), [((700, 20), (300, 45)), ((100, 60), (900, 12))])
def test_the_interval_holds_the_true_rate_at_least_as_often_as_it_says(
    rates: tuple[float, float], first: tuple[int, int], second: tuple[int, int]
) -> None:
    true = (first[0] * rates[0] + second[0] * rates[1]) / (first[0] + second[0])
    covered = 0.0
    for one, other in product(range(first[1] + 1), range(second[1] + 1)):
        chance = binom.pmf(one, first[1], rates[0]) * binom.pmf(other, second[1], rates[1])
        if chance > 1e-7:
            found = escape_rate([Stratum(*first, one), Stratum(*second, other)])
            covered += chance if found.low <= true <= found.high else 0
    assert covered >= 0.95


def test_counts_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="found 3 of 2"):
        escape_rate([Stratum(10, 2, 3)])
    with pytest.raises(ValueError, match="-1 passed pieces"):
        escape_rate([Stratum(-1, 0, 0)])
