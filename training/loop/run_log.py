"""What a run shows: a line an epoch for people, one for the log, curves and photos for TensorBoard.

tensorboard --logdir runs
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from ubora.training.data.banks import Banks
from ubora.training.data.batch import Batch
from ubora.training.data.features import Features
from ubora.training.data.loader import PhotoLoader
from ubora.training.loop.checkpoint import LOG, Progress, append_line
from ubora.training.loop.job import Job
from ubora.training.network import Network

SHOWN = 8
"""Validation photos whose heat is drawn, always the same ones."""


@dataclass(frozen=True)
class EpochStats:
    """What an epoch of training came to, besides what it is worth on validation photos."""

    losses: Mapping[str, float]
    """Means over the epoch, unweighted, and their weighted `total`."""
    gradient: float
    """Mean length before clipping."""
    rates: Mapping[str, float]
    """Learning rates of the last step."""
    images_per_second: float
    minutes_left: float


class RunLog:
    """TensorBoard's writer on a run's folder."""

    def __init__(self, job: Job, step: int) -> None:
        self._job = job
        with warnings.catch_warnings():
            # TensorBoard's own imports use what Python and numpy deprecate; nothing here can change that.
            warnings.simplefilter("ignore", DeprecationWarning)
            from torch.utils.tensorboard import SummaryWriter

            self._writer: Any = SummaryWriter(str(job.folder), purge_step=step or None)

    def report(self, progress: Progress, lesson: EpochStats, metrics: Mapping[str, float | None]) -> None:
        """One epoch, for everyone."""
        figures = {name: value for name, value in metrics.items() if value is not None}
        curves = {f"loss/{name}": value for name, value in lesson.losses.items()}
        curves |= {f"rate/{name}": value for name, value in lesson.rates.items()}
        curves |= {f"val/{name}": value for name, value in figures.items()}
        curves |= {"step/gradient": lesson.gradient, "step/images_per_second": lesson.images_per_second}
        for name, value in curves.items():
            self._writer.add_scalar(name, value, progress.step)
        line = {"epoch": progress.epoch, "step": progress.step, "losses": lesson.losses, "val": metrics}
        rate = round(lesson.images_per_second, 2)
        self._log(line | {"gradient": lesson.gradient, "rates": lesson.rates, "images_per_second": rate})
        said = " ".join(f"{name} {value:.3f}" for name, value in lesson.losses.items() if value)
        best = " *" if progress.best_epoch == progress.epoch else ""
        print(
            f"{progress.epoch}/{self._job.recipe.epochs}  {said} | val {_said(figures)}{best} | "
            f"{rate:.1f} images/s, {lesson.minutes_left:.0f} min left",
            flush=True,
        )

    def before(self, metrics: Mapping[str, float | None]) -> None:
        """What the first weights are worth, before anything was learnt."""
        self._log({"epoch": 0, "step": 0, "val": metrics})
        figures = {name: value for name, value in metrics.items() if value is not None}
        for name, value in figures.items():
            self._writer.add_scalar(f"val/{name}", value, 0)
        print(f"before  val {_said(figures)}", flush=True)

    @torch.no_grad()
    def show_heat(
        self, network: Network, photos: PhotoLoader, banks: Banks, device: torch.device, step: int
    ) -> None:
        """Draw where the network sees defects in a few validation photos."""
        network.eval()
        batch = next(iter(photos.epoch(0))).to(device)
        seen = network.encode(batch.maps or network.maps(batch.photos))
        heat = torch.sigmoid(network.beside(seen, banks.draw(0, batch.index)).heatmap).amax(1)[:SHOWN]
        plain = _pixels(photos, batch)[:SHOWN]
        self._writer.add_image("val/heat", _sheet(plain, batch, heat), step, dataformats="HWC")

    def close(self) -> None:
        self._writer.close()

    def _log(self, line: dict[str, Any]) -> None:
        append_line(self._job.folder / LOG, line)


def _pixels(photos: PhotoLoader, batch: Batch) -> NDArray[np.uint8]:
    """(N, size, size, 3): the second looks of a batch, decoded again where only features were kept."""
    if batch.photos.numel():
        return np.asarray(batch.photos.cpu().numpy(), np.uint8)
    split = photos.photos
    assert isinstance(split, Features)
    return np.stack([split.photos[(0, index)]["photos"] for index in batch.index.tolist()[:SHOWN]])


def _sheet(photos: NDArray[np.uint8], batch: Batch, heat: torch.Tensor) -> NDArray[np.uint8]:
    """(H, W, 3): photos in a row, and below them with heat in red and what was drawn outlined in white."""
    rows: list[list[NDArray[np.uint8]]] = [[], []]
    for plain, hot, cells in zip(photos, heat, batch.cells, strict=False):
        size = (plain.shape[1], plain.shape[0])
        share = cv2.resize(hot.cpu().numpy(), size)[..., None]
        warm = (plain * (1 - share) + np.array([255, 40, 0]) * share).astype(np.uint8)
        drawn = cv2.resize(cells.amax(0).cpu().numpy(), size, interpolation=cv2.INTER_NEAREST)
        outlines, _ = cv2.findContours(
            (drawn > 127).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
        )
        cv2.drawContours(warm, outlines, -1, (255, 255, 255), 1)
        rows[0].append(plain)
        rows[1].append(warm)
    return np.vstack([np.hstack(row) for row in rows])


def _said(figures: Mapping[str, float]) -> str:
    return " ".join(f"{name} {value:.3f}" for name, value in figures.items())
