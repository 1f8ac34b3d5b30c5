"""The report of `ubora data check`: one HTML page that needs no network, no script and no other file.

    write_report(Path("report.html"), root, manifest, problems, per_split=48)

Problems by kind with the photos in question, counts, and photos of every split with their labels drawn in.
It stays bounded whatever the dataset: at most `per_split` photos a split, SHOWN_PHOTOS photos and SHOWN_LINES
lines a kind of problem.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ubora.datasets.check.pages import templates
from ubora.datasets.check.problems import Problem
from ubora.datasets.check.thumbnails import Colour, class_colours, thumbnail
from ubora.datasets.manifest import Manifest, Sample, write_whole
from ubora.datasets.stats import UNSAID, count_labels, count_rows, independence_words, level_table
from ubora.datasets.taxonomy import EVERY_SPLIT, VARIANCE_LEVELS

PER_SPLIT = 48
SHOWN_PHOTOS = 12
SHOWN_LINES = 40
FEW_PHOTOS = 3


@dataclass(frozen=True)
class _Photo:
    """A photo as its card shows it."""

    name: str
    picture: str | None
    """Data URI; None where nothing decodes."""
    instead: str
    """What stands in place of labels; "" where there are some."""
    chips: Sequence[tuple[str, Colour | None, str]]
    """Each label once: class, colour, severity."""
    faults: Sequence[str]
    facts: Sequence[str]


@dataclass(frozen=True)
class _Kind:
    """One kind of problem: its first lines and photos."""

    level: str
    name: str
    anchor: str
    count: int
    lines: Sequence[Problem]
    photos: Sequence[_Photo]
    size: str


@dataclass(frozen=True)
class _Split:
    name: str | None
    photos: Sequence[_Photo]
    of: int


@dataclass(frozen=True)
class _Table:
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def write_report(
    path: Path,
    root: Path,
    manifest: Manifest | None,
    problems: Sequence[Problem],
    *,
    per_split: int = PER_SPLIT,
) -> None:
    """Write the page by an atomic replace.

    Args:
        root: the dataset folder, to be named.
        manifest: None where it could not be read: the page then holds the problems alone.
        problems: in the order in which they are to be read.
        per_split: photos a split on the contact sheets.

    Raises:
        OSError: the folder of `path` does not exist or cannot be written.
    """
    shown = _chosen(manifest, problems, per_split)
    sheets = {split: choose(manifest, split, per_split) for split in _splits(manifest)} if manifest else {}
    colours = class_colours(manifest.card.taxonomy.defects) if manifest else {}
    pictures = _pictures(manifest, shown, colours) if manifest else {}
    text = _page(root, manifest, problems, sheets, pictures, colours)
    write_whole(path, text.encode())


def choose(manifest: Manifest, split: str | None, count: int) -> list[Sample]:
    """At most `count` photos of a split: the same ones each time, and some of every class.

    They are taken in the order of a hash of their file names; first one of every class and one clean, then
    the rest. Sorted by class for reading, the clean ones last.
    """
    part = [sample for sample in manifest if sample.split == split]
    part.sort(key=lambda sample: hashlib.sha256(sample.file_name.encode()).digest())
    classes = manifest.card.taxonomy.defects
    first: dict[str, Sample] = {}
    for sample in part:
        for name in sample.defect_names() or ("",):
            first.setdefault(name, sample)
    ordered = {sample.file_name: sample for sample in (*first.values(), *part)}
    rank = {name: place for place, name in enumerate(classes)}

    def order(sample: Sample) -> tuple[int, str]:
        ranks = [rank[name] for name in sample.defect_names()]
        return min(ranks, default=len(rank)), sample.file_name

    return sorted(list(ordered.values())[:count], key=order)


def _splits(manifest: Manifest) -> list[str | None]:
    splits = {sample.split for sample in manifest}
    return [split for split in (*EVERY_SPLIT, None) if split in splits]


def _chosen(manifest: Manifest | None, problems: Sequence[Problem], per_split: int) -> set[str]:
    if manifest is None:
        return set()
    sheets = {s.file_name for split in _splits(manifest) for s in choose(manifest, split, per_split)}
    return sheets | {n for group in _by_kind(problems).values() for n in _photos_of(group)}


def _pictures(manifest: Manifest, names: set[str], colours: Mapping[str, Colour]) -> dict[str, str | None]:
    samples = [sample for sample in manifest if sample.file_name in names]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        drawn = pool.map(lambda sample: thumbnail(manifest, sample, colours), samples)
        return {sample.file_name: uri for sample, uri in zip(samples, drawn, strict=True)}


def _by_kind(problems: Iterable[Problem]) -> dict[tuple[str, str], list[Problem]]:
    groups: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        groups.setdefault((problem.level, problem.kind), []).append(problem)
    return groups


def _photos_of(group: Iterable[Problem]) -> list[str]:
    """The first photos of a kind's problems, each once; both of a pair or none."""
    names: dict[str, None] = {}
    for problem in group:
        photos = problem.photos[:SHOWN_PHOTOS]
        if len(names.keys() | set(photos)) > SHOWN_PHOTOS:
            break
        names.update(dict.fromkeys(photos))
    return list(names)


