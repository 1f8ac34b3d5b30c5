"""A bundle, verified → a Prediction for a photo.

    inspector = Inspector.load(Path("models/releases/<name>"))
    prediction = inspector.inspect(photo_bytes)
    prediction = inspector.inspect(photo_bytes, bank)       # beside its design's approved photos

Loading verifies hashes, schema, the graph's own contract and the golden outputs (BundleError otherwise).
An Inspector may be shared by threads.
"""

import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from ubora.models.bundle import BundleError, read_bundle, write_bundle
from ubora.models.inference.bank import Bank, BankError, empty_bank
from ubora.models.inference.graphs import PHOTOS, Session, answers, compared, open_graph, open_graphs
from ubora.models.inference.prediction import Prediction, read_prediction
from ubora.models.inference.preprocess import Letterbox, OpenPhoto, PhotoArray, decode_photo
from ubora.models.inference.second_look import FloatArray, everywhere, look_at, look_at_all, opened_px
from ubora.models.record import GRAPH, OUTPUTS, SEEN, BundleRecord, DefectClass, Golden
from ubora.models.signing import TrustedKeys

GOLDEN_TOLERANCE = 5e-3
"""Largest difference of a logit between the machine that released a bundle and this one."""


class Inspector:
    """One verified bundle, ready to run."""

    def __init__(
        self,
        record: BundleRecord,
        session: Session,
        folder: Path,
        comparison: Session | None = None,
    ) -> None:
        self.record = record
        self.folder = folder
        self._session = session
        self._comparison = comparison
        self._scaling = scaling_of(record.judged())

    @classmethod
    def load(cls, folder: Path, *, threads: int = 1, trusted: TrustedKeys | None = None) -> "Inspector":
        """Read, verify and open a bundle.

        Args:
            folder: the bundle.
            threads: onnxruntime's own; more photos at once are better served by more callers.
            trusted: one of them must have signed it; None takes any.

        Raises:
            BundleError: it is altered, older, partial, signed by nobody who is trusted, or its graph does not
                answer as released.
        """
        record = read_bundle(folder)
        if trusted is not None:
            trusted.check(record, folder)
        inspector = unchecked(record, folder, threads=threads)
        inspector._verify_golden()
        return inspector

    def amended(self, record: BundleRecord) -> "Inspector":
        """The same network under a record with other thresholds; both share its graphs."""
        return Inspector(record, self._session, self.folder, self._comparison)

    @property
    def looked_at_px(self) -> int:
        """The longer side at which a photo is opened, in pixels."""
        return opened_px(self.record.input)

    def inspect(
        self, photo: bytes | OpenPhoto, bank: Bank | None = None, *, whole: bool = False
    ) -> Prediction:
        """One photo → Prediction.

        Args:
            photo: its bytes, or opened at `looked_at_px`.
            bank: of its design's approved photos; a release that compares none leaves it aside.
            whole: the photo is all surface: no piece is looked for in it, and all of it is judged.

        Raises:
            PhotoError: the bytes are not a photo that can be inspected.
            BankError: the bank is another release's.
        """
        bank = self._own(bank)
        if whole:
            look = look_at_all(photo, self.record.input, partial(self.run, bank))
        else:
            find = None if self._comparison is None else self.find
            look = look_at(photo, self.record.input, partial(self.run, bank), find)
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
        seen = answers(self._session, SEEN if comparing else OUTPUTS, {PHOTOS: inputs_nhwc})
        if all_of is not None:
            seen["piece"] = everywhere(all_of, seen["piece"].shape[1])
        if self._comparison is None:
            return seen
        return seen | compared(self._comparison, seen, bank or self.empty())

    def find(self, inputs_nhwc: PhotoArray) -> FloatArray:
        """(N, size, size, 3) uint8 → (N, h, w) piece logits."""
        return answers(self._session, ("piece",), {PHOTOS: inputs_nhwc})["piece"]

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
            outputs = golden_outputs(self, self.folder / golden.file, beside)
            for field in ("defects", "variance", "embedding", "heatmap_max"):
                difference = np.abs(np.subtract(getattr(outputs, field), getattr(golden, field))).max()
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
        contract = inspector.record.bank
        bank = golden_bank(inspector.record.name, cells, 0 if contract is None else contract.descriptor_size)
    outputs = inspector.run(bank, _golden_input(inspector, path))
    return golden_of(path.name, outputs, None if beside is None else beside.name)


def golden_bank(release: str, cells: FloatArray, size: int) -> Bank:
    """(1, C, h, w) cells of a golden input → a bank of the first `size` numbers of every fourth of them."""
    rows = np.ascontiguousarray(cells[0, :size].reshape(size, -1).T[::4])
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
