"""Smooth random fields, on a picture or in space, as a function of a seed."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Bools = NDArray[np.bool_]
Random = np.random.Generator

_LATTICE = 32


def single(values: Any) -> Floats:
    """Numbers as a float32 array."""
    return np.asarray(values, np.float32)


def noise3(
    points: Floats, cell_cm: float | tuple[float, float, float], rng: Random, octaves: int = 2
) -> Floats:
    """Value noise at points (…, 3) in cm, float32 (…), about -1 to 1; features are `cell_cm` large."""
    flat = single(points).reshape(-1, 3) / single(cell_cm)
    total = np.zeros(len(flat), np.float32)
    weight, norm = 1.0, 0.0
    for _ in range(octaves):
        lattice = rng.uniform(-1, 1, _LATTICE**3).astype(np.float32)
        q = flat + rng.uniform(0, _LATTICE, 3).astype(np.float32)
        cell = np.floor(q).astype(np.int32)
        t = q - cell
        t = t * t * (3 - 2 * t)
        lo, hi = cell % _LATTICE, (cell + 1) % _LATTICE
        value = np.zeros(len(flat), np.float32)
        # Columns laid out one after the other: strided ones took twice the time.
        ends = [(np.ascontiguousarray(lo[:, i]), np.ascontiguousarray(hi[:, i])) for i in range(3)]
        near = [np.ascontiguousarray(t[:, i]) for i in range(3)]
        shares = [(1 - share, share) for share in near]
        for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
            row = (ends[0][i] * _LATTICE + ends[1][j]) * _LATTICE
            weighed = shares[0][i] * shares[1][j]
            along = shares[2][0] * lattice[row + ends[2][0]] + shares[2][1] * lattice[row + ends[2][1]]
            value += weighed * along
        total += weight * value
        norm += weight
        weight *= 0.5
        flat = flat * 2.03
    return (1.4 * total / norm).reshape(points.shape[:-1])


def noise2(shape: tuple[int, int], cells: tuple[float, float], rng: Random, octaves: int = 3) -> Floats:
    """Smooth noise (height, width) float32, about -1 to 1; `cells` features fit down and across."""
    total = np.zeros(shape, np.float32)
    weight, norm = 1.0, 0.0
    down, across = cells
    for _ in range(octaves):
        rows, cols = max(2, round(down)), max(2, round(across))
        coarse = rng.uniform(-1, 1, (min(rows, shape[0]), min(cols, shape[1]))).astype(np.float32)
        total += weight * cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
        norm += weight
        weight, down, across = weight * 0.5, down * 2, across * 2
    return 1.3 * total / norm


def smoothstep(low: float, high: float, x: Floats) -> Floats:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return single(t * t * (3 - 2 * t))


def blend(a: Floats, b: Floats | tuple[float, ...], share: Floats) -> Floats:
    """`a` (…, C) where `share` (…) is 0, `b` where it is 1."""
    return a + (single(b) - a) * share[..., None]


def linear(red: float, green: float, blue: float) -> tuple[float, float, float]:
    """sRGB in 0–1, as one sees it, to the linear light that a renderer wants."""

    def one(x: float) -> float:
        return x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4

    return one(red), one(green), one(blue)
