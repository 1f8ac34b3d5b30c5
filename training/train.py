"""Train or fine-tune a network on a dataset folder.

    ubora train run datasets/rendered --recipe jewelry --out runs/first
    ubora train run reviewed --recipe fine-tune --from champion
    ubora train run datasets/rendered --resume runs/first

Writes runs/<name>/ (see training/checkpoint.py). The same data, recipe and machine give the same weights;
stopping and resuming changes nothing. Ctrl-C loses at most the epoch it is in.
"""

import argparse
import math
import os
import sys
import time
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import cv2
import torch
from tqdm import tqdm

from models.registry import RELEASES
from training.augment import Augmenter
from training.checkpoint import BEST, LAST, LOG, Checkpoint, Progress, append_line, write_checkpoint
from training.job import Job, TrainingError, photo_shares, settle
from training.loader import Batches, Photos
from training.losses import look_and_lose
from training.memory import keep_freed_memory
from training.network import Network
from training.recipe import Recipe
from training.validate import Validation, validate

T = TypeVar("T")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", type=Path, help="a dataset folder with train and val splits")
    parser.add_argument(
        "--recipe", default=None, metavar="NAME|FILE", help="training/recipes/NAME.toml (jewelry)"
    )
    parser.add_argument("--out", type=Path, help="the run's folder (runs/DATASET-RECIPE-TIME)")
    parser.add_argument(
        "--from", dest="start", metavar="RELEASE|BUNDLE", help="start from a release's weights"
    )
    parser.add_argument(
        "--weights", type=Path, metavar="FILE", help="backbone weights from a local state dict"
    )
    parser.add_argument("--epochs", type=int, help="the length of the schedule")
    parser.add_argument(
        "--until", type=int, metavar="E", help="stop after epoch E; --resume goes on from there"
    )
    parser.add_argument("--resume", type=Path, metavar="RUN", help="go on with a run, exactly")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--set", dest="overrides", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--releases", type=Path, default=RELEASES, help="where --from looks (%(default)s)")


def run(args: argparse.Namespace) -> int:
    keep_freed_memory()
    job, network, held = settle(args)
    train(job, network, held)
    return 0


def train(job: Job, network: Network, held: Checkpoint | None) -> Progress:
    """The loop.

    Args:
        network: with its first weights, or those of `held`.
        held: a checkpoint to go on from.

    Raises:
        TrainingError: a loss that is not a number.
    """
    recipe, device = job.recipe, job.device
    torch.set_num_threads(recipe.threads or _cores())
    cv2.setNumThreads(1)
    # Channels last: half again as fast on a CPU, and what tensor cores want.
    network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = _optimizer(network, recipe)
    progress = Progress()
    if held is not None:
        optimizer.load_state_dict(held.optimizer)
        progress = held.progress

    learn, check = _batches(job)
    steps = len(learn)
    positive_weight = _positive_weight(learn.photos, recipe).to(device)
    board = _board(job.folder, progress.step)
    losses: dict[str, float] = {}
    began = time.monotonic()
    first = progress.epoch
    for epoch in range(progress.epoch, min(job.until, recipe.epochs)):
        network.train_mode(freeze_batchnorm=recipe.freeze_batchnorm, frozen_layers=recipe.frozen_layers)
        sums: dict[str, float] = {}
        seen, started = 0, time.monotonic()
        for batch in _shown(learn.epoch(epoch), steps, f"epoch {epoch + 1}"):
            _set_rates(optimizer, recipe, progress.step, steps)
            batch = batch.to(device)
            _, parts = look_and_lose(network, batch, recipe.loss, positive_weight)
            values = dict(zip(parts, torch.stack(list(parts.values())).detach().tolist(), strict=True))
            if not math.isfinite(values["total"]):
                raise TrainingError(_not_a_number(job, epoch, values))
            optimizer.zero_grad(set_to_none=True)
            torch.autograd.backward(parts["total"])
            torch.nn.utils.clip_grad_norm_(network.parameters(), recipe.clip_norm)
            optimizer.step()
            progress.step += 1
            seen += len(batch.photos)
            for name, value in values.items():
                sums[name] = sums.get(name, 0.0) + value
        rate = seen / (time.monotonic() - started)
        losses = {name: value / steps for name, value in sums.items()}

        found = validate(network, check, recipe, device, positive_weight)
        progress.epoch = epoch + 1
        better = found.score > progress.best_score
        if better:
            progress.best_score, progress.best_epoch = found.score, progress.epoch
        checkpoint = Checkpoint(
            spec=job.spec,
            recipe=recipe,
            fingerprint=job.fingerprint,
            progress=progress,
            weights=network.state_dict(),
            optimizer=optimizer.state_dict(),
            metrics=found.metrics,
        )
        write_checkpoint(job.folder / LAST, checkpoint)
        if better:
            write_checkpoint(job.folder / BEST, checkpoint)

        minutes = (time.monotonic() - began) / 60
        left = minutes / (progress.epoch - first) * (min(job.until, recipe.epochs) - progress.epoch)
        _report(job, board, progress, losses, found, rate, left)
        if progress.stale() >= recipe.patience:
            print(f"stopped: no better figure since epoch {progress.best_epoch}")
            break
    board.close()
    best = f"best {progress.best_epoch} ({progress.best_score:.3f})"
    print(f"{job.folder}: {progress.epoch} of {recipe.epochs} epochs, {best}")
    return progress


