"""Boxes of other tools → boxes of ours: within the photo, with an area.

fit_box((-0.4, 20, 40, 30), (240, 320))      # (0.0, 20, 39.6, 30)
"""

from math import nextafter

from ubora.datasets.manifest import ManifestError
from ubora.datasets.masks import Box, Size

_MOST_OVER_PX = 1.0
"""Rounding and drawing to the edge leave a photo by less; beyond it lies a mistake."""


def fit_box(box: Box, size: Size) -> Box:
    """The box as it is, or clipped where it leaves the photo by less than a pixel, alike on every side.

    Raises:
        ManifestError: it leaves the photo by more, or has no area.
    """
    x, y, width, height = box
    if width <= 0 or height <= 0:
        raise ManifestError(f"box: expected width, height > 0, found {_numbers(box)}")
    over = {
        "left": -x,
        "top": -y,
        "right": x + width - size[1],
        "bottom": y + height - size[0],
    }
    side = max(over, key=lambda name: over[name])
    if over[side] >= _MOST_OVER_PX:
        raise ManifestError(
            f"box: {_numbers(box)} leaves the photo by {over[side]:g} px at the {side}; expected it within "
            f"{size[1]} × {size[0]}, or over the edge by less than {_MOST_OVER_PX:g} px"
        )
    if over[side] <= 0:
        return box
    left, across = _fit(x, width, size[1])
    top, down = _fit(y, height, size[0])
    if across <= 0 or down <= 0:
        raise ManifestError(f"box: {_numbers(box)} has no area within {size[1]} × {size[0]}")
    return left, top, across, down


def _fit(start: float, length: float, end: int) -> tuple[float, float]:
    """Where it starts and how long it is within 0 … end; their sum is never above the end by a rounding."""
    if start >= 0 and start + length <= end:
        return start, length
    first = max(start, 0.0)
    rest = min(start + length, end) - first
    while rest > 0 and first + rest > end:
        rest = nextafter(rest, 0)
    return first, rest


def _numbers(box: Box) -> str:
    return ", ".join(f"{number:g}" for number in box)
