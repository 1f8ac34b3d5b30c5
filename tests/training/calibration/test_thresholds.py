"""The photo gate and the calibration of a validation split."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from ubora.datasets.manifest import Defect, Sample
from ubora.datasets.taxonomy import PhotoFault
from ubora.models.inference.photo_faults import PhotoMeasures
from ubora.models.inference.prediction import Prediction
from ubora.models.inference.preprocess import Letterbox, Place
from ubora.training.calibration.photo_gates import photo_gate
from ubora.training.calibration.promises import needed, promise
from ubora.training.calibration.risk import LOWEST, NEVER, Evidence, Target, choose
from ubora.training.calibration.thresholds import Calibrated, Policy, calibrate
from ubora.training.evaluation.slices import sent_back
from ubora.training.recipe import read_recipe
from ubora.training.scoring.predictions import Scored

RECIPE = read_recipe("jewelry")
CRACK = frozenset({"crack"})


def _scored(
    number: int,
    *,
    crack: float = 0.0,
    defective: bool = False,
    sharpness: float = 20.0,
    fault: bool = False,
    piece: int | None = None,
) -> Scored:
    faults: tuple[PhotoFault, ...] = ("blur",) if fault else ()
    sample = Sample(
        file_name=f"{number}.jpg",
        sample_id=f"{number:064x}",
        piece_id=f"piece-{number if piece is None else piece}",
        defects=(Defect(name="crack"),) if defective else (),
        photo_faults=faults,
        source="captured",
    )
    whole = Place(0, 0, 64, 64)
    prediction = Prediction(
        scores={"crack": crack, "bent": 0.9},
        heatmap=np.zeros((2, 4, 4), np.float32),
        piece=np.ones((4, 4), np.float32),
        variance=(0, 0, 1, 0, 0),
        embedding=np.ones(1, np.float32),
        measures=PhotoMeasures(sharpness, brightness=120, glare=0, piece_share=0.3, border_share=0),
        width=64,
        height=64,
        place=whole,
    )
    return Scored(sample, prediction, Letterbox.of(whole, 64), latency_ms=1.0)


def _clean_photos(photos: int = 100) -> list[Scored]:
    return [_scored(i, crack=i / 2 / photos) for i in range(photos)]


def _ramp(defective: NDArray[np.float64]) -> Evidence:
    """Forty clean pieces scored from 0 to one half."""
    return Evidence(np.linspace(0, 0.5, 40)[:, None], defective, np.arange(40), (0,))


def _calibrated(scored: list[Scored], target: Target | None = None) -> Calibrated:
    return calibrate(scored, ("crack", "bent"), RECIPE, CRACK, piece=True, target=target)


def test_a_miss_rate_that_was_certified_is_stated_with_its_pieces() -> None:
    found = [_scored(100 + i, crack=0.9, defective=True) for i in range(70)]
    calibrated = _calibrated([*_clean_photos(), *found])
    assert calibrated.record.certifiable
    assert calibrated.record.sentence == (
        "misses at most 5% of defective pieces, 95% confidence, from 70 defective pieces (0 missed)"
    )
    assert (calibrated.record.defective, calibrated.record.clean) == (70, 100)
    assert calibrated.policy.thresholds["bent"] == NEVER


def test_where_no_clean_photo_need_be_flagged_none_is() -> None:
    found = [_scored(100 + i, crack=0.9, defective=True) for i in range(70)]
    clean = _clean_photos()
    calibrated = _calibrated([*clean, *found])
    assert [calibrated.policy.flags(s.prediction) for s in clean] == [False] * 100
    assert calibrated.record.false_flags == 0.0


def test_what_is_not_certified_keeps_the_share_of_clean_photos_and_says_its_own_bound() -> None:
    clean = _clean_photos()
    half = [_scored(100 + i, crack=0.9 if i % 2 else 0.3, defective=True) for i in range(70)]
    calibrated = _calibrated([*clean, *half])
    assert not calibrated.record.certifiable
    # One fewer than five: each is counted by thresholds that were chosen without it.
    assert sum(calibrated.policy.flags(s.prediction) for s in clean) == 4
    assert calibrated.record.false_flags == 0.05
    assert calibrated.record.sentence == (
        "not certifiable at 5% with 5% of clean photos flagged, it would take 41%; misses at most 61% of "
        "defective pieces, 95% confidence, from 70 defective pieces (35 missed)"
    )
    assert calibrated.record.miss_bound == pytest.approx(0.604, abs=0.001)


def test_a_wider_budget_certifies_what_a_narrow_one_could_not() -> None:
    half = [_scored(100 + i, crack=0.9 if i % 2 else 0.3, defective=True) for i in range(70)]
    calibrated = _calibrated([*_clean_photos(), *half], Target(max_false_flag=0.42))
    assert calibrated.record.certifiable
    assert calibrated.record.false_flags == pytest.approx(0.41)


@pytest.mark.parametrize(
    ("pieces", "sentence"),
    [
        (0, "not certifiable: no defective piece to count misses on, 59 without a miss are needed"),
        (
            31,
            "not certifiable at 5%, for which 31 defective pieces are too few and 59 without a miss are "
            "needed; misses at most 10% of defective pieces, 95% confidence, from 31 defective pieces "
            "(0 missed)",
        ),
    ],
)
def test_too_few_defective_pieces_are_said_to_be_too_few(pieces: int, sentence: str) -> None:
    choice = choose(_ramp(np.full((pieces, 1), 0.9)), Target())
    assert promise(choice, Target()) == sentence


def test_thresholds_that_cannot_reach_a_miss_rate_say_so() -> None:
    choice = choose(_ramp(np.zeros((100, 1))), Target())
    assert "and no thresholds reach it; misses at most 100%" in promise(choice, Target())


@pytest.mark.parametrize(("rate", "pieces"), [(0.05, 59), (0.02, 149), (0.01, 299)])
def test_without_a_miss_59_149_and_299_pieces_are_needed(rate: float, pieces: int) -> None:
    assert needed(rate, 0.95) == pieces


def test_a_piece_is_counted_once_however_many_photos_it_has() -> None:
    found = [_scored(100 + i, crack=0.9, defective=True, piece=i // 5) for i in range(295)]
    calibrated = _calibrated([*_clean_photos(), *found])
    assert calibrated.record.defective == 59
    assert calibrated.record.certifiable


def test_probabilities_decide_as_the_scores_did() -> None:
    random = np.random.default_rng(0)
    clean = [_scored(i, crack=float(random.beta(2, 6))) for i in range(200)]
    found = [_scored(200 + i, crack=float(random.beta(6, 3)), defective=True) for i in range(200)]
    calibrated = _calibrated([*clean, *found])
    served, scaling = calibrated.served(), calibrated.scalings["crack"]
    assert served.thresholds["crack"] != calibrated.policy.thresholds["crack"]
    for item in (*clean, *found):
        score = item.prediction.scores["crack"]
        scaled = scaling.apply(np.array(score)) >= served.thresholds["crack"]
        assert scaled == (score >= calibrated.policy.thresholds["crack"])
    assert served.thresholds["bent"] == NEVER


def test_the_curve_runs_from_no_clean_photo_flagged_to_all_and_holds_the_chosen_point() -> None:
    random = np.random.default_rng(0)
    found = [_scored(100 + i, crack=float(random.beta(6, 3)), defective=True) for i in range(80)]
    calibrated = _calibrated([*_clean_photos(), *found])
    shares = [p.false_flags for p in calibrated.curve if p.false_flags is not None]
    assert shares == sorted(set(shares))
    assert shares[0] == 0.0
    # Scores below LOWEST disturb nobody: four of the hundred, and one within a hair of it.
    assert shares[-1] == 0.95
    assert calibrated.chosen.false_flags in shares


def test_no_threshold_is_so_low_that_anything_is_flagged() -> None:
    assert _calibrated([_scored(i) for i in range(30)]).policy.thresholds["crack"] == pytest.approx(LOWEST)


def test_bad_photos_count_neither_as_clean_nor_as_missed() -> None:
    record = _calibrated([_scored(i, crack=0.99, fault=True) for i in range(30)]).record
    assert (record.defective, record.clean) == (0, 0)
    assert (record.false_flags, record.score_error) == (None, None)


def test_enough_labelled_bad_photos_move_their_gate_no_farther_than_it_takes() -> None:
    good = [_scored(i, sharpness=20 + i) for i in range(50)]
    bad = [_scored(100 + i, sharpness=6 + i, fault=True) for i in range(RECIPE.gate_min_photos)]
    fitted = photo_gate(good, RECIPE, piece=True, bad=bad)
    assert fitted.min_sharpness == photo_gate(good + bad, RECIPE, piece=True).min_sharpness
    policy = Policy({"crack": 0.5}, fitted)
    assert [policy.outcome(s.prediction) for s in bad].count("retake") >= 9
    assert 14 < fitted.min_sharpness < 20
    assert photo_gate(good, RECIPE, piece=True, bad=bad[1:]).min_sharpness == RECIPE.gate.min_sharpness


def test_a_gate_catches_only_what_good_photos_leave_it() -> None:
    good = [_scored(i, sharpness=20 + i) for i in range(50)]
    bad = [_scored(100 + i, sharpness=35, fault=True) for i in range(RECIPE.gate_min_photos)]
    assert photo_gate(good, RECIPE, piece=True, bad=bad).min_sharpness == 20.0


def test_bad_photos_are_counted_by_fault_whatever_sends_them_back() -> None:
    policy = Policy({"crack": 0.5}, RECIPE.gate.model_copy(update={"min_sharpness": 10.0}))
    blurred = [_scored(i, sharpness=6 + i, fault=True) for i in range(8)]
    found = sent_back([*blurred, _scored(100, sharpness=1)], policy)
    assert {fault: (own["found"], own["of"]) for fault, own in found.items()} == {"blur": (4, 8)}
    assert sent_back([_scored(0)], policy) == {}


def test_where_a_piece_lies_is_a_rule_and_is_not_fitted() -> None:
    good = [_scored(i) for i in range(50)]
    far = [s.model_copy(update={"photo_faults": ("too_far",)}) for s in (g.sample for g in good)]
    bad = [replace(g, sample=s) for g, s in zip(good, far, strict=True)]
    assert photo_gate(good, RECIPE, piece=True, bad=bad).min_piece_share == RECIPE.gate.min_piece_share


def test_a_gate_that_would_send_back_good_photos_is_relaxed() -> None:
    soft = [_scored(i, sharpness=1 + i / 100) for i in range(50)]
    gate = photo_gate(soft, RECIPE, piece=True)
    assert gate.min_sharpness == 1.0
    policy = Policy({"crack": 0.5}, gate)
    assert [policy.outcome(s.prediction) for s in soft] == ["pass"] * 50


def test_without_a_piece_head_nothing_is_said_of_where_the_piece_lies() -> None:
    gate = photo_gate([], RECIPE, piece=False)
    assert (gate.min_piece_share, gate.no_piece_below, gate.max_border_share) == (0.0, 0.0, 1.0)
    assert gate.min_piece_side == 0.0
