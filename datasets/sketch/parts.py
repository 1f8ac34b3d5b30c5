"""What pieces are put together from: beads along a path, wires, chains, sheets, coils, wrapped stones."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.render.noise import Floats, Random, noise2, single
from datasets.sketch.relief import Point, Relief, Skin
from datasets.sketch.stuffs import metal, stuff


@dataclass(frozen=True)
class Part:
    onto: Callable[[Relief], None]
    loose: bool = False
    """Whether the piece would still hang together without it."""


def bead_at(at: Point, z: float, radius: float, turn: float, skin: Skin, random: Random, shape: int) -> Part:
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


def tube(path: Floats, z: Floats, radius: float, skin: Skin, twist: float = 0.0) -> Part:
    return Part(lambda relief: relief.tube(path, z, radius, skin, twist))


def oval(side: int, length: float, random: Random, turn: float, span: float, squeeze: float) -> Floats:
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
    return single(turned(flat, turn) + side / 2)


def turned(points: Floats, angle: float) -> Floats:
    """(n, 2) points turned about the origin."""
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray(points @ rotation.T)


def across_of(path: Floats) -> Floats:
    """(n, 2): unit vectors to the side of a path."""
    headings = headings_of(path)
    return np.stack([-np.sin(headings), np.cos(headings)], 1)


def headings_of(path: Floats) -> Floats:
    steps = np.gradient(path, axis=0)
    return single(np.arctan2(steps[:, 1], steps[:, 0]))


def lengths_of(path: Floats) -> Floats:
    """(n,): how far along the path each of its points is, in px."""
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])


def beads_along(
    path: Floats, z: float, radius: float, skins: list[Skin], gap: float, share: float, random: Random
) -> list[Part]:
    """Beads of a few kinds, `gap` radii from one to the next; each there with probability `share`."""
    far = lengths_of(path)
    headings, parts, at = headings_of(path), [], radius
    shapes = [int(s) for s in random.integers(0, 5, 2)]
    while at < far[-1] - radius:
        own = radius * float(random.uniform(0.85, 1.15))
        if random.random() < share:
            index = int(np.searchsorted(far, at))
            place = (float(np.interp(at, far, path[:, 0])), float(np.interp(at, far, path[:, 1])))
            skin = skins[int(random.integers(len(skins)))]
            shape = shapes[int(random.integers(2))]
            parts.append(bead_at(place, z, own, float(headings[index]), skin, random, shape))
        at += own * gap
    return parts


def links(path: Floats, size: float, skin: Skin, random: Random) -> list[Part]:
    """A chain: links that lie flat and links on their edge by turns."""
    far = lengths_of(path)
    parts, headings, around = [], headings_of(path), np.linspace(0, 2 * np.pi, 24)
    thick, flat = size * random.uniform(0.14, 0.24), True
    for at in np.arange(0, far[-1], 1.3 * size):
        index = min(int(np.searchsorted(far, at)), len(path) - 1)
        heading = headings[index] + random.normal(0, 0.12)
        loop = np.stack([np.cos(around) * size, np.sin(around) * size * (0.6 if flat else 0.06)], 1)
        link = single(path[index] + turned(loop, heading))
        parts.append(tube(link, single(np.full(24, thick)), thick, skin))
        flat = not flat
    return parts


def _outline(at: Point, radius: float, random: Random) -> Floats:
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


def sheet(side: int, at: Point, radius: float, random: Random) -> list[Part]:
    """A flat pendant: plain, hammered, stamped, engraved, or cut through."""
    mask = np.zeros((side, side), np.uint8)
    outline = _outline(at, radius, random)
    cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 1)
    face = np.zeros((side, side), np.float32)
    kind = int(random.integers(6))
    thick = radius * random.uniform(0.06, 0.16)
    line = max(2, round(radius * random.uniform(0.03, 0.07)))
    if kind == 1:
        cells = side / radius * random.uniform(2, 7)
        face += noise2((side, side), (cells, cells), random, 1) * radius * 0.05
    elif kind in (2, 3):
        face += single(_strokes(side, at, radius, line, random) * thick * (-0.6 if kind == 2 else 0.6))
    elif kind == 4:
        mask = _drilled(mask, at, radius, random)
    elif kind == 5:
        mask = _barred(mask, at, radius, random)
    skin = metal(random) if random.random() < 0.75 else stuff(random)
    inside, bevel = mask > 0, max(2.0, 0.5 * thick)
    z = 2.0
    done = [Part(lambda relief: relief.plate(inside, z, thick, bevel, skin, face))]
    if random.random() < 0.3 and kind in (0, 1):
        done.append(bead_at(at, z + thick, radius * random.uniform(0.15, 0.4), 0.0, stuff(random), random, 0))
    return done


def _strokes(side: int, at: Point, radius: float, line: int, random: Random) -> Floats:
    """(side, side) 0–1: arcs and letters, as a punch or a graver leaves them."""
    strokes = np.zeros((side, side), np.uint8)
    for _ in range(int(random.integers(3, 14))):
        x, y = map(int, random.uniform(-0.7, 0.7, 2) * radius + at)
        if random.random() < 0.5:
            size = radius * random.uniform(0.1, 0.5)
            axes = (int(size), int(size * random.uniform(0.4, 1)))
            lean, end = random.uniform(0, 180), random.uniform(120, 360)
            cv2.ellipse(strokes, (x, y), axes, lean, 0, end, 255, line, cv2.LINE_AA)
        else:
            letter = chr(int(random.integers(65, 91)))
            cv2.putText(strokes, letter, (x, y), cv2.FONT_HERSHEY_TRIPLEX, radius / 90, 255, line)
    return single(cv2.GaussianBlur(strokes.astype(np.float32) / 255, (0, 0), 1.5))


def _drilled(mask: NDArray[np.uint8], at: Point, radius: float, random: Random) -> NDArray[np.uint8]:
    """The sheet with a ring of holes, and one in its middle."""
    cut, holes = mask.copy(), int(random.integers(3, 12))
    for angle in np.linspace(0, 2 * np.pi, holes, endpoint=False):
        place = at + radius * random.uniform(0.45, 0.6) * np.array([np.cos(angle), np.sin(angle)])
        cv2.circle(cut, (int(place[0]), int(place[1])), int(radius * 0.9 / max(4, holes)), 0, -1)
    middle = (round(at[0]), round(at[1]))
    cv2.circle(cut, middle, int(radius * random.uniform(0.1, 0.25)), 0, -1)
    return cut


def _barred(mask: NDArray[np.uint8], at: Point, radius: float, random: Random) -> NDArray[np.uint8]:
    """Openwork: the sheet's rim, and bars across it."""
    bars, count = np.zeros_like(mask), int(random.integers(3, 12))
    rim = max(3, int(radius * random.uniform(0.06, 0.14)))
    inner = cv2.erode(mask, np.ones((2 * rim + 1, 2 * rim + 1), np.uint8))
    for _ in range(count):
        ends = (random.uniform(-1, 1, (2, 2)) * radius + at).astype(int)
        cv2.line(bars, tuple(map(int, ends[0])), tuple(map(int, ends[1])), 1, rim)
    return np.asarray(mask * (1 - inner * (1 - bars)), np.uint8)


