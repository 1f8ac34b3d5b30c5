"""How a photo has to be turned: the one thing in its EXIF that is part of the picture.

A library that reads all of it copies for every tag what the tag points at, which may be the whole file each
time. Source: CIPA DC-008, 4.6; TIFF 6.0, section 2.
"""

import struct

PREFIX = b"Exif\x00\x00"
"""Before the TIFF header: in a JPEG's segment always, in a WebP's chunk sometimes."""
_ORIENTATION = 0x0112
_BYTES_OF_TYPE = {1: 1, 3: 2, 4: 4}
"""BYTE, SHORT, LONG: it should be a short, and is any of them."""


def orientation(exif: bytes) -> int:
    """1–8; 1, which is upright, also where it is broken: of cheap phones it is, and their photos are fine.

    Args:
        exif: TIFF bytes, with PREFIX or without.
    """
    tiff = exif.removeprefix(PREFIX)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 14:
        return 1
    at = struct.unpack_from(f"{order}I", tiff, 4)[0]
    count = int.from_bytes(tiff[at : at + 2], "little" if order == "<" else "big")
    entries = tiff[at + 2 : at + 2 + 12 * count]
    entries = entries[: len(entries) // 12 * 12]
    for tag, kind, number, value in struct.iter_unpack(f"{order}HHI4s", entries):
        if tag == _ORIENTATION and number == 1 and kind in _BYTES_OF_TYPE:
            turn = int.from_bytes(value[: _BYTES_OF_TYPE[kind]], "little" if order == "<" else "big")
            return turn if 1 <= turn <= 8 else 1
    return 1


def minimal(turn: int) -> bytes:
    """TIFF bytes that say the orientation and nothing else."""
    return struct.pack("<2sHIHHHIHHI", b"II", 42, 8, 1, _ORIENTATION, 3, 1, turn, 0, 0)
