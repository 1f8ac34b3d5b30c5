"""CARD.md of a release, in the Hugging Face model-card form: its use, how good it is, and where it is not.

card(record, manifest, spec)                 # of an export
recalibrated_card(record, old_card)          # of a release that was calibrated anew, before the card it had
"""

from collections.abc import Sequence
from typing import Any

from ubora.datasets.manifest import Manifest
from ubora.models.inference.approved import LEVELS
from ubora.models.marks import severities
from ubora.models.record import ApprovedLimits, BundleRecord, Calibration, DatasetOrigin, LevelCuts
from ubora.training.evaluation.report.terminal import table
from ubora.training.network import NetworkSpec

CARD = """---
license: apache-2.0
library_name: onnx
pipeline_tag: image-classification
tags: [visual-inspection, defect-detection, handmade, jewelry, onnx]
datasets: ["{dataset}"]
model-index:
  - name: {name}
    results:
      - task: {{type: image-classification}}
        dataset: {{name: "{dataset}", type: "{dataset}", split: "{split}"}}
        metrics:
          - {{type: mean_average_precision, value: {map}}}
          - {{type: auroc, value: {auroc}}}
---

# {name}

A {backbone}{frozen} with small heads that find the piece in one phone photo, hold it against the approved
samples of its design, flag what is wrong with it and where, and grade how far the hand strayed from the
design. A design without approved samples is judged by the photo alone, by thresholds of its own. Defects and
handmade variance are two answers; variance is never a defect.

## Intended use

To show a person which pieces to look at again, and where. It says pass, flag or retake; only people say
rework or reject. It is not for rejecting work without a person, for ranking people, or for judging what a
photo cannot show: a clasp's function, metal content, weight.

## Data

{photos} photos of {pieces} pieces of "{dataset}" ({sources}), fingerprint `{fingerprint}`.
{description}{kept}
Of {whose}; licence: {licence}.
Classes: {classes}.{not_learnt}

## How good it is

{promise}

{calibration}{approved}{levels}

```
{figures}
```

Intervals are 95 %: of shares by Wilson, of the others by resampling whole pieces. The graph differs from
the trained network by at most {parity:.1e} on {parity_photos} photos, with the same verdict on {same:.0%}.

## Where it is not good

{limits}

## Thresholds

{thresholds}

## Input and outputs

`model.onnx`: (N, {size}, {size}, 3) uint8 RGB, letterboxed on grey 114; scaling is inside the graph. {looks}
`comparison.onnx`: its cells and piece, and a bank of approved cells; what is wrong, where, and which cell of
the bank each was compared with. Names and shapes: `models/bundle.py`.
Recipe `{recipe}`, first weights `{weights}`, code `{commit}`, opset {opset}.
"""

RECALIBRATED = """---
license: apache-2.0
library_name: onnx
pipeline_tag: image-classification
tags: [visual-inspection, defect-detection, handmade, jewelry, onnx]
base_model: {old_name}
---

# {name}

The weights and the graph of {old_name}, with thresholds, photo gate and probabilities of its own: calibrated
on "{dataset}" ({split} split), fingerprint `{fingerprint}`. At the end follows the card of {old_name}: its
use, data and limits hold here too, its thresholds and figures do not.

## How good it is

{promise}

{calibration}{approved}{levels}

```
{figures}
```

Intervals are 95 %: of shares by Wilson, of the others by resampling whole pieces.{same_photos}

## Thresholds

{thresholds}

---

{old_card}
"""

THRESHOLDS = """| class | flagged from{beside} | severity at least | at most |
| --- | --- | --- | --- |
{rows}
{promises}

Photos are sent back when sharpness is below {gate.min_sharpness:.1f}, brightness below
{gate.min_brightness:.0f}, glare above {gate.max_glare:.0%}, or the piece covers less than
{gate.min_piece_share:.1%} of the photo or more than {gate.max_border_share:.0%} of its border, or the square
around it takes less than {gate.min_piece_side:.0%} of the photo's longer side."""


