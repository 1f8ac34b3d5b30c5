"""A bundle in onnxruntime → a Prediction for a photo. The only file that touches onnxruntime.

    inspector = Inspector.load(Path("models/releases/<name>"))
    prediction = inspector.inspect(photo_bytes)
    prediction = inspector.inspect(photo_bytes, bank)       # beside its design's approved photos

Loading verifies hashes, schema, the graph's own contract and the golden outputs (BundleError otherwise).
An Inspector may be shared by threads.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from models.bank import Bank, BankError, empty_bank
from models.bundle import (
    COMPARED,
    COMPARING,
    COMPARISON,
    GRAPH,
    OUTPUTS,
    SEEN,
    BundleError,
    BundleRecord,
    DefectClass,
    Golden,
    LevelCuts,
    read_bundle,
    write_bundle,
)
from models.photo_faults import PhotoMeasures, measure_photo
from models.preprocess import Letterbox, PhotoArray, Place, decode_photo
from models.second_look import FloatArray, Look, everywhere, look_at, look_at_all

PHOTOS = "photos"
"""The graph's input, whatever an older bundle calls it."""
GOLDEN_TOLERANCE = 5e-3
"""Largest difference of a logit between the machine that released a bundle and this one."""


@dataclass(frozen=True)
class Prediction:
    """What the network and the photo's own measures say. No threshold has been applied."""

    scores: dict[str, float]
    """Per defect class, and for ANY where it is told, 0–1: the pooled heatmap's logit, scaled as its bundle
    says, as a probability."""
    heatmap: FloatArray
    """(K, h, w) probabilities on `place` (the letterbox bars are cut away), in the order of `scores`."""
    piece: FloatArray
    """(h, w) probability that the cell shows the piece, on `place`; its grid may be finer than the heat's."""
    variance: tuple[float, ...]
    """Probabilities of levels 1–5; they sum to 1."""
    embedding: FloatArray
    """(D,), length 1."""
    measures: PhotoMeasures
    width: int
    """Of the upright photo, pixels."""
    height: int
    place: Place
    """The part of the upright photo that was looked at closely: the piece, or all of it."""
    level_cuts: LevelCuts | None = None
    """As in the bundle's record."""
    grid: int = 0
    """Cells along a side of the heat, before the letterbox bars were cut away."""
    cells: FloatArray | None = None
    """(D, h, w) descriptors on the heat's grid; None of a release that compares none."""
    nearest: NDArray[np.int64] | None = None
    """(h, w): the cell of the bank that each cell was compared with, −1 none; None likewise."""
    bank: Bank | None = None
    """What it was compared with."""

    def approved_photos(self) -> int:
        """How many approved photos it was compared with."""
        return 0 if self.bank is None else self.bank.photos

    def variance_level(self) -> int:
        """1–5: what the expected level is by the bundle's cuts; the median level where it has none."""
        if self.level_cuts is None:
            return median_level(self.variance)
        return cut_level(expected_level(self.variance), self.level_cuts)


class Inspector:
    """One verified bundle, ready to run."""

    def __init__(
        self,
        record: BundleRecord,
        session: ort.InferenceSession,
        folder: Path,
        comparison: ort.InferenceSession | None = None,
    ) -> None:
        self.record = record
        self.folder = folder
        self._session = session
        self._comparison = comparison
        self._scaling = scaling_of(record.judged())

    @classmethod
    def load(cls, folder: Path, *, threads: int = 1) -> "Inspector":
        """Read, verify and open a bundle.

        Args:
            folder: the bundle.
            threads: onnxruntime's own; more photos at once are better served by more callers.

        Raises:
            BundleError: it is altered, older, partial, or its graph does not answer as released.
        """
        inspector = unchecked(read_bundle(folder), folder, threads=threads)
        inspector._verify_golden()
        return inspector

    def inspect(self, data: bytes, bank: Bank | None = None, *, whole: bool = False) -> Prediction:
        """One photo's bytes → Prediction.

        Args:
            bank: of its design's approved photos; a release that compares none leaves it aside.
            whole: the photo is all surface: no piece is looked for in it, and all of it is judged.

        Raises:
            PhotoError: the bytes are not a photo that can be inspected.
            BankError: the bank is another release's.
        """
        bank = self._own(bank)
        if whole:
            look = look_at_all(data, self.record.input, partial(self.run, bank))
        else:
            find = None if self._comparison is None else self.find
            look = look_at(data, self.record.input, partial(self.run, bank), find)
        names = [defect.name for defect in self.record.judged()]
        return read_prediction(look, names, self._scaling, self.record.level_cuts, bank)

    def run(
        self, bank: Bank | None, inputs_nhwc: PhotoArray, all_of: Letterbox | None = None
    ) -> dict[str, FloatArray]:
        """(N, size, size, 3) uint8 → raw outputs by name, as in `models.bundle.OUTPUTS`.

        A release that compares adds `cells` and `nearest`.

        Args:
            all_of: the frame of a photo that is all surface; N is 1.
        """
        comparing = self._comparison is not None
        seen = _answers(self._session, SEEN if comparing else OUTPUTS, {PHOTOS: inputs_nhwc})
        if all_of is not None:
            seen["piece"] = everywhere(all_of, seen["piece"].shape[1])
        if self._comparison is None:
            return seen
        return seen | compared(self._comparison, seen, bank or self.empty())

    def find(self, inputs_nhwc: PhotoArray) -> FloatArray:
        """(N, size, size, 3) uint8 → (N, h, w) piece logits."""
        return _answers(self._session, ("piece",), {PHOTOS: inputs_nhwc})["piece"]

    def empty(self) -> Bank:
        """What a photo is compared with whose design has no approved photos."""
        contract = self.record.bank
        return empty_bank(self.record.name, 0 if contract is None else contract.descriptor_size)

    def _own(self, bank: Bank | None) -> Bank | None:
        if self.record.bank is None:
            return None
        if bank is not None and bank.release != self.record.name:
            raise BankError(f"a bank of {bank.release}; expected one of {self.record.name}")
        return bank or self.empty()

    def _verify_golden(self) -> None:
        for golden in self.record.golden:
            beside = None if golden.beside is None else self.folder / golden.beside
            found = golden_outputs(self, self.folder / golden.file, beside)
            for field in ("defects", "variance", "embedding", "heatmap_max"):
                difference = np.abs(np.subtract(getattr(found, field), getattr(golden, field))).max()
                if not difference <= GOLDEN_TOLERANCE:
                    raise BundleError(
                        f"{self.folder}: {field} of {golden.file} differs by {difference:.2g} from the "
                        f"released value; at most {GOLDEN_TOLERANCE:g} is expected"
                    )


