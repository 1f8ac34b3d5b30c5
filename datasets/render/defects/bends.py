"""Bent: a stretch of a piece knocked out of shape, with everything that sits on it.

A bend is short and has a kink at its ends, whereas a free hand strays smoothly all around: the one is a
defect and the other is not. The footprint is the bent stretch alone.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ubora.datasets.render.designs.catalogue import Design
from ubora.datasets.render.noise import Bools, Floats, Random
from ubora.datasets.render.shapes import Part, normals

Warp = Callable[[Floats], tuple[Floats, Bools]]
"""Points (…, 3) to where they are moved, and which of them (…) belong to the bent stretch."""


def bend(design: Design, parts: list[Part], number: int, size: float, rng: Random) -> tuple[Floats, Floats]:
    """Bend one stretch of `parts`, in place; answers its middle (3,) and the way it faces (3,)."""
    if design.category == "chain":
        return _links(parts, number, size, rng)
    hooks = [i for i, p in enumerate(parts) if "hanger-hook" in p.name]
    if hooks and (design.body != "brass" or design.form == "stack" or rng.random() < 0.2):
        index = int(rng.choice(hooks))
        return _applied(parts, [index], number, _hook(parts[index], size, rng))
    wires = [i for i, p in enumerate(parts) if p.role == "wire" and p.closing == "rod"]
    if design.category == "wrap" and design.form not in ("spiral", "band") and rng.random() < 0.5:
        index = int(rng.choice(wires))
        return _applied(parts, [index], number, _sprung(parts[index], size, rng))
    mains = [i for i, p in enumerate(parts) if p.name.endswith("main") or p.name == "rail0"]
    if not mains:
        mains = [0]
    index = int(rng.choice(mains))
    side = parts[index].name.partition("-")[0] + "-" if "-" in parts[index].name else ""
    together = [i for i, p in enumerate(parts) if p.name.startswith(side)]
    main = parts[index]
    if main.closing == "ball":
        return _applied(parts, together, number, _folded(main, size, rng))
    if design.form == "spiral":
        return _applied(parts, [index], number, _sprung(main, size, rng))
    return _applied(parts, together, number, _pressed(main, design, size, rng))


def _applied(parts: list[Part], indices: list[int], number: int, warp: Warp) -> tuple[Floats, Floats]:
    touched, whole = [], np.concatenate([p.points.reshape(-1, 3) for p in parts]).mean(0)
    for i in indices:
        points, where = warp(parts[i].points)
        if where.any():
            touched.append(points[where])
        elif np.array_equal(points, parts[i].points):
            continue
        prints = {**parts[i].footprints, number: where} if where.any() else parts[i].footprints
        parts[i] = replace(parts[i], points=points, footprints=prints)
    middle = np.concatenate(touched).mean(0) if touched else whole
    facing = (middle - whole) * [1, 1, 0]
    facing = facing / (np.linalg.norm(facing) + 1e-9) + np.array([0, 0, 0.6])
    return middle, facing / np.linalg.norm(facing)


def _pressed(main: Part, design: Design, size: float, rng: Random) -> Warp:
    """A hoop pressed in, pulled out or sprung sideways; the end of an open one bent away."""
    path = main.points.mean(0)
    centre = path.mean(0)
    axis = np.cross(path[0] - centre, path[len(path) // 4] - centre)
    axis *= (1.0 if axis[2] >= 0 else -1.0) / np.linalg.norm(axis)
    first = path[0] - centre
    first = first - axis * float(first @ axis)
    first /= np.linalg.norm(first)
    second = np.cross(axis, first)
    open_ended = main.closing == "rod" and design.form != "coil"
    kind = str(rng.choice(["in", "out", "aside", "end"], p=[0.42, 0.14, 0.2, 0.24]))
    if kind == "end" and not open_ended:
        kind = "in"
    deep = design.radius_cm * rng.uniform(0.15, 0.23) * np.sqrt(size)
    ways = {"in": (-1.0, 0.35), "out": (0.8, 0.2), "aside": (-0.15, 1.0), "end": (0.5, 0.9)}
    radial, aside = ways[kind]
    index = 0 if kind == "end" else int(rng.uniform(0.2, 0.8) * len(path))
    at = path[index] - centre
    middle = float(np.arctan2(at @ second, at @ first))
    reach = rng.uniform(0.26, 0.38) * (2.0 if kind == "end" else 1.0)
    sign = float(rng.choice([-1, 1])) if kind in ("aside", "end") else 1.0
    # An open end bends only on its own side of the gap.
    inward = path[len(path) // 8] - centre
    turns = np.sin(float(np.arctan2(inward @ second, inward @ first)) - middle)

    def warp(points: Floats) -> tuple[Floats, Bools]:
        away = points - centre
        turn = np.arctan2(away @ second, away @ first) - middle
        turn = (turn + np.pi) % (2 * np.pi) - np.pi
        if kind == "end":
            own = turn * np.sign(turns) > -0.12
            dip = np.clip(1 - np.abs(turn) / reach, 0, 1) ** 1.5 * own
            where = (np.abs(turn) < 0.72 * reach) & own
        else:
            dip = np.exp(-((turn / reach) ** 2) * 2)
            where = dip > 0.22
        out = away - axis * (away @ axis)[..., None]
        out = out / (np.linalg.norm(out, axis=-1, keepdims=True) + 1e-9)
        return points + (deep * dip)[..., None] * (radial * out + sign * aside * axis), where

    return warp


def _folded(main: Part, size: float, rng: Random) -> Warp:
    """A corner of a plate folded up or down, in the plate's own plane however it lies."""
    face = normals(main.points, main.closing)[0, 0]
    face = face * (1.0 if face[2] >= 0 else -1.0)
    centre = main.points[0, 0]
    # Column 0 is the top, where the bail sits: the lower two thirds fold.
    column = int(rng.uniform(0.22, 0.78) * main.points.shape[1])
    edge = main.points[main.points.shape[0] // 2, column] - centre
    edge = edge - face * float(edge @ face)
    way = edge / np.linalg.norm(edge)
    far = float(((main.points - centre) @ way).max())
    start = rng.uniform(0.4, 0.6) * far
    steep = (1.0 if rng.random() < 0.7 else -0.6) * rng.uniform(0.6, 1.0) * np.sqrt(size)

    def warp(points: Floats) -> tuple[Floats, Bools]:
        beyond = np.clip((points - centre) @ way - start, 0, None)
        lifted = face * (steep * beyond)[..., None] - way * (0.25 * abs(steep) * beyond)[..., None]
        return points + lifted, beyond > 0.03 * far

    return warp


def _sprung(wire: Part, size: float, rng: Random) -> Warp:
    """One wire sprung out of its place."""
    path = wire.points.mean(0)
    at = path[int(rng.uniform(0.25, 0.75) * len(path))]
    extent = float(np.linalg.norm(np.ptp(path, axis=0)))
    out = at - path.mean(0)
    way = out / (np.linalg.norm(out) + 1e-9) * 0.8 + np.array([0, 0, rng.choice([0.5, 1.0])])
    reach = max(0.12 * extent, 0.3)
    deep = min(0.55 * reach, 0.32) * np.sqrt(size) * 1.6

    def warp(points: Floats) -> tuple[Floats, Bools]:
        gap = np.linalg.norm(points - at, axis=-1) / reach
        dip = np.exp(-1.5 * gap**2)
        return points + (deep * dip)[..., None] * way, dip > 0.2

    return warp


def _hook(hook: Part, size: float, rng: Random) -> Warp:
    """An ear hook bent open or shut from some point on, about its plane's normal."""
    path = hook.points.mean(0)
    start = int(rng.uniform(0.3, 0.55) * len(path))
    pivot = path[start]
    axis = np.linalg.svd(path - path.mean(0))[2][2]
    angle = float(rng.choice([-1, 1])) * np.radians(rng.uniform(35, 60)) * np.sqrt(size)
    share = np.clip((np.arange(len(path)) - start) / (0.08 * len(path)), 0, 1)

    def warp(points: Floats) -> tuple[Floats, Bools]:
        turn = (angle * share)[None, :, None]
        away = points - pivot
        turned = (
            away * np.cos(turn)
            + np.cross(axis, away) * np.sin(turn)
            + axis * (away @ axis)[..., None] * (1 - np.cos(turn))
        )
        return pivot + turned, np.broadcast_to(share > 0, points.shape[:2])

    return warp


def _links(parts: list[Part], number: int, size: float, rng: Random) -> tuple[Floats, Floats]:
    """One link pulled open and folded."""
    index = int(rng.choice([i for i, p in enumerate(parts) if p.role == "link" and p.group]))
    points = parts[index].points
    middle = points.mean((0, 1))
    axes = np.linalg.svd((points - middle).reshape(-1, 3), full_matrices=False)[2]
    long, broad, thin = axes
    half = float(np.abs((points - middle) @ long).max())
    fold = rng.uniform(0.45, 0.75) * np.sqrt(size) * float(rng.choice([-1, 1]))
    skew = rng.uniform(0.3, 0.6) * np.sqrt(size) * float(rng.choice([-1, 1]))

    def warp(at: Floats) -> tuple[Floats, Bools]:
        away = at - middle
        x, y = (away @ long) / half, (away @ broad) / half
        lift = fold * half * np.abs(x) ** 1.5 * np.sign(x)
        moved = at + thin * lift[..., None] + broad * (skew * half * np.clip(x, 0, 1) ** 2)[..., None]
        moved = moved + broad * (0.5 * np.abs(skew) * half * y * np.exp(-3 * x**2))[..., None]
        return moved, np.ones(at.shape[:2], bool)

    return _applied(parts, [index], number, warp)
