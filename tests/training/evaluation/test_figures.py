"""Figures and thresholds: hand-computed cases, and honest sentences."""

import numpy as np
import pytest

from ubora.training.figures import (
    auroc,
    average_precision,
    bootstrap,
    quadratic_kappa,
    recall_at,
    threshold_at,
    upper_bound,
)

SCORES = np.array([0.9, 0.8, 0.7, 0.6])
SHOWN = np.array([True, False, True, False])


def test_average_precision_is_the_mean_precision_at_each_hit() -> None:
    assert average_precision(SCORES, SHOWN) == pytest.approx((1 / 1 + 2 / 3) / 2)


def test_tied_scores_earn_no_credit_for_their_order() -> None:
    assert average_precision(np.zeros(4), SHOWN) == 0.5
    assert auroc(np.zeros(4), SHOWN) == 0.5


def test_auroc_is_the_share_of_pairs_in_the_right_order() -> None:
    assert auroc(SCORES, SHOWN) == 0.75


@pytest.mark.parametrize("shown", [np.zeros(4, bool), np.ones(4, bool)])
def test_a_figure_without_both_kinds_is_undefined_not_zero(shown: np.ndarray) -> None:
    assert auroc(SCORES, shown) is None
    assert recall_at(SCORES, shown, 0.05) is None


def test_a_threshold_flags_no_more_clean_photos_than_allowed() -> None:
    clean = np.linspace(0, 0.99, 100)
    for share in (0.0, 0.01, 0.05, 0.105):
        assert (clean >= threshold_at(clean, share)).sum() == int(share * 100 + 1e-9)


@pytest.mark.parametrize(("pieces", "rate"), [(59, 0.05), (149, 0.02), (299, 0.01)])
def test_no_miss_in_59_149_and_299_pieces_certifies_5_2_and_1_percent(pieces: int, rate: float) -> None:
    assert upper_bound(0, pieces) <= rate < upper_bound(0, pieces - 1)


def test_the_upper_bound_agrees_with_a_published_value() -> None:
    # R: binom.test(3, 100, alternative = "less")$conf.int
    assert upper_bound(3, 100) == pytest.approx(0.0757, abs=1e-4)


def test_kappa_is_one_for_agreement_and_zero_for_a_constant_answer() -> None:
    true = np.array([1, 2, 3, 4, 5])
    assert quadratic_kappa(true, true) == 1.0
    assert quadratic_kappa(np.full(5, 3), true) == 0.0


def test_the_bootstrap_draws_whole_pieces() -> None:
    pieces = ["a"] * 50 + ["b"] * 50
    values = np.repeat([0.0, 1.0], 50)
    # With two pieces, half of the draws hold one of them twice: the interval is all or nothing.
    assert bootstrap(pieces, lambda at: float(values[at].mean())) == (0.0, 1.0)
