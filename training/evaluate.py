"""Figures on photos the network did not see.

    ubora train evaluate runs/first datasets/rendered
    ubora train evaluate champion datasets/rendered --split test --json figures.json

A run is judged in torch with thresholds set on the validation split; a bundle through the Inspector, with
its own thresholds: what is served. Photos labelled as faulty are left out of defect figures: they are taken
again.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from datasets.manifest import Manifest, read_manifest
from datasets.taxonomy import EVERY_SPLIT
from models.registry import RELEASES
from training.checkpoint import BEST, read_checkpoint
from training.figures import auroc, average_precision, bootstrap, quadratic_kappa, recall_at, wilson
from training.job import TrainingError
from training.localisation import localise
from training.report import table
from training.scoring import Judge, Scored, Served, open_judge, score
from training.thresholds import Policy, calibrate, learnt_classes

FALSE_FLAG_SHARES = (0.01, 0.05, 0.10)
BANDS = {"1-2": (1, 2), "3": (3,), "4-5": (4, 5)}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "judged", metavar="RUN|BUNDLE", help="a run's folder, a bundle, a release or an alias"
    )
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--split", choices=(*EVERY_SPLIT, "all"), default="test")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="also write every figure here; - prints them"
    )
    parser.add_argument("--releases", type=Path, default=RELEASES)


def run(args: argparse.Namespace) -> int:
    manifest = read_manifest(args.dataset)
    judge = open_judge(args.judged, args.releases)
    if isinstance(judge, Served):
        policy = Policy.of(judge.inspector.record)
    else:
        recipe = read_checkpoint(Path(args.judged) / BEST).recipe
        checked = list(_shown(judge, manifest.split("val")))
        learnt = learnt_classes(manifest.split("train"))
        policy = calibrate(checked, judge.classes, recipe, learnt, piece=judge.network.spec.piece).policy
    chosen = manifest if args.split == "all" else manifest.split(args.split)
    if not len(chosen):
        raise TrainingError(f"{args.dataset}: no photo in the {args.split} split")
    figures = evaluate(list(_shown(judge, chosen)), chosen, judge.classes, policy)
    figures = {"name": judge.name, "dataset": manifest.card.name, "split": args.split, **figures}
    if args.json is not None and str(args.json) == "-":
        print(json.dumps(figures, indent=2))
        return 0
    if args.json is not None:
        args.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(table(figures))
    return 0


def evaluate(
    scored: Sequence[Scored], manifest: Manifest, classes: Sequence[str], policy: Policy
) -> dict[str, Any]:
    """Every figure of one split, as plain JSON values.

    Args:
        scored: all photos of `manifest`.
        policy: thresholds and photo gate that decide.

    Raises:
        TrainingError: a defect that the network has no class for.
    """
    unknown = sorted({name for s in scored for name in s.sample.defect_names()} - set(classes))
    if unknown:
        raise TrainingError(f"{manifest.root}: defect {unknown[0]!r}; the network knows {', '.join(classes)}")
    judged = [s for s in scored if s.sample.defects is not None and not s.sample.photo_faults]
    scores, shown = score_table(judged, classes)
    places = localise(judged, manifest, classes)
    pieces = [s.sample.piece_id for s in judged]
    clean = np.logical_not(np.any(shown, axis=1, keepdims=True))[:, 0]
    per_class = {
        name: _class_figures(scores[:, k], shown[:, k], clean, pieces) | places[name]
        for k, name in enumerate(classes)
    }
    found = [figures["ap"]["value"] for figures in per_class.values() if figures["ap"] is not None]
    latencies = [s.latency_ms for s in scored]
    return {
        "photos": len(scored),
        "pieces": len({s.sample.piece_id for s in scored}),
        "judged": len(judged),
        "map": float(np.mean(found)) if found else None,
        "classes": per_class,
        "any_defect": _any_defect(scores, shown, pieces),
        "decisions": decisions(judged, policy),
        "by_material": _slices(judged, policy, classes, lambda s: s.sample.material),
        "by_variance": _slices(judged, policy, classes, _band),
        "variance": _variance(scored),
        "latency_ms": {
            "median": float(np.median(latencies)),
            "p95": float(np.percentile(latencies, 95)),
        },
    }


def score_table(
    scored: Sequence[Scored], classes: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(N, K) scores and (N, K) whether the photo shows the class."""
    scores = np.array([[s.prediction.scores[c] for c in classes] for s in scored], np.float64)
    shown = np.array([[c in s.sample.defect_names() for c in classes] for s in scored], np.bool_)
    return scores.reshape(-1, len(classes)), shown.reshape(-1, len(classes))


