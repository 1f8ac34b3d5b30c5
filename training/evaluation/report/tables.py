"""The tables of the HTML report: a value with its interval drawn beside it, and counts.

slice_table("material", figures["by_material"])
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ubora.datasets.check.contact_sheet import chip
from ubora.datasets.check.thumbnails import Colour
from ubora.training.calibration.risk import NEVER
from ubora.training.evaluation.report.charts import interval_bar
from ubora.training.evaluation.report.terminal import number
from ubora.training.figures import wilson

TABLE_STYLE = """
.wide th, .wide td { padding: 4px 8px; }
tbody th { position: sticky; left: 0; background: var(--card); }
.cell { display: flex; gap: 6px; align-items: center; justify-content: flex-end; }
.cell small { min-width: 4.6em; text-align: left; }
.slice table { font-size: .8125rem; }
.slice .wide th, .slice .wide td { padding: 3px 6px; }
.slice .bar { width: 44px; }
.slice .cell small { min-width: 4.2em; }
@media (max-width: 560px) { .slice .bar { display: none; } .slice .cell small { min-width: 0; }
  .slice .cell { flex-direction: column; gap: 0; align-items: flex-end; line-height: 1.25; } }
.grades { width: auto; margin: 4px 0; }
.grades td, .grades th { text-align: center; min-width: 2.6em; }
.grades td { background: color-mix(in srgb, var(--seen) calc(var(--share) * 70%), var(--card)); }
"""


def class_table(
    classes: Mapping[str, Any], thresholds: Mapping[str, float], colours: Mapping[str, Colour]
) -> str:
    """A row a class: AP, recall at fixed false flags, threshold, and whether the heat lies on the defect."""
    shares = list(next(iter(classes.values()))["recall_at_false_flags"])
    head = ["class", "photos", "AP", *(f"recall at {float(s):.0%}" for s in shares)]
    head += ["threshold", "pointing", "cell AP", "cell IoU"]
    rows = []
    for name, own in classes.items():
        pointed = own["pointing"]
        hit = None if pointed is None else wilson(round(pointed * own["masks"]), own["masks"])
        threshold = thresholds[name]
        rows.append(
            [
                chip(name, colours[name], ""),
                str(own["defective"]),
                _figure(own["ap"]),
                *(_figure(own["recall_at_false_flags"][s], bar=False) for s in shares),
                "never" if threshold >= NEVER else f"{threshold:.2f}",
                _cell(pointed, hit, percent=True),
                number(own["pixel_ap"]),
                number(own["iou"]),
            ]
        )
    return _table(head, rows)


def slice_table(title: str, parts: Mapping[str, Any]) -> str:
    """A row a slice: defective + clean photos, escape, false flag and AUROC."""
    head = ["", "photos", "escape", "false flag", "AUROC"]
    rows = [
        [
            escape(name),
            f"{own['defective']} + {own['clean']}",
            _share(own["escape"], bad=True),
            _share(own["false_flag"], bad=True),
            _figure(own["auroc"]),
        ]
        for name, own in parts.items()
    ]
    return f'<div class="slice"><h3>{escape(title)}</h3>{_table(head, rows)}</div>'


def robustness_table(found: Mapping[str, Any]) -> str:
    """A row a change of the photo: other verdicts, escape, false flag, retake."""
    head = ["change", "other verdict", "escape", "false flag", "retake"]
    decided = ("escape", "false_flag", "retake")
    rows = [["as they are", "–", *(_share(found["as_they_are"][key], bad=True) for key in decided)]]
    rows += [
        [
            escape(name),
            _share(own["changed"], bad=True),
            *(_share(own[key], bad=True) for key in decided),
        ]
        for name, own in found["changes"].items()
    ]
    return f"<div>{_table(head, rows)}</div>"


def grade_table(table: Sequence[Sequence[int]] | None) -> str:
    """Levels people gave (rows) against the network's, each row shaded by its own shares."""
    if table is None:
        return '<p class="undefined">nobody graded these photos</p>'
    head = "".join(f'<th scope="col">{level}</th>' for level in range(1, len(table) + 1))
    body = ""
    for level, row in enumerate(table, start=1):
        cells = "".join(f'<td style="--share:{n / max(1, sum(row)):.2f}">{n}</td>' for n in row)
        body += f'<tr><th scope="row">{level}</th>{cells}</tr>'
    return (
        f'<div class="wide"><table class="grades"><thead><tr><th></th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Cells of `rows` are HTML, the first of each row its name."""
    top = "".join(f'<th scope="col">{escape(text)}</th>' for text in head)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>'
        for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _figure(figure: Mapping[str, Any] | None, *, bar: bool = True) -> str:
    return _cell(None, None) if figure is None else _cell(figure["value"], figure["interval"], bar=bar)


def _share(share: Mapping[str, Any], *, bad: bool) -> str:
    return _cell(share["value"], share["interval"], bad=bad, percent=True)


def _cell(
    value: float | None,
    interval: Sequence[float] | None,
    *,
    bad: bool = False,
    percent: bool = False,
    bar: bool = True,
) -> str:
    """A drawn interval, the value, and the interval in small figures."""
    if value is None:
        return "–"

    def written(share: float) -> str:
        return f"{100 * share:.0f}" if percent else f"{share:.2f}"

    small = f"<small>{written(interval[0])}–{written(interval[1])}</small>" if interval else "<small></small>"
    sign = " %" if percent else ""
    drawn = interval_bar(value, interval, bad=bad) if bar else ""
    return f'<div class="cell">{drawn}{written(value)}{sign}{small}</div>'
