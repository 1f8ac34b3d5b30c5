"""`ubora train bench beside` from its words to its table, with a network that learnt nothing."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.parts.photos import drawn_dataset
from tests.training.bench.test_commands import bench
from ubora.datasets.manifest import Manifest, write_manifest
from ubora.training.bench.approved.beside import NEAREST, farthest
from ubora.training.knobs import Recipe
from ubora.training.loop.checkpoint import BEST, Checkpoint, Progress, write_checkpoint
from ubora.training.network import Network, NetworkSpec
from ubora.training.scoring.predictions import Trained, open_predictor


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
        piece_width=16,
        descriptor_size=24,
        comparison_width=16,
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
    bare = [s.model_copy(update={"design": None}) for s in drawn]
    write_manifest(Manifest(drawn.root, drawn.card, bare))
    assert bench("beside", drawn.root, "--judged", untaught) == 1
    said = capsys.readouterr().err
    assert "no good photo of test, test_designs is of a design with approved photos" in said
    known = [s for s in drawn if s.split == "train" and s.defects == ()][:2]
    # Half of the discs are of another design, with approved photos of its own.
    samples = [
        s.model_copy(
            update={
                "approved_sample": s in known or None,
                "design": "brass-disc" if s in known or int(s.piece_id[6:]) % 4 < 2 else "other-disc",
            }
        )
        for s in drawn
    ]
    write_manifest(Manifest(drawn.root, drawn.card, samples))
    assert bench("beside", drawn.root, "--judged", untaught, "--json", tmp_path / "figures.json") == 0
    parts = json.loads((tmp_path / "figures.json").read_text())["parts"]
    assert parts["test_designs"] is None
    test = parts["test"]
    assert test["photos"] == sum(s.split == "test" for s in drawn)
    assert test["designs"] == 2
    assert list(test["ways"]) == ["own", NEAREST, "wrong", "none"]
    for figures in test["ways"].values():
        assert figures["defective"] == sum(s.split == "test" and s.defects != () for s in drawn)
        assert figures["defective"] + figures["clean"] == test["photos"]
    # It learnt nothing, and a scratch lies far from every cell of the approved discs all the same.
    assert test["ways"][NEAREST]["auroc"]["value"] > 0.9
    out = capsys.readouterr().out
    assert "test_designs: no design with approved photos" in out
    assert "hottest cell on the defect" in out


def test_the_farthest_cells_of_a_piece_that_is_in_the_bank_are_near(untaught: Path, tmp_path: Path) -> None:
    drawn = drawn_dataset(tmp_path / "drawn", pieces=4)
    clean, scratched = ((drawn.root / s.file_name).read_bytes() for s in drawn.samples[:2])
    predictor = open_predictor(str(untaught))
    assert isinstance(predictor, Trained)
    bank = predictor.bank([predictor.approved(clean)])
    own, other = (farthest(predictor.predict(photo, bank)) for photo in (clean, scratched))
    assert own < 0.1 * other
    assert np.isfinite(other)
    # With nothing to be compared with, nothing is far.
    assert farthest(predictor.predict(scratched)) == 0.0
