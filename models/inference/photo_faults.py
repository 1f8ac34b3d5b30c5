"""Is the photo good enough to judge the piece by? A bad photo means *retake*, never *defect*.

    measures = measure_photo(network_input_hwc, piece_hw, frame, whole_hw=piece_hw, whole=frame)
    photo_faults(measures, gate)        # ("blur",) …

Light and sharpness are measured on the network's input, so that they mean the same for every phone.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.models.inference.preprocess import Letterbox, PhotoArray
from ubora.models.inference.second_look import FloatArray
from ubora.models.record import PhotoGate

INSTRUCTIONS = {
    "no_piece": "No piece was found: put one piece in the middle of the photo.",
    "too_far": "The piece is too small: go closer.",
    "cut_off": "Part of the piece is outside the photo: show all of it.",
    "dark": "It is too dark: go to the window or outside.",
    "glare": "Light glares on the piece: turn it, or shade it with your hand.",
    "blur": "The photo is not sharp: hold still and tap on the piece.",
}
"""One instruction a fault, in the order in which they help: the first one found is shown."""


@dataclass(frozen=True)
class PhotoMeasures:
    sharpness: float
    """99.5th percentile of the gradient on and around the piece, grey levels a pixel."""
    brightness: float
    """90th percentile of luminance on the piece, 0–255."""
    glare: float
    """Share of the piece that is blown out to white."""
    piece_share: float
    """Share of the photo covered by the piece."""
    border_share: float
    """Share of the photo's border that the piece touches."""
    piece_side: float = 1.0
    """Of the photo's longer side, what the square that was looked at closely takes; 1 is all of it."""
    warmth: float = 0.0
    """Red over blue around the piece, in doublings: above 0 is warm light, or a brown table. No fault."""


def measure_photo(
    network_input_hwc: PhotoArray,
    piece_hw: FloatArray,
    frame: Letterbox,
    *,
    whole_hw: FloatArray,
    whole: Letterbox,
) -> PhotoMeasures:
    """Measure one photo: light, sharpness and the piece's size close by, its place in the whole.

    Args:
        network_input_hwc: (size, size, 3) uint8 RGB, letterboxed.
        piece_hw: (h, w) float32 probability that a cell shows the piece, on the same frame.
        frame: what part of the photo it is, and where that lies in the input.
        whole_hw: (h, w) float32 probability that a cell shows the piece, on the frame of the whole photo.
        whole: that frame.
    """
    rows, columns = _photo_part(frame)
    grey = cv2.cvtColor(network_input_hwc[rows, columns], cv2.COLOR_RGB2GRAY)
    piece = _pixels(piece_hw, frame)
    # With no piece to look at, the whole photo is measured: a black frame is "dark", not only "no piece".
    where = piece if float(piece.mean()) > 0.002 else np.ones_like(piece)
    values = grey[where]
    gradient = cv2.magnitude(
        cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.25), cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.25)
    )
    ground = network_input_hwc[rows, columns][~where]
    around = cv2.dilate(where.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    everywhere = _pixels(whole_hw, whole)
    border = np.concatenate([everywhere[0], everywhere[-1], everywhere[:, 0], everywhere[:, -1]])
    return PhotoMeasures(
        sharpness=float(np.percentile(gradient[around], 99.5)),
        brightness=float(np.percentile(values, 90)),
        glare=float((values >= 250).mean()),
        # Counted where it was seen closely: in the first look a thin chain is hardly there.
        piece_share=float(piece.mean()) * frame.width * frame.height / (whole.width * whole.height),
        border_share=float(border.mean()),
        piece_side=max(frame.width, frame.height) / max(whole.width, whole.height),
        warmth=_warmth(ground) if len(ground) else 0.0,
    )


def _warmth(ground_n3: PhotoArray) -> float:
    red, _, blue = ground_n3.mean(axis=0) + 1.0
    return float(np.log2(red / blue))


def _pixels(piece_hw: FloatArray, frame: Letterbox) -> NDArray[np.bool_]:
    """Cells → pixels of the frame without its bars that show the piece."""
    rows, columns = _photo_part(frame)
    soft = cv2.resize(piece_hw, (frame.size, frame.size), interpolation=cv2.INTER_LINEAR)
    return np.asarray(soft[rows, columns] > 0.5)


def _photo_part(frame: Letterbox) -> tuple[slice, slice]:
    return (
        slice(frame.top, frame.top + frame.fitted_height),
        slice(frame.left, frame.left + frame.fitted_width),
    )


def photo_faults(measures: PhotoMeasures, gate: PhotoGate, *, detail: bool = False) -> tuple[str, ...]:
    """The faults beyond the gate, the most helpful instruction first.

    Args:
        detail: the photo is meant to show a part of the piece, so that nothing is cut off in it.
    """
    holds = {
        "no_piece": measures.piece_share < gate.no_piece_below,
        "too_far": measures.piece_share >= gate.no_piece_below
        and (measures.piece_share < gate.min_piece_share or measures.piece_side < gate.min_piece_side),
        "cut_off": not detail and measures.border_share > gate.max_border_share,
        "dark": measures.brightness < gate.min_brightness,
        "glare": measures.glare > gate.max_glare,
        "blur": measures.sharpness < gate.min_sharpness,
    }
    return tuple(fault for fault in INSTRUCTIONS if holds[fault])
