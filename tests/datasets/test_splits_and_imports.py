"""Splits and imports, on datasets drawn in memory."""

from collections import Counter
from pathlib import Path

import cv2
import pytest

from tests.parts.photos import drawn_dataset, drawn_piece, jpeg
from ubora.command import main
from ubora.datasets.check.command import check_dataset
from ubora.datasets.manifest import Manifest, ManifestError, read_manifest
from ubora.datasets.splits import split_manifest, split_of


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
    held_out = Manifest(
        tmp_path, manifest.card, [s.model_copy(update={"split": "test_designs"}) for s in manifest]
    )
    assert {s.split for s in split_manifest(held_out, again=True)} == {"test_designs"}


def test_the_magnetic_tile_folder_becomes_a_sound_dataset_split_by_tile(tmp_path: Path) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    for name, frames in {"Crack": (100, 120, 5000), "Free": (9000, 9020), "Uneven": (20000,)}.items():
        folder = source / f"MT_{name}" / "Imgs"
        folder.mkdir(parents=True)
        for exposure, frame in enumerate(frames, start=1):
            photo, _, mask = drawn_piece(frame, scratched=name == "Crack")
            (folder / f"exp{exposure}_num_{frame}.jpg").write_bytes(jpeg(photo))
            cv2.imwrite(str(folder / f"exp{exposure}_num_{frame}.png"), mask)
    assert main(["data", "import", "magnetic-tile", str(source), "--out", str(out)]) == 0
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
    assert main(["data", "import", "magnetic-tile", str(tmp_path), "--out", str(tmp_path)]) == 1
    assert "has files already" in capsys.readouterr().err
    assert (tmp_path / "kept.txt").read_text() == "mine"