def _page(
    root: Path,
    manifest: Manifest | None,
    problems: Sequence[Problem],
    sheets: Mapping[str | None, Sequence[Sample]],
    pictures: Mapping[str, str | None],
    colours: Mapping[str, Colour],
) -> str:
    name = manifest.card.name if manifest else root.name
    samples = {sample.file_name: sample for sample in manifest or ()}
    photos = {file_name: _photo(samples[file_name], uri, colours) for file_name, uri in pictures.items()}
    splits = [
        _Split(split, [photos[s.file_name] for s in chosen], sum(s.split == split for s in samples.values()))
        for split, chosen in sheets.items()
    ]
    template = templates(Path(__file__).parent).get_template("contact_sheet.html.j2")
    return template.render(
        title=f"{name}: what the check found",
        name=name,
        root=str(root),
        description=manifest.card.description if manifest else None,
        tiles=_tiles(manifest, problems),
        kinds=[_kind(at, group, photos) for at, group in enumerate(_by_kind(problems).values())],
        counts=_counts(manifest) if manifest else None,
        splits=splits,
    )


def _tiles(manifest: Manifest | None, problems: Sequence[Problem]) -> list[tuple[str, int, str]]:
    """How each looks, its figure, and of what."""
    faults = sum(problem.level == "fault" for problem in problems)
    samples = manifest.samples if manifest else ()
    return [
        ("fault" if faults else "fine", faults, "faults" if faults != 1 else "fault"),
        ("warning" if len(problems) > faults else "fine", len(problems) - faults, "warnings"),
        ("", len(samples), "photos"),
        ("", len({sample.piece_id for sample in samples}), "pieces"),
        ("", len({sample.microfactory for sample in samples if sample.microfactory}), "workshops"),
        ("", len({sample.design for sample in samples if sample.design}), "designs"),
    ]


def _kind(at: int, group: Sequence[Problem], photos: Mapping[str, _Photo]) -> _Kind:
    shown = [photos[name] for name in _photos_of(group) if name in photos]
    # One photo stands beside the words; a kind with little to say takes half of a wide page.
    size = "half" if len(shown) <= FEW_PHOTOS and len(group) <= FEW_PHOTOS else "whole"
    return _Kind(group[0].level, group[0].kind, f"kind-{at}", len(group), group[:SHOWN_LINES], shown, size)


def _photo(sample: Sample, uri: str | None, colours: Mapping[str, Colour]) -> _Photo:
    seen = dict.fromkeys((defect.name, defect.severity) for defect in sample.defects or ())
    level = UNSAID if sample.variance is None else str(sample.variance)
    return _Photo(
        sample.file_name,
        uri,
        "not labelled" if sample.defects is None else "" if seen else "clean",
        [(name, colours.get(name), severity or "no severity") for name, severity in seen],
        sample.photo_faults or (),
        [f"level {level}", sample.split or "no split", sample.view or "no view"],
    )


def _counts(manifest: Manifest) -> dict[str, Any]:
    classes = manifest.card.taxonomy.defects
    pairs = level_table(manifest)
    levels = [
        [str(level), str(clean), str(defective), f"{defective / max(1, clean + defective):.0%}"]
        for level, (clean, defective) in zip(VARIANCE_LEVELS, pairs, strict=True)
    ]
    rows = [
        [row["category"] or UNSAID, row["material"] or UNSAID]
        + [str(row[key]) for key in ("photos", "pieces", "clean")]
        + [str(row["defects"][name]) for name in classes]
        for row in count_rows(manifest, ("category", "material"))
    ]
    return {
        "by_class": _by_class(manifest),
        "by_level": _Table(["level", "clean", "defective", "share"], levels),
        "words": "; ".join(independence_words(pairs)),
        "by_kind": _Table(["category", "material", "photos", "pieces", "clean", *classes], rows),
    }


def _by_class(manifest: Manifest) -> _Table:
    """A row a count and a class, a column a split."""
    classes = manifest.card.taxonomy.defects
    splits = _splits(manifest)
    parts = [[sample for sample in manifest if sample.split == split] for split in splits]
    counted = [count_labels(part, classes) for part in parts]
    shares = [f"{count['photos'] / max(1, len(manifest)):.0%}" for count in counted]
    rows = [["share", *shares]]
    rows += [[key, *(str(count[key]) for count in counted)] for key in ("photos", "pieces", "clean")]
    rows += [[name, *(str(count["defects"][name]) for count in counted)] for name in classes]
    return _Table(["", *(split or "no split" for split in splits)], rows)
