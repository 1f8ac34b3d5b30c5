"""What goes wrong with a piece: each defect changes shape and skin, and knows exactly where it lies.

`spoil` takes the clean parts and answers the spoiled ones; `footprints` on each part say where defect n lies,
on its own grid. Sizes are in cm for a piece of 6.5 cm and shrink with it.
Nothing is pressed in deeper than 70 % of the wall.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ubora.datasets.render.defects import lines, marks, stains
from ubora.datasets.render.defects.bends import bend
from ubora.datasets.render.defects.losses import lose
from ubora.datasets.render.defects.marks import DEEPEST, Change, Spot
from ubora.datasets.render.defects.plans import SUITS, Plan, draw_plans
from ubora.datasets.render.designs.catalogue import Design
from ubora.datasets.render.noise import Bools, Floats, Random
from ubora.datasets.render.shapes import Part, normals, shut

__all__ = ["MARKS", "Plan", "Spoiled", "draw_plans", "spoil"]

MARKS: dict[str, Callable[[Part, Spot, float, Random], Change]] = {
    "scratch": lines.scratch, "crack": lines.crack, "dent": marks.dent, "chip": marks.chip,
    "pit": marks.pit, "tarnish": stains.tarnish, "solder": stains.solder, "rough": stains.rough,
}  # fmt: skip
SPREADING = ("tarnish", "solder", "rough", "scratch")
"""Marks that run on over neighbouring parts."""
METAL_ONLY, NO_METAL = ("dent",), ("chip",)


@dataclass(frozen=True)
class Spoiled:
    """The spoiled parts, and for each defect where it is (3,) and which way the surface faces there (3,)."""

    parts: list[Part]
    centres: list[Floats]
    facings: list[Floats]
    gone: dict[str, int]
    """Parts of the clean piece that are missing here, and by which defect."""


def spoil(design: Design, parts: list[Part], plans: tuple[Plan, ...]) -> Spoiled:
    """The clean parts with every planned defect worked in."""
    done, gone = list(parts), dict[str, int]()
    seen: dict[int, tuple[Floats, Floats]] = {}
    scale = float(np.clip((2 * design.radius_cm / 6.5) ** 0.75, 0.3, 1.2))
    # What is lost or bent comes first: marks are then made on what is left, where it is.
    order = sorted(range(len(plans)), key=lambda n: ("missing", "bent").index(plans[n].name)
                   if plans[n].name in ("missing", "bent") else 2)  # fmt: skip
    for number in order:
        plan = plans[number]
        rng = np.random.default_rng(plan.seed)
        if plan.name == "missing":
            seen[number] = lose(done, gone, number, plan.size, rng)
        elif plan.name == "bent":
            seen[number] = bend(design, done, number, plan.size, rng)
        else:
            seen[number] = _mark(done, number, plan, scale, rng)
    numbers = range(len(plans))
    return Spoiled(done, [seen[n][0] for n in numbers], [seen[n][1] for n in numbers], gone)


def _mark(parts: list[Part], number: int, plan: Plan, scale: float, rng: Random) -> tuple[Floats, Floats]:
    index = _target(parts, plan.name, rng)
    part = parts[index]
    outward = normals(part.points, part.closing)
    v, u = _choose(part, outward, plan, rng)
    centre, facing = part.points[v, u], outward[v, u]
    extent = float(np.linalg.norm(np.ptp(part.points.reshape(-1, 3), axis=0)))
    size = plan.size * min(scale, extent / (4 if part.role == "body" else 2.4))
    if part.role in ("wire", "link") and plan.name in SPREADING:
        size = plan.size * scale * 0.7
    frame = _frame(part, facing, (v, u))
    seed = int(rng.integers(2**31))
    touched = [index]
    if plan.name in SPREADING:
        touched += [
            i for i in range(len(parts)) if i != index and _reached(parts[i], plan.name, centre, size)
        ]
    for i in touched:
        there = outward if i == index else normals(parts[i].points, parts[i].closing)
        spot = _look(parts[i], there, centre, facing, frame)
        spot = replace(spot, step_cm=_step(part, v, u), metal=bool(part.skin.metallic[v, u] > 0.5),
                       dark=bool(part.skin.colour[v, u].mean() < 0.25))  # fmt: skip
        # The same stream for each part, so that a mark goes on where it left off.
        change = MARKS[plan.name](parts[i], spot, size, np.random.default_rng(seed))
        if change.where.any():
            parts[i] = _applied(parts[i], there, change, number)
    return centre, facing


def _target(parts: list[Part], name: str, rng: Random) -> int:
    """A part of a stuff that the mark befalls, large enough to show it; bodies and big parts more often."""
    worth = np.zeros(len(parts))
    for i, part in enumerate(parts):
        suits = part.stuff in SUITS[name] or (part.inlay is not None and name in ("dent", "chip"))
        thin = part.role in ("wire", "link") and part.wall_cm < 0.18
        if part.role in ("cord", "finding") or not suits:
            continue
        if thin and name not in ("tarnish", "solder", "rough"):
            continue
        spread = np.linalg.norm(np.ptp(part.points.reshape(-1, 3), axis=0))
        worth[i] = spread * (1.0 if part.role != "body" else 2.0) * (0.3 if thin else 1.0)
    if not worth.any():
        worth[0] = 1.0
    return int(rng.choice(len(parts), p=worth / worth.sum()))


def _reached(part: Part, name: str, centre: Floats, size: float) -> bool:
    """Whether a spreading mark of `size` around `centre` comes to this part."""
    if part.role == "cord" or part.stuff not in SUITS[name]:
        return False
    cloud = part.points.reshape(-1, 3)
    return bool(np.all(cloud.min(0) - size < centre) and np.all(centre < cloud.max(0) + size))


def _applied(part: Part, outward: Floats, change: Change, number: int) -> Part:
    lift = np.clip(change.lift, -DEEPEST * part.wall_cm, None)
    base = part.points if change.points is None else change.points
    skin = replace(
        part.skin,
        colour=np.clip(change.colour, 0, 1),
        roughness=np.clip(change.roughness, 0.08, 1),
        metallic=np.clip(change.metallic, 0, 1),
    )
    points = shut(base + outward * lift[..., None], part.closing)
    return replace(part, points=points, skin=skin, footprints={**part.footprints, number: change.where})


def _choose(part: Part, outward: Floats, plan: Plan, rng: Random) -> tuple[int, int]:
    """A vertex where this defect would be seen, on the planned place if the part has such a place."""
    points = part.points
    middle = points.reshape(-1, 3).mean(0)
    away = (points - middle) * [1, 1, 0]
    away /= np.linalg.norm(away, axis=-1, keepdims=True) + 1e-9
    lying = part.closing == "ball" and float(np.ptp(points[..., 2])) < 0.35 * float(np.ptp(points[..., 0]))
    sideways = np.sum(outward * away, -1)
    seen = outward[..., 2] if lying else np.maximum(0.8 * outward[..., 2], sideways)
    good = seen > 0.55
    if plan.name == "chip" or plan.place == "edge":
        # Where the surface turns quickly; chips break off nowhere else.
        bend = np.linalg.norm(np.roll(outward, 4, 0) - np.roll(outward, -4, 0), axis=-1)
        edge = np.where(outward[..., 2] > -0.3, bend * (0.3 + np.clip(outward[..., 2], 0, 1)), -1)
        good = edge > np.quantile(edge, 0.9)
    elif plan.place == "inner" and not lying:
        good = (sideways < -0.75) & (outward[..., 2] > -0.2)
    good &= _within(part, plan, middle)
    if part.inlay is not None or plan.name in METAL_ONLY + NO_METAL:
        fits = part.skin.metallic > 0.5 if plan.name in METAL_ONLY else part.skin.metallic < 0.5
        good &= fits | (plan.name not in METAL_ONLY + NO_METAL)
    # Grid points crowd where the grid is fine: an even choice over the surface needs their areas.
    share = np.where(good, _areas(points), 0).ravel()
    if share.sum() <= 0:
        share = _areas(points).ravel() * (seen.ravel() > 0)
    if share.sum() <= 0:
        share = np.ones(share.shape)
    pick = int(rng.choice(len(share), p=share / share.sum()))
    return pick // points.shape[1], pick % points.shape[1]


def _within(part: Part, plan: Plan, middle: Floats) -> Bools:
    """Away from the ends of a rod (or near them, where the plan says so) and from the rim of a plate."""
    points = part.points
    good = np.ones(points.shape[:2], bool)
    if part.closing == "rod":
        edge = max(3, points.shape[1] // 10)
        if plan.place == "end" and part.role == "body":
            good[:, edge : -edge or None] = False
            edge = max(3, points.shape[1] // 40)
        good[:, :edge] = good[:, -edge:] = False
    if part.closing == "ball" and part.role == "body" and plan.name != "chip" and plan.place != "edge":
        reach = np.linalg.norm(points - middle, axis=-1)
        good &= reach < 0.8 * reach.max(0)[None]
    return good


def _areas(points: Floats) -> Floats:
    du = np.gradient(points, axis=1)
    dv = np.gradient(points, axis=0)
    return np.asarray(np.linalg.norm(np.cross(du, dv), axis=-1))


def _step(part: Part, v: int, u: int) -> float:
    """The larger distance from a grid place to its neighbours, cm."""
    rows, columns = part.points.shape[:2]
    at = part.points[v, u]
    return float(max(
        np.linalg.norm(part.points[(v + 1) % rows, u] - at),
        np.linalg.norm(part.points[v, min(u + 1, columns - 1) if u + 1 < columns else u - 1] - at),
    ))  # fmt: skip


def _frame(part: Part, facing: Floats, at: tuple[int, int]) -> tuple[Floats, Floats, Floats]:
    """Two axes (3,) of the tangent plane, and the grid's way along the part (2,) in them."""
    hint = np.array([0.0, 0, 1]) if abs(facing[2]) < 0.9 else np.array([1.0, 0, 0])
    first = np.cross(facing, hint)
    first /= np.linalg.norm(first)
    second = np.cross(facing, first)
    columns = part.points.shape[1]
    along = part.points[at[0], (at[1] + 1) % columns] - part.points[at[0], at[1] - 1]
    return first, second, np.array([along @ first, along @ second])


def _look(
    part: Part, outward: Floats, centre: Floats, facing: Floats, frame: tuple[Floats, Floats, Floats]
) -> Spot:
    first, second, grain = frame
    away = part.points - centre
    deep = away @ facing
    # The far wall of a ring can face the same way: it is much deeper than the near one ever curves.
    limit = 0.17 * float(np.linalg.norm(np.ptp(part.points.reshape(-1, 3), axis=0)))
    around = -0.4 if part.role in ("wire", "link", "finding") else 0.05
    near = (np.sum(outward * facing, -1) > around) & (np.abs(deep) < max(limit, 0.15))
    return Spot(away @ first, away @ second, deep, near, facing, 0.01, True, False, grain)
