"""The heat of marks over an approved photo: the more marks cover a place, the hotter it is drawn."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.service.numbers.heat.marks import Box, PlacedMark

GRID = 60
"""Cells along each side of the piece's box, and as wide a rim around it."""
RIM = 6
"""Cells outside of the box, for marks that cross it."""
SOFT = 1.5
"""Cells by which a mark is softened: no place is known exactly."""
STRONGEST = 0.8
"""How much the heat covers of the photo where most marks are, 0–1."""
WIDEST_PX = 640
EMPTY = 225
"""Grey of a picture without a photo."""
Picture = NDArray[np.uint8]


def heat_of(marks: Sequence[PlacedMark]) -> NDArray[np.float32]:
    """(GRID + 2 RIM, as many) float32: how many marks cover a cell of the piece or its rim, softened."""
    side = GRID + 2 * RIM
    heat = np.zeros((side, side), np.float32)
    for mark in marks:
        left, top, width, height = (GRID * one for one in mark.box)
        columns, rows = _cells(left, width), _cells(top, height)
        heat[rows, columns] += 1
    return np.asarray(cv2.GaussianBlur(heat, (0, 0), SOFT), np.float32)


def draw_heat(marks: Sequence[PlacedMark], photo_bgr: Picture | None, place: Box | None) -> bytes:
    """PNG of at most WIDEST_PX a side, with the ninths of the piece drawn in thin lines.

    Args:
        photo_bgr: (height, width, 3) uint8, the approved photo; None draws an empty frame.
        place: of the piece in it, in its pixels; None is all of it.
    """
    canvas = np.full((WIDEST_PX, WIDEST_PX, 3), EMPTY, np.uint8) if photo_bgr is None else photo_bgr
    height, width = canvas.shape[:2]
    scale = min(1.0, WIDEST_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    canvas = np.asarray(cv2.resize(canvas, size, interpolation=cv2.INTER_AREA), np.uint8)
    left, top, wide, high = (scale * one for one in place or (0.0, 0.0, float(width), float(height)))
    heat = _laid(heat_of(marks), (left, top, wide, high), size)
    if heat.max() > 0:
        part = (heat / heat.max())[..., None]
        colours = cv2.applyColorMap((255 * part[..., 0]).astype(np.uint8), cv2.COLORMAP_INFERNO)
        canvas = (canvas * (1 - STRONGEST * part) + colours * STRONGEST * part).astype(np.uint8)
    for third in range(4):
        x, y = round(left + third * wide / 3), round(top + third * high / 3)
        cv2.line(canvas, (x, round(top)), (x, round(top + high)), (255, 255, 255), 1, cv2.LINE_AA)
        cv2.line(canvas, (round(left), y), (round(left + wide), y), (255, 255, 255), 1, cv2.LINE_AA)
    return bytes(cv2.imencode(".png", canvas)[1])


def _cells(start: float, length: float) -> slice:
    """Along one side, at least one cell; what lies beyond the rim is cut off."""
    side = GRID + 2 * RIM
    first = min(side - 1, max(0, round(RIM + start)))
    return slice(first, min(side, max(first + 1, round(RIM + start + length))))


def _laid(heat: NDArray[np.float32], box: Box, size: tuple[int, int]) -> NDArray[np.float32]:
    """The heat on a picture of that width and height, its grid over the box."""
    left, top, wide, high = box
    across, down = wide / GRID, high / GRID
    move = np.array([[across, 0, left - RIM * across], [0, down, top - RIM * down]], np.float32)
    return np.asarray(cv2.warpAffine(heat, move, size, flags=cv2.INTER_LINEAR), np.float32)