def card(record: BundleRecord, manifest: Manifest, spec: NetworkSpec) -> str:
    """The card of a release whose record is complete but for its hashes."""
    figures = {"name": record.name, **record.metrics}
    sources = sorted({s.source for s in manifest.split("train")})
    off = [d.name for d in record.defects if d.threshold >= 1]
    auroc = figures["any_defect"]["auroc"]
    return CARD.format(
        name=record.name,
        dataset=record.dataset.name,
        split=figures["split"],
        map=_number(figures["map"]),
        auroc=_number(None if auroc is None else auroc["value"]),
        backbone=spec.backbone,
        frozen=" as ImageNet left it" if record.recipe.get("freeze") == "all" else "",
        whose=manifest.card.source or "nobody named",
        licence=manifest.card.licence or "none named",
        photos=record.dataset.photos,
        pieces=record.dataset.pieces,
        sources=", ".join(sources),
        fingerprint=record.dataset.fingerprint[:16],
        description=manifest.card.description,
        kept=_kept(record.kept_dataset) + _outlined(record.outlines),
        classes=", ".join(spec.classes),
        not_learnt=f" Never shown in training, so never flagged: {', '.join(off)}." if off else "",
        promise=_sentence(record.calibration.sentence),
        calibration=_calibration(record.calibration),
        approved=approved_words(record.approved),
        levels=_cuts_words(record.level_cuts),
        figures=table(figures),
        parity=record.parity.max_abs_logit,
        parity_photos=record.parity.photos,
        same=record.parity.same_verdicts,
        limits="\n".join(f"- {limit}" for limit in _limits(record, spec, sources)),
        thresholds=_thresholds(record),
        size=record.input.size,
        looks=_looks(record),
        recipe=record.recipe["name"],
        weights=record.recipe["weights"],
        commit=record.git_commit[:20],
        opset=record.opset,
    )