def coil(at: Point, radius: float, random: Random) -> list[Part]:
    """A wire wound flat to a spiral."""
    turns, wire = random.uniform(2, 6), metal(random)
    thick = radius / turns * random.uniform(0.22, 0.48)
    t = np.linspace(0.03, 1, 400)
    angle = 2 * np.pi * turns * t
    path = single(np.stack([np.cos(angle), np.sin(angle)], 1) * (radius * t)[:, None] + at)
    parts = [tube(path, single(np.full(400, thick)), thick, wire, random.choice([0, 0, 0.05]))]
    if random.random() < 0.3:
        parts.append(
            bead_at(at, 2 * thick, 0.22 * radius, 0.0, stuff(random), random, int(random.integers(4)))
        )
    return parts


def wrapped(at: Point, radius: float, random: Random) -> list[Part]:
    """A stone with wire wound around it."""
    wire, turn = metal(random), random.uniform(0, np.pi)
    parts = [
        bead_at(at, 0.3 * radius, 0.8 * radius, turn, stuff(random), random, int(random.choice([0, 1, 3, 4])))
    ]
    thick = radius * random.uniform(0.02, 0.05)
    for _ in range(int(random.integers(2, 9))):
        t = np.linspace(-1, 1, 60)
        lean, off = random.normal(turn + np.pi / 2, 0.35), random.uniform(-0.6, 0.6) * radius
        along = np.stack([np.cos(lean) * t, np.sin(lean) * t], 1) * radius
        aside = off * np.array([np.cos(turn), np.sin(turn)])
        high = 0.3 * radius + 0.75 * radius * np.sqrt(np.clip(1 - t**2 - (off / radius) ** 2, 0, 1))
        parts.append(tube(single(along + aside + at), single(high), thick, wire, random.choice([0, 0.06])))
    return parts
