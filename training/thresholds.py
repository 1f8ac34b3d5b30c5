"""From validation photos: the thresholds, the photo gate, and what may honestly be promised of them.

    calibrated = calibrate(scored, classes, recipe, learnt, piece=True)
    calibrated.record.sentence      # "not certifiable: 31 defective pieces in validation, …"

Thresholds come from clean photos alone, so the defective ones are still unseen when misses are counted.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from datasets.manifest import Manifest
from datasets.taxonomy import SEVERITIES
from models.bundle import BundleRecord, Calibration, PhotoGate
from models.inspector import Prediction
from models.photo_faults import PhotoMeasures, photo_faults
from training.figures import threshold_at, upper_bound
from training.recipe import Recipe
from training.scoring import Scored

LOWEST = 0.05
"""A score below this disturbs nobody, however clean the validation photos were."""
NEVER = 1.0
"""The threshold of a class of which no photo was ever shown."""
PROMISES = ((0.01, 299), (0.02, 149), (0.05, 59))
"""Miss rates worth stating, and the defective pieces without a miss that each needs at 95 %."""
GOOD_SENT_BACK = 0.02
"""Share of good photos that one gate may send back."""

_GATES: tuple[tuple[str, str, str, Literal["min", "max"]], ...] = (
    ("blur", "min_sharpness", "sharpness", "min"),
    ("dark", "min_brightness", "brightness", "min"),
    ("glare", "max_glare", "glare", "max"),
    ("too_far", "min_piece_share", "piece_share", "min"),
    ("no_piece", "no_piece_below", "piece_share", "min"),
    ("cut_off", "max_border_share", "border_share", "max"),
)
"""Fault, the gate's knob, the measure it is held against, and its side."""


@dataclass(frozen=True)
class Policy:
    """What decides: thresholds by class, and the photo gate."""

    thresholds: Mapping[str, float]
    gate: PhotoGate

    @classmethod
    def of(cls, record: BundleRecord) -> "Policy":
        return cls({defect.name: defect.threshold for defect in record.defects}, record.gate)

    def flags(self, prediction: Prediction) -> bool:
        return any(prediction.scores[name] >= threshold for name, threshold in self.thresholds.items())

    def outcome(self, prediction: Prediction, *, detail: bool = False) -> Literal["pass", "flag", "retake"]:
        """As `models.verdict.decide` where every level is approved."""
        if photo_faults(prediction.measures, self.gate, detail=detail):
            return "retake"
        return "flag" if self.flags(prediction) else "pass"


@dataclass(frozen=True)
class Calibrated:
    policy: Policy
    record: Calibration


def calibrate(
    scored: Sequence[Scored], classes: Sequence[str], recipe: Recipe, learnt: frozenset[str], *, piece: bool
) -> Calibrated:
    """Thresholds, gate and promise from the validation split.

    Args:
        scored: its photos.
        learnt: classes with at least one photo in training; the others are switched off.
        piece: whether the network knows where the piece is.
    """
    judged = [s for s in scored if s.sample.defects is not None and not s.sample.photo_faults]
    clean = [s for s in judged if not s.sample.defects]
    scores = np.array([[s.prediction.scores[c] for c in classes] for s in clean], np.float64)
    ordered = sorted(range(len(classes)), key=lambda k: -SEVERITIES.index(recipe.rule(classes[k]).severity))
    chosen = family_thresholds(scores.reshape(-1, len(classes)), recipe.false_flag_target, ordered)
    thresholds = {
        name: float(max(chosen[k], LOWEST)) if name in learnt else NEVER for k, name in enumerate(classes)
    }
    policy = Policy(thresholds, photo_gate(scored, recipe, piece=piece))
    method = (
        f"thresholds flag at most {recipe.false_flag_target:.0%} of {len(clean)} clean validation photos "
        "over all classes together, chosen without looking at defective ones; misses are counted on one "
        "photo a piece; Clopper-Pearson at 95 %"
    )
    defective, missed = _misses(judged, policy)
    record = Calibration(
        method=method,
        sentence=promise(missed, defective),
        certifiable=upper_bound(missed, defective) <= PROMISES[-1][0],
        defective=defective,
        clean=len({s.sample.piece_id for s in clean}),
    )
    return Calibrated(policy, record)


