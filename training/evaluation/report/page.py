"""An evaluation as one page: figures, curves, and the photos that were judged worst.

    write_report(Path("report.html"), figures, scored, manifest, policy)

It is one file without a script that asks for nothing else, so it can be sent to whoever asks how good the
network is; it has the look of the report of `ubora data check`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from ubora.datasets.check.pages import templates
from ubora.datasets.check.thumbnails import Colour, class_colours
from ubora.datasets.manifest import Manifest, write_whole
from ubora.models.intervals import Interval, wilson
from ubora.training.calibration.risk import NEVER
from ubora.training.calibration.thresholds import Policy
from ubora.training.evaluation.report.charts import curve, interval_bar, levels_chart, reliability_diagram
from ubora.training.evaluation.report.worst import Case, pictures, worst_false_flags, worst_misses
from ubora.training.evaluation.slices import score_table
from ubora.training.figures import steps
from ubora.training.scoring.predictions import Scored, is_judged
from ubora.training.words import interval_words, number, share_words

WORST = 12
SUBJECT_WORDS = {
    "by_material": "material",
    "by_variance": "variance levels",
    "by_size": "largest defect, of the piece's length",
    "by_sight": "defects",
    "by_category": "category",
    "by_microfactory": "workshop",
    "by_phone": "phone",
    "by_light": "light",
}
RELIABILITY_WORDS = {"any_defect": "Highest score, any defect", "every_class": "Every class's own score"}


@dataclass(frozen=True)
class _Photo:
    """One of the worst, as its card shows it."""

    name: str
    pictures: tuple[str, str] | None
    """Data URIs: with its labels, with its heat; None where nothing decodes."""
    chips: Sequence[tuple[str, Colour | None, str]]
    """Each label once: class, colour, severity."""
    defect: str
    score: float
    limit: str
    facts: Sequence[str]


@dataclass(frozen=True)
class _Class:
    """A class's row, and its curve below the table."""

    name: str
    colour: Colour
    own: Mapping[str, Any]
    threshold: str
    pointing_interval: Interval | None
    photos: int
    curve: Markup | None


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
    trend = figures["variance_trend"]
    misses = worst_misses(judged, policy, classes, WORST)
    flags = worst_false_flags(judged, policy, classes, WORST)
    template = _environment().get_template("report.html.j2")
    text = template.render(
        title=f"{figures['name']} on {figures['dataset']}",
        figures=figures,
        misses=[_photo(case, manifest, colours) for case in misses],
        false_flags=[_photo(case, manifest, colours) for case in flags],
        classes=_classes(figures, judged, classes, colours),
        recalls=_recalls(figures["classes"]),
        levels_chart=levels_chart(trend["levels"], "false flags by variance level"),
        rise=_rise(trend["rise"]),
        reliability=_reliability(figures["reliability"]),
        subjects=SUBJECT_WORDS,
    )
    write_whole(path, text.encode())


def _environment() -> Environment:
    environment = templates(Path(__file__).parent)
    environment.filters |= {"interval_words": interval_words, "number": number, "share_words": share_words}
    environment.globals |= {"interval_bar": interval_bar}
    return environment


def _photo(case: Case, manifest: Manifest, colours: Mapping[str, Colour]) -> _Photo:
    sample = case.item.sample
    seen = dict.fromkeys((d.name, d.severity) for d in sample.defects or ())
    facts = [sample.material, sample.category, sample.view, sample.light]
    facts += [sample.camera.phone + " phone"] if sample.camera else []
    facts += [f"level {sample.variance}"] if sample.variance else []
    return _Photo(
        name=sample.file_name,
        pictures=pictures(case, manifest, colours),
        chips=[(name, colours.get(name), severity or "no severity") for name, severity in seen],
        defect=case.defect,
        score=case.score,
        limit=f"flagged from {case.threshold:.2f}" if case.threshold < NEVER else "a class switched off",
        facts=[fact for fact in facts if fact],
    )


def _classes(
    figures: Mapping[str, Any],
    judged: Sequence[Scored],
    classes: Sequence[str],
    colours: Mapping[str, Colour],
) -> list[_Class]:
    scores, shown = score_table(judged, classes)
    clean = ~shown.any(axis=1)
    rows = []
    for k, name in enumerate(classes):
        either = shown[:, k] | clean
        scored, is_shown = scores[either, k], shown[either, k]
        threshold, own = figures["thresholds"][name], figures["classes"][name]
        mark = None
        if is_shown.any() and not is_shown.all():
            flagged = scored >= threshold
            mark = float(flagged[~is_shown].mean()), float(flagged[is_shown].mean())
        pointed = own["pointing"]
        rows.append(
            _Class(
                name=name,
                colour=colours[name],
                own=own,
                threshold="never" if threshold >= NEVER else f"{threshold:.2f}",
                pointing_interval=None
                if pointed is None
                else wilson(round(pointed * own["masks"]), own["masks"]),
                photos=int(shown[:, k].sum()),
                curve=curve(steps(scored, is_shown), mark, f"recall of {name} against false flags"),
            )
        )
    return rows


def _recalls(classes: Mapping[str, Any]) -> dict[str, str]:
    """The shares of clean photos flagged at which recall is told, and the words above its column."""
    shares = next(iter(classes.values()))["recall_at_false_flags"]
    return {share: f"recall at {float(share):.0%}" for share in shares}


def _rise(rise: Mapping[str, Any] | None) -> list[float] | None:
    """Points of a hundred: by how much false flags rise with the level, and the interval."""
    if rise is None:
        return None
    low, high = rise["interval"] or (rise["value"], rise["value"])
    return [100 * rise["value"], 100 * low, 100 * high]


def _reliability(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "title": title,
            "drawn": reliability_diagram(found[of]["bins"], title),
            "error": found[of]["expected_calibration_error"],
        }
        for of, title in RELIABILITY_WORDS.items()
    ]
