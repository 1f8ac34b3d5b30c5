"""A picture without what the phone wrote around it: place, time, owner, thumbnail, motion clip.

    bare = strip_jpeg(data)       # the same coefficients, bit for bit; nothing is decoded

Kept: the tables and scans, the JFIF and Adobe markers and an ICC profile (they say what the colours mean),
and of EXIF the orientation alone. Source: ITU-T T.81, annex B; CIPA DC-008.
"""

import struct

from ubora.models.imaging.formats import exif, jpeg, png, webp
from ubora.models.imaging.header import Kind

_FILL = b"\xff" * 1_024
_PNG_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")


def strip_jpeg(data: bytes, *, profile: bool = True) -> bytes:
    """The picture alone, with a minimal EXIF where it has to be turned, and an end marker.

    Args:
        profile: whether to keep its colour profile; one that cannot be read is better left out.

    Raises:
        PictureError: as `jpeg.walk`.
    """
    whole = memoryview(data)
    pieces: list[bytes | memoryview] = [jpeg.START, b""]
    before: int | None = None
    seen_exif = False
    for segment in jpeg.walk(data):
        content = data[segment.start + 4 : segment.start + 20]
        if segment.marker == jpeg.APP1 and content.startswith(exif.PREFIX) and not seen_exif:
            pieces[1] = _minimal_exif(exif.orientation(data[segment.start + 4 : segment.stop]))
            seen_exif = True
        if before is not None:
            pieces.append(_coefficients(data, before, segment.start))
        kept = _is_picture(segment, content) and (profile or segment.marker != jpeg.APP2)
        if kept and segment.marker != jpeg.END:
            pieces.append(whole[segment.start : segment.stop])
        if before is not None or segment.marker == jpeg.SCAN:
            before = segment.stop
    # Also where the file has none.
    return b"".join((*pieces, jpeg.STOP))


def strip(data: bytes, kind: Kind) -> bytes:
    """The picture alone; of a WebP all that its length counts, which nothing unpacks but the picture.

    Raises:
        PictureError: its parts do not add up.
    """
    if kind == "WEBP":
        for _ in webp.chunks(data):
            pass
        return data[: webp.length(data)]
    return strip_jpeg(data) if kind == "JPEG" else strip_png(data)


def strip_png(data: bytes) -> bytes:
    """The picture's own chunks, and a minimal EXIF where it has to be turned.

    Text and colour profiles, which may unpack to far more than they are, are left out.

    Raises:
        PictureError: as `png.chunks` and `png.check_unpacked`.
    """
    png.check_unpacked(data)
    whole = memoryview(data)
    pieces: list[bytes | memoryview] = [png.SIGNATURE]
    seen_exif = False
    for chunk in png.chunks(data):
        if chunk.kind == b"eXIf" and not seen_exif:
            turn = exif.orientation(data[chunk.start + 8 : chunk.stop - 4])
            pieces.insert(2, b"" if turn == 1 else png.chunk_bytes(b"eXIf", exif.minimal(turn)))
            seen_exif = True
        elif chunk.kind in _PNG_CHUNKS:
            pieces.append(whole[chunk.start : chunk.stop])
    return b"".join(pieces)


def _is_picture(segment: jpeg.Segment, content: bytes) -> bool:
    """Args: content: its first 16 bytes at least, where it has so many."""
    if segment.marker == jpeg.APP0:
        # Longer ones carry a thumbnail.
        return content.startswith(b"JFIF\x00") and segment.stop - segment.start == 18
    if segment.marker == jpeg.APP2:
        return content.startswith(b"ICC_PROFILE\x00")
    if segment.marker == jpeg.APP14:
        return content.startswith(b"Adobe")
    return not jpeg.is_metadata(segment.marker)


def _coefficients(data: bytes, start: int, stop: int) -> bytes | memoryview:
    """Without most of a long run of fill bytes: some decoders go over it again and again."""
    if data.find(_FILL, start, stop) < 0:
        return memoryview(data)[start:stop]
    return data[start:stop].replace(_FILL, b"\xff")


def _minimal_exif(turn: int) -> bytes:
    content = exif.PREFIX + exif.minimal(turn)
    return b"" if turn == 1 else b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content
