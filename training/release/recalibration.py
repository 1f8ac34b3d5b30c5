"""A release, calibrated anew on other photos → another release with the same weights and graph.

    recalibrate(inspector, calibrated, manifest, Path("models/releases/ours-2026.12"))

A workshop's phones, light and pieces are not those that a release was calibrated on. The old release stays as
it is; figures of the new one are those of the new photos: their test split where there is one.
"""

from datetime import UTC, datetime
from pathlib import Path

from ubora.datasets.manifest import Manifest
from ubora.models.evidence import EVIDENCE
from ubora.models.inference.inspector import Inspector, unchecked, write_verified
from ubora.models.record import MODEL_CARD, ApprovedLimits, BundleRecord, DefectClass
from ubora.training.calibration.by_approved import entries, evidence_files
from ubora.training.calibration.scaling import Scaling
from ubora.training.calibration.thresholds import Calibrated, Policy
from ubora.training.evaluation.evaluate import evaluate
from ubora.training.knobs import Recipe, SeverityRule
from ubora.training.release.card import recalibrated_card
from ubora.training.scoring.predictions import Served, watched
from ubora.training.scoring.references import References


def recalibrate(
    inspector: Inspector,
    calibrated: Calibrated,
    manifest: Manifest,
    folder: Path,
    approved: ApprovedLimits | None = None,
) -> BundleRecord:
    """Write the release at `folder`, whose name is the release's.

    Args:
        inspector: the release whose scores were calibrated.
        approved: limits of a comparison with approved photos; None leaves those that the release has.

    Raises:
        BundleError: the folder exists, or the finished bundle does not load.
    """
    old = inspector.record
    record = _renewed(old, calibrated, folder.name, approved or old.approved)
    judged = manifest.split("test")
    split = "test" if len(judged) else calibrated.record.split or "val"
    if not len(judged):
        judged = (
            manifest
            if split == "all"
            else Manifest(manifest.root, manifest.card, [s for s in manifest if s.split == split])
        )
    predictor = Served(unchecked(record, inspector.folder))
    scored = list(watched(predictor, judged, references=References(predictor, manifest)))
    figures = evaluate(scored, judged, predictor.classes, Policy.of(record))
    record = record.model_copy(update={"metrics": {"split": split, "dataset": manifest.card.name, **figures}})
    files: dict[str, bytes | Path] = {name: inspector.folder / name for name in old.files}
    # The old scores were others', on other photos.
    files.pop(EVIDENCE, None)
    files |= evidence_files(calibrated)
    old_card = (inspector.folder / MODEL_CARD).read_text(encoding="utf-8")
    files[MODEL_CARD] = recalibrated_card(record, old_card).encode()
    return write_verified(folder, record, files)


def recipe_of(record: BundleRecord) -> Recipe:
    """What calibration asks of a recipe, as the record has it: severities, gate, share of false flags."""
    known = {
        name: record.recipe[name]
        for name in ("false_flag_target", "gate_min_photos")
        if name in record.recipe
    }
    severity = {
        d.name: SeverityRule(
            severity=d.severity,
            large=d.large_severity,
            large_share=d.large_share,
            inside=d.by_size and d.by_size.inside,
            edge=d.by_size and d.by_size.edge,
        )
        for d in record.judged()
    }
    return Recipe(
        name=record.name, classes=record.class_names(), severity=severity, gate=record.gate, **known
    )


def scalings_of(record: BundleRecord) -> dict[str, Scaling]:
    """What a bundle does to its graph's scores."""
    return {d.name: Scaling(d.slope, d.offset) for d in record.judged()}


def _renewed(
    old: BundleRecord, calibrated: Calibrated, name: str, approved: ApprovedLimits | None
) -> BundleRecord:
    before, thresholds = scalings_of(old), calibrated.served().thresholds

    def renewed(defect: DefectClass) -> DefectClass:
        scaling = calibrated.scalings[defect.name].after(before[defect.name])
        changes = {
            "threshold": thresholds[defect.name],
            "slope": scaling.slope,
            "offset": scaling.offset,
        }
        return DefectClass.model_validate(defect.model_dump() | changes)

    changes = {
        "name": name,
        "version": f"{datetime.now(UTC):%Y.%m.%d}",
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "defects": tuple(renewed(defect) for defect in old.defects),
        "any_defect": None if old.any_defect is None else renewed(old.any_defect),
        "by_approved": entries(calibrated),
        "gate": calibrated.policy.gate,
        "approved": approved,
        "level_cuts": calibrated.level_cuts or old.level_cuts,
        "calibration": calibrated.record.model_copy(update={"recalibrated_from": old.name}),
    }
    return BundleRecord.model_validate(dict(old) | changes)
