"""The trained network as two ONNX graphs: written, asked before there is a bundle, held against the network.

write_graphs(network, folder)
compare(Trained(network, "torch"), Graph(folder, "graph", network.spec), photos, policy)
"""

import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from ubora.datasets.manifest import Manifest
from ubora.models.inference.approved import approved_of
from ubora.models.inference.bank import Approved, Bank, bank_of, empty_bank
from ubora.models.inference.graphs import PHOTOS, compared, open_graphs
from ubora.models.inference.prediction import Prediction, read_prediction
from ubora.models.inference.preprocess import Letterbox, PhotoArray
from ubora.models.inference.second_look import FloatArray, everywhere, look_at, look_at_all
from ubora.models.record import COMPARED, COMPARISON, GRAPH, SEEN, LevelCuts, Parity
from ubora.training.calibration.thresholds import Policy
from ubora.training.network import Network, NetworkSpec, match
from ubora.training.network.comparison import cover_of
from ubora.training.network.spec import input_contract
from ubora.training.scoring.predictions import Trained
from ubora.training.scoring.references import References

OPSET = 20
COARSEST = 32
"""Pixels of the input to a cell of the backbone's last map."""
TOLERANCE = 1e-3
"""Largest difference of a raw output between torch and the graph that is still a release, in parts of the
output where it is above 1: a logit of 12 is as sure as one of 12.01, and float32 holds it less finely."""
PARITY_PHOTOS = 64


class GraphError(ValueError):
    """A graph that does not answer as the network that it was written from."""


def write_graphs(network: Network, folder: Path) -> None:
    """torch → ONNX at OPSET, dynamic batch, names of the contract: what a photo shows, and what is wrong."""
    write_seeing(network, folder / GRAPH)
    write_comparing(network, folder / COMPARISON)


def write_seeing(network: Network, path: Path) -> None:
    """What a photo shows, at any size of whole strides where it looks twice: one graph for both looks."""
    spec = network.spec
    dynamic: dict[int, Any] = {0: torch.export.Dim("batch", min=1)}
    if input_contract(spec).first_look is not None:
        strides = 2048 // COARSEST
        dynamic |= {
            axis: COARSEST * torch.export.Dim(name, min=1, max=strides)
            for axis, name in ((1, "rows"), (2, "columns"))
        }
    _write(_Seeing(network), path, {PHOTOS: _photos(spec)}, SEEN, (dynamic,))


def write_comparing(network: Network, path: Path) -> None:
    """What is wrong, of what two photos show beside a bank of any size."""
    spec = network.spec
    with torch.no_grad():
        seen = network.encode(network.maps(_photos(spec)))
    given = {
        "cells": seen.cells,
        "piece": seen.piece,
        "bank": torch.zeros(5, spec.descriptor_size),
        "known": torch.ones(5, dtype=torch.bool),
    }
    batch, rows = torch.export.Dim("batch", min=1), torch.export.Dim("cells", min=1)
    _write(
        _Comparing(network),
        path,
        given,
        COMPARED,
        ({0: batch}, {0: batch}, {0: rows}, {0: rows}),
    )


def _photos(spec: NetworkSpec) -> Tensor:
    """Two black ones: a batch of one would be held for the only size there is."""
    return torch.zeros(2, spec.input_size, spec.input_size, 3, dtype=torch.uint8)


