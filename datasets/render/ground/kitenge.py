"""Kitenge, kanga and batik: cotton printed in a few strong colours with large repeating figures."""

from collections.abc import Callable

import cv2
import numpy as np

from ubora.datasets.render.ground.canvas import SIZE, SQUARE, Sheet, blend, cells, field, texels, warped
from ubora.datasets.render.noise import Floats, Random, linear, noise2, single, smoothstep

CELL = 384
"""Texels across one repeat while it is drawn."""
Inks = list[tuple[float, float, float]]

# sRGB, ground first; what hangs in a market.
_PALETTES = (
    ((0.93, 0.87, 0.72), (0.75, 0.16, 0.12), (0.95, 0.66, 0.14), (0.1, 0.16, 0.36), (0.12, 0.38, 0.3)),
    ((0.07, 0.09, 0.2), (0.95, 0.72, 0.16), (0.85, 0.3, 0.12), (0.9, 0.88, 0.8), (0.15, 0.45, 0.62)),
    ((0.55, 0.12, 0.14), (0.95, 0.85, 0.6), (0.1, 0.09, 0.1), (0.9, 0.55, 0.15), (0.3, 0.05, 0.09)),
    ((0.08, 0.35, 0.33), (0.95, 0.62, 0.2), (0.93, 0.9, 0.82), (0.06, 0.12, 0.16), (0.75, 0.25, 0.3)),
    ((0.9, 0.6, 0.12), (0.35, 0.14, 0.08), (0.93, 0.9, 0.8), (0.13, 0.3, 0.2), (0.65, 0.2, 0.08)),
    ((0.12, 0.2, 0.48), (0.93, 0.93, 0.9), (0.4, 0.6, 0.82), (0.06, 0.08, 0.2), (0.9, 0.75, 0.25)),
    ((0.38, 0.2, 0.36), (0.9, 0.6, 0.65), (0.95, 0.86, 0.5), (0.14, 0.08, 0.16), (0.25, 0.55, 0.5)),
    ((0.9, 0.9, 0.88), (0.09, 0.09, 0.1), (0.75, 0.12, 0.14), (0.2, 0.2, 0.2), (0.6, 0.6, 0.58)),
    ((0.48, 0.3, 0.16), (0.9, 0.8, 0.6), (0.2, 0.12, 0.07), (0.75, 0.5, 0.2), (0.85, 0.35, 0.15)),
)


def _polar(centre: tuple[float, float] = (0.5, 0.5)) -> tuple[Floats, Floats]:
    y, x = (np.indices((CELL, CELL), np.float32) + 0.5) / CELL
    return np.hypot(x - centre[0], y - centre[1]), np.arctan2(y - centre[1], x - centre[0])


def _layer(tile: Floats, ink: tuple[float, float, float], inside: Floats) -> None:
    """Print where `inside` is positive; its edge is one texel soft."""
    tile[:] = blend(tile, ink, np.clip(inside * CELL * 0.7 + 0.5, 0, 1))


def _strewn(tile: Floats, inks: Inks, count: int, size: float, rng: Random) -> None:
    """Round dots anywhere."""
    y, x = (np.indices((CELL, CELL), np.float32) + 0.5) / CELL
    for x0, y0 in rng.uniform(0, 1, (count, 2)).tolist():
        near = np.hypot((x - x0 + 0.5) % 1 - 0.5, (y - y0 + 0.5) % 1 - 0.5)
        _layer(tile, inks[int(rng.integers(len(inks)))], single(size - near))


def _rings(tile: Floats, inks: Inks, rng: Random) -> None:
    radius, angle = _polar()
    lobes, deep = int(rng.integers(6, 26)), rng.uniform(0, 0.05)
    for ring in range(int(rng.integers(3, 8))):
        edge = 0.48 * (1 - ring / 7.5) * (1 + deep * np.cos(lobes * angle) * (ring % 2))
        _layer(tile, inks[1 + ring % 4], single(edge - radius))


def _flower(tile: Floats, inks: Inks, rng: Random) -> None:
    radius, angle = _polar()
    petals = int(rng.integers(5, 13))
    for ring, size in enumerate((0.49, 0.4, 0.3, 0.18)):
        wave = np.abs(np.cos(petals * angle / 2 + (ring % 2) * np.pi / 2))
        sharp = rng.uniform(0.4, 1.4)
        _layer(tile, inks[1 + ring % 4], single(size * (0.35 + 0.65 * wave**sharp) - radius))
        veins = 0.012 - np.abs(((angle * petals / 2 / np.pi) % 1) - 0.5) * radius
        _layer(tile, inks[1 + (ring + 1) % 4], single(np.minimum(veins, 0.8 * size - radius)))
    for dot in range(petals):
        a = 2 * np.pi * dot / petals
        near, _ = _polar((0.5 + 0.43 * np.cos(a), 0.5 + 0.43 * np.sin(a)))
        _layer(tile, inks[2], 0.025 - near)


