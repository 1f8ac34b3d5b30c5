"""How well the grades of the hand agree with those that people gave.

grades = grade_figures(scored)
grades["kappa"]["value"], grades["table"]       # 5 × 5: rows are true levels, columns given ones
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ubora.datasets.taxonomy import VARIANCE_LEVELS
from ubora.training.calibration.level_cuts import shows_whole
from ubora.training.evaluation.slices import with_interval
from ubora.training.figures import quadratic_kappa
from ubora.training.scoring.predictions import Scored


def grade_figures(scored: Sequence[Scored]) -> dict[str, Any]:
    """Quadratic-weighted kappa, mean absolute error and the confusion table, over graded good photos."""
    graded = [s for s in scored if s.sample.variance is not None and shows_whole(s.sample)]
    true = np.array([s.sample.variance for s in graded], np.int64)
    given = np.array([s.prediction.variance_level() for s in graded], np.int64)
    return agreement([s.sample.piece_id for s in graded], given, true)


def agreement(pieces: Sequence[str], given: NDArray[np.int64], true: NDArray[np.int64]) -> dict[str, Any]:
    """Levels given against true ones, (N,) 1–5 each; intervals over whole pieces."""
    if not len(true):
        return {"n": 0, "kappa": None, "mae": None, "within_one": None, "table": None}
    table = np.zeros((len(VARIANCE_LEVELS), len(VARIANCE_LEVELS)), np.int64)
    np.add.at(table, (true - 1, given - 1), 1)
    apart = np.abs(given - true)
    return {
        "n": len(true),
        "kappa": with_interval(pieces, lambda at: quadratic_kappa(given[at], true[at])),
        "mae": float(apart.mean()),
        "within_one": float((apart <= 1).mean()),
        "table": table.tolist(),
    }
