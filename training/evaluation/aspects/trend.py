"""Do false flags rise with variance? They must not: variance is never a defect.

trend = false_flag_trend(judged, policy)
trend["levels"]["5"]        # the share of clean photos flagged, with its interval
trend["p_rising"], trend["rise"]

The test is Cochran and Armitage's, made over whole pieces: levels are dealt out anew among the pieces, since
four photos of one piece are not four witnesses. A rise counts as shown below SURE.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import permutation_test

from ubora.datasets.taxonomy import VARIANCE_LEVELS
from ubora.training.calibration.thresholds import Policy
from ubora.training.evaluation.slices import BANDS, outcomes, share, with_interval
from ubora.training.scoring.predictions import Scored

SURE = 0.05
DEALT = 9_999


def false_flag_trend(judged: Sequence[Scored], policy: Policy) -> dict[str, Any]:
    """Clean photos flagged by variance level, whether that rises, and by how much.

    Returns:
        `levels`: level → share; `rise`: band 4-5 minus band 1-2, with its interval over pieces; `p_rising`:
        chance of so steep a rise if levels did not matter; `pieces`; and `sentence`. Undefined is None.
    """
    clean = [s for s in judged if not s.sample.defects and s.sample.variance is not None]
    flagged = np.array([said == "flag" for said in outcomes(clean, policy)], np.bool_)
    level = np.array([s.sample.variance for s in clean], np.int64)
    pieces = [s.sample.piece_id for s in clean]
    p = p_rising(pieces, level, flagged)
    return {
        "levels": {
            str(at): share(int(flagged[level == at].sum()), int((level == at).sum()))
            for at in VARIANCE_LEVELS
        },
        "rise": with_interval(pieces, lambda at: _rise(level[at], flagged[at])),
        "p_rising": p,
        "pieces": len(set(pieces)),
        "sentence": _sentence(p),
    }


def p_rising(pieces: Sequence[str], level: NDArray[np.int64], flagged: NDArray[np.bool_]) -> float | None:
    """One-sided p of the Cochran-Armitage trend, by dealing levels out among pieces (Armitage, 1955).

    Args:
        pieces: of each photo.
        level: of each photo; a piece has one.
        flagged: whether the photo was.

    Returns:
        None where one level, or one answer, is all there is.
    """
    if len(set(level.tolist())) < 2 or not flagged.any() or flagged.all():
        return None
    _, first, place = np.unique(np.asarray(pieces), return_index=True, return_inverse=True)
    photos = np.bincount(place).astype(np.float64)
    # What a piece was flagged beyond its share; dealt levels meet it as Cochran and Armitage's statistic.
    beyond = np.bincount(place, weights=flagged) - photos * flagged.mean()

    def steepness(levels: NDArray[np.float64], axis: int = -1) -> NDArray[np.float64]:
        return np.asarray((levels * beyond).sum(axis))

    tested = permutation_test(
        (level[first].astype(np.float64),),
        steepness,
        permutation_type="pairings",
        vectorized=True,
        n_resamples=DEALT,
        alternative="greater",
        rng=np.random.default_rng(0),
    )
    return float(tested.pvalue)


def _rise(level: NDArray[np.int64], flagged: NDArray[np.bool_]) -> float | None:
    low, high = (flagged[np.isin(level, BANDS[name])] for name in ("1-2", "4-5"))
    return float(high.mean() - low.mean()) if len(low) and len(high) else None


def _sentence(p: float | None) -> str:
    if p is None:
        return "too few levels, or no clean photo flagged, to tell whether false flags rise with variance"
    if p < SURE:
        return f"false flags rise with variance (p = {p:.3f})"
    return f"no rise of false flags with variance shows (p = {p:.2f})"
