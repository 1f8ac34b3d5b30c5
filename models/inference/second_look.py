"""Looking twice: the piece is found in the whole photo, then seen again as through a loupe.

    look = look_at(photo_bytes, contract, run)      # run: (N, size, size, 3) uint8 → raw outputs by name
    look = look_at(photo_bytes, contract, run, find)    # find: the same → (N, h, w) piece logits alone

A photo shows a bench with a piece on it. The first look finds the piece in few pixels; the second sees it
cut from the photo at its own resolution, and nothing of the bench that is not beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.models.inference.preprocess import Letterbox, OpenPhoto, PhotoArray, Place
from ubora.models.inference.prints import Grey, small_grey
from ubora.models.record import InputContract

FloatArray = NDArray[np.float32]
Run = Callable[[PhotoArray], dict[str, FloatArray]]
Find = Callable[[PhotoArray], FloatArray]

SURELY = 6.0
"""Logit of a cell of which there is no doubt."""


@dataclass(frozen=True)
class Look:
    """What was looked at and what the graph answered."""

    network_input_hwc: PhotoArray
    """(size, size, 3) uint8 RGB: the piece, or all of the photo where it was looked at once."""
    frame: Letterbox
    """Where that lies in the photo."""
    outputs: dict[str, FloatArray]
    """Raw, by name, as in `models.bundle.OUTPUTS`, with N = 1."""
    piece_hw: FloatArray
    """(h, w) logits of the piece on the whole photo."""
    whole: Letterbox
    """The frame of `piece_hw`."""
    grey: Grey
    """(64, 64) uint8: all of the photo, to be known again by."""


def opened_px(contract: InputContract) -> int:
    """The longer side at which a photo is opened: twice the input, so that there are pixels to average."""
    return 2 * contract.size


def look_at(photo: bytes | OpenPhoto, contract: InputContract, run: Run, find: Find | None = None) -> Look:
    """One photo → the look that its verdict rests on.

    Args:
        photo: its bytes, or opened at `opened_px`.
        find: what finds the piece in the first look, where that is less work than `run`.

    Raises:
        PhotoError: the bytes are not a photo that can be inspected.
    """
    photo = _opened(photo, contract)
    place, piece_hw, whole = None, None, None
    if contract.first_look is not None:
        first, whole = photo.look(contract.first_look)
        piece_hw = (find(first[None]) if find is not None else run(first[None])["piece"])[0]
        place = find_piece(piece_hw, whole, contract)
    network_input_hwc, frame = photo.look(contract.size, place)
    outputs = run(network_input_hwc[None])
    if piece_hw is None or whole is None or place is None:
        piece_hw, whole = outputs["piece"][0], frame
    return Look(network_input_hwc, frame, outputs, piece_hw, whole, small_grey(photo.pixels_hwc))


def look_at_all(
    photo: bytes | OpenPhoto,
    contract: InputContract,
    run: Callable[[PhotoArray, Letterbox], dict[str, FloatArray]],
) -> Look:
    """One look at all of a photo that is all surface: nothing is looked for.

    Args:
        run: told the frame too, of which all is piece but the bars; see `everywhere`.

    Raises:
        PhotoError: the bytes are not a photo that can be inspected.
    """
    opened = _opened(photo, contract)
    network_input_hwc, frame = opened.look(contract.size)
    outputs = run(network_input_hwc[None], frame)
    return Look(network_input_hwc, frame, outputs, outputs["piece"][0], frame, small_grey(opened.pixels_hwc))


def _opened(photo: bytes | OpenPhoto, contract: InputContract) -> OpenPhoto:
    return OpenPhoto(photo, at_least=opened_px(contract)) if isinstance(photo, bytes) else photo


def everywhere(frame: Letterbox, grid: int) -> FloatArray:
    """(1, grid, grid) logits that all of a frame shows the piece, but not its bars."""
    piece = np.full((1, grid, grid), -SURELY, np.float32)
    piece[0][frame.cells(grid)] = SURELY
    return piece


def find_piece(piece_hw: FloatArray, frame: Letterbox, contract: InputContract) -> Place | None:
    """The square around the piece, in pixels of the upright photo; None where no cell may show one.

    Args:
        piece_hw: (h, w) logits that a cell of `frame` shows the piece.
        contract: from which logit on a cell counts, what is a speck, and the margin around the piece.
    """
    sure = (piece_hw > contract.found_from).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(sure, connectivity=8)
    if count < 2:
        return None
    areas = stats[1:, cv2.CC_STAT_AREA]
    kept = 1 + np.nonzero(areas >= contract.speck_below * areas.max())[0]
    rows, columns = np.nonzero(np.isin(labels, kept))
    cell = frame.size / piece_hw.shape[0]
    scale = frame.width / frame.fitted_width
    left, top = (columns.min() * cell - frame.left) * scale, (rows.min() * cell - frame.top) * scale
    right = ((columns.max() + 1) * cell - frame.left) * scale
    bottom = ((rows.max() + 1) * cell - frame.top) * scale
    return square_around((left, top, right - left, bottom - top), contract.margin, frame.width, frame.height)


def square_around(box: tuple[float, float, float, float], margin: float, width: int, height: int) -> Place:
    """The square around a box with a margin, moved and cut so that it lies in a `width` × `height` photo.

    Args:
        box: x, y, width, height in pixels; may reach out of the photo.
        margin: of the box's longer side.
    """
    side = max(1, round(max(box[2], box[3]) * (1 + 2 * margin)))
    across, down = min(side, width), min(side, height)
    x = round(box[0] + (box[2] - across) / 2)
    y = round(box[1] + (box[3] - down) / 2)
    return Place(min(max(x, 0), width - across), min(max(y, 0), height - down), across, down)
