"""The marker structure of a JPEG file: where its picture ends, which scans are there, what is metadata.

Whether the coefficients of the last scan are all there only a decoder can tell (models/imaging/ending.py).
Source: ITU-T T.81, annex B and G.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ubora.models.imaging.faults import CutShort, Flooded, PictureError

START, STOP = b"\xff\xd8", b"\xff\xd9"
SCAN, END, RESTART_INTERVAL = 0xDA, 0xD9, 0xDD
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
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
# Between segments some programs leave bytes of their own; decoders look for the next marker, and so do we.
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")


class JpegError(PictureError):
    """The markers of these bytes do not add up to a whole JPEG file."""


@dataclass(frozen=True)
class Segment:
    marker: int
    """The second byte of the marker, 0xC0–0xFE."""
    start: int
    stop: int


@dataclass(frozen=True)
class Frame:
    """What the frame header says."""

    width: int
    """Pixels, as stored."""
    height: int
    colours: bytes
    """A number of each: one is grey, three are colour, four CMYK."""
    blocks: tuple[tuple[int, int], ...]
    """Of each colour, how many blocks across and down a unit of the picture has (1–4)."""
    progressive: bool


@dataclass
class _Missing:
    """The coefficients that no scan has brought yet: a progressive file that ends between two scans shows all
    of the picture, blurred, and a decoder says nothing.
    """

    frame: Frame
    left: dict[int, set[int]] = field(default_factory=dict)
    """By colour, of its 64 coefficients those that lack their last bit."""

    def __post_init__(self) -> None:
        self.left = {colour: set(range(64)) for colour in self.frame.colours}

    def brought(self, scan: bytes) -> None:
        """Args: scan: a scan header behind its length."""
        count = scan[0] if scan else 0
        if len(scan) < 4 + 2 * count:
            return
        first, last, bits = scan[1 + 2 * count : 4 + 2 * count]
        if not self.frame.progressive:
            first, last, bits = 0, 63, 0
        for colour in scan[1 : 1 + 2 * count : 2]:
            if bits & 15 == 0 and colour in self.left:
                self.left[colour] -= set(range(first, last + 1))

    def __bool__(self) -> bool:
        return any(self.left.values())


def walk(data: bytes) -> Iterator[Segment]:
    """Every segment up to and including the end marker. Between a scan header and the next segment lie
    coefficients, before any other segment at most bytes that mean nothing. What follows (a motion clip) is
    not photo.

    Where every scan is there and no end marker follows, the picture ends at the first other marker, or with
    the file: the last segment is an end of no bytes.

    Raises:
        JpegError: no start marker, a marker that has no segment, no scan.
        CutShort: it ends before every scan was there, or a length goes past the end.
        Flooded: more than MAX_SEGMENTS or MAX_SCANS, or a table longer than MAX_TABLE_BYTES.
    """
    if data[:2] != START:
        raise JpegError("no JPEG start marker")
    at, scans, missing, framed = 2, 0, None, None
    for _ in range(MAX_SEGMENTS):
        place = _next(data, at, _MARKER_IN_SCAN if scans else _MARKER)
        if missing is not None and not missing and data[place : place + 2] != STOP:
            yield Segment(END, place, place)
            return
        segment = _segment(data, place)
        if segment.marker == END and missing is None:
            raise JpegError("it ends without a picture")
        if segment.marker == END and missing:
            raise CutShort
        yield segment
        if segment.marker == END:
            return
        at = segment.stop
        if framed is None and segment.marker in FRAMES:
            framed = segment
        if segment.marker == SCAN:
            scans += 1
            missing = _Missing(_frame(data, framed)) if missing is None else missing
            missing.brought(data[segment.start + 4 : segment.stop])
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


def frame(data: bytes) -> Frame:
    """What the first frame header says.

    Raises:
        JpegError: none before the scan, or not of 8 bits and 1, 3 or 4 colours; else as `walk`.
    """
    return _frame(data, next((one for one in header(data) if one.marker in FRAMES), None))


def _frame(data: bytes, segment: Segment | None) -> Frame:
    if segment is None:
        raise JpegError("no frame header")
    said = data[segment.start + 4 : segment.stop]
    if len(said) < 6 or said[0] != 8 or said[5] not in (1, 3, 4):
        raise JpegError("not 8 bits of grey, colour or CMYK")
    width, height = int.from_bytes(said[3:5], "big"), int.from_bytes(said[1:3], "big")
    colours, blocks = said[6 : 6 + 3 * said[5] : 3], said[7 : 7 + 3 * said[5] : 3]
    units = tuple((max(1, both >> 4), max(1, both & 15)) for both in blocks)
    return Frame(width, height, colours, units, segment.marker in PROGRESSIVE)


def lacks_restarts(data: bytes) -> bool:
    """Whether the last scan has fewer restart markers than its interval asks for: some of it is missing.

    Raises:
        JpegError, CutShort, Flooded: as `walk`.
    """
    interval, scan, start, stop = 0, b"", 0, 0
    for segment in walk(data):
        said = data[segment.start + 4 : segment.stop]
        if segment.marker == RESTART_INTERVAL:
            interval = int.from_bytes(said[:2], "big")
        elif segment.marker == SCAN:
            scan, start = said, segment.stop
        stop = segment.start
    if not interval:
        return False
    due = -(-_units(frame(data), scan) // interval) - 1
    restarts = 0
    for mark in _RESTART.finditer(data, start, stop):
        # In turn: a clip behind a half has some by chance.
        restarts += data[mark.end() - 1] == 0xD0 + restarts % 8
    return restarts < due


def _units(frame: Frame, scan: bytes) -> int:
    """How many units a scan has: of one colour its own blocks, else squares that hold some of each."""
    across, down = (max(blocks[way] for blocks in frame.blocks) for way in (0, 1))
    if scan[:1] == b"\x01" and scan[1] in frame.colours:
        own = frame.blocks[frame.colours.index(scan[1])]
        width, height = -(-frame.width * own[0] // across), -(-frame.height * own[1] // down)
        return -(-width // 8) * -(-height // 8)
    return -(-frame.width // (8 * across)) * -(-frame.height // (8 * down))


def _next(data: bytes, at: int, pattern: re.Pattern[bytes]) -> int:
    """Where the next marker is; the end of the file where none is."""
    marker = pattern.search(data, at)
    return len(data) if marker is None else marker.start()


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
