"""A release as a table that a person reads: what it is, what it promises, its classes, its headline figures.

print("\\n".join(shown(record)))

A figure that a release lacks is left out; all of them stand in its record (`ubora model show --json`).
"""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from ubora.models.marks import severities
from ubora.models.record import BundleRecord

WIDTH = 100
_SHARES = {
    "escape": "defective photos missed",
    "false_flag": "clean photos flagged",
    "retake": "good photos to be taken again",
}


def shown(record: BundleRecord) -> list[str]:
    """Lines of at most WIDTH characters, but for names that are longer."""
    size, data = record.input, record.dataset
    facts = [
        ("release", record.name),
        ("version", record.version),
        ("made", record.created_at),
        ("input", f"{size.size} × {size.size} {size.colour} {size.dtype}"),
        ("data", f"{data.name}: {data.photos} photos of {data.pieces} pieces"),
        ("promise", record.calibration.sentence),
        *((f"beside {entry.approved_photos}", entry.calibration.sentence) for entry in record.by_approved),
    ]
    lines = [line for name, value in facts for line in _wrapped(name, value)]
    lines += ["", *_classes(record)]
    known = figures(record.metrics)
    if known:
        split, photos = record.metrics.get("split", "?"), record.metrics.get("judged", "?")
        title = f"figures on {record.metrics.get('dataset', '?')}, {split}, {photos} photos judged"
        lines += ["", title, *_table(("", "value", "95 % interval", "of"), known)]
    return [*lines, "", f"all figures: ubora model show {record.name} --json"]


def _wrapped(name: str, value: str) -> list[str]:
    return textwrap.wrap(value, WIDTH, initial_indent=f"{name:<10}", subsequent_indent=" " * 10) or [name]


def _classes(record: BundleRecord) -> list[str]:
    head = ("class", "severity", "flagged from", "AP", "95 % interval", "photos")
    return _table(head, class_rows(record))


def class_rows(record: BundleRecord) -> list[tuple[str, str, str, str, str, str]]:
    """Of each class: name, severities, threshold, average precision, its interval, how many photos."""
    by_class = _mapping(record.metrics.get("classes"))
    rows = []
    for defect in record.deciding()[0]:
        of_class = _mapping(by_class.get(defect.name))
        off = defect.threshold >= 1
        precision = _mapping(of_class.get("ap"))
        rows.append(
            (
                defect.name,
                " to ".join(dict.fromkeys(severities(defect))),
                "switched off" if off else f"{defect.threshold:.3f}",
                _number(precision.get("value")),
                _interval(precision),
                str(of_class.get("defective", "–")),
            )
        )
    return rows


def figures(metrics: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """What it is, its value, its 95 % interval and of how many; an empty text where there is none."""
    rows: list[tuple[str, str, str, str]] = []
    any_defect, decisions = _mapping(metrics.get("any_defect")), _mapping(metrics.get("decisions"))
    if auroc := _mapping(any_defect.get("auroc")):
        of = f"{any_defect.get('defective', '?')} + {any_defect.get('clean', '?')}"
        rows.append(("defective against clean, AUROC", _number(auroc.get("value")), _interval(auroc), of))
    if "map" in metrics:
        rows.append(("mean AP of the classes", _number(metrics["map"]), "", ""))
    for name, words in _SHARES.items():
        if share := _mapping(decisions.get(name)):
            of = f"{share.get('found', '?')} of {share.get('of', '?')}"
            rows.append((words, _percent(share.get("value")), _interval(share, _percent), of))
    variance = _mapping(metrics.get("variance"))
    if kappa := _mapping(variance.get("kappa")):
        rows.append(
            (
                "variance levels, weighted kappa",
                _number(kappa.get("value")),
                _interval(kappa),
                str(variance.get("n", "")),
            )
        )
    if "within_one" in variance:
        rows.append(("variance levels, at most one off", _percent(variance["within_one"]), "", ""))
    if latency := _mapping(metrics.get("latency_ms")):
        rows.append(("one photo, median ms", _number(latency.get("median"), 0), "", ""))
    return rows


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns as wide as their widest cell; words to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    right = [
        all(not cell or cell[0] in "0123456789–+-[s" for cell in column) for column in zip(*rows, strict=True)
    ]
    return [
        "  ".join(
            cell.rjust(width) if flush and place > 1 else cell.ljust(width)
            for place, (cell, width, flush) in enumerate(
                zip(row, widths, right or [False] * len(head), strict=True)
            )
        ).rstrip()
        for row in (head, *rows)
    ]


def _mapping(value: Any) -> Mapping[str, Any]:
    """A part of the figures, which a release of another kind may lack or leave empty."""
    return value if isinstance(value, dict) else {}


def _number(value: Any, digits: int = 2) -> str:
    return f"{value:.{digits}f}" if isinstance(value, (int, float)) else "–"


def _percent(value: Any) -> str:
    return f"{100 * value:.1f} %" if isinstance(value, (int, float)) else "–"


def _interval(figure: Mapping[str, Any], number: Any = _number) -> str:
    interval = figure.get("interval")
    return f"[{number(interval[0])}, {number(interval[1])}]" if interval else ""
