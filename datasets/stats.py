"""Counts by split, class, material, category and level, and whether variance is independent of defects.

    ubora data stats datasets/sample
    ubora data stats datasets/sample --levels      the large table with a row a variance level
    ubora data stats datasets/sample --json

A photo with two classes counts under both, so a row's classes may sum to more than its photos. Independence
is tested over pieces: the photos of one piece are not independent of one another.
"""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ubora.datasets.independence import measure_independence
from ubora.datasets.manifest import Manifest, Sample, read_manifest
from ubora.datasets.taxonomy import EVERY_SPLIT, VARIANCE_LEVELS

UNSAID = "—"
"""Stands for a category, material or level that nobody said."""


def describe(manifest: Manifest) -> dict[str, Any]:
    """Counts of photos (and pieces) of a dataset, ready for JSON."""
    samples = manifest.samples
    pairs = level_table(manifest)
    tested = measure_independence(pairs)
    return {
        "name": manifest.card.name,
        "fingerprint": manifest.fingerprint(),
        "photos": len(samples),
        "pieces": len({s.piece_id for s in samples}),
        "designs": len({s.design for s in samples if s.design}),
        "microfactories": len({s.microfactory for s in samples if s.microfactory}),
        "splits": {
            split: {
                "photos": len(part := manifest.split(split)),
                "pieces": len({s.piece_id for s in part}),
                "defective": sum(bool(s.defects) for s in part),
            }
            for split in EVERY_SPLIT
        },
        "defects": _count(manifest.card.taxonomy.defects, [n for s in samples for n in s.defect_names()]),
        "clean": sum(s.defects == () for s in samples),
        "unlabelled": sum(s.defects is None for s in samples),
        "materials": _count(manifest.card.taxonomy.materials, [s.material for s in samples]),
        "categories": _count(manifest.card.taxonomy.categories, [s.category for s in samples]),
        "photo_faults": dict(Counter(f for s in samples for f in s.photo_faults or ())),
        "variance": {str(level): _level(samples, level) for level in VARIANCE_LEVELS},
        "table": count_rows(manifest, ("category", "material", "variance")),
        "independence": {
            "pieces": {
                str(level): {"clean": clean, "defective": defective}
                for level, (clean, defective) in zip(VARIANCE_LEVELS, pairs, strict=True)
            },
            "test": asdict(tested) if tested else None,
        },
    }


def count_rows(manifest: Manifest, fields: Sequence[str]) -> list[dict[str, Any]]:
    """One row for every combination of values that occurs, in the order of the taxonomy.

    Args:
        fields: of a Sample: "category", "material", "variance".

    Returns:
        Rows of the fields (None where nobody said), `photos`, `pieces`, `clean`, `unlabelled` and `defects`:
        photos a class, all classes of the taxonomy.
    """
    groups: dict[tuple[Any, ...], list[Sample]] = defaultdict(list)
    for sample in manifest:
        groups[tuple(getattr(sample, field) for field in fields)].append(sample)
    taxonomy = manifest.card.taxonomy
    known = {"category": taxonomy.categories, "material": taxonomy.materials, "variance": VARIANCE_LEVELS}
    ranks = [{value: rank for rank, value in enumerate(known.get(field, ()))} for field in fields]

    def order(key: tuple[Any, ...]) -> tuple[int, ...]:
        # What nobody said comes last.
        return tuple(rank.get(value, len(rank)) for rank, value in zip(ranks, key, strict=True))

    return [
        dict(zip(fields, key, strict=True)) | count_labels(groups[key], taxonomy.defects)
        for key in sorted(groups, key=order)
    ]


def count_labels(samples: Iterable[Sample], classes: Sequence[str]) -> dict[str, Any]:
    """photos, pieces, clean, unlabelled, and photos a class."""
    chosen = list(samples)
    counts = Counter(name for sample in chosen for name in sample.defect_names())
    return {
        "photos": len(chosen),
        "pieces": len({sample.piece_id for sample in chosen}),
        "clean": sum(sample.defects == () for sample in chosen),
        "unlabelled": sum(sample.defects is None for sample in chosen),
        "defects": {name: counts[name] for name in classes},
    }


