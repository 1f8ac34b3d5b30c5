"""Missing: a bead, link, rivet, stone, dangle or layer that is gone, or an inlaid tile fallen out."""

from dataclasses import replace

import numpy as np

from ubora.datasets.render.defects.marks import DEEPEST
from ubora.datasets.render.noise import Floats, Random, noise3, single
from ubora.datasets.render.pieces.findings import GLUE
from ubora.datasets.render.shapes import Part, normals, shut


def lose(
    parts: list[Part], gone: dict[str, int], number: int, size: float, rng: Random
) -> tuple[Floats, Floats]:
    """Take one thing away from `parts`, in place; answers where it was (3,) and the way it faced (3,)."""
    groups = list(dict.fromkeys(p.group for p in parts if p.group))
    inlaid = [i for i, p in enumerate(parts) if p.inlay is not None and int(p.inlay.max()) > 0]
    if inlaid and (not groups or rng.random() < 0.7):
        return _emptied(parts, int(rng.choice(inlaid)), number, rng)
    if not groups:
        return parts[0].points.mean((0, 1)), np.array([0, 0, 1.0])
    at = int(rng.integers(len(groups)))
    lost = {groups[at]}
    if size > 1.35 and groups[at].rstrip("0123456789") in ("bead0-", "bead1-", "bead2-"):
        lost.add(groups[(at + 1) % len(groups)])
    whole = np.concatenate([p.points.reshape(-1, 3) for p in parts]).mean(0)
    taken = [p for p in parts if p.group in lost]
    parts[:] = [p for p in parts if p.group not in lost]
    gone.update({p.name: number for p in taken})
    centre = np.concatenate([p.points.reshape(-1, 3) for p in taken]).mean(0)
    facing = (centre - whole) * [1, 1, 0]
    facing = 0.6 * facing / (np.linalg.norm(facing) + 1e-9) + np.array([0, 0, 0.8])
    return centre, facing / np.linalg.norm(facing)


def _emptied(parts: list[Part], index: int, number: int, rng: Random) -> tuple[Floats, Floats]:
    """One inlaid tile fallen out: an empty pocket with a rest of glue."""
    part = parts[index]
    assert part.inlay is not None
    tiles, counts = np.unique(part.inlay[part.inlay > 0], return_counts=True)
    big = tiles[counts > 0.4 * counts.max()]
    outward = normals(part.points, part.closing)
    where = part.inlay == int(rng.choice(big))
    centre = part.points[where].mean(0)
    facing = outward[where].mean(0)
    rest = np.clip(0.75 + 0.6 * noise3(part.points[where], 0.12, rng, 2), 0.05, 1.5)
    skin = replace(
        part.skin,
        colour=part.skin.colour.copy(),
        roughness=part.skin.roughness.copy(),
        metallic=part.skin.metallic.copy(),
    )
    skin.colour[where] = single(GLUE) * rest[:, None]
    skin.roughness[where] = 0.45
    skin.metallic[where] = 0
    deep = min(0.3 * part.wall_cm, 0.07, DEEPEST * part.wall_cm)
    points = part.points - outward * (deep * where)[..., None]
    prints = {**part.footprints, number: where}
    parts[index] = replace(part, points=shut(points, part.closing), skin=skin, footprints=prints)
    return centre, facing / (np.linalg.norm(facing) + 1e-9)
