"""An ICC profile made of what a PNG says of its colours: the places of its primaries, and its gamma.

Source: W3C PNG, 11.3.2; ICC.1:2022, 8.3 and 10.18 (a display's profile of a matrix and three curves).
"""

import struct

import numpy as np
from numpy.typing import NDArray

_D50 = np.array((0.9642, 1.0, 0.8249))
_BRADFORD = np.array(((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296)))
_SRGB_POINTS = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
"""x and y of white, red, green and blue."""
_SRGB_GAMMA = 1 / 2.2
_NEAR = 0.003
"""Encoders round what they write of sRGB."""


def profile(gamma: bytes | None, points: bytes | None) -> bytes | None:
    """None where it is sRGB, or says nothing that can be.

    Args:
        gamma: the content of a gAMA chunk: a hundred thousand times the exponent of its encoding.
        points: the content of a cHRM chunk: eight numbers, a hundred thousand times x and y.
    """
    exponent, places = _SRGB_GAMMA, _SRGB_POINTS
    if gamma is not None and len(gamma) == 4:
        exponent = int.from_bytes(gamma, "big") / 100_000
    if points is not None and len(points) == 32:
        places = tuple(value / 100_000 for value in struct.unpack(">8I", points))
    same_gamma = abs(exponent - _SRGB_GAMMA) <= _NEAR
    if same_gamma and np.allclose(places, _SRGB_POINTS, atol=_NEAR):
        return None
    columns = _columns(places) if 0.1 < exponent < 10 else None
    if columns is None:
        return None
    # Without a gamma the curve is sRGB's own; g, a, b, c, d of ICC's third kind.
    curve = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045) if same_gamma else (1 / exponent,)
    return _packed(columns, curve)


def _columns(places: tuple[float, ...]) -> NDArray[np.float64] | None:
    """(3, 3): X, Y, Z of red, green and blue under D50; None where the points make no colours."""
    x, y = np.array(places[::2]), np.array(places[1::2])
    if (y < 1e-3).any():
        return None
    whole = np.stack((x / y, np.ones(4), (1 - x - y) / y))
    white, colours = whole[:, 0], whole[:, 1:]
    if abs(np.linalg.det(colours)) < 1e-6:
        return None
    seen = _BRADFORD @ white
    if (seen < 1e-3).any():
        return None
    turned = np.linalg.inv(_BRADFORD) @ np.diag(_BRADFORD @ _D50 / seen) @ _BRADFORD
    return np.asarray(turned @ (colours * np.linalg.solve(colours, white)), np.float64)


def _packed(columns: NDArray[np.float64], curve: tuple[float, ...]) -> bytes:
    def fixed(*values: float) -> bytes:
        return struct.pack(f">{len(values)}i", *(round(float(value) * 65_536) for value in values))

    def xyz(values: NDArray[np.float64]) -> bytes:
        return b"XYZ \0\0\0\0" + fixed(*values)

    shape = struct.pack(">4sIHH", b"para", 0, 3 if len(curve) > 1 else 0, 0) + fixed(*curve)
    text = struct.pack(">4sIIIHHII", b"mluc", 0, 1, 12, 0x656E, 0x5553, 2, 28) + b"\0x"
    tags = [
        (b"desc", text),
        (b"cprt", text),
        (b"wtpt", xyz(_D50)),
        *((name, xyz(columns[:, at])) for at, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))),
        *((name, shape) for name in (b"rTRC", b"gTRC", b"bTRC")),
    ]
    at, table, body = 128 + 4 + 12 * len(tags), b"", b""
    for name, content in tags:
        content += bytes(-len(content) % 4)
        table += struct.pack(">4sII", name, at + len(body), len(content))
        body += content
    head = struct.pack(
        ">I4sI4s4s4s12s4s",
        at + len(body),
        bytes(4),
        0x04300000,
        b"mntr",
        b"RGB ",
        b"XYZ ",
        bytes(12),
        b"acsp",
    )
    head = (head.ljust(68, b"\0") + fixed(*_D50)).ljust(128, b"\0")
    return head + struct.pack(">I", len(tags)) + table + body
