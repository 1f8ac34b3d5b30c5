"""A bundle's ONNX graphs, opened and asked. The only file that touches onnxruntime.

session = open_graph(path)                      # of a release that judges a photo alone
seeing, comparing = open_graphs(folder)         # of one that compares
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import onnxruntime as ort
from numpy.typing import NDArray

from ubora.models.bundle import BundleError
from ubora.models.inference.bank import Bank
from ubora.models.inference.second_look import FloatArray
from ubora.models.record import COMPARED, COMPARING, COMPARISON, GRAPH, OUTPUTS, SEEN

Session: TypeAlias = ort.InferenceSession

PHOTOS = "photos"
"""The graph's input, whatever an older bundle calls it."""


def open_graph(path: Path, *, threads: int = 1, outputs: Sequence[str] = OUTPUTS) -> Session:
    """Open an ONNX graph that takes photos, and hold its inputs and outputs against the contract.

    Raises:
        BundleError: it cannot be opened, or its names, dtype or layout are not the contract's.
    """
    session = _open(path, threads)
    inputs = session.get_inputs()
    if len(inputs) != 1 or inputs[0].type != "tensor(uint8)" or list(inputs[0].shape[3:]) != [3]:
        found = ", ".join(f"{i.name} {i.type} {i.shape}" for i in inputs)
        raise BundleError(f"{path}: expected one input (N, size, size, 3) of uint8, found {found}")
    _expect(path, "outputs", [output.name for output in session.get_outputs()], outputs)
    return session


def open_graphs(folder: Path, *, threads: int = 1) -> tuple[Session, Session]:
    """Open the two graphs of a release that compares.

    Raises:
        BundleError: as `open_graph`.
    """
    path = folder / COMPARISON
    comparison = _open(path, threads)
    _expect(path, "inputs", [one.name for one in comparison.get_inputs()], COMPARING)
    _expect(path, "outputs", [one.name for one in comparison.get_outputs()], COMPARED)
    return open_graph(folder / GRAPH, threads=threads, outputs=SEEN), comparison


def compared(comparison: Session, seen: Mapping[str, FloatArray], bank: Bank) -> dict[str, FloatArray]:
    """What `model.onnx` saw, beside a bank → `COMPARED` by name."""
    rows, known = bank.rows
    given = {"cells": seen["cells"], "piece": seen["piece"], "bank": rows, "known": known}
    return answers(comparison, COMPARED, given)


def answers(
    session: Session, names: Sequence[str], given: Mapping[str, NDArray[Any]]
) -> dict[str, FloatArray]:
    if list(given) == [PHOTOS]:
        given = {session.get_inputs()[0].name: given[PHOTOS]}
    return dict(zip(names, session.run(list(names), dict(given)), strict=True))


def _open(path: Path, threads: int) -> Session:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Spinning threads steal the cores that decode the next photo.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises types of its own that derive from Exception only
        raise BundleError(f"{path}: onnxruntime cannot open it ({error})") from None


def _expect(path: Path, what: str, found: Sequence[str], expected: Sequence[str]) -> None:
    if tuple(found) != tuple(expected):
        raise BundleError(f"{path}: expected {what} {', '.join(expected)}, found {', '.join(found)}")
