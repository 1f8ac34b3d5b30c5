"""A prediction's maps laid on the photo they were made of, whatever part of it was looked at.

heat_khw = on_photo(prediction)                     # every class, at the photo's own pixels
heat_hw, cell_px = hottest_on(prediction, 512)      # the hottest class, on a canvas of at most 512 px
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.models.inference.prediction import Prediction

Heat = NDArray[np.float32]


def on_photo(prediction: Prediction) -> Heat:
    """(K, height, width) of the upright photo, smooth between cells; 0 where nobody looked closely."""
    return np.stack([_laid(prediction, heat, 1.0, cv2.INTER_LINEAR) for heat in prediction.heatmap])


def piece_on_photo(prediction: Prediction) -> Heat:
    """(height, width) of the upright photo: probability that it shows the piece."""
    return _laid(prediction, prediction.piece, 1.0, cv2.INTER_LINEAR)


def hottest_on(prediction: Prediction, longer: int) -> tuple[Heat, float]:
    """Of each pixel of a canvas the hottest class, cell by cell, and how many of its pixels a cell is wide.

    Args:
        longer: the canvas's longer side, pixels.
    """
    scale = longer / max(prediction.width, prediction.height)
    heat = _laid(prediction, prediction.heatmap.max(0), scale, cv2.INTER_NEAREST)
    return heat, prediction.place.width * scale / prediction.heatmap.shape[2]


def _laid(prediction: Prediction, map_hw: Heat, scale: float, interpolation: int) -> Heat:
    place = prediction.place
    size = max(1, round(prediction.height * scale)), max(1, round(prediction.width * scale))
    canvas = np.zeros(size, np.float32)
    left, top = round(place.x * scale), round(place.y * scale)
    right = min(max(left + 1, round((place.x + place.width) * scale)), size[1])
    bottom = min(max(top + 1, round((place.y + place.height) * scale)), size[0])
    part = cv2.resize(map_hw.astype(np.float32), (right - left, bottom - top), interpolation=interpolation)
    canvas[top:bottom, left:right] = part
    return canvas
