"""The funnel: its limits beside published values and counted chances, and what widens it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from ubora.service.statistics.funnel import FEWEST_PIECES, limits, overdispersion, place


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [(20, (0.6148, 0.7215, 0.9897, 0.9996)), (100, (0.7916, 0.8323, 0.9496, 0.9758))],
)
def test_limits_are_the_published_ones(pieces: int, expected: tuple[float, ...]) -> None:
    assert tuple(round(one, 4) for one in limits(pieces, 0.9)) == expected


@given(st.integers(1, 2000), st.floats(0.02, 0.98))
def test_no_more_workshops_lie_outside_by_chance_than_the_limits_say(pieces: int, target: float) -> None:
    far_low, low, high, far_high = limits(pieces, target)
    assert 0 <= far_low <= low <= high <= far_high <= 1
    counts = np.arange(pieces + 1)
    chances, rates = binom.pmf(counts, pieces, target), counts / pieces
    for tail, outside in ((0.025, rates < low), (0.001, rates < far_low), (0.025, rates > high)):
        # An end lies between two counts: one of them may be within, and the tail is missed by its chance.
        assert chances[outside].sum() <= tail + chances.max()
    assert chances[rates < low].sum() <= 0.025 + 1e-12


def test_the_funnel_of_many_pieces_is_the_normal_one() -> None:
    spread = np.sqrt(0.9 * 0.1 / 1e6)
    expected = [0.9 + z * spread for z in (-3.0902, -1.96, 1.96, 3.0902)]
    assert limits(1_000_000, 0.9) == pytest.approx(expected, abs=2e-6)


def test_workshops_that_differ_by_chance_alone_widen_nothing() -> None:
    rng = np.random.default_rng(1)
    groups = [(int(rng.binomial(100, 0.9)), 100) for _ in range(400)]
    found = overdispersion(groups, 0.9)
    # Winsorised squares of a normal deviate are 0.8 on average.
    assert found.ratio == pytest.approx(0.8, abs=0.15)
    assert found.between == 0


def test_the_spread_between_workshops_is_found_again() -> None:
    rng = np.random.default_rng(2)
    rates = np.clip(rng.normal(0.85, 0.06, 3000), 0, 1)
    groups = [(int(rng.binomial(200, rate)), 200) for rate in rates]
    found = overdispersion(groups, 0.85)
    # Winsorising takes a part of it: 0.06 becomes about 0.053.
    assert found.between == pytest.approx(0.053, abs=0.006)
    outside = [place(passed, of, 0.85, found.between) not in ("within",) for passed, of in groups]
    assert 0.02 < np.mean(outside) < 0.12


def test_a_component_between_workshops_is_that_of_moments_without_winsorising_at_the_ends() -> None:
    # Ten alike on each side, so that winsorising changes nothing: by hand, equal weights n / (p (1 − p)).
    groups = [(80, 100)] * 10 + [(100, 100)] * 10
    found = overdispersion(groups, 0.9)
    variance = 0.9 * 0.1 / 100
    z2 = 0.1**2 / variance
    between2 = (20 * z2 - 19) * variance / (20 - 1)
    assert found.ratio == pytest.approx(z2)
    assert found.between == pytest.approx(np.sqrt(between2))


def test_too_few_pieces_have_no_place() -> None:
    assert place(0, FEWEST_PIECES - 1, 0.9) == "too-few"
    found = [place(passed, 100, 0.9) for passed in (70, 80, 90, 96, 100)]
    assert found == ["far-low", "low", "within", "high", "far-high"]


def test_a_wider_funnel_takes_in_what_lay_outside() -> None:
    assert (place(80, 100, 0.9), place(80, 100, 0.9, between=0.08)) == ("low", "within")


@pytest.mark.parametrize("target", [0.0, 1.0, -1])
def test_a_target_that_leaves_no_chance_is_refused(target: float) -> None:
    with pytest.raises(ValueError, match="expected above 0 and below 1"):
        limits(20, target)
