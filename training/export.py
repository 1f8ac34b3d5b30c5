"""A trained run → a released bundle: graph, thresholds, figures, card, and proof that they belong together.

    ubora train export runs/first --name ubora-2026.11

Thresholds come from the validation split, figures from the test split at those thresholds. A graph that does
not answer as the trained network is refused. Nothing is promoted: `ubora model promote NAME` does that.
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import torch

from ubora.datasets.manifest import METADATA, Manifest, Sample, read_manifest
from ubora.models.bundle import BundleError
from ubora.models.inference.inspector import golden_bank, golden_of, scaling_of, write_verified
from ubora.models.inference.preprocess import PhotoArray
from ubora.models.inference.second_look import look_at
from ubora.models.record import (
    COMPARISON,
    GRAPH,
    MODEL_CARD,
    WEIGHTS,
    BankContract,
    BundleRecord,
    DatasetOrigin,
    DefectClass,
    Golden,
)
from ubora.models.registry.releases import releases_option
from ubora.training.calibration.by_approved import (
    calibrated_by_approved,
    entries,
    evidence_files,
    scored_by_approved,
)
from ubora.training.calibration.level_cuts import cut_at
from ubora.training.calibration.photo_gates import faulty
from ubora.training.calibration.record import read_calibration
from ubora.training.calibration.thresholds import Calibrated, calibrate, learnt_classes
from ubora.training.evaluation.aspects.approved import approved_limits, approved_samples
from ubora.training.evaluation.evaluate import evaluate
from ubora.training.knobs import Recipe
from ubora.training.loop.checkpoint import (
    BEST,
    ENVIRONMENT,
    Checkpoint,
    RunError,
    git_commit,
    read_checkpoint,
)
from ubora.training.network import STRIDE
from ubora.training.network.transfer import weights_file
from ubora.training.release.card import card
from ubora.training.release.graph import OPSET, Graph, compare, write_graphs
from ubora.training.scoring.predictions import Trained, score
from ubora.training.scoring.references import References

GOLDEN_PHOTOS = 2


class ExportError(ValueError):
    """A run that must not be released."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, help="a run's folder")
    parser.add_argument("--name", required=True, help="the release's name: lower case, digits, dots, dashes")
    releases_option(parser)
    parser.add_argument("--dataset", type=Path, help="val and test photos (the run's own dataset)")


def run(args: argparse.Namespace) -> int:
    folder = args.releases / args.name
    if folder.exists():
        raise BundleError(f"{folder}: exists already; a release is never overwritten")
    checkpoint = read_checkpoint(args.run / BEST)
    manifest = read_manifest(args.dataset or _own_dataset(args.run))
    calibrated = read_calibration(args.run, checkpoint)
    record = export(
        checkpoint,
        manifest,
        folder,
        calibrated,
        learnt=_learnt(args.run, checkpoint, manifest),
        kept=_kept_dataset(args.run),
        outlines=_outlines(args.run),
    )
    print(
        f"{record.name}: {record.parity.photos} photos differ by at most {record.parity.max_abs_logit:.1e}, "
        f"{record.parity.same_verdicts:.0%} same verdicts; {record.calibration.sentence}\n{folder}"
    )
    return 0


def export(
    checkpoint: Checkpoint,
    manifest: Manifest,
    folder: Path,
    calibrated: Calibrated | None = None,
    *,
    learnt: Manifest | None = None,
    kept: DatasetOrigin | None = None,
    outlines: DatasetOrigin | None = None,
) -> BundleRecord:
    """Write the release at `folder`, whose name is the release's.

    Args:
        manifest: whose val and test photos it is judged by.
        learnt: what it learnt from, where that is another dataset.
        calibrated: what `ubora train calibrate` chose; without it, the same is done on the val split here.
        kept: the second dataset of a run with `--keep`.
        outlines: what `ubora train grade` taught it.

    Raises:
        ExportError: no val photos.
        GraphError: the graph does not answer as the network.
        BundleError: the folder exists, or the finished bundle does not load.
    """
    network = checkpoint.network().to(memory_format=torch.contiguous_format)
    spec, recipe = checkpoint.spec, checkpoint.recipe
    learnt = learnt or manifest
    train, check, test = learnt.split("train"), manifest.split("val"), manifest.split("test")
    if not len(check):
        raise ExportError(f"{manifest.root}: no photo in the val split to set thresholds on")
    with tempfile.TemporaryDirectory() as scratch:
        write_graphs(network, Path(scratch))
        graph = Graph(Path(scratch), folder.name, spec)
        checked = scored_by_approved(graph, check, manifest)
        approved = list(score(graph, approved_samples(manifest)))
        if calibrated is None:
            named, bad = learnt_classes(train), list(score(graph, faulty(manifest)))
            calibrated = calibrated_by_approved(
                checked, lambda own: calibrate(own, spec.classes, recipe, named, piece=spec.piece, bad=bad)
            ).on(manifest.card.name, "val", manifest.fingerprint())
        policy = calibrated.served()
        *defects, any_defect = (_defect(name, checkpoint, calibrated) for name in spec.heats())
        graph.scaling, graph.level_cuts = scaling_of((*defects, any_defect)), calibrated.level_cuts
        judged = test if len(test) else check
        references = References(graph, manifest)
        figures = evaluate(
            list(score(graph, judged, references)), judged, spec.classes, policy, approved=approved
        )
        parity = compare(Trained(network, graph.name), graph, judged, policy, references)
        figures = {
            "split": "test" if len(test) else "val",
            "dataset": manifest.card.name,
            **figures,
        }
        golden = {f"golden-{i}.png": _png(manifest, s, graph) for i, s in enumerate(_golden(judged), 1)}
        record = BundleRecord(
            schema_version=2,
            name=folder.name,
            version=f"{datetime.now(UTC):%Y.%m.%d}",
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            input=graph.contract,
            defects=tuple(defects),
            any_defect=any_defect,
            bank=BankContract(descriptor_size=spec.descriptor_size, stride=STRIDE),
            by_approved=entries(calibrated),
            embedding_size=spec.embedding_size,
            gate=calibrated.policy.gate,
            calibration=calibrated.record,
            approved=approved_limits(cut_at(checked[0], graph.level_cuts), approved),
            level_cuts=graph.level_cuts,
            metrics=figures,
            dataset=DatasetOrigin(
                name=learnt.card.name,
                fingerprint=checkpoint.fingerprint,
                photos=len(train),
                pieces=len({s.piece_id for s in train}),
            ),
            kept_dataset=kept,
            outlines=outlines,
            recipe=recipe.model_dump(mode="json", exclude_none=True),
            git_commit=git_commit(),
            opset=OPSET,
            parity=parity,
            golden=_answers(graph, {name: pixels for name, (pixels, _) in golden.items()}),
            files=dict.fromkeys((GRAPH, COMPARISON, MODEL_CARD, *golden), "0" * 64),
        )
        files: dict[str, bytes | Path] = {name: data for name, (_, data) in golden.items()}
        files |= evidence_files(calibrated)
        files |= {name: Path(scratch) / name for name in (GRAPH, COMPARISON)}
        files[WEIGHTS] = weights_file(network, whole=not stays_imagenet(recipe))
        files[MODEL_CARD] = card(record, learnt, spec).encode()
        return write_verified(folder, record, files)


