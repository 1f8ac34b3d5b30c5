"""What the numbers of a picture mean as colours, and the same colours as sRGB.

    profile = profile_of(data, "JPEG")       # the bytes of its ICC profile; None where it has none
    meaning = meaning_of(profile, grey=False)
    meaning.apply(rgb_hwc)                   # in its place; an sRGB picture is left alone

A picture without a profile is sRGB, as every browser takes it; of one that cannot be read the same is said.
CMYK is read as the decoder reads it. Source: ICC.1:2022; W3C PNG, section 11.3.2.
"""

import io
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from ubora.models.imaging import primaries
from ubora.models.imaging.faults import CutShort
from ubora.models.imaging.formats import jpeg, png, webp
from ubora.models.imaging.header import Kind

MAX_PROFILE_BYTES = 2_000_000
"""A display's has some kilobytes, a camera's with tables one megabyte at most."""
_ICC = b"ICC_PROFILE\0"
_ALIKE = 2
"""Levels of 255: two profiles that differ by rounding alone; sRGB's own variants do."""
_STRIP_ROWS = 256
_SPACE = slice(16, 20)
_MARK = slice(36, 40)
_BROKEN = b"broken"
"""In place of a profile that is there and cannot be put together."""
Said = Literal["sRGB", "converted", "unreadable"]


@dataclass(frozen=True)
class Meaning:
    """How a picture's numbers become sRGB."""

    said: Said
    transform: ImageCms.ImageCmsTransform | None = None
    table: NDArray[np.uint8] | None = None
    """(256,) of a grey picture."""

    def apply(self, rgb_hwc: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(h, w, 3) uint8, in its place."""
        if self.table is not None:
            return np.asarray(cv2.LUT(rgb_hwc, self.table), np.uint8)
        if self.transform is not None:
            # In strips: a second array of a large photo is the memory of a hundred requests.
            for top in range(0, len(rgb_hwc), _STRIP_ROWS):
                strip = rgb_hwc[top : top + _STRIP_ROWS]
                strip[...] = _through(self.transform, strip)
        return rgb_hwc


SRGB, UNREADABLE = Meaning("sRGB"), Meaning("unreadable")


def profile_of(data: bytes, kind: Kind) -> bytes | None:
    """The ICC profile in a file; also what cannot be read, so that it can be said. None where there is none.

    Raises:
        PictureError: the parts of the file do not add up.
    """
    return {"JPEG": _of_jpeg, "PNG": _of_png, "WEBP": _of_webp}[kind](data)


@lru_cache(maxsize=8)
def meaning_of(profile: bytes | None, *, grey: bool) -> Meaning:
    """What a profile says of a picture that is grey or has three colours."""
    if profile is None:
        return SRGB
    space = profile[_SPACE]
    if profile[_MARK] != b"acsp" or space not in (b"RGB ", b"GRAY") or (space == b"GRAY" and not grey):
        return UNREADABLE
    mode = "L" if space == b"GRAY" else "RGB"
    try:
        known = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        transform = ImageCms.buildTransform(known, _srgb(), mode, "RGB", ImageCms.Intent.PERCEPTUAL)
        ramp = np.arange(256, dtype=np.uint8)
        if mode == "L":
            table = np.asarray(transform.apply(Image.fromarray(ramp[None])), np.uint8)[0, :, 1]
            return SRGB if _alike(table, ramp) else Meaning("converted", table=np.ascontiguousarray(table))
        levels = ramp[::17]
        colours = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(16, -1, 3)
        alike = _alike(_through(transform, colours), colours)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return UNREADABLE
    return SRGB if alike else Meaning("converted", transform)


@lru_cache(maxsize=1)
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _through(transform: ImageCms.ImageCmsTransform, rgb_hwc: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(transform.apply(Image.fromarray(np.ascontiguousarray(rgb_hwc))), np.uint8)


def _alike(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    return int(np.abs(one.astype(np.int16) - other).max()) <= _ALIKE


def _of_jpeg(data: bytes) -> bytes | None:
    parts: dict[int, bytes] = {}
    count = 0
    for segment in jpeg.header(data):
        if segment.marker == jpeg.APP2 and data.startswith(_ICC, segment.start + 4):
            number, count = data[segment.start + 16 : segment.start + 18].ljust(2, b"\0")
            parts.setdefault(number, data[segment.start + 18 : segment.stop])
    if not parts:
        return None
    whole = b"".join(parts[number] for number in sorted(parts))
    in_turn = sorted(parts) == list(range(1, count + 1))
    return whole if in_turn and len(whole) <= MAX_PROFILE_BYTES else _BROKEN


def _of_png(data: bytes) -> bytes | None:
    """Its profile; else one made of what it says of its primaries and its gamma."""
    chunks: dict[bytes, bytes] = {}
    try:
        for chunk in png.chunks(data):
            if chunk.kind in (b"iCCP", b"sRGB", b"gAMA", b"cHRM"):
                chunks.setdefault(chunk.kind, data[chunk.start + 8 : chunk.stop - 4])
            elif chunk.kind == b"IDAT":
                break
    except CutShort:
        return None
    if b"iCCP" in chunks:
        return _unpacked(chunks[b"iCCP"])
    if b"sRGB" in chunks:
        return None
    return primaries.profile(chunks.get(b"gAMA"), chunks.get(b"cHRM"))


def _unpacked(content: bytes) -> bytes:
    """Behind a name and the number of a method there is packed data, which may be far more than it says."""
    packed = content[content.find(b"\0") + 2 :]
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(packed, MAX_PROFILE_BYTES)
    except zlib.error:
        return _BROKEN
    return profile if unpacker.eof else _BROKEN


def _of_webp(data: bytes) -> bytes | None:
    for chunk in webp.chunks(data):
        if chunk.kind == b"ICCP":
            whole = chunk.stop - chunk.start <= MAX_PROFILE_BYTES
            return data[chunk.start : chunk.stop] if whole else _BROKEN
    return None
