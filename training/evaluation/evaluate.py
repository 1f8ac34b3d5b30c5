"""Figures on photos the network did not see.

    ubora train evaluate runs/first datasets/rendered
    ubora train evaluate champion datasets/rendered --split test --json figures.json
    ubora train evaluate champion datasets/rendered --report report.html --robustness 200

A run is judged in torch with thresholds set on the validation split; a bundle through the Inspector, with
its own thresholds: what is served. Photos labelled as faulty are left out of defect figures: they are taken
again. The report is one file with the worst misses and false flags in pictures, and needs no network.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ubora.datasets.manifest import Manifest, read_manifest, write_whole
from ubora.datasets.taxonomy import EVERY_SPLIT
from ubora.models.intervals import wilson
from ubora.models.registry.releases import releases_option
from ubora.training.calibration.thresholds import Policy
from ubora.training.evaluation.aspects.approved import approved_samples, beside_approved
from ubora.training.evaluation.aspects.defect_size import by_sight, by_size
from ubora.training.evaluation.aspects.false_flag_bound import false_flag_bounds
from ubora.training.evaluation.aspects.grades import grade_figures
from ubora.training.evaluation.aspects.localisation import localise
from ubora.training.evaluation.aspects.robustness import PHOTOS, robustness
from ubora.training.evaluation.aspects.trend import false_flag_trend
from ubora.training.evaluation.contender import Contender, open_contender
from ubora.training.evaluation.report.page import write_report
from ubora.training.evaluation.report.terminal import table
from ubora.training.evaluation.slices import (
    SLICES,
    decisions,
    recalls,
    score_table,
    sent_back,
    slices,
    telling_apart,
    with_interval,
)
from ubora.training.figures import average_precision
from ubora.training.loop.job import TrainingError
from ubora.training.scoring.predictions import Predictor, Scored, is_judged, watched
from ubora.training.scoring.references import BESIDES, References
from ubora.training.scoring.reliability import expected_calibration_error, reliability


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "judged", metavar="RUN|BUNDLE", help="a run's folder, a bundle, a release or an alias"
    )
    parser.add_argument("dataset", type=Path, help="a dataset folder")
    parser.add_argument(
        "--split", choices=(*EVERY_SPLIT, "all"), default="test", help="photos to measure on (%(default)s)"
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="also write every figure here; - prints them"
    )
    parser.add_argument("--report", type=Path, metavar="FILE.html", help="also write one page for people")
    parser.add_argument(
        "--robustness",
        type=int,
        nargs="?",
        const=PHOTOS,
        metavar="PHOTOS",
        help="also judge so many photos compressed, lit, turned and halved (%(const)s)",
    )
    parser.add_argument(
        "--beside",
        choices=BESIDES,
        default="own",
        help="the approved samples of its design, another's, or none (%(default)s)",
    )
    releases_option(parser)


def run(args: argparse.Namespace) -> int:
    if args.report is not None and not args.report.resolve().parent.is_dir():
        raise TrainingError(f"{args.report}: its folder does not exist")
    manifest = read_manifest(args.dataset)
    contender = open_contender(args.judged, manifest, args.releases)
    chosen = manifest if args.split == "all" else manifest.split(args.split)
    if not len(chosen):
        raise TrainingError(f"{args.dataset}: no photo in the {args.split} split")
    references = References(contender.predictor, manifest, beside=args.beside)
    scored = list(watched(contender.predictor, chosen, references=references))
    figures = {
        "name": contender.predictor.name,
        "dataset": manifest.card.name,
        "split": args.split,
        "fingerprint": manifest.fingerprint(),
        "beside": beside_what(contender.predictor, scored, args.beside),
        **evaluate(
            scored,
            chosen,
            contender.predictor.classes,
            contender.policy,
            approved=_approved(contender.predictor, manifest, scored),
        ),
        "thresholds": dict(contender.policy.thresholds),
        "graph_bytes": contender.graph_bytes,
        "robustness": _robustness(contender, chosen, scored, args.robustness),
    }
    if args.report is not None:
        write_report(args.report, figures, scored, chosen, contender.policy)
    written = json.dumps(figures, indent=2)
    if args.json is not None and str(args.json) == "-":
        print(written)
        return 0
    if args.json is not None:
        write_whole(args.json, (written + "\n").encode())
    print(table(figures, subjects=(*SLICES, "by_size", "by_sight")))
    return 0


def beside_what(predictor: Predictor, scored: Sequence[Scored], beside: str) -> dict[str, Any]:
    """Beside what the photos were judged, and how many of them beside nothing."""
    if predictor.bank(()) is None:
        return {"samples": "none: this network judges a photo alone", "alone": len(scored)}
    return {"samples": beside, "alone": sum(s.prediction.approved_photos() == 0 for s in scored)}


def evaluate(
    scored: Sequence[Scored],
    manifest: Manifest,
    classes: Sequence[str],
    policy: Policy,
    *,
    approved: Sequence[Scored] = (),
) -> dict[str, Any]:
    """Every figure of one split, as plain JSON values.

    Args:
        scored: all photos of `manifest`.
        policy: thresholds and photo gate that decide.
        approved: photos of approved samples, of any split; those among `scored` where none are given.

    Raises:
        TrainingError: a defect that the network has no class for.
    """
    unknown = sorted({name for s in scored for name in s.sample.defect_names()} - set(classes))
    if unknown:
        raise TrainingError(f"{manifest.root}: defect {unknown[0]!r}; the network knows {', '.join(classes)}")
    judged = [s for s in scored if is_judged(s)]
    scores, shown = score_table(judged, classes)
    places = localise(judged, manifest, classes)
    pieces = [s.sample.piece_id for s in judged]
    clean = np.logical_not(np.any(shown, axis=1, keepdims=True))[:, 0]
    per_class = {
        name: _class_figures(scores[:, k], shown[:, k], clean, pieces) | places[name]
        for k, name in enumerate(classes)
    }
    precisions = [figures["ap"]["value"] for figures in per_class.values() if figures["ap"] is not None]
    latencies = [s.latency_ms for s in scored]
    return {
        "photos": len(scored),
        "pieces": len({s.sample.piece_id for s in scored}),
        "judged": len(judged),
        "map": float(np.mean(precisions)) if precisions else None,
        "classes": per_class,
        "any_defect": telling_apart(judged, classes),
        "decisions": decisions(judged, policy),
        "bad_photos": sent_back(scored, policy),
        **slices(judged, policy, classes),
        "by_size": by_size(judged, manifest, policy, classes),
        "by_sight": by_sight(judged, policy, classes),
        "variance_trend": false_flag_trend(judged, policy),
        "false_flag_bounds": false_flag_bounds(judged, policy),
        "variance": grade_figures(scored),
        "reliability": {
            "any_defect": _reliability(scores.max(1, initial=0.0), ~clean),
            "every_class": _reliability(scores.ravel(), shown.ravel()),
        },
        "approved": beside_approved(scored, approved or [s for s in scored if s.sample.approved_sample]),
        "latency_ms": {
            "median": float(np.median(latencies)),
            "p95": float(np.percentile(latencies, 95)),
        },
    }


def _class_figures(
    scores: NDArray[np.float64], shown: NDArray[np.bool_], clean: NDArray[np.bool_], pieces: Sequence[str]
) -> dict[str, Any]:
    """False flags are counted on photos without any defect; average precision on all photos."""
    either = shown | clean
    own_pieces = [p for p, keep in zip(pieces, either, strict=True) if keep]
    return {
        "defective": int(shown.sum()),
        "clean": int(clean.sum()),
        "ap": with_interval(pieces, lambda at: average_precision(scores[at], shown[at])),
        "recall_at_false_flags": recalls(own_pieces, scores[either], shown[either]),
    }


def _reliability(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> dict[str, Any]:
    bins = [asdict(b) for b in reliability(scores, positive)]
    for b in bins:
        bad = round(b["count"] * (b["share_positive"] or 0.0))
        b["interval"] = wilson(bad, b["count"])
    return {"bins": bins, "expected_calibration_error": expected_calibration_error(scores, positive)}


def _approved(predictor: Predictor, manifest: Manifest, scored: Sequence[Scored]) -> list[Scored]:
    """The dataset's approved photos: those judged already, and the others."""
    held = {s.sample.file_name: s for s in scored}
    approved = approved_samples(manifest)
    missing = [s for s in approved if s.file_name not in held]
    others = watched(predictor, Manifest(manifest.root, manifest.card, missing), "approved samples")
    return [*(held[s.file_name] for s in approved if s.file_name in held), *others]


def _robustness(
    contender: Contender, manifest: Manifest, scored: Sequence[Scored], photos: int | None
) -> dict[str, Any] | None:
    judged = [s for s in scored if is_judged(s)]
    if not photos or not judged:
        return None
    return robustness(contender.predictor, manifest, judged, contender.policy, photos)
