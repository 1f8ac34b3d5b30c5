"""One piece from a seed: design, hand, defects, pose.

Every subject draws from its own random stream, so that a change in one leaves the others as they were, and
variance knows nothing of defects.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ubora.datasets.render.defects import apply as defects
from ubora.datasets.render.designs.catalogue import Design, catalogue
from ubora.datasets.render.designs.cousins import Kinship, cousin
from ubora.datasets.render.designs.hands import Hand, approved_hand, draw_hand
from ubora.datasets.render.noise import Floats, Random
from ubora.datasets.render.pieces import build as pieces
from ubora.datasets.render.shapes import Part, turn

WORKSHOPS = tuple(f"mf-{number:04d}" for number in range(1, 25))
STREAMS = ("design", "hand", "surface", "defects", "pose", "place", "light", "views", "phone", "workshop")
APPROVED = 1_000_000
"""Numbers from here on are approved samples, one a design."""


@dataclass(frozen=True)
class Made:
    """A piece before anybody photographs it; the parts lie on the ground z = 0."""

    number: int
    microfactory: str
    design: Design
    hand: Hand
    plans: tuple[defects.Plan, ...]
    clean: list[Part]
    spoiled: defects.Spoiled


def stream(seed: int, number: int, name: str) -> Random:
    """The random stream of one subject of one piece."""
    return np.random.default_rng([seed, number, STREAMS.index(name)])


def make(
    seed: int,
    number: int,
    grid: float = 1.0,
    only: Sequence[str] = (),
    *,
    cousins: Kinship | None = None,
    pieces_a_design: int = 1,
    only_defects: Sequence[str] = (),
) -> Made:
    """Piece `number` of the set `seed`, clean and spoiled.

    From APPROVED on, piece APPROVED + d is the approved sample of design d, of the catalogue or of the set's
    cousins: clean, of an even level 3.

    Args:
        grid: below 1 makes its surfaces coarser.
        only: the categories to draw from; every one where there are none.
        cousins: its design is such a cousin of one in the catalogue.
        pieces_a_design: how many pieces in a row are of one cousin.
        only_defects: the classes of defect that every piece has some of, where its design can.
    """
    microfactory = WORKSHOPS[int(stream(seed, number, "workshop").integers(len(WORKSHOPS)))]
    hand_rng = stream(seed, number, "hand")
    if number >= APPROVED:
        hand, own = approved_hand(hand_rng), number - APPROVED
        design = drawn_design(seed, own, only, cousins=cousins) if cousins else catalogue()[own]
        plans: tuple[defects.Plan, ...] = ()
    else:
        hand, own = draw_hand(hand_rng), number // pieces_a_design
        design = drawn_design(seed, own, only, cousins=cousins)
        plans = defects.draw_plans(design, stream(seed, number, "defects"), only_defects)
    parts = pieces.build(design, hand, stream(seed, number, "surface"), grid)
    posed = lie_down(design, parts, stream(seed, number, "pose"))
    return Made(number, microfactory, design, hand, plans, posed, defects.spoil(design, posed, plans))


def drawn_design(
    seed: int, number: int, only: Sequence[str] = (), *, cousins: Kinship | None = None
) -> Design:
    """A drawn design: first a category, less unequally than the catalogue has them, then one of it.

    Args:
        number: of the piece, or of the cousin where several pieces share one.
    """
    rng = stream(seed, number, "design")
    of: dict[str, list[Design]] = {}
    for design in catalogue():
        if not only or design.category in only:
            of.setdefault(design.category, []).append(design)
    weights = np.sqrt([len(designs) for designs in of.values()])
    chosen = list(of.values())[int(rng.choice(len(of), p=weights / weights.sum()))]
    design = chosen[int(rng.integers(len(chosen)))]
    return cousin(design, f"{seed}-{number:05d}", rng, cousins) if cousins else design


def extent(parts: list[Part]) -> tuple[Floats, float]:
    """The middle (3,) of a piece and the radius in cm of the ball around it."""
    cloud = np.concatenate([p.points.reshape(-1, 3) for p in parts])
    middle = (cloud.min(0) + cloud.max(0)) / 2
    return middle, float(np.linalg.norm(cloud - middle, axis=1).max())


def companion(made: Made, rng: Random, grid: float) -> tuple[list[Part], Floats, float]:
    """A second, clean piece of about the same size beside this one, and the middle and radius of both."""
    middle, radius = extent(made.clean)
    near = [d for d in catalogue() if 0.6 < d.radius_cm / made.design.radius_cm < 1.6]
    design = made.design if rng.random() < 0.5 else near[int(rng.integers(len(near)))]
    parts = lie_down(design, pieces.build(design, draw_hand(rng), rng, 0.6 * grid), rng)
    own_middle, own_radius = extent(parts)
    way = rng.uniform(0, 2 * np.pi)
    gap = radius + own_radius * rng.uniform(1.02, 1.15)
    moved = [
        p.moved(
            np.eye(3),
            middle * [1, 1, 0] - own_middle * [1, 1, 0] + gap * np.array([np.cos(way), np.sin(way), 0]),
        )
        for p in parts
    ]
    both = [*made.clean, *moved]
    return moved, *extent(both)


def lie_down(design: Design, parts: list[Part], rng: Random) -> list[Part]:
    """The piece turned about z, sometimes leaning, its lowest point on the ground, centred."""
    spin = turn("z", rng.uniform(0, 360))
    tilt = rng.normal(0, 3) if rng.random() < 0.8 else rng.uniform(8, 28)
    stand = rng.random() < 0.15 and design.category in ("ring", "bangle") and design.width_cm > 0.6
    limp = design.category in ("beads", "chain", "wrap") or "pair" in design.extras
    pose = spin @ turn("x", 90 + rng.uniform(-4, 4) if stand else (0 if limp else tilt))
    turned = [p.moved(pose, np.zeros(3)) for p in parts]
    cloud = np.concatenate([p.points.reshape(-1, 3) for p in turned])
    middle = (cloud.min(0) + cloud.max(0)) / 2
    return [p.moved(np.eye(3), -np.array([middle[0], middle[1], cloud[:, 2].min()])) for p in turned]
