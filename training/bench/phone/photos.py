"""Phone photos of pieces that were good enough to be sold: how often, for what and where they are flagged.

    ubora train bench phone-photos PHOTOS --judged champion --sheet sheet.html

PHOTOS is a folder of JPEG, PNG or WebP files without labels, or a dataset folder. Nobody certified these
pieces free of defects, so this is a flag rate and no false-flag rate. The sheet is one HTML file with every
photo beside its heat, to be looked at one by one: a rate alone does not say what the heat lies on.
Photos of one piece are not independent; `--pieces FILE` (CSV: file,piece) says which show the same, else
photos that look alike are taken together (alike.py). A run takes its thresholds from the validation split of
the dataset that it learnt from, a bundle brings its own.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ubora.datasets.manifest import METADATA, DatasetCard, Manifest, read_manifest
from ubora.datasets.masks import PHOTO_SUFFIXES
from ubora.models.inference.photo_faults import photo_faults
from ubora.models.inference.prediction import Prediction
from ubora.training.bench.phone.alike import pieces_of
from ubora.training.bench.sheet import Shown, write_sheet
from ubora.training.calibration.risk import NEVER
from ubora.training.calibration.thresholds import Policy
from ubora.training.evaluation.contender import Contender, open_contender
from ubora.training.evaluation.slices import share, with_interval
from ubora.training.loop.checkpoint import BEST, ENVIRONMENT
from ubora.training.loop.job import TrainingError
from ubora.training.scoring.predictions import Predictor
from ubora.training.words import aligned, interval_words, number, share_words


@dataclass(frozen=True)
class Seen:
    """One photo and what was said of it."""

    path: Path
    prediction: Prediction
    piece: str

    def outcome(self, policy: Policy) -> str:
        return policy.outcome(self.prediction)


def offer_photos(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photos", type=Path, help="a folder of photos")
    parser.add_argument("--pieces", type=Path, metavar="FILE", help="CSV: file,piece; which photos show one")
    parser.add_argument(
        "--sheet", type=Path, metavar="FILE.html", help="also write every photo with its heat"
    )


def configure(parser: argparse.ArgumentParser) -> None:
    offer_photos(parser)
    parser.add_argument("--judged", required=True, metavar="RUN|BUNDLE", help="the network that judges")


def measure(args: argparse.Namespace) -> dict[str, Any]:
    contender = open_own(args.judged, args.releases)
    seen = see(contender.predictor, photos_in(args.photos), args.pieces)
    if args.sheet is not None:
        show(args.sheet, contender, seen)
    return {"name": contender.predictor.name, "folder": str(args.photos), **flags(contender.policy, seen)}


def photos_in(folder: Path) -> list[Path]:
    """The photos of a folder, or those of a dataset folder, in the order of their names.

    Raises:
        TrainingError: no photo there.
    """
    if (folder / METADATA).is_file():
        manifest = read_manifest(folder)
        return [manifest.path(sample.file_name) for sample in manifest]
    paths = (
        sorted(p for p in folder.rglob("*") if p.suffix.lower() in PHOTO_SUFFIXES) if folder.is_dir() else []
    )
    if not paths:
        raise TrainingError(f"{folder}: no photos; expected a folder of JPEG, PNG or WebP files")
    return paths


def open_own(judged: str, releases: Path) -> Contender:
    """A bundle with its own thresholds, or a run with those of its own dataset.

    Raises:
        TrainingError: a run that does not say where its dataset is.
    """
    if not (Path(judged) / BEST).is_file():
        # A bundle needs no validation photos.
        return open_contender(judged, Manifest(Path(), DatasetCard(name="none"), []), releases)
    try:
        folder = Path(json.loads((Path(judged) / ENVIRONMENT).read_bytes())["dataset_folder"])
    except (OSError, ValueError, KeyError):
        raise TrainingError(f"{judged}: does not say which dataset it learnt from") from None
    return open_contender(judged, read_manifest(folder), releases)


def see(predictor: Predictor, photos: Sequence[Path], pieces: Path | None = None) -> list[Seen]:
    """Every photo judged, and its piece.

    Raises:
        PhotoError: a file that is no photo. TrainingError: a list of pieces that is not one of these photos.
    """
    said = [predictor.predict(path.read_bytes()) for path in tqdm(photos, desc="judging", disable=None)]
    names = pieces_of(photos, [p.embedding for p in said], pieces)
    return [Seen(*one) for one in zip(photos, said, names, strict=True)]


def flags(policy: Policy, seen: Sequence[Seen]) -> dict[str, Any]:
    """Outcomes with intervals: Wilson's by photo, resampled by piece, and for each class what it flagged."""
    outcomes = [one.outcome(policy) for one in seen]
    faults = [photo_faults(one.prediction.measures, policy.gate) for one in seen]

    def of(outcome: str) -> dict[str, Any]:
        return share(outcomes.count(outcome), len(outcomes))

    names = [one.piece for one in seen]
    by_class = {}
    for name, limit in policy.thresholds.items():
        scores = [one.prediction.scores[name] for one in seen]
        flagged = [s >= limit and limit < NEVER for s in scores]
        # Of a photo that is flagged for several classes, the one that lies furthest above its threshold.
        first = [
            o == "flag" and _furthest(policy, one.prediction) == name
            for o, one in zip(outcomes, seen, strict=True)
        ]
        by_class[name] = {
            "threshold": limit,
            "flagged": share(sum(flagged), len(flagged)),
            "first": sum(first),
            "highest": max(scores),
        }
    return {
        "photos": len(seen),
        "pieces": len(set(names)),
        "flag": of("flag"),
        "flag_by_piece": with_interval(names, lambda at: sum(outcomes[i] == "flag" for i in at) / len(at)),
        "retake": of("retake"),
        "pass": of("pass"),
        "retaken_for": {
            f: sum(f in own for own in faults) for f in sorted({f for own in faults for f in own})
        },
        "classes": by_class,
        "each": [
            {
                "file": one.path.name,
                "piece": one.piece,
                "outcome": outcome,
                "faults": list(own),
                "scores": {name: round(score, 4) for name, score in one.prediction.scores.items()},
            }
            for one, outcome, own in zip(seen, outcomes, faults, strict=True)
        ],
    }