def unchecked(record: BundleRecord, folder: Path, *, threads: int = 1) -> Inspector:
    """The graphs of a folder under a record, before its golden outputs are asked for.

    Raises:
        BundleError: a graph cannot be opened, or is not the contract's.
    """
    if record.bank is None:
        return Inspector(record, open_graph(folder / GRAPH, threads=threads), folder)
    seeing, comparing = open_graphs(folder, threads=threads)
    return Inspector(record, seeing, folder, comparing)


def scaling_of(defects: Sequence[DefectClass]) -> FloatArray:
    """(2, K) slopes and offsets of the classes' logits."""
    return np.array([[d.slope for d in defects], [d.offset for d in defects]], np.float32)


def write_verified(folder: Path, record: BundleRecord, files: Mapping[str, bytes | Path]) -> BundleRecord:
    """Write a bundle and open it as a service would; one that does not load leaves nothing behind.

    Raises:
        BundleError: the folder exists, or what was written does not answer as its record says.
    """
    written = write_bundle(folder, record, files)
    try:
        Inspector.load(folder)
    except BundleError:
        shutil.rmtree(folder)
        raise
    return written


def read_prediction(
    look: Look,
    class_names: Sequence[str],
    scaling: FloatArray | None = None,
    level_cuts: LevelCuts | None = None,
    bank: Bank | None = None,
) -> Prediction:
    """What was answered to a look, by a bundle or by a network in training → Prediction.

    Args:
        class_names: K, in output order.
        scaling: (2, K) slopes and offsets of the logits; None leaves the network's own scores.
        level_cuts: as in a bundle's record.
        bank: that the look was compared with.
    """
    outputs, frame = look.outputs, look.frame
    heatmap, piece = _sigmoid(outputs["heatmap"][0]), _sigmoid(outputs["piece"][0])
    heat_at, piece_at = frame.cells(heatmap.shape[1]), frame.cells(piece.shape[0])
    cells, nearest = outputs.get("cells"), outputs.get("nearest")
    logits = outputs["defects"][0]
    scores = _sigmoid(logits if scaling is None else scaling[0] * logits + scaling[1])
    return Prediction(
        scores={name: float(score) for name, score in zip(class_names, scores, strict=True)},
        heatmap=heatmap[:, *heat_at],
        piece=piece[piece_at],
        variance=level_probabilities(outputs["variance"][0]),
        embedding=outputs["embedding"][0],
        measures=measure_photo(
            look.network_input_hwc, piece, frame, whole_hw=_sigmoid(look.piece_hw), whole=look.whole
        ),
        width=look.whole.width,
        height=look.whole.height,
        place=frame.place(),
        level_cuts=level_cuts,
        grid=heatmap.shape[1],
        cells=None if cells is None else cells[0][:, *heat_at],
        nearest=None if nearest is None else np.asarray(nearest[0][heat_at], np.int64),
        bank=bank,
    )


def open_graph(path: Path, *, threads: int = 1, outputs: Sequence[str] = OUTPUTS) -> ort.InferenceSession:
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


def open_graphs(folder: Path, *, threads: int = 1) -> tuple[ort.InferenceSession, ort.InferenceSession]:
    """Open the two graphs of a release that compares.

    Raises:
        BundleError: as `open_graph`.
    """
    path = folder / COMPARISON
    comparison = _open(path, threads)
    _expect(path, "inputs", [one.name for one in comparison.get_inputs()], COMPARING)
    _expect(path, "outputs", [one.name for one in comparison.get_outputs()], COMPARED)
    return open_graph(folder / GRAPH, threads=threads, outputs=SEEN), comparison


