"""Scores as probabilities: ranks stay, known distortions are found again, few positives stray little."""

import numpy as np
import pytest
from scipy.special import expit, logit

from ubora.training.calibration.scaling import Scaling, apply, fit, held_out
from ubora.training.scoring.reliability import expected_calibration_error

Floats = np.ndarray


def _distorted(photos: int, classes: int, slope: float, offset: float) -> tuple[Floats, Floats]:
    """Scores whose logits were stretched and shifted, and what the photos show: (photos, classes) each."""
    random = np.random.default_rng(2)
    truth = expit(random.normal(-1.0, 2.0, (photos, classes)))
    return expit((logit(truth) - offset) / slope), random.random((photos, classes)) < truth


def test_a_known_distortion_is_found_again() -> None:
    scores, shown = _distorted(4000, 2, slope=0.5, offset=-1.0)
    for scaling in fit(scores, shown, [f"piece-{i}" for i in range(4000)]):
        assert scaling.slope == pytest.approx(0.5, abs=0.05)
        assert scaling.offset == pytest.approx(-1.0, abs=0.15)


def test_scaled_scores_are_probabilities_for_pieces_that_were_not_fitted() -> None:
    scores, shown = _distorted(600, 3, slope=0.4, offset=-1.5)
    pieces = [f"piece-{i // 2}" for i in range(600)]
    before = expected_calibration_error(scores.ravel(), shown.ravel())
    after = expected_calibration_error(held_out(scores, shown, pieces).ravel(), shown.ravel())
    assert before is not None
    assert after is not None
    assert before > 0.15
    assert after < 0.05


def test_scaling_keeps_the_order_and_leaves_one_at_one() -> None:
    scores = np.array([0.0, 0.001, 0.3, 0.9, 0.999, 1.0])
    scaled = Scaling(0.3, -2.0).apply(scores)
    assert (np.diff(scaled) > 0).all()
    assert scaled[-1] == 1.0


def test_a_class_of_three_positives_stays_near_what_all_share() -> None:
    scores, shown = _distorted(500, 2, slope=0.5, offset=-1.0)
    rare = shown.copy()
    # Three photos of the second class, all scored low: by themselves they would turn the slope around.
    rare[:, 1] = False
    rare[np.argsort(scores[:, 1])[:3], 1] = True
    common, few = fit(scores, rare, [f"piece-{i}" for i in range(500)])
    assert few.slope == pytest.approx(common.slope, rel=0.8)
    assert few.slope > 0


def test_a_piece_counts_once_however_many_photos_it_has() -> None:
    scores, shown = _distorted(200, 1, slope=0.5, offset=-1.0)
    pieces = [f"piece-{i}" for i in range(200)]
    once = fit(scores, shown, pieces)[0]
    five_times = fit(np.repeat(scores, 5, 0), np.repeat(shown, 5, 0), [p for p in pieces for _ in range(5)])[
        0
    ]
    assert five_times.slope == pytest.approx(once.slope, abs=1e-3)
    assert five_times.offset == pytest.approx(once.offset, abs=1e-3)


def test_without_a_positive_scores_stay_as_they_are() -> None:
    scores = np.array([[0.2, 0.8]])
    scalings = fit(scores, np.zeros((1, 2), bool), ["piece"])
    assert scalings == (Scaling(), Scaling())
    assert apply(scores, scalings) == pytest.approx(scores)
    assert fit(np.zeros((0, 2)), np.zeros((0, 2), bool), []) == scalings


def test_one_scaling_after_another_is_one_scaling() -> None:
    scores = np.array([0.1, 0.5, 0.7])
    first, second = Scaling(0.5, -1.0), Scaling(2.0, 0.3)
    assert second.after(first).apply(scores) == pytest.approx(second.apply(first.apply(scores)))
