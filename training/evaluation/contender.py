"""A run or a bundle, with all that decides and all that tells it from another.

    contender = open_contender("champion", RELEASES, manifest)
    contender.policy.outcome(contender.judge.predict(photo))

A bundle brings its own thresholds; a run those it was calibrated to, else it gets them here from the
validation split, as an export would.
"""

from dataclasses import dataclass
from pathlib import Path

from ubora.datasets.manifest import Manifest
from ubora.models.bundle import graph_bytes
from ubora.models.registry.releases import RELEASES
from ubora.training.calibration.by_approved import calibrated_by_approved, policy_of, scored_by_approved
from ubora.training.calibration.photo_gates import faulty
from ubora.training.calibration.record import read_calibration
from ubora.training.calibration.thresholds import Calibrated, Policy, calibrate, learnt_classes
from ubora.training.loop.checkpoint import BEST, Checkpoint, read_checkpoint
from ubora.training.scoring.predictions import Predictor, Served, Trained, open_predictor, watched


@dataclass(frozen=True)
class Contender:
    predictor: Predictor
    policy: Policy
    trained_on: tuple[str, ...]
    """Fingerprints of the datasets that it learnt from."""
    record_sha256: str | None
    """None for a run."""
    graph_bytes: int | None
    """None for a run, which has no graph yet."""


def open_contender(name: str, manifest: Manifest, releases: Path = RELEASES) -> Contender:
    """A run's folder, a bundle's folder, a release or an alias.

    Args:
        manifest: the dataset whose validation split a run's thresholds are set on.

    Raises:
        RunError, BundleError: neither of them, or one that must not be used.
    """
    predictor = open_predictor(name, releases)
    if isinstance(predictor, Served):
        inspector, record = predictor.inspector, predictor.inspector.record
        return Contender(
            predictor,
            Policy.of(record),
            tuple(o.fingerprint for o in (record.dataset, record.kept_dataset) if o is not None),
            record.record_sha256,
            graph_bytes(inspector.folder),
        )
    checkpoint = read_checkpoint(Path(name) / BEST)
    calibrated = read_calibration(Path(name), checkpoint) or _calibrated(predictor, checkpoint, manifest)
    predictor.level_cuts = calibrated.level_cuts
    learnt = checkpoint.fingerprint, checkpoint.keep_fingerprint
    return Contender(predictor, policy_of(calibrated), tuple(f for f in learnt if f is not None), None, None)


def _calibrated(predictor: Trained, checkpoint: Checkpoint, manifest: Manifest) -> Calibrated:
    learnt = learnt_classes(manifest.split("train"))
    bad = list(watched(predictor, faulty(manifest), "bad photos"))
    return calibrated_by_approved(
        scored_by_approved(predictor, manifest.split("val"), manifest),
        lambda checked: calibrate(
            checked, predictor.classes, checkpoint.recipe, learnt, piece=predictor.network.spec.piece, bad=bad
        ),
    )
