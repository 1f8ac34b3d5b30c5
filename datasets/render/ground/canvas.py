"""An empty tile of ground, and the marks that any ground may carry: grain, cells, splits, specks, writing.

Lengths are in cm, so that a weave or a line of print keeps its size whether a ring lies on it or a necklace.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.datasets.render.noise import Floats, Random, linear, noise2, single, smoothstep

SIZE = 1024
"""Texels across one tile of ground."""
SQUARE = (SIZE, SIZE)
Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Sheet:
    """One tile of ground, seen from above, rows running down."""

    colour: Floats
    """Linear (SIZE, SIZE, 3), 0–1."""
    height: Floats
    """(SIZE, SIZE), 0–1 of `relief_cm`."""
    roughness: Floats | float
    """One for all or (SIZE, SIZE), 0–1."""
    relief_cm: float = 0.01
    metallic: Floats | float = 0.0
    softness: float = 0.0
    """0 lies flat as wood does, 1 falls into folds as cloth does."""


def tone(rng: Random, *colours: Colour) -> Floats:
    """One of some sRGB colours, a little off, linear (3,)."""
    pick = np.array(colours[int(rng.integers(len(colours)))])
    pick = pick * rng.uniform(0.85, 1.08) * rng.uniform(0.96, 1.04, 3)
    return single(linear(*(float(c) for c in np.clip(pick, 0.02, 1))))


def filled(colour: Floats) -> Floats:
    """A tile (SIZE, SIZE, 3) of one linear colour."""
    picture = np.empty((*SQUARE, 3), np.float32)
    picture[:] = colour
    return picture


def blend(a: Floats, b: Floats | Colour, share: Floats) -> Floats:
    """`a` (…, 3) where `share` (…) is 0, `b` where it is 1; for whole pictures much faster than by NumPy."""
    over = single(b)
    if over.ndim == 1:
        over = np.asarray(cv2.merge([np.full(share.shape, c, np.float32) for c in over.tolist()]))
    weight = np.ascontiguousarray(share, np.float32)
    first, second = (np.ascontiguousarray(picture, np.float32) for picture in (a, over))
    return np.asarray(cv2.blendLinear(first, second, 1 - weight, weight))


def texels(length_cm: float, tile_cm: float) -> float:
    """How many texels a length is."""
    return float(length_cm * SIZE / tile_cm)


def field(
    rng: Random, tile_cm: float, down_cm: float, across_cm: float | None = None, octaves: int = 2
) -> Floats:
    """Smooth noise (SIZE, SIZE), about -1 to 1, of features so large; never finer than the texels."""
    across_cm = down_cm if across_cm is None else across_cm
    down, across = (min(SIZE / 2, tile_cm / size) for size in (down_cm, across_cm))
    # The octaves that a texel cannot hold would only cost time.
    octaves = max(1, min(octaves, int(np.log2(SIZE / max(down, across)))))
    return noise2(SQUARE, (down, across), rng, octaves)


def cells(rng: Random, count: int, jitter: float = 1.0) -> tuple[Floats, NDArray[np.int32]]:
    """A tile broken into about `count` cells: texels to the nearest border, and the number of each cell."""
    side = max(2, round(count**0.5))
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1) + 0.5
    at = (grid + jitter * rng.uniform(-0.5, 0.5, grid.shape)) / side * (SIZE - 1)
    seeds = np.full(SQUARE, 255, np.uint8)
    where = np.clip(at.reshape(-1, 2), 0, SIZE - 1).astype(int)
    seeds[where[:, 1], where[:, 0]] = 0
    _, labels = cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL)
    inside = np.full(SQUARE, 255, np.uint8)
    inside[:, 1:][labels[:, 1:] != labels[:, :-1]] = 0
    inside[1:][labels[1:] != labels[:-1]] = 0
    return single(cv2.distanceTransform(inside, cv2.DIST_L2, 3)), np.asarray(labels, np.int32)


def per_cell(rng: Random, labels: NDArray[np.int32], low: float, high: float) -> Floats:
    """A random number for each cell, (SIZE, SIZE)."""
    return rng.uniform(low, high, int(labels.max()) + 1).astype(np.float32)[labels]


def warped(picture: Floats, rng: Random, tile_cm: float, size_cm: float, by_cm: float) -> Floats:
    """A picture (SIZE, SIZE, …) pushed about by smooth noise."""
    push = texels(by_cm, tile_cm)
    down, right = np.indices(SQUARE, np.float32)
    right = right + push * field(rng, tile_cm, size_cm, octaves=2)
    down = down + push * field(rng, tile_cm, size_cm, octaves=2)
    return np.asarray(
        cv2.remap(single(picture), right, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    )


def splits(
    rng: Random, count: int, wide: tuple[float, float], wander: float = 6.0, across: bool = False
) -> Floats:
    """Wandering splits (SIZE, SIZE) 0–1, `wide` texels from to, thin at both ends: no defect on a ground."""
    picture = np.zeros(SQUARE, np.uint8)
    for _ in range(count):
        steps = np.convolve(np.cumsum(rng.normal(0, wander, 46)), np.ones(5) / 5, "valid")
        x = (rng.uniform(-0.3, 0.9) + np.linspace(0, rng.uniform(0.15, 0.8), 42)) * SIZE
        y = rng.uniform(0, SIZE) + steps - steps.mean()
        width = rng.uniform(*wide) * np.sin(np.linspace(0, np.pi, 42)) ** 0.6
        width = width * rng.uniform(0.4, 1.3, 42)
        points = (np.stack([y, x] if across else [x, y], -1) * 8).astype(np.int32)
        for i in range(41):
            weight = max(1, round(float(width[i])))
            a, b = points[i].tolist(), points[i + 1].tolist()
            cv2.line(picture, a, b, 255, weight, cv2.LINE_AA, 3)
    return single(picture) / 255


def specks(rng: Random, count: int, largest: float) -> Floats:
    """Grains of dust or filings (SIZE, SIZE) 0–1, most of them small, in drifts; sizes in texels."""
    picture = np.zeros(SQUARE, np.uint8)
    drift = rng.uniform(0, SIZE, (max(1, count // 60), 2))
    near = drift[rng.integers(len(drift), size=count)] + rng.normal(0, SIZE / 7, (count, 2))
    loose = rng.random(count) < 0.5
    at = np.where(loose[:, None], rng.uniform(0, SIZE, (count, 2)), near)
    size = largest * rng.beta(1, 5, count)
    shade = rng.integers(90, 255, count)
    angle = rng.uniform(0, 180, count)
    for (x, y), grain, grey, turned in zip(at.tolist(), size.tolist(), shade.tolist(), angle, strict=True):
        axes = (max(1, int(8 * grain)), max(1, int(4 * grain)))
        cv2.ellipse(picture, (int(8 * x), int(8 * y)), axes, float(turned), 0, 360, grey, -1, cv2.LINE_AA, 3)
    return single(picture) / 255


def write(
    picture: Floats, text: str, at: tuple[int, int], tall: float, ink: Colour, font: int, bold: float = 0.09
) -> None:
    """Letters `tall` texels high, drawn into a picture."""
    weight = max(1, round(bold * tall))
    (wide, high), below = cv2.getTextSize(text, font, tall / 21, weight)
    left, top = at[0] - weight, at[1] - high - weight
    rows = np.s_[max(0, top) : max(0, at[1] + below + weight)]
    columns = np.s_[max(0, left) : max(0, at[0] + wide + weight)]
    view = picture[rows, columns]
    if not view.size:
        return
    layer = np.zeros(view.shape[:2], np.uint8)
    corner = (at[0] - max(0, left), at[1] - max(0, top))
    cv2.putText(layer, text, corner, font, tall / 21, 255, weight, cv2.LINE_AA)
    view[:] = blend(view, ink, single(layer) / 255)


def scrawl(rng: Random, length: float, tall: float) -> NDArray[np.int32]:
    """One line of joined-up handwriting as a polyline (N, 2) in texels, from (0, 0) to the right."""
    letters = max(3, int(length / (0.75 * tall)))
    t = np.linspace(0, letters, letters * 10)
    high = rng.choice([0.5, 0.5, 0.6, 1.1], letters + 1)[t.astype(int)]
    deep = rng.choice([0.0, 0.0, 0.0, 0.5], letters + 1)[t.astype(int)]
    loop = np.interp(t, np.arange(letters + 1), rng.uniform(0.12, 0.42, letters + 1))
    wave = np.sin(2 * np.pi * t - 1.2)
    x = tall * (0.75 * t + loop * np.sin(2 * np.pi * t + 0.6))
    y = -tall * (0.25 + np.where(wave > -0.2, high * wave, (0.25 + deep) * wave))
    y[2:-2] = np.convolve(y, np.ones(5) / 5, "valid")
    return np.asarray(np.stack([x - 0.25 * y, y], -1), np.int32)


def worn(rng: Random, tile_cm: float, share: float) -> Floats:
    """Where a surface is stained or rubbed (SIZE, SIZE) 0–1; `share` 0–1 says how much of it."""
    low = 0.9 - 1.2 * share
    return smoothstep(low, low + 0.5, field(rng, tile_cm, tile_cm / 4, octaves=4))


def dusty(sheet_colour: Floats, rng: Random, tile_cm: float, amount: float) -> Floats:
    """The same picture under pale dust: a film, and grains of 0.2–1 mm."""
    film = 0.35 * amount * smoothstep(-0.4, 0.9, field(rng, tile_cm, tile_cm / 3, octaves=4))
    dust = tone(rng, (0.75, 0.7, 0.62), (0.6, 0.58, 0.56), (0.62, 0.48, 0.36))
    grains = specks(rng, int(250 * amount), texels(rng.uniform(0.03, 0.1), tile_cm))
    return blend(blend(sheet_colour, dust, film), dust * rng.uniform(0.25, 1.3), 0.8 * grains)
