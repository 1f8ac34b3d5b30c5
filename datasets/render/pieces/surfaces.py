"""What brass, horn, bone, dark wood, ceramic and cord look like, hammer marks included.

Each function takes rest points (V, U, 3) in cm and answers a Skin and a height (V, U) in cm, outward.
"""

import numpy as np
from scipy.spatial import cKDTree

from ubora.datasets.render.designs.catalogue import Design
from ubora.datasets.render.designs.hands import Hand
from ubora.datasets.render.noise import Floats, Random, blend, linear, noise3, single, smoothstep
from ubora.datasets.render.shapes import Skin, plain_skin

BRASS = (0.91, 0.71, 0.34)
"""Reflectance of clean brass at normal incidence, linear."""
HORN_RAMP = (
    (0.010, 0.008, 0.007),
    (0.030, 0.016, 0.010),
    (0.11, 0.047, 0.017),
    (0.42, 0.20, 0.055),
    (0.64, 0.43, 0.18),
)
GLAZES = (
    (0.10, 0.30, 0.62), (0.72, 0.16, 0.10), (0.08, 0.42, 0.38), (0.86, 0.58, 0.12), (0.92, 0.90, 0.84),
    (0.30, 0.16, 0.45), (0.16, 0.12, 0.10), (0.20, 0.50, 0.26), (0.80, 0.38, 0.20),
)  # fmt: skip
"""Colours (sRGB) of glazed beads."""


def material(
    design: Design, hand: Hand, points: Floats, streak: int, rng: Random, stuff: str = ""
) -> tuple[Skin, Floats]:
    """The clean surface of a design, or of its part of another `stuff`.

    `streak` is the space axis along which grain and brushing run.
    """
    tone = float(np.clip(design.tone + 0.24 * hand.tone, -1.7, 1.7))
    stuff = stuff or design.body
    if stuff == "horn":
        return _horn(design, tone, points, streak, rng)
    if stuff == "bone":
        return _bone(design, hand, tone, points, streak, rng)
    if stuff == "wood":
        return _wood(tone, points, streak, rng)
    if stuff == "ceramic":
        return _ceramic(design, tone, points, rng)
    return _brass(design, hand, tone, points, streak, rng)


def brass_wire(shape: tuple[int, int], rng: Random, roughness: float = 0.3) -> Skin:
    """Plain brass for bails, hooks, pins and wire."""
    colour = single(BRASS) * single(rng.uniform(0.75, 1.0))
    return Skin(
        np.broadcast_to(colour, (*shape, 3)).copy(),
        np.full(shape, roughness, np.float32),
        np.ones(shape, np.float32),
    )


def wire_skin(design: Design, hand: Hand, shape: tuple[int, int], rng: Random) -> Skin:
    """Brass wire in a design's own finish, evenly coloured, with a faint drift along it (V, U)."""
    tone = float(np.clip(design.tone + 0.24 * hand.tone, -1.7, 1.7))
    colour = blend(single(BRASS)[None], (0.90, 0.60, 0.30), np.clip(single([0.3 - 0.35 * tone]), 0, 1))[0]
    if design.finish == "aged":
        colour = 0.45 * colour + 0.55 * single((0.30, 0.19, 0.09))
    t = np.linspace(0, 2 * np.pi, shape[1])
    drift = 1 + 0.04 * np.sin(t + rng.uniform(0, 6)) + 0.03 * np.sin(3 * t + rng.uniform(0, 6))
    base = {"polished": 0.17, "satin": 0.36, "hammered": 0.25, "aged": 0.42}[design.finish]
    return Skin(
        np.broadcast_to(single(np.clip(colour * 0.93 * drift[None, :, None], 0, 1)), (*shape, 3)).copy(),
        np.full(shape, base + rng.uniform(-0.02, 0.04), np.float32),
        np.ones(shape, np.float32),
    )


def cord_skin(shape: tuple[int, int], rng: Random) -> Skin:
    """Waxed thread or leather, dark or dyed, twisted (V, U)."""
    dye = ((0.10, 0.07, 0.05), (0.30, 0.19, 0.11), (0.62, 0.53, 0.40), (0.45, 0.10, 0.08), (0.08, 0.09, 0.1))
    skin = plain_skin(shape, linear(*dye[int(rng.integers(len(dye)))]), 0.75)
    v, u = np.mgrid[0 : shape[0], 0 : shape[1]]
    twist = 0.85 + 0.15 * np.sin(2 * np.pi * (3 * v / shape[0] + 0.22 * u))
    return Skin(single(skin.colour * twist[..., None]), skin.roughness, skin.metallic)