def family_thresholds(clean: NDArray[np.float64], target: float, order: Sequence[int]) -> list[float]:
    """(N, K) scores of clean photos → K thresholds, at most `target` of the photos flagged for anything.

    Each class in turn, the gravest first, may flag one more photo for as long as all together stay within.
    """
    photos, classes = clean.shape
    if not photos:
        return [0.5] * classes
    allowed = math.floor(target * photos + 1e-9)
    counts = [0] * classes
    thresholds = [threshold_at(clean[:, k], 0.0) for k in range(classes)]
    open_classes = list(order)
    while open_classes:
        for k in tuple(open_classes):
            lower = list(thresholds)
            lower[k] = threshold_at(clean[:, k], (counts[k] + 1) / photos)
            if counts[k] < allowed and (clean >= lower).any(1).sum() <= allowed:
                thresholds, counts[k] = lower, counts[k] + 1
            else:
                open_classes.remove(k)
    return thresholds


def promise(missed: int, defective: int) -> str:
    """What may be said of the miss rate, in one sentence."""
    bound = upper_bound(missed, defective)
    reached = next((rate for rate, _ in PROMISES if bound <= rate), None)
    counted = f"{missed} of {defective} defective pieces in validation were missed"
    if reached is not None:
        return f"misses at most {reached:.0%} of defective pieces, 95 % confidence: {counted}"
    if missed == 0:
        return (
            f"not certifiable: {defective} defective pieces in validation, "
            f"{PROMISES[-1][1]} without a miss are needed for 5 %"
        )
    return f"not certifiable: {counted}; at 95 % confidence the miss rate is below {bound:.0%}"


def photo_gate(scored: Sequence[Scored], recipe: Recipe, *, piece: bool) -> PhotoGate:
    """The recipe's gate, moved where validation photos say so.

    With enough photos labelled with a fault, its gate goes to the GOOD_SENT_BACK quantile of the good ones,
    where that catches more than the recipe's; and no gate sends back more of the good ones than that.
    """
    # Photos that people could judge were good enough, whether or not somebody wrote "no fault".
    judged = [s for s in scored if not s.sample.photo_faults and s.sample.defects is not None]
    gate = recipe.gate.model_dump()
    for fault, knob, measure, side in _GATES:
        bad = [s.prediction.measures for s in scored if fault in (s.sample.photo_faults or ())]
        # A close view of a part leaves its border by intent.
        whole = [s for s in judged if fault != "cut_off" or s.sample.view != "detail"]
        good = [s.prediction.measures for s in whole]
        if len(good) >= recipe.gate_min_photos:
            enough = len(bad) >= recipe.gate_min_photos
            gate[knob] = _moved(gate[knob], good, measure, side, may_tighten=enough)
    if not piece:
        # Without a piece head all of the photo is the piece, and nothing can be said of its place.
        gate |= {"min_piece_share": 0.0, "no_piece_below": 0.0, "max_border_share": 1.0}
    gate["no_piece_below"] = min(gate["no_piece_below"], gate["min_piece_share"])
    return PhotoGate.model_validate(gate)


def learnt_classes(train: Manifest) -> frozenset[str]:
    """Classes that at least one training photo shows."""
    return frozenset(name for s in train if not s.photo_faults for name in s.defect_names())


def _moved(
    default: float, good: list[PhotoMeasures], measure: str, side: Literal["min", "max"], *, may_tighten: bool
) -> float:
    values = np.array([getattr(m, measure) for m in good], np.float64)
    if side == "min":
        limit = float(np.quantile(values, GOOD_SENT_BACK, method="lower"))
        return limit if may_tighten else min(default, limit)
    limit = float(np.quantile(values, 1 - GOOD_SENT_BACK, method="higher"))
    return limit if may_tighten else max(default, limit)


def _misses(judged: Sequence[Scored], policy: Policy) -> tuple[int, int]:
    """Defective pieces, and how many of them are missed in the one photo looked at.

    Photos of one piece are not independent; the one with the smallest sample_id stands for it.
    """
    first: dict[str, Scored] = {}
    for item in sorted(judged, key=lambda s: s.sample.sample_id):
        if item.sample.defects:
            first.setdefault(item.sample.piece_id, item)
    missed = sum(not policy.flags(item.prediction) for item in first.values())
    return len(first), missed
