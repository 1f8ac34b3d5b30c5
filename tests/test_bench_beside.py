"""`ubora train bench beside` from its words to its table, with a network that learnt nothing."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from datasets.manifest import Manifest, write_manifest
from tests.photos import drawn_dataset, drawn_piece, jpeg
from tests.test_bench_commands import bench
from training.checkpoint import BEST, Checkpoint, Progress, write_checkpoint
from training.network import Network, NetworkSpec
from training.recipe import Recipe


@pytest.fixture(scope="module")
def untaught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a network that learnt nothing."""
    run = tmp_path_factory.mktemp("untaught")
    spec = NetworkSpec(
        classes=("scratch",),
        piece=False,
        variance=False,
        input_size=128,
        backbone_width=0.25,
        pyramid_width=16,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        weights = Network(spec).state_dict()
    recipe = Recipe(name="untaught")
    write_checkpoint(run / BEST, Checkpoint(spec, recipe, "none", Progress(), weights, {}, {}))
    return run


def test_pieces_are_judged_beside_the_approved_photos_of_their_design(
    untaught: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = drawn_dataset(tmp_path / "drawn", pieces=24)
    assert bench("beside", drawn.root, "--judged", untaught) == 1
    assert "no design of test, test_designs has approved photos" in capsys.readouterr().err
    known = [s for s in drawn if s.split == "train" and s.defects == ()][:2]
    samples = [s.model_copy(update={"approved_sample": s in known or None}) for s in drawn]
    write_manifest(Manifest(drawn.root, drawn.card, samples))
    assert bench("beside", drawn.root, "--judged", untaught, "--json", tmp_path / "figures.json") == 0
    (test,) = json.loads((tmp_path / "figures.json").read_text())["parts"].values()
    assert test["photos"] == sum(s.split == "test" for s in drawn)
    assert test["defective"] == sum(s.split == "test" and s.defects != () for s in drawn)
    # It learnt nothing, and what the discs have in common tells the scratched ones all the same.
    assert test["ways"]["beside"]["auroc"]["value"] > 0.9 > test["ways"]["alone"]["auroc"]["value"]
    assert test["ways"]["beside"]["hottest"]["value"] > 0.6
    assert "both − alone" in capsys.readouterr().out


def test_photos_of_one_piece_are_each_others_approved_photos(
    untaught: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos, masks = tmp_path / "photos", tmp_path / "masks"
    photos.mkdir()
    masks.mkdir()
    for number in range(3):
        photo, piece, _ = drawn_piece(number, size=160)
        (photos / f"{number:03}.jpg").write_bytes(jpeg(photo))
        cv2.imwrite(str(masks / f"{number:03}.png"), piece)
    # The third is a piece by itself: nothing stands beside it.
    (photos / "pieces.csv").write_text("file,piece\n000.jpg,disc\n001.jpg,disc\n")
    words = (
        "beside",
        photos,
        "--judged",
        untaught,
        "--pieces",
        photos / "pieces.csv",
        "--piece-masks",
        masks,
    )
    assert bench(*words, "--json", tmp_path / "figures.json") == 0
    painted = json.loads((tmp_path / "figures.json").read_text())["parts"]["painted"]
    # Two photos of the disc, five kinds on each, every painted one with the untouched one.
    assert (painted["photos"], painted["pieces"], painted["defective"]) == (20, 1, 10)
    assert painted["ways"]["beside"]["auroc"]["value"] > painted["ways"]["alone"]["auroc"]["value"]
    assert "painted: 20 photos of 1 pieces, 10 defective" in capsys.readouterr().out
    cv2.imwrite(str(masks / "001.png"), np.zeros((160, 160), np.uint8))
    assert bench(*words) == 1
    assert "no pixel of it is white" in capsys.readouterr().err
