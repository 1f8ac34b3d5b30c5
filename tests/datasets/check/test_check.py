"""The check: a sound dataset is broken in one way at a time, and the check names that way."""

import json
from pathlib import Path

import pytest

from tests.datasets.check.broken_datasets import FAULTS, WARNINGS, kinds_of, problems_of
from tests.parts.photos import drawn_dataset
from ubora.command import main


@pytest.mark.parametrize("kind", FAULTS)
def test_each_kind_of_fault_is_named_alone_with_its_line_and_exit_code_1(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn_dataset(tmp_path)
    assert kinds_of(tmp_path) == set()
    FAULTS[kind](tmp_path)
    assert kinds_of(tmp_path) == {kind}
    assert main(["data", "check", str(tmp_path)]) == 1
    assert f"fault: {kind}: metadata.jsonl:" in capsys.readouterr().out


@pytest.mark.parametrize("kind", WARNINGS)
def test_each_kind_of_warning_is_named_and_is_no_fault(tmp_path: Path, kind: str) -> None:
    drawn_dataset(tmp_path)
    assert kind not in kinds_of(tmp_path, "warning")
    WARNINGS[kind](tmp_path)
    assert kind in kinds_of(tmp_path, "warning")
    assert main(["data", "check", str(tmp_path)]) == 0


def test_blank_lines_of_a_manifest_mended_by_hand_are_counted(tmp_path: Path) -> None:
    drawn_dataset(tmp_path)
    metadata = tmp_path / "metadata.jsonl"
    metadata.write_text("\n" + metadata.read_text().replace("\n", "\n\n"))
    (tmp_path / "photos/4.jpg").write_bytes(b"not a photo")
    found = {problem.where for problem in problems_of(tmp_path) if problem.level == "fault"}
    assert found == {"metadata.jsonl:10: photos/4.jpg"}


def test_a_line_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    drawn_dataset(tmp_path)
    metadata = tmp_path / "metadata.jsonl"
    lines = metadata.read_bytes().splitlines()
    lines[4] = lines[4].replace(b"brass-disc", b"brass-d\xefsc")
    metadata.write_bytes(b"\n".join(lines))
    [problem] = problems_of(tmp_path)
    assert problem.detail.startswith(f"{metadata}:5: line: ")


def test_every_bad_line_of_a_manifest_is_named_not_the_first_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn_dataset(tmp_path)
    lines = (tmp_path / "metadata.jsonl").read_text().splitlines()
    lines[2], lines[6] = lines[2].replace('"variance":3', '"variance":9'), "{"
    (tmp_path / "photos/9.jpg").unlink()
    (tmp_path / "metadata.jsonl").write_text("\n".join(lines))
    assert main(["data", "check", str(tmp_path), "--json"]) == 1
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert [problem["where"] for problem in problems] == [
        str(tmp_path),
        *(f"metadata.jsonl:{n}" for n in (7, 10)),
    ]
    assert "metadata.jsonl:3: variance" in problems[0]["detail"]


def test_a_sound_dataset_is_exit_code_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn_dataset(tmp_path)
    assert main(["data", "check", str(tmp_path)]) == 0
    assert "12 photos, 0 faults" in capsys.readouterr().out


def test_the_check_answers_json_and_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn_dataset(tmp_path)
    (tmp_path / "photos/4.jpg").write_bytes(b"")
    assert main(["data", "check", str(tmp_path), "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    first = answer["problems"][0]
    assert (answer["faults"], first["where"], first["photos"]) == (
        1,
        "metadata.jsonl:5: photos/4.jpg",
        ["photos/4.jpg"],
    )


def test_a_manifest_that_cannot_be_read_is_one_fault_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn_dataset(tmp_path)
    (tmp_path / "photos/4.jpg").unlink()
    assert main(["data", "check", str(tmp_path)]) == 1
    assert "metadata.jsonl:5: photos/4.jpg does not exist" in capsys.readouterr().out


def test_wrong_use_is_found_before_anything_is_decoded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = str(tmp_path / "nowhere" / "r.html")
    for options in (["--report", nowhere], ["--predictions", nowhere], ["--sheet", "-1"]):
        assert main(["data", "check", str(tmp_path), *options]) == 2
        assert options[0] in capsys.readouterr().err
