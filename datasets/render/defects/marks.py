"""Marks with depth: dent, chip, pit; and the sight of a surface from one place on it, which all marks share.

Each mark takes the part, the sight of it from the defect's place, a size in cm, and answers a Change.
"""

from dataclasses import dataclass

import numpy as np

from ubora.datasets.render.noise import Bools, Floats, Random, noise3, single, smoothstep
from ubora.datasets.render.shapes import Part

DEEPEST = 0.7
"""Share of the wall that a displacement may reach."""
Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Spot:
    """Local sight of a surface from one point on it: a, b are cm in its tangent plane, c along its normal."""

    a: Floats
    b: Floats
    c: Floats
    near: Bools
    """The same side of the surface, so that nothing shows through to the back."""
    normal: Floats
    step_cm: float
    """From one grid point to the next there: nothing finer can be drawn."""
    metal: bool
    dark: bool
    grain: Floats
    """The direction (2,) in a, b of horn's or bone's fibres."""


@dataclass(frozen=True)
class Change:
    """What a mark does: where (V, U) bool, lift in cm, and the skin afterwards."""

    where: Bools
    lift: Floats
    colour: Floats
    roughness: Floats
    metallic: Floats
    points: Floats | None = None


def turned(spot: Spot, angle: float) -> tuple[Floats, Floats]:
    """The tangent plane's axes turned by an angle."""
    c, s = np.cos(angle), np.sin(angle)
    return c * spot.a + s * spot.b, c * spot.b - s * spot.a


def place(spot: Spot) -> Floats:
    """Where each grid point lies as seen from the spot (V, U, 3), in cm."""
    return np.stack([spot.a, spot.b, spot.c], -1)


def mixed(part: Part, share: Floats, colour: Colour | Floats, rough: float, metal: float) -> tuple[
    Floats, Floats, Floats
]:  # fmt: skip
    """Colour, roughness and metallic of a part with another skin where `share` (V, U) is 1."""
    skin = part.skin
    s = np.clip(share, 0, 1)
    return (
        skin.colour + (np.asarray(colour, np.float32) - skin.colour) * s[..., None],
        skin.roughness + (rough - skin.roughness) * s,
        skin.metallic + (metal - skin.metallic) * s,
    )


def dent(part: Part, spot: Spot, size: float, rng: Random) -> Change:
    """A blow: round from a hammer, long from an edge or a wire, with a lip and a scuffed floor."""
    radius = max(size * rng.uniform(0.24, 0.40), 4 * spot.step_cm)
    long = float(rng.choice([1.0, 1.25, 2.4], p=[0.45, 0.3, 0.25]))
    x, y = turned(spot, rng.uniform(0, np.pi))
    wobble = 0.1 * noise3(place(spot), radius, rng, 1)
    r = np.hypot(x / long**0.7, y * long**0.5) / radius + wobble
    steep = rng.uniform(0.9, 1.6)
    bowl = np.where(r < 1, (1 - np.clip(r, 0, 1) ** 2) ** steep, 0) * spot.near
    lip = np.exp(-(((r - 1.08) / 0.14) ** 2)) * spot.near
    deep = min(rng.uniform(0.42, 0.6) * radius, DEEPEST * part.wall_cm)
    skin = part.skin
    # What struck it left the floor duller and a little soiled; a polished floor would hide the dent.
    scuff = np.clip(bowl * (0.75 + 0.5 * noise3(place(spot), 0.3 * radius, rng, 2)), 0, 1)
    soil = rng.uniform(0.15, 0.5)
    return Change(
        (r < 1.12) & spot.near,
        deep * (0.2 * lip - bowl),
        skin.colour * (1 - soil * scuff[..., None]) * (1 + 0.08 * lip[..., None]),
        skin.roughness + 0.14 * scuff - 0.05 * lip,
        skin.metallic,
    )


def chip(part: Part, spot: Spot, size: float, rng: Random) -> Change:
    """A piece broken off an edge: everything beyond a rough, shell-like plane is cut back to it."""
    radius = max(size * rng.uniform(0.2, 0.36), 3 * spot.step_cm)
    reach = np.sqrt(spot.a**2 + spot.b**2 + spot.c**2)
    coarse = noise3(place(spot), 0.35 * radius, rng, 3)
    deep = min(0.55 * radius, 0.6 * part.wall_cm)
    bowl = deep * np.sqrt(np.clip(1 - (reach / (1.25 * radius)) ** 2, 0, 1))
    cut = np.where(bowl > 0, np.clip(spot.c + bowl * (1 + 0.35 * coarse), 0, None), 0)
    cut = np.where(reach < 1.25 * radius, np.minimum(cut, 1.2 * deep), 0) * (spot.c > -1.2 * deep)
    share = smoothstep(0.1 * deep, 0.35 * deep, single(cut))
    # Shells run around the point that was hit.
    shells = np.sin(16 * reach / radius + 2 * coarse)
    fresh = (0.36, 0.30, 0.23) if spot.dark else (0.74, 0.62, 0.44)
    if part.stuff == "ceramic":
        fresh = (0.62, 0.42, 0.30)
    colour = np.clip(
        single(fresh)[None, None] * (1 + 0.4 * coarse[..., None] + 0.15 * shells[..., None]), 0.01, 1
    )
    return Change(
        share > 0.3,
        0 * cut,
        *mixed(part, share, colour, 0.85, 0.0),
        points=part.points - spot.normal * cut[..., None],
    )


def pit(part: Part, spot: Spot, size: float, rng: Random) -> Change:
    """Pores: a cluster, or two or three single deep ones."""
    share = np.zeros(spot.a.shape)
    few = rng.random() < 0.3
    spread = size * rng.uniform(0.16, 0.36)
    count = int(rng.integers(2, 5)) if few else int(rng.integers(9, 28))
    for _ in range(count):
        x, y = rng.normal(0, spread, 2)
        radius = max(size * (rng.uniform(0.05, 0.08) if few else rng.uniform(0.02, 0.05)), 0.9 * spot.step_cm)
        gap = np.hypot(spot.a - x, (spot.b - y) * rng.uniform(0.8, 1.2))
        share = np.maximum(share, smoothstep(1.15, 0.6, single(gap / radius)))
    share = share * spot.near
    deep = min(0.05 * size, 0.4 * part.wall_cm)
    return Change(share > 0.25, -deep * share, *mixed(part, 0.92 * share, (0.02, 0.014, 0.01), 0.9, 0.0))
