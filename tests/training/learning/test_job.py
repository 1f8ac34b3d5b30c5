"""A run before its first step: what is refused, and what is recorded of where weights came from."""

from pathlib import Path

import pytest
import torch

from tests.training.learning.ringed_discs import rewritten, ringed_discs, settled, started
from ubora.training.loop.checkpoint import LAST, RECIPE, RunError
from ubora.training.loop.job import TrainingError, settle
from ubora.training.recipe import read_recipe


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ringed_discs(tmp_path_factory.mktemp("drawn"))


def test_a_dataset_without_a_val_split_is_refused(drawn: Path, tmp_path: Path) -> None:
    folder = rewritten(drawn, tmp_path, lambda s: s.model_copy(update={"split": "train"}))
    with pytest.raises(TrainingError, match="no photo in the val split"):
        settle(settled(folder, "--recipe", "tiny", "--out", tmp_path / "run"))


def test_a_defect_that_the_recipe_has_no_class_for_is_refused(drawn: Path, tmp_path: Path) -> None:
    words = ("--recipe", "tiny", "--set", "classes=['scratch']", "--out", tmp_path / "run")
    with pytest.raises(TrainingError, match="defect 'pit' is not in the recipe's classes"):
        settle(settled(drawn, *words))


def test_a_folder_that_holds_a_run_is_not_written_over(drawn: Path, tmp_path: Path) -> None:
    words = (drawn, "--recipe", "tiny", "--out", tmp_path / "run")
    started(*words)
    (tmp_path / "run" / LAST).write_bytes(b"an epoch")
    with pytest.raises(RunError, match="holds a run already"):
        started(*words)
    assert (tmp_path / "run" / LAST).read_bytes() == b"an epoch"


def test_a_run_that_was_stopped_in_its_first_epoch_begins_again(drawn: Path, tmp_path: Path) -> None:
    first, _ = started(drawn, "--recipe", "tiny", "--out", tmp_path / "run")
    again, _ = started(drawn, "--recipe", "tiny", "--set", "seed=7", "--out", tmp_path / "run")
    assert again.recipe.seed == 7 != first.recipe.seed
    assert read_recipe(tmp_path / "run" / RECIPE).seed == 7


def test_weights_are_recorded_by_name_and_hash_never_by_path(drawn: Path, tmp_path: Path) -> None:
    words = ("--recipe", "tiny", "--out")
    _, network = started(drawn, *words, tmp_path / "first")
    file = tmp_path / "backbone.pth"
    torch.save(network.encoder.backbone.state_dict(), file)
    job, again = started(drawn, *words, tmp_path / "second", "--weights", file)
    assert job.recipe.weights == "backbone.pth"
    assert job.recipe.weights_sha256 is not None
    assert str(tmp_path) not in (tmp_path / "second" / "recipe.toml").read_text()
    states = [n.encoder.backbone.state_dict().values() for n in (network, again)]
    assert all(map(torch.equal, *states))


def test_first_weights_come_from_a_release_or_a_file(drawn: Path, tmp_path: Path) -> None:
    words = ("--recipe", "tiny", "--out", tmp_path / "run")
    with pytest.raises(TrainingError, match="--from and --weights: expected one of them"):
        settle(settled(drawn, *words, "--from", "champion", "--weights", tmp_path / "backbone.pth"))
