"""Splits, the doctor, counts and imports, on datasets drawn in memory."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import ubora
from datasets.doctor import check_dataset
from datasets.manifest import Manifest, ManifestError, read_manifest, write_manifest
from datasets.splits import split_manifest, split_of
from datasets.stats import describe
from tests.photos import drawn_dataset, drawn_piece, jpeg


def _rewrite(manifest: Manifest, number: int, **changes: Any) -> None:
    samples = list(manifest.samples)
    samples[number] = samples[number].model_copy(update=changes)
    write_manifest(Manifest(manifest.root, manifest.card, samples))


def _kinds(root: Path) -> set[str]:
    return {problem.kind for problem in check_dataset(root)[1] if problem.level == "fault"}


def test_a_split_depends_on_the_name_and_the_seed_alone() -> None:
    assert [split_of(f"p{n}") for n in range(6)] == [split_of(f"p{n}") for n in range(6)]
    assert [split_of(f"p{n}", 1) for n in range(50)] != [split_of(f"p{n}", 0) for n in range(50)]


def test_splits_have_about_the_shares_asked_for() -> None:
    counts = Counter(split_of(f"piece-{n}", 0, (0.6, 0.3, 0.1)) for n in range(10_000))
    assert {split: round(count / 10_000, 1) for split, count in counts.items()} == {
        "train": 0.6,
        "val": 0.3,
        "test": 0.1,
    }


def test_shares_that_do_not_sum_to_one_are_refused() -> None:
    with pytest.raises(ManifestError, match="sum to 1"):
        split_of("p", 0, (0.5, 0.5, 0.5))


def test_a_sample_keeps_the_split_it_has_unless_asked_again(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path)
    fixed = Manifest(tmp_path, manifest.card, [s.model_copy(update={"split": "val"}) for s in manifest])
    assert {s.split for s in split_manifest(fixed)} == {"val"}
    assert {s.split for s in split_manifest(fixed, again=True)} == {"train", "val", "test"}


def test_a_sound_dataset_has_no_fault(tmp_path: Path) -> None:
    drawn_dataset(tmp_path)
    assert _kinds(tmp_path) == set()
    assert ubora.main(["data", "check", str(tmp_path)]) == 0


def test_the_doctor_names_each_kind_of_fault(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path)
    cv2.imwrite(str(tmp_path / "masks/1-scratch.png"), np.zeros((20, 30), np.uint8))
    cv2.imwrite(str(tmp_path / "masks/3-scratch.png"), np.zeros((160, 160), np.uint8))
    outside = np.zeros((160, 160), np.uint8)
    outside[:10, :10] = 255
    cv2.imwrite(str(tmp_path / "masks/5-scratch.png"), outside)
    (tmp_path / "photos/7.jpg").write_bytes(b"not a photo")
    _rewrite(
        manifest, 9, piece_id="piece-0", split="train" if manifest.samples[0].split != "train" else "val"
    )
    assert _kinds(tmp_path) == {
        "mask of another size",
        "empty mask",
        "mask outside piece",
        "unreadable photo",
        "piece on both sides",
    }


def test_an_empty_piece_mask_is_the_truth_where_there_is_no_piece(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path)
    cv2.imwrite(str(tmp_path / "masks/0-piece.png"), np.zeros((160, 160), np.uint8))
    assert _kinds(tmp_path) == {"empty mask"}
    _rewrite(manifest, 0, photo_faults=("no_piece",))
    assert _kinds(tmp_path) == set()


def test_the_doctor_sees_a_photo_that_was_changed_after_it_was_labelled(tmp_path: Path) -> None:
    drawn_dataset(tmp_path)
    (tmp_path / "photos/2.jpg").write_bytes(jpeg(drawn_piece(99)[0]))
    assert _kinds(tmp_path) == {"changed photo"}


def test_the_doctor_sees_one_photo_with_two_labels(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path)
    first = manifest.samples[0]
    (tmp_path / "photos/2.jpg").write_bytes((tmp_path / first.file_name).read_bytes())
    _rewrite(manifest, 2, sample_id=first.sample_id, variance=5)
    assert "label conflict" in _kinds(tmp_path)


def test_the_doctor_answers_json_and_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn_dataset(tmp_path)
    (tmp_path / "photos/4.jpg").write_bytes(b"")
    assert ubora.main(["data", "check", str(tmp_path), "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["faults"], answer["problems"][0]["where"]) == (1, "metadata.jsonl:5: photos/4.jpg")


def test_a_manifest_that_cannot_be_read_is_one_fault_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = drawn_dataset(tmp_path)
    (tmp_path / manifest.samples[4].file_name).unlink()
    assert ubora.main(["data", "check", str(tmp_path)]) == 1
    assert "metadata.jsonl:5: photos/4.jpg does not exist" in capsys.readouterr().out


def test_counts_add_up(tmp_path: Path) -> None:
    facts = describe(drawn_dataset(tmp_path, pieces=20))
    assert facts["photos"] == 20
    assert sum(split["photos"] for split in facts["splits"].values()) == 20
    assert (facts["clean"], facts["defects"]) == (10, {"scratch": 10})
    assert sum(level["clean"] + level["defective"] for level in facts["variance"].values()) == 20


def test_the_magnetic_tile_folder_becomes_a_sound_dataset_split_by_tile(tmp_path: Path) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    for name, frames in {"Crack": (100, 120, 5000), "Free": (9000, 9020), "Uneven": (20000,)}.items():
        folder = source / f"MT_{name}" / "Imgs"
        folder.mkdir(parents=True)
        for exposure, frame in enumerate(frames, start=1):
            photo, _, mask = drawn_piece(frame, scratched=name == "Crack")
            (folder / f"exp{exposure}_num_{frame}.jpg").write_bytes(jpeg(photo))
            cv2.imwrite(str(folder / f"exp{exposure}_num_{frame}.png"), mask)
    assert ubora.main(["data", "import", "magnetic-tile", str(source), "--out", str(out)]) == 0
    manifest = read_manifest(out)
    assert [s.piece_id for s in manifest if s.defect_names() == {"crack"}] == [
        "tile-100",
        "tile-100",
        "tile-5000",
    ]
    assert [d.mask for s in manifest for d in s.defects or () if d.name == "uneven"] == [None]
    assert _kinds(out) == set()


def test_an_import_never_writes_into_a_folder_with_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    assert ubora.main(["data", "import", "magnetic-tile", str(tmp_path), "--out", str(tmp_path)]) == 1
    assert "has files already" in capsys.readouterr().err
    assert (tmp_path / "kept.txt").read_text() == "mine"
