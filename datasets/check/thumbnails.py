"""A photo made small, with its piece outlined and its defects drawn in, as a data URI.

    thumbnail(manifest, sample, colours)        # "data:image/webp;base64,…", or None where nothing decodes

The piece is a thin white line. A defect is a line of its class's colour around its mask, a few pixels off so
that the defect itself stays visible; a box without a mask is a rectangle.
"""

import base64
import io
import math
from collections.abc import Mapping, Sequence
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ubora.datasets.manifest import Defect, Manifest, Sample
from ubora.datasets.pixels import PixelError, open_mask, open_photo

SIDE_PX = 360
"""Longer side of a thumbnail: twice what a column of the page shows, for sharp screens."""
_QUALITY = 68
_AWAY_PX = 4

Colour = tuple[int, int, int]

_COLOURS: tuple[Colour, ...] = (
    (255, 75, 75),
    (70, 225, 90),
    (110, 150, 255),
    (255, 225, 60),
    (255, 90, 230),
    (60, 235, 235),
    (255, 150, 35),
    (205, 255, 150),
    (175, 115, 255),
    (255, 195, 215),
    (30, 185, 140),
    (235, 235, 200),
)
"""Far apart from one another, and light enough to be seen on dark horn."""


def class_colours(classes: Sequence[str]) -> dict[str, Colour]:
    """RGB, 0–255, for each class; after as many as there are colours they begin again."""
    return {name: _COLOURS[place % len(_COLOURS)] for place, name in enumerate(classes)}


def thumbnail(manifest: Manifest, sample: Sample, colours: Mapping[str, Colour]) -> str | None:
    """One photo with its labels, as a WebP data URI of at most SIDE_PX on the longer side.

    Masks and boxes that cannot be drawn are left out: the check names them in words.
    """
    drawn = labelled_photo(manifest, sample, colours)
    return None if drawn is None else data_uri(drawn)


def labelled_photo(
    manifest: Manifest, sample: Sample, colours: Mapping[str, Colour], *, outlines: bool = True
) -> NDArray[np.uint8] | None:
    """(h, w, 3) uint8 RGB of the upright photo, SIDE_PX on the longer side, with its labels drawn in.

    Args:
        outlines: False gives the photo alone.

    Returns:
        None where nothing decodes.
    """
    try:
        photo = open_photo(manifest.path(sample.file_name).read_bytes(), at_least=SIDE_PX, partial=True)
    except (PixelError, OSError):
        return None
    scale = SIDE_PX / max(photo.width, photo.height)
    width, height = max(1, round(photo.width * scale)), max(1, round(photo.height * scale))
    enlarging = photo.rgb_hwc.shape[1] < width
    interpolation = cv2.INTER_LINEAR if enlarging else cv2.INTER_AREA
    fitted = cv2.resize(photo.rgb_hwc, (width, height), interpolation=interpolation)
    canvas = np.ascontiguousarray(fitted, np.uint8)
    if not outlines:
        return canvas
    if sample.piece_mask:
        _draw_mask(canvas, manifest, sample.piece_mask, (255, 255, 255), thickness=1, away_px=0)
    for defect in sample.defects or ():
        _draw_defect(canvas, manifest, defect, colours.get(defect.name, (255, 0, 255)), scale)
    return canvas


def data_uri(rgb_hwc: NDArray[np.uint8], kind: Literal["webp", "jpeg"] = "webp") -> str:
    """A picture inside a page: (h, w, 3) uint8 RGB → data URI."""
    out = io.BytesIO()
    # WebP alone knows a method; how hard it tries.
    options = {"method": 4} if kind == "webp" else {"optimize": True}
    Image.fromarray(rgb_hwc).save(out, kind, quality=_QUALITY, **options)
    return f"data:image/{kind};base64," + base64.b64encode(out.getvalue()).decode()


def _draw_defect(
    canvas: NDArray[np.uint8], manifest: Manifest, defect: Defect, colour: Colour, scale: float
) -> None:
    if defect.mask:
        _draw_mask(canvas, manifest, defect.mask, colour, thickness=2, away_px=_AWAY_PX)
    elif defect.box and all(map(math.isfinite, defect.box)):
        # A box far outside, which the check names, would not fit a drawing's whole numbers.
        x, y, width, height = (round(min(value * scale, 4 * SIDE_PX)) for value in defect.box)
        cv2.rectangle(canvas, (x, y), (x + width, y + height), (0, 0, 0), 4, cv2.LINE_AA)
        cv2.rectangle(canvas, (x, y), (x + width, y + height), colour, 2, cv2.LINE_AA)


def _draw_mask(
    canvas: NDArray[np.uint8], manifest: Manifest, name: str, colour: Colour, *, thickness: int, away_px: int
) -> None:
    try:
        mask = open_mask(manifest.path(name).read_bytes()).values_hw
    except (PixelError, OSError):
        return
    height, width = canvas.shape[:2]
    inside = (mask > 127).astype(np.uint8) * 255
    # A hair-thin scratch keeps a share of its pixels instead of vanishing between samples.
    small = (cv2.resize(inside, (width, height), interpolation=cv2.INTER_AREA) > 24).astype(np.uint8)
    if away_px:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * away_px + 1, 2 * away_px + 1))
        small = np.asarray(cv2.dilate(small, kernel), np.uint8)
    contours, _ = cv2.findContours(small, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    # A half-dark line beneath: the bright one shows on pale bone and on black horn.
    halo = canvas.copy()
    cv2.drawContours(halo, contours, -1, (0, 0, 0), thickness + 2, cv2.LINE_AA)
    cv2.addWeighted(halo, 0.5, canvas, 0.5, 0, dst=canvas)
    cv2.drawContours(canvas, contours, -1, colour, thickness, cv2.LINE_AA)
