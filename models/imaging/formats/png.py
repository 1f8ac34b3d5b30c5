"""The chunks of a PNG file, each length held against the file before a decoder believes it.

OpenCV makes room for whatever a damaged length says, gigabytes of it. Source: W3C PNG, section 5.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from ubora.models.imaging.faults import CutShort, Flooded, PictureError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_CHUNKS = 16_384
"""libpng cuts a picture into pieces of 8 KB, some encoders of 4 KB: that is 64 MB of them."""
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Of each colour type."""
GREY, WITH_ALPHA = (0, 4), (4, 6)
"""Colour types."""
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Interlaced: of each pass the first column and row, and the steps between columns and between rows."""
_SLACK_BYTES = 65_536
_STEP_BYTES = 1_048_576


class PngError(PictureError):
    """The chunks of these bytes do not add up to a whole PNG file."""


@dataclass(frozen=True)
class Chunk:
    kind: bytes
    """Four letters, as `b"IDAT"`."""
    start: int
    stop: int


def chunks(data: bytes) -> Iterator[Chunk]:
    """Every chunk, up to and including IEND.

    Raises:
        PngError: no signature, or its first chunk is not the header.
        CutShort: a chunk that goes past the end of the file, or no IEND.
        Flooded: more than MAX_CHUNKS.
    """
    if data[:8] != SIGNATURE:
        raise PngError("no PNG signature")
    if data[8:16] != b"\0\0\0\x0dIHDR":
        raise PngError("it does not begin with its header")
    at = 8
    for _ in range(MAX_CHUNKS):
        stop = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if stop > len(data):
            raise CutShort
        kind = data[at + 4 : at + 8]
        yield Chunk(kind, at, stop)
        if kind == b"IEND":
            return
        at = stop
    raise Flooded(f"more than {MAX_CHUNKS:,} chunks")


def size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels, as stored, of what `chunks` takes for a PNG."""
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def check_unpacked(data: bytes) -> None:
    """Refuse packed data for fewer pixels than the header says, or for far more: a decoder unpacks all of it.

    16 MB unpack to 16 GB. Unpacked here in steps, and thrown away.

    Raises:
        PngError: an unknown colour type, or data that cannot be unpacked; else as `chunks`.
        CutShort, Flooded: as `chunks`; CutShort also where data end early, Flooded where there is too much.
    """
    # It begins with the whole of its header, or is refused.
    next(chunks(data))
    width, height = size(data)
    due = _unpacked_bytes(data)
    left = due + _SLACK_BYTES
    unpacker = zlib.decompressobj()
    try:
        for chunk in chunks(data):
            packed = memoryview(data)[chunk.start + 8 : chunk.stop - 4] if chunk.kind == b"IDAT" else b""
            while packed and not unpacker.eof:
                left -= len(unpacker.decompress(packed, _STEP_BYTES))
                packed = unpacker.unconsumed_tail
                if left < 0:
                    raise Flooded(f"more data than {width} × {height} pixels have")
        # What was unpacked last may still be held back.
        while last := unpacker.decompress(b"", _STEP_BYTES):
            left -= len(last)
            if left < 0:
                raise Flooded(f"more data than {width} × {height} pixels have")
    except zlib.error:
        raise PngError("its pixels cannot be unpacked") from None
    if left > _SLACK_BYTES:
        raise CutShort


def _unpacked_bytes(data: bytes) -> int:
    """How many bytes its pixels are, with one before each row; rows are rounded up to whole bytes."""
    width, height = size(data)
    depth, colour, interlaced = data[24], data[25], data[28]
    if colour not in _CHANNELS:
        raise PngError(f"colour type {colour}")
    total = 0
    for left, top, across, down in _ADAM7 if interlaced else ((0, 0, 1, 1),):
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + -(-columns * depth * _CHANNELS[colour] // 8))
    return total


def has(data: bytes, kind: bytes) -> bool:
    """Whether a chunk of that kind is there.

    Raises:
        PngError, CutShort, Flooded: as `chunks`.
    """
    return any(chunk.kind == kind for chunk in chunks(data))


def chunk_bytes(kind: bytes, content: bytes) -> bytes:
    """One chunk as it stands in a file."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