def decisions(judged: Sequence[Scored], policy: Policy) -> dict[str, Any]:
    """Escape (defective and passed), false flag (clean and flagged) and retake, with Wilson intervals."""
    outcomes = [
        (bool(s.sample.defects), policy.outcome(s.prediction, detail=s.sample.view == "detail"))
        for s in judged
    ]
    defective = [o for is_defective, o in outcomes if is_defective]
    clean = [o for is_defective, o in outcomes if not is_defective]
    return {
        "escape": _share(sum(o == "pass" for o in defective), len(defective)),
        "false_flag": _share(sum(o == "flag" for o in clean), len(clean)),
        "retake": _share(sum(o == "retake" for _, o in outcomes), len(outcomes)),
    }


def _class_figures(
    scores: NDArray[np.float64], shown: NDArray[np.bool_], clean: NDArray[np.bool_], pieces: Sequence[str]
) -> dict[str, Any]:
    """False flags are counted on photos without any defect; average precision on all photos."""
    either = shown | clean
    own, own_shown = scores[either], shown[either]
    own_pieces = [p for p, keep in zip(pieces, either, strict=True) if keep]

    def recall(share: float) -> dict[str, Any] | None:
        return _with_interval(own_pieces, lambda at: recall_at(own[at], own_shown[at], share))

    return {
        "defective": int(shown.sum()),
        "clean": int(clean.sum()),
        "ap": _with_interval(pieces, lambda at: average_precision(scores[at], shown[at])),
        "recall_at_false_flags": {f"{share:.2f}": recall(share) for share in FALSE_FLAG_SHARES},
    }


def _any_defect(
    scores: NDArray[np.float64], shown: NDArray[np.bool_], pieces: Sequence[str]
) -> dict[str, Any]:
    if not len(scores):
        return {"auroc": None, "defective": 0, "clean": 0}
    highest, defective = scores.max(1), np.any(shown, axis=1, keepdims=True)[:, 0]
    return {
        "auroc": _with_interval(pieces, lambda at: auroc(highest[at], defective[at])),
        "defective": int(defective.sum()),
        "clean": int((~defective).sum()),
    }


def _slices(
    judged: Sequence[Scored], policy: Policy, classes: Sequence[str], key: Callable[[Scored], str | None]
) -> dict[str, Any]:
    names = sorted({name for s in judged if (name := key(s)) is not None})
    found = {}
    for name in names:
        part = [s for s in judged if key(s) == name]
        scores, shown = score_table(part, classes)
        pieces = [s.sample.piece_id for s in part]
        found[name] = _any_defect(scores, shown, pieces) | decisions(part, policy)
    return found


def _band(item: Scored) -> str | None:
    return next((name for name, levels in BANDS.items() if item.sample.variance in levels), None)


def _variance(scored: Sequence[Scored]) -> dict[str, Any]:
    graded = [s for s in scored if s.sample.variance is not None and not s.sample.photo_faults]
    if not graded:
        return {"n": 0, "kappa": None, "mae": None}
    true = np.array([s.sample.variance for s in graded], np.int64)
    given = np.array([s.prediction.variance_level() for s in graded], np.int64)
    pieces = [s.sample.piece_id for s in graded]
    return {
        "n": len(graded),
        "kappa": _with_interval(pieces, lambda at: quadratic_kappa(given[at], true[at])),
        "mae": float(np.abs(given - true).mean()),
    }


def _with_interval(
    pieces: Sequence[str], figure: Callable[[NDArray[np.int64]], float | None]
) -> dict[str, Any] | None:
    value = figure(np.arange(len(pieces)))
    return None if value is None else {"value": value, "interval": bootstrap(pieces, figure)}


def _share(found: int, of: int) -> dict[str, Any]:
    return {"value": found / of if of else None, "found": found, "of": of, "interval": wilson(found, of)}


def _shown(judge: Judge, manifest: Manifest) -> Any:
    return tqdm(score(judge, manifest), total=len(manifest), desc="judging", disable=not sys.stderr.isatty())