def _write(
    module: nn.Module,
    path: Path,
    given: dict[str, Tensor],
    outputs: Sequence[str],
    dynamic: tuple[dict[int, Any], ...],
) -> None:
    with warnings.catch_warnings():
        # The exporter of some torch versions calls what the same torch deprecates.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        # Two inputs of one length are one axis, as is meant.
        warnings.filterwarnings("ignore", message="# The axis name", category=UserWarning)
        program = torch.onnx.export(
            module.eval(),
            tuple(given.values()),
            dynamo=True,
            opset_version=OPSET,
            external_data=False,
            input_names=list(given),
            output_names=list(outputs),
            dynamic_shapes=dynamic,
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


class _Seeing(nn.Module):
    """The encoder with a plain tuple for its outputs, in the order of SEEN."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, photos: Tensor) -> tuple[Tensor, ...]:
        seen = self.network.encode(self.network.maps(photos))
        return tuple(getattr(seen, name) for name in SEEN)


class _Comparing(nn.Module):
    """The comparison, COMPARING in and COMPARED out."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.comparison = network.comparison

    def forward(self, cells: Tensor, piece: Tensor, bank: Tensor, known: Tensor) -> tuple[Tensor, ...]:
        cover = cover_of(piece)
        matched = match(cells, cover, bank, known)
        said = self.comparison(cells, cover, matched)
        return said.defects, said.heatmap, matched.nearest


class Graph:
    """Exported graphs as a judge, before there is a bundle around them."""

    def __init__(self, folder: Path, name: str, spec: NetworkSpec) -> None:
        self.name = name
        self.spec = spec
        self.classes = spec.classes
        self.size = spec.input_size
        self.contract = input_contract(spec)
        self.scaling: FloatArray | None = None
        """Of its scores; None until they were calibrated."""
        self.level_cuts: LevelCuts | None = None
        """Of its levels, likewise."""
        self._seeing, self._comparing = open_graphs(folder)

    def predict(self, data: bytes, bank: Bank | None = None, *, whole: bool = False) -> Prediction:
        bank = bank or empty_bank(self.name, self.spec.descriptor_size)
        run = partial(self.outputs, bank)
        look = (
            look_at_all(data, self.contract, run) if whole else look_at(data, self.contract, run, self.find)
        )
        return read_prediction(look, self.spec.heats(), self.scaling, self.level_cuts, bank)

    def approved(self, data: bytes, *, whole: bool = False) -> Approved:
        return approved_of(self.predict(data, whole=whole), self.name)

    def bank(self, approved: Sequence[Approved]) -> Bank | None:
        return bank_of(self.name, self.spec.descriptor_size, approved)

    def outputs(
        self, bank: Bank | None, inputs_nhwc: PhotoArray, all_of: Letterbox | None = None
    ) -> dict[str, FloatArray]:
        """(N, size, size, 3) uint8 → raw outputs by name, as `Inspector.run` gives them."""
        values = self._seeing.run(list(SEEN), {PHOTOS: inputs_nhwc})
        seen = dict(zip(SEEN, values, strict=True))
        if all_of is not None:
            seen["piece"] = everywhere(all_of, seen["piece"].shape[1])
        bank = bank or empty_bank(self.name, self.spec.descriptor_size)
        return seen | compared(self._comparing, seen, bank)

    def find(self, inputs_nhwc: PhotoArray) -> FloatArray:
        piece: FloatArray = self._seeing.run(["piece"], {PHOTOS: inputs_nhwc})[0]
        return piece


def compare(
    network: Trained, graph: Graph, photos: Manifest, policy: Policy, references: References
) -> Parity:
    """Graphs against network on real photos, each beside its approved samples and every other one alone.

    Raises:
        GraphError: a raw output differs by more than TOLERANCE.
    """
    chosen = photos.samples[:: max(1, len(photos) // PARITY_PHOTOS)][:PARITY_PHOTOS]
    largest, same = 0.0, 0
    for number, sample in enumerate(chosen):
        data = photos.path(sample.file_name).read_bytes()
        bank = None if number % 2 else references.bank(sample)
        bank = bank or empty_bank(graph.name, graph.spec.descriptor_size)
        looks = [
            look_at(data, graph.contract, partial(predictor.outputs, bank), predictor.find)
            for predictor in (network, graph)
        ]
        again = graph.outputs(bank, looks[0].network_input_hwc[None])
        for output in (*SEEN, *COMPARED[:2]):
            wanted = looks[0].outputs[output]
            differs = np.abs(wanted - again[output]) / np.maximum(1, np.abs(wanted))
            largest = max(largest, float(differs.max()))
        said = [
            policy.outcome(prediction, detail=sample.view == "detail")
            for prediction in (
                read_prediction(look, graph.spec.heats(), graph.scaling, bank=bank) for look in looks
            )
        ]
        same += said[0] == said[1]
    if not largest <= TOLERANCE:
        raise GraphError(
            f"the graph differs from the network by {largest:.2g}; at most {TOLERANCE:g} is released"
        )
    return Parity(photos=len(chosen), max_abs_logit=largest, same_verdicts=same / len(chosen))
