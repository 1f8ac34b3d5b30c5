"""Thresholds with a stated miss rate: learn then test over a family of thresholds that share one number.

    choice = choose(Evidence(clean, defective, order), Target(max_miss=0.05, max_false_flag=0.05))
    choice.step, choice.certified, choice.bound        # 57, True, .05

The family is laid down by clean photos alone: at step 0 none of them is flagged, and each step lets one more
through for one class, the gravest class first, all in turn. So the defective photos are still unseen when its
steps are tested on them, from the one that flags most downwards, each with an exact binomial p-value; the
first that fails ends the testing. All that passed hold at once, at the stated confidence, and any of them may
be chosen: the cheapest is.

Where not even the first step passes, that step is taken, and its Clopper-Pearson bound is what is promised.
Both promises together are wrong no more often than each: the bound of the first step is above `max_miss`
whenever it is stated, so it can be wrong only where that step's test would have been wrong too.

Source: Angelopoulos, Bates, Candès, Jordan, Lei, "Learn then Test: Calibrating Predictive Algorithms to
Achieve Risk Control", 2021, with fixed-sequence testing (Bauer, 1991). MAPIE's BinaryClassificationController
does the same for one score; rounding makes its p-values count a miss too many, and a test holds ours against
it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from training.costs import DEFAULT, Costs
from training.figures import upper_bound

Floats = NDArray[np.float64]
Steps = NDArray[np.int64]

LOWEST = 0.02
"""A score below this disturbs nobody, however clean the photos were."""
NEVER = 1.0
"""The threshold of a class that is switched off."""
_HAIR = 1e-3
"""A threshold stands this far, in logits, above the clean score that must stay below it: as far as an
exported graph may differ from its network."""
_EDGE = 1e-7


@dataclass(frozen=True)
class Target:
    """What is asked of thresholds."""

    max_miss: float = 0.05
    """Share of defective pieces that may pass."""
    confidence: float = 0.95
    max_false_flag: float = 0.05
    """Share of clean photos that may be flagged."""
    costs: Costs = DEFAULT


@dataclass(frozen=True)
class Evidence:
    """What thresholds are chosen on."""

    clean: Floats
    """(N, K) scores of clean photos."""
    defective: Floats
    """(M, K) scores of one photo of each defective piece; a piece's photos are not independent."""
    order: tuple[int, ...]
    """Classes that take part, gravest first."""
    lowest: float | Floats = LOWEST
    """No threshold is lower; one number, or (K,) by class."""


@dataclass(frozen=True)
class Family:
    """Thresholds by step: (photos + 1, classes), row c flags at most c of the clean photos for the class."""

    rows: Floats
    order: tuple[int, ...]
    """The classes that take part, gravest first; the others are switched off."""

    @property
    def steps(self) -> int:
        return (len(self.rows) - 1) * len(self.order) + 1

    def thresholds(self, step: int) -> Floats:
        """(K,) at a step, 0 … `steps` − 1."""
        chosen = np.full(self.rows.shape[1], NEVER)
        for place, k in enumerate(self.order):
            chosen[k] = self.rows[(step + len(self.order) - 1 - place) // len(self.order), k]
        return chosen

    def entry(self, scores: Floats) -> Steps:
        """(N, K) scores → the first step at which each photo is flagged; `steps` where it never is."""
        first = np.full(len(scores), self.steps, np.int64)
        # A threshold of 1 is out of reach, even for a score that was rounded to 1.
        reach = np.where(self.rows >= NEVER, np.inf, self.rows)
        for place, k in enumerate(self.order):
            row = np.searchsorted(-reach[:, k], -scores[:, k], side="left")
            step = np.where(row == 0, 0, (row - 1) * len(self.order) + place + 1)
            first = np.minimum(first, np.where(row < len(reach), step, self.steps))
        return first


@dataclass(frozen=True)
class Choice:
    """A step of a family, and what holds of it."""

    family: Family
    step: int
    certified: bool
    bound: float
    """At most this share of defective pieces is missed, at the target's confidence."""
    missed: Steps
    """(steps,) defective pieces that are not flagged at each step."""
    flagged: Steps
    """(steps,) clean photos that are flagged at each step."""
    defective: int
    clean: int
    affordable: int
    """The last step that flags no more clean photos than the target allows."""

    def thresholds(self) -> Floats:
        return self.family.thresholds(self.step)

    def false_flags(self, step: int) -> float | None:
        return float(self.flagged[step]) / self.clean if self.clean else None


def choose(evidence: Evidence, target: Target) -> Choice:
    """The thresholds for a target."""
    clean, defective = evidence.clean, evidence.defective
    family = lay_down(clean, evidence.order, evidence.lowest)
    missed, flagged = _missed(family, defective), _flagged(family, clean)
    allowed = math.floor(target.max_false_flag * len(clean) + 1e-9)
    affordable = int(np.searchsorted(flagged, allowed, side="right")) - 1
    # Step 0 flags no clean photo, but for scores that tie within a hair it always exists.
    affordable = max(affordable, 0)
    held = certified(missed[affordable::-1], len(defective), target)
    step = affordable
    if held:
        shares = flagged / max(1, len(clean))
        bills = target.costs.per_hundred(missed / max(1, len(defective)), shares)
        # Steps that cost the same: the one that flags least.
        step = min(range(affordable - held + 1, affordable + 1), key=lambda s: (float(bills[s]), s))
    bound = target.max_miss if held else upper_bound(int(missed[step]), len(defective), target.confidence)
    return Choice(
        family, step, held > 0, bound, missed, flagged, len(defective), len(clean), affordable=affordable
    )


def certified(missed: Steps, defective: int, target: Target) -> int:
    """How many of these steps, tested in this order until one fails, keep misses within the target.

    Args:
        missed: of `defective` pieces, at each step in the order of testing.
    """
    passed = binom.cdf(missed, defective, target.max_miss) <= 1 - target.confidence
    return int(np.cumprod(passed).sum())


def lay_down(clean: Floats, order: Sequence[int], lowest: float | Floats = LOWEST) -> Family:
    """The family that (N, K) scores of clean photos make, no threshold below `lowest`."""
    photos, classes = clean.shape
    if not photos:
        return Family(np.full((1, classes), 0.5), tuple(order))
    above = _hair_above(np.sort(clean, axis=0)[::-1])
    rows = np.maximum(np.concatenate([above, np.zeros((1, classes))]), lowest)
    return Family(rows, tuple(order))


def _hair_above(scores: Floats) -> Floats:
    inside = np.clip(scores, _EDGE, 1 - _EDGE)
    raised = 1 / (1 + (1 - inside) / inside * math.exp(-_HAIR))
    return np.where(scores >= 1 - _EDGE, NEVER, raised)


def _missed(family: Family, defective: Floats) -> Steps:
    return len(defective) - _flagged(family, defective)


def _flagged(family: Family, scores: Floats) -> Steps:
    """(steps,) how many of the photos are flagged at each."""
    counts = np.bincount(family.entry(scores), minlength=family.steps + 1)
    return np.cumsum(counts)[: family.steps].astype(np.int64)
