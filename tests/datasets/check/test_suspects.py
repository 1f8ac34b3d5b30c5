"""Suspicious labels: what a network said, from a file, against what people said."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.parts.photos import drawn_dataset
from ubora.command import main
from ubora.datasets.check.command import check_dataset
from ubora.datasets.check.problems import Problem
from ubora.datasets.check.suspects import Answer, PredictionsError, find_suspects, read_answers
from ubora.datasets.manifest import Manifest, read_manifest

THRESHOLDS = {"scratch": 0.5, "dent": 0.1}


def _answer(photo: str, scratch: float, dent: float = 0.01, **more: Any) -> str:
    scores = {"scratch": scratch, "dent": dent}
    return json.dumps({"photo": photo, "scores": scores, "thresholds": THRESHOLDS, **more})


def _said(manifest: Manifest, **scratch: float) -> list[str]:
    """A line a photo that agrees with its label, but for those named (`_3=0.9`: photo 3)."""
    return [
        _answer(
            str(manifest.path(sample.file_name)),
            scratch.get(f"_{number}", 0.8 if sample.defects else 0.2),
        )
        for number, sample in enumerate(manifest)
    ]


def _suspicious(root: Path, lines: list[str]) -> list[Problem]:
    problems = check_dataset(root, answers=read_answers(lines, "said.jsonl"), answers_from="said.jsonl")[1]
    return [problem for problem in problems if problem.kind in ("suspicious label", "no prediction")]


def test_labels_and_scores_that_agree_are_no_problem(tmp_path: Path) -> None:
    assert _suspicious(tmp_path, _said(drawn_dataset(tmp_path))) == []


def test_strong_disagreement_is_a_warning_most_suspicious_first_with_its_line(tmp_path: Path) -> None:
    found = _suspicious(tmp_path, _said(drawn_dataset(tmp_path), _2=0.9, _3=0.01, _5=0.4))
    assert [(problem.level, problem.where, problem.photos) for problem in found] == [
        ("warning", "metadata.jsonl:4: photos/3.jpg", ("photos/3.jpg",)),
        ("warning", "metadata.jsonl:3: photos/2.jpg", ("photos/2.jpg",)),
    ]
    assert found[0].detail == "labelled scratch, but scored 0.01, its threshold is 0.50"
    assert found[1].detail == "clean, but scratch scored 0.90, its threshold is 0.50"


def test_another_class_than_the_labelled_one_is_said_too(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path)
    [problem] = _suspicious(tmp_path, [*_said(manifest), _answer("photos/1.jpg", 0.02, 0.9)])
    assert problem.detail == (
        "dent not labelled, but dent scored 0.90, its threshold is 0.10; "
        "labelled scratch, but scored 0.02, its threshold is 0.50"
    )


def test_what_nobody_labelled_cannot_be_suspicious(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path)
    samples = [sample.model_copy(update={"defects": None}) for sample in manifest]
    answers = read_answers(_said(manifest, _2=0.99), "said.jsonl")
    assert find_suspects(Manifest(tmp_path, manifest.card, samples), answers, "said.jsonl") == ([], 12)


@pytest.mark.parametrize("photo", ["photos/2.jpg", "/elsewhere/drawn/photos/2.jpg"])
def test_a_photo_is_known_by_the_end_of_its_path(tmp_path: Path, photo: str) -> None:
    manifest = drawn_dataset(tmp_path)
    suspects, matched = find_suspects(manifest, read_answers([_answer(photo, 0.99)], "said"), "said")
    assert ([s.sample.file_name for s in suspects], matched) == (["photos/2.jpg"], 1)


def test_a_photo_is_known_by_its_sample_id_whatever_it_is_called(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path)
    line = _answer("/camera/IMG_1.jpg", 0.99, sample_id=manifest.samples[2].sample_id)
    suspects, _ = find_suspects(manifest, read_answers([line], "said"), "said")
    assert [suspect.sample.file_name for suspect in suspects] == ["photos/2.jpg"]


def test_photos_without_a_prediction_are_counted(tmp_path: Path) -> None:
    [problem] = _suspicious(tmp_path, _said(drawn_dataset(tmp_path))[:5])
    assert (problem.kind, problem.detail) == ("no prediction", "7 of 12 photos are not in said.jsonl")


def test_predictions_of_another_dataset_are_refused(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path)
    with pytest.raises(PredictionsError, match=r"^said: no line names a photo of"):
        find_suspects(manifest, read_answers([_answer("other/9.png", 0.5)], "said"), "said")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("{", "line: Invalid JSON"),
        ('{"photo": "a.jpg", "scores": {"scratch": 0.5}}', "thresholds: Field required"),
        (_answer("a.jpg", 1.5), "scores.scratch: Input should be less than or equal to 1"),
    ],
)
def test_a_line_that_is_no_answer_is_refused_with_its_number(line: str, found: str) -> None:
    with pytest.raises(PredictionsError) as refused:
        read_answers([_answer("a.jpg", 0.5), "", line], "said.jsonl")
    assert str(refused.value).startswith(f"said.jsonl:3: {found}")
    assert str(refused.value).endswith("expected a line of `ubora inspect --json`")


def test_what_inspect_prints_is_what_check_reads(
    tmp_path: Path, releases: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = drawn_dataset(tmp_path, size=200)
    photos = [str(manifest.path(sample.file_name)) for sample in manifest]
    assert main(["inspect", *photos, "--releases", str(releases), "--json"]) == 0
    said = capsys.readouterr().out
    answers = [Answer.model_validate_json(line) for line in said.splitlines()]
    assert [answer.sample_id for answer in answers] == [sample.sample_id for sample in manifest]
    assert all(answer.scores.keys() == answer.thresholds.keys() for answer in answers)
    (tmp_path / "said.jsonl").write_text(said)
    assert main(["data", "check", str(tmp_path), "--predictions", str(tmp_path / "said.jsonl")]) == 0
    by_file = capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.StringIO(said))
    assert main(["data", "check", str(tmp_path), "--predictions", "-"]) == 0
    assert capsys.readouterr().out == by_file


def test_predictions_are_read_before_an_hour_of_decoding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = drawn_dataset(tmp_path)
    (tmp_path / "photos/4.jpg").write_bytes(b"not a photo")
    (tmp_path / "said.jsonl").write_text("no JSON\n")
    assert main(["data", "check", str(tmp_path), "--predictions", str(tmp_path / "said.jsonl")]) == 1
    captured = capsys.readouterr()
    assert (captured.out, "said.jsonl:1: line: Invalid JSON" in captured.err) == ("", True)
    assert len(read_manifest(tmp_path)) == len(manifest)
