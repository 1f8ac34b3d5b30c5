"""The marker structure of a JPEG file: enough to see that it is whole, and to leave its metadata out.

Source: ITU-T T.81, annex B.
"""

from collections.abc import Iterator
from dataclasses import dataclass

START = b"\xff\xd8"
END = b"\xff\xd9"
_SCAN = 0xDA


class JpegError(ValueError):
    """The markers of these bytes do not add up to a whole JPEG file."""


@dataclass(frozen=True)
class Segment:
    marker: int
    """The second byte of the marker, 0xC0–0xFE."""
    start: int
    stop: int


def segments(data: bytes) -> Iterator[Segment]:
    """The header segments, up to and including the first start-of-scan header.

    Raises:
        JpegError: no start marker, bytes where a marker is due, a length past the end, no scan.
    """
    if data[:2] != START:
        raise JpegError("no JPEG start marker")
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            raise JpegError(f"expected a marker at byte {at}, found 0x{data[at]:02x}")
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        stop = at + 2 + length
        if length < 2 or stop > len(data):
            raise JpegError("a segment is cut short")
        yield Segment(marker, at, stop)
        if marker == _SCAN:
            return
        at = stop
    raise JpegError("it ends before its picture starts")


def end_of_picture(data: bytes, scan_stop: int) -> int:
    """Where the picture ends: the byte after its end marker. What follows (a motion clip) is not photo.

    Raises:
        JpegError: there is no end marker after the scan header.
    """
    found = data.find(END, scan_stop)
    if found < 0:
        raise JpegError("it ends before its picture does")
    return found + len(END)
