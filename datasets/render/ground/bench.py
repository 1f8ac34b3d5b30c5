"""Grounds of the workshop and the shop: steel, cutting mat, glass, glazed clay, plastic, bubbles, foam."""

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
    worn,
    write,
)
from ubora.datasets.render.noise import Random, linear, noise2, single, smoothstep


def steel(rng: Random, tile_cm: float) -> Sheet:
    """A worn metal bench: brushing, scratches, rust, filings, dust; here they are no defect."""
    brushed = field(rng, tile_cm, 0.025, 4.0, 2)
    unit = texels(1.0, tile_cm)
    scratches = splits(rng, int(rng.integers(4, 26)), (1, 0.02 * unit + 1), 3, bool(rng.random() < 0.5))
    rust = smoothstep(0.1, 0.8, field(rng, tile_cm, tile_cm / 4, octaves=4)) * rng.uniform(0, 0.9)
    metal = tone(rng, (0.75, 0.75, 0.76), (0.6, 0.61, 0.63), (0.7, 0.67, 0.62))
    colour = metal * (0.9 + 0.12 * brushed + 0.3 * scratches)[..., None]
    filings = specks(rng, int(rng.integers(60, 500)), texels(0.07, tile_cm))
    colour = blend(colour, tone(rng, (0.38, 0.24, 0.16), (0.3, 0.28, 0.26)), rust)
    colour = blend(colour, tone(rng, (0.85, 0.68, 0.36), (0.85, 0.85, 0.86), (0.2, 0.2, 0.2)), filings)
    amount = rng.uniform(0, 1.0)
    colour = dusty(colour, rng, tile_cm, amount)
    bare = np.clip(1 - rust - 0.35 * amount, 0, 1)
    rough = np.clip(rng.uniform(0.35, 0.55) + 0.35 * rust + 0.08 * brushed, 0, 1)
    height = np.clip(0.6 + 0.2 * brushed - 0.3 * scratches + 0.3 * filings, 0, 1)
    return Sheet(colour, height, rough, 0.01, single(bare))


def cutting_mat(rng: Random, tile_cm: float) -> Sheet:
    """A rubber mat with a centimetre grid and knife cuts."""
    base = tone(rng, (0.12, 0.35, 0.3), (0.15, 0.3, 0.5), (0.2, 0.2, 0.22), (0.5, 0.3, 0.45))
    picture = filled(base) * (1 + 0.06 * field(rng, tile_cm, 0.06) + 0.06 * field(rng, tile_cm, 3))[..., None]
    picture = np.ascontiguousarray(picture)
    line = linear(0.8, 0.82, 0.6) if rng.random() < 0.5 else linear(0.85, 0.85, 0.85)
    unit, weight = texels(1.0, tile_cm), max(1, round(texels(0.02, tile_cm)))
    start = rng.uniform(0, unit)
    for number, at in enumerate(np.arange(start, SIZE, unit)):
        heavy = weight * (2 if number % 5 == 0 else 1)
        cv2.line(picture, (int(at), 0), (int(at), SIZE), line, heavy, cv2.LINE_AA)
        cv2.line(picture, (0, int(at)), (SIZE, int(at)), line, heavy, cv2.LINE_AA)
        write(
            picture, str(number), (int(at) + 3, int(start) - 4), 0.25 * unit, line, cv2.FONT_HERSHEY_SIMPLEX
        )
    cuts = splits(rng, int(rng.integers(5, 30)), (1, 0.01 * unit + 1), 0.4, bool(rng.random() < 0.5))
    colour = blend(picture, base * rng.choice([0.5, 1.6]), 0.6 * cuts)
    return Sheet(dusty(colour, rng, tile_cm, rng.uniform(0.1, 0.8)), 0.8 - 0.5 * cuts, 0.6, 0.006)


def glass(rng: Random, tile_cm: float) -> Sheet:
    """A shop counter or a dark tablet: mirrors the room, smeared by fingers."""
    base = tone(rng, (0.08, 0.09, 0.1), (0.06, 0.06, 0.06), (0.2, 0.26, 0.26), (0.75, 0.78, 0.78))
    smear = smoothstep(0.1, 0.9, field(rng, tile_cm, 1.5, 4, 4)) * rng.uniform(0.2, 1)
    dust = specks(rng, int(rng.integers(20, 260)), texels(0.05, tile_cm))
    colour = blend(
        filled(base) * (1 + 0.1 * field(rng, tile_cm, 4))[..., None], single((0.6, 0.6, 0.6)), 0.5 * dust
    )
    scratches = splits(rng, int(rng.integers(0, 8)), (1, 1.5), 2)
    colour = blend(colour, base * 1.5 + 0.03, 0.4 * scratches)
    rough = np.clip(0.07 + 0.2 * smear + 0.5 * dust, 0, 1)
    return Sheet(colour, np.full(SQUARE, 0.9, np.float32), rough, 0.002)


