"""What approved samples are worth to a network: a photo beside its own, beside another design's, beside none.

    ubora train bench beside datasets/rendered --judged runs/first
    ubora train bench beside datasets/rendered --judged champion --most 1

Each good photo of the test splits beside the approved photos of its design, which are of another piece; then
beside those of another design of its category; then alone. A network that compares gains from the first and
loses by the second. Beside them the nearest approved cell alone, for which nothing was learnt: the mean
distance of the hundredth of a piece's cells that lie farthest off.

Found: share of defective photos at 5 and 10 % of clean ones flagged. Hottest: share of defective photos whose
hottest cell lies on the defect or next to it. Seen: without photos of defects that no eye would see, where
the set says how much of each shows. By class: AUROC of the photos that show it against clean ones. Intervals
resample designs.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ubora.datasets.manifest import Manifest, read_manifest
from ubora.datasets.shown import only_faint
from ubora.models.inference.approved import SHOWS_PIECE, shrunk
from ubora.models.inference.prediction import Prediction
from ubora.training.evaluation.aspects.localisation import points_at_a_defect
from ubora.training.evaluation.slices import surest, with_interval
from ubora.training.figures import auroc, recall_at
from ubora.training.loop.job import TrainingError
from ubora.training.scoring.predictions import Predictor, Scored, is_judged, open_predictor, watched
from ubora.training.scoring.references import BESIDES, References
from ubora.training.words import aligned, interval_words, number

SPLITS = ("test", "test_designs")
SHARES = (0.05, 0.10)
FARTHEST = 0.01
NEAREST = "nearest cell"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", type=Path, help="a dataset with approved photos")
    parser.add_argument("--judged", required=True, metavar="RUN|RELEASE", help="the network that judges")
    parser.add_argument("--most", type=int, default=2, help="approved photos of a design (%(default)s)")
    parser.add_argument("--split", nargs="+", default=list(SPLITS), help="(%(default)s)")


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Raises TrainingError: no good photo of these splits is of a design with approved photos."""
    predictor, manifest = open_predictor(args.judged, args.releases), read_manifest(args.dataset)
    parts = {split: _part(predictor, manifest, split, args.most) for split in args.split}
    if not any(parts.values()):
        raise TrainingError(
            f"{manifest.root}: no good photo of {', '.join(args.split)} is of a design with approved photos"
        )
    return {"name": predictor.name, "dataset": manifest.card.name, "most": args.most, "parts": parts}


def _part(predictor: Predictor, manifest: Manifest, split: str, most: int) -> dict[str, Any] | None:
    own = References(predictor, manifest, most=most)
    good = [s for s in manifest if s.split == split and not s.approved_sample and own.photos(s)]
    chosen = Manifest(manifest.root, manifest.card, [s for s in good if not s.photo_faults])
    if not len(chosen):
        return None
    ways: dict[str, Any] = {}
    for beside in BESIDES if predictor.bank(()) is not None else ("none",):
        references = own if beside == "own" else References(predictor, manifest, beside=beside, most=most)
        scored = [s for s in watched(predictor, chosen, f"{split}: {beside}", references) if is_judged(s)]
        ways[beside] = figures_of(scored, surest(scored, predictor.classes), predictor.classes, manifest)
        if beside == "own":
            far = np.array([farthest(s.prediction) for s in scored], np.float64)
            ways[NEAREST] = figures_of(scored, far, predictor.classes, manifest) | {"hottest": None}
    return {"photos": len(chosen), "designs": len({s.design for s in chosen}), "ways": ways}


def figures_of(
    scored: Sequence[Scored], scores: NDArray[np.float64], classes: Sequence[str], manifest: Manifest
) -> dict[str, Any]:
    """Figures of one way of judging the same photos."""
    defective = np.array([bool(s.sample.defects) for s in scored], np.bool_)
    designs = [str(s.sample.design) for s in scored]
    seen = np.flatnonzero([not only_faint(s.sample) for s in scored])
    designs_seen = [designs[i] for i in seen]
    pointing = [points_at_a_defect(s, manifest) for s in scored if s.sample.defects]
    drawn = [hit for hit in pointing if hit is not None]
    return {
        "defective": int(defective.sum()),
        "clean": int((~defective).sum()),
        "auroc": with_interval(designs, lambda at: auroc(scores[at], defective[at])),
        "seen": int(defective[seen].sum()),
        "auroc_seen": with_interval(designs_seen, lambda at: auroc(scores[seen][at], defective[seen][at])),
        "found_seen": {
            f"{share:.0%}": _found(designs_seen, scores[seen], defective[seen], share) for share in SHARES
        },
        "found": {f"{share:.0%}": _found(designs, scores, defective, share) for share in SHARES},
        "hottest": float(np.mean(drawn)) if drawn else None,
        "classes": {name: _of_class(scored, scores, defective, name) for name in classes},
    }


def _found(
    designs: Sequence[str], scores: NDArray[np.float64], defective: NDArray[np.bool_], share: float
) -> dict[str, Any] | None:
    return with_interval(designs, lambda at: recall_at(scores[at], defective[at], share))


def _of_class(
    scored: Sequence[Scored], scores: NDArray[np.float64], defective: NDArray[np.bool_], name: str
) -> float | None:
    shown = np.array([name in s.sample.defect_names() for s in scored], np.bool_)
    either = shown | ~defective
    return auroc(scores[either], shown[either])


def farthest(prediction: Prediction) -> float:
    """Mean distance to the nearest cell of the bank, of the piece's cells that lie farthest off."""
    bank, cells = prediction.bank, prediction.cells
    if bank is None or cells is None or not len(bank.cells):
        return 0.0
    shows = shrunk(prediction.piece, cells.shape[1:]) > SHOWS_PIECE
    own = cells[: bank.cells.shape[1], shows].T
    if not len(own):
        return 0.0
    squares = (own**2).sum(1)[:, None] + (bank.cells**2).sum(1)[None] - 2 * own @ bank.cells.T
    nearest = np.sqrt(np.maximum(squares.min(1), 0))
    return float(np.sort(nearest)[-max(1, round(FARTHEST * len(nearest))) :].mean())


def lines(figures: Mapping[str, Any]) -> list[str]:
    said = [f"{figures['name']} on {figures['dataset']}, at most {figures['most']} approved photos"]
    for split, part in figures["parts"].items():
        if part is None:
            said += ["", f"{split}: no design with approved photos"]
            continue
        ways = part["ways"]
        first = next(iter(ways.values()))
        rows = [("", *ways)]
        rows.append(("AUROC", *(interval_words(w["auroc"]) for w in ways.values())))
        for share in first["found"]:
            title = f"found at {share} of clean flagged"
            rows.append((title, *(interval_words(w["found"][share]) for w in ways.values())))
        if first["seen"] < first["defective"]:
            rows.append(
                (f"AUROC of {first['seen']} seen", *(interval_words(w["auroc_seen"]) for w in ways.values()))
            )
            for share in first["found_seen"]:
                title = f"found at {share}, of those seen"
                rows.append((title, *(interval_words(w["found_seen"][share]) for w in ways.values())))
        rows.append(("hottest cell on the defect", *(number(w["hottest"]) for w in ways.values())))
        rows += [
            (f"  {name}", *(number(w["classes"][name]) for w in ways.values())) for name in first["classes"]
        ]
        counts = f"{first['defective']} defective and {first['clean']} clean photos"
        said += ["", f"{split}: {counts} of {part['designs']} designs", *aligned(rows)]
    return said
