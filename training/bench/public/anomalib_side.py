"""anomalib's good-only models on the same photos, in an environment of their own.

    python3 -m venv VENV && VENV/bin/pip install anomalib      # some 5 GB; never beside ubora
    ubora train bench magnetic-tile … --anomalib VENV/bin/python --backbone mobilenet_v2.pth

That Python runs anomalib_models.py beside this file with a list of photos and writes one score a photo; every
figure is computed here, as ours are. The clean photos of the train split are what it learns from.

PatchCore and PaDiM ask a hub for their backbone, a WideResNet-50 or ResNet-18. Without one they run on the
nearest local backbone, a MobileNetV2 with torchvision's key names (--backbone): weaker than as published,
and the same that ours starts from. EfficientAD is left out: it needs a teacher distilled from ImageNet (a
download of anomalib's), and ImageNette photos in its loss (another); with a random teacher it is another
method under its name.

    ValueError
    └── AnomalibError   that Python has no anomalib, or its run failed
"""

import argparse
import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ubora.datasets.manifest import Manifest, Sample
from ubora.training.evaluation.slices import recalls, with_interval
from ubora.training.figures import auroc

MODELS = ("patchcore", "padim")
SCRIPT = Path(__file__).with_name("anomalib_models.py")
LONGEST_S = 4 * 3600


class AnomalibError(ValueError):
    """anomalib cannot be asked, or did not answer."""


def configure_anomalib(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--anomalib", type=Path, metavar="PYTHON", help="of an environment with anomalib")
    parser.add_argument(
        "--backbone",
        type=Path,
        metavar="FILE",
        help="its MobileNetV2 state dict; without, anomalib downloads",
    )
    parser.add_argument(
        "--coreset", type=float, default=0.01, help="share of patches that PatchCore keeps (%(default)s)"
    )


def ask_anomalib(args: argparse.Namespace, manifest: Manifest, dataset: Path) -> dict[str, Any]:
    """Train on the clean photos of `train`, score `test`, and compute the figures that ours have.

    Raises:
        AnomalibError: no such Python, no anomalib in it, no clean photo, or a failed run.
    """
    learn = [s for s in manifest.split("train") if s.defects == () and not s.photo_faults]
    test = [s for s in manifest.split("test") if s.defects is not None and not s.photo_faults]
    if not learn or not test:
        raise AnomalibError(
            f"{dataset}: {len(learn)} clean photos to learn, {len(test)} to test; both needed"
        )
    task = {
        "models": list(MODELS),
        "learn": [str(manifest.path(s.file_name).resolve()) for s in learn],
        "judge": [str(manifest.path(s.file_name).resolve()) for s in test],
        "backbone": None if args.backbone is None else str(args.backbone.resolve()),
        "coreset": args.coreset,
    }
    answer = run_side(args.anomalib, task)
    classes = manifest.card.taxonomy.defects
    return {
        "version": answer["version"],
        "learnt_from": len(learn),
        "models": {
            name: figures_of(own["scores"], test, classes) | {"minutes": own["seconds"] / 60}
            for name, own in answer["models"].items()
        },
        "notes": [
            f"anomalib {answer['version']}, {len(learn)} clean photos, {answer['backbone']}; coreset "
            f"{args.coreset:g}. EfficientAD is left out: its teacher and ImageNette are downloads."
        ],
    }


def run_side(python: Path, task: dict[str, Any]) -> dict[str, Any]:
    """Hand a task to the other environment and read its answer."""
    with tempfile.TemporaryDirectory() as scratch:
        given, answered = Path(scratch) / "task.json", Path(scratch) / "answer.json"
        given.write_text(json.dumps(task), encoding="utf-8")
        try:
            done = subprocess.run(
                [str(python), "-P", str(SCRIPT), str(given), str(answered)],
                stderr=subprocess.PIPE,
                text=True,
                timeout=LONGEST_S,
                check=False,
            )
        except OSError as error:
            raise AnomalibError(f"{python}: {error.strerror}; expected a Python with anomalib") from None
        if done.returncode != 0 or not answered.is_file():
            last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise AnomalibError(f"{python}: anomalib's run failed: {last}")
        answer: dict[str, Any] = json.loads(answered.read_bytes())
        return answer


def figures_of(scores: Sequence[float], samples: Sequence[Sample], classes: Sequence[str]) -> dict[str, Any]:
    """One score a photo → AUROC, recalls, and AUROC of each class against the clean photos."""
    values = np.array(scores, np.float64)
    defective = np.array([bool(s.defects) for s in samples], np.bool_)
    pieces = [s.piece_id for s in samples]

    def against_clean(name: str) -> dict[str, Any] | None:
        shown = np.array([name in s.defect_names() for s in samples], np.bool_)
        kept = np.flatnonzero(shown | ~defective)
        return with_interval([pieces[i] for i in kept], lambda at: auroc(values[kept[at]], shown[kept[at]]))

    return {
        "auroc": with_interval(pieces, lambda at: auroc(values[at], defective[at])),
        "recall_at_false_flags": recalls(pieces, values, defective),
        "by_class": {name: against_clean(name) for name in classes},
    }
