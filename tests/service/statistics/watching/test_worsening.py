"""Evidence that a share of few pieces fell: its mean while nothing changes, and what it sees."""

import numpy as np
import pytest
from scipy.stats import betabinom

from ubora.service.statistics.watching.worsening import (
    FALLS,
    MOST,
    THRESHOLD,
    Known,
    first_beyond,
    worsening,
)


def test_one_week_is_the_mean_ratio_of_both_chances() -> None:
    alpha, beta, passed, decided = 30.0, 3.0, 4, 7
    draws = np.random.default_rng(0).beta(beta, alpha, 400_000)
    ratios = []
    for fall in FALLS:
        odds = draws / (1 - draws) * fall
        worse = odds / (1 + odds)
        ratios.append((worse ** (decided - passed) * (1 - worse) ** passed).mean())
    one_order = betabinom.pmf(decided - passed, decided, beta, alpha) / 35  # 7 over 3 orders
    found = worsening(Known.of([alpha], [beta]), [[passed]], [[decided]])
    assert found[0, 0] == pytest.approx(np.mean(ratios) / one_order, rel=0.01)


def test_while_nothing_changes_the_mean_evidence_is_the_number_of_weeks() -> None:
    rng = np.random.default_rng(1)
    units, weeks = 40_000, 6
    alpha, beta = 28.0, 2.0
    decided = rng.poisson(3, (units, weeks))
    passed = rng.binomial(decided, rng.beta(alpha, beta, (units, 1)))
    known = Known.of(np.full(units, alpha), np.full(units, beta))
    means = worsening(known, passed, decided).mean(axis=0)
    assert means == pytest.approx(np.arange(1, weeks + 1), rel=0.05)


def test_a_steady_unit_signals_at_most_once_in_as_many_weeks_as_the_threshold() -> None:
    rng = np.random.default_rng(2)
    units, weeks = 3_000, 50
    decided = rng.poisson(6, (units, weeks))
    passed = rng.binomial(decided, rng.beta(40, 3, (units, 1)))
    first = first_beyond(worsening(Known.of(np.full(units, 40.0), np.full(units, 3.0)), passed, decided))
    watched = np.where(first < 0, weeks, first + 1).sum()
    assert 0 < (first >= 0).sum() / watched < 1 / THRESHOLD


def test_a_fall_of_fifteen_points_is_seen_after_some_weeks_by_four_of_five() -> None:
    rng = np.random.default_rng(3)
    units = 500
    true = rng.beta(40, 3, (units, 1))
    before = rng.binomial(10 * 13, true[:, 0])
    passed = rng.binomial(10, np.clip(true - 0.15, 0, 1), (units, 12))
    known = Known.of(40 + before, 3 + 130 - before)
    first = first_beyond(worsening(known, passed, np.full((units, 12), 10)))
    assert (first >= 0).mean() > 0.8


def test_a_week_of_no_pieces_only_passes() -> None:
    known = Known.of([20.0], [2.0])
    with_gap = worsening(known, [[3, 0, 3]], [[5, 0, 5]])[0]
    assert with_gap[1] == pytest.approx(with_gap[0] + 1)


def test_a_flood_of_bad_pieces_stays_a_number() -> None:
    found = worsening(Known.of([5_000.0], [50.0]), [[0] * 9], [[100_000] * 9])
    assert found[0, -1] == MOST
    assert np.isfinite(found).all()


def test_better_weeks_are_no_evidence() -> None:
    assert worsening(Known.of([30.0], [6.0]), [[50] * 10], [[50] * 10])[0, -1] < 1


@pytest.mark.parametrize(
    ("alpha", "beta", "passed", "decided", "fault"),
    [
        ([1.0], [0.0], [[1]], [[1]], "all above 0"),
        ([1.0, 2.0], [1.0], [[1]], [[1]], "as many of both"),
        ([1.0], [1.0], [[2]], [[1]], "more passed than decided"),
        ([1.0], [1.0], [[1, 1]], [[1]], "expected alike"),
    ],
)
def test_what_is_no_count_is_refused(
    alpha: list[float], beta: list[float], passed: list[list[int]], decided: list[list[int]], fault: str
) -> None:
    with pytest.raises(ValueError, match=fault):
        worsening(Known.of(alpha, beta), passed, decided)
