"""A page of photos beside their heat, to be looked at one by one: one HTML file that needs no network.

write_sheet(Path("sheet.html"), "champion: 47 photos", [Shown(data, prediction, "flag: scratch 0.71")])
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.datasets.check.pages import templates
from ubora.datasets.check.thumbnails import data_uri
from ubora.datasets.manifest import write_whole
from ubora.models.inference.prediction import Prediction
from ubora.models.inference.preprocess import PhotoArray, decode_photo
from ubora.training.bench.maps import on_photo, piece_on_photo

SIDE_PX = 420


@dataclass(frozen=True)
class Shown:
    data: bytes
    """The photo's file."""
    prediction: Prediction
    words: str
    """What stands below it."""
    outline_hw: NDArray[np.bool_] | None = None
    """(height, width) of the upright photo: outlined in green."""


def write_sheet(path: Path, title: str, shown: Sequence[Shown]) -> None:
    """Write the page by an atomic replace.

    Raises:
        OSError: the folder of `path` does not exist or cannot be written.
    """
    template = templates(Path(__file__).parent).get_template("sheet.html.j2")
    photos = [{"words": one.words, "uri": data_uri(side_by_side(one), "jpeg")} for one in shown]
    write_whole(path, template.render(title=title, photos=photos).encode())


def side_by_side(shown: Shown) -> PhotoArray:
    """(h, 2 w, 3) uint8 RGB: the photo, and the photo under its heat."""
    photo = decode_photo(shown.data)
    scale = SIDE_PX / max(photo.shape[:2])
    size = max(1, round(photo.shape[1] * scale)), max(1, round(photo.shape[0] * scale))
    small = np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)
    heat = cv2.resize(on_photo(shown.prediction).max(0), size, interpolation=cv2.INTER_LINEAR)
    over = small.astype(np.float32)
    over += (np.array([255, 40, 0], np.float32) - over) * (0.75 * np.clip(heat, 0, 1))[..., None]
    drawn = np.ascontiguousarray(np.clip(over, 0, 255), np.uint8)
    piece = cv2.resize(piece_on_photo(shown.prediction), size, interpolation=cv2.INTER_LINEAR) > 0.5
    _outline(drawn, piece, (255, 255, 255))
    place = shown.prediction.place
    corner = round(place.x * scale), round(place.y * scale)
    opposite = round((place.x + place.width) * scale) - 1, round((place.y + place.height) * scale) - 1
    cv2.rectangle(drawn, corner, opposite, (150, 150, 150), 1)
    if shown.outline_hw is not None:
        mask = cv2.resize(shown.outline_hw.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.1
        _outline(drawn, mask, (60, 255, 90))
    return np.hstack([small, drawn])


def _outline(canvas: PhotoArray, mask: NDArray[np.bool_], colour: tuple[int, int, int]) -> None:
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(canvas, contours, -1, colour, 1, cv2.LINE_AA)
