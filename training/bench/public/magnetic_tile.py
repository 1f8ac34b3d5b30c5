"""Magnetic tiles with pixel masks: five kinds of defect, beside published figures and beside anomalib.

    ubora data import magnetic-tile PATH/TO/magnetic-tile --out var/magnetic-tile
    ubora train bench magnetic-tile var/magnetic-tile --out runs/tiles
    ubora train bench magnetic-tile var/magnetic-tile --judged runs/tiles --anomalib VENV/bin/python

The split is that of the import, by tile. Published splits are by photo, and each tile was photographed at up
to six exposures: the same scratch stands on both sides of them, so that their figures are an upper bound of
another, easier task. Overlap is counted on pixels of the photos, all of them together, with the cell
threshold of each class from the validation split. Sources: Huang, Qiu, Yuan, The Visual Computer, 2020 (the
set); Huang, Huang, Jin, Applied Sciences 14(11), 4724, 2024 (DEU-Net).
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ubora.datasets.manifest import Manifest, read_manifest
from ubora.datasets.masks import read_mask
from ubora.training.bench.maps import on_photo
from ubora.training.bench.public.anomalib_side import ask_anomalib, configure_anomalib
from ubora.training.bench.trained_run import judged_or_trained, offer_training
from ubora.training.calibration.risk import NEVER
from ubora.training.evaluation.contender import Contender
from ubora.training.evaluation.evaluate import evaluate
from ubora.training.evaluation.slices import share, telling_apart, with_interval
from ubora.training.scoring.predictions import Scored, is_judged, watched
from ubora.training.words import aligned, interval_words, number, share_words

PUBLISHED = (
    {
        "what": "mIoU",
        "value": 0.6694,
        "source": "DEU-Net, Huang et al., Applied Sciences 14(11), 4724, 2024; split by photo",
    },
    {
        "what": "F1",
        "value": 0.7489,
        "source": "the same",
    },
)
THRESHOLDS = tuple(np.round(np.arange(0.1, 0.95, 0.05), 2).tolist())


@dataclass(frozen=True)
class Overlap:
    """Pixels of one photo: (K + 1,) both drawn and true, and either; the last row is any defect."""

    piece: str
    both: NDArray[np.int64]
    either: NDArray[np.int64]
    clean_both: int
    """Pixels rightly left alone, and those not drawn or not true: the background's overlap."""
    clean_either: int


def configure(parser: argparse.ArgumentParser) -> None:
    offer_training(parser, "magnetic-tile")
    configure_anomalib(parser)


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Raises: whatever a training raises, and AnomalibError."""
    manifest = read_manifest(args.dataset)
    contender = judged_or_trained(args, manifest)
    figures = figures_of(contender, manifest)
    theirs = None if args.anomalib is None else ask_anomalib(args, manifest, args.dataset)
    return {**figures, "anomalib": theirs, "published": list(PUBLISHED)}


def figures_of(contender: Contender, manifest: Manifest) -> dict[str, Any]:
    """Ours, on the test split."""
    predictor, policy = contender.predictor, contender.policy
    checked = [s for s in watched(predictor, manifest.split("val"), "validation") if is_judged(s)]
    test = manifest.split("test")
    scored = [s for s in watched(predictor, test, "test") if is_judged(s)]
    thresholds = cell_thresholds(checked, manifest, predictor.classes)
    figures = evaluate(scored, test, predictor.classes, policy)
    drawn = overlaps(scored, manifest, predictor.classes, thresholds)
    return {
        "name": predictor.name,
        "photos": len(scored),
        "pieces": len({s.sample.piece_id for s in scored}),
        "telling_apart": telling_apart(scored, predictor.classes),
        "decisions": figures["decisions"],
        "map": figures["map"],
        "classes": {
            name: {
                "photos": own["defective"],
                "tiles": len({s.sample.piece_id for s in scored if name in s.sample.defect_names()}),
                "ap": own["ap"],
                "found": _flagged(scored, contender, name, own=False),
                "named": _flagged(scored, contender, name, own=True),
                "cell_iou": own["iou"],
                "pointing": own["pointing"],
                "pixel_iou": _iou(drawn, index),
                "cell_threshold": thresholds[index],
            }
            for index, (name, own) in enumerate(figures["classes"].items())
        },
        "overlap": _together(drawn, len(predictor.classes)),
    }


def cell_thresholds(scored: Sequence[Scored], manifest: Manifest, classes: Sequence[str]) -> list[float]:
    """The probability from which each class is drawn: the best overlap on validation photos."""
    overlap = np.array([_all(overlaps(scored, manifest, classes, [t] * len(classes))) for t in THRESHOLDS])
    best = overlap[:, :-1].argmax(0)
    return [THRESHOLDS[int(place)] for place in best]


def overlaps(
    scored: Sequence[Scored], manifest: Manifest, classes: Sequence[str], thresholds: Sequence[float]
) -> list[Overlap]:
    """Drawn against true pixels of each photo; photos of which a defect has no mask are left out."""
    limits = np.array(thresholds, np.float32)[:, None, None]
    done = []
    for item in scored:
        if any(defect.mask is None for defect in item.sample.defects or ()):
            continue
        heat = on_photo(item.prediction)[: len(classes)]  # after them, a defect of no named kind
        truth = np.zeros(heat.shape, np.bool_)
        for defect in item.sample.defects or ():
            assert defect.mask is not None
            index = list(classes).index(defect.name)
            truth[index] |= read_mask(manifest.path(defect.mask), heat.shape[1:])
        # A pixel shows one kind: the one that is likeliest, if it is likely enough.
        kind = heat.argmax(0)[None] == np.arange(len(classes))[:, None, None]
        drawn = kind & (heat >= limits)
        any_drawn, any_true = drawn.any(0), truth.any(0)
        both = [int((d & t).sum()) for d, t in zip(drawn, truth, strict=True)]
        either = [int((d | t).sum()) for d, t in zip(drawn, truth, strict=True)]
        done.append(
            Overlap(
                item.sample.piece_id,
                np.array([*both, int((any_drawn & any_true).sum())], np.int64),
                np.array([*either, int((any_drawn | any_true).sum())], np.int64),
                int((~any_drawn & ~any_true).sum()),
                int((~any_drawn | ~any_true).sum()),
            )
        )
    return done


def lines(figures: dict[str, Any]) -> list[str]:
    together, apart = figures["overlap"], figures["telling_apart"]
    head = (
        f"{figures['name']} on magnetic tiles: {figures['photos']} test photos of {figures['pieces']} tiles"
    )
    rows = [("class", "photos", "tiles", "AP", "flagged", "named", "IoU, pixels", "IoU, cells", "pointing")]
    rows += [
        (
            name,
            str(own["photos"]),
            str(own["tiles"]),
            interval_words(own["ap"]),
            share_words(own["found"]),
            share_words(own["named"]),
            interval_words(own["pixel_iou"]),
            number(own["cell_iou"]),
            number(own["pointing"]),
        )
        for name, own in figures["classes"].items()
    ]
    escape, false_flag = figures["decisions"]["escape"], figures["decisions"]["false_flag"]
    said = [
        ("defective/clean, AUROC", interval_words(apart["auroc"])),
        ("mean AP", number(figures["map"])),
        ("escape", share_words(escape)),
        ("false flag", share_words(false_flag)),
        ("mean IoU, five kinds", interval_words(together["kinds"])),
        ("mean IoU, five kinds and background", interval_words(together["kinds_and_background"])),
        ("mean IoU, defect and background", interval_words(together["defect_and_background"])),
        ("IoU, any defect", interval_words(together["defect"])),
    ]
    published = [
        f"published: {p['what']} {100 * p['value']:.1f}, {p['source']}" for p in figures["published"]
    ]
    return [head, "", *aligned(rows), "", *aligned(said), *_beside(figures), "", *published]


def _beside(figures: dict[str, Any]) -> list[str]:
    """anomalib's rows next to ours, on what both answer: is this photo defective, and where."""
    theirs = figures["anomalib"]
    if theirs is None:
        return []
    classes = list(figures["classes"])
    apart = figures["telling_apart"]
    rows = [("defective/clean", "AUROC", "recall at 5 % false flags", "learns from")]
    ours = interval_words(apart["recall_at_false_flags"]["0.05"])
    rows.append((figures["name"], interval_words(apart["auroc"]), ours, "clean and defective photos, masks"))
    for name, own in theirs["models"].items():
        recall = interval_words(own["recall_at_false_flags"]["0.05"])
        rows.append((name, interval_words(own["auroc"]), recall, "clean photos"))
    per_class = [("AUROC of a class against clean", *classes)]
    for name, own in theirs["models"].items():
        per_class.append((name, *(interval_words(own["by_class"][c]) for c in classes)))
    return ["", *aligned(rows), "", *aligned(per_class), *theirs["notes"]]


