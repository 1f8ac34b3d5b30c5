"""`ubora train bench` from its words to its table, on drawn photos and tiny networks."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.parts.photos import drawn_dataset, drawn_piece, jpeg
from ubora.command import main
from ubora.datasets.manifest import (
    DatasetCard,
    Defect,
    Manifest,
    Sample,
    read_manifest,
    sample_id,
    write_manifest,
)
from ubora.datasets.taxonomy import Split, Taxonomy


def bench(*words: object) -> int:
    return main(["train", "bench", *map(str, words)])


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight photos of discs on white; one has a dark red mark, which the tiny bundle flags."""
    folder = tmp_path_factory.mktemp("phone")
    for number in range(8):
        photo, piece, _ = drawn_piece(number, size=160)
        photo[piece == 0] = 250
        if number == 3:
            cv2.circle(photo, (80, 80), 20, (140, 10, 10), -1)
        (folder / f"{number:03}.jpg").write_bytes(jpeg(photo))
    (folder / "pieces.csv").write_text("file,piece\n000.jpg,disc\n001.jpg,disc\n")
    return folder


def test_phone_photos_are_flagged_by_the_released_thresholds(
    photos: Path, releases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    json_file, sheet = tmp_path / "figures.json", tmp_path / "sheet.html"
    words = ("--judged", "champion", "--releases", releases, "--pieces", photos / "pieces.csv")
    assert bench("phone-photos", photos, *words, "--json", json_file, "--sheet", sheet) == 0
    figures = json.loads(json_file.read_text())
    assert (figures["photos"], figures["pieces"]) == (8, 7)
    assert figures["flag"]["found"] == 1
    assert figures["classes"]["tarnish"]["first"] == 1
    assert [one["file"] for one in figures["each"] if one["outcome"] == "flag"] == ["003.jpg"]
    assert "12.5 %" in capsys.readouterr().out
    page = sheet.read_text()
    assert page.count("<figure>") == 8
    assert page.index("flag: tarnish") < page.index("pass: nothing")
    assert "<script" not in page


def test_painted_defects_are_paired_with_the_photo_without_them(
    photos: Path, releases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    json_file, sheet = tmp_path / "figures.json", tmp_path / "sheet.html"
    words = ("--judged", "champion", "--releases", releases, "--pieces", photos / "pieces.csv")
    assert bench("painted", photos, *words, "--json", json_file, "--sheet", sheet) == 0
    figures = json.loads(json_file.read_text())
    painted = {kind: own["painted"] for kind, own in figures["kinds"].items()}
    assert painted == dict.fromkeys(("scratch", "dent", "crack", "tarnish", "chip"), 8)
    assert figures["all"]["painted"] == 40
    assert 0 <= figures["all"]["auroc"]["value"] <= 1
    # One photo of eight is flagged already; its five paintings cannot be flagged anew.
    assert figures["all"]["newly_flagged"]["of"] == 35
    assert figures["covered"] is None
    assert "hottest" in capsys.readouterr().out


def test_painted_on_outlined_pieces_it_says_how_much_of_them_the_judge_takes_for_piece(
    photos: Path, releases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    masks = tmp_path / "masks"
    masks.mkdir()
    for number in range(2):
        _, piece, _ = drawn_piece(number, size=160)
        half = np.where(np.arange(160)[None, :] < 80, 255, 0) if number else np.full((160, 160), 255)
        drawn = np.where(piece > 0, half, 255 - half) if number else np.where(piece > 0, 255, 0)
        cv2.imwrite(str(masks / f"{number:03}.png"), drawn.astype(np.uint8))
    words = ("--judged", "champion", "--releases", releases, "--piece-masks", masks)
    assert bench("painted", photos, *words, "--json", tmp_path / "figures.json") == 0
    found = json.loads((tmp_path / "figures.json").read_text())["covered"]
    # All of the first; of the second half the disc, and half of the ground, which is no piece.
    assert 0.55 < found["value"] < 0.8
    assert "of a piece is taken for piece" in capsys.readouterr().out


def test_of_a_dataset_one_clean_photo_a_piece_is_painted_on_where_its_mask_says(
    releases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = drawn_dataset(tmp_path / "drawn", pieces=24).root
    json_file = tmp_path / "figures.json"
    words = ("--judged", "champion", "--releases", releases, "--json", json_file)
    assert bench("painted", dataset, *words, "--split", "train") == 0
    figures = json.loads(json_file.read_text())
    clean = {
        s.piece_id
        for s in read_manifest(dataset)
        if s.split == "train" and s.defects == () and not s.photo_faults and s.piece_mask
    }
    assert figures["photos"] == figures["pieces"] == len(clean) > 1
    assert figures["covered"]["value"] > 0.9
    assert 0 < figures["prominent"]["painted"] <= figures["all"]["painted"] <= 5 * len(clean)
    assert "prominent" in capsys.readouterr().out
    assert bench("painted", dataset, *words, "--split", "test_designs") == 1
    assert "no clean photo with a mask of its piece in split 'test_designs'" in capsys.readouterr().err


def test_a_folder_without_photos_and_a_sheet_without_a_folder_are_refused(
    photos: Path, releases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--judged", "champion", "--releases", releases)
    assert bench("phone-photos", tmp_path, *words) == 1
    assert "no photos; expected a folder of JPEG, PNG or WebP files" in capsys.readouterr().err
    assert bench("phone-photos", photos, *words, "--sheet", tmp_path / "none" / "sheet.html") == 1
    assert "its folder does not exist" in capsys.readouterr().err


def test_a_public_set_without_a_network_says_what_to_give(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn_dataset(tmp_path / "drawn", 8, size=96)
    assert bench("magnetic-tile", tmp_path / "drawn") == 1
    assert "give --judged RUN|BUNDLE, or --out RUN" in capsys.readouterr().err
    assert bench("elpv", tmp_path / "drawn", "--out", tmp_path / "run") == 1
    assert "expected the set of `ubora data import elpv`" in capsys.readouterr().err


TINY: tuple[object, ...] = ("--recipe", "tiny", "--epochs", 2)


@pytest.mark.slow
def test_magnetic_tile_is_trained_and_measured_in_one_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = drawn_dataset(tmp_path / "drawn", 24, size=96)
    json_file, run = tmp_path / "figures.json", tmp_path / "run"
    assert bench("magnetic-tile", manifest.root, "--out", run, *TINY, "--json", json_file) == 0
    figures = json.loads(json_file.read_text())
    assert figures["classes"]["scratch"]["photos"] == sum(bool(s.defects) for s in manifest.split("test"))
    assert figures["classes"]["dent"]["pixel_iou"] is None or figures["classes"]["dent"]["photos"] == 0
    assert figures["overlap"]["photos"] == len(manifest.split("test"))
    assert figures["anomalib"] is None
    assert "DEU-Net" in capsys.readouterr().out
    # A run that is finished is judged, not trained again.
    before = (run / "log.jsonl").read_bytes()
    assert bench("magnetic-tile", manifest.root, "--out", run, *TINY) == 0
    assert (run / "log.jsonl").read_bytes() == before


def cells(root: Path) -> Path:
    """Solar cells as drawn by a child: the more dark bars, the worse the grade."""
    root.mkdir()
    samples = []
    splits: tuple[Split, ...] = ("train",) * 16 + ("val",) * 8 + ("test",) * 8
    for number, split in enumerate(splits):
        level = number % 4 + 1
        random = np.random.default_rng(number)
        photo = random.integers(170, 200, (72, 72, 3)).astype(np.uint8)
        for bar in range(level - 1):
            photo[8 + 20 * bar : 20 + 20 * bar, 8:64] = 20
        (root / f"{number}.jpg").write_bytes(jpeg(photo))
        samples.append(
            Sample(
                file_name=f"{number}.jpg",
                sample_id=sample_id((root / f"{number}.jpg").read_bytes()),
                piece_id=f"cell-{number}",
                material="mono" if number % 8 < 4 else "poly",
                defects=(Defect(name="defective"),) if level >= 3 else (),
                variance=level,
                split=split,
                source="public",
            )
        )
    taxonomy = Taxonomy(defects=("defective",), materials=("mono", "poly"), categories=("cell",))
    write_manifest(Manifest(root, DatasetCard(name="elpv", taxonomy=taxonomy), samples))
    return root


@pytest.mark.slow
def test_elpv_is_trained_and_measured_in_one_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = cells(tmp_path / "cells")
    json_file = tmp_path / "figures.json"
    assert bench("elpv", root, "--out", tmp_path / "run", *TINY, "--json", json_file) == 0
    figures = json.loads(json_file.read_text())
    assert (figures["cells"], figures["looks"]) == (8, 4)
    assert sum(map(sum, figures["four_grades"]["table"])) == 8
    assert set(figures["two_kinds"]["by_kind"]) == {"mono", "poly"}
    out = capsys.readouterr().out
    assert "88.42 %" in out
    assert "83.50 %" in out


@pytest.mark.slow
def test_a_workshop_learns_from_half_of_its_photos_and_is_measured_on_the_other(
    tmp_path: Path, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rendered = drawn_dataset(tmp_path / "rendered", 24, size=96)
    words = ("--recipe", "tiny", "--epochs", "2", "--out", str(tmp_path / "first"))
    assert main(["train", "run", str(rendered.root), *words]) == 0
    releases = tmp_path / "releases"
    named = ("--name", "drawn-1", "--releases", str(releases))
    assert main(["train", "export", str(tmp_path / "first"), *named]) == 0
    json_file = tmp_path / "figures.json"
    work: tuple[object, ...] = ("--work", tmp_path / "work", "--rehearsal", rendered.root, "--rehearse", 6)
    chosen = ("--from", "drawn-1", "--releases", releases, "--pieces", photos / "pieces.csv")
    masks = _masks(tmp_path / "masks", photos)
    more = ("--piece-masks", masks, "--json", json_file)
    assert bench("workshop", photos, *chosen, *work, *more, "--recipe", "tiny", "--epochs", 1) == 0
    figures: dict[str, Any] = json.loads(json_file.read_text())
    assert list(figures["rows"]) == ["as released", "thresholds set anew", "fine-tuned"]
    mixed = read_manifest(tmp_path / "work" / "dataset")
    real = [s for s in mixed if s.source == "captured"]
    assert {s.defects for s in real} == {()}
    # They are learnt from with the outlines of their pieces.
    outlines = {s.file_name: mixed.path(str(s.piece_mask)).read_bytes() for s in real}
    assert set(outlines.values()) == {(masks / "000.png").read_bytes()}
    learnt = {s.sample_id for s in real}
    held = 8 - len(learnt)
    assert figures["held_photos"] == held
    assert 3 <= held <= 5
    # Both photos of the disc are on one side.
    both = [sample_id((photos / f"00{n}.jpg").read_bytes()) in learnt for n in (0, 1)]
    assert both[0] == both[1]
    # No photo of the rendered test split is rehearsed.
    tested = {s.piece_id for s in rendered.split("test")}
    assert tested.isdisjoint(s.piece_id for s in mixed)
    # Thresholds are set by all that may set them.
    assert {s.sample_id for s in rendered.split("val")} < {s.sample_id for s in mixed.split("val")}
    assert all(0 <= row["covered"]["value"] <= 1 for row in figures["rows"].values())
    assert "held real photos: flagged" in capsys.readouterr().out


def _masks(folder: Path, photos: Path) -> Path:
    folder.mkdir()
    for path in photos.glob("*.jpg"):
        cv2.imwrite(str(folder / f"{path.stem}.png"), drawn_piece(0, size=160)[1])
    return folder
