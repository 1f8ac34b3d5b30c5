"""What lies around a piece, made strange: training photos on grounds that nobody rendered.

    photo_hwc = strange_ground(photo_hwc, kept_hw, random)
    photo_hwc = look_alikes(photo_hwc, kept_hw, random)

Rendered benches are few and real ones are not: a network that learnt what a bench looks like knows the wrong
thing. Only pixels off the piece are changed, so every label holds.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.models.inference.preprocess import PhotoArray
from ubora.training.augment.phone import MaskArray

Random = np.random.Generator


def kept_pixels(masks: list[MaskArray], reach_px: int) -> NDArray[np.float32]:
    """(size, size) 0–1 of what must stay as it is: all masks and `reach_px` around them, softly ended."""
    kept = np.maximum.reduce(masks)
    grown = cv2.dilate(kept, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach_px + 1,) * 2))
    return np.asarray(cv2.GaussianBlur(grown, (0, 0), reach_px / 3) / 255, np.float32)


def strange_ground(photo_hwc: PhotoArray, kept_hw: NDArray[np.float32], random: Random) -> PhotoArray:
    """Other colours, other contrast and another grain off the piece; shadows stay where they fell.

    Args:
        photo_hwc: (size, size, 3) uint8 RGB.
        kept_hw: (size, size) 0–1, as `kept_pixels`.
    """
    ramp = np.linspace(0, 1, 256)
    if random.random() < 0.15:
        ramp = 1 - ramp
    tints = random.uniform(0.6, 1.2, 3)
    curves = np.stack([ramp ** random.uniform(0.6, 1.6) * tint for tint in tints], 1) * 255
    ground = cv2.LUT(photo_hwc[..., random.permutation(3)], np.clip(curves, 0, 255).astype(np.uint8)[None])
    grain = 1 + random.uniform(0.1, 0.4) * _grain(photo_hwc.shape[0], random)
    grained = cv2.multiply(ground, cv2.merge([grain] * 3), dtype=cv2.CV_8U)
    return _composed(photo_hwc, np.asarray(grained, np.uint8), kept_hw)


def look_alikes(photo_hwc: PhotoArray, kept_hw: NDArray[np.float32], random: Random) -> PhotoArray:
    """Cracks, stains and streaks on the bench: what would be a defect on the piece and is none beside it."""
    drawn = photo_hwc.copy()
    size = photo_hwc.shape[0]
    for _ in range(random.integers(2, 9)):
        tone = int(random.choice([random.integers(0, 60), random.integers(180, 256)]))
        colour = [int(c) for c in np.clip(tone + random.integers(-30, 31, 3), 0, 255)]
        start = random.uniform(0, size, 2)
        if random.random() < 0.2:
            axes = [int(a) for a in random.uniform(0.01, 0.08, 2) * size]
            cv2.ellipse(drawn, [int(c) for c in start], axes, random.uniform(0, 180), 0, 360, colour, -1)
            continue
        turns = np.cumsum(random.normal(0, 0.5, 12)) + random.uniform(0, 2 * np.pi)
        steps = np.stack([np.cos(turns), np.sin(turns)], 1) * size * random.uniform(0.01, 0.04)
        line = np.asarray(start + np.cumsum(steps, 0), np.int32)
        cv2.polylines(drawn, [line.reshape(-1, 1, 2)], False, colour, int(random.integers(1, 4)), cv2.LINE_AA)
    share = random.uniform(0.4, 1.0)
    mixed = cv2.addWeighted(photo_hwc, 1 - share, drawn, share, 0)
    return _composed(photo_hwc, np.asarray(mixed, np.uint8), kept_hw)


def _grain(size: int, random: Random) -> NDArray[np.float32]:
    """(size, size), about −1…1: noise of several widths, stretched along one axis as wood and cloth are."""
    grain = np.zeros((size, size), np.float32)
    for cells in (4, 16, 64):
        stretch = int(random.integers(1, 5))
        coarse = random.uniform(-1, 1, (cells, max(2, cells // stretch))).astype(np.float32)
        grain += cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC) / 2
    return grain if random.random() < 0.5 else grain.T.copy()


def _composed(photo_hwc: PhotoArray, ground_hwc: PhotoArray, kept_hw: NDArray[np.float32]) -> PhotoArray:
    return np.asarray(cv2.blendLinear(photo_hwc, ground_hwc, kept_hw, 1 - kept_hw), np.uint8)
