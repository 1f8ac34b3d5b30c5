"""What stays of a photo that is turned, mirrored, compressed again or cropped a little: was it seen before?

    kept = kept_prints(grey)                     # two, to be stored with the photo
    asked = asked_prints(grey)                   # every photo that it may have been made of
    asked.distances([one.bits for one in kept]) <= MOST_APART      # which of them it is

A print is the low frequencies of the picture, each above their median or not (`imagehash.phash`, with 12 × 12
of them). A crop moves all of it, so that prints are made of a photo and of its middle, and are asked for by
every way to cut its borders; a quarter turn or a mirror only swaps frequencies and turns signs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

GREY = 64
"""Side of the small grey picture that prints are made of."""
BANDS = 4
MOST_APART = 16
"""Of `BITS`. The same photo cropped by 5 % and compressed at 30 stays below it, another piece of its design
on the same ground above: docs/findings.md has the counts."""
LEAST_CONTRAST = 3.0
"""Standard deviation of grey levels below which there is no picture to know again: a covered lens."""
_SIDE = 32
_LOW = 12
BITS = _LOW * _LOW
_BAND_BITS = 20
_BORDER = 0.05
"""Of each side, what is cut away at most. Cutting more from a whole one leaves its middle."""
_CUTS = (0.0, 0.027, 0.053)
Grey = NDArray[np.uint8]
FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class Print:
    bits: bytes
    """18 bytes, `BITS` bits."""
    keys: tuple[int, ...]
    """`BANDS` numbers of 20 bits of the lowest frequencies: prints of one photo share at least one."""


@dataclass(frozen=True)
class Asked:
    """The prints of everything that a photo may have been cut from, in all eight ways to lay it."""

    packed: NDArray[np.uint8]
    """(N, 18)"""
    keys: NDArray[np.int64]
    """(N, BANDS)"""

    def shares_a_key(self, other: Print) -> bool:
        """Whether a lookup by keys comes upon that print."""
        return bool((self.keys == np.array(other.keys)).any())

    def distances(self, bits: Sequence[bytes]) -> NDArray[np.int64]:
        """(M,): in how many bits each of M stored prints differs from the nearest of these."""
        if not bits:
            return np.zeros(0, np.int64)
        others = np.frombuffer(b"".join(bits), np.uint8).reshape(len(bits), -1)
        # As ±1, what is equal less what is not is one product: thousands at once are not much.
        alike = _signs(others) @ _signs(self.packed).T
        return np.asarray((BITS - alike.max(axis=1)) / 2, np.int64)


def _signs(packed: NDArray[np.uint8]) -> FloatArray:
    return 2 * np.unpackbits(packed, axis=1).astype(np.float32) - 1


def small_grey(photo_hwc: NDArray[np.uint8]) -> Grey:
    """(height, width, 3) uint8 RGB, upright, whole → (64, 64) uint8."""
    grey = cv2.cvtColor(photo_hwc, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, (GREY, GREY), interpolation=cv2.INTER_AREA), np.uint8)


def kept_prints(grey: Grey) -> tuple[Print, ...]:
    """(64, 64) uint8 → of all of it, and of its middle; none of a picture without contrast."""
    if float(grey.std()) < LEAST_CONTRAST:
        return ()
    bits = _bits(_frequencies(_cut(grey, [(0.0,) * 4, (_BORDER,) * 4])))
    keys = _keys(bits)
    packed = np.packbits(bits, axis=1)
    return tuple(
        Print(one.tobytes(), tuple(int(key) for key in of)) for one, of in zip(packed, keys, strict=True)
    )


def asked_prints(grey: Grey) -> Asked:
    """(64, 64) uint8 → 648 prints: three cuts of each side, laid in eight ways."""
    bits = _bits(_laid(_frequencies(_cut(grey, list(product(_CUTS, repeat=4))))))
    return Asked(np.packbits(bits, axis=1), _keys(bits))


def _cut(grey: Grey, borders: list[tuple[float, ...]]) -> FloatArray:
    """(N, 32, 32): what is left without shares of its left, top, right and lower side, made small."""
    cut = np.empty((len(borders), _SIDE, _SIDE), np.float32)
    for at, (left, top, right, bottom) in enumerate(borders):
        across, down = GREY * (1 - left - right) / _SIDE, GREY * (1 - top - bottom) / _SIDE
        # Pixel centres lie half a pixel in.
        place = np.array(
            [[across, 0, GREY * left + (across - 1) / 2], [0, down, GREY * top + (down - 1) / 2]], np.float32
        )
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cut[at] = cv2.warpAffine(grey, place, (_SIDE, _SIDE), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return cut


def _frequencies(pictures: FloatArray) -> FloatArray:
    """(N, 32, 32) → (N, 12, 12): the lowest of the cosine transform, down and across."""
    cosines = _cosines()
    return np.asarray(cosines @ pictures @ cosines.T, np.float32)


@cache
def _cosines() -> FloatArray:
    places = np.pi * (2 * np.arange(_SIDE) + 1) / (2 * _SIDE)
    return np.cos(np.arange(_LOW)[:, None] * places[None]).astype(np.float32)


def _laid(frequencies: FloatArray) -> FloatArray:
    """(N, 12, 12) → (8 N, 12, 12): a mirror turns each second sign, a quarter turn also swaps both ways."""
    sign = np.where(np.arange(_LOW) % 2 == 0, 1, -1).astype(np.float32)
    signs = np.stack(
        [across[None, :] * down[:, None] for across in (1 + 0 * sign, sign) for down in (1 + 0 * sign, sign)]
    )
    both = np.concatenate([frequencies, frequencies.transpose(0, 2, 1)])
    return (both[:, None] * signs[None]).reshape(-1, _LOW, _LOW)


def _bits(frequencies: FloatArray) -> NDArray[np.bool_]:
    """(N, 12, 12) → (N, 144)"""
    flat = frequencies.reshape(len(frequencies), -1)
    # The upper half; a partition is five times as fast as a median.
    return np.asarray(flat >= np.partition(flat, BITS // 2, axis=1)[:, BITS // 2, None])


def _keys(bits: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(N, 144) → (N, BANDS): the lowest frequencies dealt out in turn, for what changes lies side by side."""
    order = sorted(range(BITS), key=lambda at: (at // _LOW + at % _LOW, at))[: BANDS * _BAND_BITS]
    dealt = bits[:, order].reshape(len(bits), _BAND_BITS, BANDS).astype(np.int64)
    return np.asarray((dealt << np.arange(_BAND_BITS)[None, :, None]).sum(axis=1))
