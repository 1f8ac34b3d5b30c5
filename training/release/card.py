"""CARD.md of a release, in the Hugging Face model-card form: its use, how good it is, and where it is not.

card(record, manifest, spec)                 # of an export
recalibrated_card(record, old_card)          # of a release that was calibrated anew, before the card it had
"""

from ubora.datasets.manifest import Manifest
from ubora.models.record import BundleRecord
from ubora.training.evaluation.report.terminal import table
from ubora.training.network import NetworkSpec
from ubora.training.release.card_words import (
    approved_words,
    calibration,
    cuts_words,
    kept,
    limits,
    looks,
    number,
    outlined,
    sentence,
    thresholds,
)

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

An {backbone}{frozen} with small heads that find the piece in one phone photo, hold it against the approved
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
the bank each was compared with. Names and shapes: `models/record.py`.
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
        map=number(figures["map"]),
        auroc=number(None if auroc is None else auroc["value"]),
        backbone=spec.backbone,
        frozen=" as ImageNet left it" if record.recipe.get("freeze") == "all" else "",
        whose=manifest.card.source or "nobody named",
        licence=manifest.card.licence or "none named",
        photos=record.dataset.photos,
        pieces=record.dataset.pieces,
        sources=", ".join(sources),
        fingerprint=record.dataset.fingerprint[:16],
        description=manifest.card.description,
        kept=kept(record.kept_dataset) + outlined(record.outlines),
        classes=", ".join(spec.classes),
        not_learnt=f" Never shown in training, so never flagged: {', '.join(off)}." if off else "",
        promise=sentence(record.calibration.sentence),
        calibration=calibration(record.calibration),
        approved=approved_words(record.approved),
        levels=cuts_words(record.level_cuts),
        figures=table(figures),
        parity=record.parity.max_abs_logit,
        parity_photos=record.parity.photos,
        same=record.parity.same_verdicts,
        limits="\n".join(f"- {limit}" for limit in limits(record, spec, sources)),
        thresholds=thresholds(record),
        size=record.input.size,
        looks=looks(record),
        recipe=record.recipe["name"],
        weights=record.recipe["weights"],
        commit=record.git_commit[:20],
        opset=record.opset,
    )


def recalibrated_card(record: BundleRecord, old_card: str) -> str:
    """The card of a release that was calibrated anew: what is new, then the card it had."""
    held = record.calibration
    same = record.metrics["split"] == held.split
    return RECALIBRATED.format(
        name=record.name,
        old_name=held.recalibrated_from,
        dataset=held.dataset,
        split=held.split,
        fingerprint=(held.fingerprint or "")[:16],
        promise=sentence(held.sentence),
        calibration=calibration(held),
        approved=approved_words(record.approved),
        levels=cuts_words(record.level_cuts),
        figures=table({"name": record.name, **record.metrics}),
        same_photos=" They are of the photos that were calibrated on: there was no test split."
        if same
        else "",
        thresholds=thresholds(record),
        old_card=old_card.split("---\n", 2)[-1].strip() if old_card.startswith("---") else old_card.strip(),
    )
