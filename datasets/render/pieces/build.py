"""From a design and a hand to the closed surfaces of one clean piece, lying as made (axis z), in cm."""

from dataclasses import replace

import numpy as np

from ubora.datasets.render.designs.catalogue import Design
from ubora.datasets.render.designs.hands import Hand
from ubora.datasets.render.noise import Random
from ubora.datasets.render.pieces.chains import chain
from ubora.datasets.render.pieces.drops import spiral, stack
from ubora.datasets.render.pieces.hoops import hoop
from ubora.datasets.render.pieces.plates import flat
from ubora.datasets.render.pieces.strands import strand
from ubora.datasets.render.pieces.wraps import wrap
from ubora.datasets.render.shapes import Part, turn

MAKERS = {"beads": strand, "chain": chain, "wrap": wrap, "pendant": flat, "drop": flat}
"""What makes each category; all others are hoops."""

FORMS = {"spiral": spiral, "stack": stack}


def build(design: Design, hand: Hand, rng: Random, grid: float = 1.0) -> list[Part]:
    """The parts of one piece, the main one first; `grid` below 1 makes them coarser (clutter, tests)."""
    hand = hand.shown_by(design.aspects)
    if "pair" in design.extras:
        return _pair(design, hand, rng, grid)
    return _single(design, hand, rng, grid)


def _single(design: Design, hand: Hand, rng: Random, grid: float) -> list[Part]:
    make = FORMS.get(design.form) or MAKERS.get(design.category, hoop)
    parts = make(design, hand, rng, grid)
    if design.stretch != (1.0, 1.0):
        parts = [p.moved(np.diag([*design.stretch, 1.0]), np.zeros(3)) for p in parts]
    return parts


def _pair(design: Design, hand: Hand, rng: Random, grid: float) -> list[Part]:
    """Two earrings side by side, the second from the other hand: what strays, strays the other way."""
    parts: list[Part] = []
    edge = 0.0
    for number, own in enumerate((hand, replace(hand, asymmetry=-hand.asymmetry, rhythm=-hand.rhythm))):
        made = _single(design, own, rng, 0.58 * grid)
        if design.category == "hoop":
            # Hoops lie with their gap up.
            made = [p.moved(turn("z", 90), np.zeros(3)) for p in made]
        lean = turn("z", float(rng.normal(0, 9)))
        made = [p.moved(lean, np.zeros(3)) for p in made]
        cloud = np.concatenate([p.points.reshape(-1, 3) for p in made])
        low = np.array([0, 0, float(cloud[:, 2].min())])
        gap = design.radius_cm * rng.uniform(0.15, 0.5)
        left = edge - float(cloud[:, 0].min()) + (gap if number else 0)
        shift = np.array([left, float(rng.normal(0, 0.12)) * design.radius_cm * number, 0]) - low
        made = [p.moved(np.eye(3), shift) for p in made]
        edge = float(max(p.points[..., 0].max() for p in made))
        names = ("left", "right")
        parts += [replace(p, name=f"{names[number]}-{p.name}", group=p.group and f"{names[number]}-{p.group}")
                  for p in made]  # fmt: skip
    return parts
