"""The second look at a piece whose outline is known, and which of its patches show what.

    network_input_hwc, frame = look_around(data, piece_hw, contract.margin, contract.size)
    inside = covered(frame, piece_hw)       # patches on the piece
    shown(frame, defect_hw)                 # patches that show any of a defect
    near(frame, defect_hw)                  # those, and the patches beside them
    stacked(maps, side)                     # a backbone's maps, a vector to a patch

A patch is STRIDE pixels of the look each way: n = frame.size / STRIDE of them. Masks come as (n, n) bool.
"""

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from ubora.models.inference.preprocess import Letterbox, OpenPhoto, PhotoArray
from ubora.models.inference.second_look import FloatArray, square_around

STRIDE = 8
ON_PIECE = 0.5
Bools = NDArray[np.bool_]


def look_around(data: bytes, piece_hw: Bools, margin: float, size: int) -> tuple[PhotoArray, Letterbox]:
    """The look that a piece fills, and where it lies in the photo.

    Args:
        piece_hw: (height, width) of the upright photo; at least one pixel.
        margin: of the piece's longer side.

    Raises:
        PhotoError: `data` is no photo.
    """
    height, width = piece_hw.shape
    rows, columns = np.nonzero(piece_hw)
    left, top = int(columns.min()), int(rows.min())
    box = left, top, int(columns.max()) + 1 - left, int(rows.max()) + 1 - top
    return OpenPhoto(data, at_least=2 * size).look(size, square_around(box, margin, width, height))


def covered(frame: Letterbox, piece_hw: Bools) -> Bools:
    """Which patches show the piece, for the most part."""
    drawn = frame.apply_mask(piece_hw.astype(np.uint8) * 255)
    return inside(frame, np.asarray(drawn / 255, np.float32))


def inside(frame: Letterbox, cover_hw: FloatArray) -> Bools:
    """As `covered`, of a map of the look that says how surely each cell shows the piece, 0–1."""
    side = frame.size // STRIDE
    share = F.adaptive_avg_pool2d(torch.from_numpy(cover_hw)[None, None], side)[0, 0].numpy()
    mostly_piece = np.zeros_like(share, dtype=np.bool_)
    rows, columns = frame.cells(side)
    mostly_piece[rows, columns] = share[rows, columns] > ON_PIECE
    return mostly_piece


def shown(frame: Letterbox, mask_hw: Bools) -> Bools:
    """Which patches show any of a mask of the whole photo."""
    drawn = frame.apply_mask(mask_hw.astype(np.uint8) * 255)
    side = frame.size // STRIDE
    most = F.adaptive_max_pool2d(torch.from_numpy((drawn > 0).astype(np.float32))[None, None], side)
    return np.asarray(most[0, 0].numpy() > 0, np.bool_)


def stacked(maps: Iterable[torch.Tensor], side: int) -> torch.Tensor:
    """Maps of (N, C, h, w) of any size → one of (N, sum of C, side, side)."""
    sized = [F.interpolate(m, size=(side, side), mode="bilinear", align_corners=False) for m in maps]
    return torch.cat(sized, 1)


def near(frame: Letterbox, mask_hw: Bools) -> Bools:
    """Which patches show any of a mask of the whole photo, or lie beside one that does."""
    drawn = torch.from_numpy(shown(frame, mask_hw).astype(np.float32))[None, None]
    return np.asarray(F.max_pool2d(drawn, 3, stride=1, padding=1)[0, 0].numpy() > 0, np.bool_)
