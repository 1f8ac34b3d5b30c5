"""Thresholds that people set anew: over a release's own, and held against what these were chosen on."""

from pathlib import Path

import pytest
from scipy.special import logit

from tests.parts.tiny_bundle import tiny_record, write_tiny_bundle
from tests.parts.tiny_comparing import write_comparing_bundle
from ubora.models.bundle import BundleError, read_bundle, write_bundle
from ubora.models.evidence import EVIDENCE, Counted, Evidence, ScoresBeside, evidence_bytes, read_evidence
from ubora.models.inference.inspector import Inspector
from ubora.models.thresholds import ThresholdError, amended, flagged_from, plain
from ubora.models.verdict import decide

BESIDE_ONE = ScoresBeside(
    approved_photos=0,
    classes=("tarnish", "scratch"),
    clean=((0.1, 0.2), (0.6, 0.1), (0.1, 0.55)),
    pieces=(0, 0, 1),
    defective=((0.9, 0.1), (0.4, 0.45), (0.5, 0.1)),
)


def test_a_changed_threshold_decides_and_the_others_stay(tmp_path: Path) -> None:
    write_tiny_bundle(tmp_path / "tiny-1")
    inspector = Inspector.load(tmp_path / "tiny-1")
    prediction = inspector.inspect((tmp_path / "tiny-1" / "golden-1.png").read_bytes())
    score = prediction.scores["tarnish"]
    stricter = inspector.amended(amended(inspector.record, {"tarnish": score + 1e-4}))
    assert decide(prediction, inspector.record).outcome == "flag"
    assert decide(prediction, stricter.record).outcome == "pass"
    assert plain(stricter.record) == {"tarnish": score + 1e-4, "scratch": 0.5}


def test_thresholds_for_other_numbers_of_approved_photos_move_as_far_in_log_odds(
    tmp_path: Path,
) -> None:
    record = write_comparing_bundle(tmp_path / "comparing-1")
    changed = amended(record, {"tarnish": 0.2})
    moved = logit(0.2) - logit(plain(record)["tarnish"])
    for entry in record.by_approved:
        before, after = entry.thresholds, flagged_from(changed, entry.approved_photos)
        assert logit(after["tarnish"]) - logit(before["tarnish"]) == pytest.approx(moved)
        assert after["scratch"] == before["scratch"]


def test_what_was_not_changed_is_the_same_record() -> None:
    record = tiny_record("tiny-1", 0.5)
    assert amended(record, {}) is record
    assert amended(record, {"tarnish": 0.5}) is record


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"tarnich": 0.5}, "did you mean"),
        ({"tarnish": 0.0}, "expected 1e-06 to 1"),
        ({"tarnish": 1.5}, "expected 1e-06 to 1"),
    ],
)
def test_what_cannot_be_set_is_refused(changed: dict[str, float], said: str) -> None:
    with pytest.raises(ThresholdError, match=said):
        amended(tiny_record("tiny-1", 0.5), changed)


def test_a_class_that_a_release_switched_off_stays_off() -> None:
    with pytest.raises(ThresholdError, match="stays off"):
        amended(tiny_record("tiny-1", 1.0), {"tarnish": 0.5})


@pytest.mark.parametrize(
    ("thresholds", "counted"),
    [
        ({"tarnish": 0.5, "scratch": 0.5}, Counted(missed=1, defective=3, flagged=2, clean=3)),
        ({"tarnish": 0.5, "scratch": 0.4}, Counted(missed=0, defective=3, flagged=2, clean=3)),
        ({"tarnish": 1.0, "scratch": 1.0}, Counted(missed=3, defective=3, flagged=0, clean=3)),
    ],
)
def test_evidence_counts_what_thresholds_do(thresholds: dict[str, float], counted: Counted) -> None:
    assert BESIDE_ONE.counted(thresholds) == counted


def test_evidence_is_kept_with_its_release_and_read_again(tmp_path: Path) -> None:
    evidence = Evidence(by_approved=(BESIDE_ONE,))
    record = write_tiny_bundle(tmp_path / "tiny-1", evidence=evidence)
    assert EVIDENCE in record.files
    assert read_evidence(tmp_path / "tiny-1", read_bundle(tmp_path / "tiny-1")) == evidence


def test_a_release_of_before_keeps_none(tmp_path: Path) -> None:
    assert read_evidence(tmp_path / "tiny-1", write_tiny_bundle(tmp_path / "tiny-1")) is None


def test_evidence_of_other_classes_is_refused(tmp_path: Path) -> None:
    write_tiny_bundle(tmp_path / "tiny-1")
    other = Evidence(by_approved=(BESIDE_ONE.model_copy(update={"classes": ("tarnish", "dent")}),))
    files: dict[str, bytes | Path] = {path.name: path for path in (tmp_path / "tiny-1").iterdir()}
    files.pop("bundle.json")
    record = tiny_record("tiny-2", 0.5, read_bundle(tmp_path / "tiny-1").golden[0])
    written = write_bundle(tmp_path / "tiny-2", record, {**files, EVIDENCE: evidence_bytes(other)})
    with pytest.raises(BundleError, match="other classes"):
        read_evidence(tmp_path / "tiny-2", written)
