"""Wanted marks that a network must not take for defects: lines, dots, zigzags, letters, inlay."""

import cv2
import numpy as np

from datasets.render.designs import Design
from datasets.render.noise import Floats, Random, smoothstep
from datasets.render.shapes import Skin
from datasets.render.surfaces import engraved, inlaid

WORDS = (
    "UPENDO",
    "JAMBO",
    "ASANTE",
    "NAIROBI",
    "IMANI",
    "TUMAINI",
    "925",
    "KENYA",
    "AMANI",
    "HERI",
    "M&K",
    "UHURU",
)


def ornamented(
    design: Design, skin: Skin, height: Floats, along: Floats, across: Floats, outer: Floats, rng: Random
) -> tuple[Skin, Floats]:
    """The surface with its design's ornament.

    `along` and `across` (V, U) are cm on the outer side, `across` zero in its middle; `outer` (V, U) is 1
    there and 0 on the sides without ornament. The drawing is the design's; only its depth is the hand's.
    """
    own = np.random.default_rng(sum(map(ord, design.name)))
    half = float(np.max(np.abs(across) * (outer > 0.5)))
    pixel = max(0.012, 2 * design.radius_cm / 320)
    depth, dark = rng.uniform(0.006, 0.012), rng.uniform(0.2, 0.9)
    if design.ornament == "lines":
        at = half * np.array([-0.72, -0.6, 0.6, 0.72] if own.random() < 0.5 else [-0.3, 0.0, 0.3])
        gap = np.min(np.abs(across[..., None] - at), axis=-1)
        return engraved(skin, height, _line(gap, pixel) * outer, depth, dark)
    if design.ornament == "zigzag":
        period = half * own.uniform(0.8, 1.5)
        wave = 0.55 * half * (4 * np.abs((along / period) % 1 - 0.5) - 1)
        gap = np.minimum(np.abs(across - wave), np.abs(np.abs(across) - 0.75 * half))
        return engraved(skin, height, _line(gap, pixel) * outer, depth, dark)
    if design.ornament == "dots":
        period = max(0.12, half * own.uniform(0.35, 0.6))
        rows = period * np.round(across / period)
        gap = np.hypot((along + 0.5 * rows) % period - period / 2, across - rows)
        ring = np.abs(gap - 0.24 * period)
        dots = _line(ring if own.random() < 0.5 else np.maximum(gap - 0.14 * period, 0), pixel)
        inside = np.abs(across) < 0.85 * half
        return engraved(skin, height, dots * outer * inside, depth, dark)
    if design.ornament == "letters":
        return engraved(skin, height, _letters(along, across, half, own) * outer, depth * 1.4, dark)
    if design.ornament == "inlay":
        band = smoothstep(0.34 * half, 0.34 * half - 2 * pixel, np.abs(across)) * outer
        return inlaid(skin, height, band, (0.88, 0.66, 0.30), True)
    return skin, height


def _line(gap_cm: Floats, pixel_cm: float) -> Floats:
    return 1 - smoothstep(0.7 * pixel_cm, 1.8 * pixel_cm, gap_cm)


def _letters(along: Floats, across: Floats, half: float, own: Random) -> Floats:
    """Stamped capitals that repeat along the piece (V, U)."""
    text = str(own.choice(WORDS)) + "  "
    picture = np.zeros((64, 40 * len(text)), np.uint8)
    cv2.putText(picture, text, (6, 46), cv2.FONT_HERSHEY_DUPLEX, 1.3, 255, 3, cv2.LINE_AA)
    tall = 1.1 * half
    wide = tall * picture.shape[1] / 64
    x = ((along % wide) / wide * (picture.shape[1] - 1)).astype(np.float32)
    y = np.clip((0.5 - across / tall) * 63, 0, 63).astype(np.float32)
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_LINEAR), np.float32) / 255
