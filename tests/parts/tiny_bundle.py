"""A real bundle small enough for every test: a real ONNX graph with fixed weights, made without torch.

write_tiny_bundle(folder / "tiny-1", threshold=0.5)

It calls dark red "tarnish" and dark blue "scratch", what is not near white "piece", and every level 3. Its
input is 64 × 64 and its maps 16 × 16, so a mark must cover about an eighth of the photo's longer side.
"""

import io
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from ubora.models.bundle import write_bundle
from ubora.models.evidence import EVIDENCE, Evidence, evidence_bytes
from ubora.models.inference.graphs import open_graph
from ubora.models.inference.inspector import Inspector, golden_outputs
from ubora.models.record import (
    GRAPH,
    MODEL_CARD,
    ApprovedLimits,
    BundleRecord,
    Calibration,
    DatasetOrigin,
    DefectClass,
    Golden,
    InputContract,
    Parity,
    PhotoGate,
)
from ubora.models.registry.promotion import promote

SIZE = 64
GRID = 16
CLASSES = ("tarnish", "scratch")


def tiny_graph(bias: float = 0.0) -> bytes:
    """The graph: pooled colours through a fixed 1 × 1 convolution. `bias` shifts the defect logits."""
    # Channels of the convolution's input: R, G, B in 0–1.
    weights = np.array(
        [
            [[[20.0]], [[-30.0]], [[-30.0]]],  # red and nothing else
            [[[-30.0]], [[-30.0]], [[20.0]]],  # blue and nothing else
            [[[-16.0]], [[-16.0]], [[-16.0]]],  # not white
        ],
        np.float32,
    )
    biases = np.array([-2.0 + bias, -2.0 + bias, 40.0], np.float32)
    cells = SIZE // GRID
    nodes = [
        helper.make_node("Cast", ["photo"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["floats", "full"], ["unit"]),
        helper.make_node("Transpose", ["unit"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node(
            "AveragePool", ["planes"], ["cells"], kernel_shape=[cells, cells], strides=[cells, cells]
        ),
        helper.make_node("Conv", ["cells", "weights", "biases"], ["maps"]),
        helper.make_node("Slice", ["maps", "zero", "two", "channel"], ["heatmap"]),
        helper.make_node("Slice", ["maps", "two", "three", "channel"], ["piece_map"]),
        helper.make_node("Squeeze", ["piece_map", "channel"], ["piece"]),
        helper.make_node("ReduceMax", ["heatmap", "across"], ["defects"], keepdims=0),
        helper.make_node("ReduceMean", ["planes", "across"], ["colour"], keepdims=0),
        helper.make_node("LpNormalization", ["colour"], ["embedding"], axis=1, p=2),
        helper.make_node("ReduceMean", ["colour", "channel"], ["light"], keepdims=1),
        helper.make_node("Mul", ["light", "steps"], ["stepped"]),
        helper.make_node("Add", ["stepped", "offsets"], ["variance"]),
    ]
    constants = {
        "full": np.array(255.0, np.float32),
        "weights": weights,
        "biases": biases,
        "zero": np.array([0], np.int64),
        "two": np.array([2], np.int64),
        "three": np.array([3], np.int64),
        "channel": np.array([1], np.int64),
        "across": np.array([2, 3], np.int64),
        "steps": np.zeros((1, 4), np.float32),
        # P(> 1), P(> 2 | > 1) are near one, P(> 3 | > 2) near zero: level 3, an ordinary approved piece.
        "offsets": np.array([[6.0, 4.0, -4.0, -6.0]], np.float32),
    }
    shapes: dict[str, list[str | int]] = {
        "defects": ["n", len(CLASSES)],
        "heatmap": ["n", len(CLASSES), GRID, GRID],
        "variance": ["n", 4],
        "piece": ["n", GRID, GRID],
        "embedding": ["n", 3],
    }
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("photo", TensorProto.UINT8, ["n", SIZE, SIZE, 3])],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n, shape in shapes.items()],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def write_tiny_bundle(
    folder: Path,
    *,
    threshold: float = 0.5,
    bias: float = 0.0,
    golden_shift: float = 0.0,
    approved: ApprovedLimits | None = None,
    evidence: Evidence | None = None,
    calibration: Calibration | None = None,
) -> BundleRecord:
    """Write a verified bundle named like its folder.

    Args:
        golden_shift: added to the golden logits; above the tolerance it makes a bundle that must be refused.
    """
    scratch = folder.parent / f".{folder.name}.making"
    scratch.mkdir(parents=True)
    graph = tiny_graph(bias)
    (scratch / GRAPH).write_bytes(graph)
    (scratch / "golden-1.png").write_bytes(golden_png())
    record = tiny_record(folder.name, threshold)
    golden = golden_outputs(Inspector(record, open_graph(scratch / GRAPH), scratch), scratch / "golden-1.png")
    shifted = tuple(value + golden_shift for value in golden.defects)
    record = tiny_record(folder.name, threshold, golden.model_copy(update={"defects": shifted}))
    record = record.model_copy(
        update={"approved": approved, "calibration": calibration or record.calibration}
    )
    files: dict[str, bytes | Path] = {
        GRAPH: graph,
        MODEL_CARD: b"# A tiny network for tests\n",
        "golden-1.png": golden_png(),
    }
    if evidence is not None:
        files[EVIDENCE] = evidence_bytes(evidence)
    for path in scratch.iterdir():
        path.unlink()
    scratch.rmdir()
    return write_bundle(folder, record, files)


def tiny_releases(folder: Path) -> Path:
    """A releases folder with one champion, `tiny-1`."""
    write_tiny_bundle(folder / "tiny-1")
    promote(folder, "tiny-1")
    return folder


def tiny_record(name: str, threshold: float, golden: Golden | None = None) -> BundleRecord:
    """A record of the tiny network, its golden outputs still to be asked for."""
    return BundleRecord(
        name=name,
        version="1",
        created_at="2026-11-01T00:00:00+00:00",
        input=InputContract(size=SIZE),
        defects=tuple(
            DefectClass(
                name=defect, threshold=threshold, severity="minor", large_severity="major", large_share=0.5
            )
            for defect in CLASSES
        ),
        embedding_size=3,
        gate=PhotoGate(
            min_sharpness=1.0,
            min_brightness=40.0,
            max_glare=0.5,
            min_piece_share=0.02,
            no_piece_below=0.005,
            max_border_share=0.9,
        ),
        calibration=Calibration(
            method="none", sentence="not certifiable: a test network", certifiable=False, defective=0, clean=0
        ),
        metrics={},
        dataset=DatasetOrigin(name="none", fingerprint="0" * 64, photos=0, pieces=0),
        recipe={},
        git_commit="0" * 40,
        opset=20,
        parity=Parity(photos=1, max_abs_logit=0.0, same_verdicts=1.0),
        golden=(golden or _unasked(),),
        files={GRAPH: "0" * 64, MODEL_CARD: "0" * 64, "golden-1.png": "0" * 64},
    )


def _unasked() -> Golden:
    return Golden(
        file="golden-1.png",
        defects=(0, 0),
        variance=(0,) * 4,
        embedding=(0,) * 3,
        heatmap_max=(0, 0),
        piece_mean=0,
    )


def golden_png() -> bytes:
    photo = np.full((SIZE, SIZE, 3), 235, np.uint8)
    photo[16:48, 16:48] = (200, 170, 90)
    photo[24:32, 24:32] = (140, 10, 10)
    out = io.BytesIO()
    Image.fromarray(photo).save(out, "PNG")
    return out.getvalue()
