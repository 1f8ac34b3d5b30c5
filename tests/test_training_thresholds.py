"""The photo gate and the calibration of a validation split."""

import numpy as np

from datasets.manifest import Defect, Sample
from datasets.taxonomy import PhotoFault
from models.inspector import Prediction
from models.photo_faults import PhotoMeasures
from models.preprocess import Letterbox
from training.recipe import read_recipe
from training.scoring import Scored
from training.thresholds import LOWEST, NEVER, Policy, calibrate, photo_gate

RECIPE = read_recipe("jewelry")


def _scored(
    number: int, *, crack: float = 0.0, defective: bool = False, sharpness: float = 20.0, fault: bool = False
) -> Scored:
    faults: tuple[PhotoFault, ...] = ("blur",) if fault else ()
    sample = Sample(
        file_name=f"{number}.jpg",
        sample_id=f"{number:064x}",
        piece_id=f"piece-{number}",
        defects=(Defect(name="crack"),) if defective else (),
        photo_faults=faults,
        source="captured",
    )
    prediction = Prediction(
        scores={"crack": crack, "bent": 0.9},
        heatmap=np.zeros((2, 4, 4), np.float32),
        piece=np.ones((4, 4), np.float32),
        variance=(0, 0, 1, 0, 0),
        embedding=np.ones(1, np.float32),
        measures=PhotoMeasures(sharpness, brightness=120, glare=0, piece_share=0.3, border_share=0),
        width=64,
        height=64,
    )
    return Scored(sample, prediction, Letterbox.around(64, 64, 64), latency_ms=1.0)


def test_calibration_allows_the_target_and_switches_off_what_was_never_shown() -> None:
    clean = [_scored(i, crack=i / 200) for i in range(100)]
    found = [_scored(100 + i, crack=0.9, defective=True) for i in range(70)]
    calibrated = calibrate([*clean, *found], ("crack", "bent"), RECIPE, frozenset({"crack"}), piece=True)
    assert sum(calibrated.policy.flags(s.prediction) for s in clean) == 5
    assert calibrated.policy.thresholds["bent"] == NEVER
    assert calibrated.record.certifiable
    assert calibrated.record.sentence.startswith("misses at most 5% of defective pieces")
    assert (calibrated.record.defective, calibrated.record.clean) == (70, 100)


def test_no_threshold_is_so_low_that_anything_is_flagged() -> None:
    clean = [_scored(i) for i in range(30)]
    calibrated = calibrate(clean, ("crack",), RECIPE, frozenset({"crack"}), piece=True)
    assert calibrated.policy.thresholds["crack"] == LOWEST


def test_bad_photos_count_neither_as_clean_nor_as_missed() -> None:
    faulty = [_scored(i, crack=0.99, fault=True) for i in range(30)]
    calibrated = calibrate(faulty, ("crack",), RECIPE, frozenset({"crack"}), piece=True)
    assert (calibrated.record.defective, calibrated.record.clean) == (0, 0)


def test_enough_labelled_bad_photos_move_their_gate() -> None:
    good = [_scored(i, sharpness=20 + i) for i in range(50)]
    bad = [_scored(100 + i, sharpness=6, fault=True) for i in range(RECIPE.gate_min_photos)]
    assert photo_gate(good + bad, RECIPE, piece=True).min_sharpness == 20.0
    assert photo_gate(good + bad[1:], RECIPE, piece=True).min_sharpness == RECIPE.gate.min_sharpness


def test_a_gate_that_would_send_back_good_photos_is_relaxed() -> None:
    soft = [_scored(i, sharpness=1 + i / 100) for i in range(50)]
    gate = photo_gate(soft, RECIPE, piece=True)
    assert gate.min_sharpness == 1.0
    policy = Policy({"crack": 0.5}, gate)
    assert [policy.outcome(s.prediction) for s in soft] == ["pass"] * 50


def test_without_a_piece_head_nothing_is_said_of_where_the_piece_lies() -> None:
    gate = photo_gate([], RECIPE, piece=False)
    assert (gate.min_piece_share, gate.no_piece_below, gate.max_border_share) == (0.0, 0.0, 1.0)
