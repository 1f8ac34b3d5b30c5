"""A real bundle that compares, small enough for every test: two ONNX graphs with fixed weights, no torch.

write_comparing_bundle(folder / "comparing-1")

It calls dark red "tarnish" and dark blue "scratch", as the tiny bundle does, but not where an approved photo
has the same colour; and what has a colour that no approved photo has, it calls a defect of any kind.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tests.parts.tiny_bundle import CLASSES, GRID, SIZE, golden_png, tiny_record
from ubora.models.bundle import write_bundle
from ubora.models.inference.graphs import open_graphs
from ubora.models.inference.inspector import Inspector, golden_outputs
from ubora.models.record import (
    ANY,
    COMPARISON,
    GRAPH,
    MODEL_CARD,
    BankContract,
    BundleRecord,
    DefectClass,
    ThresholdsFor,
)

COLOURS = 3
"""Of a cell: its red, green and blue, 0–1."""


def seeing_graph() -> bytes:
    """What a photo shows: cells are mean colours, the piece is what is not white."""
    cells = SIZE // GRID
    nodes = [
        helper.make_node("Cast", ["photos"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["floats", "full"], ["unit"]),
        helper.make_node("Transpose", ["unit"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node(
            "AveragePool", ["planes"], ["cells"], kernel_shape=[cells, cells], strides=[cells, cells]
        ),
        helper.make_node("Conv", ["cells", "weights", "biases"], ["piece_map"]),
        helper.make_node("Squeeze", ["piece_map", "channel"], ["piece"]),
        helper.make_node("ReduceMean", ["planes", "across"], ["colour"], keepdims=0),
        helper.make_node("LpNormalization", ["colour"], ["embedding"], axis=1, p=2),
        helper.make_node("ReduceMean", ["colour", "channel"], ["light"], keepdims=1),
        helper.make_node("Mul", ["light", "steps"], ["stepped"]),
        helper.make_node("Add", ["stepped", "offsets"], ["variance"]),
    ]
    constants = {
        "full": np.array(255.0, np.float32),
        "weights": np.full((1, COLOURS, 1, 1), -16.0, np.float32),
        "biases": np.array([40.0], np.float32),
        "channel": np.array([1], np.int64),
        "across": np.array([2, 3], np.int64),
        "steps": np.zeros((1, 4), np.float32),
        "offsets": np.array([[6.0, 4.0, -4.0, -6.0]], np.float32),
    }
    photos = helper.make_tensor_value_info("photos", TensorProto.UINT8, ["n", SIZE, SIZE, 3])
    shapes: dict[str, list[str | int]] = {
        "piece": ["n", GRID, GRID],
        "cells": ["n", COLOURS, GRID, GRID],
        "embedding": ["n", 3],
        "variance": ["n", 4],
    }
    outputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n, shape in shapes.items()]
    return _model(nodes, [photos], outputs, constants)


def comparing_graph() -> bytes:
    """What is wrong beside a bank of colours."""
    nodes = [
        helper.make_node("Conv", ["cells", "weights", "biases"], ["own"]),
        helper.make_node("Transpose", ["cells"], ["last"], perm=[0, 2, 3, 1]),
        helper.make_node("Reshape", ["last", "rows"], ["asked"]),
        helper.make_node("Unsqueeze", ["asked", "one"], ["wide"]),
        helper.make_node("Sub", ["wide", "bank"], ["apart"]),
        helper.make_node("ReduceSumSquare", ["apart", "two"], ["every"], keepdims=0),
        helper.make_node("Where", ["known", "nothing", "far"], ["unknown"]),
        helper.make_node("Add", ["every", "unknown"], ["squares"]),
        helper.make_node("ReduceMin", ["squares", "one"], ["least"], keepdims=0),
        helper.make_node("ArgMin", ["squares"], ["best"], axis=1, keepdims=0),
        helper.make_node("Cast", ["known"], ["counted"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMax", ["counted"], ["any_known"], keepdims=0),
        helper.make_node("Min", ["least", "most"], ["capped"]),
        helper.make_node("Mul", ["capped", "any_known"], ["distance"]),
        helper.make_node("Mul", ["capped", "sharp"], ["sharpened"]),
        helper.make_node("Exp", ["sharpened"], ["alike"]),
        helper.make_node("Mul", ["alike", "any_known"], ["same"]),
        helper.make_node("Mul", ["same", "thirty"], ["excused"]),
        helper.make_node("Reshape", ["excused", "map"], ["excuse"]),
        helper.make_node("Sub", ["own", "excuse"], ["classes"]),
        helper.make_node("Mul", ["distance", "hundred"], ["loud"]),
        helper.make_node("Sub", ["loud", "six"], ["strange"]),
        helper.make_node("Reshape", ["strange", "map"], ["strange_map"]),
        helper.make_node("Less", ["piece", "surely"], ["edge"]),
        helper.make_node("Sub", ["piece", "bar"], ["from_bar"]),
        helper.make_node("Abs", ["from_bar"], ["beside_bar"]),
        helper.make_node("Less", ["beside_bar", "one_half"], ["on_bar"]),
        helper.make_node("Or", ["edge", "on_bar"], ["off"]),
        helper.make_node("Cast", ["off"], ["off_piece"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["off_piece", "hundred"], ["off_by"]),
        helper.make_node("Reshape", ["off_by", "map"], ["shut"]),
        helper.make_node("Sub", ["strange_map", "shut"], ["any"]),
        helper.make_node("Concat", ["classes", "any"], ["heatmap"], axis=1),
        helper.make_node("ReduceMax", ["heatmap", "across"], ["defects"], keepdims=0),
        helper.make_node("Cast", ["any_known"], ["some"], to=TensorProto.BOOL),
        helper.make_node("Where", ["some", "best", "minus"], ["chosen"]),
        helper.make_node("Reshape", ["chosen", "flat"], ["nearest"]),
    ]
    constants = {
        "weights": np.array([[[[20.0]], [[-30.0]], [[-30.0]]], [[[-30.0]], [[-30.0]], [[20.0]]]], np.float32),
        "biases": np.array([-2.0, -2.0], np.float32),
        "rows": np.array([-1, COLOURS], np.int64),
        "one": np.array([1], np.int64),
        "two": np.array([2], np.int64),
        "across": np.array([2, 3], np.int64),
        "nothing": np.array(0.0, np.float32),
        "far": np.array(1e4, np.float32),
        "most": np.array(3.0, np.float32),
        "sharp": np.array(-300.0, np.float32),
        "thirty": np.array(30.0, np.float32),
        "hundred": np.array(100.0, np.float32),
        "six": np.array(6.0, np.float32),
        # The plate's own cells; at its edge a cell is half bench, in a colour that no bank has.
        "surely": np.array(5.0, np.float32),
        # The grey of the letterbox, 114 of 255.
        "bar": np.array(40.0 - 16.0 * 3 * 114 / 255, np.float32),
        "one_half": np.array(0.5, np.float32),
        "minus": np.array(-1, np.int64),
        "map": np.array([-1, 1, GRID, GRID], np.int64),
        "flat": np.array([-1, GRID, GRID], np.int64),
    }
    inputs = [
        helper.make_tensor_value_info("cells", TensorProto.FLOAT, ["n", COLOURS, GRID, GRID]),
        helper.make_tensor_value_info("piece", TensorProto.FLOAT, ["n", GRID, GRID]),
        helper.make_tensor_value_info("bank", TensorProto.FLOAT, ["m", COLOURS]),
        helper.make_tensor_value_info("known", TensorProto.BOOL, ["m"]),
    ]
    told = len(CLASSES) + 1
    outputs = [
        helper.make_tensor_value_info("defects", TensorProto.FLOAT, ["n", told]),
        helper.make_tensor_value_info("heatmap", TensorProto.FLOAT, ["n", told, GRID, GRID]),
        helper.make_tensor_value_info("nearest", TensorProto.INT64, ["n", GRID, GRID]),
    ]
    return _model(nodes, inputs, outputs, constants)


def write_comparing_bundle(folder: Path) -> BundleRecord:
    """Write a verified bundle that compares, named like its folder."""
    scratch = folder.parent / f".{folder.name}.making"
    scratch.mkdir(parents=True)
    (scratch / GRAPH).write_bytes(seeing_graph())
    (scratch / COMPARISON).write_bytes(comparing_graph())
    (scratch / "golden-1.png").write_bytes(golden_png())
    plain = tiny_record(folder.name, 0.5)
    any_defect = DefectClass(
        name=ANY, threshold=0.5, severity="major", large_severity="major", large_share=1.0
    )
    alone = dict.fromkeys(CLASSES, 0.5) | {ANY: 1.0}
    record = BundleRecord.model_validate(
        dict(plain)
        | {
            "schema_version": 2,
            "any_defect": any_defect,
            "bank": BankContract(descriptor_size=COLOURS, stride=SIZE // GRID),
            "by_approved": (
                ThresholdsFor(approved_photos=0, thresholds=alone, calibration=plain.calibration),
                ThresholdsFor(
                    approved_photos=1, thresholds=alone | {ANY: 0.5}, calibration=plain.calibration
                ),
            ),
            "golden": (
                plain.golden[0].model_copy(update={"defects": (0.0,) * 3, "heatmap_max": (0.0,) * 3}),
            ),
            "files": plain.files | {COMPARISON: "0" * 64},
        }
    )
    seeing, comparing = open_graphs(scratch)
    inspector = Inspector(record, seeing, scratch, comparing)
    first = scratch / "golden-1.png"
    golden = (golden_outputs(inspector, first), golden_outputs(inspector, first, first))
    record = record.model_copy(update={"golden": golden})
    files: dict[str, bytes | Path] = {
        MODEL_CARD: b"# A tiny network that compares, for tests\n",
        GRAPH: seeing_graph(),
        COMPARISON: comparing_graph(),
        "golden-1.png": golden_png(),
    }
    for path in scratch.iterdir():
        path.unlink()
    scratch.rmdir()
    return write_bundle(folder, record, files)


def _model(
    nodes: list[onnx.NodeProto],
    inputs: list[onnx.ValueInfoProto],
    outputs: list[onnx.ValueInfoProto],
    constants: Mapping[str, Any],
) -> bytes:
    held = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, held)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
