"""What a picture file says of itself: its kind, its size, how it has to be turned, whether it moves.

header = read(data)       # nothing is decoded or unpacked
"""

from dataclasses import dataclass
from typing import Literal

from models.imaging import exif, jpeg, png, webp
from models.imaging.faults import CutShort, PictureError

Kind = Literal["JPEG", "PNG", "WEBP"]


@dataclass(frozen=True)
class Header:
    kind: Kind
    width: int
    """Pixels, as stored."""
    height: int
    orientation: int
    """EXIF, 1–8; 1 is upright as stored."""
    animated: bool


def kind_of(data: bytes) -> Kind | None:
    """JPEG, PNG or WebP by its first bytes."""
    if data.startswith(jpeg.START):
        return "JPEG"
    if data.startswith(png.SIGNATURE):
        return "PNG"
    return "WEBP" if webp.is_webp(data) else None


def read(data: bytes) -> Header:
    """The header of a JPEG, PNG or WebP, also of one that is cut short after it.

    Raises:
        PictureError: another kind, or broken before it says its size.
        Flooded: more parts than any camera or encoder writes.
    """
    kind = kind_of(data)
    if kind == "JPEG":
        return Header(kind, *jpeg.size(data), _jpeg_orientation(data), False)
    if kind == "PNG":
        return _png(data)
    if kind == "WEBP":
        return _webp(data)
    raise PictureError("not a JPEG, PNG or WebP by its content")


def check_whole(data: bytes, kind: Kind) -> None:
    """Refuse a file that ends early: decoders fill the rest with grey and say nothing.

    Raises:
        PictureError: its parts do not add up.
    """
    parts = {"JPEG": jpeg.walk, "PNG": png.chunks, "WEBP": webp.chunks}[kind]
    for _ in parts(data):
        pass


def _jpeg_orientation(data: bytes) -> int:
    for segment in jpeg.header(data):
        at = segment.start + 4
        if segment.marker == jpeg.APP1 and data.startswith(exif.PREFIX, at):
            return exif.orientation(data[at : segment.stop])
    return 1


def _png(data: bytes) -> Header:
    turn: int | None = None
    animated = False
    try:
        for chunk in png.chunks(data):
            content = slice(chunk.start + 8, chunk.stop - 4)
            if chunk.kind == b"eXIf" and turn is None:
                turn = exif.orientation(data[content])
            elif chunk.kind == b"acTL":
                animated |= int.from_bytes(data[content][:4], "big") > 1
    except CutShort:
        pass
    return Header("PNG", *png.size(data), turn or 1, animated)


def _webp(data: bytes) -> Header:
    turn: int | None = None
    for chunk in webp.chunks(data):
        if chunk.kind in (b"ANIM", b"ANMF"):
            return Header("WEBP", *webp.size(data), turn or 1, True)
        if chunk.kind == b"EXIF" and turn is None:
            turn = exif.orientation(data[chunk.start : chunk.stop])
    return Header("WEBP", *webp.size(data), turn or 1, False)
