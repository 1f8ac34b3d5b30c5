"""What the first accepted pieces of a new design change, and what one defective piece among them costs.

    ubora train bench accepted datasets/rendered --judged champion --split test_designs
    ubora train bench accepted var/harvest --judged champion --photos 0 2 10

Each good photo is judged at the network's own thresholds beside none of its design's photos, then beside the
first one, two, five and ten: the approved ones first, then clean photos of other pieces, as they are accepted
one after another. Only photos that can be compared with the most are judged, so that every row is of the same
photos. The last row puts one photo of a defective piece, which shows its defect, among the two approved ones,
as if it had been accepted by mistake; it is of the photos for which there is such a piece, and the row before
it is of the same.

Intervals of AUROC resample designs; those of shares are Wilson's.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ubora.datasets.manifest import Manifest, read_manifest
from ubora.datasets.taxonomy import EVERY_SPLIT
from ubora.training.evaluation.contender import Contender, open_contender
from ubora.training.evaluation.slices import decisions, surest, with_interval
from ubora.training.figures import auroc
from ubora.training.loop.job import TrainingError
from ubora.training.scoring.predictions import is_judged, watched
from ubora.training.scoring.references import References
from ubora.training.words import aligned, interval_words, share_words

PHOTOS = (0, 1, 2, 5, 10)
APPROVED = 2
"""Beside which the defective one is put."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", type=Path, help="a dataset with approved photos")
    parser.add_argument("--judged", required=True, metavar="RUN|RELEASE", help="the network that judges")
    parser.add_argument(
        "--photos", type=int, nargs="+", default=list(PHOTOS), help="of a design (%(default)s)"
    )
    parser.add_argument(
        "--split",
        choices=EVERY_SPLIT,
        nargs="+",
        default=["test", "test_designs"],
        help="one or several (test test_designs)",
    )


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Raises TrainingError: a network that compares nothing, or no photo to judge."""
    manifest = read_manifest(args.dataset)
    contender = open_contender(args.judged, manifest, args.releases)
    if contender.predictor.bank(()) is None:
        raise TrainingError(
            f"{contender.predictor.name}: it judges a photo alone; nothing accepted changes that"
        )
    counts = sorted(set(args.photos))
    good = [
        s
        for s in manifest
        if s.split in args.split and not s.approved_sample and not s.photo_faults and s.defects is not None
    ]
    most = References(contender.predictor, manifest, most=counts[-1])
    chosen = [s for s in good if len(most.photos(s)) == counts[-1]]
    if not chosen:
        raise TrainingError(
            f"{manifest.root}: no photo of {', '.join(args.split)} is of a design with {counts[-1]} clean "
            "photos of other pieces; ask for fewer with --photos"
        )
    judged = Manifest(manifest.root, manifest.card, chosen)
    rows = {
        f"{count} photos": _figures(
            contender, judged, References(contender.predictor, manifest, most=count), f"beside {count}"
        )
        for count in counts
    }
    spoiled = References(contender.predictor, manifest, most=APPROVED, spoiled=True)
    could = Manifest(
        manifest.root, manifest.card, [s for s in good if len(spoiled.photos(s)) == APPROVED + 1]
    )
    if len(could):
        beside = References(contender.predictor, manifest, most=APPROVED)
        rows[f"{APPROVED} photos, where one can be spoiled"] = _figures(contender, could, beside, "beside 2")
        rows[f"{APPROVED} photos and a defective one"] = _figures(
            contender, could, spoiled, "beside a defective"
        )
    return {"name": contender.predictor.name, "dataset": manifest.card.name, "rows": rows}


def _figures(contender: Contender, photos: Manifest, references: References, title: str) -> dict[str, Any]:
    scored = [s for s in watched(contender.predictor, photos, title, references) if is_judged(s)]
    defective = np.array([bool(s.sample.defects) for s in scored], np.bool_)
    scores = surest(scored, contender.predictor.classes)
    designs = [str(s.sample.design) for s in scored]
    return {
        "defective": int(defective.sum()),
        "clean": int((~defective).sum()),
        "designs": len(set(designs)),
        "auroc": with_interval(designs, lambda at: auroc(scores[at], defective[at])),
        **decisions(scored, contender.policy),
    }


def lines(figures: Mapping[str, Any]) -> Sequence[str]:
    rows = [("beside", "AUROC", "defective passed", "clean flagged", "of designs")]
    rows += [
        (
            name,
            interval_words(own["auroc"]),
            share_words(own["escape"]),
            share_words(own["false_flag"]),
            str(own["designs"]),
        )
        for name, own in figures["rows"].items()
    ]
    return [f"{figures['name']} on {figures['dataset']}, at its own thresholds", "", *aligned(rows)]
