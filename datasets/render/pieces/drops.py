"""Drops that are no plates: beads on an eye pin, and wire coiled flat."""

import numpy as np

from ubora.datasets.render.designs.catalogue import Design
from ubora.datasets.render.designs.hands import Hand
from ubora.datasets.render.noise import Random
from ubora.datasets.render.pieces.findings import basis, hanger
from ubora.datasets.render.pieces.hoops import ripple, uneven_radius
from ubora.datasets.render.pieces.ornaments import Ground
from ubora.datasets.render.pieces.plates import finished
from ubora.datasets.render.pieces.strands import LENGTHS, bead
from ubora.datasets.render.pieces.surfaces import wire_skin
from ubora.datasets.render.shapes import Part, capped, profile, rod, sweep


def stack(design: Design, hand: Hand, rng: Random, grid: float) -> list[Part]:
    """Beads on an eye pin, the biggest in the middle, brass between."""
    own = design.own
    half, forms = design.width_cm / 2, ["round", "barrel", "heishi", "spacer"]
    big, second = str(own.choice(forms[:2])), str(own.choice(forms[:3]))
    run = [("spacer", "brass", 0.5), (big, design.accent, 1.0), ("spacer", "brass", 0.55),
           (second, design.accent, float(own.uniform(0.6, 1.2))), ("round", "brass", 0.4)]  # fmt: skip
    shape = (int(np.clip(46 * grid, 16, 50)), int(np.clip(68 * grid, 24, 76)))
    parts, y = [], 0.0
    slant = 0.02 * hand.asymmetry
    for number, (form, stuff, scale) in enumerate(run):
        size = half * scale * (1 + np.clip(1.7 * design.tolerance * hand.rhythm * rng.normal(), -0.25, 0.25))
        long = size * LENGTHS[form]
        points, skin = bead(design, hand, form, size, stuff, shape, rng)
        y -= long
        at = np.array([slant * y, y, 0])
        turned = points @ basis(np.array([slant, 1.0, 0]), rng.uniform(0, 6)).T
        parts.append(Part(f"bead{number}", turned + at, "ball", skin, size, stuff=stuff, role="bead",
                          group=f"bead{number}"))  # fmt: skip
        y -= long + 0.015 + 0.004 * abs(hand.rhythm) * rng.random()
    pin_path = np.stack(
        [slant * np.linspace(0.1, y - 0.05, 60), np.linspace(0.1, y - 0.05, 60), np.zeros(60)], -1
    )
    pin = rod(pin_path, 0.04, 10)
    parts.append(Part("pin", pin, "rod", wire_skin(design, hand, pin.shape[:2], rng), 0.08, role="wire"))
    return [*parts, *hanger(design, hand, np.array([0, 0.02, 0]), rng)]


def spiral(design: Design, hand: Hand, rng: Random, grid: float) -> list[Part]:
    """Wire coiled flat, with an ear hook or a bail; a free hand leaves the turns unevenly apart."""
    turns = 3.2 + 0.6 * float(design.own.integers(3))
    columns = int(np.clip(1000 * grid, 240, 1000))
    t = np.linspace(0, 1, columns)
    angle = 2 * np.pi * turns * t
    radius = design.radius_cm * (0.12 + 0.88 * t)
    radius = radius * (uneven_radius(design, hand, angle, rng) / design.radius_cm)
    radius = radius + 0.05 * hand.rhythm * design.width_cm * np.sin(angle / 2 + rng.uniform(0, 6)) * t
    start = np.pi / 2 - 2 * np.pi * turns
    path = np.stack([radius * np.cos(angle + start), radius * np.sin(angle + start), 0 * t], -1)
    out = np.broadcast_to([0.0, 0.0, 1.0], path.shape)
    cap = capped(columns, 3 / columns * 2)
    swell = (1 + 0.7 * ripple(design, hand, angle / turns, rng)) * cap
    points = sweep(path, out, profile(design.width_cm, design.thick_cm, 2, 26), swell, cap)
    empty = np.zeros(points.shape[:2], np.float32)
    main = finished(design, hand, points, "rod", Ground(empty, empty, empty, 0.0), rng)
    return [main, *hanger(design, hand, path[-1] + [0, design.width_cm / 2, 0], rng)]