def _paisley(tile: Floats, inks: Inks, rng: Random) -> None:
    for at, flip in (((0.28, 0.3), 1), ((0.74, 0.76), -1)):
        radius, angle = _polar(at)
        drop = 0.11 * (1 + 0.9 * np.clip(np.cos(angle - 0.9 * flip - 5 * radius * flip), 0, 1) ** 3)
        for ring, share in enumerate((1.75, 1.5, 1.15, 0.75, 0.4)):
            _layer(tile, inks[1 + ring % 4], single(share * drop - radius))
        dots = 0.014 - np.abs(radius - 1.32 * drop) - 0.02 * (np.cos(22 * angle) < 0)
        _layer(tile, inks[3], single(dots))
    _strewn(tile, inks[2:3], 9, 0.02, rng)


def _dots(tile: Floats, inks: Inks, rng: Random) -> None:
    rows = int(rng.integers(3, 9))
    y, x = (np.indices((CELL, CELL), np.float32) + 0.5) / CELL * rows
    x = x + 0.5 * (np.floor(y) % 2)
    radius = np.hypot(x % 1 - 0.5, y % 1 - 0.5) / rows
    which = (np.floor(x) + np.floor(y)) % 2
    _layer(tile, inks[1], single(0.42 / rows - radius))
    _layer(tile, inks[2], single((0.2 + 0.12 * which) / rows - radius))
    _layer(tile, inks[3], single(0.1 / rows - radius))


def _chevrons(tile: Floats, inks: Inks, rng: Random) -> None:
    y, x = (np.indices((CELL, CELL), np.float32) + 0.5) / CELL
    teeth, bands = int(rng.integers(1, 5)), int(rng.integers(3, 9))
    zig = np.abs((x * teeth) % 1 - 0.5) / teeth * rng.uniform(0.6, 2.0)
    level = ((y + zig) * bands) % bands
    for band in range(bands):
        _layer(tile, inks[band % 5], single(np.minimum(level - band, band + 1 - level) / bands))
        _layer(tile, inks[(band + 2) % 5], single(0.08 - np.abs(level - band - 0.5)) / bands)


def _lattice(tile: Floats, inks: Inks, rng: Random) -> None:
    y, x = (np.indices((CELL, CELL), np.float32) + 0.5) / CELL
    many = int(rng.integers(1, 4))
    fx, fy = np.abs((x * many) % 1 - 0.5), np.abs((y * many) % 1 - 0.5)
    diamond = single(fx + fy) if rng.random() < 0.6 else single(np.maximum(fx, fy))
    for ring, share in enumerate((0.48, 0.4, 0.3, 0.17, 0.08)):
        _layer(tile, inks[1 + ring % 4], (share - diamond) / many)
    _layer(tile, inks[3], single(0.02 - np.abs(diamond - 0.44)) / many)


def _scales(tile: Floats, inks: Inks, rng: Random) -> None:
    rows = int(rng.integers(3, 7))
    y, x = (np.indices((CELL, CELL), np.float32) + 0.5) / CELL * rows
    for row in range(rows + 1, -2, -1):
        radius = single(np.hypot((x - 0.5 * (row % 2)) % 1 - 0.5, y - row))
        for ring, share in enumerate((0.56, 0.44, 0.3, 0.15)):
            _layer(tile, inks[(ring + 1) % 5], (share - radius) / rows)


