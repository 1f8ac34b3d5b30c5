"""A trained run → a released bundle: graph, thresholds, figures, card, and proof that they belong together.

    ubora train export runs/first --name ubora-2026.11

Thresholds come from the validation split, figures from the test split at those thresholds. A graph that does
not answer as the trained network is refused. Nothing is promoted: `ubora model promote NAME` does that.
"""

import argparse
import json
import tempfile
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import torch
from torch import Tensor, nn

from datasets.manifest import Manifest, Sample, read_manifest
from models.bundle import (
    GRAPH,
    MODEL_CARD,
    OUTPUTS,
    WEIGHTS,
    BundleError,
    BundleRecord,
    DatasetOrigin,
    DefectClass,
    Parity,
)
from models.inspector import Prediction, golden_of, open_graph, read_prediction, scaling_of, write_verified
from models.preprocess import PhotoArray
from models.registry import RELEASES
from models.second_look import FloatArray, look_at
from training.approved import approved_limits, approved_samples
from training.calibration import read_calibration
from training.card import card
from training.checkpoint import BEST, ENVIRONMENT, Checkpoint, RunError, git_commit, read_checkpoint
from training.evaluate import evaluate
from training.network import Network, NetworkSpec, Outputs
from training.photo_gates import faulty
from training.scoring import Trained, input_contract, score
from training.thresholds import Calibrated, Policy, calibrate, learnt_classes
from training.transfer import weights_file

OPSET = 20
COARSEST = 32
"""Pixels of the input to a cell of the backbone's last map."""
TOLERANCE = 1e-3
"""Largest difference of a raw output between torch and the graph that is still a release."""
PARITY_PHOTOS = 64
GOLDEN_PHOTOS = 2


class ExportError(ValueError):
    """A run that must not be released."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, help="a run's folder")
    parser.add_argument("--name", required=True, help="the release's name: lower case, digits, dots, dashes")
    parser.add_argument("--releases", type=Path, default=RELEASES)
    parser.add_argument("--dataset", type=Path, help="val and test photos (the run's own dataset)")


def run(args: argparse.Namespace) -> int:
    folder = args.releases / args.name
    if folder.exists():
        raise BundleError(f"{folder}: exists already; a release is never overwritten")
    checkpoint = read_checkpoint(args.run / BEST)
    manifest = read_manifest(args.dataset or _own_dataset(args.run))
    record = export(
        checkpoint, manifest, folder, read_calibration(args.run, checkpoint), kept=_kept_dataset(args.run)
    )
    print(
        f"{record.name}: {record.parity.photos} photos differ by at most {record.parity.max_abs_logit:.1e}, "
        f"{record.parity.same_verdicts:.0%} same verdicts; {record.calibration.sentence}\n{folder}"
    )
    return 0


class Graph:
    """An exported graph as a judge, before there is a bundle around it."""

    def __init__(self, path: Path, name: str, spec: NetworkSpec) -> None:
        self.name = name
        self.classes = spec.classes
        self.size = spec.input_size
        self.contract = input_contract(spec)
        self.scaling: FloatArray | None = None
        """Of its scores; None until they were calibrated."""
        self._session = open_graph(path)

    def predict(self, data: bytes) -> Prediction:
        return read_prediction(look_at(data, self.contract, self.outputs), self.classes, self.scaling)

    def outputs(self, inputs_nhwc: PhotoArray) -> dict[str, FloatArray]:
        values = self._session.run(list(OUTPUTS), {self._session.get_inputs()[0].name: inputs_nhwc})
        return dict(zip(OUTPUTS, values, strict=True))


def export(
    checkpoint: Checkpoint,
    manifest: Manifest,
    folder: Path,
    calibrated: Calibrated | None = None,
    *,
    kept: DatasetOrigin | None = None,
) -> BundleRecord:
    """Write the release at `folder`, whose name is the release's.

    Args:
        calibrated: what `ubora train calibrate` chose; without it, the same is done on the val split here.
        kept: the second dataset of a run with `--keep`.

    Raises:
        ExportError: no val photos, or a graph that differs from the network beyond TOLERANCE.
        BundleError: the folder exists, or the finished bundle does not load.
    """
    network = checkpoint.network().to(memory_format=torch.contiguous_format)
    spec, recipe = checkpoint.spec, checkpoint.recipe
    train, check, test = manifest.split("train"), manifest.split("val"), manifest.split("test")
    if not len(check):
        raise ExportError(f"{manifest.root}: no photo in the val split to set thresholds on")
    with tempfile.TemporaryDirectory() as scratch:
        graph_file = Path(scratch) / GRAPH
        write_graph(network, graph_file)
        graph = Graph(graph_file, folder.name, spec)
        scored, approved = list(score(graph, check)), list(score(graph, approved_samples(manifest)))
        if calibrated is None:
            learnt, bad = learnt_classes(train), list(score(graph, faulty(manifest)))
            calibrated = calibrate(scored, spec.classes, recipe, learnt, piece=spec.piece, bad=bad)
            calibrated = calibrated.on(manifest.card.name, "val", manifest.fingerprint())
        policy = calibrated.served()
        defects = tuple(_defect(name, checkpoint, calibrated) for name in spec.classes)
        graph.scaling = scaling_of(defects)
        judged = test if len(test) else check
        figures = evaluate(list(score(graph, judged)), judged, spec.classes, policy, approved=approved)
        figures = {"split": "test" if len(test) else "val", "dataset": manifest.card.name, **figures}
        parity = compare(Trained(network, "torch"), graph, judged, policy)
        golden = {f"golden-{i}.png": _png(manifest, s, graph) for i, s in enumerate(_golden(judged), 1)}
        record = BundleRecord(
            name=folder.name,
            version=f"{datetime.now(UTC):%Y.%m.%d}",
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            input=graph.contract,
            defects=defects,
            embedding_size=spec.embedding_size,
            gate=calibrated.policy.gate,
            calibration=calibrated.record,
            approved=approved_limits(scored, approved),
            metrics=figures,
            dataset=DatasetOrigin(
                name=manifest.card.name,
                fingerprint=checkpoint.fingerprint,
                photos=len(train),
                pieces=len({s.piece_id for s in train}),
            ),
            kept_dataset=kept,
            recipe=recipe.model_dump(mode="json", exclude_none=True),
            git_commit=git_commit(),
            opset=OPSET,
            parity=parity,
            golden=tuple(
                golden_of(name, graph.outputs(pixels[None])) for name, (pixels, _) in golden.items()
            ),
            files=dict.fromkeys((GRAPH, MODEL_CARD, *golden), "0" * 64),
        )
        files: dict[str, bytes | Path] = {name: data for name, (_, data) in golden.items()}
        files |= {GRAPH: graph_file, WEIGHTS: weights_file(network)}
        files[MODEL_CARD] = card(record, manifest, spec).encode()
        return write_verified(folder, record, files)


def write_graph(network: Network, path: Path) -> None:
    """torch → ONNX at OPSET, one file, dynamic batch, output names of the contract.

    A network that looks twice takes every size of whole strides, so that both looks are one graph.
    """
    size = network.spec.input_size
    dynamic: dict[int, Any] = {0: torch.export.Dim("batch", min=1)}
    if input_contract(network.spec).first_look is not None:
        strides = 2048 // COARSEST
        dynamic |= {
            axis: COARSEST * torch.export.Dim(name, min=1, max=strides)
            for axis, name in ((1, "rows"), (2, "columns"))
        }
    example = torch.zeros(2, size, size, 3, dtype=torch.uint8)
    with warnings.catch_warnings():
        # The exporter of some torch versions calls what the same torch deprecates.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        program = torch.onnx.export(
            _Plain(network).eval(),
            (example,),
            dynamo=True,
            opset_version=OPSET,
            external_data=False,
            input_names=["photos"],
            output_names=list(OUTPUTS),
            dynamic_shapes=(dynamic,),
            verbose=False,
        )
    assert program is not None
    program.save(str(path), external_data=False)
    _leave_out_traces(path)


def _leave_out_traces(path: Path) -> None:
    """Drop the stack traces that the exporter writes beside every node: paths of whoever released it."""
    model = onnx.load(path)
    graph = model.graph
    for part in (
        model,
        graph,
        *graph.node,
        *graph.value_info,
        *graph.input,
        *graph.output,
        *graph.initializer,
    ):
        del part.metadata_props[:]
        part.doc_string = ""
    onnx.save(model, path)


class _Plain(nn.Module):
    """The network with a plain tuple for its outputs, which every exporter knows."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, photos: Tensor) -> tuple[Tensor, ...]:
        outputs: Outputs = self.network(photos)
        return tuple(outputs)


