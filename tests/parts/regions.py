"""Regions as a page sends them, for tests.

region(patch(240, 320, top=48, left=64, height=20, width=40))
"""

from typing import Any

import numpy as np

from ubora.datasets.formats.intake.run_lengths import counts_of, counts_to_text
from ubora.datasets.masks import Mask


def patch(rows: int, columns: int, *, top: int, left: int, height: int, width: int) -> Mask:
    """(rows, columns) bool, True in a rectangle without its corner."""
    mask = np.zeros((rows, columns), bool)
    mask[top : top + height, left : left + width] = True
    mask[top, left] = False
    return mask


def region(mask: Mask) -> dict[str, Any]:
    return {"size": list(mask.shape), "counts": counts_to_text(counts_of(mask))}
