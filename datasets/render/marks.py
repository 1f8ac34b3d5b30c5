"""The marks that defects leave on a surface: scratch, crack, dent, chip, pit, tarnish, solder, rough.

Each takes the part, the sight of it from the defect's place, a size in cm, and answers a Change.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from datasets.render.noise import Bools, Floats, Random, noise3, single, smoothstep
from datasets.render.shapes import Part

DEEPEST = 0.7
"""Share of the wall that a displacement may reach."""


@dataclass(frozen=True)
class Spot:
    """Local sight of a surface from one point on it: a, b are cm in its tangent plane, c along its normal."""

    a: Floats
    b: Floats
    c: Floats
    near: Bools
    """The same side of the surface, so that nothing shows through to the back."""
    normal: Floats


@dataclass(frozen=True)
class Change:
    """What a mark does: where (V, U) bool, lift in cm, and the skin afterwards."""

    where: Bools
    lift: Floats
    colour: Floats
    roughness: Floats
    metallic: Floats
    points: Floats | None = None


def _turned(spot: Spot, angle: float) -> tuple[Floats, Floats]:
    c, s = np.cos(angle), np.sin(angle)
    return c * spot.a + s * spot.b, c * spot.b - s * spot.a


def _path_distance(x: Floats, y: Floats, path: Floats) -> tuple[Floats, Floats]:
    """Distance (V, U) to a polyline (N, 2) and the share 0–1 of its length where it is nearest."""
    best = np.full(x.shape, np.inf)
    share = np.zeros(x.shape)
    for i, (p, q) in enumerate(pairwise(path)):
        d = q - p
        t = np.clip(((x - p[0]) * d[0] + (y - p[1]) * d[1]) / max(1e-12, float(d @ d)), 0, 1)
        gap = np.hypot(x - p[0] - t * d[0], y - p[1] - t * d[1])
        closer = gap < best
        best = np.where(closer, gap, best)
        share = np.where(closer, (i + t) / (len(path) - 1), share)
    return best, share


def _mix(
    part: Part, share: Floats, colour: tuple[float, float, float] | Floats, rough: float, metal: float
) -> tuple[Floats, Floats, Floats]:
    skin = part.skin
    s = np.clip(share, 0, 1)
    return (
        skin.colour + (np.asarray(colour, np.float32) - skin.colour) * s[..., None],
        skin.roughness + (rough - skin.roughness) * s,
        skin.metallic + (metal - skin.metallic) * s,
    )


def _is_brass(part: Part) -> bool:
    return bool(part.skin.metallic.mean() > 0.5)


def _scratch(part: Part, spot: Spot, size: float, rng: Random) -> Change:
    share = np.zeros(spot.a.shape)
    angle = rng.uniform(0, np.pi)
    for _ in range(int(rng.choice([1, 2, 3], p=[0.5, 0.3, 0.2]))):
        x, y = _turned(spot, angle + rng.normal(0, 0.2))
        half = size * rng.uniform(0.45, 0.95)
        t = np.linspace(-half, half, 9)
        path = np.stack(
            [t + rng.normal(0, 0.1) * size, rng.normal(0, 0.12) * size + rng.normal(0, 0.25) * t * t / half],
            -1,
        )
        gap, along = _path_distance(x, y, path)
        width = size * rng.uniform(0.024, 0.042) * (0.4 + 1.2 * np.sqrt(np.clip(along * (1 - along), 0, 1)))
        share = np.maximum(share, smoothstep(1.25, 0.55, single(gap / width)))
    share = share * spot.near
    pale = (
        (0.97, 0.88, 0.62)
        if _is_brass(part)
        else ((0.45, 0.38, 0.30) if part.skin.colour.mean() < 0.3 else (0.28, 0.2, 0.13))
    )
    if _is_brass(part) and rng.random() < 0.45:
        pale = (0.16, 0.10, 0.05)
    return Change(
        share > 0.25, -0.022 * size * share, *_mix(part, share * 0.85, pale, 0.5, float(_is_brass(part)))
    )


def _crack(part: Part, spot: Spot, size: float, rng: Random) -> Change:
    share = np.zeros(spot.a.shape)
    angle = rng.uniform(0, np.pi)
    x, y = _turned(spot, angle)
    half = size * rng.uniform(0.5, 0.9)
    t = np.linspace(-half, half, 14)
    wander = np.cumsum(rng.normal(0, 0.06 * size, 14))
    main = np.stack([t, wander - wander[7]], -1)
    paths = [(main, 1.0)]
    for _ in range(int(rng.integers(1, 4))):
        start = main[int(rng.integers(3, 11))]
        way = rng.uniform(0.4, 1.0) * rng.choice([-1, 1])
        steps = np.cumsum(
            np.stack([np.full(6, np.cos(way)), np.full(6, np.sin(way))], -1) * 0.07 * size
            + rng.normal(0, 0.02 * size, (6, 2)),
            0,
        )
        paths.append((np.vstack([start, start + steps]), 0.7))
    for path, thick in paths:
        gap, along = _path_distance(x, y, path)
        taper = (
            np.clip(1.3 - along, 0.35, 1)
            if thick < 1
            else 0.45 + 0.75 * np.sqrt(np.clip(4 * along * (1 - along), 0, 1))
        )
        share = np.maximum(
            share, smoothstep(1.2, 0.6, single(gap / (size * rng.uniform(0.026, 0.04) * thick * taper)))
        )
    share = share * spot.near
    return Change(share > 0.25, -0.05 * size * share, *_mix(part, share, (0.012, 0.009, 0.007), 0.9, 0.0))


def _dent(part: Part, spot: Spot, size: float, rng: Random) -> Change:
    radius = size * rng.uniform(0.26, 0.4)
    x, y = _turned(spot, rng.uniform(0, np.pi))
    r = np.hypot(x / rng.uniform(0.8, 1.3), y) / radius
    bowl = np.where(r < 1, (1 - np.clip(r, 0, 1) ** 2) ** 1.5, 0) * spot.near
    lip = np.exp(-(((r - 1.1) / 0.16) ** 2)) * spot.near
    deep = min(0.42 * radius, DEEPEST * part.wall_cm)
    skin = part.skin
    return Change(
        (r < 1.1) & spot.near,
        deep * (0.16 * lip - bowl),
        skin.colour,
        skin.roughness + 0.08 * bowl,
        skin.metallic,
    )


def _chip(part: Part, spot: Spot, size: float, rng: Random) -> Change:
    """A piece broken off an edge: everything beyond a rough plane is cut back to it."""
    radius = size * rng.uniform(0.2, 0.34)
    reach = np.sqrt(spot.a**2 + spot.b**2 + spot.c**2)
    rough = noise3(np.stack([spot.a, spot.b, spot.c], -1), 0.35 * radius, rng, 3)
    deep = min(0.5 * radius, 0.6 * part.wall_cm)
    bowl = deep * np.sqrt(np.clip(1 - (reach / (1.25 * radius)) ** 2, 0, 1))
    cut = np.where(bowl > 0, np.clip(spot.c + bowl * (1 + 0.35 * rough), 0, None), 0)
    cut = np.where(reach < 1.25 * radius, np.minimum(cut, 1.4 * deep), 0) * (spot.c > -1.2 * deep)
    share = smoothstep(0.1 * deep, 0.35 * deep, single(cut))
    fresh = (0.42, 0.36, 0.28) if part.skin.colour.mean() < 0.3 else (0.72, 0.58, 0.38)
    colour = np.clip(single(fresh)[None, None] * (1 + 0.5 * rough[..., None]), 0.01, 1)
    return Change(
        share > 0.3,
        0 * cut,
        *_mix(part, share, colour, 0.9, 0.0),
        points=part.points - spot.normal * cut[..., None],
    )


def _pit(part: Part, spot: Spot, size: float, rng: Random) -> Change:
    share = np.zeros(spot.a.shape)
    spread = size * rng.uniform(0.18, 0.36)
    for _ in range(int(rng.integers(10, 26))):
        x, y = rng.normal(0, spread, 2)
        radius = size * rng.uniform(0.022, 0.05)
        share = np.maximum(share, smoothstep(1.15, 0.6, single(np.hypot(spot.a - x, spot.b - y) / radius)))
    share = share * spot.near
    return Change(
        share > 0.25, -0.035 * size * share, *_mix(part, 0.9 * share, (0.02, 0.014, 0.01), 0.9, 0.0)
    )


def _blob(spot: Spot, radius: float, rng: Random, ragged: float) -> Floats:
    place = np.stack([spot.a, spot.b, spot.c], -1)
    wobble = noise3(place, radius * 0.55, rng, 3)
    r = np.hypot(spot.a, spot.b) / radius + ragged * wobble
    return smoothstep(1.0, 0.6, single(r)) * spot.near * (np.abs(spot.c) < 1.5 * radius)


def _tarnish(part: Part, spot: Spot, size: float, rng: Random) -> Change:
    share = _blob(spot, size * rng.uniform(0.45, 0.85), rng, 0.8)
    inner = noise3(np.stack([spot.a, spot.b, spot.c], -1), 0.12 * size, rng, 2)
    if _is_brass(part):
        stains: tuple[tuple[float, float, float], ...] = (
            (0.07, 0.26, 0.20),
            (0.13, 0.36, 0.30),
            (0.035, 0.022, 0.016),
            (0.10, 0.045, 0.03),
        )
        metal, rough = 0.0, 0.75
    elif part.skin.colour.mean() < 0.3:
        stains, metal, rough = ((0.42, 0.40, 0.36), (0.30, 0.27, 0.22), (0.20, 0.26, 0.2)), 0.0, 0.85
    else:
        stains, metal, rough = ((0.16, 0.08, 0.035), (0.15, 0.19, 0.10), (0.06, 0.045, 0.04)), 0.0, 0.7
    stain = single(stains[int(rng.integers(len(stains)))])
    colour = np.clip(stain[None, None] * (1 + 0.45 * inner[..., None]), 0, 1)
    strong = share * np.clip(rng.uniform(0.75, 0.95) + 0.2 * inner, 0, 1)
    return Change(share > 0.3, 0.002 * share * inner, *_mix(part, strong, colour, rough, metal))


def _solder(part: Part, spot: Spot, size: float, rng: Random) -> Change:
    """A lump of solder on brass, of glue on horn and bone."""
    radius = size * rng.uniform(0.18, 0.3)
    r = np.hypot(spot.a, spot.b) / radius + 0.3 * noise3(
        np.stack([spot.a, spot.b, spot.c], -1), radius, rng, 2
    )
    share = smoothstep(1.0, 0.85, single(r)) * spot.near
    lump = np.sqrt(np.clip(1 - np.clip(r, 0, 1) ** 2, 0, 1)) * spot.near
    grainy = noise3(np.stack([spot.a, spot.b, spot.c], -1), 0.3 * radius, rng, 2)
    if _is_brass(part):
        mixed = _mix(part, share, (0.60, 0.60, 0.62), 0.34, 1.0)
    else:
        glue = ((0.75, 0.62, 0.35), (0.85, 0.83, 0.78), (0.25, 0.16, 0.07))[int(rng.integers(3))]
        mixed = _mix(part, 0.85 * share, glue, 0.12, 0.0)
    return Change(share > 0.3, 0.42 * radius * lump * (1 + 0.15 * grainy), *mixed)


def _rough(part: Part, spot: Spot, size: float, rng: Random) -> Change:
    """Coarse file marks that nobody polished out."""
    share = _blob(spot, size * rng.uniform(0.45, 0.75), rng, 0.25)
    angle = rng.uniform(0, np.pi)
    x, y = _turned(spot, angle)
    marks = noise3(np.stack([x, y, spot.c * 0], -1), (1.2 * size, 0.05 * size, 10.0), rng, 2)
    cross = noise3(np.stack([y, x, spot.c * 0], -1), (1.0 * size, 0.07 * size, 10.0), rng, 1)
    grooves = np.clip(0.75 * marks + 0.4 * cross, -1, 1)
    skin = part.skin
    if _is_brass(part):
        colour = skin.colour * (0.72 + 0.45 * grooves[..., None])
    else:
        pale = single((0.36, 0.32, 0.28)) if skin.colour.mean() < 0.3 else single((0.50, 0.40, 0.28))
        colour = skin.colour + (pale - skin.colour) * np.clip(0.35 + 0.75 * grooves, 0, 0.9)[..., None]
    return Change(
        share > 0.3, 0.016 * size * grooves * share, *_mix(part, share, colour, 0.6, float(_is_brass(part)))
    )


MARKS: dict[str, Callable[[Part, Spot, float, Random], Change]] = {
    "scratch": _scratch, "crack": _crack, "dent": _dent, "chip": _chip, "pit": _pit,
    "tarnish": _tarnish, "solder": _solder, "rough": _rough,
}  # fmt: skip
