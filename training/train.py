"""Train or fine-tune a network on a dataset folder.

    ubora train run datasets/rendered --recipe jewelry --out runs/first
    ubora train run reviewed --recipe fine-tune --from my-release
    ubora train run datasets/rendered --resume runs/first

Writes runs/<name>/ (see training/loop/checkpoint.py). The same data, recipe and machine give the same
weights; stopping and resuming changes nothing. Ctrl-C loses at most the epoch it is in. Several GPUs or
machines:

    torchrun --nproc-per-node 2 -m ubora train run datasets/rendered      # batches shared, see ranks.py

Before: --dry-run says what would be trained and how long it would take. From Python:

    progress = train(TrainOptions(Path("datasets/rendered"), recipe="jewelry", out=Path("runs/first")))
"""

import argparse
import math
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

import cv2
import torch

from ubora.models.registry.releases import releases_option
from ubora.training.data.banks import Banks
from ubora.training.data.features import FeatureStore
from ubora.training.loop.checkpoint import BEST, LAST, Checkpoint, Progress, write_checkpoint
from ubora.training.loop.job import Job, TrainingError, device_of, open_run, settle
from ubora.training.loop.memory import keep_freed_memory
from ubora.training.loop.options import TrainOptions
from ubora.training.loop.plan import plan
from ubora.training.loop.ranks import joined, norm_whole_batches
from ubora.training.loop.rates import optimizer_of, rates_of, set_rates, share_at
from ubora.training.loop.run_log import EpochStats, RunLog
from ubora.training.loop.sources import Sources, shown
from ubora.training.loop.step import GRADIENT, Trainer
from ubora.training.loop.validate import Validation, validate, weighed
from ubora.training.network import Network
from ubora.training.recipe import overrides_option


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
    parser.add_argument(
        "--keep", type=Path, metavar="DATASET", help="an old dataset that must not be forgotten (rehearsal)"
    )
    parser.add_argument("--epochs", type=int, help="the length of the schedule")
    parser.add_argument(
        "--until", type=int, metavar="E", help="stop after epoch E; --resume goes on from there"
    )
    parser.add_argument("--resume", type=Path, metavar="RUN", help="go on with a run, exactly")
    parser.add_argument(
        "--features",
        type=Path,
        default=TrainOptions.features,
        metavar="DIR",
        help="where what a frozen backbone sees is kept (%(default)s)",
    )
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="auto takes a GPU where there is one (%(default)s)",
    )
    overrides_option(parser)
    parser.add_argument("--dry-run", action="store_true", help="say what would be trained; write nothing")
    parser.add_argument("--json", type=Path, metavar="FILE", help="what --dry-run found")
    releases_option(parser, "where --from looks")


def run(args: argparse.Namespace) -> int:
    options = options_of(args)
    if args.dry_run:
        with _settled(options) as (job, network, _):
            plan(job, trainer_of(job, network), args.json)
    else:
        train(options)
    return 0


def options_of(args: argparse.Namespace) -> TrainOptions:
    """The words of the command."""
    named = {field.name: getattr(args, field.name) for field in fields(TrainOptions)}
    return TrainOptions(**named | {"overrides": tuple(args.overrides)})


def train(options: TrainOptions) -> Progress:
    """Train a network, or go on with a run; its folder holds all that came of it.

    Returns:
        how far it came, and which epoch was best.

    Raises:
        TrainingError, RunError, RecipeError, WeightsError, ManifestError, BundleError, FeatureError: in one
            line each.
    """
    with _settled(options) as (job, network, held):
        if held is None:
            open_run(job)
        return learn(job, network, held, options.features)


