"""Photos and masks from their files, with what is unusual about the file.

photo = open_photo(path.read_bytes(), at_least=512)     # upright RGB, reduced while it is decoded
mask = open_mask(path.read_bytes())

What a photo may be, and how it is read, is decided in `models.imaging`, for every room.
"""

import io
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from ubora.models.imaging import faults, header, limits
from ubora.models.imaging.formats.foreign import foreign
from ubora.models.imaging.metadata import strip
from ubora.models.imaging.reading import Picture

FORMATS = ("JPEG", "PNG", "WEBP")
_BROKEN = ((b"\xff\xd8", "a broken JPEG file"), (b"\x89PNG", "a broken PNG file"))
"""By their first bytes one of ours, and yet not to be opened."""
_BIT_DEPTH_BYTE = 24
"""Of a PNG: in the header chunk, which is always the first."""
PixelError = faults.PictureError
"""These bytes are not a photo or a mask that can be decoded."""
CutShort = faults.CutShort


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
    """What was lost on the way to 8-bit sRGB: CMYK, 16 bits a channel, transparency, a profile."""

    @property
    def sideways(self) -> bool:
        """Whether the stored picture is as wide as the upright one is high."""
        return self.orientation in header.SIDEWAYS


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
        PixelError: as `Picture`; TooSmall where it has too few pixels.
        CutShort: it ends early.
    """
    picture = Picture(data, partial=partial)
    pixels = picture.upright(at_least=at_least)
    head = picture.header
    return Photo(pixels, picture.width, picture.height, head.orientation, head.grey, picture.unusual())


def open_mask(data: bytes) -> Mask:
    """Decode a mask as training reads it: one channel, 8 bits.

    Raises:
        PixelError: empty, another format, more than MAX_PIXELS, broken.
        CutShort: it ends early.
    """
    picture = _open(data)
    unusual = [] if picture.format == "PNG" else [f"a {picture.format} file"]
    if picture.mode not in ("1", "L"):
        unusual.append("16 bits" if _is_deep(picture, data) else f"{picture.mode} colour")
    _load(picture, len(data))
    values = np.asarray(_eight_bits(picture).convert("L"), np.uint8)
    return Mask(values, tuple(unusual))


def _open(data: bytes) -> Image.Image:
    """The mask without its metadata: a library that reads all of that may be kept busy by it for hours."""
    if not data:
        raise PixelError("an empty file; expected a mask")
    try:
        picture = Image.open(io.BytesIO(strip(data, header.read(data).kind)), formats=FORMATS)
    except Image.DecompressionBombError:
        raise PixelError(f"more than {limits.MAX_PIXELS // 1_000_000} megapixels by its header") from None
    except faults.CutShort:
        raise CutShort(f"ends after {len(data)} bytes, before its picture does") from None
    except faults.Flooded as error:
        raise PixelError(f"{error}; expected a mask as programs write it") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, struct.error):
        found = next((name for mark, name in _BROKEN if data.startswith(mark)), "not a picture")
        other = foreign(data)
        found, helps = (found, "") if other is None else (other.name, f". {other.help['en']}")
        raise PixelError(f"{found} by its content; expected a JPEG, PNG or WebP mask{helps}") from None
    if picture.width * picture.height > limits.MAX_PIXELS:
        most = limits.MAX_PIXELS // 1_000_000
        raise PixelError(f"{picture.width * picture.height / 1e6:.0f} megapixels; expected at most {most}")
    return picture


def _load(picture: Image.Image, length: int) -> None:
    try:
        picture.load()
    # An interlaced PNG that stops early makes Pillow fail over its own arguments.
    except (OSError, SyntaxError, ValueError, TypeError, struct.error) as error:
        if "truncated" in str(error):
            raise CutShort(f"ends after {length} bytes, before its picture does") from None
        raise PixelError(f"a {picture.format} header, but its pixels cannot be decoded ({error})") from None


def _is_deep(picture: Image.Image, data: bytes) -> bool:
    """16 bits a channel: the decoder says so for grey only."""
    return picture.mode.startswith("I;16") or (picture.format == "PNG" and data[_BIT_DEPTH_BYTE] == 16)


def _eight_bits(picture: Image.Image) -> Image.Image:
    if not picture.mode.startswith("I"):
        return picture
    # Pillow would clip instead of scaling.
    return Image.fromarray((np.asarray(picture).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8))
