"""What brass, horn and bone look like, and the marks on them that are wanted: hammering, engraving, streaks.

Each function takes rest points (V, U, 3) in cm and answers a Skin and a height (V, U) in cm, outward.
"""

from dataclasses import replace

import numpy as np
from scipy.spatial import cKDTree

from datasets.render.designs import Design, Hand
from datasets.render.noise import Floats, Random, blend, linear, noise3, single, smoothstep
from datasets.render.shapes import Skin

BRASS = (0.91, 0.71, 0.34)
"""Reflectance of clean brass at normal incidence, linear."""
HORN_RAMP = (
    (0.010, 0.008, 0.007),
    (0.035, 0.018, 0.010),
    (0.15, 0.065, 0.022),
    (0.48, 0.25, 0.08),
    (0.70, 0.55, 0.34),
)


def material(design: Design, hand: Hand, points: Floats, streak: int, rng: Random) -> tuple[Skin, Floats]:
    """The clean surface of a design; `streak` is the space axis along which grain and brushing run."""
    tone = float(np.clip(design.tone + 0.22 * hand.tone, -1.6, 1.6))
    if design.material == "horn":
        return _horn(design, tone, points, streak, rng)
    if design.material == "bone":
        return _bone(design, tone, points, streak, rng)
    return _brass(design, hand, tone, points, streak, rng)


def brass_wire(shape: tuple[int, int], rng: Random, roughness: float = 0.3) -> Skin:
    """Plain brass for bails, hooks, pins and wire."""
    colour = single(BRASS) * single(rng.uniform(0.75, 1.0))
    return Skin(
        np.broadcast_to(colour, (*shape, 3)).copy(),
        np.full(shape, roughness, np.float32),
        np.ones(shape, np.float32),
    )


def _brass(
    design: Design, hand: Hand, tone: float, points: Floats, streak: int, rng: Random
) -> tuple[Skin, Floats]:
    cloud = noise3(points, 0.9, rng, 3)
    fine = noise3(points, 0.12, rng, 2)
    red_share = np.clip(0.3 - 0.35 * tone + 0.15 * cloud, 0, 1)
    colour = blend(np.broadcast_to(single(BRASS), (*points.shape[:2], 3)), (0.90, 0.60, 0.30), red_share)
    base = {"polished": 0.16, "satin": 0.38, "hammered": 0.25, "aged": 0.42}[design.finish]
    roughness = base + rng.uniform(-0.03, 0.06) + 0.035 * cloud + 0.02 * fine
    metallic = np.ones(points.shape[:2], np.float32)
    height = 0.0008 * cloud
    if design.finish in ("satin", "aged"):
        cell = [0.05, 0.05, 0.05]
        cell[streak] = 1.6
        brushed = noise3(points, (cell[0], cell[1], cell[2]), rng, 2)
        roughness = roughness + 0.06 * brushed
        height = height + 0.0007 * brushed
        colour = colour * (1 + 0.05 * brushed[..., None])
    if design.finish == "hammered":
        height = height + _hammered(design, hand, points, rng)
    if design.finish == "aged":
        # Even, all-over patina is a finish, not tarnish: it has no edge and no verdigris.
        worn = smoothstep(-0.9, 0.9, cloud + 0.5 * fine)
        patina = (0.75 - 0.45 * worn) * (0.85 - 0.3 * tone)
        colour = blend(colour, (0.30, 0.19, 0.09), np.clip(patina, 0, 0.9))
        roughness = roughness + 0.1 * patina
    else:
        colour = colour * (0.96 + 0.04 * cloud[..., None])
    return Skin(np.clip(colour, 0, 1), np.clip(roughness, 0.1, 0.9), metallic), height


def _hammered(design: Design, hand: Hand, points: Floats, rng: Random) -> Floats:
    """Shallow bowls that meet in soft ridges; the hand changes their depth and rhythm."""
    pitch = design.pitch_cm * float(np.clip(1 + 0.10 * hand.rhythm, 0.55, 1.6))
    depth = design.relief_cm * float(np.clip(1 + 0.16 * hand.relief, 0.25, 1.8))
    flat = points.reshape(-1, 3)
    order = rng.permutation(len(flat))
    # One candidate a cell, then thinned by a random shift, gives the uneven rhythm of a hand.
    cells = np.floor(flat[order] / pitch).astype(np.int64)
    _, first = np.unique(cells @ np.array([1, 10_007, 100_000_007]), return_index=True)
    centres = flat[order][first]
    distance, which = cKDTree(centres).query(flat)
    strength = rng.uniform(0.6, 1.25, len(centres))[which]
    bowl = np.minimum(1.0, (distance / (0.72 * pitch)) ** 2) - 1
    return single((depth * strength * bowl).reshape(points.shape[:2]))


