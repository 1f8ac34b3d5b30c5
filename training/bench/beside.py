"""What comparing a piece with its design's approved photos, patch by patch, adds to what the network says.

    ubora train bench beside datasets/rendered --judged champion
    ubora train bench beside PHOTOS --judged champion --pieces pieces.csv --piece-masks MASKS

Of a dataset, its test splits: each good photo beside the approved photos of its design, which are of another
piece; defective are those that its labels call so. Of a folder of real photos, those whose piece stands on
another photo too: these are its approved photos, and defects are painted onto it (see painted.py). Where the
piece is, to look at and to paint on, comes from MASKS, else from the judge.

Alone: the network's highest score and its heat. Beside: the strangeness of patches (training/patches.py),
which nothing was trained for. Both: the two maps added up, each in deviations from its mean score of clean
photos, of the validation split or untouched. Found: share of defective photos at 10 % of clean ones flagged.
Hottest: share of defective photos whose hottest patch lies on the defect or next to it. Intervals resample
pieces.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from datasets.manifest import METADATA, Manifest, ManifestError, Sample, read_manifest
from datasets.masks import read_mask
from models.inspector import Prediction
from models.preprocess import decode_photo
from models.second_look import FloatArray
from training.approved import approved_samples
from training.bench.alike import pieces_of
from training.bench.lossless import png
from training.bench.painted_bench import largest_part, masks_beside, paintings
from training.bench.phone_photos import photos_in
from training.bench.words import aligned, interval_words
from training.figures import auroc, recall_at
from training.job import TrainingError
from training.patches import Memory, Sight, score, see, torch_judge
from training.scoring import Trained
from training.slices import log_odds, with_interval

SPLITS = ("test", "test_designs")
FALSE_FLAGS = 0.10
WAYS = ("alone", "beside", "both")


@dataclass(frozen=True)
class Judged:
    """One photo, both ways."""

    piece: str
    defective: bool
    alone: float
    """Log-odds of the surest class."""
    beside: float
    """Of `patches.score`."""
    heat_hw: FloatArray
    strange_hw: FloatArray
    near_hw: NDArray[np.bool_] | None
    """Patches that show the defect, or lie next to one; None where none is outlined."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photos", type=Path, help="a dataset with approved photos, or a folder of photos")
    parser.add_argument("--judged", required=True, metavar="RUN|RELEASE", help="one that carries its weights")
    parser.add_argument("--pieces", type=Path, metavar="FILE", help="CSV: file,piece; which photos show one")
    parser.add_argument(
        "--piece-masks", type=Path, metavar="DIR", help="STEM.png for each photo, white is piece"
    )


def measure(args: argparse.Namespace) -> dict[str, Any]:
    judge = torch_judge(args.judged, args.releases)
    if (args.photos / METADATA).is_file():
        parts = _of_dataset(judge, read_manifest(args.photos))
    else:
        parts = {"painted": _of_folder(judge, photos_in(args.photos), args.pieces, args.piece_masks)}
    return {"name": judge.name, "photos": str(args.photos), "parts": parts}


def _of_dataset(judge: Trained, manifest: Manifest) -> dict[str, Any]:
    """Figures of each test split.

    Raises:
        TrainingError: no design of a test split has approved photos, or no clean photo to compare with.
    """
    approved = approved_samples(manifest)
    shown = {s.piece_id for s in approved}
    good = [s for s in manifest if s.defects is not None and not s.photo_faults and s.piece_id not in shown]
    judged_splits = ("val", *SPLITS)
    wanted = {s.design for s in good if s.split in judged_splits}
    held: dict[str, list[Sight]] = {}
    for sample in tqdm([s for s in approved if s.design in wanted], desc="approved", disable=None):
        held.setdefault(str(sample.design), []).append(_seen(judge, manifest, sample))
    if not held:
        raise TrainingError(f"{manifest.root}: no design of {', '.join(SPLITS)} has approved photos")
    memory = Memory.of(held, judge)
    rows: dict[str, list[Judged]] = {}
    chosen = [s for s in good if s.split in judged_splits and s.design in memory]
    for sample in tqdm(chosen, desc="judging", disable=None):
        seen = _seen(judge, manifest, sample)
        truth = _drawn(manifest, sample, seen.prediction)
        row = judged(seen, memory, str(sample.design), sample.piece_id, bool(sample.defects), truth)
        rows.setdefault(str(sample.split), []).append(row)
    clean = [row for row in rows.get("val", []) if not row.defective]
    if len(clean) < 2:
        raise TrainingError(f"{manifest.root}: no clean validation photo of a design with approved photos")
    if not rows.keys() & set(SPLITS):
        raise TrainingError(f"{manifest.root}: no good photo of {', '.join(SPLITS)} to judge")
    return {split: figures_of(rows[split], clean) for split in SPLITS if split in rows}


def _seen(judge: Trained, manifest: Manifest, sample: Sample) -> Sight:
    return see(judge, manifest.path(sample.file_name).read_bytes())


def _drawn(manifest: Manifest, sample: Sample, said: Prediction) -> NDArray[np.bool_] | None:
    """All masks of a photo's defects; None where one of them has none."""
    names = [defect.mask for defect in sample.defects or ()]
    if not names or None in names:
        return None
    masks = [read_mask(manifest.path(name), (said.height, said.width)) for name in names if name]
    return np.asarray(np.any(masks, axis=0), np.bool_)


