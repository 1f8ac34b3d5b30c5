"""The doctor's report: one HTML page that needs no network, no script and no other file.

    write_report(Path("report.html"), root, manifest, problems, per_split=48)

Problems by kind with the photos in question, counts, and photos of every split with their labels drawn in.
It stays bounded whatever the dataset: at most `per_split` photos a split, SHOWN_PHOTOS photos and SHOWN_LINES
lines a kind of problem.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from html import escape
from pathlib import Path

from ubora.datasets.check.problems import Problem
from ubora.datasets.check.stylesheet import page
from ubora.datasets.check.thumbnails import Colour, class_colours, thumbnail
from ubora.datasets.manifest import Manifest, Sample, write_whole
from ubora.datasets.stats import UNSAID, count_labels, count_rows, independence_words, level_table
from ubora.datasets.taxonomy import EVERY_SPLIT, VARIANCE_LEVELS

PER_SPLIT = 48
SHOWN_PHOTOS = 12
SHOWN_LINES = 40
FEW_PHOTOS = 3


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
    found = {sample.split for sample in manifest}
    return [split for split in (*EVERY_SPLIT, None) if split in found]


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
    cards = {file_name: _card(samples[file_name], uri, colours) for file_name, uri in pictures.items()}
    groups = _by_kind(problems)
    body = [_summary(root, manifest, problems, sheets), '<section id="problems"><h2>Problems</h2>']
    if not problems:
        body.append('<p class="fine">None was found.</p>')
    body += [_kind(f"kind-{at}", group, cards) for at, group in enumerate(groups.values())]
    body.append("</section>")
    if manifest:
        body.append(_counts(manifest))
        for split, chosen in sheets.items():
            total = sum(sample.split == split for sample in manifest)
            title = f"{escape(split or 'no split')} <small>{len(chosen)} of {total} photos"
            body.append(f'<section id="split-{escape(split or "none")}"><h2>{title}')
            body.append('</small></h2><div class="sheet">')
            body += [cards[sample.file_name] for sample in chosen]
            body.append("</div></section>")
    return page(f"{name}: what the doctor found", f"<h1>{escape(name)}</h1>" + "\n".join(body))


def _summary(
    root: Path, manifest: Manifest | None, problems: Sequence[Problem], splits: Iterable[str | None]
) -> str:
    faults = sum(problem.level == "fault" for problem in problems)
    samples = manifest.samples if manifest else ()
    tiles = [
        ("fault" if faults else "fine", str(faults), "faults" if faults != 1 else "fault"),
        ("warning" if len(problems) > faults else "fine", str(len(problems) - faults), "warnings"),
        ("", str(len(samples)), "photos"),
        ("", str(len({sample.piece_id for sample in samples})), "pieces"),
        ("", str(len({sample.microfactory for sample in samples if sample.microfactory})), "workshops"),
        ("", str(len({sample.design for sample in samples if sample.design})), "designs"),
    ]
    drawn = "".join(f'<li class="{kind}"><b>{value}</b> {what}</li>' for kind, value, what in tiles)
    lead = f"<p><code>{escape(str(root))}</code></p>"
    if manifest and manifest.card.description:
        lead += f"<p>{escape(manifest.card.description)}</p>"
    links = [
        f'<a class="{level}" href="#kind-{at}">{escape(kind)} <small>{len(group)}</small></a>'
        for at, ((level, kind), group) in enumerate(_by_kind(problems).items())
    ]
    links += ['<a href="#counts">counts</a>'] if manifest else []
    links += [f'<a href="#split-{escape(s or "none")}">{escape(s or "no split")}</a>' for s in splits]
    return f'<section id="summary">{lead}<ul class="tiles">{drawn}</ul><nav>{"".join(links)}</nav></section>'


def _kind(anchor: str, group: Sequence[Problem], cards: Mapping[str, str]) -> str:
    level, kind = group[0].level, group[0].kind
    lines = [
        f"<li><code>{escape(problem.where)}</code> {escape(problem.detail)}</li>"
        for problem in group[:SHOWN_LINES]
    ]
    if len(group) > SHOWN_LINES:
        lines.append(f"<li>… and {len(group) - SHOWN_LINES} more</li>")
    shown = [cards[name] for name in _photos_of(group) if name in cards]
    photos = f'<div class="sheet">{"".join(shown)}</div>' if shown else ""
    # One photo stands beside the words; a kind with little to say takes half of a wide page.
    size = "half" if len(shown) <= FEW_PHOTOS and len(group) <= FEW_PHOTOS else "whole"
    few = "one" if len(shown) == 1 else "several"
    return (
        f'<details class="{level} {size}" id="{anchor}" open><summary><span class="level">{level}</span>'
        f" {escape(kind)} <small>{len(group)}</small></summary>"
        f'<div class="{few}"><ul>{"".join(lines)}</ul>{photos}</div></details>'
    )


def _card(sample: Sample, uri: str | None, colours: Mapping[str, Colour]) -> str:
    name = escape(sample.file_name)
    picture = f'<img src="{uri}" alt="{name}">' if uri else '<div class="broken">no picture</div>'
    if sample.defects is None:
        labels = "<em>not labelled</em>"
    elif not sample.defects:
        labels = "<em>clean</em>"
    else:
        seen = dict.fromkeys((defect.name, defect.severity) for defect in sample.defects)
        labels = " ".join(chip(n, colours.get(n), severity or "no severity") for n, severity in seen)
    level = UNSAID if sample.variance is None else str(sample.variance)
    facts = [f"level {level}", sample.split or "no split", sample.view or "no view"]
    faults = "".join(f'<span class="retake">{escape(fault)}</span>' for fault in sample.photo_faults or ())
    return (
        f'<figure>{picture}<figcaption><div class="labels">{labels}{faults}</div>'
        f'<div class="facts">{escape(" · ".join(facts))}</div><div class="name">{name}</div>'
        "</figcaption></figure>"
    )


def chip(name: str, colour: Colour | None, severity: str) -> str:
    """A class with its colour's swatch and a word in small, as HTML."""
    red, green, blue = colour or (255, 0, 255)
    swatch = f'<i style="background:rgb({red},{green},{blue})"></i>'
    return f'<span class="chip">{swatch}{escape(name)} <small>{escape(severity)}</small></span>'


