"""Prediction + policy → pass, flag or retake, with reasons. People, not this file, say rework or reject.

    verdict = decide(prediction, inspector.record, approved_range=(2, 4))
    verdict = decide(prediction, inspector.record, beside=compare_with(prediction, approved))

Thresholds are those for as many approved photos as the prediction was compared with.

Order of precedence: a bad photo is to be taken again, whatever was seen in it; then defects; then doubt
whether it is its design at all, and variance outside the range its design approves: both are shown to a
person as what they are and never as a defect; else pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ubora.models.inference.approved import DesignMatch
from ubora.models.inference.bank import Origin
from ubora.models.inference.photo_faults import INSTRUCTIONS, photo_faults
from ubora.models.inference.prediction import Prediction, hottest_region
from ubora.models.marks import measure_mark, severity_of
from ubora.models.record import ANY, ApprovedLimits, BundleRecord, DefectClass

Outcome = Literal["pass", "flag", "retake"]
SAME_PLACE = 0.5
"""Of two boxes, the share of both together that both cover, from which they show one thing."""


@dataclass(frozen=True)
class Finding:
    """A defect class whose score reached its threshold, and where it is hottest."""

    defect: str
    """ANY where no class is sure of itself, but something is not as it should be."""
    severity: Literal["minor", "major", "critical"]
    score: float
    threshold: float
    box: tuple[int, int, int, int]
    """x, y, width, height in pixels of the upright photo."""
    compared_with: Origin | None = None
    """The place on an approved photo that the hottest cell was compared with."""


@dataclass(frozen=True)
class Verdict:
    outcome: Outcome
    reasons: tuple[str, ...]
    """One sentence each, the decisive one first; empty for a pass."""
    findings: tuple[Finding, ...]
    """Highest score over threshold first, one a place; reported for a retake too, but never its reason."""
    variance_level: int
    variance_in_range: bool
    photo_faults: tuple[str, ...]
    design_in_doubt: bool = False
    """It looks unlike every approved photo of its design."""


def decide(
    prediction: Prediction,
    record: BundleRecord,
    approved_range: tuple[int, int] = (1, 5),
    *,
    detail: bool = False,
    beside: DesignMatch | None = None,
) -> Verdict:
    """Apply a bundle's thresholds and gate, and a design's approved range and photos.

    Args:
        approved_range: lowest and highest variance level that the design approves, inclusive.
        detail: the photo is a close view of a part, so the piece may leave its border, and its level says
            nothing of the piece.
        beside: the photo beside its design's approved photos. It decides nothing where the bundle has no
            limits for it.
    """
    faults = photo_faults(prediction.measures, record.gate, detail=detail)
    over = [
        finding
        for index, defect in enumerate(record.deciding(prediction.approved_photos())[0])
        if (finding := _finding(prediction, index, defect)) is not None
    ]
    # What a class names needs no second flag for being any defect.
    named = [finding for finding in over if finding.defect != ANY]
    findings = one_a_place(sorted(named or over, key=lambda f: f.threshold - f.score))
    level, doubt = prediction.variance_level(), None
    if beside is not None and record.approved is not None:
        level = beside.relative_level if record.approved.grade_beside else level
        doubt = _doubt(record.approved, beside)
    in_range = detail or approved_range[0] <= level <= approved_range[1]
    outcome: Outcome = "pass"
    reasons: tuple[str, ...] = ()
    if faults:
        outcome, reasons = "retake", tuple(INSTRUCTIONS[fault] for fault in faults)
    elif findings or doubt or not in_range:
        outcome = "flag"
        reasons = tuple(f"{f.severity} {_named(f)} (score {f.score:.2f})" for f in findings)
        if doubt:
            reasons += (doubt,)
        if not in_range:
            low, high = approved_range
            reasons += (f"variance level {level}, the design approves {low} to {high}; not a defect",)
    return Verdict(outcome, reasons, findings, level, in_range, faults, doubt is not None)


def one_a_place(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The first of those that lie in one place: one mark is no scratch, dent and chip at once.

    Args:
        findings: the surest first.
    """
    kept: list[Finding] = []
    for finding in findings:
        if all(_overlap(finding.box, other.box) < SAME_PLACE for other in kept):
            kept.append(finding)
    return tuple(kept)


def _overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> float:
    """What both cover of what either covers, 0–1."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    both = max(0, across) * max(0, down)
    return both / (one[2] * one[3] + other[2] * other[3] - both)


def _named(finding: Finding) -> str:
    return "defect of no named kind" if finding.defect == ANY else finding.defect


def _doubt(limits: ApprovedLimits, beside: DesignMatch) -> str | None:
    """Why it may be another design."""
    if beside.distance <= limits.max_distance:
        return None
    return (
        f"it looks unlike the approved sample of its design (distance {beside.distance:.2f}, approved pieces "
        f"stay below {limits.max_distance:.2f}): is it this design? not a defect"
    )


def _finding(prediction: Prediction, index: int, defect: DefectClass) -> Finding | None:
    score = prediction.scores[defect.name]
    # A class with a threshold of 1 is switched off, even where a score was rounded to 1.
    if score < defect.threshold or defect.threshold >= 1:
        return None
    heat = prediction.heatmap[index]
    # Half of the peak outlines the region whatever the class's own scale of heat is.
    x, y, width, height = hottest_region(heat, above=float(heat.max()) / 2)
    rows, columns = heat.shape
    place = prediction.place
    across, down = place.width / columns, place.height / rows
    hot = np.zeros(heat.shape, bool)
    part = slice(y, y + height), slice(x, x + width)
    hot[part] = heat[part] >= heat.max() / 2
    peak_row, peak_column = np.unravel_index(int(heat.argmax()), heat.shape)
    origin = None
    if prediction.nearest is not None and prediction.bank is not None:
        origin = prediction.bank.origin(int(prediction.nearest[peak_row, peak_column]))
    return Finding(
        defect=defect.name,
        severity=severity_of(defect, measure_mark(hot, prediction.piece, place)),
        score=score,
        threshold=defect.threshold,
        box=(
            place.x + round(x * across),
            place.y + round(y * down),
            max(1, round(width * across)),
            max(1, round(height * down)),
        ),
        compared_with=origin,
    )
