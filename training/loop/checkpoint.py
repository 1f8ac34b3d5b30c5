"""A run's folder: checkpoints, resolved recipe, environment, log. Private to training; a release is a bundle.

runs/<name>/
    recipe.toml        every knob as used
    places.json        where the piece was found on photos that nobody outlined
    environment.json   versions, machine, dataset and its fingerprint, where the weights came from
    log.jsonl          one line an epoch
    last.pt best.pt    checkpoints; tensors and plain values only, loaded with weights_only=True

ValueError
└── RunError           not a run, or one that does not go with this data or recipe
"""

import json
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError

from ubora.training.data.places import PLACES
from ubora.training.knobs import Recipe
from ubora.training.network import Network, NetworkSpec
from ubora.training.recipe import recorded, write_recipe

FORMAT = 1
LAST, BEST = "last.pt", "best.pt"
RECIPE, ENVIRONMENT, LOG = "recipe.toml", "environment.json", "log.jsonl"
_PACKAGES = ("torch", "torchvision", "albumentations", "opencv-python-headless", "numpy")


class RunError(ValueError):
    """A run folder that cannot be used."""


@dataclass
class Progress:
    """Where a run stands; with the weights and the optimizer's state, all that a resume needs."""

    epoch: int = 0
    """Epochs done."""
    step: int = 0
    best_score: float = float("-inf")
    best_epoch: int = 0

    def stale(self) -> int:
        """Epochs since the best one."""
        return self.epoch - self.best_epoch


@dataclass(frozen=True)
class Checkpoint:
    spec: NetworkSpec
    recipe: Recipe
    fingerprint: str
    """Of the whole dataset the run learns from."""
    progress: Progress
    weights: dict[str, torch.Tensor]
    optimizer: dict[str, Any]
    metrics: dict[str, float | None]
    """On the validation split, at this epoch."""
    keep_fingerprint: str | None = None
    """Of the dataset that was not to be forgotten, if there was one."""

    def network(self) -> Network:
        """The network with these weights, in evaluation mode."""
        network = Network(self.spec)
        network.load_state_dict(self.weights)
        return network.eval()


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write beside the place and move there: a run that is killed keeps the checkpoint before."""
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        torch.save(
            {
                "format": FORMAT,
                "spec": checkpoint.spec.model_dump(mode="json"),
                "recipe": checkpoint.recipe.model_dump(mode="json"),
                "fingerprint": checkpoint.fingerprint,
                "keep_fingerprint": checkpoint.keep_fingerprint,
                "progress": vars(checkpoint.progress),
                "weights": checkpoint.weights,
                "optimizer": checkpoint.optimizer,
                "metrics": checkpoint.metrics,
            },
            file,
        )
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint onto the CPU.

    Raises:
        RunError: not found, not a checkpoint, of another format, or of a network as older versions made it.
        RecipeError: a recipe with a knob that never was.
    """
    if not path.is_file():
        raise RunError(f"{path}: not found; expected a run folder with {path.name}")
    try:
        held = torch.load(path, weights_only=True, map_location="cpu")
    except Exception as error:  # torch raises pickle, zip and runtime errors alike
        raise RunError(f"{path}: not a checkpoint ({type(error).__name__})") from None
    found = held.get("format") if isinstance(held, dict) else None
    if found != FORMAT:
        raise RunError(f"{path}: checkpoint format {found!r}, expected {FORMAT}")
    try:
        spec = NetworkSpec.model_validate(held["spec"])
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(map(str, fault["loc"]))
        raise RunError(f"{path}: of another version of the network ({where}: {fault['msg']})") from None
    _refuse_another_shape(path, spec, held["weights"])
    return Checkpoint(
        spec=spec,
        recipe=recorded(held["recipe"]),
        fingerprint=held["fingerprint"],
        progress=Progress(**held["progress"]),
        weights=held["weights"],
        optimizer=held["optimizer"],
        metrics=held["metrics"],
        # Runs from before --keep have none.
        keep_fingerprint=held.get("keep_fingerprint"),
    )


def _refuse_another_shape(path: Path, spec: NetworkSpec, weights: dict[str, torch.Tensor]) -> None:
    with torch.device("meta"):  # shapes alone
        expected = {name: tuple(value.shape) for name, value in Network(spec).state_dict().items()}
    shapes = {name: tuple(value.shape) for name, value in weights.items()}
    for name in sorted(expected.keys() | shapes.keys()):
        if shapes.get(name) != expected.get(name):
            raise RunError(
                f"{path}: of another version of the network: {name} is {shapes.get(name, 'not there')}, "
                f"expected {expected.get(name, 'none')}; train it anew"
            )


def own_datasets(run: Path) -> list[Path]:
    """The folders that a run learnt from, as its environment has them."""
    said = json.loads((run / ENVIRONMENT).read_bytes())
    return [Path(said[name]) for name in ("dataset_folder", "kept_folder") if said.get(name)]


def write_derived(source: Path, folder: Path, checkpoint: Checkpoint, **said: Any) -> None:
    """The folder of a run that was made of another: its checkpoint, and what the other says of itself.

    Args:
        said: of how it was made, for its environment.
    """
    folder.mkdir(parents=True)
    write_recipe(checkpoint.recipe, folder / RECIPE)
    own = json.loads((source / ENVIRONMENT).read_bytes())
    write_json(folder / ENVIRONMENT, own | environment(**said))
    if (source / PLACES).is_file():
        shutil.copyfile(source / PLACES, folder / PLACES)
    write_checkpoint(folder / BEST, checkpoint)


def environment(**more: Any) -> dict[str, Any]:
    """What a run ran on, for whoever wonders later why figures differ."""
    return {
        "python": sys.version.split()[0],
        "machine": platform.machine(),
        "system": platform.system(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "packages": {name: version(name) for name in _PACKAGES},
        "git_commit": git_commit(),
        **more,
    }


def git_commit() -> str:
    """The commit of the code, "-dirty" where it was changed since, or "unknown"."""
    here = Path(__file__).parent
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
            cwd=here,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return described.stdout.strip() or "unknown"


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def append_line(path: Path, value: dict[str, Any]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(value) + "\n")