def compare(network: Trained, graph: Graph, photos: Manifest, policy: Policy) -> Parity:
    """Graph against network on real photos.

    Raises:
        ExportError: a raw output differs by more than TOLERANCE.
    """
    chosen = photos.samples[:: max(1, len(photos) // PARITY_PHOTOS)][:PARITY_PHOTOS]
    largest, same = 0.0, 0
    for sample in chosen:
        data = photos.path(sample.file_name).read_bytes()
        looks = [look_at(data, graph.contract, judge.outputs) for judge in (network, graph)]
        again = graph.outputs(looks[0].network_input_hwc[None])
        largest = max(largest, *(float(np.abs(looks[0].outputs[n] - again[n]).max()) for n in OUTPUTS))
        said = [
            policy.outcome(prediction, detail=sample.view == "detail")
            for prediction in (read_prediction(look, network.classes, graph.scaling) for look in looks)
        ]
        same += said[0] == said[1]
    if not largest <= TOLERANCE:
        raise ExportError(
            f"the graph differs from the network by {largest:.2g}; at most {TOLERANCE:g} is released"
        )
    return Parity(photos=len(chosen), max_abs_logit=largest, same_verdicts=same / len(chosen))


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
    )


def _golden(photos: Manifest) -> Sequence[Sample]:
    """A defective and a clean photo where there are both, else the first ones."""
    defective = [s for s in photos if s.defects]
    clean = [s for s in photos if s.defects == ()]
    chosen = [*defective[:1], *clean[:1]]
    others = [s for s in photos if s not in chosen]
    return [*chosen, *others][:GOLDEN_PHOTOS]


def _png(manifest: Manifest, sample: Sample, graph: Graph) -> tuple[PhotoArray, bytes]:
    data = manifest.path(sample.file_name).read_bytes()
    pixels = look_at(data, graph.contract, graph.outputs).network_input_hwc
    written, png = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    assert written
    return pixels, png.tobytes()


def _own_dataset(folder: Path) -> Path:
    try:
        return Path(json.loads((folder / ENVIRONMENT).read_bytes())["dataset_folder"])
    except (OSError, ValueError, KeyError):
        raise RunError(f"{folder}: does not say which dataset it learnt from; give --dataset") from None


def _kept_dataset(folder: Path) -> DatasetOrigin | None:
    """The second dataset that the run's environment names."""
    path = folder / ENVIRONMENT
    said = json.loads(path.read_bytes()) if path.is_file() else {}
    if not said.get("kept_photos"):
        return None
    return DatasetOrigin(
        name=said["kept_dataset"],
        fingerprint=said["kept_fingerprint"],
        photos=said["kept_photos"],
        pieces=said["kept_pieces"],
    )
