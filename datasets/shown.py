"""How much of a defect a person sees who has the same photo without it beside.

    shown_of(photo, twin, mask, piece)      # 1840.0; from VISIBLE_FROM on it counts
    only_faint(sample)                      # whether none of its defects counts

A renderer knows of defects that nobody sees: a scratch in a shadow, a dent of three pixels. To teach them
teaches noise, and to ask for them measures nothing. What is seen is a matter of contrast and of size: the
sum, over a defect's pixels in the look that a network has of the piece, of how far the two colours lie apart
beyond what noise and compression do. The colours are CIELAB's, in which a distance of 2 is just seen.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.datasets.manifest import Defect, Sample
from ubora.datasets.masks import Mask, box_of

VISIBLE_FROM = 600.0
"""What a defect must show to count; chosen by eye, see docs/guide/datasets.md."""
LOOK_PX = 320
"""Pixels along the side of the look in which a piece is seen."""
AROUND = 1.2
"""Side of that look over the longer side of the piece."""
NOISE = 5.0
"""CIELAB distance up to which two smoothed pixels are alike."""
REACH_PX = 5
"""A mask ends where its rule ended it; the colour changes a little beyond."""

Photo = NDArray[np.uint8]
Floats = NDArray[np.float32]


def shown_of(photo: Photo, twin: Photo, mask: Mask, piece: Mask) -> float:
    """What of a defect shows, in CIELAB distance × pixels of a look of LOOK_PX.

    Args:
        photo: (H, W, 3) uint8 RGB.
        twin: the same photo without the defect.
        mask: (H, W), of the defect.
        piece: (H, W), at least one pixel.
    """
    scale = LOOK_PX / (AROUND * max(box_of(piece)[2:]))
    where = cv2.dilate(_scaled(mask.astype(np.float32), scale), np.ones((REACH_PX, REACH_PX))) > 0.25
    apart = np.linalg.norm(_lab(photo, scale) - _lab(twin, scale), axis=-1)
    return float(np.maximum(apart[where] - NOISE, 0).sum())


def is_faint(defect: Defect) -> bool:
    """Whether a person who has the clean piece beside it would not see it either."""
    return defect.shown is not None and defect.shown < VISIBLE_FROM


def only_faint(sample: Sample) -> bool:
    """Whether it shows defects, none of which a person would see: neither defective nor clean."""
    return bool(sample.defects) and all(map(is_faint, sample.defects or ()))


def _lab(photo: Photo, scale: float) -> Floats:
    """(H, W, 3) uint8 RGB → CIELAB, scaled and without the noise of single pixels."""
    small = cv2.GaussianBlur(_scaled(photo.astype(np.float32) / 255, scale), (0, 0), 1.0)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), np.float32)


def _scaled(values: NDArray[np.floating[Any]], scale: float) -> Floats:
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(values, None, fx=scale, fy=scale, interpolation=how), np.float32)
