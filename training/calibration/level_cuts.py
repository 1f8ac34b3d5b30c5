"""Where a mean of probabilities is cut into levels, so that each is said as often as people say it.

cuts = level_cuts(validation)       # of photos that the network did not learn from; None keeps the median
scored = cut_at(scored, cuts)
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ubora.datasets.manifest import Sample
from ubora.datasets.taxonomy import VARIANCE_LEVELS
from ubora.models.inference.prediction import cut_level, expected_level, median_level
from ubora.models.record import LevelCuts
from ubora.training.figures import quadratic_kappa
from ubora.training.scoring.predictions import Scored

AGREES = 0.2
"""Weighted kappa below which levels agree with nobody (Landis and Koch, 1977, call it slight)."""
NEVER_SAID = 6.0
"""No expected level reaches it."""
LEAST_GRADED = 40
"""Pieces of which people must have said a level; of fewer nobody knows how common a level is."""


def shows_whole(sample: Sample) -> bool:
    """Whether a level can be told from it: a good photo of the whole piece; a part has no outline."""
    return sample.view != "detail" and not sample.photo_faults


def level_cuts(scored: Sequence[Scored]) -> LevelCuts | None:
    """Where to cut the expected level, so that each level is said as often as people said it.

    An unsure network's probabilities all have their middle near 3, and so has the median; which of two
    pieces strayed farther it may know all the same. On unseen pieces weighted kappa rose from 0.29 to 0.43.

    Args:
        scored: photos that the network did not learn from.

    Returns:
        None where fewer than LEAST_GRADED pieces are graded, or where levels cut so agree with people no
        better than the median does, or hardly at all.
    """
    graded = [s for s in scored if s.sample.variance is not None and shows_whole(s.sample)]
    if len({s.sample.piece_id for s in graded}) < LEAST_GRADED:
        return None
    true = np.array([s.sample.variance for s in graded], np.int64)
    expected = np.array([expected_level(s.prediction.variance) for s in graded], np.float64)
    below = np.array([(true <= level).mean() for level in VARIANCE_LEVELS[:-1]])
    two, three, four, five = (
        float(np.quantile(expected, share)) if share < 1 else NEVER_SAID for share in below
    )
    cuts: LevelCuts = (two, three, four, five)
    given = np.array([cut_level(level, cuts) for level in expected], np.int64)
    plain = np.array([median_level(s.prediction.variance) for s in graded], np.int64)
    agrees, before = quadratic_kappa(given, true), quadratic_kappa(plain, true)
    return cuts if agrees is not None and agrees > max(before or 0.0, AGREES) else None


def cut_at(scored: Sequence[Scored], cuts: LevelCuts | None) -> list[Scored]:
    """The same photos, their levels cut there."""
    if cuts is None:
        return list(scored)
    return [replace(s, prediction=replace(s.prediction, level_cuts=cuts)) for s in scored]
