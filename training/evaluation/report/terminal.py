"""The figures of an evaluation as a table that fits a terminal."""

from collections.abc import Sequence
from typing import Any

from ubora.training.evaluation.aspects.false_flag_bound import bound_words
from ubora.training.words import interval_words, number, share_words

SUBJECTS = ("by_material", "by_variance", "by_size", "by_sight")
"""Slices that a card has room for."""
LEAST_PIECES = 10
"""Good pieces of a design below which its bound says nothing."""


def table(figures: dict[str, Any], subjects: Sequence[str] = SUBJECTS) -> str:
    """Every figure with its count; a dash where it is undefined.

    Args:
        subjects: the slices to be shown, of training.evaluation.slices.SLICES, by_size and by_sight.
    """
    any_defect, decided, variance = figures["any_defect"], figures["decisions"], figures["variance"]
    lines = [
        f"{figures['name']} on {figures['dataset']} "
        f"({figures['split']}): {figures['photos']} photos of {figures['pieces']} pieces, "
        f"{figures['judged']} judged for defects",
        "",
        f"{'class':<12} {'n':>5} {'AP':>18}  {'recall at 1 / 5 / 10 % false flags':<36} {'pointing':>8} "
        f"{'IoU':>5} {'cell AP':>7}",
    ]
    for name, own in figures["classes"].items():
        recalls = " / ".join(_value(r) for r in own["recall_at_false_flags"].values())
        lines.append(
            f"{name:<12} {own['defective']:>5} {_two(own['ap']):>18}  {recalls:<36} "
            f"{number(own['pointing'], 2):>8} {number(own['iou'], 2):>5} {number(own['pixel_ap'], 2):>7}"
        )
    lines += [
        "",
        f"mean AP          {number(figures['map'], 2)}",
        f"defective/clean  AUROC {_two(any_defect['auroc'])}  "
        f"({any_defect['defective']} defective, {any_defect['clean']} clean)",
        f"escape           {share_words(decided['escape'])}",
        f"false flag       {share_words(decided['false_flag'])}",
        f"retake           {share_words(decided['retake'])}",
    ]
    lines += [
        f"bad photos   {fault:<20} retake {share_words(own)}"
        for fault, own in figures.get("bad_photos", {}).items()
    ]
    for subject in subjects:
        title = subject.removeprefix("by_")
        lines += [
            f"{title:<12} {name:<20} AUROC {_two(own['auroc'])}  "
            f"escape {share_words(own['escape'])}  false flag {share_words(own['false_flag'])}"
            for name, own in figures[subject].items()
        ]
    if trend := figures.get("variance_trend"):
        lines.append(f"trend            {trend['sentence']}")
    lines += _bounds(figures.get("false_flag_bounds"))
    lines += [
        f"grade            kappa {_two(variance['kappa'])}  "
        f"mean error {number(variance['mae'], 2)} levels  (n {variance['n']})",
    ]
    lines += _approved(figures.get("approved"))
    lines += _calibration(figures.get("reliability"))
    lines += _robustness(figures.get("robustness"))
    size = figures.get("graph_bytes")
    lines.append(
        f"time             {figures['latency_ms']['median']:.0f} ms a photo, "
        f"95 % within {figures['latency_ms']['p95']:.0f} ms"
        + (f"; graph {size / 1e6:.1f} MB" if size else "")
    )
    return "\n".join(lines)


def _approved(found: dict[str, Any] | None) -> list[str]:
    if not found:
        return []
    return [
        f"approved         own design nearest of {found['designs']}: {share_words(found['top1'])}, "
        f"among five {share_words(found['top5'])}; AUROC {_two(found['auroc'])}",
        f"                 grade beside the approved sample: kappa "
        f"{_two(found['relative']['kappa'])}, alone {_two(found['plain']['kappa'])}  "
        f"(n {found['relative']['n']})",
    ]


def _bounds(found: dict[str, Any] | None) -> list[str]:
    """All designs together, and each that has pieces enough to say something of it alone."""
    if not found:
        return []
    telling = {name: own for name, own in found["designs"].items() if own["pieces"] >= LEAST_PIECES}
    named = {"all designs": found["all"]} | telling
    return [
        f"good pieces      {name:<20} {bound_words(own)} at {found['confidence']:.0%} confidence"
        + (f"; {own['next']['pieces']} without a flag: {own['next']['at_most']:.0%}" if own["next"] else "")
        for name, own in named.items()
    ]


def _calibration(found: dict[str, Any] | None) -> list[str]:
    if not found:
        return []
    errors = [number(found[of]["expected_calibration_error"], 2) for of in ("any_defect", "every_class")]
    return [f"calibration      expected error {errors[0]} of the highest score, {errors[1]} of every class's"]


def _robustness(found: dict[str, Any] | None) -> list[str]:
    if not found:
        return []
    before = found["as_they_are"]
    lines = [
        f"as they are          escape {share_words(before['escape'])}  "
        f"false flag {share_words(before['false_flag'])}"
    ]
    lines += [
        f"{name:<20} escape {share_words(own['escape'])}  false flag {share_words(own['false_flag'])}  "
        f"other verdict {share_words(own['changed'])}"
        for name, own in found["changes"].items()
    ]
    return lines


def _two(figure: dict[str, Any] | None) -> str:
    return interval_words(figure, 2)


def _value(figure: dict[str, Any] | None) -> str:
    return number(figure["value"] if figure else None, 2)
