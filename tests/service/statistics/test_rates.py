"""Intervals and shrinkage of rates, held against published values, statsmodels, and counting it out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, fisher_exact
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from ubora.models.intervals import wilson
from ubora.service.statistics.rates import (
    adjusted,
    chance_of_more,
    difference,
    exact,
    first_pass_yield,
)
from ubora.service.statistics.shrinkage import (
    JEFFREYS,
    Group,
    Posterior,
    fit,
    log_likelihood,
    moments,
    posterior,
)

RATS = """
0/20 0/20 0/20 0/20 0/20 0/20 0/20 0/19 0/19 0/19 0/19 0/18 0/18 0/17 1/20 1/20 1/20 1/20 1/19 1/19 1/18 1/18
2/25 2/24 2/23 2/20 2/20 2/20 2/20 2/20 2/20 1/10 5/49 2/19 5/46 3/27 2/17 7/49 7/47 3/20 3/20 2/13 9/48 10/50
4/20 4/20 4/20 4/20 4/20 4/20 4/20 10/48 4/19 4/19 4/19 5/22 11/46 12/49 5/20 5/20 6/23 5/19 6/22 6/20 6/20
6/20 16/52 15/46 15/47 9/24
"""
"""Tumours in 70 groups of rats: Tarone, Biometrics 38 (1982)."""
HISTORY = [(int(found), int(of)) for found, of in (one.split("/") for one in RATS.split())]
COUNTS = st.integers(1, 300).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@pytest.mark.parametrize(
    ("found", "of", "expected"),
    [(81, 263, (0.2553, 0.3662)), (0, 20, (0, 0.1611)), (1, 29, (0.0061, 0.1718))],
)
def test_wilsons_interval_is_the_published_one(found: int, of: int, expected: tuple[float, float]) -> None:
    interval = wilson(found, of)
    assert interval is not None
    assert tuple(round(end, 4) for end in interval) == expected


@given(COUNTS)
def test_intervals_are_those_of_a_second_reader(counts: tuple[int, int]) -> None:
    found, of = counts
    assert exact(found, of) == pytest.approx(proportion_confint(found, of, method="beta"), abs=1e-9)


@given(COUNTS, COUNTS)
def test_the_interval_of_a_difference_is_that_of_a_second_reader(
    one: tuple[int, int], two: tuple[int, int]
) -> None:
    expected = confint_proportions_2indep(*one, *two, method="newcomb", compare="diff")
    assert difference(*one, *two) == pytest.approx(expected, abs=1e-9)
    assert difference(*one, 0, 0) == (-1.0, 1.0)


@pytest.mark.parametrize("of", [1, 5, 20, 60])
@pytest.mark.parametrize("true", [0.01, 0.1, 0.5, 0.93])
def test_the_exact_interval_covers_at_least_as_often_as_it_says(of: int, true: float) -> None:
    covered = sum(
        binom.pmf(found, of, true)
        for found in range(of + 1)
        if exact(found, of)[0] <= true <= exact(found, of)[1]
    )
    assert covered >= 0.95


def test_first_pass_yield_of_nothing_is_none() -> None:
    assert (first_pass_yield(47, 50), first_pass_yield(0, 0)) == (0.94, None)


def test_counts_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="found 3 of 2"):
        exact(3, 2)
    with pytest.raises(ValueError, match="found -1 of 2"):
        fit([(-1, 2)])


def test_a_fitted_group_is_the_published_one() -> None:
    likeliest, start = fit(HISTORY), moments(HISTORY)
    assert start is not None
    assert (round(likeliest.alpha, 4), round(likeliest.beta, 3)) == (2.3048, 14.080)
    assert (round(start.alpha, 3), round(start.beta, 3)) == (1.356, 8.615)
    assert round(posterior(start, 4, 14).mean, 4) == 0.2234


def test_no_prior_near_the_fitted_one_is_likelier() -> None:
    group = fit(HISTORY)
    passed, decided = (np.array(column, float) for column in zip(*HISTORY, strict=True))
    best = log_likelihood(group.alpha, group.beta, passed, decided)
    around = [
        log_likelihood(group.alpha * a, group.beta * b, passed, decided)
        for a in (0.98, 1.0, 1.02)
        for b in (0.98, 1.0, 1.02)
    ]
    assert max(around) == best


def test_a_posterior_is_what_a_grid_of_rates_says() -> None:
    after = posterior(Group(0.9, 20.0, shrinks=True), 9, 10)
    rates = (np.arange(200_000) + 0.5) / 200_000
    likely = rates ** (18 - 1 + 9) * (1 - rates) ** (2 - 1 + 1)
    likely /= likely.sum()
    under = np.cumsum(likely)
    ends = tuple(float(rates[np.searchsorted(under, tail)]) for tail in (0.025, 0.975))
    assert after.mean == pytest.approx(float(rates @ likely), abs=1e-6)
    assert after.interval() == pytest.approx(ends, abs=2e-5)
    assert after.below(0.85) == pytest.approx(float(likely[rates < 0.85].sum()), abs=2e-5)


@pytest.mark.parametrize(
    "groups", [[], [(9, 10)], [(9, 10), (3, 5)], [(5, 5)] * 9, [(0, 7)] * 9, [(0, 0)] * 9]
)
def test_where_counts_do_not_tell_the_spread_nobody_is_drawn_toward_anybody(
    groups: list[tuple[int, int]],
) -> None:
    assert fit(groups) == JEFFREYS
    assert posterior(fit(groups), 9, 10) == Posterior(9.5, 1.5)


def test_workshops_that_differ_less_than_chance_count_as_no_more_than_their_pieces() -> None:
    group = fit([(9, 10)] * 30)
    assert (round(group.mean, 2), round(group.strength, 6)) == (0.9, 300.0)


@given(st.lists(COUNTS, min_size=3, max_size=12), COUNTS)
def test_a_shrunk_rate_lies_between_the_workshops_own_and_its_groups(
    groups: list[tuple[int, int]], own: tuple[int, int]
) -> None:
    group = fit(groups)
    rate, after = own[0] / own[1], posterior(group, *own)
    low, high = sorted((rate, group.mean))
    assert low - 1e-9 <= after.mean <= high + 1e-9
    assert (
        after.interval()[0] <= after.mean <= after.interval()[1] or after.mean > 0.999 or after.mean < 0.001
    )
    assert 0 <= after.below(0.5) <= after.below(0.9) <= 1


@pytest.mark.parametrize(
    ("here", "there"), [((3, 4), (1, 4)), ((9, 50), (20, 400)), ((0, 10), (5, 5)), ((5, 5), (0, 0))]
)
def test_the_chance_of_more_is_fishers(here: tuple[int, int], there: tuple[int, int]) -> None:
    table = [[found, of - found] for found, of in (here, there)]
    expected = fisher_exact(table, alternative="greater").pvalue
    assert chance_of_more(*here, *there) == pytest.approx(expected)


def test_chances_are_adjusted_as_by_holm() -> None:
    chances = [0.01, 0.04, 0.03, 0.005]
    expected = multipletests(chances, method="holm")[1]
    assert adjusted(chances) == pytest.approx(list(expected))
    # Of more that were asked, as if all others were certain.
    more = multipletests([*chances, *[1.0] * 6], method="holm")[1][:4]
    assert adjusted(chances, of=10) == pytest.approx(list(more))
    with pytest.raises(ValueError, match="4 chances of 3 questions"):
        adjusted(chances, of=3)
