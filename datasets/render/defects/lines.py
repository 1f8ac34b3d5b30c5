"""Marks that are lines: scratch and crack."""

from itertools import pairwise

import numpy as np

from ubora.datasets.render.defects.marks import Change, Colour, Spot, mixed, turned
from ubora.datasets.render.noise import Floats, Random, single, smoothstep
from ubora.datasets.render.shapes import Part


def scratch(part: Part, spot: Spot, size: float, rng: Random) -> Change:
    """One deep line, a curve, or a bundle; a thrown-up edge beside it catches the light."""
    kind = str(rng.choice(["deep", "curve", "bundle", "pair"], p=[0.3, 0.22, 0.3, 0.18]))
    count = {"deep": 1, "curve": 1, "bundle": int(rng.integers(4, 9)), "pair": 2}[kind]
    angle = rng.uniform(0, np.pi)
    core, burr = np.zeros(spot.a.shape), np.zeros(spot.a.shape)
    for _ in range(count):
        x, y = turned(spot, angle + rng.normal(0, 0.08 if kind == "bundle" else 0.2))
        half = size * rng.uniform(0.45, 1.0)
        t = np.linspace(-half, half, 9)
        bow = rng.choice([-1, 1]) * rng.uniform(0.35, 0.8) if kind == "curve" else rng.normal(0, 0.12)
        aside = rng.normal(0, 0.16 if kind == "bundle" else 0.1) * size
        path = np.stack([t + rng.normal(0, 0.15) * size, aside + bow * t * t / half], -1)
        gap, along = _path_distance(x, y, path)
        thin = 0.6 if kind == "bundle" else 1.25 if kind == "deep" else 1.0
        width = np.maximum(size * rng.uniform(0.026, 0.044) * thin, 0.95 * spot.step_cm)
        width = width * (0.45 + 1.1 * np.sqrt(np.clip(along * (1 - along), 0, 1)))
        core = np.maximum(core, smoothstep(1.25, 0.55, single(gap / width)))
        burr = np.maximum(burr, np.exp(-(((gap / width - 1.5) / 0.5) ** 2)))
    core, burr = core * spot.near, burr * spot.near * (1 - core)
    colour, rough = _scratched(spot, rng)
    deep = min(0.03 * size, 0.3 * part.wall_cm)
    skin, rougher, metal = mixed(part, core * 0.9, colour, rough, float(spot.metal))
    skin = np.clip(skin * (1 + (0.25 if spot.metal else 0.1) * burr[..., None]), 0, 1)
    return Change(core > 0.25, deep * (0.25 * burr - core), skin, rougher, metal)


def _scratched(spot: Spot, rng: Random) -> tuple[Colour, float]:
    """Fresh metal shines, old scratches hold dirt; scratched horn is pale and scratched bone dark."""
    if spot.metal:
        return ((0.99, 0.92, 0.70), 0.45) if rng.random() < 0.5 else ((0.14, 0.09, 0.05), 0.6)
    if spot.dark:
        return (0.46, 0.40, 0.33), 0.7
    return ((0.24, 0.17, 0.11), 0.7) if rng.random() < 0.7 else ((0.97, 0.95, 0.90), 0.8)


def crack(part: Part, spot: Spot, size: float, rng: Random) -> Change:
    """A dark line that wanders and may branch; in horn it follows the fibre, lifted at one side."""
    fibre = not spot.metal and rng.random() < 0.6
    angle = float(np.arctan2(spot.grain[1], spot.grain[0])) if fibre else rng.uniform(0, np.pi)
    x, y = turned(spot, angle)
    half = size * rng.uniform(0.5, 1.0)
    t = np.linspace(-half, half, 14)
    wander = np.cumsum(rng.normal(0, (0.025 if fibre else 0.07) * size, 14))
    main = np.stack([t, wander - wander[7]], -1)
    paths = [(main, 1.0)]
    for _ in range(0 if fibre else int(rng.choice([0, 1, 2, 3], p=[0.35, 0.3, 0.2, 0.15]))):
        start = main[int(rng.integers(3, 11))]
        way = rng.uniform(0.4, 1.0) * rng.choice([-1, 1])
        steps = np.cumsum(
            np.stack([np.full(6, np.cos(way)), np.full(6, np.sin(way))], -1) * 0.07 * size
            + rng.normal(0, 0.02 * size, (6, 2)),
            0,
        )
        paths.append((np.vstack([start, start + steps]), 0.7))
    share = np.zeros(spot.a.shape)
    hair = float(rng.choice([0.5, 0.8, 1.15], p=[0.3, 0.5, 0.2]))
    for path, thick in paths:
        gap, along = _path_distance(x, y, path)
        middle = 0.45 + 0.75 * np.sqrt(np.clip(4 * along * (1 - along), 0, 1))
        taper = np.clip(1.3 - along, 0.35, 1) if thick < 1 else middle
        width = np.maximum(size * rng.uniform(0.024, 0.036) * thick * hair, 0.9 * spot.step_cm) * taper
        share = np.maximum(share, smoothstep(1.2, 0.6, single(gap / width)))
    share = share * spot.near
    lifted = np.zeros_like(share)
    if fibre:
        # A delaminated layer stands up a little along the crack.
        beside = np.exp(-((y / (0.16 * size)) ** 2)) * (y > 0) * (np.abs(x) < half)
        lifted = 0.012 * size * beside * spot.near * (1 - share)
    deep = min(0.035 * size, 0.4 * part.wall_cm)
    return Change(share > 0.25, lifted - deep * share, *mixed(part, share, (0.012, 0.009, 0.007), 0.9, 0.0))


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
