"""By how much a piece is flagged, from scores that were kept: margins of photos and of whole inspections.

margins(evidence.beside(2), thresholds, "clean")        # (N,) of calibration photos
margin(scores, thresholds)                              # of one photo's scores, as the ledger keeps them
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from scipy.special import logit

from ubora.models.evidence import ScoresBeside
from ubora.models.thresholds import OFF
from ubora.service.costs.curve import Floats, Judged

_EDGE = 1e-9


def margins(
    scores: Floats, names: tuple[str, ...], thresholds: Mapping[str, float], only: str | None = None
) -> Floats:
    """
    Args:
        scores: (N, K) 0–1.
        names: of the K classes.
        only: the class whose threshold moves alone; what another class flags is flagged at every step.

    Returns:
        (N,) log-odds; −∞ where every class is off.
    """
    limits = np.array([thresholds[name] for name in names])
    on = limits < OFF
    if not on.any():
        return np.full(len(scores), -np.inf)
    far = logit(np.clip(scores[:, on], _EDGE, 1 - _EDGE)) - logit(np.clip(limits[on], _EDGE, 1 - _EDGE))
    if only is None:
        return np.asarray(far.max(axis=1), np.float64)
    alone = np.array([name == only for name, kept in zip(names, on, strict=True) if kept])
    if not alone.any():
        return np.where((far >= 0).any(axis=1), np.inf, -np.inf)
    others = (far[:, ~alone] >= 0).any(axis=1)
    return np.where(others, np.inf, far[:, alone][:, 0])


def margin(scores: Mapping[str, float], thresholds: Mapping[str, float], only: str | None = None) -> float:
    """Of one photo; a class without a threshold, or without a score, flags nothing."""
    names = tuple(name for name in thresholds if name in scores)
    if not names:
        return -np.inf
    row = np.array([[scores[name] for name in names]])
    return float(margins(row, names, thresholds, only)[0])


def judged_of(
    kept: ScoresBeside,
    of: Literal["clean", "defective"],
    thresholds: Mapping[str, float],
    only: str | None = None,
) -> Judged:
    """A release's calibration photos; each stands for one."""
    rows = kept.rows(of)
    groups = np.arange(len(rows), dtype=np.int64)
    if of == "clean" and len(rows):
        groups = np.unique(np.array(kept.pieces), return_inverse=True)[1].astype(np.int64)
    return Judged(margins(rows, kept.classes, thresholds, only), np.ones(len(rows)), groups)