def _brass(
    design: Design, hand: Hand, tone: float, points: Floats, streak: int, rng: Random
) -> tuple[Skin, Floats]:
    cloud = noise3(points, 0.9, rng, 2)
    fine = noise3(points, 0.12, rng, 1)
    # An uneven hand polishes one place more than the next.
    blotch = np.clip(0.15 + 0.045 * abs(hand.tone), 0, 0.32)
    red_share = np.clip(0.3 - 0.35 * tone + blotch * cloud, 0, 1)
    colour = blend(np.broadcast_to(single(BRASS), (*points.shape[:2], 3)), (0.90, 0.60, 0.30), red_share)
    base = {"polished": 0.15, "satin": 0.36, "hammered": 0.23, "aged": 0.42}[design.finish]
    roughness = base + rng.uniform(-0.03, 0.05) + 0.035 * cloud + 0.02 * fine
    metallic = np.ones(points.shape[:2], np.float32)
    height = 0.0008 * cloud
    if design.finish in ("satin", "aged"):
        cell = [0.05, 0.05, 0.05]
        cell[streak] = 1.6
        brushed = noise3(points, (cell[0], cell[1], cell[2]), rng, 2)
        roughness = roughness + 0.06 * brushed
        height = height + 0.0006 * brushed
        colour = colour * (1 + 0.05 * brushed[..., None])
    if design.finish == "hammered":
        bowls, planish = _hammered(design, hand, points, rng)
        height = height + bowls
        # The hammer's face leaves each bowl a little smoother or duller than the next.
        roughness = roughness + 0.03 * planish
        colour = colour * (1 + 0.02 * planish[..., None])
    if design.finish == "aged":
        # Even, all-over patina is a finish, not tarnish: it has no edge and no verdigris.
        worn = smoothstep(-0.9, 0.9, cloud + 0.5 * fine)
        patina = (0.75 - 0.45 * worn) * (0.85 - 0.3 * tone)
        colour = blend(colour, (0.30, 0.19, 0.09), np.clip(patina, 0, 0.9))
        roughness = roughness + 0.1 * patina
    else:
        colour = colour * (0.95 + 0.05 * cloud[..., None])
    return Skin(np.clip(colour, 0, 1), np.clip(roughness, 0.1, 0.9), metallic), height


