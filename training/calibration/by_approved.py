"""Thresholds by how many approved photos a design has: none, one, two, and more.

    scored = scored_by_approved(judge, manifest.split("val"), manifest)
    calibrated = calibrated_by_approved(scored, lambda photos: calibrate(photos, …))

The nearest of many approved cells is nearer than the nearest of few, so scores move with their number; each
number gets thresholds and a promise of its own, on the photos that can be compared with exactly so many.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ubora.datasets.manifest import Manifest
from ubora.models.evidence import EVIDENCE, Evidence, evidence_bytes
from ubora.models.record import ThresholdsFor
from ubora.training.calibration.thresholds import Calibrated, Policy
from ubora.training.scoring.predictions import Predictor, Scored, watched
from ubora.training.scoring.references import References

COUNTS = (0, 1, 2, 3)
USUAL = 2
"""Approved photos of a design, from two sides; what a bundle's plain thresholds are for."""
LEAST_PHOTOS = 40
"""Below it, a number of approved photos gets no thresholds of its own."""


def scored_by_approved(predictor: Predictor, photos: Manifest, manifest: Manifest) -> dict[int, list[Scored]]:
    """The photos beside each of COUNTS approved photos of their design, those that can be.

    Args:
        manifest: where the approved photos are.

    Returns:
        at least an entry for USUAL or for 0, which holds all photos; of a judge that compares nothing, 0.
    """
    by_count: dict[int, list[Scored]] = {}
    for count in COUNTS if predictor.bank(()) is not None else (0,):
        references = References(predictor, manifest, beside="own" if count else "none", most=count)
        can = [s for s in photos if len(references.photos(s)) == count]
        if count == 0 or len(can) >= LEAST_PHOTOS:
            chosen = Manifest(photos.root, photos.card, can)
            by_count[count] = list(watched(predictor, chosen, f"beside {count} approved photos", references))
    return by_count


def usual(scored: Mapping[int, list[Scored]]) -> list[Scored]:
    """The photos that plain thresholds are chosen on."""
    return scored.get(USUAL) or scored[max(scored)]


def calibrated_by_approved(
    scored: Mapping[int, list[Scored]], calibrate: Callable[[Sequence[Scored]], Calibrated]
) -> Calibrated:
    """Calibrated on the usual number of approved photos, with thresholds for the others beside."""
    plain = calibrate(usual(scored))
    if len(scored) == 1:
        return plain
    return replace(plain, by_approved=tuple((count, calibrate(own)) for count, own in sorted(scored.items())))


def entries(calibrated: Calibrated) -> tuple[ThresholdsFor, ...]:
    """What a bundle says of it, for scores that were made probabilities."""
    return tuple(
        ThresholdsFor(
            approved_photos=count,
            thresholds=dict(calibrated.probabilities(own.policy.thresholds)),
            calibration=own.record,
        )
        for count, own in calibrated.by_approved
    )


def policy_of(calibrated: Calibrated) -> Policy:
    """What decides, for scores as they were calibrated on."""
    return replace(
        calibrated.policy,
        by_approved=tuple((count, own.policy.thresholds) for count, own in calibrated.by_approved),
    )


def evidence_files(calibrated: Calibrated) -> dict[str, bytes]:
    """What a bundle keeps of the scores that its thresholds were chosen on; nothing of a run of before."""
    each = calibrated.by_approved or ((0, calibrated),)
    kept = [
        own.scores.model_copy(update={"approved_photos": count})
        for count, own in each
        if own.scores is not None
    ]
    if len(kept) < len(each):
        return {}
    return {EVIDENCE: evidence_bytes(Evidence(by_approved=tuple(kept)))}
