"""Are all coefficients of a JPEG there, and where do they end? Told by the decoder's own warnings.

    pixels_hwc, ending = decode(bare, reduction=2)      # CutShort where a part of the picture is missing
    bare = without_rest(bare)                           # not a byte behind the last coefficient

libjpeg fills what is missing with grey and says so in a warning, which simplejpeg hands on; OpenCV and Pillow
swallow it. It says its first warning alone: behind another one a second look has to tell.
"""

import re
from typing import Literal

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from ubora.models.imaging.faults import CutShort, PictureError
from ubora.models.imaging.formats import jpeg

Ending = Literal["whole", "more behind it"]
Order = Literal["RGB", "BGR", "GRAY"]
_MISSING = re.compile(r"premature end|instead of RST", re.IGNORECASE)
_BEHIND = re.compile(r"(\d+) extraneous bytes before marker 0xd9")
_WARNINGS = ("Corrupt JPEG data", "Premature end", "Warning", "Inconsistent progression", "Unknown Adobe")
"""How libjpeg's warnings begin, as against what it cannot decode at all."""
_READ_AHEAD = 32
"""Bytes that a decoder may take in behind the last coefficient without a word: eight, perhaps stuffed."""
_ZEROS = bytes(64)
_MORE = bytes(range(1, 251)) * 4


def decode(
    bare: bytes, *, reduction: int = 1, order: Order = "RGB", partial: bool = False
) -> tuple[NDArray[np.uint8], Ending]:
    """A JPEG that `metadata.strip_jpeg` made → (h, w, 3) uint8 as stored, 0–255; for GRAY (h, w, 1).

    Args:
        bare: tables, scans and an end marker.
        reduction: 1, 2, 4 or 8; both sides are divided by it, rounded up.
        partial: decode what there is.

    Raises:
        CutShort: coefficients are missing.
        PictureError: it cannot be decoded.
    """
    try:
        pixels = _decode(bare, reduction, order, strict=not partial)
        if not partial and _padded(bare):
            raise CutShort
        return pixels, "whole"
    except CutShort:
        raise
    except ValueError as error:
        warning = str(error)
    if _MISSING.search(warning):
        raise CutShort
    if not warning.startswith(_WARNINGS):
        raise PictureError("its pixels cannot be decoded")
    try:
        pixels = _decode(bare, reduction, order, strict=False)
        # A second warning may be hidden. What is whole looks the same with more behind it.
        seen, again = (_glance(data) for data in (bare, bare[:-2] + _MORE + jpeg.STOP))
    except ValueError:
        raise PictureError("its pixels cannot be decoded") from None
    if not np.array_equal(seen, again) or jpeg.lacks_restarts(bare) or _padded(bare):
        raise CutShort
    return pixels, "more behind it" if _BEHIND.search(warning) else "whole"


def check(bare: bytes) -> Ending:
    """As `decode`, at the least cost: an eighth of its sides, in grey.

    Raises:
        CutShort, PictureError: as `decode`.
    """
    return decode(bare, reduction=8, order="GRAY")[1]


def without_rest(bare: bytes) -> bytes:
    """The same picture without what lies between its last coefficient and its end marker.

    A clip of a phone that wrote no end marker lies there: its voices and places are never to be kept.

    Raises:
        CutShort, PictureError: as `decode`.
    """
    most = len(bare) - len(jpeg.STOP)
    try:
        _glance(bare, strict=True)
        rest = 0
    except ValueError as error:
        behind = _BEHIND.search(str(error))
        rest = int(behind[1]) if behind else 0
    # The fewest bytes with which nothing is missing; a few tries, for it is said about how many are left.
    least = _last_scan(bare)
    below = most - rest - _READ_AHEAD
    while below > least and not _lacks(bare, below):
        most, below = below, below - 4 * (most - below)
    below = max(below, least)
    while most - below > 1:
        middle = (below + most) // 2
        below, most = (middle, most) if _lacks(bare, middle) else (below, middle)
    return bare[:most] + jpeg.STOP


def _lacks(bare: bytes, stop: int) -> bool:
    try:
        _glance(bare[:stop] + jpeg.STOP, strict=True)
    except ValueError as error:
        return _MISSING.search(str(error)) is not None
    return False


def _padded(bare: bytes) -> bool:
    """Whether the end of the picture is made of zeros that stand for nothing: half a download, filled up.

    Some tables write an even ground in zeros too: that looks as the decoder fills what is missing. What is
    progressive counts such blocks instead.
    """
    if bare[-len(_ZEROS) - 2 : -2] != _ZEROS:
        return False
    before = bare[:-2].rstrip(b"\0")
    if not _lacks(bare, len(before)):
        return False
    if jpeg.frame(bare).progressive:
        return True
    seen, filled = (_decode(data, 1, "RGB", strict=False) for data in (bare, before + jpeg.STOP))
    return not np.array_equal(seen, filled)


def _last_scan(bare: bytes) -> int:
    return max(segment.stop for segment in jpeg.walk(bare) if segment.marker == jpeg.SCAN)


def _glance(bare: bytes, *, strict: bool = False) -> NDArray[np.uint8]:
    return _decode(bare, 8, "GRAY", strict=strict)


def _decode(bare: bytes, reduction: int, order: Order, *, strict: bool) -> NDArray[np.uint8]:
    frame = jpeg.frame(bare)
    # The decoder takes the smallest of its scales that is no smaller than this.
    height, width = -(-frame.height // reduction), -(-frame.width // reduction)
    pixels = simplejpeg.decode_jpeg(bare, order, min_height=height, min_width=width, strict=strict)
    return np.asarray(pixels, np.uint8)
