"""`ubora train bench readout` from its words to its table: drawn discs, a backbone that learnt nothing."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets.manifest import Manifest, write_manifest
from tests.photos import drawn_dataset, drawn_piece, jpeg
from tests.test_bench_commands import bench
from training.readout import Readout, ReadoutError

TINY = ("--recipe", "tiny", "--set", "weights=none", "--set", "input_size=128", "--steps", 60)


def test_a_scratch_lies_in_features_that_nobody_taught(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = drawn_dataset(tmp_path / "drawn", pieces=32)
    photos, masks = tmp_path / "photos", tmp_path / "masks"
    for folder in (photos, masks):
        folder.mkdir()
    for number in range(3):
        photo, piece, _ = drawn_piece(number)
        (photos / f"{number}.jpg").write_bytes(jpeg(photo))
        if number < 2:
            cv2.imwrite(str(masks / f"{number}.png"), piece)
    more = ("--painted", photos, "--piece-masks", masks, "--json", tmp_path / "figures.json")
    assert bench("readout", drawn.root, *TINY, *more) == 0
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["weights"] == "random weights"
    test, painted = (figures["parts"][part] for part in ("test", "painted"))
    assert test["photos"] == sum(s.split == "test" for s in drawn)
    assert test["defective"] == sum(s.split == "test" and s.defects != () for s in drawn)
    assert test["auroc"]["value"] > 0.9
    assert test["hottest"]["value"] > 0.6
    # Two photos have a mask; five kinds on each, every painted one with the untouched one.
    assert (painted["photos"], painted["pieces"], painted["defective"]) == (20, 2, 10)
    assert "found at 10 % false flags" in capsys.readouterr().out


def test_what_nothing_can_be_learnt_from_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = drawn_dataset(tmp_path / "drawn", pieces=8)
    clean = [s.model_copy(update={"defects": ()}) for s in drawn]
    write_manifest(Manifest(drawn.root, drawn.card, clean))
    assert bench("readout", drawn.root, *TINY) == 1
    assert "patches show a defect; expected some" in capsys.readouterr().err
    bare = [s.model_copy(update={"piece_mask": None}) for s in drawn]
    write_manifest(Manifest(drawn.root, drawn.card, bare))
    assert bench("readout", drawn.root, *TINY) == 1
    assert "no photo with its piece outlined" in capsys.readouterr().err
    assert bench("readout", drawn.root, *TINY, "--painted", drawn.root / "photos") == 1
    assert "no photo has a mask of its piece" in capsys.readouterr().err


def test_a_readout_learns_what_tells_patches_apart_and_the_same_each_time() -> None:
    rng = np.random.default_rng(0)
    labels = rng.random(4000) < 0.1
    features = rng.normal(size=(4000, 12)).astype(np.float16)
    features[:, 3] += 3 * labels
    told = Readout.learn(features, labels, steps=80)
    heat = told.heat(features)
    assert heat[labels].mean() > heat[~labels].mean() + 2
    assert np.array_equal(Readout.learn(features, labels, steps=80).heat(features), heat)
    assert told.heat(features[:0]).shape == (0,)
    with pytest.raises(ReadoutError, match="0 of 4000 patches"):
        Readout.learn(features, np.zeros(4000, np.bool_))
