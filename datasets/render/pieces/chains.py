"""Chain sections: cable, curb, clip, figaro, big rings, bars, and rosary links with beads."""

from collections.abc import Callable

import numpy as np

from ubora.datasets.render.designs.catalogue import Design
from ubora.datasets.render.designs.hands import Hand
from ubora.datasets.render.noise import Floats, Random
from ubora.datasets.render.pieces.findings import basis, ring
from ubora.datasets.render.pieces.strands import bead
from ubora.datasets.render.pieces.surfaces import material, wire_skin
from ubora.datasets.render.shapes import Part, Skin, normals, profile, rod, shut, sweep, turn

KINDS = 5
"""Links made for a chain; the chain repeats them."""
ROLLS_DEG = {"cable": (42, -42), "clip": (30, -30), "curb": (33, 33), "figaro": (28, 28), "rings": (0, 0)}
"""How alternate links lie, turned about the chain's way."""
BREADTHS = {"cable": 0.72, "clip": 0.4, "curb": 0.8, "figaro": 0.7}
"""Breadth of a link over its length."""


def chain(design: Design, hand: Hand, rng: Random, grid: float) -> list[Part]:
    """A section of chain as it lies on a table; each link is a part."""
    length = _way(design, hand, rng)
    make = {"rings": _rings, "bar": _bars, "rosary": _rosary}.get(design.form, _links)
    return _locked(make(design, hand, rng, grid, length), rng)


Way = tuple[Floats, Floats]
"""A path (N, 3) and the distance (N,) along it."""


def _way(design: Design, hand: Hand, rng: Random) -> Way:
    t = np.linspace(0, 1, 600)
    kind = int(design.own.integers(3))
    stray = design.tolerance * hand.asymmetry
    if kind == 0:
        a = np.radians(14) + t * np.radians(332)
        r = design.radius_cm * (
            1 + (0.05 + stray) * np.cos(2 * a + 1) + 0.6 * stray * np.cos(3 * a + rng.uniform(0, 6))
        )
        x, y = r * np.cos(a), r * np.sin(a)
    elif kind == 1:
        x = design.radius_cm * (2 * t - 1) * 1.05
        y = 0.55 * design.radius_cm * np.sin(2 * np.pi * t + rng.uniform(-0.4, 0.4)) * (1 + 3 * stray)
    else:
        a = np.radians(-60) + t * np.radians(300)
        r = design.radius_cm * (0.62 + 0.4 * t + 1.2 * stray * np.sin(5 * t))
        x, y = r * np.cos(a), r * np.sin(a)
    path = np.stack([x, y, 0 * x], -1)
    path += 0.012 * design.radius_cm * np.sin(9 * t + rng.uniform(0, 6))[:, None] * [1, -1, 0]
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    return path, along


def _at(way: Way, distance: float) -> tuple[Floats, Floats]:
    """The place (3,) and the direction (3,) of the chain at a distance."""
    path, along = way
    here, ahead = (
        np.array([np.interp(d, along, path[:, i]) for i in range(3)])
        for d in (distance, min(distance + 0.05, along[-1]))
    )
    back = np.array([np.interp(distance - 0.05, along, path[:, i]) for i in range(3)])
    return here, (ahead - back) / (np.linalg.norm(ahead - back) + 1e-12)


def _frame(direction: Floats, roll_deg: float) -> Floats:
    """A (3, 3) that carries x to the chain's way, with the link's plane rolled about it."""
    side = np.array([-direction[1], direction[0], 0])
    plane = np.stack([direction, side, [0, 0, 1]], 1)
    return np.asarray(plane @ turn("x", roll_deg))


def _oval(half: float, breadth: float, count: int) -> Floats:
    """The centre line (count, 3) of a link: straight sides, round ends."""
    t = np.linspace(0, 2 * np.pi, count, endpoint=False)
    power = 2.0 if breadth > 0.9 else 2.6
    c, s = np.cos(t), np.sin(t)
    x = half * np.sign(c) * np.abs(c) ** (2 / power)
    y = half * breadth * np.sign(s) * np.abs(s) ** (2 / power)
    closed = np.stack([np.append(x, x[0]), np.append(y, y[0]), np.zeros(count + 1)], -1)
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    even = np.linspace(0, along[-1], count, endpoint=False)
    return np.stack([np.interp(even, along, closed[:, i]) for i in range(3)], -1)


def _link(design: Design, hand: Hand, half: float, breadth: float, grid: float, rng: Random) -> Part:
    count, around = int(np.clip(64 * grid, 28, 64)), int(np.clip(16 * grid, 8, 16))
    path = _oval(half, breadth, count)
    points = rod(path, design.thick_cm / 2, around, (0, 0, 1), True)
    if design.finish == "polished":
        skin: Skin = wire_skin(design, hand, (around, count), rng)
    else:
        skin, height = material(design, hand, points + 10 * rng.random(3), 0, rng)
        points = points + normals(points, "ring") * height[..., None]
    return Part("link", points, "ring", skin, design.thick_cm, role="link")


