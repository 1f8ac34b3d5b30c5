"""A bundle in onnxruntime → a Prediction for a photo. The only file that touches onnxruntime.

    inspector = Inspector.load(Path("models/releases/<name>"))
    prediction = inspector.inspect(photo_bytes)

Loading verifies hashes, schema, the graph's own contract and the golden outputs (BundleError otherwise).
An Inspector may be shared by threads.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from models.bundle import (
    GRAPH,
    OUTPUTS,
    BundleError,
    BundleRecord,
    DefectClass,
    Golden,
    LevelCuts,
    read_bundle,
    write_bundle,
)
from models.photo_faults import PhotoMeasures, measure_photo
from models.preprocess import PhotoArray, Place, decode_photo
from models.second_look import FloatArray, Look, look_at

GOLDEN_TOLERANCE = 5e-3
"""Largest difference of a logit between the machine that released a bundle and this one."""


@dataclass(frozen=True)
class Prediction:
    """What the network and the photo's own measures say. No threshold has been applied."""

    scores: dict[str, float]
    """Per defect class, 0–1: the pooled heatmap's logit, scaled as its bundle says, as a probability."""
    heatmap: FloatArray
    """(K, h, w) probabilities on `place` (the letterbox bars are cut away)."""
    piece: FloatArray
    """(h, w) probability that the cell shows the piece, on `place`."""
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

    def variance_level(self) -> int:
        """1–5: what the expected level is by the bundle's cuts; the median level where it has none."""
        if self.level_cuts is None:
            return median_level(self.variance)
        return cut_level(expected_level(self.variance), self.level_cuts)


class Inspector:
    """One verified bundle, ready to run."""

    def __init__(self, record: BundleRecord, session: ort.InferenceSession, folder: Path) -> None:
        self.record = record
        self.folder = folder
        self._session = session
        self._scaling = scaling_of(record.defects)

    @classmethod
    def load(cls, folder: Path, *, threads: int = 1) -> "Inspector":
        """Read, verify and open a bundle.

        Args:
            folder: the bundle.
            threads: onnxruntime's own; more photos at once are better served by more callers.

        Raises:
            BundleError: it is altered, older, partial, or its graph does not answer as released.
        """
        record = read_bundle(folder)
        inspector = cls(record, open_graph(folder / GRAPH, threads=threads), folder)
        inspector._verify_golden()
        return inspector

    def inspect(self, data: bytes) -> Prediction:
        """One photo's bytes → Prediction.

        Raises:
            PhotoError: the bytes are not a photo that can be inspected.
        """
        look = look_at(data, self.record.input, self.run)
        return read_prediction(look, self.record.class_names(), self._scaling, self.record.level_cuts)

    def run(self, inputs_nhwc: PhotoArray) -> dict[str, FloatArray]:
        """(N, size, size, 3) uint8 → raw outputs by name, as in `models.bundle.OUTPUTS`."""
        values = self._session.run(list(OUTPUTS), {self._session.get_inputs()[0].name: inputs_nhwc})
        return dict(zip(OUTPUTS, values, strict=True))

    def _verify_golden(self) -> None:
        for golden in self.record.golden:
            found = golden_outputs(self, self.folder / golden.file)
            for field in ("defects", "variance", "embedding", "heatmap_max"):
                difference = np.abs(np.subtract(getattr(found, field), getattr(golden, field))).max()
                if not difference <= GOLDEN_TOLERANCE:
                    raise BundleError(
                        f"{self.folder}: {field} of {golden.file} differs by {difference:.2g} from the "
                        f"released value; at most {GOLDEN_TOLERANCE:g} is expected"
                    )


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
) -> Prediction:
    """What was answered to a look, by a bundle or by a network in training → Prediction.

    Args:
        class_names: K, in output order.
        scaling: (2, K) slopes and offsets of the logits; None leaves the network's own scores.
        level_cuts: as in a bundle's record.
    """
    outputs, frame = look.outputs, look.frame
    heatmap, piece = _sigmoid(outputs["heatmap"][0]), _sigmoid(outputs["piece"][0])
    rows, columns = frame.cells(piece.shape[0])
    logits = outputs["defects"][0]
    scores = _sigmoid(logits if scaling is None else scaling[0] * logits + scaling[1])
    return Prediction(
        scores={name: float(score) for name, score in zip(class_names, scores, strict=True)},
        heatmap=heatmap[:, rows, columns],
        piece=piece[rows, columns],
        variance=level_probabilities(outputs["variance"][0]),
        embedding=outputs["embedding"][0],
        measures=measure_photo(
            look.network_input_hwc, piece, frame, whole_hw=_sigmoid(look.piece_hw), whole=look.whole
        ),
        width=look.whole.width,
        height=look.whole.height,
        place=frame.place(),
        level_cuts=level_cuts,
    )


def open_graph(path: Path, *, threads: int = 1) -> ort.InferenceSession:
    """Open an ONNX graph and hold its inputs and outputs against the contract.

    Raises:
        BundleError: it cannot be opened, or its names, dtype or layout are not the contract's.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Spinning threads steal the cores that decode the next photo.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises types of its own that derive from Exception only
        raise BundleError(f"{path}: onnxruntime cannot open it ({error})") from None
    inputs, outputs = session.get_inputs(), tuple(output.name for output in session.get_outputs())
    if len(inputs) != 1 or inputs[0].type != "tensor(uint8)" or list(inputs[0].shape[3:]) != [3]:
        found = ", ".join(f"{i.name} {i.type} {i.shape}" for i in inputs)
        raise BundleError(f"{path}: expected one input (N, size, size, 3) of uint8, found {found}")
    if outputs != OUTPUTS:
        raise BundleError(f"{path}: expected outputs {', '.join(OUTPUTS)}, found {', '.join(outputs)}")
    return session


def golden_outputs(inspector: Inspector, path: Path) -> Golden:
    """Run one golden input (a PNG of the network's input size) and keep what identifies the answer.

    Raises:
        BundleError: the file is not a picture of the network's size.
    """
    size = inspector.record.input.size
    try:
        network_input_hwc = decode_photo(path.read_bytes())
    except ValueError as error:
        raise BundleError(f"{path}: {error}") from None
    if network_input_hwc.shape != (size, size, 3):
        raise BundleError(f"{path}: {network_input_hwc.shape}, expected ({size}, {size}, 3)")
    return golden_of(path.name, inspector.run(network_input_hwc[None]))


def golden_of(file: str, outputs: dict[str, FloatArray]) -> Golden:
    """What identifies the answer to one golden input, from its raw outputs by name."""
    return Golden(
        file=file,
        defects=tuple(outputs["defects"][0].tolist()),
        variance=tuple(outputs["variance"][0].tolist()),
        embedding=tuple(outputs["embedding"][0].tolist()),
        heatmap_max=tuple(outputs["heatmap"][0].max(axis=(1, 2)).tolist()),
        piece_mean=float(outputs["piece"][0].mean()),
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
