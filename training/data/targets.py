"""One sample → what each head should say of it.

    target = target_of(sample, framed, held, spec)

What nobody said stays missing: it teaches nothing, and it is not "clean".
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.datasets.manifest import Sample
from ubora.training.augment.framed import Framed
from ubora.training.augment.phone import MaskArray
from ubora.training.network import PIECE_STRIDE, STRIDE, NetworkSpec

FULL_CELL = 0.25
"""Share of a cell's pixels from which the cell counts in full: a scratch never fills an 8 × 8 cell."""
IN_SIGHT_CELLS = 0.5
"""Cells a defect must still cover after a crop to be counted as seen."""
BOX_IN_SIGHT = 0.5
"""Share of a box without a mask that must stay in the frame for its label to hold."""


Target = dict[str, NDArray[Any]]
"""The fields of `training.data.batch.Batch`, of one photo, without N."""


def target_of(
    sample: Sample, framed: Framed, before: Framed, spec: NetworkSpec, *, scale: float = 1.0
) -> Target:
    """What each head should say of one framed photo; see Batch for shapes, without N.

    Args:
        before: the same photo before augmentation, to tell what was cropped out of sight.
        scale: pixels of `framed` to one of `before`.
    """
    classes, side = len(spec.classes), framed.photo_hwc.shape[0]
    grid, fine = side // STRIDE, side // PIECE_STRIDE
    labels = np.zeros(classes, np.float32)
    cells = np.zeros((classes, grid, grid), np.uint8)
    # A bad photo is taken again: what its piece looks like teaches nothing but where it is.
    known = sample.defects is not None and not sample.photo_faults
    labels_known = np.full(classes, known)
    cells_known = np.full((classes, grid, grid), known)
    for (index, mask), (_, whole) in zip(framed.masks, before.masks, strict=True):
        cells[index] = to_cells(mask, grid)
        # A defect that is small in the whole photo counts; one of which a crop left a sliver does not.
        enough = min(255 * IN_SIGHT_CELLS, 0.5 * float(to_cells(whole, grid).sum()))
        labels[index] = float(cells[index].sum() >= enough)
    for (index, box), (_, whole) in zip(framed.boxes, before.boxes, strict=True):
        cells_known[index] &= to_cells(box, grid) == 0
        if labels[index] == 0:
            in_sight = float(box.sum()) >= BOX_IN_SIGHT * float(whole.sum()) * scale**2
            labels[index], labels_known[index] = float(in_sight), labels_known[index] and in_sight
    for index, mask in framed.faint:
        cells_known[index] &= to_cells(mask, grid) == 0
        labels_known[index] &= labels[index] > 0
    for index in framed.unplaced:
        labels[index], cells_known[index] = 1.0, False
    no_piece = "no_piece" in (sample.photo_faults or ())
    piece = (
        to_cells(framed.piece, fine, 1.0) if framed.piece is not None else np.zeros((fine, fine), np.uint8)
    )
    graded = sample.variance if sample.variance is not None and not sample.photo_faults else 0
    return {
        "photos": framed.photo_hwc,
        "labels": labels,
        "labels_known": labels_known,
        "cells": cells,
        "cells_known": cells_known,
        "piece": piece,
        "piece_known": np.array(framed.piece is not None or no_piece),
        "variance": np.array(graded, np.int64),
    }


def to_cells(mask: MaskArray, grid: int, full: float = FULL_CELL) -> MaskArray:
    """(size, size) 0–255 → (grid, grid) 0–255: coverage, a cell that is `full` covered counts whole."""
    covered = cv2.resize(mask, (grid, grid), interpolation=cv2.INTER_AREA).astype(np.float32) / full
    return np.asarray(np.minimum(covered, 255), np.uint8)
