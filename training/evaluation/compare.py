"""May one release replace another? Both judge the same photos, and every figure is of the pair.

    ubora train compare champion runs/second datasets/rendered
    ubora train compare champion ubora-2026.12 datasets/rendered --json comparison.json
    ubora model promote ubora-2026.12 --comparison comparison.json
    ubora train compare champion ubora-2026.12 var/both --split test test_designs   # narrower intervals

B may replace A where it passes every gate (exit code 0, else 1); gates and limits stand in
models/registry/gates.py. Intervals are of B minus A over whole pieces, the same resampled ones for both, so
what is hard for both falls out. Photos go to A and B in turns, so that a busy machine slows both.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ubora.datasets.manifest import Manifest, read_manifest, write_whole
from ubora.datasets.taxonomy import EVERY_SPLIT
from ubora.models.registry.comparison import AND, Comparison, Difference, Side
from ubora.models.registry.gates import Gate, gates_against, verdict_sentence
from ubora.models.registry.releases import releases_option
from ubora.training.evaluation.contender import Contender, open_contender
from ubora.training.evaluation.paired import (
    Answers,
    changed_verdicts,
    class_differences,
    differences,
    in_turns,
)
from ubora.training.loop.job import TrainingError

NAMES = {
    "escape": "escape",
    "false_flag": "false flag",
    "retake": "retake",
    "escape_at_a": "escape at A's flags",
    "auroc": "AUROC",
    "map": "mean AP",
    "kappa": "grade, kappa",
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("a", metavar="A", help="what serves now: a release, an alias, a bundle or a run")
    parser.add_argument("b", metavar="B", help="what would replace it")
    parser.add_argument("dataset", type=Path, help="a dataset folder")
    parser.add_argument(
        "--split", choices=(*EVERY_SPLIT, "all"), nargs="+", default=["test"], help="one or several (test)"
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="what `ubora model promote --comparison` reads; - prints it"
    )
    releases_option(parser)


def run(args: argparse.Namespace) -> int:
    manifest = read_manifest(args.dataset)
    pair = [open_contender(name, manifest, args.releases) for name in (args.a, args.b)]
    split = AND.join(args.split)
    wanted = [s for s in manifest if "all" in args.split or s.split in args.split]
    if not wanted:
        raise TrainingError(f"{args.dataset}: no photo in the {split} split")
    chosen = Manifest(manifest.root, manifest.card, wanted)
    comparison = compare(
        pair[0], pair[1], chosen, split=split, fingerprint=manifest.fingerprint(), approved=manifest
    )
    gates = gates_against(comparison)
    failed = [gate for gate in gates if not gate.passed]
    written = comparison.model_dump_json(indent=2)
    if args.json is not None and str(args.json) == "-":
        print(written)
        return int(bool(failed))
    if args.json is not None:
        write_whole(args.json, (written + "\n").encode())
    print(words(comparison, gates))
    return int(bool(failed))


def compare(
    a: Contender,
    b: Contender,
    photos: Manifest,
    *,
    split: str,
    fingerprint: str,
    approved: Manifest | None = None,
) -> Comparison:
    """Judge the photos with both and set every figure side by side.

    Args:
        photos: those of `split`; the ones that are not labelled for defects, and bad ones, are left out.
        fingerprint: of the whole dataset.
        approved: where approved samples are, for a network that compares; None judges each photo alone.

    Raises:
        TrainingError: no photo is left.
    """
    judged = [s for s in photos if s.defects is not None and not s.photo_faults]
    if not judged:
        raise TrainingError(f"{photos.root}: no good photo labelled for defects in the {split} split")
    chosen = Manifest(photos.root, photos.card, judged)
    ours, theirs = in_turns(a, b, chosen, approved)
    pieces = [s.piece_id for s in judged]
    defective = np.array([bool(s.defects) for s in judged], np.bool_)
    return Comparison(
        a=_side(a, ours),
        b=_side(b, theirs),
        dataset=photos.card.name,
        fingerprint=fingerprint,
        split=split,
        photos=len(judged),
        pieces=len(set(pieces)),
        defective=int(defective.sum()),
        clean=int((~defective).sum()),
        differences=differences(ours, theirs, chosen, defective),
        classes=class_differences(ours, theirs, chosen),
        verdicts=changed_verdicts(ours.outcome, theirs.outcome, defective),
    )


def _side(contender: Contender, answers: Answers) -> Side:
    return Side(
        name=contender.predictor.name,
        record_sha256=contender.record_sha256,
        trained_on=contender.trained_on,
        graph_bytes=contender.graph_bytes,
        latency_ms=float(np.median(answers.latency_ms)),
        latency_p95_ms=float(np.percentile(answers.latency_ms, 95)),
        beside_approved=int((answers.approved_photos > 0).sum()),
    )


def words(comparison: Comparison, gates: Sequence[Gate]) -> str:
    """The comparison as it is read on a terminal; the verdict comes last."""
    a, b, changed = comparison.a, comparison.b, comparison.verdicts
    lines = [
        f"A {a.name}, B {b.name} on {comparison.dataset} ({comparison.split}): {comparison.photos} photos of "
        f"{comparison.pieces} pieces, {comparison.defective} defective, {comparison.clean} clean",
        f"beside approved samples of their design: {a.beside_approved} photos by A, {b.beside_approved} by B",
        "",
        f"{'':<24} {'A':>7} {'B':>7}   B − A",
    ]
    lines += [_line(NAMES[name], found) for name, found in comparison.differences.items()]
    lines += [_line(f"AP {name} ({found.photos})", found) for name, found in comparison.classes.items()]
    lines += [
        _milliseconds("median", a.latency_ms, b.latency_ms),
        _milliseconds("p95", a.latency_p95_ms, b.latency_p95_ms),
        f"{'graph, MB':<24} {_megabytes(a.graph_bytes):>7} {_megabytes(b.graph_bytes):>7}",
        "",
        f"verdicts         right with A alone {changed.only_a_right}, with B alone {changed.only_b_right} "
        f"(McNemar, exact: p = {changed.p:.3f})",
        "",
    ]
    for gate in gates:
        lines.append(f"{'pass' if gate.passed else 'FAIL'}  {gate.name:<14} {gate.found}; {gate.limit}")
        lines.append(f"      {'':<14} because {gate.reason}")
    return "\n".join([*lines, "", verdict_sentence(comparison, gates)])


def _line(name: str, found: Difference) -> str:
    values = ["–" if value is None else f"{value:.3f}" for value in (found.a, found.b)]
    apart = "" if found.difference is None else f"{found.difference:+.3f}"
    if found.interval is not None:
        apart += f" [{found.interval[0]:+.3f}, {found.interval[1]:+.3f}]"
    return f"{name:<24} {values[0]:>7} {values[1]:>7}   {apart}".rstrip()


def _milliseconds(which: str, a: float, b: float) -> str:
    return f"{'ms a photo, ' + which:<24} {a:>7.0f} {b:>7.0f}   {b - a:+.0f}"


def _megabytes(graph_bytes: int | None) -> str:
    return "–" if graph_bytes is None else f"{graph_bytes / 1e6:.1f}"
