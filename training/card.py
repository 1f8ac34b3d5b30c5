"""CARD.md of a release, in the Hugging Face model-card form: its use, how good it is, and where it is not."""

from collections.abc import Sequence
from typing import Any

from datasets.manifest import Manifest
from models.bundle import BundleRecord
from training.network import NetworkSpec
from training.report import table

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

A {backbone} with a light feature pyramid that flags visible defects of handmade pieces in one phone
photo, and grades how far the hand strayed from the design. Defects and handmade variance are two answers;
variance is never a defect.

## Intended use

To show a person which pieces to look at again, and where. It says pass, flag or retake; only people say
rework or reject. It is not for rejecting work without a person, for ranking people, or for judging what a
photo cannot show: a clasp's function, metal content, weight.

## Data

{photos} photos of {pieces} pieces of "{dataset}" ({sources}), fingerprint `{fingerprint}`. {description}
Classes: {classes}.{not_learnt}

## How good it is

{promise}

{method}.

```
{figures}
```

Intervals are 95 %: of shares by Wilson, of the others by resampling whole pieces. The graph differs from
the trained network by at most {parity:.1e} on {parity_photos} photos, with the same verdict on {same:.0%}.

## Where it is not good

{limits}

## Thresholds

| class | flagged from | severity | severity when large |
| --- | --- | --- | --- |
{thresholds}

Photos are sent back when sharpness is below {gate.min_sharpness:.1f}, brightness below
{gate.min_brightness:.0f}, glare above {gate.max_glare:.0%}, or the piece covers less than
{gate.min_piece_share:.1%} of the photo or more than {gate.max_border_share:.0%} of its border.

## Input and outputs

(N, {size}, {size}, 3) uint8 RGB, letterboxed on grey 114; scaling is inside the graph. Outputs: defects,
heatmap, variance, piece, embedding; see `models/bundle.py`.
Recipe `{recipe}`, code `{commit}`, opset {opset}.
"""


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
        photos=record.dataset.photos,
        pieces=record.dataset.pieces,
        sources=", ".join(sources),
        fingerprint=record.dataset.fingerprint[:16],
        description=manifest.card.description,
        classes=", ".join(spec.classes),
        not_learnt=f" Never shown in training, so never flagged: {', '.join(off)}." if off else "",
        promise=record.calibration.sentence[:1].upper() + record.calibration.sentence[1:] + ".",
        method=record.calibration.method[:1].upper() + record.calibration.method[1:],
        figures=table(figures),
        parity=record.parity.max_abs_logit,
        parity_photos=record.parity.photos,
        same=record.parity.same_verdicts,
        limits="\n".join(f"- {limit}" for limit in _limits(record, spec, sources)),
        thresholds="\n".join(
            f"| {d.name} | {d.threshold:.3f} | {d.severity} | {d.large_severity} |" for d in record.defects
        ),
        gate=record.gate,
        size=record.input.size,
        recipe=record.recipe["name"],
        commit=record.git_commit[:20],
        opset=record.opset,
    )


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
    if not spec.variance:
        limits.append("It never saw a variance level: it answers 3 for every piece.")
    limits.append("Thresholds hold for photos like those of the validation split; recalibrate on your own.")
    return limits


def _number(value: Any) -> str:
    return "null" if value is None else f"{value:.3f}"


def _grades(variance: dict[str, Any] | None) -> bool:
    """Whether agreement on levels is surely above chance."""
    if not variance or not variance["kappa"] or not variance["kappa"]["interval"]:
        return False
    return bool(variance["kappa"]["interval"][0] > 0)
