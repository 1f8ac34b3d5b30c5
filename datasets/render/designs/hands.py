"""What the hand made of a design: five aspects in which a piece may stray, and its variance level.

Variance is drawn from its own random stream, so no level says anything about defects.
"""

from dataclasses import dataclass, replace

import numpy as np

from ubora.datasets.render.noise import Random

LEVEL_BOUNDS = (0.6, 1.2, 2.0, 3.0)
"""Strain (in tolerances) below which a piece is of level 1, 2, 3, 4; from the last bound on it is level 5."""
LEVEL_SHARES = (0.18, 0.21, 0.22, 0.2, 0.19)
STRAIN_MAX = 4.4

ASPECTS = ("asymmetry", "thickness", "relief", "rhythm", "tone")


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

    def shown_by(self, aspects: tuple[str, ...]) -> "Hand":
        """The same strain, carried only by `aspects`: a plain ring has no rhythm to hide it in."""
        own = np.sqrt(np.mean([getattr(self, aspect) ** 2 for aspect in aspects]))
        scale = self.strain / max(1e-9, float(own))
        values = {a: getattr(self, a) * scale if a in aspects else 0.0 for a in ASPECTS}
        return replace(self, **values)


def draw_hand(rng: Random) -> Hand:
    """One hand: first a level, then a strain inside it, then which way each aspect goes."""
    level = int(rng.choice(5, p=LEVEL_SHARES))
    low = (0.1, *LEVEL_BOUNDS)[level]
    high = (*LEVEL_BOUNDS, STRAIN_MAX)[level]
    return _hand(rng.uniform(low + 0.02, high - 0.02), rng)


def approved_hand(rng: Random) -> Hand:
    """A hand in the middle of level 3, as of a sample that the hub approved."""
    return _hand((LEVEL_BOUNDS[1] + LEVEL_BOUNDS[2]) / 2, rng)


def _hand(strain: float, rng: Random) -> Hand:
    direction = rng.normal(size=len(ASPECTS))
    # All aspects carry nearly the same: a strain hidden in one that a photo barely shows cannot be graded.
    direction = np.sign(direction) * (0.8 + 0.25 * np.clip(np.abs(direction), 0, 2))
    deviations = strain * direction / np.sqrt(np.mean(direction**2))
    return Hand(*(float(d) for d in deviations))
