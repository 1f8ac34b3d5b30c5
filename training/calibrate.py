"""Thresholds with a stated miss rate, scores as probabilities, and what they cost.

    ubora train calibrate runs/first datasets/rendered
    ubora train calibrate runs/first datasets/rendered --max-miss 0.1 --max-false-flag 0.15 --simulate 500
    ubora train calibrate champion var/harvest --name ours-2026.12 --costs escape=2000,defect_rate=0.05

A run keeps what was chosen (calibration.json), and `ubora train export` releases it. A release stays as it
is: with --name another one is written, with the same weights and graph and the new thresholds; without,
nothing is. Photos are those of --split, which the network must not have learnt from.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ubora.datasets.manifest import Manifest, read_manifest, write_whole
from ubora.datasets.taxonomy import EVERY_SPLIT
from ubora.models.bundle import BundleError
from ubora.models.registry.releases import RELEASES, releases_option
from ubora.training.calibration.by_approved import calibrated_by_approved, scored_by_approved, usual
from ubora.training.calibration.costs import Costs, OperatingPoint, read_costs
from ubora.training.calibration.level_cuts import cut_at
from ubora.training.calibration.photo_gates import faulty
from ubora.training.calibration.record import CalibrationError, unseen, write_calibration
from ubora.training.calibration.risk import NEVER, Target
from ubora.training.calibration.scaling import Scaling
from ubora.training.calibration.simulation import Simulated, simulate
from ubora.training.calibration.thresholds import Calibrated, calibrate, evidence_of, learnt_classes
from ubora.training.evaluation.aspects.approved import approved_limits, approved_samples
from ubora.training.knobs import Recipe
from ubora.training.loop.checkpoint import BEST, Checkpoint, read_checkpoint
from ubora.training.recipe import overridden, overrides_option
from ubora.training.release.recalibration import recalibrate, recipe_of, scalings_of
from ubora.training.scoring.predictions import Predictor, Scored, Served, open_predictor, watched
from ubora.training.words import number

SHARES = (0.0, 0.01, 0.02, 0.05, 0.10, 0.15, 0.20, 0.30, 0.50)
"""Of clean photos flagged: the rows of the printed table."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "judged", metavar="RUN|BUNDLE", help="a run's folder, a bundle, a release or an alias"
    )
    parser.add_argument("dataset", type=Path, help="a dataset folder")
    parser.add_argument(
        "--split", choices=(*EVERY_SPLIT, "all"), default="val", help="photos to set them by (%(default)s)"
    )
    parser.add_argument("--max-miss", type=_share, default=0.05, help="of defective pieces (%(default)s)")
    parser.add_argument("--confidence", type=_share, default=0.95, help="(%(default)s)")
    parser.add_argument(
        "--max-false-flag", type=_share, help="share of clean photos (what the recipe asks, mostly 0.05)"
    )
    parser.add_argument(
        "--costs", default="", metavar="escape=KES,…", help=f"{', '.join(Costs.model_fields)}"
    )
    overrides_option(parser, "of the recipe, as gate.min_piece_side=0.33")
    parser.add_argument("--simulate", type=int, default=0, metavar="ROUNDS", help="does the promise hold?")
    parser.add_argument("--name", help="of the release to write, for a bundle")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every figure; - prints them")
    releases_option(parser)


def run(args: argparse.Namespace) -> int:
    manifest = read_manifest(args.dataset)
    subject = open_subject(args.judged, manifest, args.releases)
    subject = replace(subject, recipe=overridden(subject.recipe, args.overrides))
    if args.name and subject.checkpoint is not None:
        raise CalibrationError(
            f"--name {args.name}: {args.judged} is a run; `ubora train export` names releases"
        )
    if args.name and (args.releases / args.name).exists():
        raise BundleError(f"{args.releases / args.name}: exists already; a release is never overwritten")
    photos = unseen(manifest, args.split, subject.learnt_from)
    target = Target(
        max_miss=args.max_miss,
        confidence=args.confidence,
        max_false_flag=args.max_false_flag or subject.recipe.false_flag_target,
        costs=read_costs(args.costs),
    )
    scored = scored_by_approved(subject.predictor, photos, manifest)
    bad = list(watched(subject.predictor, faulty(manifest), "bad photos"))
    calibrated = calibrated_by_approved(scored, lambda own: subject.calibrated(own, target, bad)).on(
        manifest.card.name, args.split, manifest.fingerprint()
    )
    plain = usual(scored)
    simulated = subject.simulated(plain, target, args.simulate) if args.simulate > 0 else None
    where = _kept(args, subject, calibrated, manifest, plain)
    _told(
        args.json, calibrated, simulated, f"{subject.predictor.name} on {manifest.card.name} ({args.split})"
    )
    if where is not None and str(args.json) != "-":
        print(where)
    return 0


