"""Odd picture files as phones, programs and bad lines make them, and what every room must say of each.

ODD["two EXIF, 1 then 6"].data, .size        # taken: width and height of the upright photo
ODD["cut in half"].data, .refused            # refused: what is said of it
"""

import io
import struct
import zlib
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from tests.imaging.hostile import chunk, segment
from tests.parts.served import drawn
from ubora.models.imaging import primaries
from ubora.models.imaging.formats import jpeg as walks

WIDE, TALL = (320, 240), (240, 320)
CUT = "ends before its picture does"
CLIP = b"\0\0\0\x18ftypmp42" + bytes(np.random.default_rng(7).integers(0, 256, 9_000).astype(np.uint8))
DISPLAY_P3 = struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
ADOBE_RGB = struct.pack(">8I", 31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)


@dataclass(frozen=True)
class Odd:
    data: bytes
    size: tuple[int, int] = WIDE
    refused: str | None = None
    """Words of what is said; None where it is taken."""


def saved(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **({"quality": 92} if kind != "PNG" else {}) | options)
    return out.getvalue()


def exif(turn: int) -> bytes:
    tags = Image.Exif()
    tags[0x0112] = turn
    return segment(0xE1, b"Exif\0\0" + tags.tobytes().removeprefix(b"Exif\0\0"))


def profile_of(points: bytes) -> bytes:
    found = primaries.profile(None, points)
    assert found is not None
    return found


def grey_profile(gamma: float) -> bytes:
    """An ICC profile of one curve."""
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    curve = b"curv\0\0\0\0" + struct.pack(">IHH", 1, round(256 * gamma), 0)
    at = 128 + 4 + 24
    tags = struct.pack(">I4sII4sII", 2, b"wtpt", at, 20, b"kTRC", at + 20, 14)
    body = tags + white + curve
    head = struct.pack(
        ">I4sI4s4s4s12s4s", 128 + len(body), b"", 0x02100000, b"mntr", b"GRAY", b"XYZ ", b"", b"acsp"
    )
    head = (head.ljust(68, b"\0") + white[8:]).ljust(128, b"\0")
    return head + body


def as_if(rgb_hwc: NDArray[np.uint8], profile: bytes) -> Image.Image:
    """The same colours in the numbers of another profile."""
    other = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    image = ImageCms.profileToProfile(Image.fromarray(rgb_hwc), ImageCms.createProfile("sRGB"), other)
    assert image is not None
    return image


def without_end(data: bytes) -> bytes:
    return data[: data.rindex(b"\xff\xd9")]


def between_scans(data: bytes) -> bytes:
    """A progressive file up to the last table or scan header, and an end marker."""
    scans = [one for one in walks.walk(data) if one.marker in (0xC4, walks.SCAN)]
    at = max(one.start for one in scans if one.marker == walks.SCAN)
    return data[: min(one.start for one in scans if at - 200 < one.start <= at)] + b"\xff\xd9"


def png(rgb_hwc: NDArray[np.uint8], *, interlaced: bool = False, rows: float = 1.0, depth: int = 8) -> bytes:
    """A PNG of our own making; of its pixels' bytes only a share is there."""
    height, width = rgb_hwc.shape[:2]
    passes = [(0, 0, 1, 1)]
    if interlaced:
        passes = [
            (0, 0, 8, 8),
            (4, 0, 8, 8),
            (0, 4, 4, 8),
            (2, 0, 4, 4),
            (0, 2, 2, 4),
            (1, 0, 2, 2),
            (0, 1, 1, 2),
        ]
    values = rgb_hwc.astype(">u2") * 257 if depth == 16 else rgb_hwc
    lines = [
        b"\0" + line.tobytes()
        for left, top, across, down in passes
        for line in values[top::down, left::across]
    ]
    pixels = b"".join(lines)
    head = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, int(interlaced))
    packed = zlib.compress(pixels[: round(rows * len(pixels))])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def before_pixels(data: bytes, *chunks: bytes) -> bytes:
    """A PNG with more chunks behind its header."""
    return data[:33] + b"".join(chunks) + data[33:]