def _batches(job: Job) -> tuple[Batches, Batches]:
    """Train and val, decoded once into memory."""
    recipe = job.recipe
    learn = Photos(
        job.manifest.split("train"),
        job.spec,
        cache_mb=recipe.cache_mb,
        augmenter=Augmenter(recipe.augment),
        seed=recipe.seed,
    )
    check = Photos(job.manifest.split("val"), job.spec, cache_mb=recipe.cache_mb // 4)
    for photos in (learn, check):
        for _ in _shown(photos.prepare(), len(photos), "decoding"):
            pass
    return (
        Batches(
            learn,
            recipe.batch,
            recipe.seed,
            shuffled=True,
            workers=recipe.workers,
            paired=recipe.pair_designs,
        ),
        Batches(check, recipe.batch, recipe.seed, shuffled=False, workers=0),
    )


def _optimizer(network: Network, recipe: Recipe) -> torch.optim.AdamW:
    """AdamW in four groups: backbone and heads, each with and without decay (norms and biases without)."""
    groups = []
    for rate, parameters in (
        (recipe.backbone_lr, network.backbone_parameters()),
        (recipe.head_lr, network.head_parameters()),
    ):
        for decays in (True, False):
            chosen = [p for p in parameters if (p.ndim > 1) == decays]
            decay = recipe.weight_decay if decays else 0.0
            groups.append({"params": chosen, "lr": rate, "base_lr": rate, "weight_decay": decay})
    return torch.optim.AdamW(groups)


def _set_rates(optimizer: torch.optim.Optimizer, recipe: Recipe, step: int, steps: int) -> None:
    """Warm up, then a cosine down to `final_lr_share`: a function of the step, so a resume needs no state."""
    warmup = max(1.0, recipe.warmup_epochs * steps)
    done = min(1.0, max(0.0, (step - warmup) / max(1.0, recipe.epochs * steps - warmup)))
    cosine = recipe.final_lr_share + (1 - recipe.final_lr_share) * (1 + math.cos(math.pi * done)) / 2
    for group in optimizer.param_groups:
        group["lr"] = group["base_lr"] * min(1.0, (step + 1) / warmup) * cosine


def _positive_weight(photos: Photos, recipe: Recipe) -> torch.Tensor:
    """(K,) the root of clean : defective photos, limited: rare classes count more, none runs away with it."""
    shares = photo_shares(photos.manifest, photos.spec.classes)
    weights = [math.sqrt((1 - s) / s) if s > 0 else 1.0 for s in shares]
    return torch.tensor([min(max(w, 1.0), recipe.loss.positive_weight_limit) for w in weights])


def _board(folder: Path, step: int) -> Any:
    """TensorBoard's writer, on the run's folder."""
    with warnings.catch_warnings():
        # TensorBoard's own imports use what Python and numpy deprecate; nothing here can change that.
        warnings.simplefilter("ignore", DeprecationWarning)
        from torch.utils.tensorboard import SummaryWriter

        return SummaryWriter(str(folder), purge_step=step or None)


def _report(
    job: Job,
    board: Any,
    progress: Progress,
    losses: dict[str, float],
    found: Validation,
    rate: float,
    minutes_left: float,
) -> None:
    """One line an epoch, for people, for the log and for TensorBoard."""
    figures = {name: value for name, value in found.metrics.items() if value is not None}
    for name, value in losses.items():
        board.add_scalar(f"loss/{name}", value, progress.step)
    for name, value in figures.items():
        board.add_scalar(f"val/{name}", value, progress.step)
    line = {"epoch": progress.epoch, "step": progress.step, "losses": losses, "val": found.metrics}
    append_line(job.folder / LOG, line | {"images_per_second": round(rate, 2)})
    said = " ".join(f"{name} {value:.3f}" for name, value in losses.items() if value)
    shown = " ".join(f"{name} {value:.3f}" for name, value in figures.items())
    best = " *" if progress.best_epoch == progress.epoch else ""
    print(
        f"{progress.epoch}/{job.recipe.epochs}  {said} | val {shown}{best} | "
        f"{rate:.1f} images/s, {minutes_left:.0f} min left",
        flush=True,
    )


def _cores() -> int:
    return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def _shown(items: Iterable[T], total: int, title: str) -> Iterator[T]:
    yield from tqdm(items, total=total, desc=title, leave=False, disable=not sys.stderr.isatty())


def _not_a_number(job: Job, epoch: int, values: dict[str, float]) -> str:
    parts = ", ".join(f"{name} {value:.3g}" for name, value in values.items())
    return (
        f"the loss is not a number in epoch {epoch + 1} ({parts}); "
        f"try --set head_lr={job.recipe.head_lr / 4:g}; {job.folder / LAST} holds the epoch before"
    )
