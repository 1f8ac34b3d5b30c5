"""A release in 8-bit integers: a quarter of the size, and is it still the same inspector?

    ubora train quantize champion datasets/rendered
    ubora train quantize champion datasets/rendered --name ubora-2026.11-int8

Ranges come from train photos (onnxruntime's static quantisation, QDQ, per channel); verdicts are compared
on the test photos. A bundle is written only where at least 99 % of them are the same: thresholds were set for
the network as it was trained, and an integer that moves a score across one has changed who is flagged.
"""

import argparse
import json
import logging
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from datasets.manifest import Manifest, read_manifest
from models.bundle import GRAPH, OUTPUTS, BundleRecord, Parity
from models.gates import MIN_SAME_VERDICTS
from models.inspector import Inspector, golden_outputs, open_graph, write_verified
from models.preprocess import PhotoArray
from models.registry import RELEASES, release_folder
from models.second_look import FloatArray, look_at
from models.verdict import decide
from training.job import TrainingError

RANGE_PHOTOS = 64
"""Train photos whose activations give the ranges; more moved no range worth naming."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("release", help="a release or an alias")
    parser.add_argument("dataset", type=Path, help="train photos for the ranges, test photos to compare on")
    parser.add_argument("--name", help="write the bundle under this name, where it may be")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--releases", type=Path, default=RELEASES)


def run(args: argparse.Namespace) -> int:
    folder = release_folder(args.releases, args.release)
    manifest = read_manifest(args.dataset)
    whole = Inspector.load(folder)
    with tempfile.TemporaryDirectory() as scratch:
        small_file = Path(scratch) / GRAPH
        quantize(folder / GRAPH, small_file, whole, manifest.split("train"))
        small = Inspector(whole.record, open_graph(small_file), folder)
        found = compare(whole, small, manifest.split("test"))
        found |= {"bytes": small_file.stat().st_size, "bytes_before": (folder / GRAPH).stat().st_size}
        print(
            f"{whole.record.name} in 8 bits: {found['same_verdicts']:.1%} of {found['photos']} photos get "
            f"the same verdict (scores differ by up to {found['largest_score']:.2f}); "
            f"{found['bytes'] / 1e6:.1f} for {found['bytes_before'] / 1e6:.1f} MB; "
            f"{found['latency_ms']:.0f} for {found['latency_before_ms']:.0f} ms"
        )
        if args.json is not None:
            args.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
        if found["same_verdicts"] < MIN_SAME_VERDICTS:
            print(f"not released: at least {MIN_SAME_VERDICTS:.0%} must be the same")
            return 1
        if args.name is not None:
            release(folder, small, small_file, args.releases / args.name, found)
    return 0


def quantize(graph: Path, out: Path, inspector: Inspector, photos: Manifest) -> None:
    """Write the graph in 8 bits: weights per channel, activations in the ranges that `photos` give them.

    Raises:
        TrainingError: no photo to take ranges from.
    """
    if not len(photos):
        raise TrainingError(f"{photos.root}: no photo in the train split to take ranges from")
    with tempfile.TemporaryDirectory() as scratch:
        ready = Path(scratch) / "ready.onnx"
        # Symbolic shapes are not needed for ranges, and the exporter's multiples of 32 confuse them.
        quant_pre_process(str(graph), str(ready), skip_symbolic_shape=True)
        logging.getLogger().setLevel(logging.ERROR)
        quantize_static(
            str(ready),
            str(out),
            _Looks(inspector, photos),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["Conv", "Add"],
            nodes_to_exclude=_heads(ready),
        )


def compare(whole: Inspector, small: Inspector, photos: Manifest) -> dict[str, Any]:
    """Verdicts, scores and milliseconds of two inspectors on the same photos, one after the other.

    Raises:
        TrainingError: no photo.
    """
    if not len(photos):
        raise TrainingError(f"{photos.root}: no photo in the test split to compare on")
    same, largest = 0, 0.0
    took: tuple[list[float], list[float]] = ([], [])
    for sample in photos:
        data = photos.path(sample.file_name).read_bytes()
        said = []
        for inspector, spent in zip((whole, small), took, strict=True):
            started = time.perf_counter()
            said.append(inspector.inspect(data))
            spent.append((time.perf_counter() - started) * 1000)
        verdicts = [decide(p, whole.record, detail=sample.view == "detail").outcome for p in said]
        same += verdicts[0] == verdicts[1]
        largest = max(largest, *(abs(said[0].scores[n] - said[1].scores[n]) for n in said[0].scores))
    return {
        "photos": len(photos),
        "same_verdicts": same / len(photos),
        "largest_score": largest,
        "latency_before_ms": statistics.median(took[0]),
        "latency_ms": statistics.median(took[1]),
    }


def release(folder: Path, small: Inspector, graph: Path, out: Path, found: dict[str, Any]) -> BundleRecord:
    """The same bundle around the smaller graph, with golden outputs of its own."""
    record = small.record
    golden = tuple(golden_outputs(small, folder / g.file) for g in record.golden)
    parity = Parity(
        photos=found["photos"],
        max_abs_logit=record.parity.max_abs_logit,
        same_verdicts=found["same_verdicts"],
    )
    changed = record.model_copy(update={"name": out.name, "golden": golden, "parity": parity})
    files: dict[str, bytes | Path] = {name: folder / name for name in record.files}
    return write_verified(out, changed, files | {GRAPH: graph})


class _Looks(CalibrationDataReader):  # type: ignore[misc]
    """Both looks at a spread of photos, as the graph will see them."""

    def __init__(self, inspector: Inspector, photos: Manifest) -> None:
        self._inputs = self._seen(inspector, photos)

    def get_next(self) -> dict[str, PhotoArray] | None:
        value = next(self._inputs, None)
        return None if value is None else {"photos": value}

    def _seen(self, inspector: Inspector, photos: Manifest) -> Iterator[PhotoArray]:
        seen: list[PhotoArray] = []

        def watched(inputs_nhwc: PhotoArray) -> dict[str, FloatArray]:
            seen.append(np.ascontiguousarray(inputs_nhwc))
            return inspector.run(inputs_nhwc)

        for sample in photos.samples[:: max(1, len(photos) // RANGE_PHOTOS)][:RANGE_PHOTOS]:
            look_at(photos.path(sample.file_name).read_bytes(), inspector.record.input, watched)
            # Ranges need one size; the second look is what scores are read from.
            yield seen[-1]


def _heads(graph: Path) -> list[str]:
    """Nodes that write an output or feed one directly: their values are the answer and stay whole."""
    model = onnx.load(str(graph))
    makers = {name: node for node in model.graph.node for name in node.output}
    last: set[str] = set()
    for name in OUTPUTS:
        node = makers.get(name)
        for _ in range(3):
            if node is None:
                break
            last.add(node.name)
            node = next((makers[i] for i in node.input if i in makers), None)
    return sorted(last)
