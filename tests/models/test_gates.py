"""What a release must show before it is promoted: each gate fails for its own reason."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.parts.tiny_bundle import write_tiny_bundle
from ubora.models.bundle import BundleError
from ubora.models.registry.comparison import FIGURES, Changed, Comparison, Difference, Side, read_comparison
from ubora.models.registry.gates import ENOUGH_PHOTOS, Gate, gates_against, gates_alone, verdict_sentence


def _difference(of: float, interval: tuple[float, float], photos: int = 80) -> Difference:
    return Difference(a=0.2, b=0.2 + of, difference=of, interval=interval, photos=photos)


SAME = _difference(0.0, (-0.01, 0.01))


def compared(**changed: Any) -> Comparison:
    """B as good as A in everything, but for what is said."""
    differences: dict[str, Difference] = changed.pop("differences", {})
    side = Side(
        name="a",
        record_sha256="a" * 64,
        trained_on=("c" * 64, "f" * 64),
        graph_bytes=7_000_000,
        latency_ms=30,
        latency_p95_ms=40,
    )
    fields: dict[str, Any] = {
        "a": side,
        "b": side.model_copy(update={"name": "b"}),
        "dataset": "d",
        "fingerprint": "c" * 64,
        "split": "test",
        "photos": 160,
        "pieces": 40,
        "defective": 80,
        "clean": 80,
        "differences": dict.fromkeys(FIGURES, SAME) | differences,
        "classes": {"crack": SAME, "pit": _difference(-0.5, (-0.9, -0.2), photos=3)},
        "verdicts": Changed(only_a_right=0, only_b_right=0, p=1.0),
    }
    return Comparison.model_validate(fields | changed)


def _failed(comparison: Comparison) -> list[str]:
    return [gate.name for gate in gates_against(comparison) if not gate.passed]


def test_what_is_shown_to_be_no_worse_may_replace() -> None:
    comparison = compared()
    gates = gates_against(comparison)
    assert _failed(comparison) == []
    assert verdict_sentence(comparison, gates) == f"b may replace a: it passes all {len(gates)} gates"


SLOW = Side(
    name="b",
    record_sha256=None,
    trained_on=("d" * 64,),
    graph_bytes=17_000_000,
    latency_ms=46,
    latency_p95_ms=60,
)


@pytest.mark.parametrize(
    ("changed", "failed"),
    [
        # Better by what was counted, but it might be seven points worse: not shown.
        ({"differences": {"escape": _difference(-0.01, (-0.09, 0.07))}}, ["escape"]),
        ({"differences": {"escape": _difference(0.04, (0.03, 0.05))}}, []),
        ({"differences": {"false_flag": _difference(0.2, (0.1, 0.3))}}, ["false flag"]),
        ({"differences": {"retake": _difference(0.5, (0.4, 0.6))}}, ["retake"]),
        ({"differences": {"kappa": _difference(-0.3, (-0.4, -0.2))}}, ["grade"]),
        ({"differences": {"kappa": _difference(-0.2, (-0.5, 0.1))}}, []),
        ({"classes": {"crack": _difference(-0.3, (-0.5, -0.2))}}, ["classes"]),
        (
            {"classes": {"crack": Difference(a=0.7, b=None, difference=None, interval=None, photos=20)}},
            ["classes"],
        ),
        ({"clean": ENOUGH_PHOTOS - 1}, ["enough photos"]),
        ({"split": "train"}, ["unseen photos"]),
        ({"split": "test + val"}, ["unseen photos"]),
        ({"split": "test + test_designs"}, []),
        ({"split": "val", "fingerprint": "f" * 64}, ["unseen photos"]),
        ({"split": "val", "fingerprint": "e" * 64}, []),
        ({"split": "all", "fingerprint": "e" * 64}, []),
        ({"b": SLOW}, ["size", "time"]),
    ],
)
def test_each_gate_fails_for_its_own_reason(changed: dict[str, Any], failed: list[str]) -> None:
    comparison = compared(**changed)
    assert _failed(comparison) == failed
    sentence = verdict_sentence(comparison, gates_against(comparison))
    assert (", ".join(failed) in sentence) if failed else (" may replace " in sentence)


def test_whoever_asks_for_every_photo_again_may_not_replace() -> None:
    nothing_decided = {
        "escape": _difference(-0.2, (-0.3, -0.1)),
        "false_flag": _difference(-0.2, (-0.3, -0.1)),
        "retake": _difference(0.8, (0.7, 0.9)),
    }
    assert _failed(compared(differences=nothing_decided)) == ["retake"]


def test_a_comparison_without_a_figure_that_a_gate_needs_is_none(tmp_path: Path) -> None:
    file = tmp_path / "comparison.json"
    written = compared().model_dump(mode="json")
    del written["differences"]["kappa"]
    file.write_text(json.dumps(written))
    with pytest.raises(BundleError, match="not a comparison: file: differences has no kappa"):
        read_comparison(file)


def test_every_gate_says_what_was_found_what_was_expected_and_why() -> None:
    for gate in gates_against(compared()):
        assert gate.found
        assert gate.limit
        assert gate.reason


def test_a_bundle_alone_must_be_small_and_answer_as_it_was_trained(tmp_path: Path) -> None:
    record = write_tiny_bundle(tmp_path / "tiny-1")
    assert [gate.passed for gate in gates_alone(record, 8_000_000)] == [True, True, True]
    parity = record.parity.model_copy(update={"max_abs_logit": 0.01, "same_verdicts": 0.98})
    strayed = record.model_copy(update={"parity": parity})
    failed = [gate.name for gate in gates_alone(strayed, 16_000_000) if not gate.passed]
    assert failed == ["parity", "same verdicts", "size"]


def test_a_gate_in_words_holds_what_was_found_and_expected() -> None:
    gate = Gate("size", False, "17.0 MB", "below 16 MB", "small hosts load it")
    assert gate.sentence() == "size: 17.0 MB, expected below 16 MB"
