"""What goes wrong with played pieces: which class, how bad, and where on the piece.

Each workshop has a habit: a class that it makes more often than others. One that gets worse, or has not got
better yet, does so by its habit.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ubora.datasets.taxonomy import JEWELRY, Severity
from ubora.service.simulation.world import Year

SIDES = (900, 1200)
"""Width and height of a played photo, pixels."""
PLACE = (150, 270, 600, 660)
"""x, y, width, height of the box around the piece in it."""
_OFTEN = {
    "scratch": 0.22,
    "rough": 0.18,
    "tarnish": 0.14,
    "dent": 0.12,
    "solder": 0.1,
    "chip": 0.08,
    "bent": 0.06,
    "crack": 0.05,
    "missing": 0.03,
    "pit": 0.02,
}
_NOT_OF = {
    "horn": {"dent", "tarnish", "solder", "bent"},
    "bone": {"dent", "tarnish", "solder", "bent"},
    "brass": {"missing"},
}
"""Material → what cannot befall it."""
_SPOTS = {
    "scratch": (0.62, 0.42),
    "rough": (0.22, 0.35),
    "tarnish": (0.5, 0.62),
    "dent": (0.72, 0.6),
    "solder": (0.5, 0.14),
    "chip": (0.8, 0.8),
    "bent": (0.48, 0.88),
    "crack": (0.3, 0.72),
    "missing": (0.5, 0.5),
    "pit": (0.4, 0.4),
}
"""Where on the piece it comes most, as parts of its box."""
_BAD = ("minor", "major", "critical"), (0.3, 0.58, 0.12)
_HABIT, _NEW_HABIT = 0.2, 0.8
"""Share of a workshop's defects that are its habit: as ever, and while it is worse than it could be."""


@dataclass(frozen=True)
class Mark:
    defect: str
    severity: Severity
    box: tuple[int, int, int, int]
    """x, y, width, height in pixels."""


def habits_of(materials: list[str], draw: np.random.Generator) -> list[str]:
    """A class for each workshop, by the material that it works in."""
    return [str(draw.choice(*_chances(material))) for material in materials]


def is_worse(year: Year, workshop: int, week: int) -> bool:
    """Whether the workshop is worse in that week than it could be."""
    return bool(week >= year.worse_from[workshop] or week < year.better_from[workshop])


def mark_of(material: str, habit: str, *, worse: bool, draw: np.random.Generator) -> Mark:
    """A defect of a piece, drawn."""
    often = draw.random() < (_NEW_HABIT if worse else _HABIT)
    defect = habit if often else str(draw.choice(*_chances(material)))
    severity: Severity = str(draw.choice(_BAD[0], p=_BAD[1]))  # type: ignore[assignment]
    middle = np.clip(draw.normal(_SPOTS[defect], 0.1), 0.05, 0.95)
    sides = draw.uniform(0.06, 0.18, 2)
    x, y, width, height = PLACE
    left, top = middle - sides / 2
    box = (x + left * width, y + top * height, sides[0] * width, sides[1] * height)
    return Mark(defect, severity, (int(box[0]), int(box[1]), int(box[2]), int(box[3])))


def _chances(material: str) -> tuple[list[str], None, bool, NDArray[np.float64]]:
    """As `Generator.choice` takes them: classes, size, with putting back, and the chance of each."""
    fits = [name for name in JEWELRY.defects if name not in _NOT_OF.get(material, set())]
    often = np.array([_OFTEN[name] for name in fits])
    return fits, None, True, often / often.sum()
