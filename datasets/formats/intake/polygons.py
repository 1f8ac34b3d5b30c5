"""Polygons → masks, for formats in which people draw outlines.

    mask = fill_polygons([[0, 0, 10, 0, 10, 10, 0, 10]], (384, 384))

A pixel belongs to a polygon that holds its centre; pixel (0, 0) reaches from 0 to 1. Several polygons are one
mask: a polygon that lies within another and runs round the other way is a hole in it (as OpenCV's contours
are written), all else is joined, as COCO's own tools do. Those tools know no holes and fill them.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.datasets.manifest import ManifestError
from ubora.datasets.masks import Mask, Size

Points = NDArray[np.float64]
_FAR_PX = 1e6
"""No photo is that large; beyond it lies a mistake of units."""


def fill_polygons(polygons: Sequence[Sequence[float]], size: Size) -> Mask:
    """(height, width) bool.

    Args:
        polygons: each x, y, x, y, … in pixels; at least three corners.
        size: height, width.

    Raises:
        ManifestError: too few or odd coordinates, or nothing of it within the photo.
    """
    parts = [(_fill(points, size), _turn(points)) for points in map(_corners, polygons)]
    parts.sort(key=lambda part: -int(part[0].sum()))
    mask = np.zeros(size, np.bool_)
    for index, (part, turn) in enumerate(parts):
        around = [other for other in parts[:index] if not (part & ~other[0]).any()]
        # The last of those that hold it is the smallest: what this polygon is a hole of, if of any.
        if around and around[-1][1] != turn and mask[part].all():
            mask &= ~part
        else:
            mask |= part
    if not mask.any():
        raise ManifestError("polygon covers no pixel of the photo")
    return mask


def _corners(flat: Sequence[float]) -> Points:
    if len(flat) < 6 or len(flat) % 2:
        raise ManifestError(f"expected a polygon of x, y for at least 3 corners, found {len(flat)} numbers")
    points = np.array(flat, np.float64).reshape(-1, 2)
    if not (np.abs(points) < _FAR_PX).all():
        raise ManifestError(f"expected corners near the photo, found {points.min():g} to {points.max():g}")
    return points


def _turn(points: Points) -> bool:
    """Which way round it runs, from the sign of its area."""
    ahead = np.roll(points, -1, axis=0)
    return bool((points[:, 0] * ahead[:, 1] - points[:, 1] * ahead[:, 0]).sum() > 0)


def _fill(points: Points, size: Size) -> Mask:
    mask = np.zeros(size, np.bool_)
    x, y = points.T
    ahead_x, ahead_y = np.roll(points, -1, axis=0).T
    for row in range(max(0, int(y.min() - 0.5)), min(size[0], int(np.ceil(y.max())))):
        middle = row + 0.5
        crossed = (y <= middle) != (ahead_y <= middle)
        slope = (ahead_x[crossed] - x[crossed]) / (ahead_y[crossed] - y[crossed])
        crossings = np.sort(x[crossed] + (middle - y[crossed]) * slope)
        edges = np.clip(np.ceil(crossings - 0.5), 0, size[1]).astype(np.int64)
        for left, right in zip(edges[::2], edges[1::2], strict=True):
            mask[row, left:right] = True
    return mask if mask.any() else _trace(points, size)


def _trace(points: Points, size: Size) -> Mask:
    """What is too thin to hold the centre of a pixel marks the pixels under its outline."""
    drawn = np.zeros(size, np.uint8)
    cv2.polylines(drawn, [np.floor(points).astype(np.int32)], isClosed=True, color=1)
    return drawn > 0
