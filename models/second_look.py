"""Where to look again: the piece in the whole photo → the part of the photo that the second look sees.

    place = find_piece(piece_hw, frame, margin=0.1)     # None where there is no piece to look at

A photo shows a bench with a piece on it. The first look finds the piece in few pixels; the second sees it as
through a loupe, cut from the photo at its own resolution, and nothing of the bench that is not beside it.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from models.preprocess import Letterbox, Place

SURE = 0.5
"""Probability from which a cell shows the piece."""
SPECK = 0.05
"""Share of the largest found part below which another part is a speck, not the second earring."""


def find_piece(piece_hw: NDArray[np.float32], frame: Letterbox, margin: float) -> Place | None:
    """The square around the piece, in pixels of the upright photo; None where no cell shows one.

    Args:
        piece_hw: (h, w) probability that a cell of `frame` shows the piece.
        margin: of the piece's longer side, left around it on each side.
    """
    sure = (piece_hw > SURE).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(sure, connectivity=8)
    if count < 2:
        return None
    areas = stats[1:, cv2.CC_STAT_AREA]
    kept = 1 + np.nonzero(areas >= SPECK * areas.max())[0]
    rows, columns = np.nonzero(np.isin(labels, kept))
    cell = frame.size / piece_hw.shape[0]
    scale = frame.width / frame.fitted_width
    left, top = (columns.min() * cell - frame.left) * scale, (rows.min() * cell - frame.top) * scale
    right = ((columns.max() + 1) * cell - frame.left) * scale
    bottom = ((rows.max() + 1) * cell - frame.top) * scale
    return square_around((left, top, right - left, bottom - top), margin, frame.width, frame.height)


def square_around(box: tuple[float, float, float, float], margin: float, width: int, height: int) -> Place:
    """The square around a box with a margin, moved and cut so that it lies in a `width` × `height` photo.

    Args:
        box: x, y, width, height in pixels; may reach out of the photo.
        margin: of the box's longer side.
    """
    side = max(1, round(max(box[2], box[3]) * (1 + 2 * margin)))
    across, down = min(side, width), min(side, height)
    x = round(box[0] + (box[2] - across) / 2)
    y = round(box[1] + (box[3] - down) / 2)
    return Place(min(max(x, 0), width - across), min(max(y, 0), height - down), across, down)
