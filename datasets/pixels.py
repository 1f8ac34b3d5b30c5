"""Photos and masks from their files, with what is unusual about the file.

photo = open_photo(path.read_bytes(), at_least=512)     # upright RGB, reduced while it is decoded
mask = open_mask(path.read_bytes())

ValueError
└── PixelError      these bytes are not a photo or a mask that can be decoded
    └── CutShort    the file ends before its picture does
"""

import io
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from models.imaging import faults
from models.imaging.foreign import foreign
from models.imaging.header import Header, kind_of
from models.imaging.header import read as read_header
from models.imaging.metadata import strip

FORMATS = ("JPEG", "PNG", "WEBP")
_BROKEN = ((b"\xff\xd8", "a broken JPEG file"), (b"\x89PNG", "a broken PNG file"))
"""By their first bytes one of ours, and yet not to be opened."""
MAX_PIXELS = 64_000_000
_SIDEWAYS = (5, 6, 7, 8)
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_END_OF_PICTURE = b"\xff\xd9"
_BIT_DEPTH_BYTE = 24
"""Of a PNG: in the header chunk, which is always the first."""


class PixelError(ValueError):
    """Not a picture that can be decoded: what was found, what was expected."""


class CutShort(PixelError):  # noqa: N818  it reads as what it is
    """The file ends before its picture does; decoders fill the rest with grey."""


@dataclass(frozen=True)
class Photo:
    rgb_hwc: NDArray[np.uint8]
    """(h, w, 3), 0–255, upright; perhaps smaller than the photo by the same factor on both sides."""
    width: int
    """Of the upright photo at full size, pixels."""
    height: int
    orientation: int
    """EXIF, 1–8; 1 is upright as stored."""
    grey: bool
    unusual: tuple[str, ...]
    """What was lost on the way to 8-bit RGB: CMYK, 16 bits a channel, transparency."""

    @property
    def sideways(self) -> bool:
        """Whether the stored picture is as wide as the upright one is high."""
        return self.orientation in _SIDEWAYS


@dataclass(frozen=True)
class Mask:
    values_hw: NDArray[np.uint8]
    """(h, w), 0–255; above 127 is inside."""
    unusual: tuple[str, ...]
    """How the file differs from a single-channel 8-bit PNG."""


def open_photo(data: bytes, *, at_least: int | None = None, partial: bool = False) -> Photo:
    """Decode a whole JPEG, PNG or WebP file, upright.

    Args:
        data: the file's bytes.
        at_least: the longer side needed, in pixels; a larger JPEG is reduced while it is decoded, which
            reads every byte of it all the same.
        partial: show as much as there is of a file that is cut short, for a person to look at.

    Raises:
        PixelError: empty, another format, an animation, more than MAX_PIXELS, broken.
        CutShort: it ends early.
    """
    picture, header = _open(data, "photo", partial=partial)
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise PixelError(f"{width * height / 1e6:.0f} megapixels; expected at most {MAX_PIXELS // 1_000_000}")
    if header.animated:
        raise PixelError("an animation; expected one photo")
    orientation = header.orientation
    unusual = [f"{picture.mode} colour"] if picture.mode in ("CMYK", "YCCK", "LAB") else []
    if picture.mode in ("I", "F") or _is_deep(picture, data):
        unusual.append("16 bits a channel")
    if at_least is not None and max(width, height) > at_least:
        scale = at_least / max(width, height)
        picture.draft(None, (max(1, round(width * scale)), max(1, round(height * scale))))
    grey = picture.mode in ("1", "L", "LA") or picture.mode.startswith("I")
    _load(picture, len(data))
    if _transparent(picture):
        unusual.append("transparent pixels")
    upright = _eight_bits(picture).convert("RGB")
    if orientation in _UPRIGHT:
        upright = upright.transpose(_UPRIGHT[orientation])
    if orientation in _SIDEWAYS:
        width, height = height, width
    return Photo(np.asarray(upright, np.uint8), width, height, orientation, grey, tuple(unusual))


def open_mask(data: bytes) -> Mask:
    """Decode a mask as training reads it: one channel, 8 bits.

    Raises:
        PixelError, CutShort: as `open_photo`.
    """
    picture, _ = _open(data, "mask")
    unusual = [] if picture.format == "PNG" else [f"a {picture.format} file"]
    if picture.mode not in ("1", "L"):
        unusual.append("16 bits" if _is_deep(picture, data) else f"{picture.mode} colour")
    _load(picture, len(data))
    values = np.asarray(_eight_bits(picture).convert("L"), np.uint8)
    return Mask(values, tuple(unusual))


def _open(data: bytes, what: str, *, partial: bool = False) -> tuple[Image.Image, Header]:
    """The picture without its metadata: a library that reads all of that may be kept busy by it for hours."""
    if not data:
        raise PixelError(f"an empty file; expected a {what}")
    try:
        bare, header = _bare(data, partial=partial)
        # Many phones append a second picture to a JPEG (MPO): it is left out with all that follows the photo.
        return Image.open(io.BytesIO(bare), formats=FORMATS), header
    except Image.DecompressionBombError:
        raise PixelError(f"more than {MAX_PIXELS // 1_000_000} megapixels by its header") from None
    except faults.CutShort:
        raise CutShort(f"ends after {len(data)} bytes, before its picture does") from None
    except faults.Flooded as error:
        raise PixelError(f"{error}; expected a {what} as cameras write it") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, struct.error):
        found = next((name for mark, name in _BROKEN if data.startswith(mark)), "not a picture")
        other = foreign(data)
        if other is not None:
            found = other.name
        helps = "" if other is None else f". {other.help['en']}"
        raise PixelError(f"{found} by its content; expected a JPEG, PNG or WebP {what}{helps}") from None


def _bare(data: bytes, *, partial: bool) -> tuple[bytes, Header]:
    header = read_header(data)
    try:
        return strip(data, header.kind), header
    except faults.CutShort:
        if not partial or kind_of(data) != "JPEG":
            raise
        # The upper part; the decoder fills the rest with grey.
        return strip(data + _END_OF_PICTURE, header.kind), header


def _load(picture: Image.Image, length: int) -> None:
    try:
        picture.load()
    except (OSError, SyntaxError, ValueError, struct.error) as error:
        if "truncated" in str(error):
            raise CutShort(f"ends after {length} bytes, before its picture does") from None
        raise PixelError(f"a {picture.format} header, but its pixels cannot be decoded ({error})") from None


def _is_deep(picture: Image.Image, data: bytes) -> bool:
    """16 bits a channel: the decoder says so for grey only."""
    return picture.mode.startswith("I;16") or (picture.format == "PNG" and data[_BIT_DEPTH_BYTE] == 16)


def _transparent(picture: Image.Image) -> bool:
    if picture.mode == "P" and "transparency" in picture.info:
        picture = picture.convert("RGBA")
    if picture.mode not in ("RGBA", "LA", "PA"):
        return False
    return bool(np.asarray(picture.getchannel("A")).min() < 255)


def _eight_bits(picture: Image.Image) -> Image.Image:
    if not picture.mode.startswith("I"):
        return picture
    # Pillow would clip instead of scaling.
    return Image.fromarray((np.asarray(picture).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8))
