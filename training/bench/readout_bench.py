"""What a backbone's untouched ImageNet features know of defects, before hours are spent on training it.

    ubora train bench readout datasets/rendered --set backbone=efficientnet_lite0
    ubora train bench readout datasets/rendered --weights FILE --painted PHOTOS --piece-masks MASKS

A small readout (training/readout.py) learns from the masks of the train split which patches of a piece show
a defect, from the backbone's four maps as they came, and is judged on the test splits: a photo's score is the
mean of its hottest patches. With --painted, defects are painted onto real photos that have a mask
(painted.py), and the same readout is asked of both. It is told where the piece is. So this is no figure of a
product; it compares what backbones, weights and sizes have to give.

Recipe and --set say backbone, padding, scaling and input size as for `ubora train run`. Hottest: share of
defective photos whose hottest patch lies on the defect or next to it. Intervals resample pieces; real photos
count as a piece each.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from datasets.manifest import Manifest, Sample, read_manifest
from datasets.masks import read_mask
from models.preprocess import decode_photo
from training.bench.lossless import png
from training.bench.painted_bench import masks_beside, paintings
from training.bench.phone_photos import photos_in
from training.bench.words import aligned, interval_words
from training.cells import STRIDE, Bools, covered, look_around, near, shown, stacked
from training.figures import auroc, recall_at
from training.job import TrainingError
from training.network import Network, NetworkSpec
from training.patches import score
from training.readout import STEPS, Half, Readout
from training.recipe import read_recipe
from training.slices import with_interval

SPLITS = ("test", "test_designs")
FALSE_FLAGS = 0.10
CLEAN_KEPT = 150
"""Patches without a defect that are learnt from, of each photo."""


@dataclass(frozen=True)
class Patches:
    """The patches of one photo that show its piece."""

    features: Half
    """(n, D)"""
    defective: Bools
    near: Bools


@dataclass(frozen=True)
class Row:
    piece: str
    defective: bool
    score: float
    hit: bool | None
    """Whether the hottest patch lies on the defect; None where no patch of the piece shows one."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", type=Path, help="with masks of pieces and defects, and splits")
    parser.add_argument("--recipe", default="jewelry", metavar="NAME|FILE")
    parser.add_argument("--set", dest="overrides", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="in place of the published weights")
    parser.add_argument("--painted", type=Path, metavar="PHOTOS", help="real photos to paint on")
    parser.add_argument("--piece-masks", type=Path, metavar="DIR", help="STEM.png of each, white is piece")
    parser.add_argument("--steps", type=int, default=STEPS, help="that the readout learns (%(default)s)")


def measure(args: argparse.Namespace) -> dict[str, Any]:
    eyes, words = _eyes(args)
    manifest = read_manifest(args.dataset)
    painted = [] if args.painted is None else _outlined(args.painted, args.piece_masks)
    readout = _learn(eyes, manifest, args.steps)
    parts = {}
    for split in SPLITS:
        rows = [
            row_of(readout, patches, s.piece_id, bool(s.defects))
            for s, patches in _patches(eyes, manifest, split)
        ]
        if rows:
            parts[split] = figures_of(rows)
    if painted:
        parts["painted"] = figures_of(_painted_rows(eyes, readout, painted))
    return {
        "backbone": eyes.network.spec.backbone,
        "weights": words,
        "input_size": eyes.network.spec.input_size,
        "parts": parts,
    }


