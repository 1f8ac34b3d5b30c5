"""Pencils, matches, pliers, files, hammers, tweezers, rulers, spools: tools beside a piece."""

import cv2
import numpy as np

from ubora.datasets.render.clutter.findings import dye, metal
from ubora.datasets.render.clutter.solids import lathe, on_slab, painted, slab
from ubora.datasets.render.ground.canvas import write
from ubora.datasets.render.noise import Floats, Random, linear, noise2, single
from ubora.datasets.render.shapes import Part, rod, turn

_STEEL = single((0.55, 0.55, 0.57))


def pencil(rng: Random) -> list[Part]:
    """A sharpened pencil, a crayon or a ballpoint."""
    long, r = rng.uniform(7, 17), 0.36
    x = np.concatenate(
        [[0, 0.02, 0.5, 1.9], np.linspace(1.95, long - 1.4, 40), [long - 1.3, long - 0.7, long, long]]
    )
    radius = np.concatenate([[0, 0.05, 0.12, r], np.full(40, r), [r, r, 0.95 * r, 0]])
    a = np.linspace(0, 2 * np.pi, 30, endpoint=False)[:, None]
    six = np.cos(np.pi / 6) / np.cos((a % (np.pi / 3)) - np.pi / 6)
    painted_part = np.where((x > 1.9) & (x < long - 1.35), 1.06 * six, 1.0)
    colour = np.broadcast_to(dye(rng), (len(x), 3)).copy()
    colour[x < 1.9] = linear(0.82, 0.65, 0.45)
    colour[x < 0.45] = (0.03, 0.03, 0.03)
    colour[x > long - 1.35] = (0.75, 0.6, 0.3)
    colour[x > long - 0.72] = linear(0.85, 0.5, 0.5)
    points = lathe(x, radius, 30, painted_part) + np.array([-long / 2, 0, 1.06 * r])
    return [painted("pencil", points, "rod", colour[None], 0.35)]


def matches(rng: Random) -> list[Part]:
    """Matches, whole or burnt."""
    parts = []
    for _ in range(int(rng.integers(1, 7))):
        x = np.concatenate([[0, 0, 0.1, 0.3, 0.42], np.linspace(0.45, 4.2, 30), [4.2]])
        radius = np.concatenate([[0, 0.08, 0.16, 0.17, 0.12], np.full(30, 0.11), [0]])
        colour = np.broadcast_to(single(linear(0.85, 0.72, 0.5)), (36, 3)).copy()
        burnt = rng.random() < 0.4
        colour[:5] = (0.02, 0.02, 0.02) if burnt else linear(0.6, 0.12, 0.1)
        if burnt:
            colour[5:18] = colour[5:18] * np.linspace(0.05, 1, 13)[:, None]
        spin = turn("z", rng.uniform(0, 360) if rng.random() < 0.5 else rng.normal(0, 12))
        points = (lathe(x, radius, 10) - [2.1, 0, -0.17]) @ spin.T + np.array([*rng.normal(0, 0.8, 2), 0])
        parts.append(painted("match", points, "rod", colour[None], 0.8))
    return parts


def pliers(rng: Random) -> list[Part]:
    """Pliers with dipped grips, nearly closed."""
    grip, parts = dye(rng), []
    t = np.linspace(0, 1, 110)
    opening = rng.uniform(0.4, 1.3)
    for side in (-1, 1):
        y = side * np.interp(
            t, [0, 0.35, 0.5, 0.7, 1], [0.18, 0.3, 0.35 * opening, 1.1 * opening, 0.95 * opening]
        )
        path = np.stack([14 * t - 5, y, 0.55 + 0 * t], -1)
        radius = np.interp(t, [0, 0.02, 0.3, 0.38, 0.42, 0.98, 1], [0, 0.14, 0.5, 0.6, 0.45, 0.42, 0])
        points = rod(path, 1.0, 18)
        points = (
            path[None]
            + (points - path[None]) * (radius / np.maximum(_reach(points, path), 1e-9))[None, :, None]
        )
        points[:, 0], points[:, -1] = path[0], path[-1]
        coated = (t > 0.44)[:, None]
        colour = np.where(coated, grip, _STEEL * (0.8 + 0.2 * np.cos(900 * t) * (t < 0.25))[:, None])
        parts.append(
            painted(
                "pliers",
                points,
                "rod",
                colour[None],
                np.where(t > 0.44, 0.5, 0.3)[None],
                np.where(t > 0.44, 0.0, 1.0)[None],
            )
        )
    x = np.array([0, 0, 0.08, 0.12, 0.12])
    pin = lathe(x, [0, 0.4, 0.38, 0.3, 0], 24) @ turn("y", -90).T + np.array([0.0, 0, 1.08])
    return [*parts, painted("pin", pin, "rod", _STEEL, 0.3, 1.0)]