def _links(design: Design, hand: Hand, rng: Random, grid: float, way: Way) -> list[Part]:
    wire = design.thick_cm
    half = (design.width_cm - wire) / 2
    breadth = BREADTHS[design.form]
    sizes = (1.0, 0.62, 0.62, 0.62) if design.form == "figaro" else (1.0,)
    kinds = {
        s: [_link(design, hand, half * s, min(1.0, breadth / s**0.5), grid, rng) for _ in range(KINDS)]
        for s in sizes
    }
    parts: list[Part] = []
    distance, end, number = half, way[1][-1] - half, 0
    while distance < end:
        size = sizes[number % len(sizes)]
        shape = kinds[size][int(rng.integers(KINDS))]
        # Uneven links by a free hand, in length and in breadth.
        stretch = 1 + np.clip(1.9 * design.tolerance * hand.thickness * rng.normal(), -0.24, 0.24)
        broad = 1 + np.clip(2.4 * design.tolerance * hand.rhythm * rng.normal(), -0.3, 0.3)
        at, direction = _at(way, distance)
        roll = ROLLS_DEG[design.form][number % 2] + 4 * rng.normal() + 2.5 * hand.asymmetry * rng.normal()
        frame = _frame(direction, roll)
        points = (shape.points * [stretch, broad, 1]) @ frame.T + at
        parts.append(
            Part(f"link{number}", points, "ring", shape.skin, wire, role="link", group=f"link{number}")
        )
        following = sizes[(number + 1) % len(sizes)]
        tight = 0.93 if design.form == "curb" else 1.0
        distance += half * (size * stretch + following) * tight - wire
        number += 1
    return parts


def _rings(design: Design, hand: Hand, rng: Random, grid: float, way: Way) -> list[Part]:
    """Big flat rings, joined by pairs of jump rings."""
    flat, high = 0.2 * design.width_cm, design.thick_cm
    half = (design.width_cm - flat) / 2
    kinds = []
    count, around = int(np.clip(120 * grid, 48, 120)), int(np.clip(30 * grid, 14, 30))
    for _ in range(KINDS):
        path = _oval(half, 1.0, count)
        out = path / np.linalg.norm(path, axis=1, keepdims=True)
        t = np.linspace(0, 2 * np.pi, count, endpoint=False)
        uneven = 1 + 0.035 * hand.thickness * np.cos(t + rng.uniform(0, 6))
        ones = np.ones(count)
        points = sweep(path, out, profile(high, flat, 3, around), ones, uneven, True)
        skin, height = material(design, hand, points + 10 * rng.random(3), 0, rng)
        kinds.append((shut(points + normals(points, "ring") * height[..., None], "ring"), skin))
    parts: list[Part] = []
    wire, gap = 0.05, 0.06
    reach = flat + 0.5 * gap + wire
    distance, number = design.width_cm / 2, 0
    while distance < way[1][-1] - 0.5 * design.width_cm:
        points, skin = kinds[int(rng.integers(KINDS))]
        at, direction = _at(way, distance)
        size = 1 + np.clip(1.6 * design.tolerance * hand.rhythm * rng.normal(), -0.2, 0.2)
        oval = 1 + np.clip(1.3 * design.tolerance * hand.asymmetry * rng.normal(), -0.2, 0.2)
        frame = _frame(direction, 4 * rng.normal()) @ turn("z", rng.uniform(0, 360))
        parts.append(
            Part(f"link{number}", (points * [size, size * oval, 1]) @ frame.T + at, "ring", skin,
                 min(flat, high), stuff=design.body, role="link", group=f"link{number}")
        )  # fmt: skip
        step = design.width_cm * size + gap
        joint, along = _at(way, distance + step / 2)
        side = np.array([-along[1], along[0], 0])
        for k in (-1, 1):
            lean = side * 0.8 + np.array([0, 0, 0.6 * k])
            parts.append(ring(f"joint{number}{k}", joint + 0.04 * k * side, lean, reach, wire, rng))
        distance += step
        number += 1
    return parts[:-2]