def _defect(name: str, checkpoint: Checkpoint, calibrated: Calibrated) -> DefectClass:
    rule = checkpoint.recipe.rule(name)
    return DefectClass(
        name=name,
        threshold=calibrated.served().thresholds[name],
        slope=calibrated.scalings[name].slope,
        offset=calibrated.scalings[name].offset,
        severity=rule.severity,
        large_severity=rule.large,
        large_share=rule.large_share,
        by_size=rule.by_size(),
    )


def _answers(graph: Graph, golden: dict[str, PhotoArray]) -> tuple[Golden, ...]:
    """Each golden input alone, and the first beside the last."""
    alone = [golden_of(name, graph.outputs(None, pixels[None])) for name, pixels in golden.items()]
    first, last = next(iter(golden)), next(reversed(golden))
    cells = graph.outputs(None, golden[last][None])["cells"]
    bank = golden_bank(graph.name, cells, graph.spec.descriptor_size)
    return (*alone, golden_of(first, graph.outputs(bank, golden[first][None]), last))


def _golden(photos: Manifest) -> Sequence[Sample]:
    """A defective and a clean photo where there are both, else the first ones."""
    defective = [s for s in photos if s.defects]
    clean = [s for s in photos if s.defects == ()]
    chosen = [*defective[:1], *clean[:1]]
    others = [s for s in photos if s not in chosen]
    return [*chosen, *others][:GOLDEN_PHOTOS]


def _png(manifest: Manifest, sample: Sample, graph: Graph) -> tuple[PhotoArray, bytes]:
    data = manifest.path(sample.file_name).read_bytes()
    pixels = look_at(data, graph.contract, partial(graph.outputs, None), graph.find).network_input_hwc
    written, png = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    assert written
    return pixels, png.tobytes()


def _own_dataset(folder: Path) -> Path:
    try:
        return Path(json.loads((folder / ENVIRONMENT).read_bytes())["dataset_folder"])
    except (OSError, ValueError, KeyError):
        raise RunError(f"{folder}: does not say which dataset it learnt from; give --dataset") from None


def _learnt(folder: Path, checkpoint: Checkpoint, judged: Manifest) -> Manifest:
    """What the card tells of: the dataset that the run learnt from, whatever it is judged by.

    Raises:
        ExportError: it is not where it was.
    """
    if judged.fingerprint() == checkpoint.fingerprint:
        return judged
    own = _own_dataset(folder)
    manifest = read_manifest(own) if (own / METADATA).is_file() else None
    found = "nothing" if manifest is None else f"a dataset of fingerprint {manifest.fingerprint()[:16]}"
    if manifest is None or manifest.fingerprint() != checkpoint.fingerprint:
        raise ExportError(
            f"{own}: found {found}, expected the dataset that {folder} learnt from, of fingerprint "
            f"{checkpoint.fingerprint[:16]}: the card has to say whose photos it learnt from"
        )
    return manifest


def _outlines(folder: Path) -> DatasetOrigin | None:
    """The outlines that the run's environment names."""
    said = _environment(folder).get("outlines")
    return None if said is None else DatasetOrigin.model_validate(said)


def _environment(folder: Path) -> dict[str, Any]:
    path = folder / ENVIRONMENT
    said: dict[str, Any] = json.loads(path.read_bytes()) if path.is_file() else {}
    return said


def _kept_dataset(folder: Path) -> DatasetOrigin | None:
    """The second dataset that the run's environment names."""
    said = _environment(folder)
    if not said.get("kept_photos"):
        return None
    return DatasetOrigin(
        name=said["kept_dataset"],
        fingerprint=said["kept_fingerprint"],
        photos=said["kept_photos"],
        pieces=said["kept_pieces"],
    )


def stays_imagenet(recipe: Recipe) -> bool:
    """Whether a run's backbone is the published one, which its package holds."""
    kept = recipe.weights == "imagenet" or recipe.weights.startswith("release:")
    return recipe.freeze == "all" and kept