def _reach(points: Floats, path: Floats) -> Floats:
    return np.asarray(np.linalg.norm(points - path[None], axis=-1).max(0))


def file(rng: Random) -> list[Part]:
    """A needle file or a rasp: cross-cut steel, wooden or plastic handle."""
    long, wide = rng.uniform(6, 13), rng.uniform(0.3, 1.1)
    columns, rows = 200, 16
    points = slab(long, wide, 0.3 * wide + 0.1, columns, rows)
    u, v = np.arange(columns)[None], np.arange(rows)[:, None]
    cut = 0.55 + 0.2 * np.cos(1.9 * u + 1.3 * v) + 0.2 * np.cos(1.9 * u - 1.3 * v)
    steel = painted("file", points, "rod", on_slab(cut[..., None] * _STEEL, _STEEL * 0.7), 0.42, 1.0)
    x = np.array([0, 0, 0.2, 0.6, 2, 5, 7, 8, 8.2, 8.2]) + long / 2 - 0.2
    r = np.array([0, 0.35, 0.5, 0.55, 0.75, 0.9, 0.75, 0.5, 0.3, 0]) * rng.uniform(0.5, 1)
    wood = rng.random() < 0.6
    colour = single(linear(0.7, 0.48, 0.28)) * rng.uniform(0.5, 1.1) if wood else dye(rng)
    grain = 1 + 0.3 * noise2((22, 10), (8, 3), rng, 2)[..., None]
    handle = lathe(x, r, 22) + np.array([0, 0, float(r.max())])
    steel = steel.moved(np.eye(3), np.array([0, 0, float(r.max()) - 0.2]))
    return [steel, painted("handle", handle, "rod", colour * grain, 0.4)]


def hammer(rng: Random) -> list[Part]:
    """A small hammer: turned steel head across a wooden handle."""
    head_x = np.array([-2.6, -2.6, -2.3, -2.1, -1.0, -0.9, 0.9, 1.0, 2.3, 2.7, 2.7])
    head_r = np.array([0, 1.0, 1.05, 0.8, 0.6, 0.85, 0.85, 0.6, 0.75, 0.2, 0]) * rng.uniform(0.7, 1)
    head = lathe(head_x, head_r, 32) @ turn("z", 90).T + np.array([0, 0, 1.05])
    x = np.concatenate([[0, 0], np.linspace(0, 20, 60), [20]])
    r = np.concatenate(
        [[0, 0.45], np.interp(np.linspace(0, 1, 60), [0, 0.4, 0.8, 1], [0.45, 0.42, 0.8, 0.5]), [0]]
    )
    grain = 1 + 0.35 * noise2((24, 63), (12, 4), rng, 2)[..., None]
    wood = single(linear(0.72, 0.52, 0.32)) * rng.uniform(0.6, 1.1)
    worn = (1 + 0.25 * noise2((32, 11), (8, 6), rng, 3))[..., None]
    handle = lathe(x, r, 24) + np.array([0, 0, 1.05])
    return [
        painted("head", head, "rod", _STEEL * worn, 0.33, 1.0),
        painted("handle", handle, "rod", wood * grain, 0.5),
    ]