def _bars(design: Design, hand: Hand, rng: Random, grid: float, way: Way) -> list[Part]:
    """Straight bars with an eye at each end, joined by jump rings."""
    wire, eye = design.thick_cm / 2, 0.12
    long = 1.0

    def bar(number: int, at: Floats, direction: Floats) -> list[Part]:
        size = long * (1 + np.clip(1.6 * design.tolerance * hand.thickness * rng.normal(), -0.2, 0.2))
        points = (
            rod(_eyed(size / 2, eye, wire), wire, 12, (0.1, 0.3, 1)) @ _frame(direction, 25 * rng.normal()).T
        )
        skin = wire_skin(design, hand, points.shape[:2], rng)
        return [Part(f"link{number}", points + at, "rod", skin, 2 * wire, role="link", group=f"link{number}")]

    return _joined_by_rings(hand, rng, way, bar, long + 4 * eye, wire)


def _rosary(design: Design, hand: Hand, rng: Random, grid: float, way: Way) -> list[Part]:
    """A bead on each eyed pin, joined eye in eye by jump rings."""
    half, wire, eye = design.width_cm / 2, design.thick_cm / 2, 0.1
    shape = (int(np.clip(36 * grid, 14, 40)), int(np.clip(54 * grid, 20, 60)))
    form = str(design.own.choice(["round", "barrel", "tube"]))
    long = 0.9 * half if form == "tube" else half
    stuffs = [design.accent, design.accent, "brass"] if design.own.random() < 0.4 else [design.accent]
    kinds = {
        s: [bead(design, hand, form, long, s, shape, rng) for _ in range(4)] for s in dict.fromkeys(stuffs)
    }
    height = long * {"round": 1.0, "barrel": 1.25, "tube": 2.2}[form]

    def pearl(number: int, at: Floats, direction: Floats) -> list[Part]:
        stuff = stuffs[number % len(stuffs)]
        points, skin = kinds[stuff][int(rng.integers(4))]
        size = 1 + np.clip(1.9 * design.tolerance * hand.thickness * rng.normal(), -0.3, 0.25)
        pin = rod(_eyed(height * size + 0.02, eye, wire), wire, 10, (0.1, 0.3, 1)) @ _frame(direction, 30).T
        group = f"link{number}"
        return [
            Part(group, points * size @ basis(direction, rng.uniform(0, 6)).T + at, "ball", skin, long,
                 stuff=stuff, role="bead", group=group),
            Part(f"{group}-pin", pin + at, "rod", wire_skin(design, hand, pin.shape[:2], rng), 2 * wire,
                 role="wire", group=group),
        ]  # fmt: skip

    return _joined_by_rings(hand, rng, way, pearl, 2 * height + 4 * eye, wire)


def _eyed(half: float, eye: float, wire: float) -> Floats:
    """The path (U, 3) of a pin along x with a round eye at each end."""
    a = np.linspace(0, 1.9 * np.pi, 26)
    loop = np.stack([eye * (1 - np.cos(a)), eye * np.sin(a), 0.35 * wire * np.sin(a / 2)], -1)
    right = loop + np.array([half, 0, 0])
    left = (loop * [-1, -1, 1])[::-1] - [half, 0, 0]
    middle = np.stack([np.linspace(-half, half, 24)[1:-1], np.zeros(22), np.zeros(22)], -1)
    return np.concatenate([left, middle, right])


def _joined_by_rings(
    hand: Hand, rng: Random, way: Way,
    element: Callable[[int, Floats, Floats], list[Part]], long: float, wire: float,
) -> list[Part]:  # fmt: skip
    parts: list[Part] = []
    radius = 0.12
    step = long + 2 * radius - 5 * wire
    distance, number = long / 2, 0
    while distance < way[1][-1] - long / 2:
        at, direction = _at(way, distance)
        parts += element(number, at, direction)
        loose = 1 + np.clip(0.02 * hand.rhythm * rng.normal(), -0.12, 0.12)
        joint, along = _at(way, distance + step / 2 * loose)
        side = np.array([-along[1], along[0], 0.7])
        parts.append(ring(f"joint{number}", joint, side, radius * loose, wire, rng))
        distance += step * loose
        number += 1
    return parts[:-1]


def _locked(parts: list[Part], rng: Random) -> list[Part]:
    """The chain with its end links fast (an end that is gone is no gap), a ring at one end of it."""
    groups = list(dict.fromkeys(p.group for p in parts if p.group))
    ends = {*groups[:2], *groups[-2:]}
    first = next(p for p in parts if p.group == groups[0]).points.reshape(-1, 3)
    second = next(p for p in parts if p.group == groups[1]).points.reshape(-1, 3).mean(0)
    middle = first.mean(0)
    way = (middle - second) / np.linalg.norm(middle - second)
    reach = float(((first - middle) @ way).max())
    hook = ring("end-ring", middle + way * (reach + 0.1), [0.1, 0.1, 1], 0.24, 0.05, rng)
    fast = [
        Part(p.name, p.points, p.closing, p.skin, p.wall_cm, stuff=p.stuff, role=p.role)
        if p.group in ends
        else p
        for p in parts
    ]
    return [*fast, hook]
