"""Masks as arrays and as files, and how large a photo is when it stands upright.

    mask = read_mask(Path("masks/1-scratch.png"), size=(384, 384))
    box_of(mask)                     # (x, y, width, height)

A mask is an (height, width) bool array of the upright photo; in a file it is a single-channel PNG, above 127.
"""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.datasets.manifest import ManifestError
from ubora.models.imaging.faults import PictureError
from ubora.models.imaging.reading import Picture, examine_header

Mask = NDArray[np.bool_]
Size = tuple[int, int]
"""Height, width in pixels of the upright photo."""
Box = tuple[float, float, float, float]
"""x, y, width, height in pixels, as in COCO."""

PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


def read_mask(path: Path, size: Size) -> Mask:
    """(height, width) bool, True where the file is above 127.

    Raises:
        ManifestError: cannot be decoded, or is not of `size`.
    """
    data = np.frombuffer(path.read_bytes(), np.uint8)
    grey = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if data.size else None
    if grey is None:
        raise ManifestError(f"{path}: not a readable mask; expected a single-channel PNG")
    mask = np.asarray(grey) > 127
    check_size(mask, size, str(path))
    return mask


def check_size(mask: Mask, size: Size, what: str) -> None:
    """Raise ManifestError where a mask is not of its photo's size."""
    if mask.shape != size:
        found = f"{mask.shape[1]} × {mask.shape[0]}"
        raise ManifestError(f"{what}: {found} pixels; expected {size[1]} × {size[0]} as in its photo")


def png_of(mask: Mask) -> bytes:
    """The PNG of a mask: one channel, 0 and 255. Always the same bytes, which a fingerprint hangs on."""
    return cv2.imencode(".png", mask.astype(np.uint8) * 255)[1].tobytes()


def box_of(mask: Mask) -> Box:
    """The smallest box around a mask that has at least one pixel."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    x, y = int(columns[0]), int(rows[0])
    return (float(x), float(y), float(columns[-1] + 1 - x), float(rows[-1] + 1 - y))


def upright_size(path: Path) -> Size:
    """Height and width of a photo after its EXIF orientation is undone; reads the header alone.

    Raises:
        ManifestError: not one that we take (models/imaging/reading.py), by its header.
    """
    try:
        width, height = examine_header(path.read_bytes()).upright_size
    except (OSError, PictureError) as error:
        raise ManifestError(f"{path}: not a readable photo: {error}") from None
    return (height, width)


def whole_size(path: Path) -> Size:
    """As `upright_size`, of a photo that opens and is whole: every byte of it is looked at.

    Raises:
        ManifestError: not one that we take, cut short, or broken inside.
    """
    try:
        picture = Picture(path.read_bytes())
        picture.check()
    except (OSError, PictureError) as error:
        raise ManifestError(f"{path}: not a readable photo: {error}") from None
    return (picture.height, picture.width)
