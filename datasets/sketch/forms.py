"""Pieces from rules, as parts that are set onto a relief one after the other.

    parts = draw_form(1024, random)
    for part in parts: part.onto(relief)

A part that could fall off (a bead, a drop) says so; leaving it out is a missing part.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from datasets.render.noise import Floats, Random, noise2, single
from datasets.sketch.relief import Point, Relief, Skin


@dataclass(frozen=True)
class Part:
    onto: Callable[[Relief], None]
    loose: bool = False
    """Whether the piece would still hang together without it."""


Form = Callable[[int, float, Random], list[Part]]
"""(side of the relief, length of the piece's longer side, random) → its parts, in the middle of the relief."""


def draw_form(side: int, random: Random) -> tuple[str, list[Part]]:
    """A form's name, and a piece of it as long as 45–90 % of the side; small ones stand in large photos too."""
    name = str(random.choice(list(FORMS)))
    return name, FORMS[name](side, side * float(random.uniform(0.45, 0.9)), random)


METALS = ((0.82, 0.58, 0.24), (0.9, 0.72, 0.36), (0.75, 0.74, 0.72), (0.72, 0.42, 0.3), (0.2, 0.19, 0.18))


def metal(random: Random) -> Skin:
    """Brass, gold, silver, copper or blackened silver; polished to worn."""
    colour = single(METALS[int(random.integers(len(METALS)))]) * single(random.uniform(0.9, 1.08, 3))
    return Skin(
        np.clip(colour, 0, 1), 1.0, float(random.uniform(0.05, 0.6)), grain=float(random.uniform(0, 0.2))
    )


def stuff(random: Random) -> Skin:
    """Of a bead: stone, glass, pearl, wood or bone, clay, metal."""
    kind = int(random.integers(6))
    hue = single(cv2.cvtColor(single([[[random.uniform(0, 360), random.uniform(0.3, 0.95), 1]]]),
                              cv2.COLOR_HSV2RGB)[0, 0])  # fmt: skip
    if kind == 0:
        return Skin(hue * random.uniform(0.05, 0.6), 0, 0.15, 0.0, float(random.uniform(0.1, 0.8)))
    if kind == 1:
        return Skin(hue * random.uniform(0.3, 0.9), 0, 0.03, float(random.uniform(0.4, 1.0)))
    if kind == 2:
        return Skin(single((0.85, 0.8, 0.74)) * single(random.uniform(0.85, 1.1, 3)), 0.15, 0.3, 0.1)
    if kind == 3:
        tone = random.uniform(0, 1)
        colour = single((0.1, 0.05, 0.02)) * (1 - tone) + single((0.75, 0.6, 0.4)) * tone
        return Skin(single(colour), 0, float(random.uniform(0.3, 0.9)), 0.0, float(random.uniform(0.1, 0.6)))
    if kind == 4:
        return Skin(hue * random.uniform(0.1, 0.7), 0, float(random.uniform(0.2, 0.9)))
    return metal(random)


def _bead(at: Point, z: float, radius: float, turn: float, skin: Skin, random: Random, shape: int) -> Part:
    """Round, oval, a disc on its edge, cut, or a chip as it broke."""
    seed = int(random.integers(2**31))
    long = {
        0: 1.0,
        1: random.uniform(1.2, 1.8),
        2: random.uniform(0.35, 0.6),
        3: 1.1,
        4: random.uniform(0.8, 1.6),
    }
    radii = (radius * float(long[shape]), radius, radius * (0.6 if shape == 4 else 0.9))
    facets = {3: 22, 4: 7}.get(shape, 0)

    def onto(relief: Relief) -> None:
        relief.ball(at, z, radii, turn, skin, np.random.default_rng(seed), facets)

    return Part(onto, loose=True)


def _tube(path: Floats, z: Floats, radius: float, skin: Skin, twist: float = 0.0) -> Part:
    return Part(lambda relief: relief.tube(path, z, radius, skin, twist))


def _arc(side: int, length: float, random: Random, turn: float, span: float, squeeze: float) -> Floats:
    """(n, 2) points: part of an oval in the middle of the relief."""
    angles = np.linspace(-span / 2, span / 2, 260)
    flat = np.stack([np.cos(angles), squeeze * np.sin(angles)], 1) * length / 2
    # Nothing is laid down as a perfect oval.
    flat += (
        0.03
        * length
        * np.stack([np.sin(2 * angles + random.uniform(0, 6)), np.sin(3 * angles)], 1)
        * random.normal()
    )
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return single(flat @ turned.T + side / 2)


def _headings(path: Floats) -> Floats:
    steps = np.gradient(path, axis=0)
    return single(np.arctan2(steps[:, 1], steps[:, 0]))


def _beads_along(
    path: Floats, z: float, radius: float, skins: list[Skin], gap: float, share: float, random: Random
) -> list[Part]:
    """Beads of a few kinds, `gap` radii from one to the next; each there with probability `share`."""
    far = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    headings, parts, at = _headings(path), [], radius
    shapes = [int(s) for s in random.integers(0, 5, 2)]
    while at < far[-1] - radius:
        own = radius * float(random.uniform(0.85, 1.15))
        if random.random() < share:
            index = int(np.searchsorted(far, at))
            place = (float(np.interp(at, far, path[:, 0])), float(np.interp(at, far, path[:, 1])))
            skin = skins[int(random.integers(len(skins)))]
            shape = shapes[int(random.integers(2))]
            parts.append(_bead(place, z, own, float(headings[index]), skin, random, shape))
        at += own * gap
    return parts


def net(side: int, length: float, random: Random) -> list[Part]:
    """A bracelet of many strands that cross, with beads caught in them."""
    turn, squeeze = random.uniform(0, 2 * np.pi), random.uniform(0.55, 1.0)
    span, strands = random.uniform(1.3, 2.0) * np.pi, int(random.integers(4, 14))
    wire, width = (
        metal(random) if random.random() < 0.6 else stuff(random),
        length * random.uniform(0.06, 0.16),
    )
    skins = [stuff(random) for _ in range(int(random.integers(1, 5)))]
    radius, cord = length * random.uniform(0.012, 0.03), length * random.uniform(0.003, 0.006)
    parts = []
    for _ in range(strands):
        path = _arc(side, 0.85 * length, random, turn, span, squeeze)
        ways = np.stack([-np.sin(_headings(path)), np.cos(_headings(path))], 1)
        knots = int(random.integers(5, 14))
        off = np.interp(np.linspace(0, knots - 1, len(path)), np.arange(knots), random.normal(0, 0.5, knots))
        high = np.interp(np.linspace(0, knots - 1, len(path)), np.arange(knots), random.uniform(0, 1, knots))
        ends = np.minimum(1, 6 * np.minimum(np.linspace(0, 1, len(path)), np.linspace(1, 0, len(path))))
        path = single(path + ways * (off * ends * width)[:, None])
        parts.append(_tube(path, single(cord + 0.5 * width * high), cord, wire, random.choice([0, 0.08])))
        beads = _beads_along(path, 0.4 * width, radius, skins, random.uniform(2.2, 6), 0.75, random)
        # Without the design nobody can say that a net lacks a bead.
        parts += [replace(bead, loose=False) for bead in beads]
    return parts


def strand(side: int, length: float, random: Random) -> list[Part]:
    """One to three rows of beads, close or on a wire that shows."""
    turn, squeeze = random.uniform(0, 2 * np.pi), random.uniform(0.3, 1.0)
    parts, wire = [], metal(random)
    skins = [stuff(random) for _ in range(int(random.integers(1, 4)))]
    radius = length * random.uniform(0.02, 0.055)
    span = random.uniform(0.5, 2.0) * np.pi
    for row in range(int(random.integers(1, 4))):
        path = _arc(side, length * (1 - 0.14 * row), random, turn, span, squeeze)
        parts.append(_tube(path, single(np.full(len(path), radius)), 0.2 * radius, wire))
        parts += _beads_along(path, radius, radius, skins, random.choice([1.9, 2.1, 3.0]), 1.0, random)
    return parts


def _links(path: Floats, size: float, skin: Skin, random: Random) -> list[Part]:
    """A chain: links that lie flat and links on their edge by turns."""
    far = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    parts, headings, around = [], _headings(path), np.linspace(0, 2 * np.pi, 24)
    thick, flat = size * random.uniform(0.14, 0.24), True
    for at in np.arange(0, far[-1], 1.3 * size):
        index = min(int(np.searchsorted(far, at)), len(path) - 1)
        heading = headings[index] + random.normal(0, 0.12)
        loop = np.stack([np.cos(around) * size, np.sin(around) * size * (0.6 if flat else 0.06)], 1)
        turned = loop @ np.array([[np.cos(heading), np.sin(heading)], [-np.sin(heading), np.cos(heading)]])
        parts.append(_tube(single(path[index] + turned), single(np.full(24, thick)), thick, skin))
        flat = not flat
    return parts


def _outline(side: int, at: Point, radius: float, random: Random) -> Floats:
    """(n, 2) points: a disc, a leaf, a hand, a star, a pebble."""
    angles = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    kind = int(random.integers(4))
    reach = np.ones(120)
    if kind == 1:
        reach = 1 / (1 + random.uniform(0.3, 1.2) * np.abs(np.sin(angles)))
    elif kind == 2:
        points = int(random.integers(3, 8))
        reach = 0.75 + 0.25 * np.cos(points * angles) * random.uniform(0.4, 1)
    elif kind == 3:
        for wave in range(2, 7):
            reach += random.normal(0, 0.25 / wave) * np.cos(wave * angles + random.uniform(0, 6))
    turn = random.uniform(0, 2 * np.pi)
    return single(np.stack([np.cos(angles + turn), np.sin(angles + turn)], 1) * radius * reach[:, None] + at)


def _sheet(side: int, at: Point, radius: float, random: Random, z: float = 2.0) -> list[Part]:
    """A flat pendant: plain, hammered, stamped, engraved, or cut through."""
    mask = np.zeros((side, side), np.uint8)
    outline = _outline(side, at, radius, random)
    cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 1)
    face = np.zeros((side, side), np.float32)
    kind = int(random.integers(6))
    thick = radius * random.uniform(0.06, 0.16)
    middle = (round(at[0]), round(at[1]))
    line = max(2, round(radius * random.uniform(0.03, 0.07)))
    if kind == 1:
        cells = side / radius * random.uniform(2, 7)
        face += noise2((side, side), (cells, cells), random, 1) * radius * 0.05
    elif kind in (2, 3):
        strokes = np.zeros((side, side), np.uint8)
        for _ in range(int(random.integers(3, 14))):
            x, y = (random.uniform(-0.7, 0.7, 2) * radius + at).astype(int)
            if random.random() < 0.5:
                size = radius * random.uniform(0.1, 0.5)
                cv2.ellipse(strokes, (int(x), int(y)), (int(size), int(size * random.uniform(0.4, 1))),
                            random.uniform(0, 180), 0, random.uniform(120, 360), 255, line, cv2.LINE_AA)  # fmt: skip
            else:
                letter = chr(int(random.integers(65, 91)))
                cv2.putText(
                    strokes, letter, (int(x), int(y)), cv2.FONT_HERSHEY_TRIPLEX, radius / 90, 255, line
                )
        soft = cv2.GaussianBlur(strokes.astype(np.float32) / 255, (0, 0), 1.5)
        face += single(soft * thick * (-0.6 if kind == 2 else 0.6))
    elif kind in (4, 5):
        holes = int(random.integers(3, 12))
        if kind == 4:
            for angle in np.linspace(0, 2 * np.pi, holes, endpoint=False):
                place = at + radius * random.uniform(0.45, 0.6) * np.array([np.cos(angle), np.sin(angle)])
                cv2.circle(mask, (int(place[0]), int(place[1])), int(radius * 0.9 / max(4, holes)), 0, -1)
            cv2.circle(mask, middle, int(radius * random.uniform(0.1, 0.25)), 0, -1)
        else:
            rim = max(3, int(radius * random.uniform(0.06, 0.14)))
            inner = cv2.erode(mask, np.ones((2 * rim + 1, 2 * rim + 1), np.uint8))
            bars = np.zeros_like(mask)
            for _ in range(holes):
                ends = (random.uniform(-1, 1, (2, 2)) * radius + at).astype(int)
                cv2.line(bars, tuple(map(int, ends[0])), tuple(map(int, ends[1])), 1, rim)
            mask = np.asarray(mask * (1 - inner * (1 - bars)), np.uint8)
    skin = metal(random) if random.random() < 0.75 else stuff(random)
    inside, bevel = mask > 0, max(2.0, 0.5 * thick)
    done = [Part(lambda relief: relief.plate(inside, z, thick, bevel, skin, face))]
    if random.random() < 0.3 and kind in (0, 1):
        done.append(_bead(at, z + thick, radius * random.uniform(0.15, 0.4), 0.0, stuff(random), random, 0))
    return done


