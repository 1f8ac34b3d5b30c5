"""Could a photo be compared with its design's approved samples? Measured where designs have some.

approved = list(score(judge, approved_samples(manifest)))   # photos that the hub shows, of any split
figures = beside_approved(scored, approved)
figures["top1"], figures["auroc"], figures["relative"]["kappa"]
limits = approved_limits(validation, approved)              # what a bundle decides by

The comparison itself is models.inference.approved; here it is counted how often it would be right, and from
which distance it is doubted. A design's approved photos may have been trained on while the photo was not:
only `test_designs` is new in both.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ubora.datasets.manifest import Manifest
from ubora.models.inference.approved import approved_of, compare_with, cosine_distances
from ubora.models.inference.bank import Approved
from ubora.models.inference.prediction import expected_level
from ubora.models.record import ApprovedLimits
from ubora.training.calibration.level_cuts import AGREES
from ubora.training.evaluation.aspects.grades import agreement
from ubora.training.evaluation.slices import share, with_interval
from ubora.training.figures import auroc
from ubora.training.scoring.predictions import Scored

QUANTILE = 0.98
"""Of accepted pieces, those that are not doubted."""
LEAST_PIECES = 30
"""Below it, the farthest of a handful would pose as a limit."""


def approved_samples(manifest: Manifest) -> Manifest:
    """The approved photos of every design that has some."""
    chosen = [s for s in manifest if s.approved_sample and s.design is not None and not s.photo_faults]
    return Manifest(manifest.root, manifest.card, chosen)


def beside_approved(scored: Sequence[Scored], approved: Sequence[Scored]) -> dict[str, Any] | None:
    """How well embeddings tell designs apart, and levels counted from the approved sample.

    Args:
        scored: photos to be judged; approved ones among them, bad photos and those whose design has no
            approved photo are left out.
        approved: the approved photos of all designs.

    Returns:
        `photos`, `designs`; `top1` and `top5`: share of photos whose design is the nearest, or among the
        five nearest, by its nearest approved photo; `by_chance`: what top1 would be by drawing lots; `auroc`
        of (photo, approved photo) pairs of one design against pairs of two, by closeness; `plain` and
        `relative`: agreement of the network's own levels, and of those counted from the approved sample, on
        the same photos. None where there is nothing to compare.
    """
    designs = sorted({str(a.sample.design) for a in approved})
    photos = _comparable(scored, approved)
    if len(designs) < 2 or not photos:
        return None
    own = np.array([designs.index(str(s.sample.design)) for s in photos], np.int64)
    whose = np.array([designs.index(str(a.sample.design)) for a in approved], np.int64)
    distances = _distances(photos, approved)
    rank = _ranks(_nearest(photos, approved, designs), own)
    pieces = [s.sample.piece_id for s in photos]
    same = own[:, None] == whose[None, :]
    return {
        "photos": len(photos),
        "designs": len(designs),
        "top1": share(int((rank < 1).sum()), len(photos)),
        "top5": share(int((rank < 5).sum()), len(photos)),
        "by_chance": 1 / len(designs),
        "auroc": with_interval(pieces, lambda at: auroc(-distances[at].ravel(), same[at].ravel())),
        **_levels(photos, approved),
    }


def approved_limits(scored: Sequence[Scored], approved: Sequence[Scored]) -> ApprovedLimits | None:
    """From which distance a piece is doubted to be of its design, and whether levels are counted beside it.

    Accepted pieces count, each by one photo: the one with the smallest sample_id, a hash.

    Args:
        scored: photos that the network did not learn from; approved ones among them are left out.
        approved: the approved photos of all designs.

    Returns:
        None where fewer than LEAST_PIECES accepted pieces are of designs with approved photos.
    """
    photos = _comparable(scored, approved)
    first: dict[str, Scored] = {}
    for item in sorted(photos, key=lambda s: s.sample.sample_id):
        if item.sample.defects == ():
            first.setdefault(item.sample.piece_id, item)
    accepted = list(first.values())
    if len(accepted) < LEAST_PIECES:
        return None
    designs = sorted({str(a.sample.design) for a in approved})
    nearest = _nearest(accepted, approved, designs)
    own = np.array([str(s.sample.design) for s in accepted])[:, None] == np.array(designs)
    # An observed distance, the next higher one: between two, nobody was seen.
    limit = float(np.quantile(nearest[own], QUANTILE, method="higher"))
    levels = _levels(photos, approved)
    alone, beside = (_kappa(levels[name]) for name in ("plain", "relative"))
    return ApprovedLimits(
        max_distance=limit,
        quantile=QUANTILE,
        pieces=len(accepted),
        wrong_caught=float((nearest[~own] > limit).mean()) if len(designs) > 1 else None,
        grade_beside=alone is not None and beside is not None and beside > max(alone, AGREES),
        kappa_alone=alone,
        kappa_beside=beside,
    )


def _comparable(scored: Sequence[Scored], approved: Sequence[Scored]) -> list[Scored]:
    """Good photos of designs that have approved ones, and never of an approved piece itself."""
    designs = {a.sample.design for a in approved}
    shown = {a.sample.piece_id for a in approved}
    return [
        s
        for s in scored
        if s.sample.design in designs and s.sample.piece_id not in shown and not s.sample.photo_faults
    ]


def _nearest(
    photos: Sequence[Scored], approved: Sequence[Scored], designs: Sequence[str]
) -> NDArray[np.float64]:
    """(N, designs) distance of each photo to the nearest approved photo of each design."""
    distances = _distances(photos, approved)
    whose = np.array([str(a.sample.design) for a in approved])
    return np.stack([distances[:, whose == design].min(1) for design in designs], 1)


def _distances(photos: Sequence[Scored], approved: Sequence[Scored]) -> NDArray[np.float64]:
    """(N, M)."""
    return cosine_distances(
        np.stack([s.prediction.embedding for s in photos]),
        np.stack([a.prediction.embedding for a in approved]),
    )


def _kappa(levels: dict[str, Any]) -> float | None:
    return None if levels["kappa"] is None else float(levels["kappa"]["value"])


def _ranks(nearest: NDArray[np.float64], own: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N, designs) distances → (N,) how many other designs are at least as near as the photo's own."""
    mine = np.take_along_axis(nearest, own[:, None], 1)
    # A tie counts against: a network that says the same of every photo knows no design.
    return np.asarray((nearest <= mine).sum(1) - 1, np.int64)


def _levels(photos: Sequence[Scored], approved: Sequence[Scored]) -> dict[str, Any]:
    kept: dict[str, list[Approved]] = {}
    for item in approved:
        kept.setdefault(str(item.sample.design), []).append(approved_of(item.prediction))
    graded = [s for s in photos if s.sample.variance is not None]
    pieces = [s.sample.piece_id for s in graded]
    true = np.array([s.sample.variance for s in graded], np.int64)
    plain = np.array([s.prediction.variance_level() for s in graded], np.int64)
    beside = [compare_with(s.prediction, kept[str(s.sample.design)]) for s in graded]
    relative = np.array([b.relative_level for b in beside if b is not None], np.int64)
    expected = np.array([expected_level(s.prediction.variance) for s in graded], np.float64)
    rounded = np.asarray(np.clip(np.floor(expected + 0.5), 1, 5), np.int64)
    return {
        "plain": agreement(pieces, plain, true),
        "rounded": agreement(pieces, rounded, true),
        "relative": agreement(pieces, relative, true),
    }
