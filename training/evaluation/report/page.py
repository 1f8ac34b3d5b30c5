"""An evaluation as one page: figures, curves, and the photos that were judged worst.

    write_report(Path("report.html"), figures, scored, manifest, policy)

It is one file without a script that asks for nothing else, so it can be sent to whoever asks how good the
network is; it has the look of the doctor's report.
"""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from ubora.datasets.check.contact_sheet import chip
from ubora.datasets.check.stylesheet import page
from ubora.datasets.check.thumbnails import Colour, class_colours
from ubora.datasets.manifest import Manifest, write_whole
from ubora.training.calibration.risk import NEVER
from ubora.training.calibration.thresholds import Policy, is_judged
from ubora.training.evaluation.report.charts import CHART_STYLE, curve, levels_chart, reliability_diagram
from ubora.training.evaluation.report.tables import (
    TABLE_STYLE,
    class_table,
    grade_table,
    robustness_table,
    slice_table,
)
from ubora.training.evaluation.report.terminal import figure_words, number, share_words
from ubora.training.evaluation.report.worst import Case, pictures, worst_false_flags, worst_misses
from ubora.training.evaluation.slices import score_table
from ubora.training.figures import steps
from ubora.training.scoring.predictions import Scored

WORST = 12
SUBJECT_WORDS = {
    "by_material": "material",
    "by_variance": "variance levels",
    "by_size": "largest defect, of the piece's length",
    "by_category": "category",
    "by_microfactory": "workshop",
    "by_phone": "phone",
    "by_light": "light",
}
PAGE_STYLE = """
:root { --seen: #2f5d8c; }
@media (prefers-color-scheme: dark) { :root { --seen: #8fbbe8; } }
.lead { max-width: 70ch; }
.plots { display: grid; gap: 12px; grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); }
.plots > div, .pair > div { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: 10px 12px; min-width: 0; }
.plots h3, .pair h3 { display: flex; gap: 8px; align-items: baseline; flex-wrap: wrap; }
.pair { display: grid; gap: 12px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr)); }
.pair p, .note { color: var(--soft); font-size: .875rem; max-width: 70ch; margin: 6px 0 0; }
.undefined { color: var(--soft); font-size: .875rem; min-height: 5em; display: grid; place-items: center;
  margin: 0; }
.cases { display: grid; gap: 12px; grid-template-columns: repeat(auto-fill, minmax(min(100%, 370px), 1fr)); }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 1px; background: #0e0d0c; }
.cases .score { font-variant-numeric: tabular-nums; }
.tiles b { white-space: nowrap; }
.tiles small { display: block; font-variant-numeric: tabular-nums; color: inherit; opacity: .75; }
@media (max-width: 560px) { .plots { grid-template-columns: 1fr 1fr; gap: 8px; }
  .plots > div { padding: 8px; } .plots h3 { gap: 0 6px; } svg text { font-size: 14px; }
  svg .beside { display: none; }
  .tiles { grid-template-columns: repeat(4, 1fr); gap: 8px; }
  .tiles li { padding: 8px; font-size: .8rem; line-height: 1.3; } .tiles b { font-size: 1.1rem; } }
"""


def write_report(
    path: Path, figures: Mapping[str, Any], scored: Sequence[Scored], manifest: Manifest, policy: Policy
) -> None:
    """Write the page by an atomic replace.

    Args:
        figures: everything that `ubora train evaluate --json` writes.
        scored: the photos that they are of.

    Raises:
        OSError: the folder of `path` does not exist or cannot be written.
    """
    judged = [s for s in scored if is_judged(s)]
    classes = list(figures["classes"])
    colours = class_colours(classes)
    misses = worst_misses(judged, policy, classes, WORST)
    flags = worst_false_flags(judged, policy, classes, WORST)
    decided = figures["decisions"]
    body = [
        _summary(figures),
        _cases(
            "misses",
            "Worst misses",
            f"{decided['escape']['found']} of {decided['escape']['of']} defective photos passed. These "
            "looked the most innocent. Left, what is labelled; right, where the network looked, and the heat "
            "of the labelled class, scaled to its own peak.",
            [_case(c, manifest, colours) for c in misses],
        ),
        _cases(
            "false-flags",
            "Worst false flags",
            f"{decided['false_flag']['found']} of {decided['false_flag']['of']} clean photos were flagged. "
            "These looked the most suspicious; the heat is of the class that flagged.",
            [_case(c, manifest, colours) for c in flags],
        ),
        _classes(figures, judged, classes, colours),
        _variance(figures),
        _scores(figures),
        _slices(figures),
        _approved(figures),
        _robustness(figures),
    ]
    text = page(
        f"{figures['name']} on {figures['dataset']}",
        f"<h1>{escape(figures['name'])}</h1>" + "\n".join(part for part in body if part),
        CHART_STYLE + TABLE_STYLE + PAGE_STYLE,
    )
    write_whole(path, text.encode())


