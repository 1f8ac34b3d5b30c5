"""Reliability bins and the calibration error: hand-computed cases, and what must be undefined."""

import numpy as np
import pytest

from ubora.training.scoring.reliability import expected_calibration_error, reliability


def test_a_bin_says_how_many_photos_what_score_and_how_many_show_it() -> None:
    scores = np.array([0.12, 0.18, 0.95, 1.0])
    bins = reliability(scores, np.array([False, True, True, True]))
    assert [b.count for b in bins] == [0, 2, 0, 0, 0, 0, 0, 0, 0, 2]
    assert [b.mean_score for b in bins if b.count] == pytest.approx([0.15, 0.975])
    assert [b.share_positive for b in bins if b.count] == [0.5, 1.0]
    assert (bins[0].mean_score, bins[0].share_positive) == (None, None)


def test_the_error_weighs_each_bin_by_its_photos() -> None:
    scores = np.array([0.15, 0.15, 0.15, 0.85])
    shown = np.array([False, False, False, False])
    assert expected_calibration_error(scores, shown) == pytest.approx((3 * 0.15 + 0.85) / 4)


def test_scores_that_are_probabilities_have_almost_no_error_and_overconfident_ones_have() -> None:
    random = np.random.default_rng(1)
    truth = random.random(20_000)
    shown = random.random(20_000) < truth
    error = expected_calibration_error(truth, shown)
    assert error is not None
    assert error < 0.02
    sharpened = truth**4 / (truth**4 + (1 - truth) ** 4)
    overconfident = expected_calibration_error(sharpened, shown)
    assert overconfident is not None
    assert overconfident > 0.1


def test_no_photo_no_error() -> None:
    assert expected_calibration_error(np.zeros(0), np.zeros(0, bool)) is None
