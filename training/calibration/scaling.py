"""Scores as probabilities: a slope and an offset on each class's logit, fitted on validation photos.

    scalings = fit(scores, shown, pieces)              # one Scaling a class
    scaled = apply(scores, scalings)

A slope is positive, so no two photos change places. With few positives a class keeps close to what all
classes have in common; with none it is that. The probabilities hold for the share of defective photos in the
set that was fitted; where a workshop makes fewer, they are too high, in the same order.

Source: Platt, "Probabilistic outputs for support vector machines", 1999; temperature scaling: Guo, Pleiss,
Sun, Weinberger, "On calibration of modern neural networks", 2017.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_EDGE = 1e-7
"""float32 scores nearer to 0 or 1 than this have lost their logit."""
_CLASS_ROOM = np.array([0.25, 0.5])
"""How far (log slope, offset) a class is expected to stray from what is shared, as a standard deviation: as
much evidence as about sixteen and four positives."""
_SHARED_ROOM = np.array([10.0, 10.0])
_MAX_LOG_SLOPE = 2.5


@dataclass(frozen=True)
class Scaling:
    """sigmoid(slope · logit + offset); the default leaves a score as it is."""

    slope: float = 1.0
    offset: float = 0.0

    def apply(self, scores: Floats) -> Floats:
        """Scores 0–1 → probabilities 0–1, in the same order; 1 stays 1."""
        scaled = expit(self.slope * logit(np.clip(scores, _EDGE, 1 - _EDGE)) + self.offset)
        return np.where(scores >= 1, 1.0, scaled)

    def after(self, before: "Scaling") -> "Scaling":
        """The scaling that does `before` and then this one."""
        return Scaling(self.slope * before.slope, self.slope * before.offset + self.offset)


def apply(scores: Floats, scalings: Sequence[Scaling]) -> Floats:
    """(N, K) scores → (N, K) probabilities."""
    columns = [scaling.apply(scores[:, k]) for k, scaling in enumerate(scalings)]
    return np.stack(columns, axis=1) if columns else scores


def fit(scores: Floats, shown: Bools, pieces: Sequence[str]) -> tuple[Scaling, ...]:
    """One scaling a class.

    Args:
        scores: (N, K) 0–1.
        shown: (N, K) whether the photo shows the class.
        pieces: the piece of each photo; each piece counts once, however many photos it has.
    """
    classes = int(scores.shape[1])
    if not shown.any() or shown.all():
        return (Scaling(),) * classes
    weight = _weights(pieces)
    logits = logit(np.clip(scores, _EDGE, 1 - _EDGE))
    shared = _fitted(logits.ravel(), shown.ravel(), np.repeat(weight, classes), np.zeros(2), _SHARED_ROOM)
    scalings = [
        _fitted(logits[:, k], shown[:, k], weight, shared, _CLASS_ROOM) if shown[:, k].any() else shared
        for k in range(classes)
    ]
    return tuple(Scaling(float(np.exp(slope)), float(offset)) for slope, offset in scalings)


def held_out(scores: Floats, shown: Bools, pieces: Sequence[str], folds: int = 5) -> Floats:
    """(N, K) probabilities, each by a scaling that was fitted without its piece: what to judge a fit by."""
    _, place = np.unique(np.asarray(pieces), return_inverse=True)
    fold = np.random.default_rng(0).permutation(int(place.max()) + 1)[place] % folds if len(place) else place
    scaled = scores.copy()
    for number in range(folds):
        out = fold == number
        kept = [p for p, is_out in zip(pieces, out, strict=True) if not is_out]
        if out.any() and kept:
            scaled[out] = apply(scores[out], fit(scores[~out], shown[~out], kept))
    return scaled


def _weights(pieces: Sequence[str]) -> Floats:
    _, place, counts = np.unique(np.asarray(pieces), return_inverse=True, return_counts=True)
    return np.asarray(1.0 / counts[place], np.float64)


def _fitted(logits: Floats, shown: Bools, weight: Floats, centre: Floats, room: Floats) -> Floats:
    """(2,) log slope and offset: the most probable ones, expected within `room` of `centre`."""

    def loss(knobs: Floats) -> tuple[float, Floats]:
        slope = np.exp(np.clip(knobs[0], -_MAX_LOG_SLOPE, _MAX_LOG_SLOPE))
        raised = slope * logits + knobs[1]
        wrong = weight * (expit(raised) - shown)
        strayed = (knobs - centre) / room
        value = float((weight * (np.logaddexp(0, raised) - shown * raised)).sum() + (strayed**2).sum() / 2)
        gradient = np.array([(wrong * logits).sum() * slope, wrong.sum()]) + strayed / room
        return value, gradient

    bounds = [(-_MAX_LOG_SLOPE, _MAX_LOG_SLOPE), (-20.0, 20.0)]
    least = minimize(loss, centre, jac=True, method="L-BFGS-B", bounds=bounds)
    return np.asarray(least.x, np.float64)
