"""Defects drawn from rules instead of cut out of renderings, as what brightness is multiplied by.

    defect = drawn_defect("scratch", extent_px=180, random=random)
    defect.ratio_hwc, defect.cover_hw

A renderer's cracks are all of one kind, and so are its scratches. These are cruder and differ more from each
other; set onto a piece (copy_paste.py) they teach that a mark counts because it breaks the surface around it
(synthetic anomalies: Li et al., CutPaste, 2021; Zavrtanik et al., DRAEM, 2021). Nothing here is shared with
the painter that real photos are judged by (bench/painted.py), which training must never see.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Random = np.random.Generator


@dataclass(frozen=True)
class DrawnDefect:
    """A small square with a mark in its middle."""

    ratio_hwc: Floats
    """(n, n, 3): what the brightness of each channel is multiplied by."""
    cover_hw: Floats
    """(n, n) 0–1: where the mark is."""


def drawn_defect(kind: str, extent_px: float, random: Random) -> DrawnDefect:
    """One mark, never the same.

    Args:
        kind: of DRAWN.
        extent_px: root of the area of the piece that it is for: marks are sized by it.
    """
    return DRAWN[kind](extent_px, random)


def _scratch(extent: float, random: Random) -> DrawnDefect:
    """One to four strokes side by side, dark or bright, some with a lit lip."""
    length = extent * random.uniform(0.12, 0.5)
    side = _side(length)
    groove = np.zeros((side, side), np.float32)
    heading, bend = random.uniform(0, np.pi), random.normal(0, 0.12)
    for _ in range(int(random.choice([1, 1, 1, 2, 4]))):
        aside = random.normal(0, 0.05 * length, 2)
        along = np.linspace(-0.5, 0.5, 24) * length * random.uniform(0.6, 1)
        turns = heading + bend * np.linspace(-1, 1, 24)
        points = np.stack([along * np.cos(turns), along * np.sin(turns)], 1) + aside + side / 2
        groove = np.maximum(groove, _stroke(points, side, random.uniform(1.0, 2.2)))
    lip = np.clip(np.roll(groove, (1, 1), (0, 1)) - groove, 0, 1)
    depth = random.uniform(0.25, 0.7) * random.choice([-1, -1, 1.5])
    ratio = 1 + depth * groove + random.uniform(0, 0.6) * lip
    return _grey(ratio, np.maximum(groove, 0.7 * lip))


def _crack(extent: float, random: Random) -> DrawnDefect:
    """A walk that changes its mind, with branches that leave it and end."""
    length = extent * random.uniform(0.15, 0.45)
    side = _side(1.4 * length)
    trunk = _walk(np.array([-0.5 * length, 0.0]), 0.0, length, random)
    width = random.uniform(1.0, 2.6)
    drawn = _stroke(trunk + side / 2, side, width)
    for _ in range(int(random.integers(0, 4))):
        start = int(random.integers(len(trunk)))
        branch = _walk(trunk[start], random.normal(0, 0.9), length * random.uniform(0.15, 0.5), random)
        drawn = np.maximum(drawn, _stroke(branch + side / 2, side, 0.7 * width))
    return _grey(1 - random.uniform(0.5, 0.9) * drawn, drawn)


def _pit(extent: float, random: Random) -> DrawnDefect:
    """Holes strewn over a spot."""
    spot = max(6.0, extent * random.uniform(0.05, 0.2))
    side = _side(2 * spot)
    drawn = np.zeros((side, side), np.uint8)
    for _ in range(int(random.integers(4, 26))):
        x, y = random.normal(side / 2, spot / 2, 2)
        radius = max(1.0, extent * random.uniform(0.006, 0.018))
        centre = (round(16 * float(x)), round(16 * float(y)))
        cv2.circle(drawn, centre, round(16 * radius), 255, -1, cv2.LINE_AA, shift=4)
    holes = drawn.astype(np.float32) / 255
    lit = np.clip(np.roll(holes, (1, 1), (0, 1)) - holes, 0, 1)
    return _grey(1 - random.uniform(0.4, 0.8) * holes + random.uniform(0, 0.5) * lit, holes)


def _dent(extent: float, random: Random) -> DrawnDefect:
    """A hollow: one side in shade, the other in light."""
    hollow = _mound(extent * random.uniform(0.05, 0.15), random)
    ratio = 1 + random.uniform(0.3, 0.7) * _shade(hollow, random) - random.uniform(0, 0.15) * hollow
    return _grey(ratio, _where(hollow))


def _solder(extent: float, random: Random) -> DrawnDefect:
    """A blob of another metal: shaded as a mound, greyer, with a light of its own."""
    mound = _mound(extent * random.uniform(0.04, 0.12), random)
    side = mound.shape[0]
    colour = random.uniform(0.7, 1.3) * (1 + random.normal(0, 0.12, 3))
    ratio = 1 + (colour - 1) * mound[..., None]
    ratio = ratio * (1 + random.uniform(0.3, 0.6) * _shade(mound, random))[..., None]
    x, y = random.uniform(0.35, 0.65, 2) * side
    light = np.zeros((side, side), np.float32)
    cv2.circle(light, (round(x), round(y)), max(1, side // 14), 1.0, -1, cv2.LINE_AA)
    ratio = ratio + random.uniform(0, 1.5) * cv2.GaussianBlur(light, (0, 0), 0.8)[..., None]
    return DrawnDefect(np.asarray(ratio, np.float32), _where(mound))


def _tarnish(extent: float, random: Random) -> DrawnDefect:
    """A stain with a ragged rim: brown, black or green, unevenly deep."""
    radius = extent * random.uniform(0.08, 0.3)
    side = _side(2.6 * radius)
    clouds = _clouds(side, random)
    fallen = np.clip(2.5 * (1 - _distance(side, random) / radius + 0.9 * clouds), 0, 1)
    tint = np.array([(0.5, 0.36, 0.25), (0.3, 0.3, 0.3), (0.45, 0.8, 0.65)][int(random.integers(3))])
    deep = fallen * random.uniform(0.5, 1.0) * np.clip(0.8 + 0.4 * clouds, 0, 1)
    ratio = 1 + (tint * random.uniform(0.8, 1.2, 3) - 1) * deep[..., None]
    return DrawnDefect(np.asarray(ratio, np.float32), np.asarray(fallen, np.float32))


def _rough(extent: float, random: Random) -> DrawnDefect:
    """A patch that nobody polished: grains of light and shade."""
    radius = extent * random.uniform(0.08, 0.25)
    side = _side(2.6 * radius)
    noise = random.normal(0, 1, (side, side)).astype(np.float32)
    grains = cv2.GaussianBlur(noise, (0, 0), random.uniform(0.6, 1.5))
    grains = grains / (grains.std() + 1e-6)
    patch = np.clip(2.5 * (1 - _distance(side, random) / radius + 0.6 * _clouds(side, random)), 0, 1)
    return _grey(1 + random.uniform(0.12, 0.3) * grains * patch, patch)


def _grey(ratio: NDArray[Any], cover: NDArray[Any]) -> DrawnDefect:
    """The same ratio in all channels."""
    ratio_hwc = np.repeat(ratio[..., None], 3, 2).astype(np.float32)
    return DrawnDefect(ratio_hwc, np.clip(cover, 0, 1).astype(np.float32))


def _side(length: float) -> int:
    return int(np.ceil(length)) + 8


def _walk(start: NDArray[np.float64], heading: float, length: float, random: Random) -> NDArray[np.float64]:
    """(n, 2) points, x then y."""
    steps = int(random.integers(5, 12))
    turns = heading + random.normal(0, 0.55, steps)
    reach = length / steps * random.uniform(0.5, 1.5, (steps, 1))
    moves = np.stack([np.cos(turns), np.sin(turns)], 1) * reach
    return np.asarray(np.vstack([start, start + np.cumsum(moves, 0)]), np.float64)


def _stroke(points: NDArray[np.float64], side: int, width: float) -> Floats:
    """(side, side) 0–1: a line through the points, a whole number of pixels wide."""
    drawn = np.zeros((side, side), np.uint8)
    fixed = np.round(points * 16).astype(np.int32).reshape(-1, 1, 2)
    cv2.polylines(drawn, [fixed], False, 255, max(1, round(width)), cv2.LINE_AA, shift=4)
    return np.asarray(drawn / 255, np.float32)


def _mound(radius: float, random: Random) -> Floats:
    """A hill of height 1, oval and not quite even."""
    radius = max(3.0, radius)
    side = _side(4 * radius)
    steep = random.uniform(3, 7)
    reach = _distance(side, random) / (radius * (1 + 0.25 * _clouds(side, random, (4,))))
    return np.asarray(1 / (1 + np.maximum(reach, 0) ** steep), np.float32)


def _where(mound: Floats) -> Floats:
    """All of it but the foot that nobody would see."""
    return np.asarray(np.clip(2 * mound - 0.2, 0, 1), np.float32)


def _shade(height: Floats, random: Random) -> Floats:
    """−1 to 1: how much a slope looks towards the light."""
    slope_y, slope_x = np.gradient(height)
    light = random.uniform(0, 2 * np.pi)
    towards = slope_x * np.cos(light) + slope_y * np.sin(light)
    return np.asarray(towards / (np.abs(towards).max() + 1e-6), np.float32)


def _distance(side: int, random: Random) -> Floats:
    """Pixels from the middle, stretched along one direction."""
    ys, xs = np.mgrid[0:side, 0:side].astype(np.float32) - np.float32((side - 1) / 2)
    turn, stretch = random.uniform(0, np.pi), random.uniform(1.0, 1.6)
    along, across = xs * np.cos(turn) + ys * np.sin(turn), ys * np.cos(turn) - xs * np.sin(turn)
    return np.asarray(np.hypot(along, across * stretch), np.float32)


def _clouds(side: int, random: Random, widths: tuple[int, ...] = (4, 11)) -> Floats:
    """Smooth noise of so many cells across, about −1 to 1."""
    made: Floats = np.zeros((side, side), np.float32)
    for cells in widths:
        coarse = random.normal(0, 0.4, (cells, cells)).astype(np.float32)
        made += np.asarray(cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC), np.float32)
    return made


DRAWN: dict[str, Callable[[float, Random], DrawnDefect]] = {
    "scratch": _scratch,
    "crack": _crack,
    "pit": _pit,
    "dent": _dent,
    "solder": _solder,
    "tarnish": _tarnish,
    "rough": _rough,
}
