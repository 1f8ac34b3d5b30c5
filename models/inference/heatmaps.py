"""Where the network looked: a heatmap as a transparent overlay for its photo.

overlay_png = draw_overlay(prediction, record)     # PNG, transparent where cold, aspect of the photo
"""

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ubora.models.inference.prediction import Prediction
from ubora.models.inference.preprocess import Letterbox
from ubora.models.record import BundleRecord

SCALE = 4
"""Overlay pixels a heatmap cell of 4 pixels: smooth on a phone, and still a few kilobytes."""
LARGEST = 720
"""Longer side of an overlay in pixels, however small the piece was in its photo."""
STEPS = 24
"""Shades; few, because a PNG of few shades is a tenth of the bytes and looks the same."""


def draw_overlay(prediction: Prediction, record: BundleRecord) -> bytes:
    """PNG bytes, with a palette of RGBA shades.

    Half of the colour scale is a class's own threshold: below it the overlay fades out.
    Per cell the class counts that is highest for its threshold, so that classes may be compared.
    """
    judged, _ = record.deciding(prediction.approved_photos())
    thresholds = np.array([max(defect.threshold, 1e-6) for defect in judged], np.float32)
    heat = (prediction.heatmap / (2 * thresholds[:, None, None])).max(axis=0).clip(0, 1)
    smooth = _on_photo(heat.astype(np.float32), prediction, record.input.size)
    shade = np.round(smooth.clip(0, 1) * (STEPS - 1)).astype(np.uint8)
    # A palette: half the bytes and a tenth of the time of RGBA, which took as long as the network.
    image = Image.frombytes("P", (shade.shape[1], shade.shape[0]), np.ascontiguousarray(shade).tobytes())
    image.putpalette(_COLOURS[:, :3].tobytes())
    out = io.BytesIO()
    image.save(out, "PNG", transparency=_COLOURS[:, 3].tobytes(), compress_level=6)
    return out.getvalue()


def _on_photo(heat_hw: NDArray[np.float32], prediction: Prediction, size: int) -> NDArray[np.float32]:
    """Cells of the part that was looked at → overlay pixels of all of the photo, cold where nobody looked."""
    place = prediction.place
    close = _on_part(heat_hw, Letterbox.of(place, size))
    longer = max(prediction.width, prediction.height)
    scale = min(close.shape[1] / place.width, LARGEST / longer)
    width, height = max(1, round(prediction.width * scale)), max(1, round(prediction.height * scale))
    x, y = min(round(place.x * scale), width - 1), min(round(place.y * scale), height - 1)
    across = min(max(1, round(place.width * scale)), width - x)
    down = min(max(1, round(place.height * scale)), height - y)
    photo = np.zeros((height, width), np.float32)
    photo[y : y + down, x : x + across] = cv2.resize(close, (across, down), interpolation=cv2.INTER_AREA)
    return photo


def _on_part(heat_hw: NDArray[np.float32], frame: Letterbox) -> NDArray[np.float32]:
    """Cells → overlay pixels of exactly the part: cells at its edge lie partly on the bars."""
    rows, columns = heat_hw.shape
    cell = frame.size / max(rows, columns)  # the longer side fills the frame
    large = cv2.resize(heat_hw, (columns * SCALE, rows * SCALE), interpolation=cv2.INTER_CUBIC)
    top = frame.top / cell - int(frame.top / cell)
    left = frame.left / cell - int(frame.left / cell)
    height = max(1, round(frame.fitted_height / cell * SCALE))
    width = max(1, round(frame.fitted_width / cell * SCALE))
    y, x = round(top * SCALE), round(left * SCALE)
    return np.asarray(large[y : y + height, x : x + width], np.float32)


def _colours() -> NDArray[np.uint8]:
    """(STEPS, 4) uint8 RGBA: inferno, even in lightness, also for those who do not see red."""
    values = np.linspace(0, 1, STEPS, dtype=np.float32)
    scale = cv2.applyColorMap(np.round(64 + 191 * values).astype(np.uint8)[:, None], cv2.COLORMAP_INFERNO)
    alpha = np.clip((values - 0.2) / 0.4, 0, 1) * 200
    return np.concatenate([scale[:, 0, ::-1], np.round(alpha).astype(np.uint8)[:, None]], axis=1)


_COLOURS = _colours()