def level_table(manifest: Manifest) -> list[tuple[int, int]]:
    """(clean, defective) pieces of each variance level, 1 to 5.

    A piece is defective where one of its photos shows a defect, and clean where all were looked at and none
    does. Pieces without a level, with two, or not wholly labelled are left out, and so are approved samples:
    they are clean and of an even level because they were chosen to be.
    """
    pieces: dict[str, list[Sample]] = defaultdict(list)
    for sample in manifest:
        if not sample.approved_sample:
            pieces[sample.piece_id].append(sample)
    counts: Counter[tuple[int, bool]] = Counter()
    for samples in pieces.values():
        levels = {sample.variance for sample in samples if sample.variance is not None}
        defective = any(sample.defects for sample in samples)
        if len(levels) == 1 and (defective or all(sample.defects is not None for sample in samples)):
            counts[levels.pop(), defective] += 1
    return [(counts[level, False], counts[level, True]) for level in VARIANCE_LEVELS]


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", type=Path, help="a dataset folder")
    parser.add_argument("--levels", action="store_true", help="one row a category, material and level")
    parser.add_argument("--json", action="store_true", help="the same as JSON, for programs")


def run(args: argparse.Namespace) -> int:
    manifest = read_manifest(args.dataset)
    facts = describe(manifest)
    if args.json:
        print(json.dumps(facts, indent=2))
        return 0
    print(
        f"{facts['name']}: {facts['photos']} photos of {facts['pieces']} pieces, {facts['designs']} designs, "
        f"{facts['microfactories']} workshops"
    )
    print(f"fingerprint {facts['fingerprint']}")
    for split, counts in facts["splits"].items():
        if counts["photos"] or split != "test_designs":
            print(f"  {split:<12} {counts['photos']:>6} photos {counts['pieces']:>6} pieces", end="")
            print(f" {counts['defective']:>6} defective")
    if facts["photo_faults"]:
        print("photo faults  " + "  ".join(f"{n} {count}" for n, count in facts["photo_faults"].items()))
    fields = ("category", "material", "variance") if args.levels else ("category", "material")
    print("\nphotos of each category × material" + (" × level" if args.levels else "") + ", and a class")
    _print_rows(manifest, fields)
    print("\nphotos of each variance level, and a class")
    _print_rows(manifest, ("variance",))
    print("\npieces of each variance level: is variance independent of defects?")
    for line in independence_lines(manifest):
        print("  " + line)
    return 0


def independence_lines(manifest: Manifest) -> list[str]:
    """Level × clean and defective pieces, and the test in words."""
    table = level_table(manifest)
    lines = ["level  clean  defective  share defective"]
    for level, (clean, defective) in zip(VARIANCE_LEVELS, table, strict=True):
        share = f"{defective / (clean + defective):.0%}" if clean + defective else UNSAID
        lines.append(f"{level:>5} {clean:>6} {defective:>10} {share:>16}")
    return [*lines, *independence_words(table)]


def independence_words(table: Sequence[tuple[int, int]]) -> list[str]:
    """What the test of a `level_table` says, a line each."""
    tested = measure_independence(table)
    if tested is None:
        return ["too few levels or states to compare"]
    words = [
        f"chi-square {tested.chi_square:.2f}, {tested.df} degrees of freedom, p = {tested.p:.3g}, "
        f"Cramér's V = {tested.cramers_v:.2f}, {tested.n} pieces"
    ]
    if tested.rough:
        words.append(
            f"the smallest expected count is {tested.smallest_expected:.1f}, so p is rough; "
            f"by permutation p = {tested.p_permuted:.3g}"
        )
    seems = "variance and defects depend on each other" if tested.best_p < 0.05 else "no dependence shows"
    return [*words, f"{seems} (at 5 %)"]


def _print_rows(manifest: Manifest, fields: Sequence[str]) -> None:
    classes = manifest.card.taxonomy.defects
    head = [*("level" if field == "variance" else field for field in fields), "photos", "pieces", "clean"]
    rows = count_rows(manifest, fields)
    unlabelled = any(row["unlabelled"] for row in rows)
    head += [*(["unlabelled"] if unlabelled else []), *classes]
    cells = [head]
    for row in rows:
        counts = [row["photos"], row["pieces"], row["clean"], *([row["unlabelled"]] if unlabelled else [])]
        named = [UNSAID if row[field] is None else str(row[field]) for field in fields]
        # A blank for zero: what is there stands out.
        cells.append([*named, *map(str, counts), *(str(row["defects"][name] or "") for name in classes)])
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        padded = [
            text.ljust(width) if place < len(fields) else text.rjust(width)
            for place, (text, width) in enumerate(zip(line, widths, strict=True))
        ]
        print(("  " + "  ".join(padded)).rstrip())


def _level(samples: tuple[Sample, ...], level: int) -> dict[str, int]:
    chosen = [s for s in samples if s.variance == level]
    return {"clean": sum(s.defects == () for s in chosen), "defective": sum(bool(s.defects) for s in chosen)}


def _count(names: tuple[str, ...], found: list[Any]) -> dict[str, int]:
    counts = Counter(found)
    return {name: counts[name] for name in names if counts[name]}
