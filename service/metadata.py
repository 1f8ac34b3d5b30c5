"""A picture without what the phone wrote around it: place, time, owner, thumbnail, motion clip.

    clean = strip_jpeg(data)       # the same coefficients, bit for bit; nothing is decoded

Kept: the tables and scans, the JFIF and Adobe markers and an ICC profile (they say what the colours mean),
and of EXIF the orientation alone. Source: ITU-T T.81, annex B; CIPA DC-008.
"""

import re
import struct

from PIL import Image

from models.jpeg import END, START, JpegError, segments
from models.png import SIGNATURE, chunks

MAX_SCANS = 30
"""A progressive photo has about ten; hundreds in a small file are made to keep a decoder busy."""
_APP0, _APP1, _APP2, _APP14, _APP15, _COMMENT = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF, 0xFE
_SCAN, _END = 0xDA, 0xD9
_SEQUENTIAL, _PROGRESSIVE = (0xC0, 0xC1), 0xC2
_ORIENTATION_TAG = 0x0112
_PNG_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"eXIf", b"IDAT", b"IEND")
# After a scan header: the next marker that is neither a stuffed zero nor a restart.
_NEXT_MARKER = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")


def strip_jpeg(data: bytes) -> bytes:
    """The picture alone, with a minimal EXIF where it has to be turned.

    Raises:
        JpegError: the file is cut short, its markers do not add up, or it has more than MAX_SCANS scans.
    """
    pieces = [START]
    turn, stop = 1, 0
    for segment in segments(data):
        content = data[segment.start + 4 : segment.stop]
        if segment.marker == _APP1 and content.startswith(b"Exif\x00\x00") and turn == 1:
            turn = _orientation(content)
        if _is_picture(segment.marker, content):
            pieces.append(data[segment.start : segment.stop])
        stop = segment.stop
    if turn != 1:
        pieces.insert(1, _minimal_exif(turn))
    pieces.extend(_scans(data, stop))
    return b"".join(pieces)


def strip_png(data: bytes) -> bytes:
    """The picture's own chunks, and EXIF, which may say how to turn it.

    Text and colour profiles, which may unpack to far more than they are, are left out.

    Raises:
        PngError: a chunk that goes past the end of the file, or no end chunk.
    """
    kept = (data[chunk.start : chunk.stop] for chunk in chunks(data) if chunk.kind in _PNG_CHUNKS)
    return b"".join((SIGNATURE, *kept))


def is_buffered(data: bytes) -> bool:
    """Whether a decoder must hold all of it at once: progressive, or one colour after the other.

    It then takes 6 bytes a pixel at any reduced scale.

    Raises:
        JpegError: as `models.jpeg.segments`.
    """
    colours = 0
    for segment in segments(data):
        content = data[segment.start + 4 : segment.stop]
        if segment.marker == _PROGRESSIVE:
            return True
        if segment.marker in _SEQUENTIAL and len(content) > 5:
            colours = content[5]
        if segment.marker == _SCAN and content:
            return content[0] < colours
    return False


def _scans(data: bytes, at: int) -> list[bytes]:
    """From the first scan's coefficients to the end marker, without metadata between scans."""
    pieces: list[bytes] = []
    start = at
    scans = 1
    while True:
        found = _NEXT_MARKER.search(data, at)
        if found is None:
            raise JpegError("it ends before its picture does")
        marker = data[found.end() - 1]
        if marker == _END:
            pieces.extend((data[start : found.start()], END))
            return pieces
        head = found.end()
        at = head + int.from_bytes(data[head : head + 2], "big")
        if at < head + 2 or at > len(data):
            raise JpegError("a segment is cut short")
        if marker == _SCAN:
            scans += 1
            if scans > MAX_SCANS:
                raise JpegError(f"more than {MAX_SCANS} scans")
        elif not _is_picture(marker, data[head + 2 : at]):
            pieces.append(data[start : found.start()])
            start = at


def _is_picture(marker: int, content: bytes) -> bool:
    if marker == _APP0:
        return content.startswith(b"JFIF\x00") and len(content) == 14  # longer ones carry a thumbnail
    if marker == _APP2:
        return content.startswith(b"ICC_PROFILE\x00")
    if marker == _APP14:
        return content.startswith(b"Adobe")
    return not (_APP1 <= marker <= _APP15 or marker == _COMMENT)


def _orientation(exif: bytes) -> int:
    tags = Image.Exif()
    try:
        tags.load(exif)
        value = tags.get(_ORIENTATION_TAG, 1)
    except Exception:  # EXIF of cheap phones is broken in every way; the picture itself may be fine.
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _minimal_exif(orientation: int) -> bytes:
    tiff = struct.pack("<2sHIHHHIHHI", b"II", 42, 8, 1, _ORIENTATION_TAG, 3, 1, orientation, 0, 0)
    content = b"Exif\x00\x00" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content
