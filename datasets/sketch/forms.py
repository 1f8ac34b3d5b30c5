"""Pieces from rules, as parts that are set onto a relief one after the other.

    parts = draw_form(1024, random)
    for part in parts: part.onto(relief)

A part that could fall off (a bead, a drop) says so; leaving it out is a missing part.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from datasets.render.noise import Random, single
from datasets.sketch.parts import (
    Part,
    across_of,
    beads_along,
    coil,
    links,
    oval,
    sheet,
    tube,
    turned,
    wrapped,
)
from datasets.sketch.stuffs import metal, stuff

Form = Callable[[int, float, Random], list[Part]]
"""(side of the relief, length of the piece, random) → its parts, in the middle of the relief."""


def draw_form(side: int, random: Random) -> list[Part]:
    """A piece of any form, 45–90 % of the side long."""
    form = FORMS[str(random.choice(list(FORMS)))]
    return form(side, side * float(random.uniform(0.45, 0.9)), random)


def net(side: int, length: float, random: Random) -> list[Part]:
    """A bracelet of many strands that cross, with beads caught in them."""
    turn, squeeze = random.uniform(0, 2 * np.pi), random.uniform(0.55, 1.0)
    span, strands = random.uniform(1.3, 2.0) * np.pi, int(random.integers(4, 14))
    wire = metal(random) if random.random() < 0.6 else stuff(random)
    width = length * random.uniform(0.06, 0.16)
    skins = [stuff(random) for _ in range(int(random.integers(1, 5)))]
    radius, cord = length * random.uniform(0.012, 0.03), length * random.uniform(0.003, 0.006)
    parts = []
    for _ in range(strands):
        path = oval(side, 0.85 * length, random, turn, span, squeeze)
        knots = int(random.integers(5, 14))
        off = np.interp(np.linspace(0, knots - 1, len(path)), np.arange(knots), random.normal(0, 0.5, knots))
        high = np.interp(np.linspace(0, knots - 1, len(path)), np.arange(knots), random.uniform(0, 1, knots))
        ends = np.minimum(1, 6 * np.minimum(np.linspace(0, 1, len(path)), np.linspace(1, 0, len(path))))
        path = single(path + across_of(path) * (off * ends * width)[:, None])
        parts.append(tube(path, single(cord + 0.5 * width * high), cord, wire, random.choice([0, 0.08])))
        beads = beads_along(path, 0.4 * width, radius, skins, random.uniform(2.2, 6), 0.75, random)
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
        path = oval(side, length * (1 - 0.14 * row), random, turn, span, squeeze)
        parts.append(tube(path, single(np.full(len(path), radius)), 0.2 * radius, wire))
        parts += beads_along(path, radius, radius, skins, random.choice([1.9, 2.1, 3.0]), 1.0, random)
    return parts


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
            parts += links(path, size, skin, random)
        else:
            parts.append(tube(path, single(np.full(80, size)), size, skin, 0.04))
    body = random.random()
    if body < 0.6:
        return parts + sheet(side, at, radius, random)
    if body < 0.8:
        return parts + coil(at, radius, random)
    return parts + wrapped(at, radius, random)


def earrings(side: int, length: float, random: Random) -> list[Part]:
    """Two hooks, beads below them, and a drop."""
    parts, wire = [], metal(random)
    skins = [stuff(random) for _ in range(3)]
    drop, apart = random.random(), length * random.uniform(0.22, 0.5)
    radius = 0.5 * min(apart, 0.4 * length) * random.uniform(0.5, 0.95)
    bead = length * random.uniform(0.02, 0.045)
    alike = int(random.integers(2**31))
    for way in (-1, 1):
        own = np.random.default_rng(alike)
        lean = random.normal(0, 0.12)
        x, top = side / 2 + way * apart / 2, side / 2 - 0.45 * length
        t = np.linspace(0, 1, 60)
        hook = np.stack(
            [np.cos(np.pi * (1.2 * t - 0.1)) * 0.09 * length, -np.sin(np.pi * t) * 0.14 * length], 1
        )
        hook += np.array([x + 0.09 * length, top + 0.14 * length])
        stem = np.stack([np.full(30, hook[-1, 0]), np.linspace(hook[-1, 1], top + 0.6 * length, 30)], 1)
        about = np.array([x, side / 2])
        path = single(turned(single(np.vstack([hook, stem])) - about, lean) + about)
        thick = max(2.0, 0.006 * length)
        parts.append(tube(path, single(np.full(len(path), 2 * thick)), thick, wire))
        parts += beads_along(path[62:], bead, bead, skins, own.choice([1.9, 2.3]), 0.9, own)
        end = (float(path[-1, 0]), float(path[-1, 1]))
        if drop < 0.4:
            parts += coil(end, radius, own)
        elif drop < 0.8:
            parts += sheet(side, end, radius, own)
        else:
            parts += wrapped(end, 0.6 * radius, own)
    return parts


def plait(side: int, length: float, random: Random) -> list[Part]:
    """Two to five wires plaited to a bangle or a cuff."""
    turn, span = random.uniform(0, 2 * np.pi), random.uniform(1.2, 2.0) * np.pi
    base = oval(side, 0.9 * length, random, turn, span, random.uniform(0.4, 1.0))
    count, waves = int(random.integers(2, 6)), random.uniform(8, 24)
    width, parts = length * random.uniform(0.02, 0.05), []
    skins = [metal(random), metal(random) if random.random() < 0.4 else stuff(random)]
    skins = skins if random.random() < 0.4 else skins[:1]
    t = np.linspace(0, 2 * np.pi * waves, 700)
    finer, coarse = np.linspace(0, 1, 700), np.linspace(0, 1, len(base))
    fine = single(np.stack([np.interp(finer, coarse, c) for c in base.T], 1))
    aside = np.stack([np.interp(finer, coarse, c) for c in across_of(base).T], 1)
    for one in range(count):
        phase = 2 * np.pi * one / count
        path = single(fine + aside * (width * np.sin(t + phase))[:, None])
        high = single(width * (0.8 + 0.5 * np.cos((2 if count > 2 else 1) * t + phase)))
        parts.append(tube(path, high, width * random.uniform(0.3, 0.5), skins[one % len(skins)]))
    return parts


def band(side: int, length: float, random: Random) -> list[Part]:
    """A flat ring or open cuff seen from above, or a plate, with its face worked."""
    return sheet(side, (side / 2, side / 2), 0.5 * length, random)


FORMS: dict[str, Form] = {
    "net": net, "strand": strand, "pendant": pendant, "earrings": earrings, "plait": plait, "plate": band,
}  # fmt: skip
