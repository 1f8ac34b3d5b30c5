"""The trained network as an ONNX graph: written, asked before there is a bundle, held against the network.

write_graph(network, path)
compare(Trained(network, "torch"), Graph(path, "graph", network.spec), photos, policy)
"""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from datasets.manifest import Manifest
from models.bundle import OUTPUTS, LevelCuts, Parity
from models.inspector import Prediction, open_graph, read_prediction
from models.preprocess import PhotoArray
from models.second_look import FloatArray, look_at
from training.network import Network, NetworkSpec, Outputs
from training.scoring import Trained, input_contract
from training.thresholds import Policy

OPSET = 20
COARSEST = 32
"""Pixels of the input to a cell of the backbone's last map."""
TOLERANCE = 1e-3
"""Largest difference of a raw output between torch and the graph that is still a release, in parts of the
output where it is above 1: a logit of 12 is as sure as one of 12.01, and float32 holds it less finely."""
PARITY_PHOTOS = 64


class GraphError(ValueError):
    """A graph that does not answer as the network that it was written from."""


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


class Graph:
    """An exported graph as a judge, before there is a bundle around it."""

    def __init__(self, path: Path, name: str, spec: NetworkSpec) -> None:
        self.name = name
        self.classes = spec.classes
        self.size = spec.input_size
        self.contract = input_contract(spec)
        self.scaling: FloatArray | None = None
        """Of its scores; None until they were calibrated."""
        self.level_cuts: LevelCuts | None = None
        """Of its levels, likewise."""
        self._session = open_graph(path)

    def predict(self, data: bytes) -> Prediction:
        look = look_at(data, self.contract, self.outputs)
        return read_prediction(look, self.classes, self.scaling, self.level_cuts)

    def outputs(self, inputs_nhwc: PhotoArray) -> dict[str, FloatArray]:
        values = self._session.run(list(OUTPUTS), {self._session.get_inputs()[0].name: inputs_nhwc})
        return dict(zip(OUTPUTS, values, strict=True))


def compare(network: Trained, graph: Graph, photos: Manifest, policy: Policy) -> Parity:
    """Graph against network on real photos.

    Raises:
        GraphError: a raw output differs by more than TOLERANCE.
    """
    chosen = photos.samples[:: max(1, len(photos) // PARITY_PHOTOS)][:PARITY_PHOTOS]
    largest, same = 0.0, 0
    for sample in chosen:
        data = photos.path(sample.file_name).read_bytes()
        looks = [look_at(data, graph.contract, judge.outputs) for judge in (network, graph)]
        again = graph.outputs(looks[0].network_input_hwc[None])
        for output in OUTPUTS:
            wanted = looks[0].outputs[output]
            differs = np.abs(wanted - again[output]) / np.maximum(1, np.abs(wanted))
            largest = max(largest, float(differs.max()))
        said = [
            policy.outcome(prediction, detail=sample.view == "detail")
            for prediction in (read_prediction(look, network.classes, graph.scaling) for look in looks)
        ]
        same += said[0] == said[1]
    if not largest <= TOLERANCE:
        raise GraphError(
            f"the graph differs from the network by {largest:.2g}; at most {TOLERANCE:g} is released"
        )
    return Parity(photos=len(chosen), max_abs_logit=largest, same_verdicts=same / len(chosen))
