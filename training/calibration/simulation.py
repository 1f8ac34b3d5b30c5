"""Does a promised miss rate hold as often as it says? Calibrate again and again where the truth is known.

    simulated = simulate(evidence, target, rounds=500)
    simulated.wrong, simulated.rounds         # 17 of 500: at most one in twenty was promised

The scores at hand are taken for the whole world. Every round draws as many clean photos and defective
pieces from it, with repeats, and calibrates on them; what its thresholds truly miss is then counted on all.
(Halves of the set, one to calibrate and one to count on, would blame the promise for the second half's own
chance.)
"""

from dataclasses import dataclass, replace

import numpy as np

from ubora.training.calibration.risk import Choice, Evidence, Floats, Target, choose


@dataclass(frozen=True)
class Simulated:
    """How often, of `rounds`."""

    rounds: int
    certified: int
    """The target was certified."""
    wrong: int
    """More defective pieces are missed in truth than was stated, certified or not."""
    naive_wrong: int
    """The same of thresholds that were chosen by the misses as counted, without a bound."""
    false_flags: float
    """Share of clean photos flagged in truth, mean over the rounds."""
    missed: float
    """Share of defective pieces missed in truth, mean over the rounds."""

    def sentence(self, target: Target) -> str:
        share, naive = self.wrong / self.rounds, self.naive_wrong / self.rounds
        return (
            f"{self.rounds} simulated calibrations: {self.certified} certified {100 * target.max_miss:g}%; "
            f"what was stated was exceeded in {self.wrong} ({share:.1%}, at most {1 - target.confidence:.0%} "
            f"promised), by thresholds without a bound in {self.naive_wrong} ({naive:.0%}); in truth "
            f"{self.missed:.1%} of defective pieces missed, {self.false_flags:.1%} of clean photos flagged"
        )


def simulate(evidence: Evidence, target: Target, rounds: int) -> Simulated:
    """Draw, calibrate, hold against the truth.

    Args:
        evidence: at least one clean photo and one defective piece.
        rounds: at least 1; 500 tell 5 % from 8 %.
    """
    random = np.random.default_rng(0)
    certified = wrong = naive_wrong = 0
    false_flags, missed = [], []
    for _ in range(rounds):
        choice = choose(_drawn(random, evidence), target)
        truth = _passed(evidence.defective, choice.step, choice)
        certified += choice.certified
        wrong += truth > choice.bound
        naive_wrong += _passed(evidence.defective, _naive(choice, target), choice) > target.max_miss
        missed.append(truth)
        false_flags.append(1 - _passed(evidence.clean, choice.step, choice))
    return Simulated(
        rounds, certified, wrong, naive_wrong, float(np.mean(false_flags)), float(np.mean(missed))
    )


def _drawn(random: np.random.Generator, evidence: Evidence) -> Evidence:
    """As many clean photos and defective pieces, with repeats."""
    clean, defective = (random.integers(0, len(r), len(r)) for r in (evidence.clean, evidence.defective))
    return replace(
        evidence,
        clean=evidence.clean[clean],
        pieces=evidence.pieces[clean],
        defective=evidence.defective[defective],
    )


def _passed(rows: Floats, step: int, choice: Choice) -> float:
    return float((choice.family.entry(rows) > step).mean())


def _naive(choice: Choice, target: Target) -> int:
    """The step with the fewest false flags whose misses, as counted, are within the target; else the last."""
    within = np.nonzero(choice.missed <= target.max_miss * choice.defective)[0]
    return int(within[0]) if len(within) else len(choice.missed) - 1
