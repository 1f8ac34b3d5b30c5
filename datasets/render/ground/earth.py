"""Mineral and natural grounds: stone, concrete, terrazzo, tiles, sand, gravel, soil, banana leaf."""

import cv2
import numpy as np

from ubora.datasets.render.ground.canvas import (
    SIZE,
    SQUARE,
    Sheet,
    blend,
    cells,
    dusty,
    field,
    filled,
    per_cell,
    specks,
    splits,
    texels,
    tone,
    warped,
    worn,
)
from ubora.datasets.render.noise import Random, linear, single, smoothstep


def stone(rng: Random, tile_cm: float) -> Sheet:
    """Slate, sandstone or soapstone: clouds, grain, layers."""
    base = tone(
        rng, (0.55, 0.54, 0.52), (0.72, 0.66, 0.56), (0.3, 0.31, 0.33), (0.8, 0.78, 0.74), (0.6, 0.42, 0.32)
    )
    cloud = field(rng, tile_cm, tile_cm / 3, tile_cm / rng.uniform(1, 3), 4)
    grain = field(rng, tile_cm, 0.04, octaves=2)
    layers = field(rng, tile_cm, 0.6, 6, 3)
    colour = base * (1 + 0.2 * cloud + 0.12 * grain + rng.uniform(0, 0.25) * layers)[..., None]
    flecks = smoothstep(0.6, 0.85, field(rng, tile_cm, 0.06, octaves=1)) * rng.uniform(0, 0.8)
    colour = blend(colour, base * rng.choice([0.3, 1.6]), flecks)
    cracks = splits(rng, int(rng.integers(0, 3)), (1, texels(0.04, tile_cm) + 1), 9)
    colour = blend(colour, base * 0.3, 0.8 * cracks)
    height = np.clip(0.6 + 0.2 * grain + 0.25 * layers - 0.5 * cracks, 0, 1)
    return Sheet(colour, height, rng.uniform(0.45, 0.9), 0.05)


def marble(rng: Random, tile_cm: float) -> Sheet:
    """Polished stone with veins, as of a kitchen or a shop counter."""
    base = tone(rng, (0.92, 0.91, 0.89), (0.85, 0.82, 0.76), (0.13, 0.13, 0.14), (0.3, 0.36, 0.33))
    vein = 0 * field(rng, tile_cm, 4)
    for octave in range(3):
        ridge = np.abs(field(rng, tile_cm, 6 / 2**octave, 3 / 2**octave, 3))
        vein = np.maximum(vein, smoothstep(0.07 / (1 + octave), 0.0, ridge) * 0.7**octave)
    vein = vein * smoothstep(-0.5, 0.5, field(rng, tile_cm, 4))
    ink = base * 0.35 if base.mean() > 0.3 else single((0.7, 0.68, 0.62))
    colour = blend(base * (1 + 0.08 * field(rng, tile_cm, 3, octaves=4))[..., None], ink, 0.75 * vein)
    return Sheet(colour, np.full(SQUARE, 0.9, np.float32), rng.uniform(0.13, 0.35), 0.004)


def concrete(rng: Random, tile_cm: float) -> Sheet:
    """A cement floor: trowel sweeps, air holes, hair cracks, stains."""
    base = tone(rng, (0.6, 0.59, 0.57), (0.5, 0.5, 0.5), (0.68, 0.65, 0.6), (0.55, 0.32, 0.27))
    sweep = field(rng, tile_cm, 0.5, 5, 3)
    grain = field(rng, tile_cm, 0.05, octaves=2)
    holes = smoothstep(0.5, 0.9, specks(rng, int(rng.integers(20, 160)), texels(0.12, tile_cm)))
    cracks = splits(rng, int(rng.integers(0, 4)), (1, texels(0.05, tile_cm) + 1), 12)
    colour = base * (1 + 0.12 * sweep + 0.14 * grain + 0.1 * field(rng, tile_cm, 4, octaves=3))[..., None]
    colour = blend(colour, base * 0.35, np.maximum(holes, 0.9 * cracks))
    colour = blend(colour, base * 0.5, rng.uniform(0, 0.6) * worn(rng, tile_cm, 0.35))
    height = np.clip(0.7 + 0.15 * grain + 0.1 * sweep - 0.7 * np.maximum(holes, cracks), 0, 1)
    return Sheet(dusty(colour, rng, tile_cm, rng.uniform(0, 0.8)), height, rng.uniform(0.5, 0.95), 0.04)