def _summary(figures: Mapping[str, Any]) -> str:
    decided, told = figures["decisions"], figures["any_defect"]
    size = figures.get("graph_bytes")
    tiles = [
        _tile("escape", decided["escape"], "fault", percent=True),
        _tile("false flag", decided["false_flag"], "warning", percent=True),
        _tile("retake", decided["retake"], percent=True),
        _tile("AUROC", told["auroc"]),
        _tile("mean AP", {"value": figures["map"], "interval": None}),
        _tile("grade, kappa", figures["variance"]["kappa"]),
        f"<li><b>{figures['latency_ms']['median']:.0f} ms</b> a photo"
        f"<small>95 % in {figures['latency_ms']['p95']:.0f}</small></li>",
        f"<li><b>{f'{size / 1e6:.1f} MB' if size else '–'}</b> graph</li>",
    ]
    links = [
        ("misses", "misses"),
        ("false-flags", "false flags"),
        ("classes", "classes"),
        ("variance", "variance"),
        ("scores", "scores"),
        ("slices", "slices"),
        *([("approved", "approved samples")] if figures["approved"] else []),
        *([("robustness", "robustness")] if figures.get("robustness") else []),
    ]
    nav = "".join(f'<a href="#{anchor}">{words}</a>' for anchor, words in links)
    return (
        f'<section id="summary"><p class="lead">{escape(figures["dataset"])}, {escape(figures["split"])}: '
        f"{figures['photos']} photos of {figures['pieces']} pieces, {figures['judged']} of them judged for "
        f"defects ({told['defective']} defective, {told['clean']} clean). Escape: a defective photo that "
        "passed. False flag: a clean one that was flagged. Intervals are 95 %, over whole pieces or by "
        f'Wilson.</p><ul class="tiles">{"".join(tiles)}</ul><nav>{nav}</nav></section>'
    )


def _cases(anchor: str, title: str, words: str, cards: Sequence[str]) -> str:
    shown = f'<div class="cases">{"".join(cards)}</div>' if cards else '<p class="fine">None.</p>'
    return f'<section id="{anchor}"><h2>{title}</h2><p class="note">{words}</p><br>{shown}</section>'


def _case(case: Case, manifest: Manifest, colours: Mapping[str, Colour]) -> str:
    sample = case.item.sample
    drawn = pictures(case, manifest, colours)
    name = escape(sample.file_name)
    photo = (
        f'<div class="two"><img src="{drawn[0]}" alt="{name}, labels"><img src="{drawn[1]}" alt="heat of '
        f'{escape(case.defect)}"></div>'
        if drawn
        else '<div class="broken">no picture</div>'
    )
    seen = dict.fromkeys((d.name, d.severity) for d in sample.defects or ())
    labels = " ".join(chip(n, colours.get(n), severity or "no severity") for n, severity in seen)
    limit = f"flagged from {case.threshold:.2f}" if case.threshold < NEVER else "a class switched off"
    facts = [sample.material, sample.category, sample.view, sample.light]
    facts += [sample.camera.phone + " phone"] if sample.camera else []
    facts += [f"level {sample.variance}"] if sample.variance else []
    return (
        f'<figure>{photo}<figcaption><div class="labels">{labels or "<em>clean</em>"}</div>'
        f'<div class="score">{escape(case.defect)} scored <b>{case.score:.2f}</b>, {limit}</div>'
        f'<div class="facts">{escape(" · ".join(fact for fact in facts if fact))}</div>'
        f'<div class="name">{name}</div></figcaption></figure>'
    )


