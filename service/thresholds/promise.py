"""Whether a release's promise still holds under other thresholds, from what it keeps of calibration photos.

    found = promise_under(record, amended(record, {"scratch": 0.1}), evidence)
    found.holds, found.lines[0].missed, found.lines[0].bound

A promise is a bound: at most that share of defective pieces is missed, at a stated confidence. Under other
thresholds the same pieces are counted again, and the bound is Clopper and Pearson's. Where a release keeps no
scores, one thing can still be said: a threshold that is no higher misses no more, so the bound stands.

The bound is of one setting. Whoever tries many on the same pieces and takes the best finds it a little better
than the truth.
"""

import math
from dataclasses import dataclass
from typing import Literal

from ubora.models.evidence import Evidence
from ubora.models.record import BundleRecord, Calibration
from ubora.models.thresholds import flagged_from
from ubora.service.statistics.distributions import beta_quantile

How = Literal["counted", "no-higher", "not-known", "nothing-promised"]
"""counted on the kept scores; no threshold is higher; no scores and a higher threshold; no bound to hold."""


@dataclass(frozen=True)
class Line:
    """Beside so many approved photos and more."""

    approved_photos: int
    how: How
    holds: bool
    promised: float | None
    """At most this share of defective pieces is missed; None: nothing was promised."""
    confidence: float
    missed_before: int | None
    missed: int | None
    """Of the calibration's defective pieces; None where they cannot be counted."""
    defective: int
    bound: float | None
    """At most this share, under the thresholds that are asked about."""
    flagged_before: int | None
    flagged: int | None
    clean: int


@dataclass(frozen=True)
class Promise:
    lines: tuple[Line, ...]

    @property
    def holds(self) -> bool:
        return all(line.holds for line in self.lines)


def promise_under(record: BundleRecord, changed: BundleRecord, evidence: Evidence | None) -> Promise:
    """
    Args:
        record: the release as it came.
        changed: the same with the thresholds that are asked about.
        evidence: what the release keeps; None of one of before.
    """
    counts = [entry.approved_photos for entry in record.by_approved]
    if not counts:
        own, asked = flagged_from(record), flagged_from(changed)
        return Promise((_line(0, record.calibration, own, asked, evidence),))
    return Promise(
        tuple(
            _line(
                count,
                record.deciding(count)[1],
                flagged_from(record, count),
                flagged_from(changed, count),
                evidence,
            )
            for count in counts
        )
    )


def promised(calibration: Calibration) -> float | None:
    """What a release says of missed pieces: what was certified, else its bound."""
    return calibration.max_miss if calibration.certifiable else calibration.miss_bound


def bound_of(missed: int, defective: int, confidence: float) -> float:
    """One-sided Clopper-Pearson bound of a share; 1 where nothing was counted."""
    return 1.0 if missed >= defective else beta_quantile(confidence, missed + 1, defective - missed)


def _line(
    count: int,
    calibration: Calibration,
    own: dict[str, float],
    asked: dict[str, float],
    evidence: Evidence | None,
) -> Line:
    limit, confidence = promised(calibration), calibration.confidence
    higher = any(asked[name] > own[name] for name in own)
    if evidence is None:
        how: How = "not-known" if higher else "no-higher"
        bound = None if higher else limit
        return Line(
            approved_photos=count,
            how=how if limit is not None else "nothing-promised",
            holds=not higher or limit is None,
            promised=limit,
            confidence=confidence,
            missed_before=calibration.missed,
            missed=calibration.missed if asked == own else None,
            defective=calibration.defective,
            bound=bound,
            flagged_before=None,
            flagged=None,
            clean=calibration.clean,
        )
    kept = evidence.beside(count)
    before, after = kept.counted(own), kept.counted(asked)
    bound = bound_of(after.missed, after.defective, confidence)
    # A bound that was written down and one that is reckoned anew differ in their last digits.
    stands = limit is None or not higher or bound <= limit or math.isclose(bound, limit, rel_tol=1e-9)
    return Line(
        approved_photos=count,
        how="counted" if limit is not None else "nothing-promised",
        holds=stands,
        promised=limit,
        confidence=confidence,
        missed_before=before.missed,
        missed=after.missed,
        defective=after.defective,
        bound=bound,
        flagged_before=before.flagged,
        flagged=after.flagged,
        clean=after.clean,
    )