def tweezers(rng: Random) -> list[Part]:
    """Steel tweezers or a saw blade: thin bright strips."""
    if rng.random() < 0.4:
        t = np.linspace(-6.5, 6.5, 300)
        path = np.stack([t, 0.02 * np.sin(80 * t) + 0.2 * np.sin(0.2 * t), 0 * t + 0.06], -1)
        return [painted("saw-blade", rod(path, 0.05, 6), "rod", _STEEL * 0.6, 0.35, 1.0)]
    t, parts = np.linspace(0, 1, 80), []
    for side in (-1, 1):
        path = np.stack(
            [11 * t - 5.5, side * 0.35 * np.sin(np.pi * t**0.7) ** 1.2 * (1 - 0.2 * t), 0.3 + 0 * t], -1
        )
        points = rod(path, 0.4, 10)
        points[..., 1] = path[None, :, 1] + (points[..., 1] - path[None, :, 1]) * 0.16
        points[..., 2] = 0.3 + (points[..., 2] - 0.3) * (0.2 + 0.8 * np.minimum(1, 2.2 * t))[None]
        parts.append(painted("tweezers", points, "rod", single((0.75, 0.75, 0.76)), 0.22, 1.0))
    return parts


def ruler(rng: Random) -> list[Part]:
    """A steel, wooden or plastic ruler with marks and figures."""
    wide, columns, rows = rng.uniform(1.6, 3.0), 470, 40
    base = [
        single((0.7, 0.7, 0.71)),
        single(linear(0.85, 0.7, 0.42)),
        single(linear(0.92, 0.92, 0.95)),
        dye(rng),
    ]
    kind = int(rng.integers(4))
    picture = np.empty((rows, columns, 3), np.float32)
    picture[:] = base[kind]
    ink = (0.02, 0.02, 0.02) if base[kind].mean() > 0.2 else (0.9, 0.9, 0.9)
    for mm in range(156):
        tall = 13 if mm % 10 == 0 else 9 if mm % 5 == 0 else 6
        cv2.line(picture, (mm * 3, 0), (mm * 3, tall), ink, 1)
        if mm % 10 == 0:
            write(picture, str(mm // 10), (mm * 3 - 3, 25), 8, ink, 0)
    wear = 1 + 0.1 * noise2((rows, columns), (3, 20), rng, 3)[..., None]
    points = slab(15.5, wide, 0.12, columns, rows)
    metallic = 1.0 if kind == 0 else 0.0
    return [painted("ruler", points, "rod", on_slab(picture * wear, base[kind]), 0.35, metallic)]


def spool(rng: Random) -> list[Part]:
    """A reel of thread or wire, lying or standing."""
    r, high = rng.uniform(0.9, 1.8), rng.uniform(2.2, 4.5)
    inner = np.linspace(0.12, 0.88, 70)
    x = np.concatenate([[0, 0, 0.06, 0.1], inner, [0.9, 0.94, 1, 1]]) * high
    wound = 0.72 + 0.1 * np.sin(np.pi * (inner - 0.12) / 0.76) + 0.015 * np.cos(220 * inner)
    radius = np.concatenate([[0, 1, 1, 0.75], wound, [0.75, 1, 1, 0]]) * r
    wire = rng.random() < 0.35
    colour, rough = metal(rng) if wire else (dye(rng), 0.7)
    flange = dye(rng) if rng.random() < 0.5 else single(linear(0.8, 0.65, 0.45))
    turnings = 1 + 0.3 * np.cos(220 * inner + rng.uniform(0, 6))
    skin = np.broadcast_to(flange, (len(x), 3)).copy()
    skin[4:-4] = colour * turnings[:, None]
    shine = np.zeros(len(x))
    shine[4:-4] = float(wire)
    points = lathe(x, radius, 48) - [high / 2, 0, 0]
    points = points @ turn("y", 90).T if rng.random() < 0.4 else points
    points[..., 2] -= points[..., 2].min()
    return [painted("spool", points, "rod", skin[None], rough, shine[None])]