def pendant(side: int, length: float, random: Random) -> list[Part]:
    """A pendant on a chain that leaves the picture, or on a cord."""
    radius = length * random.uniform(0.14, 0.4)
    at = (side / 2 + random.normal(0, 0.03) * side, side / 2 + random.uniform(0, 0.15) * side)
    spread, rise = random.uniform(0.1, 0.7) * side, random.uniform(0.5, 0.9) * side
    skin, size = metal(random), length * random.uniform(0.007, 0.02)
    ring = (at[0], at[1] - radius * random.uniform(0.9, 1.05))
    parts = []
    for way in (-1, 1):
        t = np.linspace(0, 1, 80)
        path = single(
            np.stack([ring[0] + way * spread * t ** random.uniform(0.6, 1.3), ring[1] - rise * t], 1)
        )
        if random.random() < 0.8:
            parts += _links(path, size, skin, random)
        else:
            parts.append(_tube(path, single(np.full(80, size)), size, skin, 0.04))
    body = random.random()
    if body < 0.6:
        return parts + _sheet(side, at, radius, random)
    if body < 0.8:
        return parts + _coil(at, radius, random)
    return parts + _wrapped(at, radius, random)


def _coil(at: Point, radius: float, random: Random) -> list[Part]:
    """A wire wound flat to a spiral."""
    turns, wire = random.uniform(2, 6), metal(random)
    thick = radius / turns * random.uniform(0.22, 0.48)
    t = np.linspace(0.03, 1, 400)
    angle = 2 * np.pi * turns * t
    path = single(np.stack([np.cos(angle), np.sin(angle)], 1) * (radius * t)[:, None] + at)
    parts = [_tube(path, single(np.full(400, thick)), thick, wire, random.choice([0, 0, 0.05]))]
    if random.random() < 0.3:
        parts.append(_bead(at, 2 * thick, 0.22 * radius, 0.0, stuff(random), random, int(random.integers(4))))
    return parts


