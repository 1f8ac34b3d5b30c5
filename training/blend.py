"""Weights between those of a release and those of a run that started from it: often better than both.

    ubora train blend runs/next --with champion --out runs/blended

A network that is taught on loses some of what it could do before, mostly of what the new photos do not show.
Between both sets of weights lie networks that keep the one and have the other, at no cost when they are used
(weights lie in one valley where one run started from the other: Wortsman et al., "Robust fine-tuning of
zero-shot models", 2022). The share is chosen on the val splits that the run looked at, so test photos stay
unseen. Thresholds are set anew afterwards: the new run has none.

    ValueError
    └── BlendError     a release and a run of different networks, or nothing to choose a share by
"""

import argparse
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from datasets.manifest import read_manifest
from models.registry import RELEASES
from training.checkpoint import (
    BEST,
    Checkpoint,
    RunError,
    own_datasets,
    read_checkpoint,
    write_derived,
)
from training.contender import watched
from training.figures import auroc, average_precision
from training.recipe import changed
from training.scoring import Scored, Trained
from training.slices import score_table
from training.transfer import Start, read_start

SHARES = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)


class BlendError(ValueError):
    """Two sets of weights between which nothing lies."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, help="a run's folder")
    parser.add_argument(
        "--with", dest="other", required=True, metavar="RELEASE", help="that the run started from"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="the folder of the new run")
    parser.add_argument(
        "--dataset", type=Path, nargs="+", help="whose val splits decide (the run's own, and what it kept)"
    )
    parser.add_argument(
        "--shares",
        type=float,
        nargs="+",
        default=SHARES,
        help="of the run's weights, each tried (0 to 1)",
    )
    parser.add_argument("--releases", type=Path, default=RELEASES)


def run(args: argparse.Namespace) -> int:
    if args.out.exists():
        raise RunError(f"{args.out}: exists already; give another --out")
    outside = [s for s in args.shares if not 0 <= s <= 1]
    if outside:
        raise BlendError(f"--shares {outside[0]}: expected 0 to 1")
    checkpoint, start = read_checkpoint(args.run / BEST), read_start(args.other, args.releases)
    checks = [read_manifest(root).split("val") for root in args.dataset or own_datasets(args.run)]
    figures = {}
    print("share of the run    AUROC   mean AP", flush=True)
    for share in sorted(set(args.shares)):
        judge = Trained(blended(checkpoint, start, share).network(), f"{share:.2f}")
        told, precision = told_apart([s for check in checks for s in watched(judge, check)], judge.classes)
        figures[share] = (told + precision) / 2
        print(f"{share:16.2f}   {told:6.3f}    {precision:6.3f}", flush=True)
    best = max(figures, key=lambda share: figures[share])
    keep(args.run, args.out, checkpoint, start, best)
    print(f"{args.out}: {best:g} of {args.run.name}, {1 - best:g} of {start.name}")
    return 0


def blended(checkpoint: Checkpoint, start: Start, share: float) -> Checkpoint:
    """The run with `share` of its own weights and the rest of the release's; counters stay its own.

    Raises:
        BlendError: they are of different networks.
    """
    own, other = checkpoint.weights, start.weights
    if checkpoint.spec != start.spec or own.keys() != other.keys():
        raise BlendError("release and run are different networks; expected a run that started from it")
    return replace(
        checkpoint,
        recipe=changed(checkpoint.recipe, weights=f"{1 - share:g} of {start.name} kept", weights_sha256=None),
        weights={
            key: other[key] + share * (value - other[key]) if value.is_floating_point() else value
            for key, value in own.items()
        },
        optimizer={},
    )


def keep(run_folder: Path, folder: Path, checkpoint: Checkpoint, start: Start, share: float) -> None:
    """Write the blend as a run of its own."""
    made = blended(checkpoint, start, share)
    write_derived(run_folder, folder, made, blended_with=start.name, blended_share=share)


def told_apart(scored: Sequence[Scored], classes: Sequence[str]) -> tuple[float, float]:
    """AUROC of defective against clean, and the mean AP of the classes that are shown.

    Raises:
        BlendError: no photo of one kind or the other.
    """
    known = [s for s in scored if s.sample.defects is not None and not s.sample.photo_faults]
    scores, shown = score_table(known, classes)
    told = auroc(scores.max(1), np.asarray(shown.any(1), np.bool_)) if known else None
    precisions = [average_precision(scores[:, k], shown[:, k]) for k in range(len(classes))] if known else []
    found = [p for p in precisions if p is not None]
    if told is None or not found:
        raise BlendError("no defective or no clean photo in the val splits; expected both")
    return told, math.fsum(found) / len(found)