@dataclass(frozen=True)
class Subject:
    """What is calibrated."""

    predictor: Predictor
    recipe: Recipe
    learnt: frozenset[str]
    learnt_from: str
    """Fingerprint of a dataset."""
    piece: bool
    before: dict[str, Scaling]
    """What a bundle does to the network's scores."""
    checkpoint: Checkpoint | None
    """None for a bundle."""

    def calibrated(self, scored: Sequence[Scored], target: Target, bad: Sequence[Scored]) -> Calibrated:
        return calibrate(
            scored,
            self.predictor.classes,
            self.recipe,
            self.learnt,
            piece=self.piece,
            target=target,
            before=self.before,
            bad=bad,
        )

    def simulated(self, scored: Sequence[Scored], target: Target, rounds: int) -> Simulated:
        """Raises CalibrationError where there is nothing to draw from."""
        evidence = evidence_of(scored, self.predictor.classes, self.recipe, self.learnt, self.before)
        if not len(evidence.clean) or not len(evidence.defective):
            raise CalibrationError(
                f"--simulate: {len(evidence.clean)} clean photos and {len(evidence.defective)} defective "
                "pieces, at least one of each is expected"
            )
        return simulate(evidence, target, rounds)


def open_subject(name: str, manifest: Manifest, releases: Path = RELEASES) -> Subject:
    """A run's folder, a bundle's folder, a release or an alias.

    Raises:
        RunError, BundleError: neither of them, or one that must not be used.
    """
    predictor = open_predictor(name, releases)
    if isinstance(predictor, Served):
        record = predictor.inspector.record
        return Subject(
            predictor,
            recipe_of(record),
            frozenset(d.name for d in record.judged() if d.threshold < NEVER),
            record.dataset.fingerprint,
            # Without a piece head a gate asks nothing of the piece's place.
            piece=(record.gate.no_piece_below, record.gate.max_border_share) != (0.0, 1.0),
            before=scalings_of(record),
            checkpoint=None,
        )
    checkpoint = read_checkpoint(Path(name) / BEST)
    learnt = learnt_classes(manifest.split("train"))
    return Subject(
        predictor, checkpoint.recipe, learnt, checkpoint.fingerprint, checkpoint.spec.piece, {}, checkpoint
    )


def _kept(
    args: argparse.Namespace,
    subject: Subject,
    calibrated: Calibrated,
    manifest: Manifest,
    scored: Sequence[Scored],
) -> Path | None:
    """Where it was written."""
    if subject.checkpoint is not None:
        return write_calibration(Path(args.judged), calibrated, subject.checkpoint)
    if args.name is None or not isinstance(subject.predictor, Served):
        return None
    folder: Path = args.releases / args.name
    approved = list(watched(subject.predictor, approved_samples(manifest), "approved samples"))
    limits = approved_limits(cut_at(scored, calibrated.level_cuts), approved)
    recalibrate(subject.predictor.inspector, calibrated, manifest, folder, limits)
    return folder


def _told(file: Path | None, calibrated: Calibrated, simulated: Simulated | None, title: str) -> None:
    figures = calibrated.figures() | {"simulated": None if simulated is None else vars(simulated)}
    written = json.dumps(figures, indent=2)
    if file is not None and str(file) == "-":
        print(written)
        return
    if file is not None:
        write_whole(file, (written + "\n").encode())
    print("\n".join([title, "", *lines(calibrated)]))
    if simulated is not None:
        print(simulated.sentence(calibrated.target))


def lines(calibrated: Calibrated) -> list[str]:
    """What was chosen, what else could be, and what each costs."""
    record, target = calibrated.record, calibrated.target
    sentence = record.sentence[:1].upper() + record.sentence[1:] + "."
    rows = sorted({p.step: p for p in (*_rows(calibrated.curve), calibrated.chosen)}.items())
    table = [
        f"{'clean flagged':>13} {'missed':>7} {'at most':>8} {'KES / 100 pieces':>17} {'reviews a week':>15}",
        *(_row(point) + ("  ← chosen" if point.step == calibrated.chosen.step else "") for _, point in rows),
    ]
    cheapest = calibrated.cheapest()
    return [
        sentence,
        "",
        *table,
        "",
        f"Each row's bound holds for that row alone. Costs, which are options and no facts: "
        f"{target.costs.sentence()}, {target.costs.pieces_a_week:g} pieces a week.",
        *([] if cheapest is None else [f"Cheapest as counted: {_row(cheapest).strip()}"]),
        *(f"Beside {_samples(n)}: {own.record.sentence}." for n, own in calibrated.by_approved),
        f"Scores as probabilities: calibration error {number(calibrated.error_before)} before, "
        f"{number(record.score_error)} after, on pieces that were not fitted.",
    ]


def _samples(count: int) -> str:
    return {0: "no approved photo", 1: "one approved photo"}.get(count, f"{count} approved photos and more")


def _rows(curve: Sequence[OperatingPoint]) -> list[OperatingPoint]:
    """For each of SHARES, the point that flags most within it."""
    rows = []
    for share in SHARES:
        within = [p for p in curve if p.false_flags is not None and p.false_flags <= share + 1e-9]
        rows += within[-1:]
    return rows


def _row(point: OperatingPoint) -> str:
    return (
        f"{_percent(point.false_flags):>13} {_percent(point.missed):>7} {_percent(point.miss_bound):>8} "
        f"{number(point.kes_per_hundred, 0):>17} {number(point.reviews_a_week, 0):>15}"
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _share(text: str) -> float:
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text}: expected a share above 0 and below 1")
    return value
