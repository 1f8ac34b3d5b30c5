"""A piece against its design's approved samples: how far away it looks, and how much freer the hand was.

    approved = tuple(approved_of(inspector.inspect(photo)) for photo in approved_photos)
    seen = compare_with(prediction, approved)
    seen.distance, seen.relative_level

In the approved sample engraving, wire and texture are normal, so what stands out beside it is the piece's
own. Distances are of `Prediction.embedding`, levels of `Prediction.variance`; no threshold is applied.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.models.inference.bank import Approved
from ubora.models.inference.prediction import Prediction, expected_level
from ubora.models.inference.preprocess import Place
from ubora.models.inference.second_look import FloatArray

APPROVED_LEVEL = 3
"""Of an ordinary approved piece (datasets.taxonomy): what the approved sample itself stands for."""
LEVELS = 5
SHOWS_PIECE = 0.3
"""Share of piece in a cell from which it belongs to a bank; the network learnt beside such cells."""


@dataclass(frozen=True)
class DesignMatch:
    """A photo beside the approved photos of its design."""

    distance: float
    """Cosine distance to the nearest, 0 (the same) – 2."""
    nearest: int
    """Which of them that is."""
    relative_level: int
    """1–5: the level counted from the approved photos, which stand for APPROVED_LEVEL."""


def approved_of(prediction: Prediction, release: str = "") -> Approved:
    """What is kept of an approved photo.

    Args:
        release: that made the prediction; a bank takes no cells of another one.
    """
    level = expected_level(prediction.variance)
    if prediction.cells is None:
        return Approved(prediction.embedding, level, release)
    rows, columns = np.nonzero(shrunk(prediction.piece, prediction.cells.shape[1:]) > SHOWS_PIECE)
    return Approved(
        embedding=prediction.embedding,
        level=level,
        release=release,
        cells=np.ascontiguousarray(prediction.cells[:, rows, columns].T),
        places=tuple(
            cell_place(prediction.place, prediction.cells.shape[1:], row, column)
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        ),
        size=(prediction.width, prediction.height),
    )


def cell_place(place: Place, grid: tuple[int, ...], row: int, column: int) -> Place:
    """A cell of a map of a look, in pixels of the upright photo.

    Args:
        place: what the map covers.
        grid: its rows and columns.
    """
    down, across = place.height / grid[0], place.width / grid[1]
    x, y = place.x + round(column * across), place.y + round(row * down)
    return Place(x, y, max(1, round(across)), max(1, round(down)))


def shrunk(piece_hw: FloatArray, grid: tuple[int, ...]) -> FloatArray:
    """(h, w) piece probabilities → their means on a coarser grid."""
    return np.asarray(cv2.resize(piece_hw, (grid[1], grid[0]), interpolation=cv2.INTER_AREA), np.float32)


def compare_with(prediction: Prediction, approved: Sequence[Approved]) -> DesignMatch | None:
    """One photo beside its design's approved photos; None where the design has none."""
    if not approved:
        return None
    distances = cosine_distances(prediction.embedding[None], np.stack([a.embedding for a in approved]))[0]
    nearest = int(distances.argmin())
    level = relative_level(expected_level(prediction.variance), [a.level for a in approved])
    return DesignMatch(float(distances[nearest]), nearest, level)


def cosine_distances(ones: FloatArray, others: FloatArray) -> NDArray[np.float64]:
    """(N, D) and (M, D), rows of length 1 → (N, M), 0–2."""
    return np.asarray(1.0 - ones.astype(np.float64) @ others.astype(np.float64).T, np.float64)


def relative_level(expected: float, approved: Sequence[float]) -> int:
    """An expected level counted from the mean of the approved photos' own, rounded (half up), 1–5.

    What the network reads off the design alone, it reads off the approved sample too, and it falls out.
    """
    shifted = expected - float(np.mean(approved)) + APPROVED_LEVEL
    return int(np.clip(np.floor(shifted + 0.5), 1, LEVELS))
