"""What was decided and how well the two kinds are told apart, over all photos and over any part of them.

figures = slices(judged, policy, classes)["by_material"]["horn"]
figures["false_flag"]       # {"value": .08, "found": 4, "of": 50, "interval": [.03, .19]}

A slice is what people ask about: a material, a category, a workshop, a kind of phone, a light, a band of
variance. Photos of which nobody said it are in none.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ubora.models.inference.prediction import Prediction
from ubora.models.intervals import wilson
from ubora.models.record import ANY
from ubora.training.calibration.risk import NEVER
from ubora.training.calibration.thresholds import Policy
from ubora.training.figures import auroc, bootstrap, recall_at
from ubora.training.scoring.predictions import Scored

FALSE_FLAG_SHARES = (0.01, 0.05, 0.10)
BANDS = {"1-2": (1, 2), "3": (3,), "4-5": (4, 5)}

Key = Callable[[Scored], str | None]


def band(item: Scored) -> str | None:
    return next((name for name, levels in BANDS.items() if item.sample.variance in levels), None)


SLICES: dict[str, Key] = {
    "by_material": lambda s: s.sample.material,
    "by_variance": band,
    "by_category": lambda s: s.sample.category,
    "by_microfactory": lambda s: s.sample.microfactory,
    "by_phone": lambda s: s.sample.camera.phone if s.sample.camera else None,
    "by_light": lambda s: s.sample.light,
}


def slices(judged: Sequence[Scored], policy: Policy, classes: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Every slice by its subject and name: `telling_apart` and `decisions` of its photos."""
    by_subject: dict[str, dict[str, Any]] = {}
    for subject, key in SLICES.items():
        names = sorted({name for s in judged if (name := key(s)) is not None})
        parts = {name: [s for s in judged if key(s) == name] for name in names}
        by_subject[subject] = {
            name: telling_apart(part, classes) | decisions(part, policy) for name, part in parts.items()
        }
    return by_subject


def score_table(
    scored: Sequence[Scored], classes: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(N, K) scores and (N, K) whether the photo shows the class."""
    scores = np.array([[s.prediction.scores[c] for c in classes] for s in scored], np.float64)
    shown = np.array([[c in s.sample.defect_names() for c in classes] for s in scored], np.bool_)
    return scores.reshape(-1, len(classes)), shown.reshape(-1, len(classes))


def surest(judged: Sequence[Scored], classes: Sequence[str]) -> NDArray[np.float64]:
    """(N,) how surely each photo shows a defect: by ANY where it is told, else by the highest class."""
    if judged and all(ANY in s.prediction.scores for s in judged):
        return np.array([s.prediction.scores[ANY] for s in judged], np.float64)
    return np.asarray(score_table(judged, classes)[0].max(1, initial=0.0), np.float64)


def telling_apart(judged: Sequence[Scored], classes: Sequence[str]) -> dict[str, Any]:
    """Defective against clean photos by the highest score of any class: AUROC and recall."""
    defective = np.array([bool(s.sample.defects) for s in judged], np.bool_)
    counts = {"defective": int(defective.sum()), "clean": int((~defective).sum())}
    if not len(judged):
        return {"auroc": None, "recall_at_false_flags": recalls([], defective, defective), **counts}
    highest = surest(judged, classes)
    pieces = [s.sample.piece_id for s in judged]
    return {
        "auroc": with_interval(pieces, lambda at: auroc(highest[at], defective[at])),
        "recall_at_false_flags": recalls(pieces, highest, defective),
        **counts,
    }


def recalls(pieces: Sequence[str], scores: NDArray[Any], shown: NDArray[np.bool_]) -> dict[str, Any]:
    """Recall at each of FALSE_FLAG_SHARES, with intervals over whole pieces."""

    def figure(share: float) -> dict[str, Any] | None:
        return with_interval(pieces, lambda at: recall_at(scores[at], shown[at], share))

    return {f"{share:.2f}": figure(share) for share in FALSE_FLAG_SHARES}


def excess(policy: Policy, prediction: Prediction) -> float:
    """How far the most suspicious class lies above its threshold, in log-odds; flagged from 0.

    A class that is switched off raises no suspicion.
    """
    deciding = policy.beside(prediction.approved_photos())
    on = {name: threshold for name, threshold in deciding.items() if threshold < NEVER}
    above = (log_odds(prediction.scores[name]) - log_odds(threshold) for name, threshold in on.items())
    return max(above, default=-math.inf)


def log_odds(share: float) -> float:
    """Of a probability, 0–1."""
    # A hair inside, where the logarithm ends.
    inside = min(max(share, 1e-9), 1 - 1e-9)
    return math.log(inside / (1 - inside))


def decisions(judged: Sequence[Scored], policy: Policy) -> dict[str, Any]:
    """Escape (defective and passed), false flag (clean and flagged) and retake, with Wilson intervals."""
    return count_decisions([bool(s.sample.defects) for s in judged], outcomes(judged, policy))


def outcomes(judged: Sequence[Scored], policy: Policy) -> list[str]:
    """pass, flag or retake of every photo."""
    return [policy.outcome(s.prediction, detail=s.sample.view == "detail") for s in judged]


def sent_back(scored: Sequence[Scored], policy: Policy) -> dict[str, Any]:
    """By fault, the share of the photos labelled with it that are to be taken again, for whatever reason."""
    bad = [s for s in scored if s.sample.photo_faults]
    said = dict(zip((s.sample.file_name for s in bad), outcomes(bad, policy), strict=True))
    by_fault: dict[str, list[str]] = {}
    for item in bad:
        for fault in item.sample.photo_faults or ():
            by_fault.setdefault(fault, []).append(said[item.sample.file_name])
    return {fault: share(own.count("retake"), len(own)) for fault, own in sorted(by_fault.items())}


def count_decisions(is_defective: Sequence[bool], said: Sequence[str]) -> dict[str, Any]:
    defective = [o for o, bad in zip(said, is_defective, strict=True) if bad]
    clean = [o for o, bad in zip(said, is_defective, strict=True) if not bad]
    return {
        "escape": share(sum(o == "pass" for o in defective), len(defective)),
        "false_flag": share(sum(o == "flag" for o in clean), len(clean)),
        "retake": share(sum(o == "retake" for o in said), len(said)),
    }


def with_interval(
    pieces: Sequence[str], figure: Callable[[NDArray[np.int64]], float | None]
) -> dict[str, Any] | None:
    """{"value", "interval"} of a figure of photos by their indices; None where it is undefined."""
    value = figure(np.arange(len(pieces))) if len(pieces) else None
    return None if value is None else {"value": value, "interval": bootstrap(pieces, figure)}


def share(found: int, of: int) -> dict[str, Any]:
    return {"value": found / of if of else None, "found": found, "of": of, "interval": wilson(found, of)}
