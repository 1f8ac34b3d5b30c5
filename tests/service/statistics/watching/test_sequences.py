"""A bound that holds at every look at once: by its definition, and by looking on until it fails."""

import numpy as np
import pytest
from scipy.special import betaln
from scipy.stats import betabinom, binom

from ubora.service.statistics.rates import exact
from ubora.service.statistics.watching.sequences import bound, confidence_sequence, log_wealth


def test_a_bet_has_won_the_ratio_of_both_chances() -> None:
    expected = betabinom.logpmf(3, 40, 0.5, 0.5) - binom.logpmf(3, 40, 0.02)
    assert log_wealth(3, 40, 0.02) == pytest.approx(expected)


@pytest.mark.parametrize(("found", "of"), [(0, 50), (3, 40), (40, 40), (20, 1_000)])
def test_a_bound_is_where_a_bet_has_won_twentyfold_and_holds_the_exact_interval(found: int, of: int) -> None:
    low, high = bound(found, of)
    for end in {low, high} - {0.0, 1.0}:
        assert log_wealth(found, of, end) == pytest.approx(np.log(20), abs=1e-6)
    one, other = exact(found, of)
    assert low <= one <= other <= high


@pytest.mark.parametrize("true", [0.01, 0.1, 0.5])
def test_of_people_who_look_after_each_piece_and_stop_where_it_fails_one_of_twenty_at_most_finds_it(
    true: float,
) -> None:
    """A thousand pieces, a thousand times: the bet against the true share ever wins twentyfold."""
    rng = np.random.default_rng(round(100 * true))
    found = (rng.random((1_000, 1_000)) < true).cumsum(axis=1)
    of = np.arange(1, 1_001)[None, :]
    wealth = betaln(found + 0.5, of - found + 0.5) - betaln(0.5, 0.5)
    wealth = wealth - found * np.log(true) - (of - found) * np.log1p(-true)
    failed = (wealth >= np.log(20)).any(axis=1).mean()
    # An interval of one look, looked at as often, fails far more.
    some = range(49, 1_000, 50)
    naive = np.mean(
        [any(not _holds(exact(int(one[at]), at + 1), true) for at in some) for one in found[:200]]
    )
    assert 0 < failed <= 0.05 < naive


def test_each_look_is_within_those_before_and_no_look_at_all_says_nothing() -> None:
    looks = confidence_sequence([0, 1, 1, 9], [0, 10, 40, 200])
    assert looks[0] == (0.0, 1.0)
    assert [one[0] for one in looks] == sorted(one[0] for one in looks)
    assert [one[1] for one in looks] == sorted((one[1] for one in looks), reverse=True)


def test_where_the_share_moved_beyond_old_bounds_the_new_bound_is_told() -> None:
    looks = confidence_sequence([0, 600], [500, 1_100])
    assert looks[1] == bound(600, 1_100)


def test_counts_that_fall_are_refused() -> None:
    with pytest.raises(ValueError, match="2 of 9 after 2 of 10"):
        confidence_sequence([2, 2], [10, 9])
    with pytest.raises(ValueError, match="confidence 1"):
        confidence_sequence([0], [1], confidence=1.0)


def _holds(interval: tuple[float, float], true: float) -> bool:
    return interval[0] <= true <= interval[1]
