"""A photo before and after it was painted on, and the figures that such pairs give."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.models.inference.prediction import Prediction
from ubora.models.record import ANY
from ubora.training.bench.maps import hottest_on
from ubora.training.bench.painted.painter import PAINTERS, Painted
from ubora.training.calibration.thresholds import Policy
from ubora.training.evaluation.slices import share, with_interval
from ubora.training.figures import auroc

CANVAS_PX = 512
"""Longer side on which maps of two looks are compared."""
NEAR_CELLS = 1.0
PROMINENT = 1.0
"""Of `Painted.prominence`: as much as the surface around it varies."""


@dataclass(frozen=True)
class Pair:
    """A photo without and with a painted defect, and what was said of both."""

    piece: str
    painted: Painted
    untouched: Prediction
    touched: Prediction


def figures_of(pairs: Sequence[Pair], policy: Policy) -> dict[str, Any]:
    """Figures of all kinds together and of each."""
    kinds = {name: [p for p in pairs if p.painted.kind == name] for name in PAINTERS}
    return {
        "photos": len({id(p.untouched) for p in pairs}),
        "pieces": len({p.piece for p in pairs}),
        "all": _of(pairs, policy),
        "prominent": _of([p for p in pairs if p.painted.prominence > PROMINENT], policy),
        "kinds": {name: _of(own, policy) for name, own in kinds.items()},
    }


def hottest_lies_on(pair: Pair) -> bool:
    """Whether the hottest point of the painted photo lies on the paint."""
    heat, cell = hottest_on(pair.touched, CANVAS_PX)
    return _lies_on(heat, cell, pair.painted.mask_hw)


def change_lies_on(pair: Pair) -> bool:
    """Whether the point that grew most lies on the paint; a map that grew nowhere points at nothing."""
    after, cell = hottest_on(pair.touched, CANVAS_PX)
    before, _ = hottest_on(pair.untouched, CANVAS_PX)
    grown = after - before
    return bool(grown.max() > 0) and _lies_on(grown, cell, pair.painted.mask_hw)


def surest(prediction: Prediction) -> float:
    """How surely a photo shows a defect: by ANY where the network tells it."""
    return prediction.scores.get(ANY, max(prediction.scores.values()))


def _of(pairs: Sequence[Pair], policy: Policy) -> dict[str, Any]:
    before = np.array([surest(p.untouched) for p in pairs], np.float64)
    after = np.array([surest(p.touched) for p in pairs], np.float64)
    pieces = [p.piece for p in pairs]
    unflagged = [p for p in pairs if not policy.flags(p.untouched)]

    def told_apart(at: NDArray[np.int64]) -> float | None:
        # One untouched photo stands beside each of its paintings, so that both sides weigh pieces alike.
        labels = np.repeat([False, True], len(at))
        return auroc(np.concatenate([before[at], after[at]]), np.asarray(labels, np.bool_))

    def mean(hits: Sequence[bool]) -> dict[str, Any] | None:
        values = np.array(hits, np.float64)
        return with_interval(pieces, lambda at: float(values[at].mean()))

    return {
        "painted": len(pairs),
        "auroc": with_interval(pieces, told_apart),
        "raised": mean([bool(b < a) for b, a in zip(before, after, strict=True)]),
        "hottest": mean([hottest_lies_on(p) for p in pairs]),
        "change": mean([change_lies_on(p) for p in pairs]),
        "flagged": share(len(pairs) - len(unflagged), len(pairs)),
        "newly_flagged": share(sum(policy.flags(p.touched) for p in unflagged), len(unflagged)),
    }


def _lies_on(map_hw: NDArray[np.float32], cell: float, mask_hw: NDArray[np.bool_]) -> bool:
    """Whether the hottest point of a map lies on a mask or NEAR_CELLS beside it.

    Args:
        map_hw: of a canvas, as `hottest_on` lays it.
        cell: pixels of the canvas to a cell.
        mask_hw: (height, width) of the photo.
    """
    size = (map_hw.shape[1], map_hw.shape[0])
    drawn = cv2.resize(mask_hw.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
    reach = 2 * max(1, round(NEAR_CELLS * cell)) + 1
    near = cv2.dilate(drawn.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    # A cell is a patch of equal pixels here, and it counts where any of them does.
    return bool((near & (map_hw >= map_hw.max())).any())
