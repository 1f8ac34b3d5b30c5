"""What a network says of one photo, before any threshold: scores, heat, where the piece is, and its level.

prediction = read_prediction(look, class_names, scaling)
prediction.scores["scratch"], prediction.variance_level()
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.models.inference.bank import Bank
from ubora.models.inference.photo_faults import PhotoMeasures, measure_photo
from ubora.models.inference.preprocess import Place
from ubora.models.inference.prints import Grey
from ubora.models.inference.second_look import FloatArray, Look
from ubora.models.record import LevelCuts


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
    """(C, h, w) descriptors on the heat's grid; None of a release that compares none."""
    nearest: NDArray[np.int64] | None = None
    """(h, w): the cell of the bank that each cell was compared with, −1 none; None likewise."""
    bank: Bank | None = None
    """What it was compared with."""
    grey: Grey | None = None
    """(64, 64) uint8: all of the photo, to be known again by (`models.inference.prints`)."""

    def approved_photos(self) -> int:
        """How many approved photos it was compared with."""
        return 0 if self.bank is None else self.bank.photos

    def outline(self) -> Place:
        """The smallest box around the piece in the upright photo; `place` where no cell shows it."""
        rows, columns = (np.flatnonzero((self.piece > 0.5).any(axis=axis)) for axis in (1, 0))
        if not len(rows):
            return self.place
        high, wide = self.piece.shape
        left, right = (round(at * self.place.width / wide) for at in (columns[0], columns[-1] + 1))
        top, bottom = (round(at * self.place.height / high) for at in (rows[0], rows[-1] + 1))
        return Place(self.place.x + left, self.place.y + top, max(1, right - left), max(1, bottom - top))

    def variance_level(self) -> int:
        """1–5: what the expected level is by the bundle's cuts; the median level where it has none."""
        if self.level_cuts is None:
            return median_level(self.variance)
        return cut_level(expected_level(self.variance), self.level_cuts)


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
        grey=look.grey,
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
