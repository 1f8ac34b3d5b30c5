"""What a few good photos say of another one, with nothing learned: how far its cells lie from theirs.

    eyes = Eyes(input_size=320)
    bank = Bank.of([eyes.cells(data) for data in good_photos])
    far_hw = bank.distances(eyes.cells(data))["nearest"]
    score = hottest(far_hw)

A cell is STRIDE pixels each way of a look at the photo, described by the maps of strides 4, 8 and 16 of
EfficientNet-Lite0 as ImageNet left it. Each layer's part is normed by itself, or the deepest would outvote
the others.

nearest    whitened distance to the nearest cell of the bank (PatchCore: Roth et al., "Towards Total Recall in
           Industrial Anomaly Detection", 2022; whitened as in Rippel et al., "Modeling the Distribution of
           Normal Data in Pre-Trained Deep Features for Anomaly Detection", 2021)
subspace   what is left of a cell beside the directions that hold VARIANCE of the bank's (Ndiour et al.,
           "Subspace Modeling for Fast Out-Of-Distribution and Anomaly Detection", 2022)
patchcore  distance to the nearest, each channel in its deviations: PatchCore without its core set

    ValueError
    └── BankError      no piece on any good photo
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from ubora.models.inference.preprocess import Letterbox, OpenPhoto
from ubora.models.inference.second_look import FloatArray
from ubora.training.bench.approved.cells import STRIDE, Bools, covered, look_around, stacked
from ubora.training.network.backbone import Backbone

RULES = ("nearest", "subspace", "patchcore")
VARIANCE = 0.95
HOTTEST_SHARE = 0.01
"""Of the cells, those whose mean is the photo's score."""
MOST_CELLS = 4_000
"""Of a bank; more are thinned out evenly."""
_MARGIN = 0.05
_SHRINKAGE = 0.02
"""Of the mean variance, added to each direction: of few photos the smallest directions are chance."""
_CHUNK = 512


class BankError(ValueError):
    """Good photos that nothing can be compared with."""


@dataclass(frozen=True)
class Cells:
    """One photo, seen: descriptors of its cells, and which of them show the piece."""

    layers: tuple[NDArray[np.float16], ...]
    """(h, w, D) of each layer, as the backbone gives them."""
    on_piece_hw: Bools
    frame: Letterbox

    def normed(self) -> FloatArray:
        """(n, D) of the cells on the piece, each layer's part of length 1 / √layers."""
        parts = [part[self.on_piece_hw].astype(np.float32) for part in self.layers]
        lengths = [np.linalg.norm(part, axis=1, keepdims=True) + 1e-6 for part in parts]
        sized = [part / length for part, length in zip(parts, lengths, strict=True)]
        return np.asarray(np.concatenate(sized, 1) / np.sqrt(len(parts)), np.float32)

    def plain(self) -> FloatArray:
        """(n, D) of the cells on the piece."""
        return np.concatenate([part[self.on_piece_hw].astype(np.float32) for part in self.layers], 1)


class Eyes:
    """The untouched backbone.

    Args:
        input_size: pixels each way of the look, a multiple of 32.
    """

    def __init__(self, input_size: int) -> None:
        self.input_size = input_size
        self._backbone = Backbone("efficientnet_lite0", width=1.0, padding="same").eval()
        self.weights = self._backbone.load_imagenet("efficientnet_lite0")

    @torch.no_grad()
    def cells(self, data: bytes, piece_hw: NDArray[np.bool_] | None = None) -> Cells:
        """One photo: around its piece, or all of it.

        Args:
            piece_hw: (height, width) of the upright photo: where the piece is; at least one pixel.

        Raises:
            PhotoError: it is no photo.
        """
        if piece_hw is None:
            photo, frame = OpenPhoto(data, at_least=self.input_size).look(self.input_size)
        else:
            photo, frame = look_around(data, piece_hw, _MARGIN, self.input_size)
        scaled = (torch.from_numpy(np.ascontiguousarray(photo)).permute(2, 0, 1)[None].float() - 127) / 128
        side = self.input_size // STRIDE
        smooth = _smoothed(self._backbone(scaled))
        maps = (stacked([one], side)[0].permute(1, 2, 0).half().numpy() for one in smooth)
        if piece_hw is None:
            on = np.zeros((side, side), np.bool_)
            rows, columns = frame.cells(side)
            on[rows, columns] = True
        else:
            on = covered(frame, piece_hw)
        return Cells(tuple(maps), on, frame)


