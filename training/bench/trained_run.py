"""The network a public set is measured with: a finished run or bundle, or one trained now by its recipe.

offer_training(parser, "elpv")
contender = judged_or_trained(args, manifest, "elpv")
"""

import argparse
from pathlib import Path

from ubora.datasets.manifest import Manifest
from ubora.training.evaluation.contender import Contender, open_contender
from ubora.training.loop.checkpoint import LAST, read_checkpoint
from ubora.training.loop.job import TrainingError
from ubora.training.loop.options import TrainOptions
from ubora.training.recipe import overrides_option
from ubora.training.train import train


def offer_training(parser: argparse.ArgumentParser, recipe: str) -> None:
    parser.add_argument("dataset", type=Path, help=f"of `ubora data import {recipe} SOURCE --out DATASET`")
    parser.add_argument("--judged", metavar="RUN|BUNDLE", help="measure this one instead of training")
    parser.add_argument(
        "--out", type=Path, metavar="RUN", help="train here; a run begun there is gone on with"
    )
    parser.add_argument("--recipe", default=recipe, metavar="NAME|FILE", help="%(default)s")
    parser.add_argument(
        "--weights", type=Path, metavar="FILE", help="backbone weights from a local state dict"
    )
    parser.add_argument("--epochs", type=int, help="the length of the schedule (the recipe's)")
    overrides_option(parser)


def judged_or_trained(args: argparse.Namespace, manifest: Manifest) -> Contender:
    """Raises: TrainingError without --judged or --out, and whatever a training raises."""
    if args.judged is not None:
        return open_contender(args.judged, manifest, args.releases)
    if args.out is None:
        raise TrainingError("nothing to measure: give --judged RUN|BUNDLE, or --out RUN to train one")
    train_to_its_end(
        TrainOptions(
            args.dataset,
            recipe=args.recipe,
            out=args.out,
            weights=args.weights,
            epochs=args.epochs,
            overrides=tuple(args.overrides),
            releases=args.releases,
        )
    )
    return open_contender(str(args.out), manifest, args.releases)


def train_to_its_end(options: TrainOptions) -> Path:
    """Train; where `out` holds a run of this dataset it is finished instead. Returns the run's folder."""
    out = options.out
    assert out is not None, "a run that may be gone on with has a name"
    if not (out / LAST).is_file():
        train(options)
        return out
    held = read_checkpoint(out / LAST)
    if held.progress.epoch < held.recipe.epochs and held.progress.stale() < held.recipe.patience:
        train(TrainOptions(options.dataset, resume=out, features=options.features, releases=options.releases))
    return out