def lines(figures: dict[str, Any]) -> list[str]:
    photos = f"{figures['photos']} photos of {figures['pieces']} pieces"
    head = f"{figures['name']} on {photos} in {figures['folder']}"
    return [head, "", *flag_lines(figures)]


def flag_lines(figures: dict[str, Any]) -> list[str]:
    said = [
        ("flagged", share_words(figures["flag"])),
        ("flagged, interval by piece", interval_words(figures["flag_by_piece"])),
        ("to be taken again", share_words(figures["retake"])),
        ("passed", share_words(figures["pass"])),
    ]
    said += [(f"  {fault}", str(count)) for fault, count in figures["retaken_for"].items()]
    rows = [("class", "threshold", "reached", "first reason", "highest score")]
    rows += [
        (
            name,
            number(own["threshold"]),
            str(own["flagged"]["found"]),
            str(own["first"]),
            number(own["highest"]),
        )
        for name, own in figures["classes"].items()
    ]
    return [*aligned(said), "", *aligned(rows)]


def show(path: Path, contender: Contender, seen: Sequence[Seen], title: str = "") -> None:
    """The contact sheet: flagged photos first, then those to be taken again, then passed ones."""
    policy, order = contender.policy, ("flag", "retake", "pass")
    cards = []
    for one in sorted(seen, key=lambda s: order.index(s.outcome(policy))):
        scores = one.prediction.scores
        above = {n: s for n, s in scores.items() if NEVER > policy.thresholds[n] <= s}
        said = ", ".join(f"{n} {s:.2f}" for n, s in sorted(above.items(), key=lambda item: -item[1]))
        faults = ", ".join(photo_faults(one.prediction.measures, policy.gate))
        words = f"{one.outcome(policy)}: {faults or said or 'nothing'} · {one.path.name} · {one.piece}"
        cards.append(Shown(one.path.read_bytes(), one.prediction, words))
    write_sheet(path, title or f"{contender.predictor.name}: {len(seen)} photos", cards)


def _furthest(policy: Policy, prediction: Prediction) -> str:
    """The class that lies furthest above its threshold."""
    known = [name for name, limit in policy.thresholds.items() if limit < NEVER]
    return max(known, key=lambda name: prediction.scores[name] - policy.thresholds[name], default="")
