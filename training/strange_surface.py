"""Pieces of stuffs that nobody rendered: silver, stone, beadwork, engraving.

    photo_hwc = strange_surface(photo_hwc, piece_hw, random)

Renderings know brass, horn and bone. A network that learnt what damage does to these says little of damage
on anything else: defects painted by one hand raised its scores on rendered pieces and hardly at all on real
ones. A photo and its clean twin get the same surface, so that the defect stays all that differs.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from models.preprocess import PhotoArray
from training.augment import MaskArray

Floats = NDArray[np.float32]
Random = np.random.Generator
Pattern = Callable[[int, float, Random], Floats]
"""(frame's side and root of the piece's area, px, random) → (side, side) that brightness is multiplied by."""

PLAIN = 0.3
"""Share of strange surfaces with another colour and no pattern."""


def strange_surface(photo_hwc: PhotoArray, piece_hw: MaskArray, random: Random) -> PhotoArray:
    """Another stuff where the piece is; the bench, shading, highlights and defects stay what they were.

    Args:
        photo_hwc: (size, size, 3) uint8 RGB.
        piece_hw: (size, size) 0–255.
    """
    cover = np.asarray(cv2.GaussianBlur(piece_hw.astype(np.float32) / 255, (0, 0), 0.8), np.float32)
    surface = _recoloured(photo_hwc, random)
    extent = float(max(1, int((piece_hw > 127).sum())) ** 0.5)
    if random.random() >= PLAIN:
        pattern = PATTERNS[int(random.integers(len(PATTERNS)))]
        surface *= pattern(piece_hw.shape[0], extent, random)[..., None]
    changed = np.clip(surface, 0, 255).astype(np.uint8)
    return np.asarray(cv2.blendLinear(changed, photo_hwc, cover, 1 - cover), np.uint8)


def _recoloured(photo_hwc: PhotoArray, random: Random) -> Floats:
    """Other channels, less or no colour, another tint and another contrast."""
    permuted = photo_hwc[..., random.permutation(3)]
    ramp = np.linspace(0, 1, 256)
    tints = random.uniform(0.7, 1.15, 3)
    curves = np.stack([ramp ** random.uniform(0.7, 1.4) * tint for tint in tints], 1) * 255
    tinted = cv2.LUT(permuted, np.clip(curves, 0, 255).astype(np.uint8)[None]).astype(np.float32)
    # Silver, glass, pearl and bone have little colour of their own.
    grey = np.float32((0.0, random.uniform(0, 1), 1.0)[int(random.integers(3))])
    return np.asarray(tinted + grey * (tinted.mean(2, keepdims=True) - tinted), np.float32)


def _grain(side: int, extent: float, random: Random) -> Floats:
    """Streaks of wood, stone and brushed metal: noise of several widths along one direction."""
    made: Floats = np.zeros((side, side), np.float32)
    for share in (0.25, 0.08, 0.03):
        cells = max(3, int(side / max(2.0, share * extent)))
        made += _smooth(side, (cells, max(2, cells // int(random.integers(1, 6)))), random)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), random.uniform(0, 180), 1.5)
    turned = cv2.warpAffine(made, turn, (side, side), borderMode=cv2.BORDER_REFLECT)
    return np.asarray(1 + random.uniform(0.05, 0.2) * turned, np.float32)


def _beadwork(side: int, extent: float, random: Random) -> Floats:
    """Cells, each of its own tone, brighter in the middle: beads, mosaic, knotted wire."""
    pitch = max(4.0, extent * random.uniform(0.06, 0.2))
    across = int(np.ceil(side / pitch)) + 1
    grid = np.stack(np.meshgrid(np.arange(across), np.arange(across)), -1).reshape(-1, 2)
    centres = (grid + random.uniform(0, random.uniform(0.2, 0.9), grid.shape)) * pitch
    centres = np.clip(np.round(centres), 0, side - 1).astype(np.int64)
    seeds = np.ones((side, side), np.uint8)
    seeds[centres[:, 1], centres[:, 0]] = 0
    far, labels = cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    spread = random.uniform(0.05, 0.3)
    tones = random.uniform(1 - spread, 1 + spread, int(labels.max()) + 1).astype(np.float32)
    bulge = random.uniform(0.1, 0.35) * (1 - np.asarray(far, np.float32) / np.float32(pitch))
    return np.asarray(tones[labels] * (0.85 + bulge), np.float32)


def _engraved(side: int, extent: float, random: Random) -> Floats:
    """Rows of letters, rings or strokes, with a lit edge: what a hand cut and repeated on purpose."""
    drawn = np.zeros((side, side), np.uint8)
    pitch = int(max(7, extent * random.uniform(0.12, 0.3)))
    thick = int(random.integers(1, 3))
    letters = "".join(chr(int(c)) for c in random.integers(65, 91, 6))
    kind, height = int(random.integers(4)), pitch / 34
    for row, y in enumerate(range(0, side, int(pitch * 1.3))):
        for column, x in enumerate(range(0, side, pitch)):
            if kind == 0:
                letter = letters[(row + column) % len(letters)]
                cv2.putText(drawn, letter, (x, y), cv2.FONT_HERSHEY_COMPLEX, height, 255, thick, cv2.LINE_AA)
            elif kind == 1:
                cv2.circle(drawn, (x, y), pitch // 3, 255, thick, cv2.LINE_AA)
            elif kind == 2:
                cv2.line(drawn, (x, y), (x + pitch // 2, y + pitch), 255, thick, cv2.LINE_AA)
            else:
                cv2.ellipse(drawn, (x, y), (pitch // 2, pitch // 3), 0, 0, 180, 255, thick, cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), random.uniform(0, 360), 1.0)
    groove = cv2.warpAffine(drawn, turn, (side, side), borderMode=cv2.BORDER_WRAP).astype(np.float32) / 255
    lit = np.clip(np.roll(groove, (1, 1), (0, 1)) - groove, 0, 1)
    return np.asarray(1 - random.uniform(0.2, 0.6) * groove + random.uniform(0, 0.3) * lit, np.float32)


def _hammered(side: int, extent: float, random: Random) -> Floats:
    """Facets that each look another way: smooth patches of light and shade."""
    cells = max(3, int(side / max(3.0, extent * random.uniform(0.08, 0.25))))
    height = _smooth(side, (cells, cells), random)
    slope = np.roll(height, 1, int(random.integers(2))) - height
    return np.asarray(1 + random.uniform(0.1, 0.3) * slope / (np.abs(slope).max() + 1e-6), np.float32)


def _smooth(side: int, cells: tuple[int, int], random: Random) -> Floats:
    """(side, side) noise, −1 to 1, of as many cells down and across."""
    coarse = random.uniform(-1, 1, cells).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC), np.float32)


PATTERNS: tuple[Pattern, ...] = (_grain, _beadwork, _engraved, _hammered)
