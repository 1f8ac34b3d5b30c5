"""The same picture twice: by its bytes, and by how it looks when it was saved, shrunk or brightened again.

    seen = look(photo.rgb_hwc)              # 256 bits and a tiny grey picture
    pairs = near_copies(looks, pieces)      # 50,000 photos in half a minute: blocks of a matrix product

The hash is the sign of the 255 lowest frequencies of a 64 × 64 picture. On rendered photos of the same scene
style, copies saved at quality 40, halved or brightened differ by at most 16 bits, one cropped by 1 % of its
sides by at most 28, and photos of different pieces by 80 or more.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

HASH_BITS = 256
NEAR_BITS = 28
"""At most this many differing bits: to be looked at by a person."""
COPY_BITS = 16
COPY_CORRELATION = 0.97
"""Bits and correlation of the tiny pictures beyond which nobody need look: it is the same photo."""
_TINY = 32
_FLAT_CONTRAST = 2.0
"""Grey levels of standard deviation below which a photo shows nothing to be recognised by."""
_BLOCK = 2048


@dataclass(frozen=True)
class Look:
    """How a photo looks, for comparison."""

    bits: NDArray[np.uint8]
    """(32,): 256 bits."""
    tiny_hw: NDArray[np.uint8]
    """(32, 32) grey, 0–255."""


@dataclass(frozen=True)
class Pair:
    first: int
    second: int
    bits: int
    """How many of the hash's bits differ."""
    correlation: float
    """Of the tiny grey pictures, −1 to 1; brightness and contrast do not matter."""

    @property
    def certain(self) -> bool:
        return self.bits <= COPY_BITS and self.correlation >= COPY_CORRELATION


def look(photo_hwc: NDArray[np.uint8]) -> Look | None:
    """(h, w, 3) uint8 RGB, any size → its Look; None where the photo is one flat tone."""
    grey = cv2.cvtColor(photo_hwc, cv2.COLOR_RGB2GRAY).astype(np.float32)
    small = cv2.resize(grey, (64, 64), interpolation=cv2.INTER_AREA)
    if float(small.std()) < _FLAT_CONTRAST:
        return None
    lowest = cv2.dct(small)[:16, :16].ravel()
    # The first is the mean brightness, which says nothing; its bit is always 0.
    bits = np.append(False, lowest[1:] > np.median(lowest[1:]))
    tiny = cv2.resize(small, (_TINY, _TINY), interpolation=cv2.INTER_AREA)
    return Look(np.packbits(bits), np.asarray(tiny.round().clip(0, 255), np.uint8))


def near_copies(
    looks: Sequence[Look], pieces: Sequence[str], sides: Sequence[str] = (), *, within: int = NEAR_BITS
) -> list[Pair]:
    """Photos of different pieces that look the same.

    Args:
        looks: N of them.
        pieces: N names; photos of the same piece are never a pair.
        sides: N names of splits, or nothing where there are none.
        within: the most bits that may differ.

    Returns:
        For every photo with near-copies after it in the list the closest one on each side, most alike first:
        at most N pairs a side, whatever the photos are.
    """
    if not looks:
        return []
    # As ±1, the product of two hashes is 256 − 2 × the bits that differ.
    signs = np.unpackbits(np.stack([seen.bits for seen in looks]), axis=1).astype(np.float32) * 2 - 1
    codes = np.unique(np.asarray(pieces), return_inverse=True)[1]
    side = np.unique(np.asarray(sides or [""] * len(looks)), return_inverse=True)[1]
    side_count = int(side.max()) + 1
    closest: dict[int, tuple[int, int]] = {}
    for top in range(0, len(looks), _BLOCK):
        rows = signs[top : top + _BLOCK]
        for left in range(top, len(looks), _BLOCK):
            product = rows @ signs[left : left + _BLOCK].T
            first, second = np.nonzero(product >= HASH_BITS - 2 * within)
            bits = (HASH_BITS - product[first, second]).astype(np.int64) // 2
            first, second = first + top, second + left
            kept = (first < second) & (codes[first] != codes[second])
            _keep_closest(closest, first[kept] * side_count + side[second[kept]], second[kept], bits[kept])
    numbered = [(key // side_count, j, bits) for key, (bits, j) in closest.items()]
    pairs = [Pair(i, j, bits, _correlation(looks[i], looks[j])) for i, j, bits in numbered]
    return sorted(pairs, key=lambda pair: (pair.bits, -pair.correlation, pair.first))


def _keep_closest(
    closest: dict[int, tuple[int, int]],
    keys: NDArray[np.int64],
    second: NDArray[np.int64],
    bits: NDArray[np.int64],
) -> None:
    order = np.lexsort((second, bits, keys))
    rows, starts = np.unique(keys[order], return_index=True)
    for row, best in zip(rows.tolist(), order[starts].tolist(), strict=True):
        nearest = (int(bits[best]), int(second[best]))
        closest[row] = min(closest.get(row, nearest), nearest)


def _correlation(one: Look, other: Look) -> float:
    a, b = (seen.tiny_hw.astype(np.float64).ravel() for seen in (one, other))
    a, b = a - a.mean(), b - b.mean()
    return float(a @ b / max(1e-9, float(np.sqrt((a @ a) * (b @ b)))))
