"""Limits that stand: how often they signal while nothing changes, and what they see."""

import numpy as np
import pytest
from scipy.stats import t

from ubora.service.statistics.charts import p_prime
from ubora.service.statistics.watching.frozen import CHANCE, Frozen, freeze, signals


def test_a_first_phase_is_kept_by_its_centre_and_spread() -> None:
    rng = np.random.default_rng(0)
    passed = rng.binomial(200, np.clip(rng.normal(0.9, 0.04, 20), 0, 1)).tolist()
    chart = p_prime(passed, [200] * 20)
    assert freeze([*passed, 0], [200] * 20 + [0]) == Frozen(chart.centre, chart.sigma_z, 20)


def test_weeks_are_never_taken_to_vary_less_than_by_chance() -> None:
    frozen = freeze([180] * 12, [200] * 12)
    assert frozen is not None
    assert frozen.sigma_z == 1.0


@pytest.mark.parametrize(
    ("passed", "decided"),
    [([90] * 7, [100] * 7), ([98] * 20, [100] * 20), ([2] * 20, [100] * 20), ([5] * 20, [6] * 20)],
)
def test_few_weeks_and_few_pieces_have_no_limits(passed: list[int], decided: list[int]) -> None:
    assert freeze(passed, decided) is None


def test_the_width_is_students() -> None:
    assert Frozen(0.9, 1.0, 14).width == pytest.approx(t.isf(CHANCE / 2, 0.62 * 13))
    assert Frozen(0.9, 1.0, 100_000).width == pytest.approx(3.0, abs=1e-3)


@pytest.mark.parametrize("weeks", [13, 52])
def test_a_steady_network_signals_less_than_once_in_a_hundred_weeks(weeks: int) -> None:
    rng = np.random.default_rng(weeks)
    alarms = watched = 0
    for _ in range(300):
        true = np.clip(rng.normal(0.94, 0.01, weeks + 40), 0, 1)
        passed = rng.binomial(1500, true).tolist()
        frozen = freeze(passed[:weeks], [1500] * weeks)
        assert frozen is not None
        found = signals(frozen, passed[weeks:], [1500] * 40)
        any_ = found.beyond | found.ewma
        alarms += bool(any_.any())
        watched += int(any_.argmax()) + 1 if any_.any() else 40
    assert 0 < alarms / watched < 1 / 100


def test_a_bad_week_lies_beyond_and_a_small_shift_that_lasts_is_seen_by_the_smoothed_weeks() -> None:
    frozen = Frozen(0.9, 1.2, 26)
    once = signals(frozen, [450, 380, 450], [500] * 3)
    assert once.beyond.tolist() == [False, True, False]
    lasting = signals(frozen, [434] * 12, [500] * 12)
    assert not lasting.beyond.any()
    assert lasting.ewma.tolist().index(True) < 8


def test_what_was_settled_is_smoothed_no_more_and_a_week_of_no_pieces_signals_nothing() -> None:
    frozen = Frozen(0.9, 1.0, 26)
    found = signals(frozen, [400, 0, 450], [500, 0, 500], since=1)
    assert np.isnan(found.smoothed[:2]).all()
    assert found.smoothed[2] == pytest.approx(0.0)
    assert found.beyond.tolist() == [True, False, False]
    assert found.ewma.tolist() == [False, False, False]
