"""The chunks of a WebP file. Source: WebP container specification; RFC 6386, 9.1 and RFC 9649, 3.4."""

from collections.abc import Iterator
from dataclasses import dataclass

from ubora.models.imaging.faults import CutShort, Flooded, PictureError

MAX_CHUNKS = 64
"""Encoders write seven at most: header, profile, alpha, picture, EXIF, XMP; some add one of their own."""


class WebpError(PictureError):
    """The chunks of these bytes do not add up to a whole WebP file."""


@dataclass(frozen=True)
class Chunk:
    kind: bytes
    """Four letters, as `b"VP8 "`."""
    start: int
    """Of its content."""
    stop: int


def is_webp(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def length(data: bytes) -> int:
    """Bytes, as the file says it has; what follows is no part of it."""
    return 8 + int.from_bytes(data[4:8], "little")


def chunks(data: bytes) -> Iterator[Chunk]:
    """Every chunk, within the length that the file says it has.

    Raises:
        WebpError: no WebP signature.
        CutShort: it is shorter than it says, or a chunk goes past its end.
        Flooded: more than MAX_CHUNKS.
    """
    if not is_webp(data):
        raise WebpError("no WebP signature")
    end, at = length(data), 12
    if end > len(data):
        raise CutShort
    for _ in range(MAX_CHUNKS):
        if at + 8 > end:
            return
        stop = at + 8 + int.from_bytes(data[at + 4 : at + 8], "little")
        if stop > end:
            raise CutShort
        yield Chunk(data[at : at + 4], at + 8, stop)
        at = stop + stop % 2
    raise Flooded(f"more than {MAX_CHUNKS} chunks")


def has_alpha(data: bytes, chunk: Chunk) -> bool:
    """Whether a chunk says that pixels may be seen through."""
    if chunk.kind == b"VP8L":
        return len(data) > chunk.start + 4 and bool(data[chunk.start + 4] & 0x10)
    return chunk.kind == b"ALPH"


def size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels, as stored.

    Raises:
        WebpError: its first chunk says none; else as `chunks`.
    """
    first = next(chunks(data), None)
    head = data[first.start : first.stop][:10] if first else b""
    if first and first.kind == b"VP8X" and len(head) == 10:
        return 1 + int.from_bytes(head[4:7], "little"), 1 + int.from_bytes(head[7:10], "little")
    if first and first.kind == b"VP8L" and len(head) >= 5 and head[0] == 0x2F:
        both = int.from_bytes(head[1:5], "little")
        return 1 + (both & 0x3FFF), 1 + (both >> 14 & 0x3FFF)
    if first and first.kind == b"VP8 " and len(head) == 10 and head[3:6] == b"\x9d\x01\x2a":
        return (
            int.from_bytes(head[6:8], "little") & 0x3FFF,
            int.from_bytes(head[8:10], "little") & 0x3FFF,
        )
    raise WebpError("its first chunk is no picture and no header of one")
