"""Could a photo be compared with its design's approved samples? Measured where designs have some.

approved = approved_samples(manifest)                       # photos that the hub shows, of any split
figures = beside_approved(scored, list(score(judge, approved)))
figures["top1"], figures["auroc"], figures["relative"]["kappa"]

The comparison itself is models.approved; here it is only counted how often it would be right. A design's
approved photos may have been trained on while the photo was not: only `test_designs` is new in both.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.manifest import Manifest
from models.approved import Approved, approved_of, compare_with, cosine_distances, expected_level
from training.figures import auroc
from training.grades import agreement
from training.scoring import Scored
from training.slices import share, with_interval


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
    photos = [
        s
        for s in scored
        if s.sample.design in designs and not s.sample.approved_sample and not s.sample.photo_faults
    ]
    if len(designs) < 2 or not photos:
        return None
    own = np.array([designs.index(str(s.sample.design)) for s in photos], np.int64)
    whose = np.array([designs.index(str(a.sample.design)) for a in approved], np.int64)
    distances = cosine_distances(
        np.stack([s.prediction.embedding for s in photos]),
        np.stack([a.prediction.embedding for a in approved]),
    )
    rank = _ranks(distances, own, whose, len(designs))
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


def _ranks(
    distances: NDArray[np.float64], own: NDArray[np.int64], whose: NDArray[np.int64], designs: int
) -> NDArray[np.int64]:
    """(N, M) distances → (N,) how many other designs are at least as near as the photo's own."""
    nearest = np.stack([distances[:, whose == design].min(1) for design in range(designs)], 1)
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
