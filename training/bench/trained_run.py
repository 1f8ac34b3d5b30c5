"""The network a public set is measured with: a finished run or bundle, or one trained now by its recipe.

offer_training(parser, "elpv")
contender = judged_or_trained(args, manifest, "elpv")
"""

import argparse
from pathlib import Path

from ubora.datasets.manifest import Manifest
from ubora.training import train
from ubora.training.evaluation.contender import Contender, open_contender
from ubora.training.loop.checkpoint import LAST, read_checkpoint
from ubora.training.loop.job import TrainingError


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
    parser.add_argument(
        "--set",
        dest="overrides",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a knob of the recipe, as augment.drawn=0.8; may be given again",
    )


def judged_or_trained(args: argparse.Namespace, manifest: Manifest) -> Contender:
    """Raises: TrainingError without --judged or --out, and whatever a training raises."""
    if args.judged is not None:
        return open_contender(args.judged, manifest, args.releases)
    if args.out is None:
        raise TrainingError("nothing to measure: give --judged RUN|BUNDLE, or --out RUN to train one")
    train_to_its_end(args.dataset, args.out, _words(args))
    return open_contender(str(args.out), manifest, args.releases)


def train_to_its_end(dataset: Path, out: Path, words: list[str]) -> None:
    """`ubora train run`; where `out` holds a run of this dataset it is finished instead."""
    parser = argparse.ArgumentParser()
    train.configure(parser)
    if (out / LAST).is_file():
        held = read_checkpoint(out / LAST)
        done = held.progress.epoch >= held.recipe.epochs or held.progress.stale() >= held.recipe.patience
        if not done:
            train.run(parser.parse_args([str(dataset), "--resume", str(out)]))
        return
    train.run(parser.parse_args([str(dataset), "--out", str(out), *words]))


def _words(args: argparse.Namespace) -> list[str]:
    words = ["--recipe", str(args.recipe), "--releases", str(args.releases)]
    words += ["--weights", str(args.weights)] if args.weights is not None else []
    words += ["--epochs", str(args.epochs)] if args.epochs is not None else []
    return words + [word for override in args.overrides for word in ("--set", override)]
