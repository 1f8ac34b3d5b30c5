"""`calibration.json` in a run's folder: what `ubora train calibrate` chose, for `ubora train export` to use.

write_calibration(folder, calibrated, checkpoint)
calibrated = read_calibration(folder, checkpoint)      # None where nobody calibrated the run

ValueError
└── CalibrationError     not readable, of other weights, or on photos that must not be calibrated on
"""

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ubora.datasets.manifest import Manifest, write_whole
from ubora.datasets.taxonomy import Split
from ubora.models.evidence import ScoresBeside
from ubora.models.record import Calibration, LevelCuts, PhotoGate
from ubora.training.calibration.costs import Costs, OperatingPoint
from ubora.training.calibration.risk import Target
from ubora.training.calibration.scaling import Scaling
from ubora.training.calibration.thresholds import Calibrated, Policy
from ubora.training.loop.checkpoint import Checkpoint

CALIBRATION = "calibration.json"


class CalibrationError(ValueError):
    """A calibration that must not be used, or cannot be made."""


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ClassCalibration(Frozen):
    """Of the network's own scores, before they are made probabilities by `slope` and `offset`."""

    threshold: float
    slope: float
    offset: float


class RunCalibration(Frozen):
    """`calibration.json`."""

    epoch: int
    """Of the weights that were calibrated."""
    fingerprint: str
    """Of the dataset that the run learnt from."""
    classes: dict[str, ClassCalibration]
    gate: PhotoGate
    level_cuts: LevelCuts | None = None
    calibration: Calibration
    max_false_flag: float
    costs: Costs
    chosen: OperatingPoint
    curve: tuple[OperatingPoint, ...]
    by_approved: dict[int, "RunCalibration"] = Field(default_factory=dict)
    """The same from so many approved photos on."""
    scores: ScoresBeside | None = None
    """What it was chosen on; None of a calibration of before."""


def write_calibration(folder: Path, calibrated: Calibrated, checkpoint: Checkpoint) -> Path:
    """Write it whole, over the one before."""
    held = _held(calibrated, checkpoint)
    write_whole(folder / CALIBRATION, (held.model_dump_json(indent=2) + "\n").encode())
    return folder / CALIBRATION


def _held(calibrated: Calibrated, checkpoint: Checkpoint) -> RunCalibration:
    thresholds, scalings = calibrated.policy.thresholds, calibrated.scalings
    return RunCalibration(
        epoch=checkpoint.progress.best_epoch,
        fingerprint=checkpoint.fingerprint,
        classes={
            name: ClassCalibration(
                threshold=thresholds[name], slope=scalings[name].slope, offset=scalings[name].offset
            )
            for name in thresholds
        },
        gate=calibrated.policy.gate,
        level_cuts=calibrated.level_cuts,
        calibration=calibrated.record,
        max_false_flag=calibrated.target.max_false_flag,
        costs=calibrated.target.costs,
        chosen=calibrated.chosen,
        curve=calibrated.curve,
        by_approved={count: _held(own, checkpoint) for count, own in calibrated.by_approved},
        scores=calibrated.scores,
    )


def read_calibration(folder: Path, checkpoint: Checkpoint) -> Calibrated | None:
    """What the run was calibrated to, or None.

    Raises:
        CalibrationError: not readable, or of weights from another epoch or dataset.
    """
    path = folder / CALIBRATION
    if not path.is_file():
        return None
    try:
        held = RunCalibration.model_validate(json.loads(path.read_bytes()))
    except (ValueError, ValidationError) as error:
        raise CalibrationError(f"{path}: not a calibration ({str(error).splitlines()[0]})") from None
    found, expected = held.epoch, checkpoint.progress.best_epoch
    if (found, held.fingerprint) != (expected, checkpoint.fingerprint):
        raise CalibrationError(
            f"{path}: of the weights of epoch {found}, the run's best is epoch {expected} by now; "
            "calibrate it again or remove the file"
        )
    return _calibrated(held)


def _calibrated(held: RunCalibration) -> Calibrated:
    return Calibrated(
        policy=Policy({name: own.threshold for name, own in held.classes.items()}, held.gate),
        scalings={name: Scaling(own.slope, own.offset) for name, own in held.classes.items()},
        record=held.calibration,
        curve=held.curve,
        chosen=held.chosen,
        target=Target(
            max_miss=held.calibration.max_miss or 0.0,
            confidence=held.calibration.confidence,
            max_false_flag=held.max_false_flag,
            costs=held.costs,
        ),
        level_cuts=held.level_cuts,
        by_approved=tuple((count, _calibrated(own)) for count, own in sorted(held.by_approved.items())),
        scores=held.scores,
    )


def unseen(manifest: Manifest, split: Split | Literal["all"], learnt_from: str) -> Manifest:
    """The photos to calibrate on.

    Args:
        learnt_from: fingerprint of the dataset that the network learnt from.

    Raises:
        CalibrationError: none, or the ones that the network learnt from.
    """
    if split in ("train", "all") and manifest.fingerprint() == learnt_from:
        raise CalibrationError(f"{manifest.root}: the network learnt from its train split; it proves nothing")
    chosen = manifest if split == "all" else manifest.split(split)
    if not len(chosen):
        raise CalibrationError(f"{manifest.root}: no photo in the {split} split to calibrate on")
    return chosen
