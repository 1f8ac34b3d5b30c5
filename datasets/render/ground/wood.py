"""Wooden grounds: planks, weathered driftwood with cracks and soot, a polished slice, a painted board."""

import cv2
import numpy as np

from ubora.datasets.render.ground.canvas import (
    SIZE,
    SQUARE,
    Sheet,
    blend,
    dusty,
    field,
    filled,
    specks,
    splits,
    texels,
    tone,
    warped,
    worn,
)
from ubora.datasets.render.noise import Floats, Random, linear, noise2, single, smoothstep


def _rings(ring: Floats) -> Floats:
    """Growth rings 0–1 of a coordinate that counts them: slow early wood, a sudden dark late edge."""
    share = ring - np.floor(ring)
    return single(share**2.5 * smoothstep(1.0, 0.93, share))


def _fibre(rng: Random, tile_cm: float, length_cm: float = 1.2) -> Floats:
    return field(rng, tile_cm, 0.025, length_cm, 2)


def _pores(rng: Random, tile_cm: float) -> Floats:
    """Short dark dashes along the grain."""
    return smoothstep(0.45, 0.8, field(rng, tile_cm, 0.03, rng.uniform(0.2, 0.5), 1))


def planks(rng: Random, tile_cm: float) -> Sheet:
    """Sawn boards with arched grain: each is a slice through a trunk of its own."""
    light = tone(
        rng, (0.78, 0.62, 0.43), (0.62, 0.45, 0.3), (0.85, 0.75, 0.6), (0.45, 0.3, 0.2),
        (0.66, 0.63, 0.6), (0.55, 0.37, 0.22), (0.76, 0.72, 0.66),
    )  # fmt: skip
    dark = light * rng.uniform(0.3, 0.6) * single([1, 0.9, 0.8])
    wide = int(np.clip(texels(rng.uniform(5, 14), tile_cm), 160, 4 * SIZE))
    y, x = np.indices(SQUARE, np.float32) * (tile_cm / SIZE)
    wave = 0.25 * field(rng, tile_cm, 3, 12, 2)
    ring, shade = np.zeros(SQUARE, np.float32), np.ones(SQUARE, np.float32)
    joint = np.zeros(SQUARE, np.float32)
    top = -int(rng.integers(wide))
    while top < SIZE:
        here = np.s_[max(0, top) : min(SIZE, top + wide)]
        heart, depth = rng.uniform(0, tile_cm), rng.uniform(0.2, 3) + 0.1 * rng.uniform(-1, 1) * x[here]
        ring[here] = np.hypot(y[here] - heart + wave[here], depth) / rng.uniform(0.25, 0.7)
        shade[here] = rng.uniform(0.8, 1.1)
        joint[max(0, top - 1) : max(0, top + max(1, round(texels(0.04, tile_cm))))] = 1
        top += wide
    rings = _rings(ring + 0.12 * field(rng, tile_cm, 0.3, 4, 2))
    fibre, pores = _fibre(rng, tile_cm), _pores(rng, tile_cm)
    share = np.clip(rng.uniform(0.3, 0.9) * rings + 0.22 * fibre + rng.uniform(0.1, 0.6) * pores, 0, 1)
    colour = blend(light * shade[..., None], dark, share)
    colour = colour * (1 + 0.1 * field(rng, tile_cm, 4, 8, 2))[..., None]
    colour = blend(colour, linear(0.08, 0.06, 0.05), 0.9 * joint)
    if rng.random() < 0.4:
        joint = np.maximum(joint, splits(rng, int(rng.integers(1, 5)), (1, texels(0.06, tile_cm) + 1), 2))
        colour = blend(colour, linear(0.1, 0.07, 0.05), 0.85 * joint)
    height = np.clip(0.8 + 0.1 * fibre - 0.2 * pores - 0.8 * joint, 0, 1)
    return Sheet(colour, height, np.clip(rng.uniform(0.3, 0.75) + 0.15 * pores, 0, 1), 0.03)


def driftwood(rng: Random, tile_cm: float) -> Sheet:
    """Weathered wood: wavy grain, wide black cracks, short cross nicks, soot that clings to the fibres."""
    light = tone(
        rng, (0.8, 0.68, 0.52), (0.72, 0.68, 0.62), (0.62, 0.58, 0.54), (0.84, 0.74, 0.6), (0.7, 0.55, 0.4)
    )
    fibre = _fibre(rng, tile_cm, 2.0)
    y = np.indices(SQUARE, np.float32)[0] * (tile_cm / SIZE)
    flow = 0.9 * field(rng, tile_cm, 3.5, 7, 2)
    grain = _rings((y + flow) / rng.uniform(0.2, 0.45) + 0.2 * fibre)
    share = np.clip(0.35 * grain + 0.25 * fibre + 0.2 * field(rng, tile_cm, 1.5, 5, 3), 0, 1)
    colour = blend(filled(light), light * single([0.5, 0.4, 0.32]), share)
    colour = blend(colour, light * single([1.15, 1.0, 0.75]), 0.5 * worn(rng, tile_cm, 0.4))
    unit = texels(1.0, tile_cm)
    cracks = splits(rng, int(rng.integers(2, 7)), (0.03 * unit + 1, 0.12 * unit + 1), 0.12 * unit)
    nicks = _nicks(rng, unit)
    soot = smoothstep(
        rng.uniform(0.25, 0.6), 0.9,
        field(rng, tile_cm, 1.3, 2.6, 3) + 0.45 * fibre + 0.3 * field(rng, tile_cm, 0.2, 0.25, 2),
    )  # fmt: skip
    black = tone(rng, (0.13, 0.11, 0.1), (0.22, 0.17, 0.13))
    colour = blend(colour, black, 0.9 * soot * (0.6 + 0.4 * smoothstep(-0.3, 0.4, fibre)))
    around = single(cv2.GaussianBlur(np.maximum(cracks, nicks), (0, 0), 0.06 * unit + 1))
    colour = blend(colour, light * 0.4, np.clip(0.7 * around, 0, 1))
    open_wood = np.maximum(cracks, 0.8 * nicks)
    colour = blend(colour, linear(0.07, 0.05, 0.04), open_wood)
    height = np.clip(0.85 + 0.12 * fibre - 0.15 * grain - 0.9 * open_wood, 0, 1)
    return Sheet(colour, height, rng.uniform(0.6, 0.9), 0.1)