def _wrapped(at: Point, radius: float, random: Random) -> list[Part]:
    """A stone with wire wound around it."""
    wire, turn = metal(random), random.uniform(0, np.pi)
    parts = [
        _bead(at, 0.3 * radius, 0.8 * radius, turn, stuff(random), random, int(random.choice([0, 1, 3, 4])))
    ]
    thick = radius * random.uniform(0.02, 0.05)
    for _ in range(int(random.integers(2, 9))):
        t = np.linspace(-1, 1, 60)
        lean, off = random.normal(turn + np.pi / 2, 0.35), random.uniform(-0.6, 0.6) * radius
        along = np.stack([np.cos(lean) * t, np.sin(lean) * t], 1) * radius
        aside = off * np.array([np.cos(turn), np.sin(turn)])
        high = 0.3 * radius + 0.75 * radius * np.sqrt(np.clip(1 - t**2 - (off / radius) ** 2, 0, 1))
        parts.append(_tube(single(along + aside + at), single(high), thick, wire, random.choice([0, 0.06])))
    return parts


def earrings(side: int, length: float, random: Random) -> list[Part]:
    """Two hooks, beads below them, and a drop."""
    parts, wire = [], metal(random)
    skins = [stuff(random) for _ in range(3)]
    drop, apart = random.random(), length * random.uniform(0.22, 0.5)
    radius, bead = (
        0.5 * min(apart, 0.4 * length) * random.uniform(0.5, 0.95),
        length * random.uniform(0.02, 0.045),
    )
    alike = int(random.integers(2**31))
    for way in (-1, 1):
        own = np.random.default_rng(alike)
        lean = random.normal(0, 0.12)
        x, top = side / 2 + way * apart / 2, side / 2 - 0.45 * length
        t = np.linspace(0, 1, 60)
        hook = np.stack(
            [np.cos(np.pi * (1.2 * t - 0.1)) * 0.09 * length, -np.sin(np.pi * t) * 0.14 * length], 1
        )
        hook = hook + (x + 0.09 * length, top + 0.14 * length)
        stem = np.stack([np.full(30, hook[-1, 0]), np.linspace(hook[-1, 1], top + 0.6 * length, 30)], 1)
        path = _leaning(single(np.vstack([hook, stem])), lean, (x, side / 2))
        thick = max(2.0, 0.006 * length)
        parts.append(_tube(path, single(np.full(len(path), 2 * thick)), thick, wire))
        parts += _beads_along(path[62:], bead, bead, skins, own.choice([1.9, 2.3]), 0.9, own)
        end = (float(path[-1, 0]), float(path[-1, 1]))
        if drop < 0.4:
            parts += _coil(end, radius, own)
        elif drop < 0.8:
            parts += _sheet(side, end, radius, own)
        else:
            parts += _wrapped(end, 0.6 * radius, own)
    return parts


