"""What is wrong with a dataset, before an hour is spent training on it.

    ubora data check datasets/sample
    ubora data check runs/harvest --report report.html      the photos with their labels drawn in
    ubora data check runs/harvest --by microfactory         where whole workshops were held out
    ubora inspect FOLDER/photos/* --json | ubora data check FOLDER --predictions -

Faults (exit code 1) would spoil a training or a figure; warnings may be intended. Every file is decoded.

    checks: photo_check.py one photo, its masks and boxes · set_check.py pieces, splits, copies, counts ·
            suspects.py labels that a network disagrees with · contact_sheet.py the report
"""

import argparse
import json
import os
import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

from tqdm import tqdm

from ubora.datasets.check.contact_sheet import PER_SPLIT, write_report
from ubora.datasets.check.name_check import check_names
from ubora.datasets.check.photo_check import Examined, examine
from ubora.datasets.check.problems import Problem, bad_lines, manifest_lines
from ubora.datasets.check.set_check import (
    check_colours,
    check_copies,
    check_counts,
    check_files,
    check_pieces,
    check_sizes,
    check_splits,
)
from ubora.datasets.check.suspects import Answer, check_labels, read_answers
from ubora.datasets.manifest import METADATA, Manifest, ManifestError, Sample, read_manifest

SHOWN_A_KIND = 10
_THREADS = 4
"""Decoders leave Python's lock; more would hold more large photos in memory than they save time."""


def check_dataset(
    root: Path,
    *,
    by: Sequence[str] = (),
    answers: Sequence[Answer] | None = None,
    answers_from: str = "predictions",
    progress: bool = False,
) -> tuple[Manifest | None, list[Problem]]:
    """Everything wrong with a dataset folder, faults first.

    Args:
        root: the folder.
        by: "microfactory" or "design": warn where one stands on two sides of a split.
        answers: what a network said of the photos, to look for suspicious labels.
        answers_from: names their source in messages.
        progress: show a bar, on a terminal.

    Returns:
        The manifest, or None where it cannot be read, and the problems.

    Raises:
        PredictionsError: no answer belongs to a photo of this dataset.
    """
    try:
        manifest = read_manifest(root)
    except ManifestError as error:
        return None, [
            Problem("manifest", "fault", str(root), str(error)),
            *_further_bad_lines(root, str(error)),
        ]
    lines = manifest_lines(root)
    suspicious = [] if answers is None else check_labels(manifest, lines, answers, answers_from)
    problems: list[Problem] = []
    looks, grey, sizes = {}, {}, {}
    for sample, examined in _examine_all(manifest, progress=progress):
        where = f"{METADATA}:{lines[sample.file_name]}: "
        problems += [replace(problem, where=where + problem.where) for problem in examined.problems]
        if examined.look is not None:
            looks[sample.file_name] = examined.look
        if examined.size is not None:
            grey[sample.file_name], sizes[sample.file_name] = examined.grey, examined.size
    problems += check_pieces(manifest, lines)
    problems += check_splits(manifest, lines, by)
    problems += check_copies(manifest, lines, looks)
    problems += suspicious
    problems += check_colours(grey)
    problems += check_sizes(manifest, sizes)
    problems += check_names(manifest)
    problems += check_counts(manifest)
    problems += check_files(manifest)
    return manifest, sorted(problems, key=lambda problem: problem.level)


def _further_bad_lines(root: Path, first: str) -> list[Problem]:
    """Those that `read_manifest` did not come to."""
    if not (root / METADATA).is_file():
        return []
    return [problem for problem in bad_lines(root) if not first.startswith(f"{root / problem.where}:")]


def _examine_all(manifest: Manifest, *, progress: bool) -> Iterator[tuple[Sample, Examined]]:
    """In the manifest's order, by a few threads."""
    pool = ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1))
    with warnings.catch_warnings():
        # Pillow's remarks on odd files; what matters of them is among the problems.
        warnings.simplefilter("ignore")
        try:
            examined = pool.map(lambda sample: examine(manifest, sample), manifest)
            bar = tqdm(examined, "decode", len(manifest), unit="photo", disable=None if progress else True)
            yield from zip(manifest, bar, strict=True)
        finally:
            pool.shutdown(cancel_futures=True)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", type=Path, help="a dataset folder")
    parser.add_argument(
        "--by",
        action="append",
        default=[],
        choices=("microfactory", "design"),
        help="warn where one stands on two sides of a split; may be given twice",
    )
    parser.add_argument(
        "--predictions", metavar="FILE", help="what `ubora inspect --json` said of the photos; - reads stdin"
    )
    parser.add_argument("--report", type=Path, metavar="FILE.html", help="write a page with the photos")
    parser.add_argument(
        "--sheet", type=int, default=PER_SPLIT, metavar="N", help="photos a split in it (%(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="the same as JSON, for programs")


def run(args: argparse.Namespace) -> int:
    misuse = _misuse(args)
    if misuse:
        print(f"ubora data check: {misuse}", file=sys.stderr)
        return 2
    answers = None if args.predictions is None else _read_predictions(args.predictions)
    source = "stdin" if args.predictions == "-" else str(args.predictions)
    manifest, problems = check_dataset(
        args.dataset, by=args.by, answers=answers, answers_from=source, progress=not args.json
    )
    if args.report:
        write_report(args.report, args.dataset, manifest, problems, per_split=args.sheet)
    faults = sum(problem.level == "fault" for problem in problems)
    if args.json:
        print(json.dumps({"faults": faults, "problems": [asdict(p) for p in problems]}, indent=2))
    else:
        _print(problems)
        photos = 0 if manifest is None else len(manifest)
        print(f"{photos} photos, {faults} faults, {len(problems) - faults} warnings")
        if args.report:
            print(f"report: {args.report} ({args.report.stat().st_size / 1e6:.1f} MB)")
    return 1 if faults else 0


def _misuse(args: argparse.Namespace) -> str | None:
    """Found before an hour of decoding, not after it."""
    if args.report and not args.report.parent.is_dir():
        return f"--report: {args.report.parent} is not a folder"
    if args.predictions not in (None, "-") and not Path(args.predictions).is_file():
        return f"--predictions: {args.predictions} is not a file"
    if args.sheet < 0:
        return f"--sheet: expected a count of photos, found {args.sheet}"
    return None


def _read_predictions(source: str) -> list[Answer]:
    if source == "-":
        return read_answers(sys.stdin, "stdin")
    with Path(source).open(encoding="utf-8") as lines:
        return read_answers(lines, source)


def _print(problems: Sequence[Problem]) -> None:
    shown: Counter[str] = Counter()
    for problem in problems:
        shown[problem.kind] += 1
        if shown[problem.kind] <= SHOWN_A_KIND:
            print(f"{problem.level}: {problem.kind}: {problem.where}: {problem.detail}")
    for kind, count in shown.items():
        if count > SHOWN_A_KIND:
            print(f"… {count - SHOWN_A_KIND} more of: {kind} (--json lists all)")