def _sprays(tile: Floats, inks: Inks, rng: Random) -> None:
    """Stems with leaves on both sides, drawn in strokes."""
    for _ in range(int(rng.integers(2, 5))):
        x, y = rng.uniform(0, CELL, 2)
        heading = rng.uniform(0, 360)
        for step in range(9):
            x, y = x + 26 * np.cos(np.radians(heading)), y + 26 * np.sin(np.radians(heading))
            heading += rng.normal(6, 8)
            for side in (-1, 1):
                lean = heading + side * 50
                size = 26 - 2 * step
                at = (int(x + size * np.cos(np.radians(lean))), int(y + size * np.sin(np.radians(lean))))
                for dx in (-CELL, 0, CELL):
                    for dy in (-CELL, 0, CELL):
                        spot = (at[0] + dx, at[1] + dy)
                        cv2.ellipse(tile, spot, (size, size // 3), lean, 0, 360, inks[1], -1, cv2.LINE_AA)
                        cv2.ellipse(tile, spot, (size - 6, size // 8), lean, 0, 360, inks[2], -1, cv2.LINE_AA)


FIGURES: tuple[Callable[[Floats, Inks, Random], None], ...] = (
    _rings, _flower, _paisley, _dots, _chevrons, _lattice, _scales, _sprays,
)  # fmt: skip


def _filling(tile: Floats, inks: Inks, rng: Random) -> None:
    """What is printed between the figures."""
    kind = int(rng.integers(4))
    if kind == 0:
        _dots(tile, [inks[0], inks[0], inks[1], inks[4]], rng)
    elif kind == 1:
        y, x = (np.indices((CELL, CELL), np.float32) + 0.5) / CELL
        stripes = np.sin(2 * np.pi * int(rng.integers(6, 20)) * (x if rng.random() < 0.5 else y))
        _layer(tile, inks[4], single(stripes - 0.3) * 0.01)
    elif kind == 2:
        _strewn(tile, inks[1:], 26, rng.uniform(0.008, 0.02), rng)


def _repeat(rng: Random, tile_cm: float, inks: Inks) -> Floats:
    tile = np.empty((CELL, CELL, 3), np.float32)
    tile[:] = inks[0]
    _filling(tile, inks, rng)
    FIGURES[int(rng.integers(len(FIGURES)))](tile, inks, rng)
    side = int(np.clip(texels(rng.uniform(1.8, 9.0), tile_cm), 60, 2.5 * SIZE))
    y, x = np.indices(SQUARE, np.float32)
    dx, dy = rng.uniform(0, side, 2).tolist()
    if rng.random() < 0.5:
        x = x + side / 2 * (np.floor((y + dy) / side) % 2)
    small = cv2.resize(tile, (min(CELL, side),) * 2, interpolation=cv2.INTER_AREA)
    across = ((x + dx) % side) * (len(small) / side) - 0.5
    down = ((y + dy) % side) * (len(small) / side) - 0.5
    picture = cv2.remap(small, single(across), single(down), cv2.INTER_CUBIC, borderMode=cv2.BORDER_WRAP)
    return np.clip(single(picture), 0.002, 0.95)


def kitenge(rng: Random, tile_cm: float) -> Sheet:
    """One cloth: figures on a filling, maybe a border of stripes, maybe the cracks of batik wax."""
    chosen = _PALETTES[int(rng.integers(len(_PALETTES)))]
    shift = rng.uniform(0.9, 1.1, 3)
    inks = [linear(*(float(np.clip(c, 0.03, 0.95)) for c in np.array(ink) * shift)) for ink in chosen]
    if rng.random() < 0.6:
        order = rng.permutation(5)
        inks = [inks[i] for i in order]
    picture = _repeat(rng, tile_cm, inks)
    if rng.random() < 0.3:
        picture = _bordered(picture, _repeat(rng, tile_cm, inks[::-1]), inks, rng)
    if rng.random() < 0.25:
        border, _ = cells(rng, int(rng.integers(60, 400)))
        wax = smoothstep(2.2, 0.4, warped(border, rng, tile_cm, 0.5, 0.08))
        picture = blend(picture, inks[3], 0.7 * wax * smoothstep(-0.2, 0.4, field(rng, tile_cm, 2)))
    pitch = max(0.03, 3.2 * tile_cm / SIZE)
    y, x = np.indices(SQUARE, np.float32) * (tile_cm / SIZE / pitch)
    weave = np.abs(np.sin(np.pi * x)) * np.abs(np.sin(np.pi * y))
    wash = 1 + 0.05 * noise2(SQUARE, (5, 5), rng, 3)
    faded = blend(picture, single((0.45, 0.42, 0.38)), np.full(SQUARE, rng.uniform(0, 0.22), np.float32))
    cloth = warped(faded, rng, tile_cm, 5.0, 0.12)
    return Sheet(cloth * (wash * (0.84 + 0.2 * weave))[..., None], single(weave), 0.9, 0.012, softness=1.0)


def _bordered(picture: Floats, other: Floats, inks: Inks, rng: Random) -> Floats:
    """A kanga's edge: another figure beyond a few stripes."""
    y = np.indices(SQUARE, np.float32)[0] / SIZE - rng.uniform(0.15, 0.85)
    result = np.where((y > 0)[..., None], other, picture)
    for stripe in range(int(rng.integers(2, 5))):
        near = np.abs(y - 0.025 * stripe)
        result = blend(result, inks[1 + stripe % 4], smoothstep(0.011, 0.009, near))
    return single(result)