def glaze(rng: Random, tile_cm: float) -> Sheet:
    """A glazed plate: colour that ran and pooled, iron specks, rings of the wheel, fine crackle."""
    base = tone(
        rng, (0.7, 0.8, 0.76), (0.92, 0.9, 0.86), (0.35, 0.5, 0.55), (0.75, 0.6, 0.42), (0.2, 0.25, 0.32),
        (0.55, 0.66, 0.5), (0.88, 0.82, 0.7),
    )  # fmt: skip
    other = tone(rng, (0.78, 0.55, 0.36), (0.85, 0.85, 0.8), (0.25, 0.35, 0.4), (0.5, 0.42, 0.3))
    y, x = np.indices(SQUARE, np.float32) / SIZE - 0.5
    run = field(rng, tile_cm, tile_cm / 3, octaves=4)
    wheel = np.sin(2 * np.pi * np.hypot(x, y) * rng.uniform(12, 30) + run)
    share = smoothstep(0.15, 0.7, run + 0.12 * wheel) * rng.uniform(0.2, 0.9)
    colour = blend(filled(base), other, share)
    colour = colour * (1 + 0.03 * wheel + 0.05 * field(rng, tile_cm, 0.12, octaves=2))[..., None]
    iron = specks(rng, int(rng.integers(0, 700)), texels(0.06, tile_cm))
    colour = blend(colour, single((0.09, 0.06, 0.04)), 0.8 * iron)
    mottled = smoothstep(0.3, 0.7, field(rng, tile_cm, 0.1, octaves=2)) * rng.uniform(0, 0.35)
    colour = blend(colour, base * 0.6, mottled)
    return Sheet(colour, 0.85 + 0.1 * single(wheel), rng.uniform(0.13, 0.4), 0.008)


def polythene(rng: Random, tile_cm: float) -> Sheet:
    """A plastic bag or sheet: creases that flash, maybe print."""
    base = tone(
        rng, (0.9, 0.9, 0.9), (0.1, 0.1, 0.11), (0.2, 0.35, 0.7), (0.8, 0.2, 0.2), (0.85, 0.8, 0.72),
        (0.3, 0.55, 0.4), (0.9, 0.78, 0.3),
    )  # fmt: skip
    crease = np.zeros(SQUARE, np.float32)
    for size in (5.0, 2.0, 0.8):
        crease += size / 5 * np.abs(field(rng, tile_cm, size, size * rng.uniform(0.5, 2), 1))
    height = 1 - np.clip(crease / 1.2, 0, 1)
    colour = np.ascontiguousarray(filled(base) * (0.9 + 0.1 * height)[..., None])
    if rng.random() < 0.4:
        word = str(rng.choice(["ASANTE", "KARIBU", "SOKO", "JEWELRY", "THANK YOU"]))
        at = (int(rng.uniform(-0.2, 0.3) * SIZE), int(rng.uniform(0.2, 1) * SIZE))
        write(colour, word, at, texels(rng.uniform(1, 3), tile_cm), linear(0.7, 0.1, 0.12), 2, 0.18)
    return Sheet(colour, single(height), rng.uniform(0.15, 0.4), 0.2, softness=0.6)


def bubbles(rng: Random, tile_cm: float) -> Sheet:
    """Bubble wrap over something grey or brown: domes in a hexagonal net, some of them burst."""
    pitch = max(texels(1.05, tile_cm), 14.0)
    y, x = np.indices(SQUARE, np.float32) / pitch
    row = np.floor(y / 0.87)
    column = np.floor(x + 0.5 * (row % 2))
    radius = np.hypot(x + 0.5 * (row % 2) - column - 0.5, (y / 0.87 - row - 0.5) * 0.87)
    burst = rng.random(97)[((row * 31 + column * 17) % 97).astype(int)] < 0.12
    dome = np.sqrt(np.clip(1 - (radius / 0.42) ** 2, 0, 1)) * np.where(burst, 0.3, 1)
    under = tone(rng, (0.75, 0.76, 0.77), (0.6, 0.5, 0.38), (0.5, 0.53, 0.56))
    rim = smoothstep(0.06, 0.0, np.abs(radius - 0.42))
    wrinkle = np.where(burst, np.abs(field(rng, tile_cm, 0.3)), 0)
    colour = under * (0.8 + 0.15 * dome + 0.1 * field(rng, tile_cm, 2) - 0.25 * wrinkle)[..., None]
    colour = blend(colour, single((0.85, 0.86, 0.88)), 0.35 * rim)
    return Sheet(single(colour), single(dome), 0.13, min(0.3, 0.3 * tile_cm / 8), softness=0.2)


def foam(rng: Random, tile_cm: float) -> Sheet:
    """Packing foam or a rubber pad: pores all over."""
    base = tone(rng, (0.9, 0.9, 0.88), (0.25, 0.25, 0.27), (0.85, 0.75, 0.4), (0.55, 0.65, 0.75))
    pores = smoothstep(0.2, 0.7, field(rng, tile_cm, rng.uniform(0.06, 0.14), octaves=2))
    colour = base * (1 - 0.5 * pores + 0.05 * field(rng, tile_cm, 3))[..., None]
    grime = worn(rng, tile_cm, 0.3) * rng.uniform(0, 0.4)
    return Sheet(blend(colour, base * 0.5, grime), 1 - 0.8 * pores, 0.95, 0.05)


def lacquer(rng: Random, tile_cm: float) -> Sheet:
    """A plain painted or plastic table top: orange peel, wear, crumbs."""
    base = tone(
        rng, (0.92, 0.92, 0.9), (0.12, 0.12, 0.13), (0.6, 0.15, 0.14), (0.2, 0.38, 0.6), (0.85, 0.75, 0.5),
        (0.42, 0.55, 0.45), (0.55, 0.5, 0.46),
    )  # fmt: skip
    peel = field(rng, tile_cm, 0.12, octaves=2)
    rub = worn(rng, tile_cm, 0.3)
    scratches = splits(rng, int(rng.integers(0, 14)), (1, texels(0.015, tile_cm) + 1), 4)
    colour = base * (1 + 0.06 * noise2(SQUARE, (4, 4), rng, 3))[..., None]
    colour = blend(colour, base * 0.7, 0.4 * rub)
    colour = blend(colour, base * rng.choice([0.6, 1.4]), 0.5 * scratches)
    rough = np.clip(rng.uniform(0.18, 0.5) + 0.25 * rub + 0.2 * scratches, 0, 1)
    return Sheet(dusty(colour, rng, tile_cm, rng.uniform(0, 0.5)), 0.8 + 0.1 * peel, rough, 0.004)
