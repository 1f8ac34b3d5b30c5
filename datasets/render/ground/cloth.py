"""Cloth and fibre: linen, denim, knit, towel, felt, velvet, woven mats, leather."""

import cv2
import numpy as np

from ubora.datasets.render.ground.canvas import (
    SIZE,
    SQUARE,
    Sheet,
    blend,
    cells,
    field,
    filled,
    per_cell,
    specks,
    splits,
    texels,
    tone,
    worn,
)
from ubora.datasets.render.noise import Bools, Floats, Random, noise2, single, smoothstep

_DYES = (
    (0.78, 0.73, 0.63), (0.2, 0.25, 0.4), (0.5, 0.1, 0.1), (0.12, 0.12, 0.13), (0.5, 0.52, 0.5),
    (0.85, 0.83, 0.8), (0.25, 0.38, 0.28), (0.7, 0.45, 0.2), (0.65, 0.5, 0.55), (0.8, 0.6, 0.2),
    (0.35, 0.5, 0.6), (0.3, 0.22, 0.18),
)  # fmt: skip


def _threads(rng: Random, tile_cm: float, pitch_cm: float) -> tuple[Floats, Floats]:
    """Thread numbers across and down (SIZE, SIZE), hand-unevenly spaced; a thread is at least 3.2 texels."""
    count = min(tile_cm / pitch_cm, SIZE / 3.2)
    y, x = np.indices(SQUARE, np.float32) * (count / SIZE)
    sway = 0.012 * count
    return x + sway * noise2(SQUARE, (3, 3), rng, 2), y + sway * noise2(SQUARE, (3, 3), rng, 2)


def _woven(x: Floats, y: Floats, over: Bools) -> Floats:
    """Height 0–1 of a weave: `over` (bool) where the thread that runs down lies on top."""
    fx, fy = np.abs(np.sin(np.pi * x)), np.abs(np.sin(np.pi * y))
    return single(np.where(over, fx * (0.55 + 0.45 * fy), fy * (0.55 + 0.45 * fx)))


def linen(rng: Random, tile_cm: float) -> Sheet:
    """Plain weave with thick and thin threads, sometimes two colours or a woven check."""
    x, y = _threads(rng, tile_cm, rng.uniform(0.04, 0.14))
    over = (np.floor(x) + np.floor(y)) % 2 > 0
    height = _woven(x, y, over)
    warp = tone(rng, *_DYES)
    weft = warp * rng.uniform(0.75, 1.1)
    if rng.random() < 0.25:  # a shot cloth
        weft = 0.6 * weft + 0.4 * tone(rng, *_DYES)
    many = int(x.max()) + 4
    thick = rng.normal(0, 0.1, (2, many + 8)).astype(np.float32)
    slub_x, slub_y = (thick[i][np.clip(axis, 0, many).astype(int)] for i, axis in enumerate((x, y)))
    colour = np.where(over[..., None], warp * (1 + slub_x)[..., None], weft * (1 + slub_y)[..., None])
    if rng.random() < 0.3:  # a check of dyed threads
        dye, every = tone(rng, *_DYES), rng.uniform(0.8, 3.0) * many / tile_cm
        stripe = np.where(over, x % every < every / 3, y % every < every / 3)
        colour = np.where(stripe[..., None], dye, colour)
    colour = colour * (0.5 + 0.6 * height + 0.1 * field(rng, tile_cm, 0.06))[..., None]
    return Sheet(colour, height, 0.95, 0.03, softness=1.0)


def denim(rng: Random, tile_cm: float) -> Sheet:
    """Twill: diagonal indigo ribs with pale flecks, rubbed pale in places, sometimes a stitched seam."""
    x, y = _threads(rng, tile_cm, rng.uniform(0.05, 0.08))
    step = (np.floor(x) + np.floor(y)) % 3
    height = _woven(x, y, step > 0)
    blue = tone(rng, (0.18, 0.24, 0.38), (0.28, 0.36, 0.5), (0.12, 0.14, 0.2), (0.45, 0.52, 0.6))
    pale = tone(rng, (0.75, 0.76, 0.76))
    fleck = np.clip(0.35 * (step == 0) + 0.25 * field(rng, tile_cm, 0.3, 0.04, 1), 0, 1)
    rub = 0.35 * worn(rng, tile_cm, 0.45)
    colour = blend(filled(blue), pale, single(np.clip(fleck + rub, 0, 0.8)))
    if rng.random() < 0.4:
        colour, height = _stitched(colour, height, rng, tile_cm)
    return Sheet(colour * (0.5 + 0.6 * height)[..., None], height, 0.95, 0.03, softness=0.8)


