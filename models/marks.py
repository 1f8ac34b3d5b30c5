"""A mark on a piece: how long it is, whether it reaches an edge, and how bad that makes it.

    mark = measure_mark(heat_hw, piece_hw, place)
    severity_of(defect, mark)

The only place where a severity is decided.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.models.inference.preprocess import Place
from ubora.models.inference.second_look import FloatArray
from ubora.models.record import DefectClass
from ubora.models.severity import JEWELRY, Severity, SeverityTable, severity_at

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Mark:
    """What was found of one class, and how it lies in the piece."""

    size: float
    """Its longer side, however it is turned, as a share of the piece's longer side."""
    at_edge: bool
    """It reaches the outline of the piece, or the rim of a hole in it. Joints are not seen apart."""
    area: float
    """Share of the piece that it covers."""


def severity_of(defect: DefectClass, mark: Mark) -> Severity:
    """By the class's table; without one, by its own rule of area, or by the default of its name."""
    table = table_of(defect)
    if table is not None:
        return severity_at(table, mark.size, at_edge=mark.at_edge)
    return defect.large_severity if mark.area >= defect.large_share else defect.severity


def table_of(defect: DefectClass) -> SeverityTable | None:
    """The table that decides: the bundle's, else the default where it says the same of every size.

    A bundle of before that has a rule of area for the class keeps it.
    """
    if defect.by_size is not None or defect.severity != defect.large_severity:
        return defect.by_size
    return JEWELRY.get(defect.name)


def measure_mark(hot_hw: Mask, piece_hw: FloatArray, place: Place) -> Mark:
    """
    Args:
        hot_hw: (h, w) bool: the cells that the mark covers, at least one.
        piece_hw: (h', w') float32 probability that a cell shows the piece, on the same part of the photo; its
            grid may be finer.
        place: that part, in pixels of the photo.
    """
    piece = piece_hw > 0.5
    length = _longer_side(hot_hw, place)
    # With no piece found, all that was looked at is taken for it.
    whole = _longer_side(piece, place) if piece.any() else float(max(place.width, place.height))
    # The piece may lie on a finer grid than the heat.
    cells = max(1.0, float(piece.mean()) * hot_hw.size)
    return Mark(
        size=length / whole,
        at_edge=_reaches_edge(hot_hw, piece),
        area=float(np.count_nonzero(hot_hw)) / cells,
    )


def _longer_side(mask_hw: Mask, place: Place) -> float:
    """Of the smallest rectangle around all of it, however turned, in pixels of the photo."""
    rows, columns = mask_hw.shape
    at = np.argwhere(mask_hw)
    corners = np.concatenate([at + step for step in ((0, 0), (0, 1), (1, 0), (1, 1))])
    scale = np.array([place.height / rows, place.width / columns])
    _, sides, _ = cv2.minAreaRect((corners * scale).astype(np.float32))
    return float(max(sides))


def _reaches_edge(hot_hw: Mask, piece: Mask) -> bool:
    """Whether the middle of a hot cell lies no farther than a cell from what is not piece."""
    rows, columns = hot_hw.shape
    if not piece.any():
        return False
    fine_rows, fine_columns = piece.shape
    # What lies outside the part that was looked at is no edge: a close view shows a part of the piece.
    inside = cv2.copyMakeBorder(piece.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    distance = cv2.distanceTransform(inside, cv2.DIST_L2, 5)[1:-1, 1:-1]
    cell = max(fine_rows / rows, fine_columns / columns)
    middles = np.argwhere(hot_hw) + 0.5
    at_row = np.minimum((middles[:, 0] * fine_rows / rows).astype(int), fine_rows - 1)
    at_column = np.minimum((middles[:, 1] * fine_columns / columns).astype(int), fine_columns - 1)
    return bool((distance[at_row, at_column] <= cell).any())


def severities(defect: DefectClass) -> tuple[Severity, Severity]:
    """The least and the most that a mark of the class can be."""
    table = table_of(defect)
    if table is None:
        return defect.severity, defect.large_severity
    can_be = {severity for steps in (table.inside, table.edge) for severity in steps.reaches()}
    ordered: list[Severity] = [one for one in ("minor", "major", "critical") if one in can_be]
    return ordered[0], ordered[-1]
