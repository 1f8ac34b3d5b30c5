"""Whether scores may be read as probabilities: of the photos scored about .3, do three in ten show it?

bins = reliability(scores, shown)
bins[3].count, bins[3].mean_score, bins[3].share_positive     # 41, .34, .29
expected_calibration_error(scores, shown)                     # .06

Both hold for the share of defective photos in the set that was scored, whatever a workshop's own share is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Bin:
    """Photos scored from `low` up to `high` (the last bin holds 1 too); undefined shares are None."""

    low: float
    high: float
    count: int
    mean_score: float | None
    share_positive: float | None


def reliability(scores: NDArray[np.float64], positive: NDArray[np.bool_], bins: int = 10) -> tuple[Bin, ...]:
    """Bins of equal width over 0–1, for a reliability diagram.

    Args:
        scores: (N,) 0–1.
        positive: (N,) whether the photo shows what was scored.

    Source: DeGroot and Fienberg, "The comparison and evaluation of forecasters", 1983.
    """
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.digitize(scores, edges) - 1, 0, bins - 1)
    return tuple(
        _bin(float(edges[i]), float(edges[i + 1]), scores[place == i], positive[place == i])
        for i in range(bins)
    )


def expected_calibration_error(
    scores: NDArray[np.float64], positive: NDArray[np.bool_], bins: int = 10
) -> float | None:
    """Mean distance between score and share of positives over the bins, weighed by their photos; 0–1.

    None without a photo. Few photos make it larger than it is: a bin of three is off by chance alone.
    Source: Naeini, Cooper, Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI
    2015.
    """
    return _error(reliability(scores, positive, bins), len(scores))


def _bin(low: float, high: float, scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> Bin:
    if not len(scores):
        return Bin(low, high, 0, None, None)
    return Bin(low, high, len(scores), float(scores.mean()), float(positive.mean()))


def _error(bins: Sequence[Bin], photos: int) -> float | None:
    if not photos:
        return None
    return (
        sum(
            b.count * abs(b.share_positive - b.mean_score)
            for b in bins
            if b.share_positive is not None and b.mean_score is not None
        )
        / photos
    )
