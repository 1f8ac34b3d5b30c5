"""How much a few defective photos of one's own teach, beside rules that learn nothing, on the same photos.

    ubora train bench curve var/magnetic-tile --from champion --work runs/tile-curve
    ubora train bench curve var/magnetic-tile --from champion --work runs/tile-curve --defective 0 25

For each number a release is taught on with so many defective photos of the train split, each number's photos
among those of the next, and with good ones of it (`--good`); the val split lends half as many of each to
choose the epoch by. Then it judges the test split beside a few of the good photos (`--references`). 0 is the
release as it is. The rules (training/bench/approved/witnesses.py) see all the good photos that were learnt
from, on the same backbone. Photos that nobody outlined are all surface.

AUROC, its interval over whole pieces; found at 5 and 10 % of good photos flagged; hottest: `bench folder`.
A training that is there already, in `--work`, is measured and not done again.
"""

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ubora.datasets.manifest import METADATA, Manifest, Sample, read_manifest, write_manifest
from ubora.datasets.masks import upright_size
from ubora.datasets.taxonomy import Split
from ubora.models.inference.bank import MOST_PHOTOS
from ubora.training.bench.approved.folder import figure_rows, looked_at, network_figures, rule_figures
from ubora.training.bench.approved.witnesses import Bank, Eyes
from ubora.training.bench.trained_run import train_to_its_end
from ubora.training.loop.job import TrainingError
from ubora.training.loop.options import TrainOptions
from ubora.training.recipe import overrides_option
from ubora.training.scoring.predictions import open_predictor
from ubora.training.words import aligned

DEFECTIVE = (0, 10, 25, 50, 100)
ALL_SURFACE = "whole"
"""The folder of masks of photos that nobody outlined."""
ONE_DESIGN = "one"
"""Of photos of which nobody said one."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", type=Path, help="with train, val and test splits")
    parser.add_argument("--from", dest="start", required=True, metavar="RELEASE", help="taught on")
    parser.add_argument("--work", type=Path, required=True, metavar="DIR", help="where the runs are kept")
    parser.add_argument(
        "--defective", type=int, nargs="+", default=list(DEFECTIVE), help="photos (%(default)s)"
    )
    parser.add_argument("--good", type=int, default=200, help="good photos to learn from (%(default)s)")
    parser.add_argument("--references", type=int, default=4, help="of them, compared with (%(default)s)")
    parser.add_argument("--recipe", default="fine-tune", metavar="NAME|FILE", help="%(default)s")
    overrides_option(parser)
    parser.add_argument("--seed", type=int, default=0, help="what is drawn is a function of (0)")


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Raises: TrainingError where a split lacks photos, and whatever a training raises."""
    manifest = read_manifest(args.dataset)
    if not 1 <= args.references <= min(args.good, MOST_PHOTOS):
        raise TrainingError(f"--references {args.references}: expected 1 to {min(args.good, MOST_PHOTOS)}")
    good = _drawn(manifest, "train", args.seed, bad=False)[: args.good]
    eyes = Eyes(open_predictor(args.start, args.releases).size)
    learnt_from = looked_at(eyes, Manifest(manifest.root, manifest.card, good))
    judged = looked_at(eyes, manifest.split("test"))
    if len({s.bad for s in judged}) < 2:
        raise TrainingError(f"{manifest.root}: the test split lacks good or defective photos")
    ways = rule_figures([Bank.of([s.cells for s in learnt_from])], judged)
    for count in sorted(set(args.defective)):
        name = args.start if count == 0 else str(_taught(args, manifest, good, count))
        predictor = open_predictor(name, args.releases)
        ways[f"taught on {count} defective"] = network_figures(
            predictor, [learnt_from[: args.references]], judged
        )
    counts = {"bad": sum(s.bad for s in judged), "good": sum(not s.bad for s in judged)}
    return {
        "start": args.start,
        "dataset": manifest.card.name,
        "judged": counts,
        "learnt": len(good),
        "ways": ways,
    }


def lines(figures: dict[str, Any]) -> list[str]:
    judged = figures["judged"]
    rows = figure_rows(figures["ways"])
    return [
        f"{figures['start']} on {figures['dataset']}: {judged['bad']} bad and {judged['good']} good "
        f"test photos, {figures['learnt']} good photos to learn from",
        *aligned([["", "AUROC", "found at 5 %", "at 10 %", "hottest"], *rows]),
    ]


def _drawn(manifest: Manifest, split: Split, seed: int, *, bad: bool) -> list[Sample]:
    """The good or the defective photos of a split, in an order that is a function of the seed."""
    photos = [
        s
        for s in manifest.split(split)
        if s.defects is not None and bool(s.defects) == bad and not s.photo_faults
    ]
    order = np.random.default_rng((seed, len(split), bad)).permutation(len(photos))
    return [photos[place] for place in order]


def _taught(args: argparse.Namespace, manifest: Manifest, good: Sequence[Sample], count: int) -> Path:
    """The folder of a run that learnt from so many defective photos."""
    bad = _drawn(manifest, "train", args.seed, bad=True)
    if len(bad) < count:
        raise TrainingError(
            f"{manifest.root}: {len(bad)} defective photos in the train split; asked for {count}"
        )
    half = max(2, count // 2)
    checks = [s for kind in (False, True) for s in _drawn(manifest, "val", args.seed, bad=kind)[:half]]
    drawn = args.work / f"photos-{count}"
    _copy(manifest, [*good, *bad[:count], *checks], drawn)
    # All of such a photo is surface, so nothing has to be found first.
    whole = ["found_share=0"] if all(s.piece_mask is None for s in good) else []
    return train_to_its_end(
        TrainOptions(
            drawn,
            recipe=args.recipe,
            out=args.work / f"run-{count}",
            start=args.start,
            overrides=(*whole, *args.overrides),
            features=args.work / "features",
            releases=args.releases,
        )
    )


def _copy(manifest: Manifest, samples: Sequence[Sample], out: Path) -> None:
    """The photos as a dataset of their own, all of one design where nobody named any.

    Raises:
        TrainingError: there is one of other photos.
    """
    if (out / METADATA).is_file():
        if {s.sample_id for s in read_manifest(out)} != {s.sample_id for s in samples}:
            raise TrainingError(f"{out}: holds other photos than were asked for; give another --work")
        return
    held = []
    for sample in samples:
        masks = [defect.mask for defect in sample.defects or () if defect.mask is not None]
        outlined = [] if sample.piece_mask is None else [sample.piece_mask]
        for name in [sample.file_name, *masks, *outlined]:
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(manifest.path(name), out / name)
        changed: dict[str, Any] = {} if sample.design is not None else {"design": ONE_DESIGN}
        if sample.piece_mask is None:
            changed["piece_mask"] = _whole_mask(out, manifest.path(sample.file_name), sample)
        held.append(sample.model_copy(update=changed))
    write_manifest(Manifest(out, manifest.card, held))


def _whole_mask(out: Path, photo: Path, sample: Sample) -> str:
    width, height = upright_size(photo)
    name = f"{ALL_SURFACE}/{sample.sample_id}.png"
    (out / name).parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(out / name), np.full((height, width), 255, np.uint8))
    return name