def _horn(design: Design, tone: float, points: Floats, streak: int, rng: Random) -> tuple[Skin, Floats]:
    # A straight rod of horn was cut from the horn's length: streaks run along it, slightly bent.
    size = float(np.ptp(points.reshape(-1, 3), axis=0).max())
    cell = np.array([0.16, 0.16, 0.16]) * (0.5 + size / 6)
    cell[streak] *= rng.uniform(6, 14)
    wavy = points + 0.25 * cell.min() * noise3(points, size / 3, rng, 1)[..., None]
    streaks = noise3(wavy, (cell[0], cell[1], cell[2]), rng, 3)
    broad = noise3(points, size * 0.45, rng, 2)
    t = np.clip(0.36 + 0.30 * tone + 0.30 * streaks + 0.40 * broad, 0, 1)
    stops = np.linspace(0, 1, len(HORN_RAMP))
    ramp = np.array(HORN_RAMP)
    colour = np.stack([np.interp(t, stops, ramp[:, i]) for i in range(3)], -1).astype(np.float32)
    roughness = (0.2 if design.finish == "polished" else 0.42) + 0.04 * streaks
    height = 0.0008 * streaks
    coat = 0.8 if design.finish == "polished" else 0.15
    return Skin(colour, np.clip(roughness, 0.1, 0.9), np.zeros_like(roughness), coat), height


def _bone(design: Design, tone: float, points: Floats, streak: int, rng: Random) -> tuple[Skin, Floats]:
    size = float(np.ptp(points.reshape(-1, 3), axis=0).max())
    yellow = np.clip(0.35 - 0.3 * tone + 0.25 * noise3(points, size * 0.4, rng, 2), 0, 1)
    colour = blend(
        np.broadcast_to(single(linear(0.93, 0.90, 0.82)), (*points.shape[:2], 3)),
        linear(0.87, 0.78, 0.60),
        yellow,
    )
    cell = np.array([0.03, 0.03, 0.03]) * (0.5 + size / 8)
    cell[streak] *= 9
    grain = noise3(points, (cell[0], cell[1], cell[2]), rng, 2)
    # Little grain contrast is right: more of it looks like wood.
    colour = colour * (1 + 0.025 * grain[..., None])
    pores = smoothstep(0.78, 0.95, grain) * rng.uniform(0.1, 0.35)
    colour = blend(colour, linear(0.62, 0.52, 0.38), pores)
    roughness = (0.3 if design.finish == "polished" else 0.5) + 0.03 * grain
    height = -0.0012 * pores
    coat = 0.35 if design.finish == "polished" else 0.0
    return Skin(np.clip(colour, 0, 1), np.clip(roughness, 0.1, 0.9), np.zeros_like(roughness), coat), height


def inlaid(
    skin: Skin, height: Floats, where: Floats, colour: tuple[float, float, float], metal: bool
) -> tuple[Skin, Floats]:
    """Another material let in flush where `where` (V, U) is 1, with a fine seam around it."""
    seam = np.clip(4 * where * (1 - where), 0, 1)
    mixed = blend(blend(skin.colour, colour, where), (0.02, 0.016, 0.012), 0.7 * seam)
    metallic = np.clip(skin.metallic * (1 - where) + (where if metal else 0), 0, 1)
    return replace(skin, colour=mixed, metallic=metallic), height * (1 - where) - 0.004 * seam


def engraved(skin: Skin, height: Floats, lines: Floats, depth_cm: float, dark: float) -> tuple[Skin, Floats]:
    """Wanted lines cut `depth_cm` deep where `lines` (V, U) is 1; `dark` 0–1 is the dirt in them."""
    colour = blend(skin.colour, skin.colour * 0.18, np.clip(lines * dark, 0, 1))
    roughness = np.clip(skin.roughness + 0.25 * lines, 0, 1)
    return replace(skin, colour=colour, roughness=roughness), height - depth_cm * lines
