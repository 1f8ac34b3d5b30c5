"""What a file is that is no JPEG, PNG or WebP, and what in the camera helps: said alike in every room.

    found = foreign(data)                  # None: nothing that is known
    found.name, found.help["en"]           # "HEIC", "In the camera's settings, …"
    f"not a JPEG{but(data)}"               # "not a JPEG, but HEIC. In the camera's settings, …"

The phone has the same marks in JavaScript (service/web/phone/foreign.js) and the same words in its catalogue.
Sources: ISO/IEC 14496-12 and 23008-12 (brands), ISO/IEC 18181-2, TIFF 6.0, Adobe DNG 1.7.
"""

from dataclasses import dataclass
from typing import Literal

Advice = Literal["format", "raw", "video", "save"]
"""What to do: another format in the camera, no raw data, a photo for a video, or to save it anew."""
HELP: dict[Advice, dict[str, str]] = {
    "format": {
        "en": "In the camera's settings, under Formats, choose Most Compatible or JPEG, and take it again.",
        "sw": "Katika mipangilio ya kamera, Formats, chagua Most Compatible au JPEG, kisha piga tena.",
    },
    "raw": {
        "en": "In the camera's settings, turn RAW off and choose JPEG, then take the photo again.",
        "sw": "Katika mipangilio ya kamera, zima RAW na uchague JPEG, kisha piga picha tena.",
    },
    "video": {
        "en": "In the camera, choose Photo instead of Video, turn Live Photo off, and take it again.",
        "sw": "Kwenye kamera, chagua Photo badala ya Video na uzime Live Photo, kisha piga picha tena.",
    },
    "save": {
        "en": "Take the photo with the camera, or save this picture as JPEG.",
        "sw": "Piga picha kwa kamera, au hifadhi picha hii kama JPEG.",
    },
}
SUFFIXES = (
    *(".heic", ".heif", ".hif", ".avif", ".jxl", ".jp2", ".tif", ".tiff", ".gif", ".bmp"),
    *(".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".orf", ".rw2", ".pef"),
    *(".mp4", ".mov", ".m4v", ".3gp", ".webm", ".avi"),
)
"""Names of files that somebody may take for photos."""


@dataclass(frozen=True)
class Foreign:
    name: str
    """As people call it."""
    advice: Advice

    @property
    def help(self) -> dict[str, str]:
        """By language: en, sw."""
        return HELP[self.advice]


_BRANDS = {
    b"avif": Foreign("AVIF", "format"),
    b"avis": Foreign("AVIF", "format"),
    **dict.fromkeys(
        (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"), Foreign("HEIC", "format")
    ),
    **dict.fromkeys((b"mif1", b"msf1", b"mif2", b"miaf"), Foreign("HEIF", "format")),
    b"crx ": Foreign("RAW", "raw"),
    b"qt  ": Foreign("MOV", "video"),
}
_VIDEO = Foreign("MP4", "video")
_TIFF, _RAW, _DNG = Foreign("TIFF", "save"), Foreign("RAW", "raw"), Foreign("DNG", "raw")
_MARKS: tuple[tuple[int, bytes, Foreign], ...] = (
    (0, b"\xff\x0a", Foreign("JPEG XL", "format")),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", Foreign("JPEG XL", "format")),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", Foreign("JPEG 2000", "save")),
    (0, b"GIF87a", Foreign("GIF", "save")),
    (0, b"GIF89a", Foreign("GIF", "save")),
    (0, b"FUJIFILMCCD-RAW", _RAW),
    (0, b"IIRO", _RAW),
    (0, b"IIRS", _RAW),
    (0, b"MMOR", _RAW),
    (0, b"IIU\0", _RAW),
    (0, b"II+\0", _TIFF),
    (0, b"MM\0+", _TIFF),
    (0, b"\x1aE\xdf\xa3", Foreign("WebM", "video")),
    (4, b"moov", Foreign("MOV", "video")),
    (4, b"mdat", Foreign("MOV", "video")),
    (4, b"wide", Foreign("MOV", "video")),
    (0, b"%PDF-", Foreign("PDF", "save")),
)
_BITMAP_HEADERS = (12, 40, 52, 56, 64, 108, 124)
_MOST_BRANDS = 16
_MOST_TAGS = 64
_MAKE, _SUB_PICTURES, _DNG_VERSION = 0x010F, 0x014A, 0xC612


def foreign(data: bytes) -> Foreign | None:
    """What these bytes begin as; None for a JPEG, PNG, WebP, and for what is not known here."""
    if data[4:8] == b"ftyp":
        return _by_brand(data)
    if data[:4] in (b"II*\0", b"MM\0*"):
        return _tiff(data)
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BITMAP_HEADERS:
        return Foreign("BMP", "save")
    if data[:4] == b"RIFF" and data[8:12] == b"AVI ":
        return Foreign("AVI", "video")
    return next((found for at, mark, found in _MARKS if data.startswith(mark, at)), None)


def but(data: bytes) -> str:
    """The end of a sentence that says what is not there: what it is, and what helps; "" if unknown."""
    kind = foreign(data)
    return "" if kind is None else f", but {kind.name}. {kind.help['en']}"


def _by_brand(data: bytes) -> Foreign:
    """The major brand, else the first compatible one that is known: HEIF and AVIF may have either first."""
    end = min(int.from_bytes(data[:4], "big"), 16 + 4 * _MOST_BRANDS, len(data))
    brands = [data[8:12], *(data[at : at + 4] for at in range(16, end - 3, 4))]
    known = [_BRANDS[brand] for brand in brands if brand in _BRANDS]
    # mif1 is true of HEIC and AVIF alike: what says more goes first.
    exact = [found for found in known if found.name != "HEIF"]
    return exact[0] if exact else known[0] if known else _VIDEO


def _tiff(data: bytes) -> Foreign:
    """A DNG says so; other cameras' raw files are TIFF with their maker's name and pictures below."""
    if data[8:10] == b"CR":
        return _RAW
    order: Literal["little", "big"] = "little" if data[:1] == b"I" else "big"
    at = int.from_bytes(data[4:8], order)
    number = min(int.from_bytes(data[at : at + 2], order), _MOST_TAGS)
    tags = {
        int.from_bytes(data[place : place + 2], order) for place in range(at + 2, at + 2 + 12 * number, 12)
    }
    if _DNG_VERSION in tags:
        return _DNG
    return _RAW if {_MAKE, _SUB_PICTURES} <= tags else _TIFF
