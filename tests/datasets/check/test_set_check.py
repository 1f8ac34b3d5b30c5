"""What the check says of splits, counts and levels."""

from pathlib import Path

import cv2
import pytest

from tests.datasets.check.broken_datasets import (
    change,
    change_all,
    kinds_of,
    problems_of,
    store_photo,
    two_views,
)
from tests.parts.photos import drawn_dataset, drawn_piece, jpeg
from ubora.command import main
from ubora.datasets.manifest import Manifest, read_manifest, write_manifest


def test_a_workshop_on_two_sides_is_a_warning_on_request_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn_dataset(tmp_path)
    by = {"microfactory on both sides", "design on both sides"}
    assert by & kinds_of(tmp_path, "warning") == set()
    assert by & kinds_of(tmp_path, "warning", by=["microfactory"]) == {"microfactory on both sides"}
    assert main(["data", "check", str(tmp_path), "--by", "microfactory", "--by", "design"]) == 0
    assert (
        "warning: design on both sides: metadata.jsonl:1, 2, 3, 4, 5, 6 and 6 more: brass-disc: photos in"
        in (capsys.readouterr().out)
    )


def test_graders_may_be_one_level_apart_but_not_two_and_a_renderer_not_at_all(tmp_path: Path) -> None:
    drawn_dataset(tmp_path)
    level = read_manifest(tmp_path).samples[0].variance or 0
    found = []
    for apart, source in ((1, "rendered"), (1, "reviewed"), (2, "reviewed")):
        two_views(tmp_path, source=source, variance=level + apart)
        kind = "piece of two variance levels"
        found += [problem.level for problem in problems_of(tmp_path) if problem.kind == kind]
    assert found == ["fault", "warning", "fault"]


def test_a_class_too_rare_to_learn_and_one_not_measured_are_said(tmp_path: Path) -> None:
    drawn_dataset(tmp_path)
    found = {problem.kind: problem for problem in problems_of(tmp_path)}
    train = [s for s in read_manifest(tmp_path) if s.split == "train" and s.defects]
    expected = f"photos to train on: {len(train)}, pieces: {len(train)}; expected 10 photos"
    assert (found["class with few examples"].where, found["class with few examples"].detail) == (
        "scratch",
        expected,
    )
    change_all(tmp_path, split="val")
    change(tmp_path, 0, split="test")
    assert "test" in {p.where for p in problems_of(tmp_path) if p.kind == "class not measured"}


def test_a_split_far_below_its_share_is_said(tmp_path: Path) -> None:
    drawn_dataset(tmp_path, 40)
    change_all(tmp_path, split="val")
    for number, split in enumerate(("train", "test")):
        change(tmp_path, number, split=split)
    small = {problem.where for problem in problems_of(tmp_path) if problem.kind == "small split"}
    assert small == {"train", "test"}


def test_variance_that_foretells_defects_is_said(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path, 40)
    mixed = [s.model_copy(update={"variance": 4 if s.defects else 2}) for s in manifest]
    write_manifest(Manifest(tmp_path, manifest.card, mixed))
    assert "variance foretells defects" in kinds_of(tmp_path, "warning")


def test_a_split_of_photos_of_quite_another_size_is_said(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path)
    assert "split of other sizes" not in kinds_of(tmp_path, "warning")
    for number, sample in enumerate(manifest):
        if sample.split == "val":
            change(tmp_path, number, piece_mask=None, defects=())
            store_photo(tmp_path, number, jpeg(cv2.resize(drawn_piece(number)[0], (400, 300))))
    [problem] = [problem for problem in problems_of(tmp_path) if problem.kind == "split of other sizes"]
    assert problem.detail == "half of its photos are at least 400 pixels long, of train 160"


def test_a_file_that_no_line_names_is_said(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path)
    named = {name for sample in manifest for name in sample.files()}
    for mask in (tmp_path / "masks").iterdir():
        if f"masks/{mask.name}" not in named:
            mask.unlink()
    assert "stray file" not in kinds_of(tmp_path, "warning")
    (tmp_path / "photos" / "left-over.jpg").write_bytes(b"")
    [problem] = [problem for problem in problems_of(tmp_path) if problem.kind == "stray file"]
    assert problem.detail == "1 files that no line names: photos/left-over.jpg"