def shortened_webp(data: bytes, share: float) -> bytes:
    """Cut, and every length set right."""
    content = data[20 : 20 + round(share * (len(data) - 20)) // 2 * 2]
    body = b"WEBP" + data[12:16] + struct.pack("<I", len(content)) + content
    return b"RIFF" + struct.pack("<I", len(body)) + body


def cut_out() -> Image.Image:
    """Its right half is transparent, and has kept a glaring colour."""
    pixels = np.dstack((drawn(), np.full(drawn().shape[:2], 255, np.uint8)))
    pixels[:, 160:] = (255, 0, 255, 0)
    return Image.fromarray(pixels)


@cache
def odd() -> dict[str, Odd]:
    photo = Image.fromarray(drawn())
    plain, progressive = saved(photo), saved(photo, progressive=True)
    restarts = saved(photo, restart_marker_rows=1)
    p3 = profile_of(DISPLAY_P3)
    xmp = b'http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    second = [Image.fromarray(drawn(seed=1))]
    at = [found.start() for found in walks._RESTART.finditer(restarts)][3]
    middle = len(plain) * 6 // 10
    whole = {
        "plain": plain,
        "orientation in XMP alone": plain[:2] + segment(0xE1, xmp) + plain[2:],
        "two EXIF, 1 then 6": plain[:2] + exif(1) + exif(6) + plain[2:],
        "several pictures in one file": saved(photo, "MPO", save_all=True, append_images=second),
        "a clip behind the end": plain + CLIP,
        "no end marker": without_end(plain),
        "no end marker, and a clip": without_end(plain) + CLIP,
        "no end marker, and a clip with one in it": without_end(plain) + CLIP[:90] + b"\xff\xd9" + CLIP[90:],
        "progressive, no end marker, and a clip": without_end(progressive) + CLIP,
        "bytes between segments": plain[:2] + exif(1) + b"padding\0" + plain[2:],
        "progressive": progressive,
        "restarts": restarts,
        "grey": saved(photo.convert("L")),
        "CMYK": saved(photo.convert("CMYK")),
        "16 bits a channel": png(drawn(), depth=16),
        "a palette, some of it transparent": saved(photo.quantize(16), "PNG", transparency=b"\0" * 3),
        "cut out, its ground kept": saved(cut_out(), "PNG"),
        "cut out, as WebP": saved(cut_out(), "WEBP", lossless=True, exact=True),
        "interlaced": png(drawn(), interlaced=True),
        "Display P3": saved(as_if(drawn(), p3), icc_profile=p3),
        "Display P3 in a PNG": saved(as_if(drawn(), p3), "PNG", icc_profile=p3),
        "Display P3 in a WebP": saved(as_if(drawn(), p3), "WEBP", icc_profile=p3),
        "a profile that nobody can read": saved(photo, icc_profile=b"not a profile" * 40),
    }
    cut = {
        "cut in half": plain[:middle],
        "cut, and an end marker": plain[:middle] + b"\xff\xd9",
        "cut by a byte, and an end marker": without_end(plain)[:-1] + b"\xff\xd9",
        "cut, and a clip": plain[:middle] + CLIP,
        "cut at a restart, and an end marker": restarts[:at] + b"\xff\xd9",
        "cut behind a restart, and a clip": restarts[: at + 40] + CLIP + b"\xff\xd9",
        "progressive, cut, and an end marker": progressive[: len(progressive) * 6 // 10] + b"\xff\xd9",
        "progressive, cut between scans": between_scans(progressive),
        "CMYK, cut, and an end marker": saved(photo.convert("CMYK"))[:5_000] + b"\xff\xd9",
        "PNG cut": png(drawn())[:-400],
        "PNG whose pixels stop early": png(drawn(), rows=0.7),
        "interlaced, and stops early": png(drawn(), interlaced=True, rows=0.7),
    }
    moved = {"save_all": True, "append_images": second}
    refused = {
        "empty": (b"", "the file is empty"),
        "a text": (b"I am a photo, believe me.", "not a JPEG, PNG or WebP photo"),
        "HEIC": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(90), "but HEIC"),
        "moving WebP": (saved(photo, "WEBP", **moved), "an animation"),
        "moving PNG": (saved(photo, "PNG", **moved), "an animation"),
        "too small": (saved(Image.fromarray(drawn()[:40])), "320 × 40 pixels; expected at least 64"),
        "WebP cut": (saved(photo, "WEBP")[:3_000], "or broken in its first bytes"),
        "WebP cut, its length set right": (shortened_webp(saved(photo, "WEBP"), 0.6), "a broken WEBP file"),
    }
    return {
        **{name: Odd(data) for name, data in whole.items()},
        "two EXIF, 6 then 1": Odd(plain[:2] + exif(6) + exif(1) + plain[2:], TALL),
        **{name: Odd(data, refused=CUT) for name, data in cut.items()},
        **{name: Odd(data, refused=words) for name, (data, words) in refused.items()},
    }


ODD: dict[str, Odd] = odd()
