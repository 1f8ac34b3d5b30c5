"""Photos of a dataset → Predictions, through a run in torch or a bundle as it is served.

judge = open_judge("runs/first")            # or a bundle folder, a release, an alias
scored = score(judge, manifest.split("test"))
"""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from tqdm import tqdm

from ubora.datasets.manifest import Manifest, Sample
from ubora.datasets.shown import only_faint
from ubora.models.inference.approved import approved_of
from ubora.models.inference.bank import Approved, Bank, bank_of, empty_bank
from ubora.models.inference.inspector import Inspector
from ubora.models.inference.prediction import Prediction, read_prediction
from ubora.models.inference.preprocess import Letterbox, PhotoArray
from ubora.models.inference.second_look import FloatArray, everywhere, look_at, look_at_all
from ubora.models.record import RECORD, LevelCuts
from ubora.models.registry.releases import RELEASES, release_folder
from ubora.training.loop.checkpoint import BEST, Checkpoint, read_checkpoint
from ubora.training.network import Network, match
from ubora.training.network.comparison import cover_of
from ubora.training.network.spec import input_contract


@dataclass(frozen=True)
class Scored:
    """One photo, what is known of it and what was said of it."""

    sample: Sample
    prediction: Prediction
    frame: Letterbox
    """Of the part that was looked at closely."""
    latency_ms: float
    """Decode to prediction, on the machine that measured it."""


class Predictor(Protocol):
    """Whatever answers as a bundle does."""

    @property
    def name(self) -> str: ...

    @property
    def classes(self) -> tuple[str, ...]: ...

    @property
    def size(self) -> int:
        """Of the network's input, pixels."""

    def predict(self, data: bytes, bank: Bank | None = None, *, whole: bool = False) -> Prediction:
        """One photo's bytes, beside a bank → Prediction. Raises PhotoError where it is no photo.

        Args:
            whole: the photo is all surface; no piece is looked for.
        """

    def approved(self, data: bytes, *, whole: bool = False) -> Approved:
        """What is kept of one approved photo."""

    def bank(self, approved: Sequence[Approved]) -> Bank | None:
        """What photos are compared with; None of a judge that sees each alone."""


class Served:
    """A bundle through the Inspector: exactly what the service answers."""

    def __init__(self, inspector: Inspector) -> None:
        self.inspector = inspector
        self.name = inspector.record.name
        self.classes = inspector.record.class_names()
        self.size = inspector.record.input.size

    def predict(self, data: bytes, bank: Bank | None = None, *, whole: bool = False) -> Prediction:
        return self.inspector.inspect(data, bank, whole=whole)

    def approved(self, data: bytes, *, whole: bool = False) -> Approved:
        return approved_of(self.inspector.inspect(data, whole=whole), self.name)

    def bank(self, approved: Sequence[Approved]) -> Bank | None:
        contract = self.inspector.record.bank
        return None if contract is None else bank_of(self.name, contract.descriptor_size, approved)


class Trained:
    """A network in torch, behind the same preprocessing as a bundle."""

    def __init__(self, network: Network, name: str) -> None:
        self.network = network.eval()
        self.name = name
        self.classes = network.spec.classes
        self.size = network.spec.input_size
        self.level_cuts: LevelCuts | None = None
        """What it was calibrated to; None says the median level."""

    def predict(self, data: bytes, bank: Bank | None = None, *, whole: bool = False) -> Prediction:
        bank = bank or empty_bank(self.name, self.network.spec.descriptor_size)
        contract, run = input_contract(self.network.spec), partial(self.outputs, bank)
        look = look_at_all(data, contract, run) if whole else look_at(data, contract, run, self.find)
        return read_prediction(look, self.network.spec.heats(), None, self.level_cuts, bank)

    def approved(self, data: bytes, *, whole: bool = False) -> Approved:
        return approved_of(self.predict(data, whole=whole), self.name)

    def bank(self, approved: Sequence[Approved]) -> Bank | None:
        return bank_of(self.name, self.network.spec.descriptor_size, approved)

    @torch.no_grad()
    def outputs(
        self, bank: Bank | None, inputs_nhwc: PhotoArray, all_of: Letterbox | None = None
    ) -> dict[str, FloatArray]:
        """(N, size, size, 3) uint8 → raw outputs by name, as `Inspector.run` gives them."""
        bank = bank or empty_bank(self.name, self.network.spec.descriptor_size)
        rows, known = (torch.from_numpy(part) for part in bank.rows)
        seen = self.network.encode(self._maps(inputs_nhwc))
        if all_of is not None:
            seen = seen._replace(piece=torch.from_numpy(everywhere(all_of, seen.piece.shape[1])))
        cover = cover_of(seen.piece)
        matched = match(seen.cells, cover, rows, known)
        said = self.network.comparison(seen.cells, cover, matched)
        named = seen._asdict() | said._asdict() | {"nearest": matched.nearest}
        return {name: value.numpy() for name, value in named.items()}

    @torch.no_grad()
    def find(self, inputs_nhwc: PhotoArray) -> FloatArray:
        """(N, size, size, 3) uint8 → (N, h, w) piece logits."""
        logits: FloatArray = self.network.encoder.piece_logits(self._maps(inputs_nhwc)).numpy()
        return logits

    def _maps(self, inputs_nhwc: PhotoArray) -> tuple[torch.Tensor, ...]:
        return self.network.maps(torch.from_numpy(np.ascontiguousarray(inputs_nhwc)))


def open_predictor(name: str, releases: Path = RELEASES) -> Served | Trained:
    """A run folder, a bundle folder, a release or an alias.

    Raises:
        RunError, BundleError: neither of them, or one that must not be used.
    """
    folder = Path(name)
    if (folder / BEST).is_file():
        return trained(read_checkpoint(folder / BEST), folder)
    if (folder / RECORD).is_file():
        return Served(Inspector.load(folder))
    return Served(Inspector.load(release_folder(releases, name)))


def trained(checkpoint: Checkpoint, folder: Path) -> Trained:
    return Trained(checkpoint.network(), folder.name)


class Banks(Protocol):
    """What each photo is compared with; see `training.scoring.references`."""

    def bank(self, sample: Sample) -> Bank | None: ...


def score(predictor: Predictor, manifest: Manifest, references: Banks | None = None) -> Iterator[Scored]:
    """Every photo of a manifest, in its order, one at a time as a phone sends them.

    Args:
        references: what they are compared with; none compares them with nothing.
    """
    for sample in manifest:
        data = manifest.path(sample.file_name).read_bytes()
        bank = None if references is None else references.bank(sample)
        started = time.perf_counter()
        prediction = predictor.predict(data, bank)
        latency_ms = (time.perf_counter() - started) * 1000
        frame = Letterbox.of(prediction.place, predictor.size)
        yield Scored(sample, prediction, frame, latency_ms)


def watched(
    predictor: Predictor, manifest: Manifest, said: str = "judging", references: Banks | None = None
) -> Iterator[Scored]:
    """`score` with a progress bar where somebody watches."""
    photos = score(predictor, manifest, references)
    yield from tqdm(photos, total=len(manifest), desc=said, disable=not sys.stderr.isatty())


def is_judged(item: Scored) -> bool:
    """Whether people said what it shows, on a photo good enough to say so."""
    return item.sample.defects is not None and not item.sample.photo_faults


def decides(item: Scored) -> bool:
    """Whether a photo is surely defective or surely clean: one whose defects nobody would see is neither."""
    return is_judged(item) and not only_faint(item.sample)