def _stitched(colour: Floats, height: Floats, rng: Random, tile_cm: float) -> tuple[Floats, Floats]:
    thread = tone(rng, (0.78, 0.55, 0.25), (0.9, 0.88, 0.8), (0.7, 0.2, 0.15))
    layer = np.zeros(SQUARE, np.uint8)
    at, long = int(rng.uniform(0.05, 0.95) * SIZE), texels(0.28, tile_cm)
    for row in (at, at + round(texels(0.6, tile_cm))):
        for left in np.arange(0, SIZE, 1.3 * long):
            cv2.line(
                layer, (int(left), row), (int(left + long), row), 255,
                max(2, round(texels(0.07, tile_cm))), cv2.LINE_AA,
            )  # fmt: skip
    share = single(layer) / 255
    shade = single(cv2.GaussianBlur(share, (0, 0), texels(0.08, tile_cm)))
    return blend(colour * (1 - 0.5 * shade)[..., None], thread, share), np.maximum(height - 0.3 * shade, 0)


def knit(rng: Random, tile_cm: float) -> Sheet:
    """Stockinette: columns of V-shaped stitches of plied yarn."""
    x, y = _threads(rng, tile_cm, rng.uniform(0.25, 0.5))
    lean = np.abs(x % 1 - 0.5) * 2
    stitch = (1.25 * y - 0.9 * lean) % 1
    body = np.sqrt(np.clip(np.sin(np.pi * stitch), 0, 1)) * (0.55 + 0.45 * np.sin(np.pi * ((2 * x) % 1)))
    ply = 0.12 * np.sin(2 * np.pi * (3.0 * stitch + 4 * lean))
    yarn = tone(rng, *_DYES)
    if rng.random() < 0.35:
        other = tone(rng, *_DYES)
        yarn = np.where((np.floor(1.25 * y / 6) % 2 > 0)[..., None], yarn, other)
    height = single(np.clip(body + ply, 0, 1))
    fuzz = field(rng, tile_cm, 0.05, octaves=2)
    return Sheet(yarn * (0.3 + 0.75 * height + 0.12 * fuzz)[..., None], height, 1.0, 0.1, softness=0.9)


def towel(rng: Random, tile_cm: float) -> Sheet:
    """Terry loops, and a flat woven band in some."""
    border, labels = cells(rng, int(np.clip((tile_cm / rng.uniform(0.12, 0.2)) ** 2, 400, 12000)))
    border = border * per_cell(rng, labels, 0.6, 1.1)
    height: Floats = single(np.clip(border / max(1.0, float(np.quantile(border, 0.97))), 0, 1) ** 0.7)
    dye = tone(rng, *_DYES)
    colour = dye * (0.45 + 0.6 * height + 0.1 * field(rng, tile_cm, 0.05))[..., None]
    if rng.random() < 0.4:
        y = np.indices(SQUARE, np.float32)[0] / SIZE
        band = smoothstep(0.09, 0.085, np.abs(y - rng.uniform(0.1, 0.9)))
        ribs = 0.5 + 0.5 * np.sin(2 * np.pi * y * tile_cm / 0.12)
        colour = blend(colour, dye * (0.6 + 0.4 * ribs[..., None]), band)
        height = single(height * (1 - band) + 0.3 * band * ribs)
    return Sheet(colour, height, 1.0, 0.12, softness=0.9)


def felt(rng: Random, tile_cm: float) -> Sheet:
    """Pressed fibres without a weave, in strong or grey colours, with lint."""
    dye = tone(rng, *_DYES)
    fibres = splits(rng, 90, (1, max(1.0, texels(0.02, tile_cm))), 22) * 0.5
    fuzz = 0.6 * field(rng, tile_cm, 0.03, octaves=1) + 0.4 * field(rng, tile_cm, 0.3, octaves=3)
    colour: Floats = dye * (0.9 + 0.16 * fuzz)[..., None]
    colour = blend(colour, dye * 1.5 + 0.03, fibres * 0.35)
    lint = specks(rng, int(rng.integers(0, 120)), texels(0.06, tile_cm))
    return Sheet(
        blend(colour, tone(rng, (0.8, 0.78, 0.75)), 0.5 * lint), 0.5 + 0.4 * fuzz, 1.0, 0.03, 0.0, 0.7
    )


