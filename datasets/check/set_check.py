"""What is wrong across the photos of a dataset: pieces, splits, copies, counts.

problems = check_pieces(manifest, lines) + check_splits(manifest, lines) + check_counts(manifest)

`lines` is `problems.manifest_lines`: file name → line of the manifest.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from ubora.datasets.check.copies import Look, near_copies
from ubora.datasets.check.problems import Problem, place
from ubora.datasets.independence import measure_independence
from ubora.datasets.manifest import METADATA, Manifest, Sample
from ubora.datasets.stats import level_table
from ubora.datasets.taxonomy import SPLITS, VARIANCE_LEVELS, Split

UNSEEN_DESIGNS: Split = "test_designs"
"""The split of designs of which no piece stands in another split."""
MIN_IN_TRAIN = 10
SIZE_RATIO = 1.5
MIN_TRAIN_SHARE, MIN_HELD_OUT_SHARE = 0.5, 0.05
_ONE_PER_PIECE = {
    "design": ("design", "designs"),
    "material": ("material", "materials"),
    "category": ("category", "categories"),
    "microfactory": ("workshop", "workshops"),
    "variance": ("variance level", "variance levels"),
}
"""Fields of a Sample, and what one and two of them are called."""
_DEPENDENT_P, _DEPENDENT_V = 0.01, 0.2

Lines = Mapping[str, int]


def check_pieces(manifest: Manifest, lines: Lines) -> list[Problem]:
    """A piece is one thing: one design, material, category, workshop and variance level in all its photos."""
    problems = []
    for piece, samples in sorted(_grouped(manifest, "piece_id").items()):
        for field, (one, several) in _ONE_PER_PIECE.items():
            values = {value: sample for sample in samples if (value := getattr(sample, field)) is not None}
            if len(values) > 1:
                found = " and ".join(sorted(map(str, values)))
                detail = f"{several} {found} in photos of one piece; expected one {one}"
                shown = tuple(sample.file_name for sample in values.values())
                where = place(lines, samples, piece)
                fault = not (field == "variance" and _graders_differ(samples))
                kind = f"piece of two {several}"
                problems.append(Problem(kind, "fault" if fault else "warning", where, detail, shown))
    owners: dict[str, list[Sample]] = defaultdict(list)
    for sample in manifest:
        for name in list(sample.files())[1:]:
            owners[name].append(sample)
    for name, samples in sorted(owners.items()):
        if len(samples) > 1:
            shown = tuple(dict.fromkeys(sample.file_name for sample in samples))
            detail = f"is the mask of {len(samples)} labels; expected a file each"
            problems.append(Problem("mask used twice", "warning", place(lines, samples, name), detail, shown))
    return problems


def check_splits(manifest: Manifest, lines: Lines, by: Iterable[str] = ()) -> list[Problem]:
    """What stands on two sides of a split.

    Args:
        by: "microfactory" or "design", where a split is meant to hold out whole ones.
    """
    problems = []
    for piece, samples in _on_two_sides(manifest, "piece_id"):
        problems.append(_sides("piece on both sides", "piece", lines, piece, samples, fault=True))
    for design, samples in _on_two_sides(manifest, "design"):
        if any(sample.split == UNSEEN_DESIGNS for sample in samples):
            kind = f"{UNSEEN_DESIGNS} design seen elsewhere"
            problems.append(_sides(kind, "design", lines, design, samples, fault=True))
    for field in dict.fromkeys(by):
        for value, samples in _on_two_sides(manifest, field):
            problems.append(_sides(f"{field} on both sides", field, lines, value, samples, fault=False))
    without = [sample for sample in manifest if sample.split is None]
    if without:
        detail = f"{len(without)} photos have none; `ubora data split` gives them one"
        problems.append(Problem("no split", "warning", place(lines, without, "no split"), detail))
    return problems + _share_problems(manifest)


def check_copies(manifest: Manifest, lines: Lines, looks: Mapping[str, Look]) -> list[Problem]:
    """The same bytes twice, and photos of different pieces that look the same.

    Args:
        looks: by file name, of the photos that could be decoded and show anything.
    """
    problems = []
    for samples in _grouped(manifest, "sample_id").values():
        if len(samples) > 1:
            names = tuple(sample.file_name for sample in samples)
            where, listed = place(lines, samples, names[0]), ", ".join(names)
            conflict = len({_label(sample) for sample in samples}) > 1
            kind = "label conflict" if conflict else "same photo twice"
            detail = f"the same bytes with different labels: {listed}" if conflict else f"also as {listed}"
            problems.append(Problem(kind, "fault", where, detail, names))
    # Of the same bytes, told above, one stands for all.
    chosen = list({s.sample_id: s for s in reversed(manifest.samples) if s.file_name in looks}.values())[::-1]
    pieces = [sample.piece_id for sample in chosen]
    sides = [str(sample.split) for sample in chosen]
    for pair in near_copies([looks[sample.file_name] for sample in chosen], pieces, sides):
        one, other = chosen[pair.first], chosen[pair.second]
        across = None not in (one.split, other.split) and one.split != other.split
        unlike = _label(one) != _label(other) and None not in (one.defects, other.defects)
        if not (across or (unlike and pair.certain)):
            continue
        names = (one.file_name, other.file_name)
        found = f"{pair.bits} of 256 bits differ, correlation {pair.correlation:.3f}"
        labels = "; their labels differ" if unlike else ""
        detail = f"looks like {other.file_name} of another piece ({found}){labels}"
        where = place(lines, (one, other), one.file_name)
        if not across:
            problems.append(Problem("near-copy with another label", "warning", where, detail, names))
            continue
        detail = f"in {one.split}, {detail}, in {other.split}"
        # A figure on a copy is a memory, not a skill.
        if pair.certain:
            problems.append(Problem("copy across splits", "fault", where, detail, names))
        else:
            problems.append(Problem("near-copy across splits", "warning", where, detail, names))
    return problems


def check_files(manifest: Manifest) -> list[Problem]:
    """Files in the folders of photos and masks that no line names."""
    named = {name for sample in manifest for name in sample.files()}
    folders = sorted({manifest.path(name).parent for name in named} - {manifest.root})
    there = (path.relative_to(manifest.root).as_posix() for folder in folders for path in folder.iterdir())
    stray = sorted(name for name in there if name not in named and manifest.path(name).is_file())
    if not stray:
        return []
    detail = f"{len(stray)} files that no line names: {', '.join(stray[:3])}{', …' if len(stray) > 3 else ''}"
    return [Problem("stray file", "warning", str(manifest.root), detail)]


def check_counts(manifest: Manifest) -> list[Problem]:
    """Classes and variance levels too rare to learn, and variance that foretells defects."""
    if not any(sample.defects is not None for sample in manifest):
        return []
    taxonomy = manifest.card.taxonomy
    problems = []
    everywhere = Counter(name for sample in manifest for name in sample.defect_names())
    split = any(sample.split for sample in manifest)
    train = [sample for sample in manifest if sample.split == "train" or not split]
    for name in taxonomy.defects:
        with_it = [sample for sample in train if name in sample.defect_names()]
        if everywhere[name] == 0:
            problems.append(_count("class without example", name, "no photo shows it; it cannot be learnt"))
        elif len(with_it) < MIN_IN_TRAIN:
            pieces = len({sample.piece_id for sample in with_it})
            detail = f"photos to train on: {len(with_it)}, pieces: {pieces}; expected {MIN_IN_TRAIN} photos"
            problems.append(_count("class with few examples", name, detail))
    for part in ("val", "test") if split else ():
        held_out = {n for sample in manifest if sample.split == part for n in sample.defect_names()}
        lacking = [name for name in taxonomy.defects if everywhere[name] and name not in held_out]
        if lacking and any(sample.split == part for sample in manifest):
            problems.append(_count("class not measured", part, f"no photo of {', '.join(lacking)}"))
    return problems + _level_problems(manifest)


def check_colours(grey: Mapping[str, bool]) -> list[Problem]:
    """Grey photos among coloured ones: the network would learn the camera."""
    without = tuple(name for name, is_grey in grey.items() if is_grey)
    if not without or len(without) == len(grey):
        return []
    detail = f"{len(without)} of {len(grey)} photos are stored in grey, the others in colour"
    return [Problem("grey among colour", "warning", METADATA, detail, without)]


def check_sizes(manifest: Manifest, sizes: Mapping[str, tuple[int, int]]) -> list[Problem]:
    """Splits whose photos are of quite another size: a figure on them is of another task.

    Args:
        sizes: width and height in pixels by file name, of the photos that could be decoded.
    """
    sides: dict[str, list[int]] = defaultdict(list)
    for sample in manifest:
        if sample.split and sample.file_name in sizes:
            sides[sample.split].append(max(sizes[sample.file_name]))
    middle = {split: median(found) for split, found in sides.items()}
    return [
        _count(
            "split of other sizes",
            split,
            f"half of its photos are at least {side:g} pixels long, of train {middle['train']:g}",
        )
        for split, side in middle.items()
        if "train" in middle and not 1 / SIZE_RATIO <= side / middle["train"] <= SIZE_RATIO
    ]


def _graders_differ(samples: Sequence[Sample]) -> bool:
    """One level apart, as two people who grade one piece often are; what was rendered is known exactly."""
    levels = [sample.variance for sample in samples if sample.variance is not None]
    return max(levels) - min(levels) == 1 and any(sample.source != "rendered" for sample in samples)


def _level_problems(manifest: Manifest) -> list[Problem]:
    table = level_table(manifest)
    if not any(map(sum, table)):
        return []
    problems = []
    for level, (clean, defective) in zip(VARIANCE_LEVELS, table, strict=True):
        if clean + defective == 0:
            problems.append(
                _count("level without example", f"level {level}", "no piece; it cannot be learnt")
            )
        elif not clean or not defective:
            detail = f"{clean} clean and {defective} defective pieces; expected both, or level and defect mix"
            problems.append(_count("level in one state", f"level {level}", detail))
    tested = measure_independence(table)
    if tested and tested.best_p < _DEPENDENT_P and tested.cramers_v > _DEPENDENT_V:
        detail = (
            f"over {tested.n} pieces p = {tested.best_p:.2g}, Cramér's V = {tested.cramers_v:.2f}; expected "
            "independence, or the network takes the one for the other"
        )
        problems.append(_count("variance foretells defects", "variance level × defective", detail))
    return problems


def _share_problems(manifest: Manifest) -> list[Problem]:
    counts = Counter(str(sample.split) for sample in manifest if sample.split)
    total, problems = sum(counts.values()), []
    # Not every dataset keeps designs apart: the optional split may be small or empty.
    for split in SPLITS if total else ():
        share = counts[split] / total
        least = MIN_TRAIN_SHARE if split == "train" else MIN_HELD_OUT_SHARE
        if counts[split] == 0:
            problems.append(_count("empty split", split, "no photos"))
        elif share < least:
            detail = f"{share:.1%} of the photos ({counts[split]}); expected at least {least:.0%}"
            problems.append(_count("small split", split, detail))
    return problems


def _sides(
    kind: str, what: str, lines: Lines, name: str, samples: Sequence[Sample], *, fault: bool
) -> Problem:
    counts = Counter(str(sample.split) for sample in samples if sample.split)
    sides = ", ".join(f"{split} ({count})" for split, count in sorted(counts.items()))
    shown = tuple({str(sample.split): sample.file_name for sample in samples if sample.split}.values())
    detail = f"photos in {sides}; expected a {what} in one split"
    return Problem(kind, "fault" if fault else "warning", place(lines, samples, name), detail, shown)


def _on_two_sides(manifest: Manifest, field: str) -> list[tuple[str, list[Sample]]]:
    groups = sorted(_grouped(manifest, field).items())
    return [(n, group) for n, group in groups if len({s.split for s in group if s.split}) > 1]


def _grouped(manifest: Manifest, field: str) -> dict[str, list[Sample]]:
    groups: dict[str, list[Sample]] = defaultdict(list)
    for sample in manifest:
        value = getattr(sample, field)
        if value is not None:
            groups[str(value)].append(sample)
    return groups


def _label(sample: Sample) -> str:
    names = None if sample.defects is None else sorted(sample.defect_names())
    return json.dumps([names, sample.variance])


def _count(kind: str, where: str, detail: str) -> Problem:
    return Problem(kind, "warning", where, detail)
