"""The marker structure of a JPEG file: enough to see that it is whole, and to leave its metadata out.

Source: ITU-T T.81, annex B.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from models.imaging.faults import CutShort, Flooded, PictureError

START = b"\xff\xd8"
SCAN, END = 0xDA, 0xD9
APP0, APP1, APP2, APP14, APP15, COMMENT = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF, 0xFE
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Frame headers: the others of these numbers are tables."""
PROGRESSIVE = (0xC2, 0xC6, 0xCA, 0xCE)
MAX_SEGMENTS = 1_024
"""What is large comes in segments of 64 KB, at most 255 of a profile (ICC.1) and as many of a heat picture; a
depth map of 5 MB has 80. Tables are at most twelve a scan."""
MAX_SCANS = 30
"""A progressive photo has about ten; hundreds in a small file are made to keep a decoder busy."""
MAX_TABLE_BYTES = 2 + 8 * (17 + 256)
"""Of a segment that is neither application data nor a comment: all eight Huffman tables in one."""
# Inside a scan: a marker that is neither a stuffed zero nor a restart. One FF before it is enough to find it;
# a pattern for all of them begins anew at each, which for a long run is a quadratic search.
_MARKER_IN_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_FILL = re.compile(rb"\xff+")


class JpegError(PictureError):
    """The markers of these bytes do not add up to a whole JPEG file."""


@dataclass(frozen=True)
class Segment:
    marker: int
    """The second byte of the marker, 0xC0–0xFE."""
    start: int
    stop: int


def walk(data: bytes) -> Iterator[Segment]:
    """Every segment up to and including the end marker. Between a scan header and the next segment lie
    coefficients, before any other segment at most fill bytes. What follows (a motion clip) is not photo.

    Raises:
        JpegError: no start marker, bytes where a marker is due, a marker that has no segment, no scan.
        CutShort: no end marker, or a length past the end.
        Flooded: more than MAX_SEGMENTS or MAX_SCANS, or a table longer than MAX_TABLE_BYTES.
    """
    if data[:2] != START:
        raise JpegError("no JPEG start marker")
    at, scans = 2, 0
    for _ in range(MAX_SEGMENTS):
        segment = _segment(data, _next_in_scan(data, at) if scans else _next(data, at))
        if segment.marker == END and not scans:
            raise JpegError("it ends without a picture")
        yield segment
        if segment.marker == END:
            return
        at = segment.stop
        scans += segment.marker == SCAN
        if scans > MAX_SCANS:
            raise Flooded(f"more than {MAX_SCANS} scans")
    raise Flooded(f"more than {MAX_SEGMENTS:,} segments")


def header(data: bytes) -> Iterator[Segment]:
    """The segments before the first scan header, and that one.

    Raises:
        JpegError, CutShort, Flooded: as `walk`.
    """
    for segment in walk(data):
        yield segment
        if segment.marker == SCAN:
            return


def size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels, as stored.

    Raises:
        JpegError: no frame header before the scan, or not of 8 bits and 1, 3 or 4 colours; else as `walk`.
    """
    for segment in header(data):
        if segment.marker not in FRAMES:
            continue
        frame = data[segment.start + 4 : segment.stop]
        if len(frame) < 6 or frame[0] != 8 or frame[5] not in (1, 3, 4):
            raise JpegError("not 8 bits of grey, colour or CMYK")
        return int.from_bytes(frame[3:5], "big"), int.from_bytes(frame[1:3], "big")
    raise JpegError("no frame header")


def _next(data: bytes, at: int) -> int:
    """Where the marker is that is due at `at`."""
    if at < len(data) and data[at] != 0xFF:
        raise JpegError(f"expected a marker at byte {at}, found 0x{data[at]:02x}")
    fill = _FILL.match(data, at)
    return len(data) if fill is None else fill.end() - 1


def _next_in_scan(data: bytes, at: int) -> int:
    found = _MARKER_IN_SCAN.search(data, at)
    return len(data) if found is None else found.start()


def _segment(data: bytes, at: int) -> Segment:
    if data[at + 1 : at + 2] == b"\xd9":
        return Segment(END, at, at + 2)
    if at + 4 > len(data):
        raise CutShort
    marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
    stop = at + 2 + length
    if marker < 0xC0 or length < 2:
        raise JpegError(f"no segment begins with FF{marker:02X} {length:04X}")
    if stop > len(data):
        raise CutShort
    if length > MAX_TABLE_BYTES and not is_metadata(marker):
        raise Flooded(f"a table of {length:,} bytes; expected at most {MAX_TABLE_BYTES:,}")
    return Segment(marker, at, stop)


def is_metadata(marker: int) -> bool:
    """Application data or a comment: the picture is the same without it, save its colours."""
    return APP0 <= marker <= APP15 or marker == COMMENT
