"""Damage to a relief, of the kinds that rendered pieces have, cut into height, colour and shine.

    where_hw = spoil(relief, "crack", extent_px, random)

`bent` is left out: without the design nobody could say of a sketched piece what shape it should have.
"""

from collections.abc import Callable

import cv2
import numpy as np

from datasets.render.noise import Bools, Floats, Random, noise2, single
from datasets.sketch.relief import Relief

Flaw = Callable[[Relief, float, Random], Floats]
"""(relief, root of the piece's area, random) → (side, side) 0–1: what was touched."""


def spoil(relief: Relief, kind: str, extent_px: float, random: Random) -> Bools:
    """Change the relief by one flaw; (side, side) bool, where it lies."""
    return np.asarray(FLAWS[kind](relief, extent_px, random) > 0.15)


def _place(relief: Relief, random: Random, at_rim: bool = False) -> tuple[float, float]:
    """x, y of a point on the piece, rather where there is room for something, or at its rim."""
    inward = cv2.distanceTransform(relief.piece.astype(np.uint8), cv2.DIST_L2, 3)
    weight = ((inward > 0) & (inward < 3)).astype(np.float64) if at_rim else inward.astype(np.float64) ** 0.7
    flat = weight.ravel()
    index = int(random.choice(flat.size, p=flat / flat.sum()))
    return float(index % relief.side), float(index // relief.side)


def _walk(relief: Relief, random: Random, length: float, jag: float, at_rim: bool = False) -> Floats:
    """(n, 2) points: from a place of the piece, straight or wandering."""
    start = np.array(_place(relief, random, at_rim))
    steps = max(6, int(length / 8))
    headings = (
        random.uniform(0, 2 * np.pi) + np.cumsum(random.normal(0, jag, steps)) + random.normal(0, jag, steps)
    )
    return single(start + np.cumsum(np.stack([np.cos(headings), np.sin(headings)], 1) * length / steps, 0))


def _line(side: int, path: Floats, width: float) -> Floats:
    drawn = np.zeros((side, side), np.uint8)
    fixed = np.round(path * 8).astype(np.int32).reshape(-1, 1, 2)
    cv2.polylines(drawn, [fixed], False, 255, max(1, round(width)), cv2.LINE_AA, shift=3)
    return single(drawn / 255)


def _blob(
    relief: Relief, random: Random, radius: float, ragged: float, soft: float, at_rim: bool = False
) -> Floats:
    """(side, side) 0–1: a patch with an uneven rim."""
    x, y = _place(relief, random, at_rim)
    ys, xs = np.mgrid[0 : relief.side, 0 : relief.side].astype(np.float32)
    turn, stretch = random.uniform(0, np.pi), random.uniform(1, 1.8)
    along = (xs - x) * np.cos(turn) + (ys - y) * np.sin(turn)
    across = ((ys - y) * np.cos(turn) - (xs - x) * np.sin(turn)) * stretch
    cells = relief.side / max(4.0, 0.8 * radius)
    far = np.hypot(along, across) / radius + ragged * noise2((relief.side,) * 2, (cells, cells), random, 3)
    return single(np.clip((1 - far) / soft, 0, 1) * relief.piece)


def _tint(relief: Relief, share: Floats, colour: Floats, rough: float, metal: float) -> None:
    for channel in range(3):
        relief.colour[..., channel] += share * (colour[channel] - relief.colour[..., channel])
    relief.rough += share * (rough - relief.rough)
    relief.metal += share * (metal - relief.metal)
    relief.glass *= 1 - share


def _scratch(relief: Relief, extent: float, random: Random) -> Floats:
    drawn = np.zeros_like(relief.height)
    first = _walk(relief, random, extent * random.uniform(0.2, 0.7), 0.05)
    for _ in range(int(random.choice([1, 1, 2, 4]))):
        moved = first + random.normal(0, 0.02 * extent, 2)
        drawn = np.maximum(drawn, _line(relief.side, single(moved), random.uniform(2, 5)))
    drawn = single(cv2.GaussianBlur(drawn, (0, 0), 0.8) * relief.piece)
    relief.height -= single(drawn * random.uniform(1.5, 3.5))
    bare = single(np.clip(relief.colour * random.uniform(1.1, 1.8), 0, 1) + 0.05)
    share = 0.5 * drawn[..., None]
    relief.colour += share * (bare - relief.colour)
    relief.rough += drawn * (0.5 - relief.rough)
    return drawn


def _crack(relief: Relief, extent: float, random: Random) -> Floats:
    path = _walk(relief, random, extent * random.uniform(0.25, 0.7), 0.3, at_rim=random.random() < 0.6)
    width = random.uniform(2, 6)
    drawn = _line(relief.side, path, width)
    for _ in range(int(random.integers(0, 4))):
        start = path[int(random.integers(len(path)))]
        heading = random.uniform(0, 2 * np.pi) + np.cumsum(random.normal(0, 0.3, 8))
        branch = start + np.cumsum(np.stack([np.cos(heading), np.sin(heading)], 1), 0) * extent * 0.02
        drawn = np.maximum(drawn, _line(relief.side, single(branch), 0.6 * width))
    drawn = single(cv2.GaussianBlur(drawn, (0, 0), 0.6) * relief.piece)
    relief.height -= drawn * np.float32(2 * width)
    _tint(relief, single(0.9 * drawn), single(relief.colour[relief.piece].mean(0) * 0.08), 0.9, 0.0)
    return drawn


def _dent(relief: Relief, extent: float, random: Random) -> Floats:
    bowl = cv2.GaussianBlur(_blob(relief, random, extent * random.uniform(0.08, 0.22), 0.15, 0.5), (0, 0), 2)
    relief.height -= single(bowl * extent * random.uniform(0.03, 0.08) * relief.piece)
    return single(bowl)


def _chip(relief: Relief, extent: float, random: Random) -> Floats:
    """A bite out of the rim: the ground shows, with a broken face around it."""
    seed = int(random.integers(2**31))
    radius = max(7.0, extent * random.uniform(0.06, 0.18))
    face = _blob(relief, np.random.default_rng(seed), radius * 1.3, 0.25, 0.15, at_rim=True)
    bite = _blob(relief, np.random.default_rng(seed), radius, 0.25, 0.15, at_rim=True)
    broken = noise2((relief.side,) * 2, (relief.side / 12, relief.side / 12), random, 2)
    relief.height *= single(1 - 0.4 * face)
    relief.height += single(face * broken * 1.5)
    inner = single(np.clip(relief.colour[relief.piece].mean(0) * random.uniform(0.7, 1.7), 0, 1))
    _tint(relief, single(0.6 * face), inner, 0.8, float(relief.metal[relief.piece].mean() > 0.5))
    relief.piece &= ~(bite > 0.5)
    relief.height *= relief.piece
    return face


def _pit(relief: Relief, extent: float, random: Random) -> Floats:
    x, y = _place(relief, random)
    drawn = np.zeros((relief.side, relief.side), np.uint8)
    spread = extent * random.uniform(0.04, 0.16)
    for _ in range(int(random.integers(4, 30))):
        dx, dy = random.normal(0, spread, 2)
        cv2.circle(drawn, (round(x + dx), round(y + dy)), int(random.integers(1, 5)), 255, -1, cv2.LINE_AA)
    holes = single(cv2.GaussianBlur(drawn / np.float32(255), (0, 0), 0.8) * relief.piece)
    relief.height -= holes * np.float32(5)
    _tint(relief, single(0.6 * holes), single(relief.colour[relief.piece].mean(0) * 0.2), 0.8, 0.0)
    return holes


def _tarnish(relief: Relief, extent: float, random: Random) -> Floats:
    share = _blob(relief, random, extent * random.uniform(0.12, 0.4), 0.7, random.uniform(0.2, 0.6))
    colours = (
        (0.09, 0.28, 0.21),
        (0.03, 0.02, 0.016),
        (0.16, 0.07, 0.03),
        (0.3, 0.27, 0.2),
        (0.15, 0.4, 0.34),
    )
    colour = single(colours[int(random.integers(len(colours)))]) * np.float32(random.uniform(0.7, 1.3))
    cells = relief.side / max(4.0, 0.06 * extent)
    mottle = noise2((relief.side,) * 2, (cells, cells), random, 2)
    share = single(share * np.clip(random.uniform(0.6, 0.95) + 0.3 * mottle, 0, 1))
    _tint(relief, share, colour, 0.8, 0.2)
    return share


def _solder(relief: Relief, extent: float, random: Random) -> Floats:
    radius = max(7.0, extent * random.uniform(0.05, 0.14))
    share = _blob(relief, random, radius, 0.2, 0.12)
    dome = cv2.GaussianBlur(share, (0, 0), radius / 4)
    relief.height += single(dome * share * radius * random.uniform(0.4, 0.9))
    glue = random.random() < 0.35
    colour = single((0.6, 0.48, 0.25) if glue else (0.55, 0.56, 0.58)) * np.float32(random.uniform(0.7, 1.3))
    _tint(relief, share, single(np.clip(colour, 0, 1)), 0.15 if glue else 0.35, 0.0 if glue else 1.0)
    return share


def _rough(relief: Relief, extent: float, random: Random) -> Floats:
    patch = _blob(relief, random, extent * random.uniform(0.1, 0.3), 0.4, 0.3)
    fine, long = relief.side / random.uniform(4, 8), relief.side / random.uniform(5, 40)
    grooves = noise2((relief.side,) * 2, (fine, long), random, 2)
    turn = cv2.getRotationMatrix2D((relief.side / 2,) * 2, random.uniform(0, 180), 1.5)
    grooves = single(cv2.warpAffine(single(grooves), turn, (relief.side,) * 2, borderMode=cv2.BORDER_REFLECT))
    relief.height += single(patch * grooves * random.uniform(1.5, 4))
    relief.rough += patch * (0.8 - relief.rough)
    return patch


FLAWS: dict[str, Flaw] = {
    "scratch": _scratch, "crack": _crack, "dent": _dent, "chip": _chip, "pit": _pit, "tarnish": _tarnish,
    "solder": _solder, "rough": _rough,
}  # fmt: skip
"""Those that change a relief; a part left out (`missing`) changes how it is built."""
