"""Thresholds with a stated miss rate: learn then test over a family of thresholds that share one number.

    choice = choose(Evidence(clean, defective, order), Target(max_miss=0.05, max_false_flag=0.05))
    choice.step, choice.certified, choice.bound        # 57, True, .05

The family is laid down by clean photos alone: its first steps stand above all of them, and each further step
flags one more for one class, the gravest class first, all in turn; one that stands in the order several times
has as many turns. What a step flags is counted on each clean
photo without its own piece. So the defective photos are still unseen when its
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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import binom

from ubora.training.calibration.costs import DEFAULT, Costs
from ubora.training.figures import upper_bound

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
RAISES = 40
_RAISE = 0.1
"""So many steps above every clean score, so far apart in logits: for more classes than there are clean photos
to spare, thresholds must stand higher than anything that was seen."""


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
    pieces: Steps
    """(N,) the piece of each clean photo, as a number."""
    order: tuple[int, ...]
    """Classes that take part, in the order of their turns; one may have several in a round."""
    lowest: float | Floats = LOWEST
    """No threshold is lower; one number, or (K,) by class."""


@dataclass(frozen=True)
class Family:
    """Thresholds by step, 0 … `steps` − 1."""

    rows: Floats
    """(RAISES + photos + 1, K): row RAISES + c flags at most c of the clean photos for the class; the rows
    before stand above all of them, the first one highest."""
    order: tuple[int, ...]
    """The classes that take part, in the order of their turns; the others are switched off."""

    @property
    def steps(self) -> int:
        fewest = min((self.order.count(k) for k in self.order), default=1)
        rounds = math.ceil((len(self.rows) - 1 - RAISES) / fewest)
        return RAISES + rounds * len(self.order) + 1

    def thresholds(self, step: int) -> Floats:
        """(K,) at a step."""
        row = dict.fromkeys(self.order, min(step, RAISES))
        for place, k in enumerate(self.order):
            row[k] += max(0, step - RAISES + len(self.order) - 1 - place) // len(self.order)
        chosen = np.full(self.rows.shape[1], NEVER)
        for k in row:
            chosen[k] = self.rows[min(row[k], len(self.rows) - 1), k]
        return chosen

    def entry(self, scores: Floats) -> Steps:
        """(N, K) scores → the first step at which each photo is flagged; `steps` where it never is."""
        # A threshold of 1 is out of reach, even for a score that was rounded to 1.
        reach = np.where(self.rows >= NEVER, np.inf, self.rows)
        ranks = {k: np.searchsorted(-reach[:, k], -scores[:, k], side="left") for k in set(self.order)}
        return self.earliest(len(scores), ranks)

    def earliest(self, photos: int, rows: Mapping[int, Steps]) -> Steps:
        """The first step at which each photo is flagged, from the row that flags it in each class."""
        first = np.full(photos, self.steps, np.int64)
        for k, row in rows.items():
            turns = np.flatnonzero(np.array(self.order) == k)
            rounds, turn = np.divmod(np.maximum(row - RAISES - 1, 0), len(turns))
            step = np.where(row <= RAISES, row, RAISES + rounds * len(self.order) + turns[turn] + 1)
            first = np.minimum(first, np.where(row < len(self.rows), step, self.steps))
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
    """(steps,) clean photos that each step flags when it was laid down without their piece."""
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
    missed = len(defective) - _counted(family, family.entry(defective))
    flagged = _counted(family, _entry_without_its_piece(family, evidence))
    allowed = math.floor(target.max_false_flag * len(clean) + 1e-9)
    affordable = int(np.searchsorted(flagged, allowed, side="right")) - 1
    # Where even the highest thresholds flag more, they are the nearest there is.
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
        return Family(np.full((RAISES + 1, classes), 0.5), tuple(order))
    highest_first = _log_odds(np.sort(clean, axis=0)[::-1])
    raises = _RAISE * np.arange(RAISES, 0, -1)[:, None]
    above = np.concatenate([highest_first[:1] + raises, highest_first]) + _HAIR
    rows = np.concatenate([np.where(above >= _log_odds(1.0), NEVER, expit(above)), np.zeros((1, classes))])
    return Family(np.maximum(rows, lowest), tuple(order))


def _entry_without_its_piece(family: Family, evidence: Evidence) -> Steps:
    """(N,) the first step at which each clean photo is flagged in the family that the other pieces make.

    Thresholds just above the clean photos that they were chosen on flag none of these and some of all others,
    more of them the more classes there are. Leaving out one piece at a time counts what others will see.
    """
    clean, pieces = evidence.clean, evidence.pieces
    lowest = np.broadcast_to(evidence.lowest, clean.shape[1:])
    rows = {}
    for k in set(family.order):
        odds = _log_odds(clean[:, k])
        ascending = np.sort(odds)
        not_below = len(odds) - np.searchsorted(ascending, odds - _HAIR, side="right")
        others = not_below - _own(odds, pieces)
        room = np.floor((odds - _HAIR - _highest_of_others(odds, pieces)) / _RAISE)
        raised = np.clip(np.nan_to_num(room, posinf=RAISES), 0, RAISES).astype(np.int64)
        row = np.where(others > 0, RAISES + others, RAISES - raised)
        rows[k] = np.where(clean[:, k] >= lowest[k], row, len(family.rows))
    return family.earliest(len(clean), rows)


def _own(odds: Floats, pieces: Steps) -> Steps:
    """(N,) photos of the same piece that are not a hair below, itself among them."""
    own = np.ones(len(odds), np.int64)
    _, place, counts = np.unique(pieces, return_inverse=True, return_counts=True)
    for piece in np.nonzero(counts > 1)[0]:
        group = np.nonzero(place == piece)[0]
        own[group] = (odds[group][None, :] > odds[group][:, None] - _HAIR).sum(1)
    return own


def _highest_of_others(odds: Floats, pieces: Steps) -> Floats:
    """(N,) the highest among the photos of other pieces; −∞ where there is no other piece."""
    _, place = np.unique(pieces, return_inverse=True)
    highest = np.full(int(place.max(initial=0)) + 1, -np.inf)
    np.maximum.at(highest, place, odds)
    best = int(highest.argmax())
    second = float(np.delete(highest, best).max(initial=-np.inf))
    return np.asarray(np.where(place == best, second, highest[best]), np.float64)


def _counted(family: Family, entry: Steps) -> Steps:
    """(steps,) how many photos are flagged at each step."""
    counts = np.bincount(entry, minlength=family.steps + 1)
    return np.cumsum(counts)[: family.steps].astype(np.int64)


def _log_odds(scores: Floats | float) -> Floats:
    return np.asarray(logit(np.clip(scores, _EDGE, 1 - _EDGE)), np.float64)