def _nicks(rng: Random, unit: float) -> Floats:
    """Rows of short marks across the grain, and a long line that some of them hang on."""
    picture = np.zeros(SQUARE, np.uint8)
    for _ in range(int(rng.integers(1, 6))):
        x, y = rng.uniform(0, SIZE, 2)
        for _ in range(int(rng.integers(2, 12))):
            x += rng.uniform(0.1, 0.4) * unit
            long = rng.uniform(0.15, 0.9) * unit
            lean = rng.normal(0, 0.15) * long
            start = (int(x), int(y + rng.normal(0, 0.15) * unit))
            end = (int(start[0] + lean), int(start[1] + long))
            cv2.line(picture, start, end, 255, max(1, round(rng.uniform(0.02, 0.08) * unit)), cv2.LINE_AA)
    return warped(single(picture) / 255, rng, SIZE / unit, 0.4, 0.06)


def polished_slice(rng: Random, tile_cm: float) -> Sheet:
    """Oiled olive or cypress wood: rings that swirl round knots, dark streaks, a soft shine."""
    light = tone(rng, (0.74, 0.55, 0.34), (0.66, 0.44, 0.26), (0.82, 0.66, 0.44), (0.5, 0.32, 0.2))
    dark = light * single([0.4, 0.32, 0.26])
    y, x = np.indices(SQUARE, np.float32) * (tile_cm / SIZE)
    cx, cy = rng.uniform(-0.6, 1.6, 2) * tile_cm
    ring = np.hypot((x - cx) * rng.uniform(0.4, 1), y - cy) + 1.4 * field(rng, tile_cm, 4, 4, 2)
    ring = ring / rng.uniform(0.18, 0.4)
    which = np.floor(ring).astype(np.int32) % 97
    strength = rng.beta(1.2, 2.5, 97).astype(np.float32)[which]
    share = np.clip(_rings(ring) * strength * 1.6 + 0.18 * field(rng, tile_cm, 0.05, 0.25, 2), 0, 1)
    share = np.maximum(share, 0.6 * worn(rng, tile_cm, 0.25))
    colour = blend(filled(light), dark, np.clip(share, 0, 1))
    if rng.random() < 0.4:
        split = splits(rng, int(rng.integers(1, 4)), (1, 0.04 * SIZE / tile_cm + 1), 7)
        colour = blend(colour, linear(0.1, 0.07, 0.05), 0.9 * split)
    return Sheet(colour, 0.9 - 0.1 * share, rng.uniform(0.22, 0.5), 0.01)


def painted(rng: Random, tile_cm: float) -> Sheet:
    """A board painted long ago: flaked to the wood, scratched, dusty."""
    under = planks(rng, tile_cm)
    paint = tone(
        rng, (0.3, 0.5, 0.55), (0.85, 0.83, 0.78), (0.2, 0.35, 0.6), (0.25, 0.45, 0.3), (0.6, 0.2, 0.15),
        (0.88, 0.75, 0.4), (0.35, 0.35, 0.36),
    )  # fmt: skip
    fibre = _fibre(rng, tile_cm, 2.0)
    rub = field(rng, tile_cm, 1.2, 2.5, 4) + 0.5 * fibre + 0.4 * (0.8 - under.height)
    there = smoothstep(rng.uniform(0.45, 0.9), rng.uniform(0.3, 0.44), rub)
    colour = blend(under.colour, paint * (1 + 0.06 * fibre[..., None]), there)
    edge = smoothstep(0.0, 0.5, there) * smoothstep(1.0, 0.5, there)
    colour = blend(colour, paint * 0.4, 0.6 * edge)
    return Sheet(dusty(colour, rng, tile_cm, rng.uniform(0, 1)), under.height * 0.5 + 0.5 * there, 0.55, 0.03)


def burnt_bench(rng: Random, tile_cm: float) -> Sheet:
    """A jeweller's bench: planks with burns, file marks, saw nicks and metal dust."""
    wood = planks(rng, tile_cm)
    unit = texels(1.0, tile_cm)
    marks = splits(rng, int(rng.integers(5, 22)), (1, 0.03 * unit + 1), 1.5, bool(rng.random() < 0.5))
    burns = smoothstep(0.35, 0.7, noise2(SQUARE, (6, 6), rng, 3)) * rng.uniform(0.3, 0.95)
    colour = blend(wood.colour * rng.uniform(0.5, 0.9), linear(0.09, 0.07, 0.06), burns)
    colour = blend(colour, wood.colour * rng.choice([0.25, 1.5]), 0.7 * marks)
    filings = specks(rng, int(rng.integers(100, 500)), texels(0.06, tile_cm))
    shine = rng.random() < 0.6
    metal = tone(rng, (0.85, 0.68, 0.36), (0.75, 0.75, 0.76), (0.8, 0.5, 0.34))
    colour = blend(dusty(colour, rng, tile_cm, rng.uniform(0.2, 1)), metal, filings)
    height = np.clip(wood.height - 0.6 * marks, 0, 1)
    return Sheet(colour, height, 0.7 - 0.35 * filings, 0.03, filings * float(shine))