def recalibrated_card(record: BundleRecord, old_card: str) -> str:
    """The card of a release that was calibrated anew: what is new, then the card it had."""
    calibration = record.calibration
    same = record.metrics["split"] == calibration.split
    return RECALIBRATED.format(
        name=record.name,
        old_name=calibration.recalibrated_from,
        dataset=calibration.dataset,
        split=calibration.split,
        fingerprint=(calibration.fingerprint or "")[:16],
        promise=_sentence(calibration.sentence),
        calibration=_calibration(calibration),
        approved=approved_words(record.approved),
        levels=_cuts_words(record.level_cuts),
        figures=table({"name": record.name, **record.metrics}),
        same_photos=" They are of the photos that were calibrated on: there was no test split."
        if same
        else "",
        thresholds=_thresholds(record),
        old_card=old_card.split("---\n", 2)[-1].strip() if old_card.startswith("---") else old_card.strip(),
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def _kept(second: DatasetOrigin | None) -> str:
    if second is None:
        return ""
    return (
        f" Beside them in every batch, {second.photos} photos of {second.pieces} pieces of "
        f'"{second.name}", fingerprint `{second.fingerprint[:16]}`.'
    )


def _outlined(drawn: DatasetOrigin | None) -> str:
    if drawn is None:
        return ""
    return (
        f" Variance levels were learnt apart, from {drawn.photos} drawn outlines of {drawn.pieces} pieces "
        f'("{drawn.name}", fingerprint `{drawn.fingerprint[:16]}`) and the outlines of graded photos.'
    )


def _calibration(held: Calibration) -> str:
    """How the thresholds were chosen, what they flag, and how far a score is a probability."""
    parts = [_sentence(held.method)]
    if held.false_flags is not None:
        parts.append(
            f"They flag {held.false_flags:.1%} of clean photos of pieces that they were not chosen on."
        )
    if held.score_error is not None:
        parts.append(
            f"Scores are probabilities, wrong by {held.score_error:.3f} on average, where as many photos are "
            "defective as in that split; where fewer are, they are too high."
        )
    return " ".join(parts)


def _cuts_words(cuts: LevelCuts | None) -> str:
    """A paragraph: how a level is said of a photo alone."""
    if cuts is None:
        return ""
    said = [f"{level} from {cut:.2f}" for level, cut in enumerate(cuts, start=2) if cut <= LEVELS]
    return (
        "\n\nLevels are cut where each is said as often as people said it of the calibration photos: the "
        f"mean of a photo's probabilities is level {', '.join(said)}."
    )


def approved_words(limits: ApprovedLimits | None) -> str:
    """A paragraph: what is done where a design has approved photos."""
    if limits is None:
        return ""
    text = (
        f"\n\nWhere its design has approved photos, a piece farther than {limits.max_distance:.2f} (cosine "
        "distance) from all of them is shown to a person, who says whether it is this design: "
        f"the {limits.quantile:.0%} quantile of {limits.pieces} accepted pieces"
    )
    if limits.wrong_caught is not None:
        text += (
            f". Held against another design's approved photos, {limits.wrong_caught:.0%} of them lie beyond"
        )
    if limits.kappa_alone is None or limits.kappa_beside is None:
        return text + "."
    against = f"agreement {limits.kappa_beside:.2f} against {limits.kappa_alone:.2f} without, weighted kappa"
    counted = "are counted beside them" if limits.grade_beside else "are not counted beside them"
    return f"{text}. Variance levels {counted}: {against}."


def _thresholds(record: BundleRecord) -> str:
    counts = [entry.approved_photos for entry in record.by_approved]
    rows = []
    for defect in record.judged():
        said = [entry.thresholds[defect.name] for entry in record.by_approved] or [defect.threshold]
        values = ", ".join(f"{value:.3f}" for value in said)
        least, most = severities(defect)
        rows.append(f"| {defect.name} | {values} | {least} | {most} |")
    promises = "".join(
        f"\n- {_count_words(entry.approved_photos)}: {entry.calibration.sentence}."
        for entry in record.by_approved
    )
    beside = f", beside {', '.join(map(str, counts))} approved photos (the last: and more)" if counts else ""
    return THRESHOLDS.format(rows="\n".join(rows), beside=beside, promises=promises, gate=record.gate)


def _count_words(count: int) -> str:
    return {0: "Without an approved photo", 1: "Beside one"}.get(count, f"Beside {count}")


def _looks(record: BundleRecord) -> str:
    first = record.input.first_look
    if first is None:
        return "A photo is seen once, whole."
    return f"A photo is seen at {first} px to find the piece, then the piece alone, cut from the whole photo."


def _limits(record: BundleRecord, spec: NetworkSpec, sources: Sequence[str]) -> list[str]:
    limits = []
    if "rendered" in sources:
        limits.append(
            "It learnt from rendered photographs: a starting point. Figures on rendered photos say little of "
            "real ones; engraving, wire, chain, cloth and fingers may be flagged until reviewed photos of "
            "them are trained on."
        )
    if not record.calibration.certifiable:
        limits.append(f"No miss rate is certified ({record.calibration.sentence}).")
    limits += [
        f"{name}: {own['defective']} photos of it in the split that was measured; its figures are a rumour."
        for name, own in record.metrics["classes"].items()
        if own["defective"] < 10
    ]
    if not spec.piece:
        limits.append(
            "It never saw where the piece is: it looks at the whole photo, and finds none too small."
        )
    if spec.variance and not _grades(record.metrics.get("variance")):
        limits.append(
            "It does not grade variance yet: agreement on the split that was measured is no better than "
            "chance. Let designs approve every level until a release says otherwise."
        )
    if record.approved is not None:
        limits.append(
            "How far a piece may look from its approved photos was set on designs that it learnt from; "
            "pieces of a new design may lie farther, and more of them are shown to a person."
        )
    if not spec.variance:
        limits.append("It never saw a variance level: it answers 3 for every piece.")
    if record.calibration.split in (None, "val"):
        limits.append(
            "Its best epoch was chosen on the photos that it was calibrated on, and the bound takes them for "
            "photos that it never saw: a little better than the truth."
        )
    limits.append(
        "Thresholds hold for photos like those of the validation split; on your own, `ubora train calibrate`."
    )
    return limits


def _number(value: Any) -> str:
    return "null" if value is None else f"{value:.3f}"


def _grades(variance: dict[str, Any] | None) -> bool:
    """Whether agreement on levels is surely above chance."""
    if not variance or not variance["kappa"] or not variance["kappa"]["interval"]:
        return False
    return bool(variance["kappa"]["interval"][0] > 0)
