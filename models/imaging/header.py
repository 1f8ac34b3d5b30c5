"""What a picture file says of itself: its kind, its size, how it has to be turned, whether it moves.

header = read(data)       # nothing is decoded or unpacked

The first EXIF counts, as in browsers; an orientation in XMP or a text alone turns nothing, as there.
"""

from dataclasses import dataclass
from typing import Literal

from ubora.models.imaging.faults import CutShort, PictureError
from ubora.models.imaging.formats import exif, jpeg, png, webp

Kind = Literal["JPEG", "PNG", "WEBP"]
SIDEWAYS = (5, 6, 7, 8)
"""EXIF orientations of pictures that lie on their side."""


@dataclass(frozen=True)
class Header:
    kind: Kind
    width: int
    """Pixels, as stored."""
    height: int
    orientation: int
    """EXIF, 1–8; 1 is upright as stored."""
    animated: bool
    grey: bool = False
    cmyk: bool = False
    deep: bool = False
    """16 bits a channel."""
    alpha: bool = False
    """It may have pixels that can be seen through."""
    buffered: bool = False
    """A decoder must hold all of it at once, at any scale."""

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height in pixels, once it is turned."""
        return (self.height, self.width) if self.orientation in SIDEWAYS else (self.width, self.height)


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
        return _jpeg(data)
    if kind == "PNG":
        return _png(data)
    if kind == "WEBP":
        return _webp(data)
    raise PictureError("not a JPEG, PNG or WebP by its content")


def _jpeg(data: bytes) -> Header:
    turn: int | None = None
    buffered = False
    frame = jpeg.frame(data)
    for segment in jpeg.header(data):
        at = segment.start + 4
        if segment.marker == jpeg.APP1 and turn is None and data.startswith(exif.PREFIX, at):
            turn = exif.orientation(data[at : segment.stop])
        elif segment.marker == jpeg.SCAN:
            # Progressive, or one colour after the other.
            buffered = frame.progressive or data[at] < len(frame.colours)
    colours = len(frame.colours)
    return Header(
        "JPEG",
        frame.width,
        frame.height,
        turn or 1,
        animated=False,
        grey=colours == 1,
        cmyk=colours == 4,
        buffered=buffered,
    )


def _png(data: bytes) -> Header:
    turn: int | None = None
    animated = see_through = False
    try:
        for chunk in png.chunks(data):
            content = slice(chunk.start + 8, chunk.stop - 4)
            if chunk.kind == b"eXIf" and turn is None:
                turn = exif.orientation(data[content])
            elif chunk.kind == b"acTL":
                animated |= int.from_bytes(data[content][:4], "big") > 1
            see_through |= chunk.kind == b"tRNS"
    except CutShort:
        pass
    depth, colour = data[24:26] if len(data) > 25 else (8, 2)
    return Header(
        "PNG",
        *png.size(data),
        turn or 1,
        animated,
        grey=colour in png.GREY,
        deep=depth == 16,
        alpha=see_through or colour in png.WITH_ALPHA,
    )


def _webp(data: bytes) -> Header:
    turn: int | None = None
    alpha = False
    for chunk in webp.chunks(data):
        if chunk.kind in (b"ANIM", b"ANMF"):
            return Header("WEBP", *webp.size(data), turn or 1, animated=True)
        if chunk.kind == b"EXIF" and turn is None:
            turn = exif.orientation(data[chunk.start : chunk.stop])
        alpha |= webp.has_alpha(data, chunk)
    return Header("WEBP", *webp.size(data), turn or 1, animated=False, alpha=alpha)