def _counts(manifest: Manifest) -> str:
    classes = manifest.card.taxonomy.defects
    splits = _splits(manifest)
    parts = [[sample for sample in manifest if sample.split == split] for split in splits]
    counted = [count_labels(part, classes) for part in parts]
    heads = [split or "no split" for split in splits]
    shares = [f"{count['photos'] / max(1, len(manifest)):.0%}" for count in counted]
    by_class = [["share", *shares]]
    by_class += [
        [label, *(str(count[key]) for count in counted)]
        for label, key in (("photos", "photos"), ("pieces", "pieces"), ("clean", "clean"))
    ]
    by_class += [[name, *(str(count["defects"][name]) for count in counted)] for name in classes]
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
    level_head = ["level", "clean", "defective", "share"]
    words = escape("; ".join(independence_words(pairs)))
    head = ["category", "material", "photos", "pieces", "clean", *classes]
    return (
        '<section id="counts"><h2>Counts</h2><div class="tables">'
        + _table("class × split, photos", ["", *heads], by_class, 1)
        + _table("variance level × defective, pieces", level_head, levels, 1, words)
        + _table("category × material × class, photos", head, rows, 2)
        + "</div></section>"
    )


def _table(
    title: str, head: Sequence[str], rows: Sequence[Sequence[str]], names: int, below: str = ""
) -> str:
    def cells(row: Sequence[str]) -> str:
        return "".join(
            f'<th scope="row">{escape(text)}</th>'
            if place < names
            else f"<td{' class=none' if text == '0' else ''}>{escape(text)}</td>"
            for place, text in enumerate(row)
        )

    top = "".join(f'<th scope="col">{escape(text)}</th>' for text in head)
    body = "".join(f"<tr>{cells(row)}</tr>" for row in rows)
    note = f"<p>{below}</p>" if below else ""
    return (
        f'<div><h3>{escape(title)}</h3><div class="wide"><table><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>{note}</div>"
    )
