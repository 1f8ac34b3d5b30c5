"""Does the map point at the defect? On the cells of the second look, where masks say where it is.

found = localise(scored, manifest, classes)
found["scratch"]["pointing"]        # {"value": .87, "n": 31}
"""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.datasets.manifest import Manifest
from ubora.datasets.masks import read_mask
from ubora.models.record import ANY
from ubora.training.data.targets import to_cells
from ubora.training.figures import average_precision
from ubora.training.scoring.predictions import Scored

NEAR_CELLS = 1
"""A hottest cell this far beside the mask still points at it: a cell of the heat."""
SURE = 0.5
"""Probability from which a cell is drawn as defect, for the overlap."""


def localise(scored: Sequence[Scored], manifest: Manifest, classes: Sequence[str]) -> dict[str, Any]:
    """Per class, over the photos labelled for defects in which every one of the class has a mask.

    pointing: share of defective photos whose hottest cell lies in the mask or NEAR_CELLS beside it.
    iou: all cells together, drawn at SURE against masks (cells that a defect covers in full or a quarter).
    pixel_ap: average precision of all cells, clean photos included.
    """
    held: dict[str, list[tuple[NDArray[np.float32], NDArray[np.bool_]]]] = {name: [] for name in classes}
    hits: dict[str, list[bool]] = {name: [] for name in classes}
    for item in scored:
        if item.sample.defects is None or item.sample.photo_faults:
            continue
        for index, (name, truth) in enumerate(zip(classes, _truth(item, manifest, classes), strict=True)):
            if truth is None:
                continue
            heat = item.prediction.heatmap[index]
            held[name].append((heat.ravel(), truth.ravel()))
            if name in item.sample.defect_names():
                # What was left out of the second look is not pointed at.
                hits[name].append(_points_at(heat, truth))
    return {name: _figures(held[name], hits[name]) for name in classes}


def points_at_a_defect(item: Scored, manifest: Manifest) -> bool | None:
    """Whether the hottest cell of all lies on a defect or NEAR_CELLS beside it; None where one has no mask.

    By ANY where the network tells it, else by its hottest class.
    """
    names = sorted(item.sample.defect_names())
    truths = _truth(item, manifest, names)
    if not names or any(truth is None for truth in truths):
        return None
    heat, told = item.prediction.heatmap, list(item.prediction.scores)
    hot = heat[told.index(ANY)] if ANY in told else heat.max(0)
    return _points_at(hot, np.any([t for t in truths if t is not None], axis=0))


def _figures(cells: list[tuple[NDArray[np.float32], NDArray[np.bool_]]], hits: list[bool]) -> dict[str, Any]:
    figures: dict[str, Any] = {"pointing": None, "iou": None, "pixel_ap": None, "masks": len(hits)}
    if not hits:
        return figures
    heat = np.concatenate([h for h, _ in cells])
    truth = np.concatenate([t for _, t in cells])
    drawn = heat >= SURE
    return figures | {
        "pointing": float(np.mean(hits)),
        "iou": float((drawn & truth).sum() / max(1, (drawn | truth).sum())),
        "pixel_ap": average_precision(heat.astype(np.float64), truth),
    }


def _points_at(heat: NDArray[np.float32], truth: NDArray[np.bool_]) -> bool:
    reach = 2 * NEAR_CELLS + 1
    near = cv2.dilate(truth.astype(np.uint8), np.ones((reach, reach), np.uint8))
    return bool(near.ravel()[int(heat.argmax())])


def _truth(item: Scored, manifest: Manifest, classes: Sequence[str]) -> list[NDArray[np.bool_] | None]:
    """(h, w) cells of each class on the part of the photo that was looked at; None where nobody drew them."""
    grid = item.prediction.grid
    rows, columns = item.frame.cells(grid)
    blank = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.bool_)
    truth: list[NDArray[np.bool_] | None] = []
    for name in classes:
        own = [defect for defect in item.sample.defects or () if defect.name == name]
        if not own or any(defect.mask is None for defect in own):
            truth.append(None if own else blank)
            continue
        drawn = np.zeros((item.prediction.height, item.prediction.width), np.bool_)
        for defect in own:
            assert defect.mask is not None
            drawn |= read_mask(manifest.path(defect.mask), drawn.shape)
        cells = to_cells(item.frame.apply_mask(drawn * np.uint8(255)), grid)[rows, columns]
        # A mask thinner than half a cell's share still has a hottest place to be found at.
        truth.append(cells >= min(128, max(1, int(cells.max()))))
    return truth
