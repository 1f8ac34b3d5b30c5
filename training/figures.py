"""The figures an inspector asks for, from scores and labels; numpy and scipy, each with its source.

Undefined figures (no defective photo, say) are None, never 0.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from ubora.models.intervals import Interval

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def average_precision(scores: Floats, positive: Bools) -> float | None:
    """Area under the precision-recall steps; tied scores are taken together."""
    if not positive.any():
        return None
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], positive[order]
    ends = np.append(np.nonzero(np.diff(ranked))[0], len(ranked) - 1)
    hit_counts = np.cumsum(hits)[ends]
    precision, recall = hit_counts / (ends + 1), hit_counts / hit_counts[-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def auroc(scores: Floats, positive: Bools) -> float | None:
    """Chance that a positive scores above a negative, ties half (Mann and Whitney, 1947)."""
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if not positives or not negatives:
        return None
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return float((ranks[positive].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def recall_at(scores: Floats, positive: Bools, false_flags: float) -> float | None:
    """Share of positives found at the lowest threshold that flags at most this share of negatives."""
    negatives = scores[~positive]
    if not positive.any() or not len(negatives):
        return None
    return float((scores[positive] >= threshold_at(negatives, false_flags)).mean())


def threshold_at(clean: Floats, false_flags: float) -> float:
    """The lowest threshold (a score at it is flagged) that flags at most this share of `clean` scores."""
    allowed = math.floor(false_flags * len(clean) + 1e-9)
    if allowed >= len(clean):
        return 0.0
    # The next clean score must stay below; a hair above it is the lowest that keeps it so.
    return float(np.nextafter(np.float32(np.sort(clean)[::-1][allowed]), np.float32(2)))


def upper_bound(found: int, of: int, confidence: float = 0.95) -> float:
    """One-sided upper bound of a share (Clopper and Pearson, 1934): 0 of 59 is below 5 % at 95 %."""
    return (
        1.0
        if of == 0
        else float(binomtest(found, of, alternative="less").proportion_ci(confidence, method="exact").high)
    )


def quadratic_kappa(given: NDArray[np.int64], true: NDArray[np.int64], levels: int = 5) -> float | None:
    """Agreement beyond chance on 1…levels, errors weighted by their square (Cohen, 1968)."""
    if not len(true):
        return None
    table = np.zeros((levels, levels))
    np.add.at(table, (true - 1, given - 1), 1)
    steps = np.arange(levels)
    cost = (steps[:, None] - steps[None, :]) ** 2
    by_chance = np.outer(table.sum(1), table.sum(0)) / table.sum()
    expected = float((cost * by_chance).sum())
    return None if expected == 0 else 1 - float((cost * table).sum()) / expected


def bootstrap(
    groups: Sequence[str], figure: Callable[[NDArray[np.int64]], float | None], rounds: int = 300
) -> Interval | None:
    """95 % percentile interval, resampling whole pieces: photos of one piece are not independent.

    Args:
        groups: the piece of each photo.
        figure: takes indices of photos, drawn with their repeats.
    """
    _, place = np.unique(np.asarray(groups), return_inverse=True)
    members = [np.nonzero(place == piece)[0] for piece in range(int(place.max()) + 1)] if len(place) else []
    if len(members) < 2:
        return None
    random = np.random.default_rng(0)
    drawn = (
        figure(np.concatenate([members[i] for i in random.integers(0, len(members), len(members))]))
        for _ in range(rounds)
    )
    values = [value for value in drawn if value is not None]
    if len(values) < rounds // 2:
        return None
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def steps(scores: Floats, positive: Bools) -> list[tuple[float, float]]:
    """(share of negatives flagged, share of positives found) at every threshold, from (0, 0) to (1, 1).

    Empty where there are not both kinds.
    """
    if not positive.any() or positive.all():
        return []
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], positive[order]
    ends = np.append(np.nonzero(np.diff(ranked))[0], len(ranked) - 1)
    hit_counts, flagged = np.cumsum(hits)[ends], np.cumsum(~hits)[ends]
    shares = zip((flagged / flagged[-1]).tolist(), (hit_counts / hit_counts[-1]).tolist(), strict=True)
    return [(0.0, 0.0), *shares]
