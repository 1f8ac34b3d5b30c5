"""Sketched photographs: a function of the seed, labelled where they differ from their twins."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets.manifest import read_manifest
from datasets.masks import read_mask
from datasets.pixels import open_photo
from datasets.sketch.flaws import FLAWS, spoil
from datasets.sketch.forms import FORMS
from datasets.sketch.relief import Relief, Skin
from datasets.sketch.scene import sketch
from ubora import main

SIDE = 256


@pytest.fixture(scope="module")
def sketched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sketched") / "set"
    assert main(["data", "sketch", "--out", str(out), "--pieces", "6", "--seed", "5", "--size", "160"]) == 0
    return out


def test_half_of_the_pieces_are_defective_and_stand_beside_their_clean_twins(sketched: Path) -> None:
    samples = {Path(s.file_name).stem: s for s in read_manifest(sketched)}
    marked = {name for name, s in samples.items() if s.defects}
    assert len(marked) == 3
    assert set(samples) == {f"s5-{n:05d}" for n in range(6)} | {f"{name}-clean" for name in marked}
    for name in marked:
        assert samples[name].split == samples[f"{name}-clean"].split
        assert samples[f"{name}-clean"].defects == ()


def test_a_photo_differs_from_its_twin_only_where_it_is_labelled_or_close_by(sketched: Path) -> None:
    for sample in read_manifest(sketched):
        for defect in sample.defects or ():
            photo = sketched / sample.file_name
            twin = photo.with_name(f"{photo.stem}-clean.webp")
            pixels = [open_photo(path.read_bytes()).rgb_hwc.astype(np.int16) for path in (photo, twin)]
            assert defect.mask is not None
            labelled = read_mask(sketched / defect.mask, (160, 160))
            apart = np.abs(pixels[0] - pixels[1]).max(-1)
            assert apart[labelled].mean() > 3 * apart[~labelled].mean()
            assert apart[labelled].mean() > 9


def test_the_same_number_gives_the_same_photo_and_another_another() -> None:
    one, again, other = (sketch(8, number, 64, defective=True).shown.photo for number in (2, 2, 3))
    assert (one == again).all()
    assert (one != other).any()


def test_a_sketched_set_passes_the_doctor(sketched: Path) -> None:
    assert main(["data", "check", str(sketched)]) == 0


@pytest.mark.parametrize("name", FORMS)
def test_each_form_lies_in_the_picture_and_fills_a_part_of_it(name: str) -> None:
    random = np.random.default_rng(1)
    relief = Relief(SIDE)
    for part in FORMS[name](SIDE, 0.7 * SIDE, random):
        part.onto(relief)
    assert 0.01 < relief.piece.mean() < 0.7
    assert (relief.height[relief.piece] > 0).all()
    assert (relief.height[~relief.piece] == 0).all()


@pytest.mark.parametrize("kind", FLAWS)
def test_each_flaw_changes_the_piece_where_it_says_and_nothing_else(kind: str) -> None:
    def disc() -> Relief:
        relief = Relief(SIDE)
        ys, xs = np.mgrid[0:SIDE, 0:SIDE]
        mask = np.hypot(xs - SIDE / 2, ys - SIDE / 2) < SIDE / 3
        relief.plate(mask, 2.0, 8.0, 4.0, Skin(np.array([0.8, 0.6, 0.3], np.float32), 1.0))
        return relief

    whole, spoiled = disc(), disc()
    where = spoil(spoiled, kind, 0.6 * SIDE, np.random.default_rng(3))
    changed = (np.abs(spoiled.height - whole.height) > 0.3) | (
        np.abs(spoiled.colour - whole.colour).max(-1) > 0.1
    )
    assert (changed & where).sum() > 10
    close = cv2.dilate(where.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    assert not (changed & ~close).any()


def test_a_higher_part_covers_a_lower_one_and_a_rope_has_grooves() -> None:
    random, skin = np.random.default_rng(0), Skin(np.array([0.5, 0.5, 0.5], np.float32))
    relief = Relief(64)
    relief.ball((32, 32), 10, (12, 12, 12), 0, skin, random)
    relief.ball((32, 32), 0, (12, 12, 12), 0, Skin(np.zeros(3, np.float32)), random)
    assert relief.height[32, 32] == pytest.approx(22, abs=0.1)
    assert (relief.colour[32, 32] == 0.5).all()
    path = np.stack([np.linspace(5, 58, 20), np.full(20, 32.0)], 1).astype(np.float32)
    for twist, varied in ((0.0, False), (0.1, True)):
        cord = Relief(64)
        cord.tube(path, np.full(20, 4, np.float32), 4, skin, twist)
        assert bool(cord.height[32, 15:50].std() > 0.1) == varied


@pytest.mark.parametrize(
    ("option", "value", "least"), [("--pieces", "0", "1"), ("--size", "8", "64"), ("--workers", "0", "1")]
)
def test_an_option_out_of_range_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, value: str, least: str
) -> None:
    words = {"--out": str(tmp_path / "set"), "--pieces": "1", "--seed": "1", option: value}
    assert main(["data", "sketch", *(word for pair in words.items() for word in pair)]) == 1
    assert f"{option}: expected at least {least}, found {value}" in capsys.readouterr().err


def test_a_folder_that_holds_a_dataset_is_left_alone(sketched: Path) -> None:
    before = read_manifest(sketched).fingerprint()
    assert main(["data", "sketch", "--out", str(sketched), "--pieces", "1", "--seed", "9"]) == 1
    assert read_manifest(sketched).fingerprint() == before