def _classes(
    figures: Mapping[str, Any],
    judged: Sequence[Scored],
    classes: Sequence[str],
    colours: Mapping[str, Colour],
) -> str:
    scores, shown = score_table(judged, classes)
    clean = ~shown.any(axis=1)
    plots = []
    for k, name in enumerate(classes):
        either = shown[:, k] | clean
        own, own_shown = scores[either, k], shown[either, k]
        threshold = figures["thresholds"][name]
        mark = None
        if own_shown.any() and not own_shown.all():
            flagged = own >= threshold
            mark = float(flagged[~own_shown].mean()), float(flagged[own_shown].mean())
        plots.append(
            f"<div><h3>{chip(name, colours[name], f'{int(shown[:, k].sum())} photos')}</h3>"
            f"{curve(steps(own, own_shown), mark, f'recall of {name} against false flags')}</div>"
        )
    return (
        '<section id="classes"><h2>Classes</h2>'
        f"{class_table(figures['classes'], figures['thresholds'], colours)}"
        '<p class="note">Recall at so many clean photos flagged. Pointing: the hottest point of the heat '
        "lies in the mask. Below: share of a class found (up) for the share of clean photos flagged by it "
        "(across). The ring is the released threshold, the dashes are chance.</p><br>"
        f'<div class="plots">{"".join(plots)}</div></section>'
    )


def _variance(figures: Mapping[str, Any]) -> str:
    trend, grades = figures["variance_trend"], figures["variance"]
    rise = trend["rise"]
    words = f"Variance is never a defect: {escape(trend['sentence'])}"
    if rise is not None:
        low, high = rise["interval"] or (rise["value"], rise["value"])
        words += (
            f"; from levels 1–2 to 4–5 it changes by {100 * rise['value']:+.0f} points "
            f"[{100 * low:+.0f}, {100 * high:+.0f}]"
        )
    graded = (
        f"kappa {figure_words(grades['kappa'])}, mean error {number(grades['mae'])} levels, "
        f"{grades['n']} photos. Rows are what people say, columns what the network says."
    )
    return (
        '<section id="variance"><h2>Variance</h2><div class="pair">'
        f"<div><h3>False flags by level</h3>{levels_chart(trend['levels'], 'false flags by variance level')}"
        f"<p>{words}.</p></div>"
        f"<div><h3>Grades</h3>{grade_table(grades['table'])}<p>{escape(graded)}</p></div></div></section>"
    )


def _scores(figures: Mapping[str, Any]) -> str:
    parts = []
    for of, title in (
        ("any_defect", "Highest score, any defect"),
        ("every_class", "Every class's own score"),
    ):
        found = figures["reliability"][of]
        parts.append(
            f"<div><h3>{title}</h3>{reliability_diagram(found['bins'], title)}"
            f"<p>Expected calibration error {number(found['expected_calibration_error'])}. Dots on the "
            "dashes: the score is a probability. Columns: how many photos, on a root scale.</p></div>"
        )
    return f'<section id="scores"><h2>Scores</h2><div class="pair">{"".join(parts)}</div></section>'


def _slices(figures: Mapping[str, Any]) -> str:
    tables = [
        slice_table(words, figures[subject]) for subject, words in SUBJECT_WORDS.items() if figures[subject]
    ]
    return (
        '<section id="slices"><h2>Slices</h2><p class="note">Photos: defective + clean.</p><br>'
        f'<div class="tables">{"".join(tables)}</div></section>'
    )


def _approved(figures: Mapping[str, Any]) -> str:
    found = figures["approved"]
    if not found:
        return ""
    return (
        '<section id="approved"><h2>Beside the approved sample</h2><p class="note">'
        f"{found['photos']} photos against the approved photos of {found['designs']} designs. Its own design "
        f"is the nearest for {escape(share_words(found['top1']))}, among the five nearest for "
        f"{escape(share_words(found['top5']))}; by drawing lots, {found['by_chance']:.1%}. Pairs of one "
        f"design against pairs of two: AUROC {escape(figure_words(found['auroc']))}. Grades counted from the "
        f"approved sample: kappa {escape(figure_words(found['relative']['kappa']))}; alone, "
        f"{escape(figure_words(found['plain']['kappa']))}.</p></section>"
    )


def _robustness(figures: Mapping[str, Any]) -> str:
    found = figures.get("robustness")
    if not found:
        return ""
    return (
        f'<section id="robustness"><h2>Robustness <small>{found["photos"]} photos</small></h2>'
        f'<div class="tables">{robustness_table(found)}</div></section>'
    )


def _tile(what: str, figure: Mapping[str, Any] | None, kind: str = "", *, percent: bool = False) -> str:
    value, interval = (figure["value"], figure["interval"]) if figure else (None, None)

    def written(of: float) -> str:
        return f"{of:.0%}" if percent else f"{of:.2f}"

    small = f"<small>{written(interval[0])} to {written(interval[1])}</small>" if interval else ""
    return f'<li class="{kind}"><b>{"–" if value is None else written(value)}</b> {what}{small}</li>'