def velvet(rng: Random, tile_cm: float) -> Sheet:
    """A display cloth of deep pile: nearly black, brushed lighter in strokes, with dust on it."""
    dye = tone(
        rng, (0.08, 0.08, 0.09), (0.08, 0.08, 0.09), (0.25, 0.05, 0.08), (0.08, 0.1, 0.25), (0.1, 0.2, 0.15)
    )
    nap = smoothstep(-0.2, 0.7, field(rng, tile_cm, 2.5, 5, 3))
    pile = field(rng, tile_cm, 0.03, octaves=1)
    colour = dye * (0.6 + 0.9 * nap + 0.25 * pile)[..., None]
    lint = specks(rng, int(rng.integers(20, 200)), texels(0.05, tile_cm))
    return Sheet(blend(colour, single((0.5, 0.48, 0.45)), 0.6 * lint), 0.5 + 0.3 * pile, 1.0, 0.02, 0.0, 1.0)


def mat(rng: Random, tile_cm: float) -> Sheet:
    """A plaited mat or basket: flat strips of palm leaf or sisal, some of them dyed."""
    x, y = _threads(rng, tile_cm, rng.uniform(0.35, 0.9))
    twill = int(rng.integers(2, 4))
    over = ((np.floor(x) + np.floor(y)) % twill) > 0.5
    fx, fy = (np.abs(np.sin(np.pi * a)) ** 0.35 for a in (x, y))
    height = single(
        np.where(
            over, fx * (0.5 + 0.5 * np.abs(np.sin(np.pi * y))), fy * (0.5 + 0.5 * np.abs(np.sin(np.pi * x)))
        )
    )
    straw = tone(rng, (0.8, 0.68, 0.45), (0.72, 0.58, 0.38), (0.85, 0.77, 0.6))
    dyes = single([straw, straw, straw * 0.8, tone(rng, *_DYES), tone(rng, *_DYES)])
    if rng.random() < 0.5:
        dyes[3:] = straw * 0.9
    pick = rng.integers(0, 5, (2, int(max(x.max(), y.max())) + 9))
    strip = np.where(over, pick[0][np.clip(x, 0, None).astype(int)], pick[1][np.clip(y, 0, None).astype(int)])
    along = np.where(over, field(rng, tile_cm, 1.5, 0.03, 1), field(rng, tile_cm, 0.03, 1.5, 1))
    colour = dyes[strip] * (0.35 + 0.65 * height + 0.16 * along)[..., None]
    return Sheet(colour, height, 0.75, 0.12)


def leather(rng: Random, tile_cm: float) -> Sheet:
    """Hide: a net of fine wrinkles round small pads, scuffed pale, sometimes tooled with a line."""
    base = tone(
        rng, (0.45, 0.28, 0.17), (0.15, 0.11, 0.09), (0.66, 0.46, 0.28), (0.35, 0.12, 0.1), (0.72, 0.56, 0.4)
    )
    border, labels = cells(rng, int(np.clip((tile_cm / rng.uniform(0.12, 0.3)) ** 2, 150, 7000)))
    pads = smoothstep(0, max(2.0, float(np.quantile(border, 0.7))), border)
    rub = worn(rng, tile_cm, 0.4)
    tint = 1 + 0.05 * per_cell(rng, labels, 0.6, 1.1) + 0.15 * field(rng, tile_cm, 3, octaves=3)
    colour = base * (tint * (0.65 + 0.35 * pads))[..., None]
    colour = blend(colour, base * 1.5 + 0.02, 0.4 * rub)
    scuffs = splits(rng, int(rng.integers(0, 8)), (1, texels(0.02, tile_cm) + 1), 4)
    colour = blend(colour, base * 1.7 + 0.03, 0.5 * scuffs)
    return Sheet(colour, pads, np.clip(rng.uniform(0.35, 0.6) + 0.2 * rub, 0, 1), 0.015, softness=0.35)