def _of_folder(
    judge: Trained, photos: Sequence[Path], listed: Path | None, masks: Path | None
) -> dict[str, Any]:
    """Figures of the photos that have a sibling, untouched and painted.

    Raises:
        TrainingError: no two photos show one piece, or nothing could be painted on any of them.
    """
    outlined = _outlines(photos, masks)
    sights = {
        path: see(judge, path.read_bytes(), outlined.get(path))
        for path in tqdm(photos, desc="looking", disable=None)
    }
    names = pieces_of(photos, [s.prediction.embedding for s in sights.values()], listed)
    piece_of = dict(zip(photos, names, strict=True))
    siblings = {
        path: [sights[p] for p in photos if p != path and piece_of[p] == piece_of[path]] for path in photos
    }
    chosen = [path for path in photos if siblings[path]]
    if not chosen:
        raise TrainingError("no two photos show one piece; say which do with --pieces FILE")
    memory = Memory.of({str(path): siblings[path] for path in chosen}, judge)
    rows: list[Judged] = []
    for place, path in enumerate(tqdm(chosen, desc="painting", disable=None)):
        if str(path) not in memory:
            continue
        photo, given = decode_photo(path.read_bytes()), outlined.get(path)
        found = largest_part(sights[path].prediction) if given is None else given
        before = judged(sights[path], memory, str(path), piece_of[path], False, None)
        for painted in paintings(photo, found, place):
            touched = see(judge, png(painted.photo_hwc), given)
            # One untouched photo stands beside each of its paintings, so that both sides weigh pieces alike.
            rows += [before, judged(touched, memory, str(path), piece_of[path], True, painted.mask_hw)]
    if not rows:
        raise TrainingError("no piece was found to paint on; give --piece-masks DIR")
    return figures_of(rows, [row for row in rows if not row.defective])


def _outlines(photos: Sequence[Path], folder: Path | None) -> dict[Path, NDArray[np.bool_]]:
    """Of the photos that have one, STEM.png as (height, width) of the photo.

    Raises:
        ManifestError: one that cannot be read, is of another size, or on which no pixel is white.
    """
    found = {}
    for photo, mask in masks_beside(photos, folder).items():
        found[photo] = read_mask(mask, decode_photo(photo.read_bytes()).shape[:2])
        if not found[photo].any():
            raise ManifestError(f"{mask}: no pixel of it is white; expected the piece")
    return found


def judged(
    seen: Sight,
    memory: Memory,
    design: str,
    piece: str,
    defective: bool,
    truth: NDArray[np.bool_] | None,
) -> Judged:
    """One photo, alone and beside the approved photos of its design.

    Args:
        truth: (height, width) of the photo: where its defects are.
    """
    strange = memory.strangeness(seen, design)
    return Judged(
        piece,
        defective,
        log_odds(max(seen.prediction.scores.values())),
        score(strange),
        seen.heat_hw,
        strange,
        None if truth is None else seen.near(truth),
    )


def figures_of(rows: Sequence[Judged], clean: Sequence[Judged]) -> dict[str, Any]:
    """Figures of all WAYS, and by how much both together are better than the network alone.

    Args:
        clean: what scores are counted in deviations from.
    """
    pieces = [row.piece for row in rows]
    defective = np.array([row.defective for row in rows], np.bool_)
    ordinary = {way: np.array([getattr(row, way) for row in clean], np.float64) for way in WAYS[:2]}
    mean = {way: float(values.mean()) for way, values in ordinary.items()}
    spread = {way: max(float(values.std()), 1e-9) for way, values in ordinary.items()}
    maps = {
        "alone": [row.heat_hw for row in rows],
        "beside": [row.strange_hw for row in rows],
        "both": [
            np.asarray(
                (row.heat_hw - mean["alone"]) / spread["alone"]
                + (row.strange_hw - mean["beside"]) / spread["beside"],
                np.float32,
            )
            for row in rows
        ],
    }
    scores = {way: np.array([getattr(row, way) for row in rows], np.float64) for way in WAYS[:2]}
    scores["both"] = np.array([score(both) for both in maps["both"]], np.float64)

    def better(at: NDArray[np.int64]) -> float | None:
        both, alone = (auroc(scores[way][at], defective[at]) for way in ("both", "alone"))
        return None if both is None or alone is None else both - alone

    ways = {
        way: _told_apart(pieces, scores[way], defective) | {"hottest": _pointing(rows, maps[way])}
        for way in WAYS
    }
    return {
        "photos": len(rows),
        "pieces": len(set(pieces)),
        "defective": int(defective.sum()),
        "ways": ways,
        "gain": with_interval(pieces, better),
    }


def _told_apart(
    pieces: Sequence[str], scores: NDArray[np.float64], defective: NDArray[np.bool_]
) -> dict[str, Any]:
    return {
        "auroc": with_interval(pieces, lambda at: auroc(scores[at], defective[at])),
        "found": with_interval(pieces, lambda at: recall_at(scores[at], defective[at], FALSE_FLAGS)),
    }


def _pointing(rows: Sequence[Judged], maps: Sequence[FloatArray]) -> dict[str, Any] | None:
    outlined = [
        (row.piece, bool(row.near_hw.flat[int(own.argmax())]))
        for row, own in zip(rows, maps, strict=True)
        if row.defective and row.near_hw is not None
    ]
    hits = np.array([hit for _, hit in outlined], np.float64)
    return with_interval([piece for piece, _ in outlined], lambda at: float(hits[at].mean()))


def lines(figures: Mapping[str, Any]) -> list[str]:
    told = [f"{figures['name']} and approved photos: {figures['photos']}"]
    for part, own in figures["parts"].items():
        told += [
            "",
            f"{part}: {own['photos']} photos of {own['pieces']} pieces, {own['defective']} defective",
        ]
        rows: list[tuple[str, ...]] = [("", "AUROC", "found at 10 % false flags", "hottest")]
        rows += [
            (way, *(interval_words(own["ways"][way][name]) for name in ("auroc", "found", "hottest")))
            for way in WAYS
        ]
        told += [*aligned(rows), f"both − alone: {interval_words(own['gain'])}"]
    return told
