"""What lies around the piece: leaves, beads, wire, coins, tools, packaging, fingers. Never a defect."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ubora.datasets.render.clutter import findings, nature, packaging, tools
from ubora.datasets.render.ground.places import height_at
from ubora.datasets.render.noise import Bools, Floats, Random
from ubora.datasets.render.shapes import Part, turn

THINGS: dict[str, tuple[Callable[[Random], list[Part]], float]] = {
    "leaves": (nature.leaves, 2.0), "petals": (nature.petals, 1.6), "succulent": (nature.succulent, 1.5),
    "pods": (nature.pods, 1.0), "twigs": (nature.twigs, 0.8), "pebbles": (nature.pebbles, 1.0),
    "crumbs": (nature.crumbs, 1.2), "fingers": (nature.fingers, 1.0),
    "beads": (findings.beads, 2.0), "seed-beads": (findings.seed_string, 1.4), "coil": (findings.coil, 1.2),
    "net": (findings.net, 1.2), "chain": (findings.chain, 1.8), "jump-rings": (findings.jump_rings, 1.2),
    "rivets": (findings.rivets, 0.9), "coins": (findings.coins, 1.0), "cord": (findings.cord, 1.3),
    "button": (findings.button, 0.7), "piece": (findings.other_pieces, 2.2),
    "pencil": (tools.pencil, 0.8), "matches": (tools.matches, 0.6), "pliers": (tools.pliers, 0.9),
    "file": (tools.file, 0.8), "hammer": (tools.hammer, 0.5), "tweezers": (tools.tweezers, 0.6),
    "ruler": (tools.ruler, 0.7), "spool": (tools.spool, 0.8),
    "price-tag": (packaging.price_tag, 1.0), "card": (packaging.card, 0.7), "box": (packaging.box, 0.8),
    "pouch": (packaging.pouch, 0.6), "ribbon": (packaging.ribbon, 0.8), "cloth": (packaging.cloth_scrap, 0.7),
    "block": (packaging.sponge, 0.4),
}  # fmt: skip
"""Each kind of thing, true to size in cm around the origin, and its weight in the draw."""
COUNTS = (0.12, 0.16, 0.2, 0.18, 0.14, 0.1, 0.06, 0.04)
"""How often nothing, one thing, two, … lies around a piece."""
MOST_VERTICES = 100_000


def clutter(reach_cm: float, rng: Random, ground: Part | None = None) -> list[Part]:
    """Things around a piece of radius `reach_cm` that lies at the origin; none touches that circle.

    They lie on z = 0, or on `ground` where it is given; what would stand askew there, on a rim or beyond a
    table's edge, is left out.
    """
    names = list(THINGS)
    shares = np.array([weight for _, weight in THINGS.values()])
    taken: list[Floats] = []
    parts: list[Part] = []
    vertices = 0
    for number in range(int(rng.choice(len(COUNTS), p=COUNTS))):
        name = names[int(rng.choice(len(names), p=shares / shares.sum()))]
        things = THINGS[name][0](rng)
        vertices += sum(p.points.shape[0] * p.points.shape[1] for p in things)
        if vertices > MOST_VERTICES:
            break
        placed = _placed(things, name, reach_cm, taken, ground, rng)
        parts += [replace(p, name=f"clutter{number}-{i}-{p.name}") for i, p in enumerate(placed)]
    return parts


def _placed(
    things: list[Part], name: str, reach_cm: float, taken: list[Floats], ground: Part | None, rng: Random
) -> list[Part]:
    """The things moved to a free place, or none of them; `taken` gains the places that they cover."""
    cloud = np.concatenate([p.points.reshape(-1, 3)[::3] for p in things])
    for _ in range(5):
        azimuth = rng.uniform(0, 360)
        spin = turn("z", azimuth if name == "fingers" else rng.uniform(0, 360))
        spun = cloud @ spin.T
        way = np.array([np.cos(np.radians(azimuth)), np.sin(np.radians(azimuth))])
        gap = reach_cm * (0.03 + rng.exponential(0.22)) + 0.05
        middle = np.zeros(2) if name == "fingers" else spun[:, :2].mean(0)
        flat = spun[:, :2] - middle
        flat = flat + way * _step_back(flat, way, reach_cm + gap)
        if any(_overlap(flat, other, reach_cm) for other in taken):
            continue
        lift = 0.0 if ground is None else _level(ground, flat, name)
        if lift is None:
            continue
        taken.append(flat)
        offset = np.array([*(flat[0] - spun[0, :2]), lift - min(0.0, float(cloud[:, 2].min()))])
        return [p.moved(spin, offset) for p in things]
    return []


def _step_back(flat: Floats, way: Floats, clear_cm: float) -> float:
    """How far points (N, 2) must go along `way` (2,) until none is nearer to the origin than `clear_cm`."""
    along = flat @ way
    beside = np.abs(flat @ np.array([-way[1], way[0]]))
    hits = beside < clear_cm
    if not hits.any():
        return 0.0
    return float(max(0.0, (np.sqrt(clear_cm**2 - beside[hits] ** 2) - along[hits]).max()))


def _cells(flat: Floats, reach_cm: float) -> Bools:
    grid = np.zeros((96, 96), bool)
    cell = np.clip((flat / (5 * reach_cm) + 0.5) * 96, 0, 95).astype(int)
    grid[cell[:, 1], cell[:, 0]] = True
    return grid


def _overlap(one: Floats, other: Floats, reach_cm: float) -> bool:
    return bool((_cells(one, reach_cm) & _cells(other, reach_cm)).any())


def _level(ground: Part, flat: Floats, name: str) -> float | None:
    """How high things with these points (N, 2) lie, or None where the ground under them is too uneven."""
    height = height_at(ground, flat[::7, 0], flat[::7, 1])
    if name in ("leaves", "petals", "crumbs", "cord", "ribbon"):
        return float(height.mean()) if np.ptp(height) < 0.6 else None
    return float(np.quantile(height, 0.7)) if np.ptp(height) < 0.25 else None