def _hammered(design: Design, hand: Hand, points: Floats, rng: Random) -> tuple[Floats, Floats]:
    """Shallow bowls that meet in soft ridges (height), and how hard each blow was (about -1 to 1).

    A strict hand sets blow beside blow, alike; a free one wanders, overlaps and strikes unevenly.
    """
    free = float(np.clip(abs(hand.rhythm) / 3.7, 0, 1.15))
    hard = float(np.clip(abs(hand.relief) / 3.7, 0, 1.15))
    pitch = design.pitch_cm * float(np.clip(1 + 0.09 * hand.rhythm, 0.65, 1.5))
    flat = points.reshape(-1, 3)
    order = rng.permutation(len(flat))
    cells = np.floor(flat[order] / pitch).astype(np.int64)
    _, first = np.unique(cells @ np.array([1, 10_007, 100_000_007]), return_index=True)
    at = order[first]
    middle = (np.floor(flat[at] / pitch) + 0.5) * pitch
    # Toward the cell's middle for an even hand, anywhere in the cell and beyond for a free one.
    spread = 0.2 + 0.9 * free
    wanted = middle + spread * (flat[at] - middle) + 0.3 * free * pitch * rng.normal(size=middle.shape)
    _, nearest = cKDTree(flat[:: max(1, len(flat) // 40_000)]).query(wanted)
    centres = flat[:: max(1, len(flat) // 40_000)][nearest]
    strength = np.clip(1 + (0.06 + 0.55 * hard) * rng.uniform(-1, 1, len(centres)), 0.12, 2.0)
    reach = 0.72 * pitch * np.clip(1 + (0.04 + 0.3 * free) * rng.uniform(-1, 1, len(centres)), 0.55, 1.6)
    distance, which = cKDTree(centres).query(flat)
    bowl = np.minimum(1.0, (distance / reach[which]) ** 2) - 1
    depth = design.relief_cm * float(np.clip(1 + 0.12 * hand.relief, 0.5, 1.6))
    field = points.shape[:2]
    return single((depth * strength[which] * bowl).reshape(field)), single(
        (strength[which] - 1).reshape(field)
    )


def _horn(design: Design, tone: float, points: Floats, streak: int, rng: Random) -> tuple[Skin, Floats]:
    """Streaks in two depths: sharp ones at the surface, soft ones that shine through from within."""
    size = float(np.ptp(points.reshape(-1, 3), axis=0).max())
    cell = np.array([0.16, 0.16, 0.16]) * (0.5 + size / 6)
    cell[streak] *= rng.uniform(6, 14)
    wavy = points + 0.3 * cell.min() * noise3(points, size / 3, rng, 1)[..., None]
    sharp = noise3(wavy, (cell[0], cell[1], cell[2]), rng, 3)
    inner = 2.6 * cell
    deep = noise3(wavy + 0.4 * inner.min(), (inner[0], inner[1], inner[2]), rng, 1)
    broad = noise3(points, size * 0.45, rng, 1)
    # Pale horn is milky amber with soft clouds; sharp brown streaks in it would make it wood.
    pale = float(np.clip(0.34 + 0.2 * tone, 0, 0.58))
    streaky = 0.24 - 0.2 * max(0.0, pale - 0.3)
    t = np.clip(pale + streaky * sharp + 0.22 * deep + 0.3 * broad, 0, 0.97)
    stops = np.linspace(0, 1, len(HORN_RAMP))
    ramp = np.array(HORN_RAMP)
    colour = np.stack([np.interp(t, stops, ramp[:, i]) for i in range(3)], -1).astype(np.float32)
    colour = blend(colour, single((0.62, 0.33, 0.09)), _thin(points) * (0.12 + 0.3 * smoothstep(0.3, 0.8, t)))
    polished = design.finish == "polished"
    roughness = (0.24 if polished else 0.42) + 0.05 * sharp
    coat = 0.9 if polished else 0.2
    height = 0.0006 * sharp
    return Skin(np.clip(colour, 0, 1), np.clip(roughness, 0.1, 0.9), np.zeros_like(roughness), coat), height


def _thin(points: Floats) -> Floats:
    """Where the surface turns quickly, light comes through from the other side: 0–1 (V, U)."""
    section = points.mean(1)
    if len(section) < 12:
        return np.zeros(points.shape[:2], np.float32)
    step = np.roll(points, -1, 0) - points
    step = step / (np.linalg.norm(step, axis=-1, keepdims=True) + 1e-9)
    bend = np.linalg.norm(step - np.roll(step, 2, 0), axis=-1)
    return single(np.clip(bend / (np.quantile(bend, 0.97) + 1e-6), 0, 1) ** 2)


def _bone(
    design: Design, hand: Hand, tone: float, points: Floats, streak: int, rng: Random
) -> tuple[Skin, Floats]:
    size = float(np.ptp(points.reshape(-1, 3), axis=0).max())
    blotch = 0.25 + 0.05 * abs(hand.tone)
    yellow = np.clip(0.35 - 0.32 * tone + blotch * noise3(points, size * 0.4, rng, 2), 0, 1)
    colour = blend(
        np.broadcast_to(single(linear(0.92, 0.88, 0.79)), (*points.shape[:2], 3)),
        linear(0.85, 0.74, 0.54),
        yellow,
    )
    # Short canals seen as faint dashes and points; the smooth ground between them keeps it from being wood.
    cell = np.array([0.026, 0.026, 0.026]) * (0.6 + size / 9)
    cell[streak] *= 5
    grain = noise3(points, (cell[0], cell[1], cell[2]), rng, 1)
    patch = smoothstep(-0.1, 0.7, noise3(points, size * 0.25, rng, 1))
    pores = smoothstep(0.74, 0.98, grain) * (0.25 + 0.75 * patch) * rng.uniform(0.13, 0.34)
    colour = colour * (1 + 0.012 * grain[..., None])
    colour = blend(colour, linear(0.60, 0.49, 0.36), pores)
    polished = design.finish == "polished"
    roughness = (0.3 if polished else 0.48) + 0.02 * grain + 0.1 * pores
    height = -0.001 * pores
    coat = 0.45 if polished else 0.05
    return Skin(np.clip(colour, 0, 1), np.clip(roughness, 0.1, 0.9), np.zeros_like(roughness), coat), height


def _wood(tone: float, points: Floats, streak: int, rng: Random) -> tuple[Skin, Floats]:
    size = float(np.ptp(points.reshape(-1, 3), axis=0).max())
    cell = np.array([0.07, 0.07, 0.07]) * (0.5 + size / 6)
    cell[streak] *= 12
    rings = noise3(points, (cell[0], cell[1], cell[2]), rng, 2)
    t = np.clip(0.4 + 0.2 * tone + 0.3 * rings, 0, 1)
    colour = blend(
        np.broadcast_to(single(linear(0.16, 0.10, 0.07)), (*points.shape[:2], 3)), linear(0.42, 0.25, 0.15), t
    )
    roughness = single(0.42 + 0.05 * rings)
    return Skin(np.clip(colour, 0, 1), roughness, np.zeros_like(roughness), 0.15), single(0.0006 * rings)


def _ceramic(design: Design, tone: float, points: Floats, rng: Random) -> tuple[Skin, Floats]:
    """Glazed clay: one of the design's few colours, pooled a little, finely speckled."""
    own = design.own
    palette = own.permutation(len(GLAZES))[:3]
    glaze = GLAZES[int(palette[int(rng.integers(3))])]
    size = float(np.ptp(points.reshape(-1, 3), axis=0).max())
    pool = noise3(points, size * 0.5, rng, 2)
    speck = smoothstep(0.75, 0.95, noise3(points, 0.03 + 0.02 * size, rng, 1)) * own.uniform(0, 0.5)
    base = single(linear(*glaze)) * (1 + 0.12 * tone + 0.18 * pool[..., None])
    colour = blend(base, (0.05, 0.035, 0.02), speck)
    roughness = np.full(points.shape[:2], 0.3, np.float32)
    return Skin(np.clip(colour, 0, 1), roughness, np.zeros_like(roughness), 1.0), single(0.002 * pool)