@contextmanager
def _settled(options: TrainOptions) -> Iterator[tuple[Job, Network, Checkpoint | None]]:
    keep_freed_memory()
    with joined(cuda=device_of(options.device).type == "cuda") as ranks:
        job, network, held = settle(options, ranks)
        torch.set_num_threads(job.recipe.threads or max(1, _cores() // ranks.local_count))
        cv2.setNumThreads(1)
        yield job, network, held


def trainer_of(job: Job, network: Network) -> Trainer:
    """The network on its device, with its optimizer."""
    # Channels last: half again as fast on a CPU, and what tensor cores want.
    network = network.to(job.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    if job.ranks.count > 1:
        norm_whole_batches(network)
    return Trainer(network, optimizer_of(network, job.recipe), job.recipe, job.device, job.ranks)


def learn(job: Job, network: Network, held: Checkpoint | None, features: Path) -> Progress:
    """The loop.

    Args:
        network: with its first weights, or those of `held`.
        held: a checkpoint to go on from.
        features: the folder in which what a frozen backbone sees is kept.

    Raises:
        TrainingError: a loss that is not a number.
        FeatureError: no room for the features, or a cache that was cut short.
    """
    recipe, ranks = job.recipe, job.ranks
    trainer = trainer_of(job, network)
    feed = Sources(job, network, FeatureStore(features, recipe.features_mb))
    progress = Progress()
    if held is not None:
        trainer.optimizer.load_state_dict(held.optimizer)
        progress = held.progress
    elif job.fresh:
        kept = feed.fit(network)
        ranks.say(f"descriptors of {network.spec.descriptor_size} numbers keep {kept:.0%} of what is seen")

    steps = len(feed)
    board = RunLog(job, progress.step) if ranks.first else None
    banks, check_banks = feed.banks(network), feed.check_banks(network)
    if board and job.keep is not None and held is None:
        board.before(_validated(trainer, feed, check_banks).metrics)
    began = time.monotonic()
    first, last = progress.epoch, min(job.until, recipe.epochs)
    for epoch in range(first, last):
        if epoch > first and feed.banks_change():
            banks = feed.banks(network)
        network.freeze(recipe.freeze)
        lost: dict[str, list[float]] = {}
        seen, started = 0, time.monotonic()
        for batch in shown(feed.epoch(epoch), steps, f"epoch {epoch + 1}", told=ranks.first):
            set_rates(trainer.optimizer, share_at(recipe, progress.step, steps))
            values = trainer.step(batch, banks.draw(epoch, batch.index), feed.found(epoch, batch.index))
            if not (math.isfinite(values["total"]) and math.isfinite(values[GRADIENT])):
                raise TrainingError(_not_a_number(job, epoch, values))
            progress.step += 1
            seen += len(batch.labels)
            for name, value in values.items():
                lost.setdefault(name, []).append(value)
        rate = ranks.count * seen / (time.monotonic() - started)

        # The first process validates and writes; all hear what it found, so that all stop together.
        if feed.banks_change():
            check_banks = feed.check_banks(network)
        validated = _validated(trainer, feed, check_banks) if ranks.first else None
        score = ranks.told(validated.score if validated else 0.0)
        progress.epoch = epoch + 1
        better = score > progress.best_score
        if better:
            progress.best_score, progress.best_epoch = score, progress.epoch
        if board and validated:
            _write(job, trainer, progress, validated, better=better)
            minutes = (time.monotonic() - began) / 60
            left = minutes / (progress.epoch - first) * (last - progress.epoch)
            means = {name: sum(values) / len(values) for name, values in lost.items()}
            gradient = means.pop(GRADIENT)
            board.report(
                progress,
                EpochStats(means, gradient, rates_of(trainer.optimizer), rate, left),
                validated.metrics,
            )
            board.show_heat(network, feed.checks[0], check_banks[0], job.device, progress.step)
        if progress.stale() >= recipe.patience:
            ranks.say(f"stopped: no better figure since epoch {progress.best_epoch}")
            break
    if board:
        board.close()
    best = f"best {progress.best_epoch} ({progress.best_score:.3f})"
    ranks.say(f"{job.folder}: {progress.epoch} of {recipe.epochs} epochs, {best}")
    return progress


def _validated(trainer: Trainer, feed: Sources, banks: Sequence[Banks]) -> Validation:
    """Figures on the val split and on that of the dataset to keep; the best epoch is best in both."""
    figures = [
        validate(trainer.network, check, beside, trainer.recipe, trainer.device)
        for check, beside in zip(feed.checks, banks, strict=True)
    ]
    if len(figures) == 1:
        return figures[0]
    own, kept = figures
    metrics = own.metrics | {f"kept_{name}": value for name, value in kept.metrics.items()}
    photos = (len(feed.checks[0].photos), len(feed.checks[1].photos))
    return Validation(metrics, weighed((own.score, kept.score), photos, trainer.recipe.keep_share))


def _write(job: Job, trainer: Trainer, progress: Progress, found: Validation, *, better: bool) -> None:
    checkpoint = Checkpoint(
        spec=job.spec,
        recipe=job.recipe,
        fingerprint=job.fingerprint,
        progress=progress,
        weights=trainer.network.state_dict(),
        optimizer=trainer.optimizer.state_dict(),
        metrics=found.metrics,
        keep_fingerprint=job.keep_fingerprint,
    )
    write_checkpoint(job.folder / LAST, checkpoint)
    if better:
        write_checkpoint(job.folder / BEST, checkpoint)


def _cores() -> int:
    return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def _not_a_number(job: Job, epoch: int, values: dict[str, float]) -> str:
    parts = ", ".join(f"{name} {value:.3g}" for name, value in values.items())
    return (
        f"the loss is not a number in epoch {epoch + 1} ({parts}); "
        f"try --set head_lr={job.recipe.head_lr / 4:g}; {job.folder / LAST} holds the epoch before"
    )
