"""Does the map point at the defect? On the photo's own cells, where masks say where it is.

found = localise(scored, manifest, classes)
found["scratch"]["pointing"]        # {"value": .87, "n": 31}
"""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.manifest import Manifest
from training.figures import average_precision
from training.scoring import Scored
from training.targets import read_framed, to_cells

NEAR_CELLS = 1
"""A hottest cell this far beside the mask still points at it: 4 pixels of the input."""
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
            if truth.any():
                hits[name].append(_points_at(heat, truth))
    return {name: _figures(held[name], hits[name]) for name in classes}


def _figures(cells: list[tuple[NDArray[np.float32], NDArray[np.bool_]]], hits: list[bool]) -> dict[str, Any]:
    found: dict[str, Any] = {"pointing": None, "iou": None, "pixel_ap": None, "masks": len(hits)}
    if not hits:
        return found
    heat = np.concatenate([h for h, _ in cells])
    truth = np.concatenate([t for _, t in cells])
    drawn = heat >= SURE
    return found | {
        "pointing": float(np.mean(hits)),
        "iou": float((drawn & truth).sum() / max(1, (drawn | truth).sum())),
        "pixel_ap": average_precision(heat.astype(np.float64), truth),
    }


def _points_at(heat: NDArray[np.float32], truth: NDArray[np.bool_]) -> bool:
    reach = 2 * NEAR_CELLS + 1
    near = cv2.dilate(truth.astype(np.uint8), np.ones((reach, reach), np.uint8))
    return bool(near.ravel()[int(heat.argmax())])


def _truth(item: Scored, manifest: Manifest, classes: Sequence[str]) -> list[NDArray[np.bool_] | None]:
    """(h, w) cells of each class on the photo's part of the frame; None where nobody drew them."""
    size = item.frame.size
    grid = size // 4
    rows, columns = item.frame.cells(grid)
    blank = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.bool_)
    truth: list[NDArray[np.bool_] | None] = [blank for _ in classes]
    if not item.sample.defects:
        return truth
    framed = read_framed(manifest, item.sample, {n: i for i, n in enumerate(classes)}, size)
    for index, mask in framed.masks:
        cells = to_cells(mask, grid)[rows, columns]
        # A mask thinner than half a cell's share still has a hottest place to be found at.
        truth[index] = cells >= min(128, max(1, int(cells.max())))
    for index in {c for c, _ in framed.boxes} | framed.unplaced:
        truth[index] = None
    return truth