def compared(
    comparison: ort.InferenceSession, seen: Mapping[str, FloatArray], bank: Bank
) -> dict[str, FloatArray]:
    """What `model.onnx` saw, beside a bank → `COMPARED` by name."""
    rows, known = bank.rows
    given = {"cells": seen["cells"], "piece": seen["piece"], "bank": rows, "known": known}
    return _answers(comparison, COMPARED, given)


def _answers(
    session: ort.InferenceSession, names: Sequence[str], given: Mapping[str, NDArray[Any]]
) -> dict[str, FloatArray]:
    if list(given) == [PHOTOS]:
        given = {session.get_inputs()[0].name: given[PHOTOS]}
    return dict(zip(names, session.run(list(names), dict(given)), strict=True))


def _open(path: Path, threads: int) -> ort.InferenceSession:
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


def golden_outputs(inspector: Inspector, path: Path, beside: Path | None = None) -> Golden:
    """Run one golden input (a PNG of the network's input size) and keep what identifies the answer.

    Args:
        beside: another one, whose cells are the bank.

    Raises:
        BundleError: a file is not a picture of the network's size.
    """
    bank = None
    if beside is not None:
        cells = inspector.run(None, _golden_input(inspector, beside))["cells"]
        bank = golden_bank(inspector.record.name, cells)
    outputs = inspector.run(bank, _golden_input(inspector, path))
    return golden_of(path.name, outputs, None if beside is None else beside.name)


def golden_bank(release: str, cells: FloatArray) -> Bank:
    """(1, D, h, w) cells of a golden input → a bank of every fourth of them."""
    rows = np.ascontiguousarray(cells[0].reshape(cells.shape[1], -1).T[::4])
    return Bank(release, rows, np.zeros(len(rows), np.int64), (), ())


def _golden_input(inspector: Inspector, path: Path) -> PhotoArray:
    size = inspector.record.input.size
    try:
        network_input_hwc = decode_photo(path.read_bytes())
    except ValueError as error:
        raise BundleError(f"{path}: {error}") from None
    if network_input_hwc.shape != (size, size, 3):
        raise BundleError(f"{path}: {network_input_hwc.shape}, expected ({size}, {size}, 3)")
    return network_input_hwc[None]


def golden_of(file: str, outputs: dict[str, FloatArray], beside: str | None = None) -> Golden:
    """What identifies the answer to one golden input, from its raw outputs by name."""
    return Golden(
        file=file,
        defects=tuple(outputs["defects"][0].tolist()),
        variance=tuple(outputs["variance"][0].tolist()),
        embedding=tuple(outputs["embedding"][0].tolist()),
        heatmap_max=tuple(outputs["heatmap"][0].max(axis=(1, 2)).tolist()),
        piece_mean=float(outputs["piece"][0].mean()),
        beside=beside,
    )


def level_probabilities(cumulative: FloatArray) -> tuple[float, ...]:
    """CORN's four conditional logits → probabilities of levels 1–5.

    Logit j is of P(level > j | level > j − 1); their running product is P(level > j).
    Source: Shi, Cao, Raschka, "Deep Neural Networks for Rank-Consistent Ordinal Regression Based On
    Conditional Probabilities", 2021.
    """
    above = np.concatenate([[1.0], np.cumprod(_sigmoid(cumulative.astype(np.float64))), [0.0]])
    return tuple((above[:-1] - above[1:]).tolist())


def median_level(probabilities: tuple[float, ...]) -> int:
    """Of levels 1–5: the first at which the cumulative probability reaches one half."""
    return int(np.searchsorted(np.cumsum(probabilities), 0.5)) + 1


def expected_level(probabilities: Sequence[float]) -> float:
    """Probabilities of levels 1–5 → their mean, 1–5."""
    return float(sum(level * p for level, p in enumerate(probabilities, start=1)))


def cut_level(expected: float, cuts: LevelCuts) -> int:
    """Of levels 1–5: how many of the cuts an expected level reaches, and one."""
    return 1 + sum(expected >= cut for cut in cuts)


def hottest_region(heat_hw: FloatArray, above: float) -> tuple[int, int, int, int]:
    """x, y, width, height in cells of the connected region above `above` that holds the hottest cell."""
    peak_y, peak_x = np.unravel_index(int(heat_hw.argmax()), heat_hw.shape)
    hot = (heat_hw >= min(above, float(heat_hw.max()))).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(hot, connectivity=8)
    x, y, width, height, _ = stats[labels[peak_y, peak_x]]
    return int(x), int(y), int(width), int(height)


def _sigmoid(logits: NDArray[np.floating]) -> FloatArray:
    # Clipped so that exp stays finite; ±60 is 0 or 1 in float32 anyway.
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -60, 60))), logits.dtype)
