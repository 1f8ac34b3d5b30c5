"""Chances and quantiles, held against scipy's own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binom, hypergeom

from ubora.service.statistics.distributions import (
    beta_quantile,
    beta_up_to,
    binomial_chance,
    binomial_quantile,
    binomial_up_to,
    hypergeometric_log_chance,
    hypergeometric_up_to,
)

SHARES = st.floats(0.001, 0.999)


@given(st.integers(1, 3000), SHARES, SHARES)
def test_binomial_chances_are_those_of_a_second_reader(of: int, share: float, tail: float) -> None:
    count = int(tail * of)
    assert binomial_chance(count, of, share) == pytest.approx(
        binom.pmf(count, of, share), rel=1e-7, abs=1e-300
    )
    assert binomial_up_to(count, of, share) == pytest.approx(
        binom.cdf(count, of, share), rel=1e-7, abs=1e-300
    )
    assert binomial_quantile(tail, of, share) == binom.ppf(tail, of, share)


@pytest.mark.parametrize(
    ("of", "marked", "drawn"), [(10, 3, 4), (100, 0, 20), (50, 50, 7), (9, 5, 9), (6, 2, 0)]
)
def test_draws_have_the_chances_of_a_second_reader(of: int, marked: int, drawn: int) -> None:
    found = np.arange(-1, drawn + 2)
    chances = np.exp(hypergeometric_log_chance(found, of, marked, drawn))
    assert chances == pytest.approx(hypergeom.pmf(found, of, marked, drawn))
    assert chances.sum() == pytest.approx(1)
    for accept in range(drawn + 1):
        expected = hypergeom.cdf(accept, of, marked, drawn)
        assert hypergeometric_up_to(accept, of, marked, drawn) == pytest.approx(expected)


@given(SHARES, st.floats(0.5, 500), st.floats(0.5, 500))
def test_beta_quantiles_are_those_of_a_second_reader(tail: float, alpha: float, beta_: float) -> None:
    value = beta_quantile(tail, alpha, beta_)
    assert value == pytest.approx(beta.ppf(tail, alpha, beta_), abs=1e-9)
    assert beta_up_to(value, alpha, beta_) == pytest.approx(tail, abs=1e-7)
