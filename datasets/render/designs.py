"""What the hub asked for and what the hand made of it: the catalogue of designs, and handmade variance.

Variance is drawn from its own random stream, so no level says anything about defects.

    ValueError
    └── DesignError   a design that is not in the catalogue
"""

from dataclasses import dataclass

import numpy as np

from datasets.render.noise import Random

LEVEL_BOUNDS = (0.6, 1.2, 2.0, 3.0)
"""Strain (in tolerances) below which a piece is of level 1, 2, 3, 4; from the last bound on it is level 5."""
LEVEL_SHARES = (0.15, 0.23, 0.26, 0.2, 0.16)
STRAIN_MAX = 4.4

ASPECTS = ("asymmetry", "thickness", "relief", "rhythm", "tone")


class DesignError(ValueError):
    """A design name that the catalogue does not have."""


@dataclass(frozen=True)
class Design:
    """An approved design: form in cm, finish, ornament, and what one unit of strain means."""

    name: str
    category: str
    material: str
    finish: str
    form: str
    radius_cm: float
    width_cm: float
    thick_cm: float
    ornament: str
    tone: float
    """-1 dark … 1 light, within what the material allows."""
    relief_cm: float
    """Hammer depth or grain height."""
    pitch_cm: float
    """Distance from one hammer mark or bead to the next."""
    tolerance: float
    """Relative deviation that one unit of strain means; 0.02 is 2 % of the radius."""


@dataclass(frozen=True)
class Hand:
    """How far this piece strayed from its design, aspect by aspect, in tolerances."""

    asymmetry: float
    thickness: float
    relief: float
    rhythm: float
    tone: float

    @property
    def strain(self) -> float:
        """Root mean square over the aspects, in tolerances."""
        return float(np.sqrt(np.mean([getattr(self, aspect) ** 2 for aspect in ASPECTS])))

    @property
    def level(self) -> int:
        """Variance level 1 (very even) to 5 (very free)."""
        return 1 + sum(self.strain >= bound for bound in LEVEL_BOUNDS)


def draw_hand(rng: Random) -> Hand:
    """One hand: first a level, then a strain inside it, then which aspects carry it."""
    level = int(rng.choice(5, p=LEVEL_SHARES))
    low = (0.1, *LEVEL_BOUNDS)[level]
    high = (*LEVEL_BOUNDS, STRAIN_MAX)[level]
    strain = rng.uniform(low + 0.02, high - 0.02)
    direction = rng.normal(size=len(ASPECTS))
    # Every aspect carries some: a strain hidden in one that a photo barely shows cannot be graded.
    direction = np.sign(direction) * (0.6 + np.abs(direction))
    deviations = strain * direction / np.sqrt(np.mean(direction**2))
    return Hand(*(float(d) for d in deviations))


_TABLE = """
brass bangle polished round   3.25 0.55 0.50 none
brass bangle satin    flat    3.30 1.10 0.22 lines
brass bangle hammered flat    3.20 1.60 0.20 none
brass bangle hammered dome    3.35 0.90 0.35 none
brass bangle aged     dome    3.25 0.80 0.35 zigzag
brass bangle polished flat    3.30 2.20 0.18 letters
brass cuff   polished flat    3.00 3.00 0.17 lines
brass cuff   hammered flat    3.05 2.40 0.18 none
brass cuff   satin    dome    2.95 1.40 0.30 dots
brass cuff   aged     flat    3.00 1.90 0.20 wire
brass ring   polished dome    0.98 0.55 0.20 none
brass ring   hammered flat    1.00 0.85 0.16 none
brass ring   satin    flat    0.96 0.65 0.17 lines
brass ring   aged     dome    1.00 0.75 0.22 dots
brass hoop   polished round   1.90 0.24 0.24 none
brass hoop   hammered flat    2.20 0.50 0.16 none
brass hoop   satin    round   2.50 0.32 0.32 wire
brass pendant polished round  1.80 0.00 0.16 letters
brass pendant hammered round  2.10 0.00 0.15 none
brass pendant satin   tear    2.20 0.00 0.17 lines
brass pendant aged    shield  2.10 0.00 0.18 dots
brass pendant hammered leaf   2.40 0.00 0.14 none
brass drop   polished leaf    1.60 0.00 0.13 lines
brass drop   hammered tear    1.50 0.00 0.13 none
brass drop   satin    spiral  1.30 0.17 0.17 none
brass wrap   polished spiral  1.90 0.22 0.22 none
brass beads  polished round   2.90 0.42 0.42 none
brass beads  hammered barrel  3.10 0.50 0.50 none
brass beads  aged     round   2.60 0.36 0.36 none
horn  bangle polished round   3.25 0.70 0.62 none
horn  bangle satin    flat    3.30 1.50 0.36 none
horn  bangle polished dome    3.30 1.90 0.45 inlay
horn  cuff   polished flat    3.00 2.40 0.32 none
horn  ring   polished dome    0.98 0.70 0.26 none
horn  ring   satin    flat    1.00 0.80 0.25 lines
horn  hoop   polished round   2.20 0.36 0.36 none
horn  pendant polished round  2.10 0.00 0.30 dots
horn  pendant satin   tear    2.30 0.00 0.28 none
horn  drop   polished leaf    1.70 0.00 0.20 none
horn  beads  polished round   2.80 0.46 0.46 none
horn  beads  satin    barrel  3.00 0.52 0.52 none
bone  bangle satin    flat    3.30 1.30 0.40 none
bone  bangle polished round   3.25 0.66 0.60 lines
bone  bangle satin    dome    3.30 1.70 0.45 dots
bone  cuff   satin    flat    3.00 2.10 0.34 zigzag
bone  ring   polished dome    0.98 0.75 0.28 none
bone  hoop   polished round   2.10 0.36 0.36 none
bone  pendant satin   round   2.10 0.00 0.30 dots
bone  pendant polished shield 2.20 0.00 0.30 zigzag
bone  pendant satin   leaf    2.40 0.00 0.26 none
bone  drop   polished tear    1.60 0.00 0.22 dots
bone  beads  satin    round   2.80 0.46 0.46 none
bone  beads  polished barrel  3.00 0.50 0.50 none
"""


def catalogue() -> tuple[Design, ...]:
    """Every design there is, in a fixed order."""
    designs: list[Design] = []
    count: dict[str, int] = {}
    for line in _TABLE.split("\n"):
        if not line:
            continue
        material, category, finish, form, radius, width, thick, ornament = line.split()
        stem = f"{material}-{category}-{finish}"
        count[stem] = count.get(stem, 0) + 1
        rng = np.random.default_rng(len(designs))
        pitch = float(rng.uniform(0.22, 0.4))
        designs.append(
            Design(
                name=f"{stem}-{count[stem]:02d}",
                category=category,
                material=material,
                finish=finish,
                form=form,
                radius_cm=float(radius),
                width_cm=float(width),
                thick_cm=float(thick),
                ornament=ornament,
                tone=float(rng.uniform(-0.7, 0.7)),
                relief_cm=float(rng.uniform(0.008, 0.014)) if finish == "hammered" else 0.0,
                pitch_cm=pitch * (0.6 if category == "ring" else 1.0),
                tolerance=0.018,
            )
        )
    return tuple(designs)


def design_named(name: str) -> Design:
    """Raises DesignError where the catalogue has no such design."""
    for design in catalogue():
        if design.name == name:
            return design
    raise DesignError(f"unknown design {name!r}; expected one of {', '.join(d.name for d in catalogue())}")
