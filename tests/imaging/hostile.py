"""Picture files made to keep a server busy, each of any size.

data = KINDS["a run of FF in a scan"](16_000_000)
"""

import io
import struct
import zlib
from collections.abc import Callable

from PIL import Image

from tests.parts.photos import jpeg
from tests.parts.served import clean, drawn

_EXIF = b"Exif\x00\x00"


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _before_tables(some: bytes) -> Callable[[int], bytes]:
    """Repeated right after the start marker."""
    photo = clean()
    return lambda size: photo[:2] + some * (size // len(some)) + photo[2:]


def _in_scan(some: bytes, *, photo: bytes = b"", last: bytes = b"") -> Callable[[int], bytes]:
    """Repeated at the end of the last scan."""
    photo = photo or clean()
    return lambda size: photo[:-2] + some * (size // len(some)) + last + photo[-2:]


def _tiff(size: int, prefix: bytes = b"") -> bytes:
    """EXIF whose every tag points at nearly all of it."""
    count = min(65_000, size // 24)
    tags = b"".join(struct.pack("<HHII", 500 + number, 7, size - 64, 8) for number in range(count))
    return prefix + (b"II*\0" + struct.pack("<IH", 8, count) + tags).ljust(size - len(prefix), b"\0")


def _png(*more: bytes) -> bytes:
    """A small PNG with these bytes before its picture."""
    out = io.BytesIO()
    Image.fromarray(drawn()).save(out, "PNG")
    photo = out.getvalue()
    return photo[:33] + b"".join(more) + photo[33:]


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _packed(size: int) -> bytes:
    """Zlib data of about that size, which unpacks to a thousand times as much."""
    squeeze = zlib.compressobj(9)
    rows = squeeze.compress(bytes(1_000_000)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    one = squeeze.compress(bytes(1_000_000)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    return rows + one * (size // len(one)) + squeeze.flush()


def _overfull(size: int) -> bytes:
    """A PNG of 80 × 80 pixels with data for gigabytes of them."""
    head = struct.pack(">IIBBBBB", 80, 80, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", _packed(size)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _webp(*more: bytes) -> bytes:
    """An extended WebP with these chunks after its picture."""
    out = io.BytesIO()
    Image.fromarray(drawn()).save(out, "WEBP", exif=_EXIF + b"II*\0" + bytes(20))
    body = out.getvalue()[12:] + b"".join(more)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _part(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


_PROGRESSIVE = jpeg(drawn(), progressive=True)
KINDS: dict[str, Callable[[int], bytes]] = {
    "a run of FF in a scan": _in_scan(b"\xff", last=b"\x00"),
    "a run of FF before the end marker": _in_scan(b"\xff"),
    "a run of FF between scans": _in_scan(b"\xff", photo=_PROGRESSIVE, last=segment(0xFE, b"x")),
    "a run of FF before the tables": _before_tables(b"\xff"),
    "runs of FF in a scan": _in_scan(b"\xff" * 1_000 + b"\x00"),
    "stuffed zeros": _in_scan(b"\xff\x00"),
    "restarts": _in_scan(b"\xff\xd0"),
    "restarts after fill bytes": _in_scan(b"\xff\xff\xd3"),
    "empty APP1": _before_tables(b"\xff\xe1\x00\x02"),
    "empty DHT": _before_tables(b"\xff\xc4\x00\x02"),
    "empty DHT after the scan": _in_scan(b"\xff\xc4\x00\x02"),
    "comments between scans": _in_scan(b"\xff\xfe\x00\x03x", photo=_PROGRESSIVE),
    "scans": _in_scan(segment(0xDA, b"\x01\x01\x00\x00\x3f\x00")),
    "frame headers": _before_tables(segment(0xC0, struct.pack(">BHHB", 8, 80, 80, 1) + b"\x01\x11\x00")),
    "tables upon tables": _before_tables(segment(0xDB, (b"\x00" + bytes(range(1, 65))) * 1_000)),
    "short quantization tables": _before_tables(segment(0xDB, (b"\x00" + bytes(range(1, 65))) * 30)),
    "Huffman tables without codes": _before_tables(segment(0xC4, bytes(17) * 3_800)),
    "colour profiles": _before_tables(segment(0xE2, b"ICC_PROFILE\0\x01\x01" + bytes(65_000))),
    "tiny colour profiles": _before_tables(segment(0xE2, b"ICC_PROFILE\0\x01\x01")),
    "EXIF upon EXIF": _before_tables(segment(0xE1, _tiff(65_000, _EXIF))),
    "Photoshop blocks": _before_tables(segment(0xED, b"Photoshop 3.0\0" + b"8BIM\4\4\0\0\0\0\0\0" * 5_000)),
    "no end marker": lambda size: clean()[:-2] + bytes(size),
    "something after the end marker": lambda size: clean() + b"\xff\xda\x00\x02" * (size // 4),
    "empty IDAT": lambda size: _png(chunk(b"IDAT", b"") * (size // 12)),
    "IDAT of one byte": lambda size: _png(chunk(b"IDAT", b"\0") * (size // 13)),
    "texts in a PNG": lambda size: _png(chunk(b"tEXt", b"a\0b") * (size // 15)),
    "packed texts in a PNG": lambda size: _png(chunk(b"zTXt", b"a\0\0" + _packed(size))),
    "a packed profile in a PNG": lambda size: _png(chunk(b"iCCP", b"a\0\0" + _packed(size))),
    "palettes in a PNG": lambda size: _png(chunk(b"PLTE", bytes(768)) * (size // 780)),
    "EXIF of a PNG": lambda size: _png(chunk(b"eXIf", _tiff(size))),
    "many EXIF of a PNG": lambda size: _png(chunk(b"eXIf", _tiff(60_000)) * (size // 60_012)),
    "frames of a PNG": lambda size: _png(
        chunk(b"acTL", struct.pack(">II", 1, 0)), chunk(b"fcTL", bytes(26)) * (size // 38)
    ),
    "more in a PNG than its pixels": _overfull,
    "chunks of a WebP": lambda size: _webp(_part(b"ABCD", b"") * (size // 8)),
    "EXIF of a WebP": lambda size: _webp(_part(b"EXIF", _tiff(size))),
    "frames of a WebP": lambda size: _webp(_part(b"ANMF", bytes(24)) * (size // 32)),
    "zeros after a WebP": lambda size: _webp() + bytes(size),
}