class Eyes:
    """A backbone that looks closely at outlined pieces."""

    def __init__(self, network: Network) -> None:
        self.network = network

    @torch.no_grad()
    def patches(self, data: bytes, piece_hw: Bools, defect_hw: Bools | None = None) -> Patches:
        """Features, defect and what is near it of the patches of one photo that show its piece.

        Args:
            piece_hw, defect_hw: (height, width) of the upright photo.
        """
        spec = self.network.spec
        photo, frame = look_around(data, piece_hw, spec.margin, spec.input_size)
        maps = self.network.backbone_maps(torch.from_numpy(np.ascontiguousarray(photo))[None])
        features = stacked(maps, spec.input_size // STRIDE)[0]
        on = covered(frame, piece_hw)
        nothing = np.zeros_like(on)
        of_defect = nothing if defect_hw is None else shown(frame, defect_hw)
        beside = nothing if defect_hw is None else near(frame, defect_hw)
        return Patches(features[:, torch.from_numpy(on)].T.half().numpy(), of_defect[on], beside[on])


def row_of(readout: Readout, patches: Patches, piece: str, defective: bool) -> Row:
    heat = readout.heat(patches.features)
    # A piece too small to fill a patch shows nothing, and is as clean as can be.
    hottest = score(heat) if len(heat) else -np.inf
    hit = bool(patches.near[heat.argmax()]) if patches.defective.any() else None
    return Row(piece, defective, hottest, hit)


def figures_of(rows: Sequence[Row]) -> dict[str, Any]:
    pieces = [row.piece for row in rows]
    scores = np.array([row.score for row in rows], np.float64)
    defective = np.array([row.defective for row in rows], np.bool_)
    pointing = [row for row in rows if row.hit is not None]
    hits = np.array([row.hit for row in pointing], np.float64)
    return {
        "photos": len(rows),
        "pieces": len(set(pieces)),
        "defective": int(defective.sum()),
        "auroc": with_interval(pieces, lambda at: auroc(scores[at], defective[at])),
        "found": with_interval(pieces, lambda at: recall_at(scores[at], defective[at], FALSE_FLAGS)),
        "hottest": with_interval([row.piece for row in pointing], lambda at: float(hits[at].mean())),
    }


def lines(figures: dict[str, Any]) -> list[str]:
    table: list[tuple[str, ...]] = [
        ("", "photos", "pieces", "defective", "AUROC", "found at 10 % false flags", "hottest")
    ]
    table += [
        (
            part,
            *(str(own[name]) for name in ("photos", "pieces", "defective")),
            *(interval_words(own[name]) for name in ("auroc", "found", "hottest")),
        )
        for part, own in figures["parts"].items()
    ]
    head = f"{figures['backbone']}, {figures['weights']}, {figures['input_size']} px, as it came"
    return [head, "", *aligned(table)]


def _eyes(args: argparse.Namespace) -> tuple[Eyes, str]:
    """The backbone with its weights, and whose they are.

    Raises:
        RecipeError, WeightsError: as `ubora train run`.
    """
    recipe = read_recipe(args.recipe, args.overrides)
    network = Network(NetworkSpec.of(recipe, ("defect",), piece=True, variance=False)).eval()
    if args.weights is not None:
        network.backbone.load_file(args.weights)
        return Eyes(network), f"weights of {args.weights.name}"
    if recipe.weights == "none":
        return Eyes(network), "random weights"
    return Eyes(network), network.backbone.load_imagenet(network.spec.backbone)


def _learn(eyes: Eyes, manifest: Manifest, steps: int) -> Readout:
    rng = np.random.default_rng(0)
    features, labels = [], []
    for _, own in _patches(eyes, manifest, "train"):
        # What lies next to a defect is neither.
        clean = np.nonzero(~own.near)[0]
        kept = np.concatenate([np.nonzero(own.defective)[0], rng.permutation(clean)[:CLEAN_KEPT]])
        features.append(own.features[kept])
        labels.append(own.defective[kept])
    if not features:
        raise TrainingError(f"{manifest.root}: split 'train' has no photo with its piece outlined")
    return Readout.learn(np.concatenate(features), np.concatenate(labels), steps)


def _patches(eyes: Eyes, manifest: Manifest, split: str) -> Iterator[tuple[Sample, Patches]]:
    """Photos of a split that say where the piece and every defect is."""
    chosen = [
        s
        for s in manifest
        if s.split == split
        and s.piece_mask is not None
        and s.defects is not None
        and not s.photo_faults
        and all(defect.mask is not None for defect in s.defects)
    ]
    for sample in tqdm(chosen, desc=split, disable=None):
        data = manifest.path(sample.file_name).read_bytes()
        size = decode_photo(data).shape[:2]
        piece = read_mask(manifest.path(str(sample.piece_mask)), size)
        if not piece.any():
            continue
        defect = np.zeros(size, np.bool_)
        for one in sample.defects or ():
            defect |= read_mask(manifest.path(str(one.mask)), size)
        yield sample, eyes.patches(data, piece, defect)


def _outlined(folder: Path, masks: Path | None) -> list[tuple[Path, Path]]:
    """Photos that have a mask of their piece.

    Raises:
        TrainingError: none has.
    """
    found = list(masks_beside(photos_in(folder), masks).items())
    if not found:
        raise TrainingError(f"{folder}: no photo has a mask of its piece; expected --piece-masks DIR")
    return found


def _painted_rows(eyes: Eyes, readout: Readout, outlined: Sequence[tuple[Path, Path]]) -> list[Row]:
    rows: list[Row] = []
    for place, (path, mask) in enumerate(tqdm(outlined, desc="painting", disable=None)):
        photo = decode_photo(path.read_bytes())
        piece = read_mask(mask, (photo.shape[0], photo.shape[1]))
        if not piece.any():
            continue
        before = row_of(readout, eyes.patches(png(photo), piece), path.stem, False)
        for painted in paintings(photo, piece, place):
            touched = eyes.patches(png(painted.photo_hwc), piece, painted.mask_hw)
            # One untouched photo stands beside each of its paintings, so that both sides weigh photos alike.
            rows += [before, row_of(readout, touched, path.stem, True)]
    if not rows:
        raise TrainingError("nothing could be painted on any piece")
    return rows