def _leaning(path: Floats, angle: float, about: Point) -> Floats:
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return single((path - about) @ turned.T + about)


def plait(side: int, length: float, random: Random) -> list[Part]:
    """Two to five wires plaited to a bangle or a cuff."""
    turn, span = random.uniform(0, 2 * np.pi), random.uniform(1.2, 2.0) * np.pi
    base = _arc(side, 0.9 * length, random, turn, span, random.uniform(0.4, 1.0))
    ways = np.stack([-np.sin(_headings(base)), np.cos(_headings(base))], 1)
    count, waves = int(random.integers(2, 6)), random.uniform(8, 24)
    width, parts = length * random.uniform(0.02, 0.05), []
    skins = [metal(random), metal(random) if random.random() < 0.4 else stuff(random)]
    skins = skins if random.random() < 0.4 else skins[:1]
    t = np.linspace(0, 2 * np.pi * waves, 700)
    fine = single(np.stack([np.interp(np.linspace(0, 1, 700), np.linspace(0, 1, 260), c) for c in base.T], 1))
    aside = np.stack([np.interp(np.linspace(0, 1, 700), np.linspace(0, 1, 260), c) for c in ways.T], 1)
    for one in range(count):
        phase = 2 * np.pi * one / count
        path = single(fine + aside * (width * np.sin(t + phase))[:, None])
        high = single(width * (0.8 + 0.5 * np.cos((2 if count > 2 else 1) * t + phase)))
        parts.append(_tube(path, high, width * random.uniform(0.3, 0.5), skins[one % len(skins)]))
    return parts


def band(side: int, length: float, random: Random) -> list[Part]:
    """A flat ring or open cuff seen from above, or a plate, with its face worked."""
    return _sheet(side, (side / 2, side / 2), 0.5 * length, random)


FORMS: dict[str, Form] = {
    "net": net, "strand": strand, "pendant": pendant, "earrings": earrings, "plait": plait, "plate": band,
}  # fmt: skip
