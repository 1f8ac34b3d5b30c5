"""Defects painted onto a real photo of a good piece, by a hand that training never sees.

    painted = paint(photo_hwc, piece_hw, "scratch", seed=7)
    painted.photo_hwc, painted.mask_hw

Nobody has real photos of every defect yet. A defect painted onto a real piece, under its real light, tells
whether a network that learnt rendered ones sees more than a renderer's habits: the photo without it is the
perfect control. Nothing here is shared with datasets/render, and no training may import it.

    ValueError
    └── PaintError      a piece with no room for the defect
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.training.bench.painted.brushes import (
    Floats,
    Point,
    as_sharp_as,
    ground_behind,
    line,
    mottle,
    path_from,
    perpendicular,
    ragged,
)

SMALLEST_PIECE_PX = 400
"""Pixels of a piece below which nothing painted on it would be seen."""
FAINTEST = 6.0
"""Grey levels that the strongest part of a painted defect must differ by, or it is not there."""
_TRIES = 12


class PaintError(ValueError):
    """A piece with no room for the defect."""


@dataclass(frozen=True)
class Painted:
    photo_hwc: NDArray[np.uint8]
    """(h, w, 3) RGB; the photo as it was outside the mask and a soft rim around it."""
    mask_hw: NDArray[np.bool_]
    kind: str
    prominence: float
    """Grey levels by which the defect differs from what was there, over the spread of the surface around it:
    below 1 it is lost in a net of beads or a braid, to the eye as well."""


@dataclass(frozen=True)
class Piece:
    """Where one may paint. Lengths in pixels of the photo."""

    mask_hw: NDArray[np.bool_]
    depth_hw: Floats
    """Distance to the nearest pixel outside the piece."""
    extent: float
    """Root of its area: what sizes are relative to, be it a disc or a net of wire."""

    @classmethod
    def of(cls, piece_hw: NDArray[np.bool_]) -> "Piece":
        padded = np.pad(piece_hw.astype(np.uint8), 1)
        depth = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1]
        return cls(piece_hw, np.asarray(depth, np.float32), float(np.sqrt(piece_hw.sum())))

    def solid_place(self, rng: np.random.Generator) -> Point:
        """A random pixel, the deeper inside the likelier: on the disc rather than on its chain."""
        weight = (self.depth_hw.astype(np.float64) ** 2).ravel()
        place = int(rng.choice(weight.size, p=weight / weight.sum()))
        return float(place % self.depth_hw.shape[1]), float(place // self.depth_hw.shape[1])

    def rim_place(self, rng: np.random.Generator) -> tuple[Point, Point]:
        """The pixel of the rim nearest to a random solid place, and the unit vector from it inwards."""
        x, y = self.solid_place(rng)
        ys, xs = np.nonzero(self.mask_hw & (self.depth_hw <= 1.5))
        nearest = int(np.argmin((xs - x) ** 2 + (ys - y) ** 2))
        rim_x, rim_y = float(xs[nearest]), float(ys[nearest])
        length = float(np.hypot(x - rim_x, y - rim_y)) or 1.0
        return (rim_x, rim_y), ((x - rim_x) / length, (y - rim_y) / length)

    def thickness_at(self, point: Point) -> float:
        """Of the part of the piece around a point: twice the depth of the deepest pixel near it."""
        reach = max(3, round(0.08 * self.extent))
        x, y = round(point[0]), round(point[1])
        near = self.depth_hw[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
        return 2 * float(near.max())


Painter = Callable[[Floats, Piece, np.random.Generator], tuple[Floats, Floats]]
"""(h, w, 3) 0–255 and where to paint → the painted photo and (h, w) 0–1, how much of a pixel is defect."""


def paint(photo_hwc: NDArray[np.uint8], piece_hw: NDArray[np.bool_], kind: str, seed: int) -> Painted:
    """One defect on one photo; the same seed paints the same.

    Args:
        photo_hwc: (h, w, 3) uint8 RGB.
        piece_hw: (h, w) bool, True on the piece.
        kind: a key of PAINTERS.

    Raises:
        PaintError: a piece of fewer than SMALLEST_PIECE_PX pixels, or on which nothing would show.
    """
    if int(piece_hw.sum()) < SMALLEST_PIECE_PX:
        raise PaintError(f"a piece of {int(piece_hw.sum())} pixels; expected at least {SMALLEST_PIECE_PX}")
    piece = Piece.of(piece_hw)
    before = photo_hwc.astype(np.float32)
    for attempt in range(_TRIES):
        rng = np.random.default_rng((seed, attempt, sorted(PAINTERS).index(kind)))
        after, amount = PAINTERS[kind](before, piece, rng)
        mask = amount > 0.3
        change = np.abs(after - before).mean(2)
        if mask.any() and float(np.percentile(change[mask], 90)) >= FAINTEST:
            done = np.asarray(np.clip(np.round(after), 0, 255), np.uint8)
            return Painted(done, mask, kind, _prominence(photo_hwc, change, mask, piece))
    raise PaintError(f"no place in {_TRIES} tries where a {kind} would show on this piece")


def _prominence(
    photo_hwc: NDArray[np.uint8], change_hw: Floats, mask_hw: NDArray[np.bool_], piece: Piece
) -> float:
    reach = 2 * max(3, round(0.05 * piece.extent)) + 1
    near = cv2.dilate(mask_hw.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    around = near & piece.mask_hw & ~mask_hw
    spread = float(photo_hwc.mean(2)[around].std()) if around.any() else 0.0
    return float(change_hw[mask_hw].mean()) / max(spread, 1.0)


def _scratch(photo: Floats, piece: Piece, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """A groove: dark where the light does not reach, a bright edge beside it, fading at its ends."""
    length = piece.extent * rng.uniform(0.25, 0.5)
    width = max(0.9, piece.extent * rng.uniform(0.004, 0.008))
    path = path_from(piece.solid_place(rng), rng.uniform(0, 2 * np.pi), length, bend=0.25, jag=0.01, rng=rng)
    groove = line(photo.shape[:2], path, width, ends=0.15) * piece.mask_hw
    away = np.array(perpendicular(path), np.float32) * np.float32(width)
    lip = line(photo.shape[:2], path + away, width * 0.7, ends=0.15) * piece.mask_hw * (1 - groove)
    pressure = 0.6 + 0.4 * mottle(photo.shape[:2], length / 6, rng)
    dark, bright = rng.uniform(0.45, 0.65), rng.uniform(0.35, 0.6)
    done = photo * (1 - (dark * groove * pressure)[..., None])
    # Bare metal in the lip answers the light with its own colour, brighter than the worn face around it.
    shine = np.minimum(255, photo * 1.25 + 70)
    done = done + (shine - done) * (bright * lip * pressure)[..., None]
    return as_sharp_as(done, photo, np.maximum(groove, lip)), np.maximum(groove, lip)


def _dent(photo: Floats, piece: Piece, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """A blow: what the face mirrors is drawn together, one flank lies in shade and the other in light."""
    centre = piece.solid_place(rng)
    radius = min(0.13 * piece.extent * rng.uniform(0.7, 1.2), 0.6 * piece.thickness_at(centre))
    radius = max(radius, 2.5)
    height, width = photo.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    stretch, turn = rng.uniform(0.75, 1.0), rng.uniform(0, np.pi)
    dx, dy = xs - centre[0], ys - centre[1]
    along = dx * np.cos(turn) + dy * np.sin(turn)
    across = (dy * np.cos(turn) - dx * np.sin(turn)) / stretch
    # Not quite round: what fell on it had corners.
    wobble = 1 + 0.12 * np.sin(3 * np.arctan2(across, along) + rng.uniform(0, 6))
    r = np.hypot(along, across) / (radius * wobble)
    # A flat floor and a steep flank, as a tool leaves it: the light shows as two crescents.
    bowl = np.asarray(1 / (1 + (r / 0.72) ** 8), np.float32)
    pull = 0.5 * bowl * (1 - bowl) * 2 + 0.2 * bowl
    warped = cv2.remap(photo, xs + dx * pull, ys + dy * pull, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    light = rng.uniform(0, 2 * np.pi)
    slope_y, slope_x = np.gradient(bowl)
    # −1 to 1: the steepest of the flank falls nearly twice its depth in a radius.
    shade = (slope_x * np.cos(light) + slope_y * np.sin(light)) * radius / 2.8
    shade = np.tanh(1.6 * shade) * rng.uniform(0.32, 0.45)
    soft = cv2.GaussianBlur(piece.mask_hw.astype(np.float32), (0, 0), 0.8)
    amount = np.clip(4 * bowl, 0, 1) * soft
    # A shaded flank mirrors itself and grows warmer; a lit one goes towards the light's colour.
    lit = warped * (1 + np.minimum(shade, 0)[..., None] * np.array([0.78, 1.0, 1.4], np.float32))
    lit = lit + (np.minimum(255, 1.2 * lit + 55) - lit) * np.maximum(shade, 0)[..., None] * 2.2
    lit = lit * (1 - 0.12 * bowl)[..., None]
    done = np.asarray(photo + (lit - photo) * amount[..., None], np.float32)
    return done, np.asarray((r < 0.95) & piece.mask_hw, np.float32)


def _crack(photo: Floats, piece: Piece, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """A dark line from the rim inwards, jagged, branched, ending in a hair."""
    start, inward = piece.rim_place(rng)
    room = piece.thickness_at(start)
    length = min(piece.extent * rng.uniform(0.3, 0.5), max(1.3 * room, 0.12 * piece.extent))
    width = max(1.0, piece.extent * rng.uniform(0.006, 0.011))
    heading = float(np.arctan2(inward[1], inward[0])) + rng.uniform(-0.5, 0.5)
    path = path_from(start, heading, length, bend=0.3, jag=0.05, rng=rng)
    drawn = line(photo.shape[:2], path, width, ends=0.0, taper=True)
    for _ in range(int(rng.integers(1, 3))):
        at = int(len(path) * rng.uniform(0.3, 0.7))
        turn = heading + rng.choice((-1, 1)) * rng.uniform(0.4, 0.9)
        branch = path_from(
            tuple(path[at]), turn, length * rng.uniform(0.25, 0.45), bend=0.3, jag=0.06, rng=rng
        )
        drawn = np.maximum(drawn, line(photo.shape[:2], branch, width * 0.6, ends=0.0, taper=True))
    drawn = drawn * piece.mask_hw
    # The faces of a crack stand a little apart in height: a thin lit edge on one side.
    lip = np.clip(np.roll(drawn, (1, 1), (0, 1)) - drawn, 0, 1) * piece.mask_hw
    done = photo * (1 - 0.82 * drawn)[..., None] + (28 * lip)[..., None]
    return as_sharp_as(done, photo, drawn), drawn


def _tarnish(photo: Floats, piece: Piece, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """A blotch that grew: ragged, mottled, deepest where it began; brown, or the green of verdigris."""
    centre = piece.solid_place(rng)
    radius = 0.2 * piece.extent * rng.uniform(0.7, 1.3)
    height, width = photo.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    r = np.hypot(xs - centre[0], ys - centre[1]) / radius
    size = (height, width)
    grain = 0.5 * mottle(size, radius * 0.5, rng) + 0.5 * mottle(size, radius * 0.16, rng)
    fine = 0.5 * mottle(size, max(1.3, radius * 0.05), rng) + 0.5 * mottle(size, 1.2, rng)
    reached = np.clip((1.0 - r + 1.5 * (grain - 0.5)) * 2.5, 0, 1)
    soft = cv2.GaussianBlur(piece.mask_hw.astype(np.float32), (0, 0), 0.7)
    amount = np.asarray(reached * soft, np.float32)
    depth = amount * np.clip(0.35 + 0.8 * grain + 0.6 * (fine - 0.5), 0, 1)
    tint = np.array([0.5, 0.37, 0.28], np.float32) * rng.uniform(0.85, 1.15)
    done = photo + (photo * tint + 5 - photo) * (0.85 * depth)[..., None]
    if rng.random() < 0.5:
        # Verdigris is a powder in the stain: it scatters its own colour and hides the shine beneath.
        light = cv2.GaussianBlur(photo.mean(2), (0, 0), 1.0)[..., None]
        powder = (0.55 * light + 45) * np.array([0.7, 0.94, 0.83], np.float32)
        powder = powder * (0.75 + 0.5 * fine[..., None])
        crust = np.clip(2.2 * (depth - 0.35) + 0.8 * (fine - 0.5), 0, 0.85)
        done = done + (powder - done) * crust[..., None]
    return np.asarray(done, np.float32), amount


def _chip(photo: Floats, piece: Piece, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """A bite out of the rim: the ground shows there, and the broken edge has a face of its own."""
    rim, inward = piece.rim_place(rng)
    radius = min(0.16 * piece.extent, 0.55 * piece.thickness_at(rim)) * rng.uniform(0.75, 1.1)
    radius = max(radius, 3.0)
    centre = (rim[0] + 0.15 * radius * inward[0], rim[1] + 0.15 * radius * inward[1])
    bite = ragged(photo.shape[:2], centre, radius, rng)
    lost = bite * piece.mask_hw
    ground = ground_behind(photo, piece.mask_hw, lost > 0.02)
    done = photo + (ground - photo) * lost[..., None]
    # The thickness of the break: a thin face along the bite, lit or shaded by the way it looks.
    edge = max(0.8, 0.09 * radius)
    grown = cv2.GaussianBlur(ragged(photo.shape[:2], centre, radius + edge, rng, bite), (0, 0), 0.6)
    face = np.clip(grown - bite, 0, 1) * piece.mask_hw
    slope_y, slope_x = np.gradient(cv2.GaussianBlur(bite, (0, 0), 1 + edge))
    steep = np.maximum(np.hypot(slope_x, slope_y), 1e-6)
    light = rng.uniform(0, 2 * np.pi)
    facing = (slope_x * np.cos(light) + slope_y * np.sin(light)) / steep
    tone = 0.9 + 0.42 * facing + 0.2 * (mottle(photo.shape[:2], 1.5 * edge, rng) - 0.5)
    broken = np.clip(photo * tone[..., None], 0, 255)
    done = done + (broken - done) * (0.9 * face)[..., None]
    return np.asarray(done, np.float32), np.maximum(lost, face)


PAINTERS: dict[str, Painter] = {
    "scratch": _scratch,
    "dent": _dent,
    "crack": _crack,
    "tarnish": _tarnish,
    "chip": _chip,
}
