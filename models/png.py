"""The chunks of a PNG file, each length held against the file before a decoder believes it.

OpenCV makes room for whatever a damaged length says, gigabytes of it. Source: W3C PNG, section 5.
"""

from collections.abc import Iterator
from dataclasses import dataclass

SIGNATURE = b"\x89PNG\r\n\x1a\n"


class PngError(ValueError):
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
        PngError: no signature, a chunk that goes past the end of the file, or no IEND.
    """
    if data[:8] != SIGNATURE:
        raise PngError("no PNG signature")
    at = 8
    while at + 12 <= len(data):
        stop = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if stop > len(data):
            break
        kind = data[at + 4 : at + 8]
        yield Chunk(kind, at, stop)
        if kind == b"IEND":
            return
        at = stop
    raise PngError("it ends before its picture does")
