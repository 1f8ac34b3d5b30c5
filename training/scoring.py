"""Photos of a dataset → Predictions, through a run in torch or a bundle as it is served.

judge = open_judge("runs/first")            # or a bundle folder, a release, an alias
scored = score(judge, manifest.split("test"))
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from datasets.manifest import Manifest, Sample
from models.bundle import OUTPUTS, RECORD, InputContract, LevelCuts
from models.inspector import Inspector, Prediction, read_prediction
from models.preprocess import Letterbox, PhotoArray
from models.registry import RELEASES, release_folder
from models.second_look import FloatArray, look_at
from training.checkpoint import BEST, Checkpoint, read_checkpoint
from training.network import Network, NetworkSpec


@dataclass(frozen=True)
class Scored:
    """One photo, what is known of it and what was said of it."""

    sample: Sample
    prediction: Prediction
    frame: Letterbox
    """Of the part that was looked at closely."""
    latency_ms: float
    """Decode to prediction, on the machine that measured it."""


class Judge(Protocol):
    """Whatever answers as a bundle does."""

    @property
    def name(self) -> str: ...

    @property
    def classes(self) -> tuple[str, ...]: ...

    @property
    def size(self) -> int:
        """Of the network's input, pixels."""

    def predict(self, data: bytes) -> Prediction:
        """One photo's bytes → Prediction. Raises PhotoError where it is no photo."""


class Served:
    """A bundle through the Inspector: exactly what the service answers."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        self.inspector = Inspector.load(folder, threads=threads)
        self.name = self.inspector.record.name
        self.classes = self.inspector.record.class_names()
        self.size = self.inspector.record.input.size

    def predict(self, data: bytes) -> Prediction:
        return self.inspector.inspect(data)


class Trained:
    """A network in torch, behind the same preprocessing as a bundle."""

    def __init__(self, network: Network, name: str) -> None:
        self.network = network.eval()
        self.name = name
        self.classes = network.spec.classes
        self.size = network.spec.input_size
        self.level_cuts: LevelCuts | None = None
        """What it was calibrated to; None says the median level."""

    def predict(self, data: bytes) -> Prediction:
        look = look_at(data, input_contract(self.network.spec), self.outputs)
        return read_prediction(look, self.classes, None, self.level_cuts)

    @torch.no_grad()
    def outputs(self, inputs_nhwc: PhotoArray) -> dict[str, FloatArray]:
        """(N, size, size, 3) uint8 → raw outputs by name, as `Inspector.run` gives them."""
        values = self.network(torch.from_numpy(np.ascontiguousarray(inputs_nhwc)))
        return {name: value.numpy() for name, value in zip(OUTPUTS, values, strict=True)}


def input_contract(spec: NetworkSpec) -> InputContract:
    """What a network takes, as its bundle will say. Without a piece head there is nothing to look for."""
    first_look = spec.first_look if spec.first_look and spec.piece else None
    return InputContract(size=spec.input_size, first_look=first_look, margin=spec.margin)


def open_judge(name: str, releases: Path = RELEASES) -> Served | Trained:
    """A run folder, a bundle folder, a release or an alias.

    Raises:
        RunError, BundleError: neither of them, or one that must not be used.
    """
    folder = Path(name)
    if (folder / BEST).is_file():
        return trained(read_checkpoint(folder / BEST), folder)
    if (folder / RECORD).is_file():
        return Served(folder)
    return Served(release_folder(releases, name))


def trained(checkpoint: Checkpoint, folder: Path) -> Trained:
    return Trained(checkpoint.network(), folder.name)


def score(judge: Judge, manifest: Manifest) -> Iterator[Scored]:
    """Every photo of a manifest, in its order, one at a time as a phone sends them."""
    for sample in manifest:
        data = manifest.path(sample.file_name).read_bytes()
        started = time.perf_counter()
        prediction = judge.predict(data)
        latency_ms = (time.perf_counter() - started) * 1000
        frame = Letterbox.of(prediction.place, judge.size)
        yield Scored(sample, prediction, frame, latency_ms)
