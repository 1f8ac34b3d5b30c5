"""Marks with an area: tarnish and stain, solder and glue, rough work."""

import numpy as np

from ubora.datasets.render.defects.marks import Change, Colour, Spot, mixed, place, turned
from ubora.datasets.render.noise import Floats, Random, noise3, single, smoothstep
from ubora.datasets.render.shapes import Part

VERDIGRIS: tuple[Colour, ...] = ((0.07, 0.26, 0.20), (0.15, 0.40, 0.33))
OXIDE: tuple[Colour, ...] = ((0.030, 0.020, 0.016), (0.13, 0.055, 0.03), (0.20, 0.08, 0.05))
ON_DARK: tuple[Colour, ...] = ((0.46, 0.44, 0.40), (0.30, 0.27, 0.22), (0.22, 0.28, 0.22))
ON_PALE: tuple[Colour, ...] = ((0.20, 0.10, 0.045), (0.15, 0.19, 0.10), (0.07, 0.055, 0.045))
GLUES: tuple[Colour, ...] = ((0.75, 0.62, 0.35), (0.85, 0.83, 0.78), (0.25, 0.16, 0.07))


def _blob(spot: Spot, radius: float, rng: Random, ragged: float, soft: float) -> Floats:
    wobble = noise3(place(spot), radius * 0.55, rng, 3)
    r = np.hypot(spot.a, spot.b) / radius + ragged * wobble
    return smoothstep(1.0, 1 - soft, single(r)) * spot.near * (np.abs(spot.c) < 1.5 * radius)


def tarnish(part: Part, spot: Spot, size: float, rng: Random) -> Change:
    """Verdigris (crusted, green), brown or black oxide (smooth), or a finger's stain with soft edges."""
    kind = str(rng.choice(["verdigris", "oxide", "finger"], p=[0.38, 0.37, 0.25]))
    pick, strength = int(rng.integers(60)), rng.uniform(0.72, 0.95)
    radius = size * rng.uniform(0.4, 0.9)
    if kind == "finger":
        share = _blob(spot, 1.1 * radius, rng, 0.3, 0.75)
    else:
        share = _blob(spot, radius, rng, 0.8, 0.4 if kind == "verdigris" else 0.55)
    inner = noise3(place(spot), 0.12 * size, rng, 2)
    if spot.metal:
        stains = VERDIGRIS if kind == "verdigris" else OXIDE
    else:
        stains = ON_DARK if spot.dark else ON_PALE
    stain = single(stains[pick % len(stains)])
    mottled = 0.45 if kind == "verdigris" else 0.2
    colour = np.clip(stain[None, None] * (1 + mottled * inner[..., None]), 0, 1)
    strong = share * np.clip(strength + mottled * 0.5 * inner, 0, 1) * (0.8 if kind == "finger" else 1)
    # Oxide keeps a dull metal shine, a crust of verdigris has none.
    shine = 0.6 if spot.metal and kind != "verdigris" else 0.0
    crust = 0.006 * size if kind == "verdigris" else 0.0
    rough = 0.8 if kind == "verdigris" else 0.5
    return Change(
        share > 0.3, crust * share * np.clip(inner + 0.3, 0, None), *mixed(part, strong, colour, rough, shine)
    )


def solder(part: Part, spot: Spot, size: float, rng: Random) -> Change:
    """A lump, a run along a seam, or a smear; solder on brass, glue on all else."""
    kind = str(rng.choice(["lump", "run", "smear"], p=[0.5, 0.3, 0.2]))
    angle, pick = rng.uniform(0, np.pi), int(rng.integers(3))
    radius = max(size * rng.uniform(0.17, 0.32), 3 * spot.step_cm)
    long, high = {"lump": (1.1, 0.42), "run": (2.6, 0.3), "smear": (1.7, 0.1)}[kind]
    x, y = turned(spot, angle)
    wobble = noise3(place(spot), radius, rng, 2)
    r = np.hypot(x / long, y * long**0.4) / radius + 0.32 * wobble
    share = smoothstep(1.0, 0.85, single(r)) * spot.near * (np.abs(spot.c) < 2 * radius)
    lump = np.sqrt(np.clip(1 - np.clip(r, 0, 1) ** 2, 0, 1)) * (share > 0)
    grainy = noise3(place(spot), 0.3 * radius, rng, 2)
    if spot.metal:
        grey = 0.58 + 0.06 * grainy
        skin = mixed(
            part, share, np.stack([grey, grey, 1.03 * grey], -1), 0.32 if kind != "smear" else 0.45, 1.0
        )
    else:
        skin = mixed(part, 0.85 * share, GLUES[pick], 0.1, 0.0)
    return Change(share > 0.3, high * radius * lump * (1 + 0.15 * grainy), *skin)


def rough(part: Part, spot: Spot, size: float, rng: Random) -> Change:
    """Coarse file marks, saw marks or a torn burr that nobody polished out."""
    kind = str(rng.choice(["file", "saw", "burr"], p=[0.5, 0.25, 0.25]))
    share = _blob(spot, max(size * rng.uniform(0.42, 0.8), 5 * spot.step_cm), rng, 0.25, 0.35)
    x, y = turned(spot, rng.uniform(0, np.pi))
    fine = max(0.05 * size, 2.2 * spot.step_cm)
    zero = 0 * spot.c
    if kind == "saw":
        grooves = np.sin(
            2 * np.pi * y / (2.6 * fine) + 2 * noise3(np.stack([x, y, zero], -1), 0.6 * size, rng, 1)
        )
    elif kind == "burr":
        grooves = noise3(place(spot), 1.6 * fine, rng, 2) * 1.1
    else:
        grooves = 0.75 * noise3(np.stack([x, y, zero], -1), (1.2 * size, fine, 10.0), rng, 2)
        grooves = grooves + 0.4 * noise3(np.stack([y, x, zero], -1), (size, 1.4 * fine, 10.0), rng, 1)
    grooves = np.clip(grooves, -1, 1)
    skin = part.skin
    if spot.metal:
        colour = skin.colour * (0.66 + 0.5 * grooves[..., None])
    else:
        pale = single((0.38, 0.34, 0.29)) if spot.dark else single((0.50, 0.40, 0.28))
        colour = skin.colour + (pale - skin.colour) * np.clip(0.35 + 0.75 * grooves, 0, 0.9)[..., None]
    deep = (0.03 if kind == "burr" else 0.018) * size
    return Change(
        share > 0.3,
        deep * grooves * share,
        *mixed(part, share, np.clip(colour, 0, 1), 0.6, float(spot.metal)),
    )
