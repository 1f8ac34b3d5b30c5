"""pass, flag or retake: who wins, what is said, and that variance is never a defect."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.parts.photos import drawn_piece
from ubora.models.inference.approved import DesignMatch
from ubora.models.inference.photo_faults import INSTRUCTIONS, PhotoMeasures, measure_photo, photo_faults
from ubora.models.inference.prediction import Prediction, hottest_region, level_probabilities
from ubora.models.inference.preprocess import Letterbox, Place
from ubora.models.record import (
    ApprovedLimits,
    BundleRecord,
    Calibration,
    DatasetOrigin,
    DefectClass,
    Golden,
    InputContract,
    Parity,
    PhotoGate,
)
from ubora.models.verdict import Finding, decide, one_a_place

GATE = PhotoGate(
    min_sharpness=5,
    min_brightness=50,
    max_glare=0.2,
    min_piece_side=0.33,
    min_piece_share=0.05,
    no_piece_below=0.01,
    max_border_share=0.1,
)
GOOD = PhotoMeasures(sharpness=20, brightness=180, glare=0.01, piece_share=0.3, border_share=0)


def _record() -> BundleRecord:
    scratch = DefectClass(
        name="scratch", threshold=0.5, severity="minor", large_severity="major", large_share=0.2
    )
    crack = scratch.model_copy(
        update={"name": "crack", "threshold": 0.3, "severity": "critical", "large_severity": "critical"}
    )
    zeros = (0.0, 0.0)
    golden = Golden(
        file="golden-1.png",
        defects=zeros,
        variance=(0.0,) * 4,
        embedding=(1.0,),
        heatmap_max=zeros,
        piece_mean=0,
    )
    digest = "0" * 64
    return BundleRecord(
        name="hand-made",
        version="1",
        created_at="2026-11-23T00:00:00+00:00",
        input=InputContract(size=64),
        defects=(scratch, crack),
        embedding_size=1,
        gate=GATE,
        calibration=Calibration(method="none", sentence="none", certifiable=False, defective=0, clean=0),
        metrics={},
        dataset=DatasetOrigin(name="none", fingerprint=digest, photos=0, pieces=0),
        recipe={},
        git_commit="none",
        opset=20,
        parity=Parity(photos=1, max_abs_logit=0, same_verdicts=1),
        golden=(golden,),
        files=dict.fromkeys(("model.onnx", "CARD.md", "golden-1.png"), digest),
    )


def _prediction(scratch: float = 0.1, crack: float = 0.1, **changes: Any) -> Prediction:
    heat = np.full((2, 16, 16), 0.01, np.float32)
    heat[0, 2:4, 3:8] = scratch
    heat[1, 10, 10] = crack
    plain = Prediction(
        scores={"scratch": scratch, "crack": crack},
        heatmap=heat,
        piece=np.ones((16, 16), np.float32),
        variance=(0.0, 0.1, 0.8, 0.1, 0.0),
        embedding=np.ones(1, np.float32),
        measures=GOOD,
        width=640,
        height=320,
        place=Place(0, 0, 640, 320),
    )
    return replace(plain, **changes)


def test_a_quiet_photo_passes_without_a_reason() -> None:
    verdict = decide(_prediction(), _record())
    assert (verdict.outcome, verdict.reasons, verdict.findings) == ("pass", (), ())


def test_a_score_at_its_threshold_flags_and_says_what_and_where() -> None:
    verdict = decide(_prediction(scratch=0.5), _record())
    assert verdict.outcome == "flag"
    assert verdict.reasons == ("minor scratch (score 0.50)",)
    assert verdict.findings[0].box == (120, 40, 200, 40)


def test_a_finding_of_a_second_look_lies_where_it_lies_in_the_whole_photo() -> None:
    half = _prediction(scratch=0.5, place=Place(300, 100, 320, 160))
    # Half as large as in the whole photo, and moved by the corner of what was looked at.
    assert decide(half, _record()).findings[0].box == (300 + 60, 100 + 20, 100, 20)


def test_a_large_region_is_more_severe_than_a_small_one() -> None:
    small_piece = np.zeros((16, 16), np.float32)
    small_piece[:6, :8] = 1
    verdict = decide(_prediction(scratch=0.9, piece=small_piece), _record())
    assert verdict.findings[0].severity == "major"


def test_the_finding_furthest_over_its_own_threshold_comes_first() -> None:
    verdict = decide(_prediction(scratch=0.6, crack=0.5), _record())
    assert [finding.defect for finding in verdict.findings] == ["crack", "scratch"]


@pytest.mark.parametrize(
    ("boxes", "kept"),
    [
        ([(10, 10, 40, 40), (10, 10, 40, 40), (12, 9, 40, 42)], [0]),
        # Apart, side by side, and a small one inside a large one are things of their own.
        ([(10, 10, 40, 40), (60, 10, 40, 40)], [0, 1]),
        ([(10, 10, 40, 40), (50, 10, 40, 40)], [0, 1]),
        ([(10, 10, 40, 40), (30, 30, 10, 10)], [0, 1]),
        # What lies in the place of one that fell away may still be told.
        ([(0, 0, 30, 10), (8, 0, 30, 10), (18, 0, 30, 10)], [0, 2]),
        ([(5, 5, 1, 1), (5, 5, 1, 1)], [0]),
        ([], []),
    ],
)
def test_one_place_has_one_finding_the_surest(
    boxes: list[tuple[int, int, int, int]], kept: list[int]
) -> None:
    findings = [Finding(f"class {at}", "minor", 0.9 - at / 10, 0.1, box) for at, box in enumerate(boxes)]
    assert one_a_place(findings) == tuple(findings[at] for at in kept)


def test_a_bad_photo_is_a_retake_and_never_a_defect() -> None:
    blurred = replace(GOOD, sharpness=1)
    verdict = decide(_prediction(scratch=0.99, measures=blurred), _record())
    assert (verdict.outcome, verdict.reasons) == ("retake", (INSTRUCTIONS["blur"],))


def test_variance_inside_the_approved_range_never_flags() -> None:
    free_hand = _prediction(variance=(0.0, 0.0, 0.0, 0.1, 0.9))
    assert decide(free_hand, _record()).outcome == "pass"
    assert decide(free_hand, _record(), approved_range=(2, 5)).outcome == "pass"


@pytest.mark.parametrize(
    ("levels", "level"), [((0.0, 0.0, 0.0, 0.1, 0.9), 5), ((0.9, 0.1, 0.0, 0.0, 0.0), 1)]
)
def test_variance_outside_the_approved_range_is_shown_as_variance(
    levels: tuple[float, ...], level: int
) -> None:
    verdict = decide(_prediction(variance=levels), _record(), approved_range=(2, 4))
    assert (verdict.outcome, verdict.findings, verdict.variance_in_range) == ("flag", (), False)
    assert verdict.reasons == (f"variance level {level}, the design approves 2 to 4; not a defect",)


def test_a_close_view_of_a_part_is_not_held_against_the_range() -> None:
    free_hand = _prediction(variance=(0.0, 0.0, 0.0, 0.1, 0.9))
    verdict = decide(free_hand, _record(), approved_range=(2, 4), detail=True)
    assert (verdict.outcome, verdict.variance_in_range) == ("pass", True)


def _beside(record: BundleRecord, *, counted: bool) -> BundleRecord:
    limits = ApprovedLimits(
        max_distance=0.3,
        quantile=0.98,
        pieces=40,
        wrong_caught=0.9,
        grade_beside=counted,
        kappa_alone=0.1,
        kappa_beside=0.2,
    )
    return record.model_copy(update={"approved": limits})


def test_a_piece_unlike_its_approved_sample_is_asked_about_and_is_no_defect() -> None:
    record = _beside(_record(), counted=False)
    verdict = decide(_prediction(), record, beside=DesignMatch(distance=0.41, nearest=0, relative_level=3))
    assert (verdict.outcome, verdict.findings, verdict.design_in_doubt) == ("flag", (), True)
    assert verdict.reasons == (
        "it looks unlike the approved sample of its design (distance 0.41, approved pieces stay below 0.30): "
        "is it this design? not a defect",
    )
    alike = decide(_prediction(), record, beside=DesignMatch(distance=0.3, nearest=0, relative_level=3))
    assert (alike.outcome, alike.design_in_doubt) == ("pass", False)


def test_a_defect_comes_before_the_doubt_and_a_bad_photo_before_both() -> None:
    record, far = _beside(_record(), counted=False), DesignMatch(distance=0.9, nearest=0, relative_level=3)
    assert decide(_prediction(scratch=0.5), record, beside=far).reasons[0] == "minor scratch (score 0.50)"
    blurred = decide(_prediction(measures=replace(GOOD, sharpness=1)), record, beside=far)
    assert (blurred.outcome, blurred.reasons) == ("retake", (INSTRUCTIONS["blur"],))


def test_a_level_counts_from_the_approved_sample_only_where_that_agreed_better() -> None:
    freer = DesignMatch(distance=0.1, nearest=0, relative_level=5)
    assert decide(_prediction(), _beside(_record(), counted=False), (2, 4), beside=freer).variance_level == 3
    counted = decide(_prediction(), _beside(_record(), counted=True), (2, 4), beside=freer)
    assert (counted.outcome, counted.variance_level, counted.variance_in_range) == ("flag", 5, False)


def test_approved_photos_decide_nothing_in_a_bundle_without_limits() -> None:
    far = DesignMatch(distance=1.9, nearest=0, relative_level=5)
    assert decide(_prediction(), _record(), (2, 4), beside=far) == decide(_prediction(), _record(), (2, 4))


def test_conditional_logits_become_level_probabilities() -> None:
    # P(>1) = 1/2, P(>2) = 1/4, P(>3) = 1/8, P(>4) = 1/16
    assert level_probabilities(np.zeros(4, np.float32)) == (0.5, 0.25, 0.125, 0.0625, 0.0625)
    certain = level_probabilities(np.array([90, 90, -90, 0], np.float32))
    assert [round(p, 6) for p in certain] == [0, 0, 1, 0, 0]


def test_the_hottest_region_is_the_connected_one_around_the_peak() -> None:
    heat = np.zeros((8, 8), np.float32)
    heat[1:3, 1:5] = 0.6
    heat[2, 2] = 0.9
    heat[6, 6] = 0.8
    assert hottest_region(heat, above=0.5) == (1, 1, 4, 2)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"piece_share": 0.001}, "no_piece"),
        ({"piece_share": 0.03}, "too_far"),
        ({"piece_side": 0.3}, "too_far"),
        ({"border_share": 0.3}, "cut_off"),
        ({"brightness": 20.0}, "dark"),
        ({"glare": 0.5}, "glare"),
        ({"sharpness": 2.0}, "blur"),
    ],
)
def test_each_photo_fault_is_named(changes: dict[str, float], fault: str) -> None:
    assert photo_faults(replace(GOOD, **changes), GATE) == (fault,)
    assert photo_faults(GOOD, GATE) == ()


def test_a_close_view_of_a_part_is_not_cut_off() -> None:
    beyond = replace(GOOD, border_share=0.3)
    assert decide(_prediction(measures=beyond), _record()).outcome == "retake"
    assert decide(_prediction(measures=beyond), _record(), detail=True).outcome == "pass"


def test_measures_see_a_dark_a_blurred_and_a_distant_photo() -> None:
    import cv2

    photo, piece, _ = drawn_piece(3, size=192)
    frame = Letterbox.around(192, 192, 192)
    soft = (piece / 255).astype(np.float32)[::4, ::4]
    again: dict[str, Any] = {"whole_hw": soft, "whole": frame}
    plain = measure_photo(photo, soft, frame, **again)
    dark = measure_photo((photo * 0.2).astype(np.uint8), soft, frame, **again)
    blurred = measure_photo(cv2.GaussianBlur(photo, (0, 0), 4).astype(np.uint8), soft, frame, **again)
    far = Letterbox.around(768, 768, 192)  # of which the piece's square is a quarter
    distant = measure_photo(photo, soft, frame, whole_hw=np.pad(soft[::4, ::4], 18), whole=far)
    assert dark.brightness < plain.brightness / 4
    assert blurred.sharpness < plain.sharpness / 3
    assert distant.piece_share < plain.piece_share / 10
    assert (plain.piece_side, distant.piece_side) == (1.0, 0.25)
    assert plain.border_share == 0
    assert plain.piece_share == pytest.approx((piece > 0).mean(), abs=0.02)