def _smoothed(maps: tuple[torch.Tensor, ...]) -> list[torch.Tensor]:
    """Strides 4, 8 and 16, a cell and what is around it: two photos never lie on one another to the pixel."""
    return [F.avg_pool2d(one, 3, stride=1, padding=1, count_include_pad=False) for one in maps[:3]]


class Bank:
    """The cells of good photos, ready to be compared with."""

    def __init__(self, normed: FloatArray, plain: FloatArray) -> None:
        self._mean = normed.mean(0)
        values, directions = np.linalg.eigh(np.cov((normed - self._mean).T))
        values = np.maximum(values, 0) + _SHRINKAGE * values.mean()
        self._whitening = np.asarray(directions / np.sqrt(values), np.float32)
        self._white = (normed - self._mean) @ self._whitening
        falling = np.argsort(values)[::-1]
        held = np.cumsum(values[falling]) / values.sum()
        self._subspace = np.asarray(
            directions[:, falling[: int(np.searchsorted(held, VARIANCE)) + 1]], np.float32
        )
        self._plain_mean, self._deviation = plain.mean(0), plain.std(0) + 1e-3
        self._plain = (plain - self._plain_mean) / self._deviation

    @classmethod
    def of(cls, good: Sequence[Cells]) -> "Bank":
        """
        Raises:
            BankError: no cell of them shows a piece.
        """
        normed, plain = (
            np.concatenate(parts) for parts in ([c.normed() for c in good], [c.plain() for c in good])
        )
        if len(normed) < 2:
            raise BankError("no piece on any of the good photos; expected at least one")
        every = max(1, -(-len(normed) // MOST_CELLS))
        return cls(normed[::every], plain[::every])

    def distances(self, seen: Cells) -> Mapping[str, FloatArray]:
        """By rule, (h, w): how far each cell lies from the bank; 0 beside the piece."""
        own = seen.normed() - self._mean
        plain = (seen.plain() - self._plain_mean) / self._deviation
        far = {
            "nearest": nearest(own @ self._whitening, self._white),
            "subspace": np.linalg.norm(own - own @ self._subspace @ self._subspace.T, axis=1),
            "patchcore": nearest(plain, self._plain),
        }
        by_rule = {}
        for rule, values in far.items():
            by_rule[rule] = np.zeros(seen.on_piece_hw.shape, np.float32)
            by_rule[rule][seen.on_piece_hw] = values
        return by_rule


def hottest(far_hw: FloatArray, on_piece_hw: Bools) -> float:
    """Of a photo: the mean of the farthest HOTTEST_SHARE of its cells on the piece; 0 without any."""
    values = np.sort(far_hw[on_piece_hw])
    return float(values[-max(1, round(HOTTEST_SHARE * len(values))) :].mean()) if len(values) else 0.0


def nearest(own: FloatArray, known: FloatArray) -> FloatArray:
    """(n, D) and (m, D) → (n,) Euclidean distance to the nearest."""
    lengths = (known * known).sum(1)
    parts = [np.zeros(0, np.float32)]
    for first in range(0, len(own), _CHUNK):
        part = own[first : first + _CHUNK]
        squares = (part * part).sum(1)[:, None] + lengths[None] - 2 * part @ known.T
        parts.append(np.sqrt(np.maximum(squares.min(1), 0)).astype(np.float32))
    return np.concatenate(parts)