def terrazzo(rng: Random, tile_cm: float) -> Sheet:
    """Stone chips of several sizes ground flat in cement."""
    base = tone(rng, (0.85, 0.83, 0.78), (0.6, 0.6, 0.6), (0.72, 0.55, 0.45), (0.3, 0.32, 0.32))
    colour = filled(base) * (1 + 0.04 * field(rng, tile_cm, 0.05))[..., None]
    inks = [tone(rng, (0.95, 0.93, 0.9), (0.3, 0.28, 0.26), (0.6, 0.35, 0.25), (0.35, 0.42, 0.38),
                 (0.8, 0.68, 0.45)) for _ in range(4)]  # fmt: skip
    for size, share in ((0.25, 0.5), (0.7, 0.45), (1.4, 0.25)):
        count = int(np.clip((tile_cm / size) ** 2, 30, 9000))
        border, labels = cells(rng, count)
        shrink = 0.5 * SIZE / count**0.5 * per_cell(rng, labels, 0.15, 1.4 / share)
        chip = smoothstep(0, 2, border - shrink)
        ink = single(inks)[(per_cell(rng, labels, 0, 4)).astype(int)]
        colour = blend(colour, ink * per_cell(rng, labels, 0.8, 1.2)[..., None], chip)
    return Sheet(colour, np.full(SQUARE, 0.9, np.float32), rng.uniform(0.2, 0.45), 0.004)


def tiles(rng: Random, tile_cm: float) -> Sheet:
    """Glazed squares or a mosaic of small stones with grout between."""
    side = float(rng.choice([1.0, 2.0, 2.5, 10.0]))
    glaze = [
        tone(rng, (0.92, 0.91, 0.88), (0.2, 0.4, 0.5), (0.75, 0.5, 0.3), (0.3, 0.5, 0.42), (0.85, 0.75, 0.55))
        for _ in range(int(rng.integers(1, 4)))
    ]
    if side < 3 and rng.random() < 0.5:
        border, labels = cells(rng, int(np.clip((tile_cm / side) ** 2, 9, 3000)), rng.uniform(0.2, 0.7))
        pick, gap = per_cell(rng, labels, 0, len(glaze)), border
        shade = per_cell(rng, labels, 0.8, 1.15)
    else:
        y, x = np.indices(SQUARE, np.float32) / texels(side, tile_cm) + rng.uniform(0, 1)
        fx, fy = np.abs(x % 1 - 0.5), np.abs(y % 1 - 0.5)
        gap = (0.5 - np.maximum(fx, fy)) * texels(side, tile_cm)
        which = (np.floor(x) * 7 + np.floor(y) * 13).astype(int) % 31
        pick, shade = rng.uniform(0, len(glaze), 31)[which], rng.uniform(0.88, 1.08, 31)[which]
    joint = max(2.0, texels(rng.uniform(0.06, 0.15), tile_cm))
    there = smoothstep(0.6 * joint, joint, single(gap))
    pooled = 0.9 + 0.1 * smoothstep(joint, 5 * joint, single(gap))
    cloud = 1 + 0.05 * field(rng, tile_cm, 1.0, octaves=3)
    colour = (
        single(glaze)[np.clip(pick, 0, len(glaze) - 1).astype(int)]
        * single(shade * pooled * cloud)[..., None]
    )
    grout = tone(rng, (0.75, 0.73, 0.7), (0.4, 0.38, 0.36)) * (1 + 0.2 * field(rng, tile_cm, 0.05))[..., None]
    rough = 0.9 + (rng.uniform(0.13, 0.35) - 0.9) * there
    return Sheet(grout + (colour - grout) * there[..., None], there, rough, 0.06)


def sand(rng: Random, tile_cm: float) -> Sheet:
    """Beach or river sand: grains of several colours, ripples, bits of shell."""
    base = tone(rng, (0.82, 0.72, 0.55), (0.88, 0.84, 0.76), (0.62, 0.45, 0.32), (0.5, 0.46, 0.42))
    fine = rng.random(SQUARE, np.float32)
    fine = single(cv2.GaussianBlur(fine, (0, 0), max(0.6, texels(0.012, tile_cm))))
    fine = (fine - fine.mean()) / (fine.std() + 1e-6)
    ripple = field(rng, tile_cm, 1.2, 5, 2)
    colour = base * (0.95 + 0.1 * np.clip(fine, -3, 3) + 0.06 * ripple)[..., None]
    colour = blend(colour, base * 0.3, 0.8 * smoothstep(1.7, 2.3, fine))
    colour = blend(colour, single((0.85, 0.82, 0.78)), 0.7 * smoothstep(-1.8, -2.4, fine))
    shell = specks(rng, int(rng.integers(0, 120)), texels(0.15, tile_cm))
    colour = blend(colour, tone(rng, (0.9, 0.86, 0.8), (0.3, 0.25, 0.2)), 0.8 * shell)
    height = np.clip(0.55 + 0.35 * ripple + 0.05 * fine, 0, 1)
    return Sheet(colour, height, 1.0, 0.22)


