"""What goes wrong with a piece: each defect changes shape and skin, and knows exactly where it lies.

`spoil` takes the clean parts and answers the spoiled ones; `footprints` on each part say where defect n lies,
on its own grid. Sizes are in cm for a piece of 6.5 cm and shrink with it.
Nothing is pressed in deeper than 70 % of the wall.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from datasets.render.designs import Design
from datasets.render.marks import DEEPEST, MARKS, Change, Spot
from datasets.render.noise import Floats, Random
from datasets.render.shapes import Part, normals

Severity = Literal["minor", "major", "critical"]

KINDS = {
    "brass": ("scratch", "crack", "dent", "pit", "tarnish", "solder", "rough", "bent"),
    "horn": ("scratch", "crack", "chip", "pit", "tarnish", "solder", "rough"),
    "bone": ("scratch", "crack", "chip", "pit", "tarnish", "solder", "rough"),
}


@dataclass(frozen=True)
class Plan:
    """One defect to make."""

    name: str
    severity: Severity
    size: float
    """1 is ordinary; 0.75–1.4."""
    seed: int


@dataclass(frozen=True)
class Spoiled:
    """The spoiled parts, and for each defect where it is (3,) and which way the surface faces there (3,)."""

    parts: list[Part]
    centres: list[Floats]
    facings: list[Floats]
    gone: dict[str, int]
    """Parts of the clean piece that are missing here, and by which defect."""


def draw_plans(design: Design, rng: Random) -> tuple[Plan, ...]:
    """No defect for about half of the pieces, else one or two different ones."""
    if rng.random() < 0.46:
        return ()
    kinds = list(KINDS[design.material])
    if design.category == "beads":
        kinds = [k for k in kinds if k not in ("bent", "rough")] + ["missing", "missing"]
    if design.form == "spiral":
        kinds = ["solder", "tarnish", "dent", "rough", "crack"]
    count = 2 if rng.random() < 0.35 else 1
    names = list(dict.fromkeys(rng.permutation(kinds)))[:count]
    plans = []
    for name in names:
        size = float(rng.uniform(0.75, 1.4))
        plans.append(Plan(str(name), _severity(str(name), size), size, int(rng.integers(2**31))))
    return tuple(plans)


def _severity(name: str, size: float) -> Severity:
    if name in ("crack", "missing"):
        return "critical"
    if name in ("chip", "bent"):
        return "critical" if size > 1.15 else "major"
    if name in ("dent", "solder", "rough"):
        return "major" if size > 0.95 else "minor"
    return "major" if size > 1.15 else "minor"


def spoil(design: Design, parts: list[Part], plans: tuple[Plan, ...]) -> Spoiled:
    """The clean parts with every planned defect worked in."""
    done = Spoiled(list(parts), [], [], {})
    scale = float(np.clip((2 * design.radius_cm / 6.5) ** 0.75, 0.3, 1.2))
    for number, plan in enumerate(plans):
        rng = np.random.default_rng(plan.seed)
        if plan.name == "missing":
            _lose_bead(done, number, rng)
            continue
        index = _target(done.parts, design, rng)
        part = done.parts[index]
        if plan.name == "bent":
            part, centre, facing = _bend(part, number, plan.size, design, rng)
        else:
            part, centre, facing = _mark(part, number, plan, scale, rng)
        done.parts[index] = part
        done.centres.append(centre)
        done.facings.append(facing)
    return done


def _target(parts: list[Part], design: Design, rng: Random) -> int:
    if design.category != "beads":
        return 0
    return int(rng.choice([i for i, p in enumerate(parts) if p.name.startswith("bead")]))


def _lose_bead(done: Spoiled, number: int, rng: Random) -> None:
    beads = [i for i, p in enumerate(done.parts) if p.name.startswith("bead")]
    at = int(rng.choice(beads))
    lost = done.parts.pop(at)
    done.gone[lost.name] = number
    centre = lost.points.mean((0, 1))
    done.centres.append(centre)
    done.facings.append(centre / (np.linalg.norm(centre) + 1e-9))


def _mark(part: Part, number: int, plan: Plan, scale: float, rng: Random) -> tuple[Part, Floats, Floats]:
    outward = normals(part.points, part.closing)
    at = _choose(part, outward, plan.name, rng)
    centre, facing = part.points[at], outward[at]
    spot = _look(part.points, outward, centre, facing, rng)
    extent = float(np.linalg.norm(np.ptp(part.points.reshape(-1, 3), axis=0)))
    size = plan.size * min(scale, extent / 4)
    change = MARKS[plan.name](part, spot, size, rng)
    return _applied(part, outward, change, number), centre, facing


def _applied(part: Part, outward: Floats, change: Change, number: int) -> Part:
    lift = np.clip(change.lift, -DEEPEST * part.wall_cm, None)
    base = part.points if change.points is None else change.points
    points = base + outward * lift[..., None]
    if part.closing == "rod":
        points[:, 0], points[:, -1] = points[:, 0].mean(0), points[:, -1].mean(0)
    if part.closing == "ball":
        points[0], points[-1] = points[0].mean(0), points[-1].mean(0)
    skin = replace(
        part.skin,
        colour=np.clip(change.colour, 0, 1),
        roughness=np.clip(change.roughness, 0.08, 1),
        metallic=np.clip(change.metallic, 0, 1),
    )
    return replace(part, points=points, skin=skin, footprints={**part.footprints, number: change.where})


def _choose(part: Part, outward: Floats, name: str, rng: Random) -> tuple[int, int]:
    """A vertex where this defect would be seen: facing up or outward, away from the ends."""
    points = part.points
    middle = points.reshape(-1, 3).mean(0)
    away = points - middle
    away = away * [1, 1, 0]
    away /= np.linalg.norm(away, axis=-1, keepdims=True) + 1e-9
    flat = float(np.ptp(points[..., 2])) < 0.2 * float(np.ptp(points[..., 0]))
    seen = (
        outward[..., 2]
        if flat and part.closing == "ball"
        else np.maximum(0.8 * outward[..., 2], np.sum(outward * away, -1))
    )
    if name == "chip":
        # Chips sit on edges: where the surface turns quickly.
        bend = np.linalg.norm(np.roll(outward, 4, 0) - np.roll(outward, -4, 0), axis=-1)
        seen = np.where(outward[..., 2] > -0.3, bend * (0.3 + np.clip(outward[..., 2], 0, 1)), -1)
        good = seen > np.quantile(seen, 0.9)
    else:
        good = seen > 0.55
    if part.closing == "rod":
        edge = max(3, points.shape[1] // 10)
        good[:, :edge] = good[:, -edge:] = False
    if part.closing == "ball" and flat:
        reach = np.linalg.norm(points[..., :2] - middle[:2], axis=-1)
        limit = reach.max(0)[None]
        if name != "chip":
            good &= reach < 0.72 * limit
        # Grid points crowd at the centre; without this every defect would sit there.
        share = np.where(good, reach, 0).ravel()
    else:
        share = good.astype(float).ravel()
    if share.sum() <= 0:
        share = np.ones(share.shape)
    pick = int(rng.choice(len(share), p=share / share.sum()))
    return pick // points.shape[1], pick % points.shape[1]


def _look(points: Floats, outward: Floats, centre: Floats, facing: Floats, rng: Random) -> Spot:
    hint = np.array([0.0, 0, 1]) if abs(facing[2]) < 0.9 else np.array([1.0, 0, 0])
    first = np.cross(facing, hint)
    first /= np.linalg.norm(first)
    second = np.cross(facing, first)
    away = points - centre
    deep = away @ facing
    # The far wall of a ring can face the same way: it is much deeper than the near one ever curves.
    limit = 0.17 * float(np.linalg.norm(np.ptp(points.reshape(-1, 3), axis=0)))
    near = (np.sum(outward * facing, -1) > 0.05) & (np.abs(deep) < limit)
    return Spot(away @ first, away @ second, deep, near, facing)


def _bend(part: Part, number: int, size: float, design: Design, rng: Random) -> tuple[Part, Floats, Floats]:
    """A stretch knocked out of shape: pressed in and lifted (hoops), or a corner folded up (plates)."""
    points = part.points
    if part.closing == "ball":
        # In the plate's own plane, however it lies.
        face = normals(points, part.closing)[0, 0]
        face = face * (1.0 if face[2] >= 0 else -1.0)
        edge = points[points.shape[0] // 2, int(rng.integers(points.shape[1]))] - points[0, 0]
        edge -= face * float(edge @ face)
        along = (points - points[0, 0]) @ (edge / np.linalg.norm(edge))
        beyond = np.clip(along - rng.uniform(0.4, 0.55) * along.max(), 0, None)
        moved = points + face * (size * 0.9 * beyond)[..., None]
        where = beyond > 0.08 * along.max()
    else:
        # Along the path that the section was swept on, which has no direction of its own in space.
        path = points.mean(0)
        out = path - path.mean(0)
        out /= np.linalg.norm(out, axis=1, keepdims=True)
        axis = np.cross(out[0], out[len(out) // 4])
        axis *= (1.0 if axis[2] >= 0 else -1.0) / np.linalg.norm(axis)
        turn = np.linspace(0, 2 * np.pi, len(path), endpoint=False)
        away = np.abs((turn - rng.uniform(0.6, 2 * np.pi - 0.6) + np.pi) % (2 * np.pi) - np.pi)
        dip = np.exp(-((away / rng.uniform(0.30, 0.42)) ** 2) * 2)
        deep = design.radius_cm * rng.uniform(0.15, 0.22) * size
        moved = points + (dip * deep)[None, :, None] * (0.35 * axis - out)[None]
        where = np.broadcast_to(dip > 0.22, points.shape[:2])
    middle = moved[where].mean(0)
    facing = np.array([middle[0], middle[1], 0.6 * design.radius_cm])
    skin = part.skin
    return (
        replace(part, points=moved, skin=skin, footprints={**part.footprints, number: where}),
        middle,
        facing / np.linalg.norm(facing),
    )