def _flagged(scored: Sequence[Scored], contender: Contender, name: str, *, own: bool) -> dict[str, Any]:
    """Photos of a class that were flagged, for anything or (`own`) for this class."""
    shown = [s for s in scored if name in s.sample.defect_names()]
    limit = contender.policy.thresholds[name]
    hits = [
        limit < NEVER and s.prediction.scores[name] >= limit if own else contender.policy.flags(s.prediction)
        for s in shown
    ]
    return share(sum(hits), len(hits))


def _all(drawn: Sequence[Overlap]) -> NDArray[np.float64]:
    """(K + 1,) overlap over all photos; 0 where nothing is drawn and nothing true."""
    both = np.sum([o.both for o in drawn], 0) if drawn else np.zeros(1)
    either = np.sum([o.either for o in drawn], 0) if drawn else np.zeros(1)
    return np.asarray(both / np.maximum(either, 1), np.float64)


def _iou(drawn: Sequence[Overlap], index: int) -> dict[str, Any] | None:
    def figure(at: NDArray[np.int64]) -> float | None:
        either = sum(int(drawn[i].either[index]) for i in at)
        return sum(int(drawn[i].both[index]) for i in at) / either if either else None

    return with_interval([o.piece for o in drawn], figure)


def _together(drawn: Sequence[Overlap], classes: int) -> dict[str, Any]:
    pieces = [o.piece for o in drawn]

    def background(at: NDArray[np.int64]) -> float:
        either = sum(drawn[i].clean_either for i in at)
        return float(sum(drawn[i].clean_both for i in at) / max(1, either))

    def kinds(at: NDArray[np.int64]) -> list[float]:
        # A resample without a kind leaves it out, rather than counting it as missed.
        both, either = (np.sum([getattr(drawn[i], k) for i in at], 0)[:classes] for k in ("both", "either"))
        return [float(b / e) for b, e in zip(both, either, strict=True) if e]

    def defect(at: NDArray[np.int64]) -> float | None:
        either = sum(int(drawn[i].either[-1]) for i in at)
        return sum(int(drawn[i].both[-1]) for i in at) / either if either else None

    def mean(values: Sequence[float]) -> float | None:
        return float(np.mean(values)) if values else None

    return {
        "photos": len(drawn),
        "kinds": with_interval(pieces, lambda at: mean(kinds(at))),
        "kinds_and_background": with_interval(pieces, lambda at: mean([*kinds(at), background(at)])),
        "defect": with_interval(pieces, defect),
        "defect_and_background": with_interval(
            pieces, lambda at: None if (own := defect(at)) is None else (own + background(at)) / 2
        ),
    }