def gravel(rng: Random, tile_cm: float) -> Sheet:
    """Pebbles: rounded, each of a colour of its own, dark between."""
    border, labels = cells(rng, int(np.clip((tile_cm / rng.uniform(0.5, 1.6)) ** 2, 25, 2500)), 0.85)
    border = warped(border, rng, tile_cm, 0.6, 0.05)
    top = max(2.0, float(np.quantile(border, 0.9)))
    height = np.sin(np.pi / 2 * np.clip(1.5 * border / top, 0, 1)) ** 0.7
    height = single(cv2.GaussianBlur(height, (0, 0), 0.08 * top + 0.5))
    base = tone(rng, (0.55, 0.52, 0.48), (0.7, 0.62, 0.52), (0.42, 0.42, 0.44), (0.85, 0.83, 0.8))
    warm = per_cell(rng, labels, -0.12, 0.12)
    hue = np.stack([1 + warm, 1 + 0.3 * warm, 1 - warm], -1)
    light = per_cell(rng, labels, 0.55, 1.25) * (1 + 0.15 * field(rng, tile_cm, 0.08, 0.2, 3))
    colour = base * hue * (light * (0.12 + 0.9 * height**0.8))[..., None]
    return Sheet(colour, single(height), rng.uniform(0.5, 0.95), min(0.35, 0.4 * tile_cm / 12))


def soil(rng: Random, tile_cm: float) -> Sheet:
    """Red or black earth: crumbs, roots, bits of straw."""
    base = tone(rng, (0.42, 0.22, 0.14), (0.28, 0.2, 0.15), (0.5, 0.36, 0.25), (0.22, 0.18, 0.16))
    crumbs = field(rng, tile_cm, 0.35, octaves=4)
    fine = field(rng, tile_cm, 0.06, octaves=2)
    colour = base * np.clip(0.8 + 0.45 * crumbs + 0.35 * fine, 0.08, 2)[..., None]
    roots = splits(
        rng, int(rng.integers(3, 14)), (1, texels(0.06, tile_cm) + 1), 14, bool(rng.random() < 0.5)
    )
    colour = blend(colour, tone(rng, (0.7, 0.58, 0.4), (0.5, 0.4, 0.3)), 0.8 * roots)
    stones = specks(rng, int(rng.integers(30, 160)), texels(0.3, tile_cm))
    colour = blend(colour, base * 1.8 + 0.05, 0.7 * stones)
    return Sheet(colour, np.clip(0.5 + 0.4 * crumbs + 0.15 * fine, 0, 1), 1.0, 0.25)


def banana_leaf(rng: Random, tile_cm: float) -> Sheet:
    """A large leaf laid out as a cloth: midrib, close parallel veins, torn and browned spots."""
    base = tone(rng, (0.27, 0.43, 0.16), (0.36, 0.5, 0.2), (0.18, 0.33, 0.15), (0.5, 0.48, 0.2))
    y, x = np.indices(SQUARE, np.float32) * (tile_cm / SIZE)
    rib = np.abs(y - rng.uniform(0.0, 1.0) * tile_cm)
    along = x + 0.35 * rib + 0.15 * field(rng, tile_cm, 4)
    vein = 0.5 + 0.5 * np.cos(2 * np.pi * along / rng.uniform(0.15, 0.4))
    strong = 0.5 + 0.5 * np.cos(2 * np.pi * along / rng.uniform(0.9, 1.6))
    colour = (
        base * (0.82 + 0.18 * vein + 0.12 * strong**6 + 0.12 * field(rng, tile_cm, 2, octaves=3))[..., None]
    )
    colour = blend(colour, base * 1.5 + single((0.1, 0.1, 0.02)), smoothstep(0.35, 0.25, rib))
    brown = smoothstep(0.45, 0.75, field(rng, tile_cm, 1.2, octaves=4)) * rng.uniform(0, 0.9)
    colour = blend(colour, linear(0.38, 0.26, 0.12), brown)
    torn = splits(rng, int(rng.integers(0, 4)), (1, texels(0.05, tile_cm) + 1), 1.5, across=True)
    colour = blend(colour, linear(0.3, 0.22, 0.1), torn)
    height = np.clip(0.4 + 0.4 * vein + 0.2 * strong, 0, 1)
    return Sheet(single(colour), single(height), rng.uniform(0.3, 0.55), 0.02, softness=0.5)
