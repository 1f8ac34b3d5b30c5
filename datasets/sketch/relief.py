"""A piece as a relief: how high its top is over the ground at each pixel, and of what it is.

    relief = Relief(1024)
    relief.ball((500, 480), z=12, radii=(30, 26, 26), turn=0.3, skin=skin, random=random)
    relief.tube(path_xy, z=np.full(len(path_xy), 9.0), radius=5, skin=skin)

Lengths are pixels of the relief. What is set later and lies higher covers what was there; nothing overhangs.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from datasets.render.noise import Bools, Floats, Random, noise2, single

Point = tuple[float, float]
"""x, y in pixels."""


GROOVE = 0.25
"""Depth of a rope's grooves, in radii."""


@dataclass(frozen=True)
class Skin:
    """What a part is made of."""

    colour: Floats
    """Linear (3,), 0–1."""
    metal: float = 0.0
    rough: float = 0.3
    """0 mirrors, 1 is matt."""
    glass: float = 0.0
    """How much of its colour is light that went through it."""
    grain: float = 0.0
    """How far its colour wanders, as a share."""


class Relief:
    """The fields of a square picture; a part is a pixel of the piece, the rest is ground."""

    def __init__(self, side: int, grain: Floats | None = None) -> None:
        self.side = side
        self.height: Floats = np.zeros((side, side), np.float32)
        self.colour: Floats = np.zeros((side, side, 3), np.float32)
        self.metal: Floats = np.zeros((side, side), np.float32)
        self.rough: Floats = np.ones((side, side), np.float32)
        self.glass: Floats = np.zeros((side, side), np.float32)
        self.piece: Bools = np.zeros((side, side), np.bool_)
        self._grain = single(np.zeros((side, side))) if grain is None else grain

    def ball(
        self, at: Point, z: float, radii: tuple[float, float, float], turn: float, skin: Skin,
        random: Random, facets: int = 0,
    ) -> None:  # fmt: skip
        """A bead: an ellipsoid about (x, y, z), or a stone cut to so many facets.

        Args:
            radii: along its own two axes, and upwards.
            turn: of its first axis, radians.
        """
        reach = max(radii[:2]) + 2
        window = self._window(at[0] - reach, at[1] - reach, at[0] + reach, at[1] + reach)
        if window is None:
            return
        ys, xs = np.mgrid[window].astype(np.float32)
        dx, dy = xs - single(at[0]), ys - single(at[1])
        u = (dx * np.cos(turn) + dy * np.sin(turn)) / radii[0]
        v = (dy * np.cos(turn) - dx * np.sin(turn)) / radii[1]
        far = u * u + v * v
        top = np.sqrt(np.clip(1 - far, 0, 1))
        inside = far < 1
        if facets:
            ways = random.normal(0, 1, (facets, 3))
            ways[:, 2] = np.abs(ways[:, 2]) + 0.25
            ways /= np.linalg.norm(ways, axis=1, keepdims=True)
            planes = [(0.82 - x * u - y * v) / up for x, y, up in ways]
            top = np.minimum(np.min(planes, axis=0), 0.8)
            inside = (top > 0) & (far < 1.2)
        self._put(window, single(z + radii[2] * top), inside, skin)

    def tube(self, path_xy: Floats, z: Floats, radius: float, skin: Skin, twist: float = 0.0) -> None:
        """A wire or cord along a path (n, 2) whose middle is `z` (n,) high.

        Args:
            twist: turns of a rope a pixel; 0 is a plain wire.
        """
        reach = radius + 2
        low, high = path_xy.min(0) - reach, path_xy.max(0) + reach
        window = self._window(float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        if window is None:
            return
        top, left = window[0].start, window[1].start
        shape = (window[0].stop - top, window[1].stop - left)
        points, along, heights = _dense(path_xy, z)
        columns, rows = np.round(points - (left, top)).astype(np.int64).T
        here = (rows >= 0) & (rows < shape[0]) & (columns >= 0) & (columns < shape[1])
        if not here.any():
            return
        seeds = np.ones(shape, np.uint8)
        seeds[rows[here], columns[here]] = 0
        far, labels = cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
        nearest = np.zeros(int(labels.max()) + 1, np.int64)
        nearest[labels[rows[here], columns[here]]] = np.flatnonzero(here)
        which = nearest[labels]
        across = np.asarray(far, np.float32) / np.float32(radius)
        body = np.sqrt(np.clip(1 - across**2, 0, 1))
        if twist:
            heading = np.gradient(points, axis=0)[which]
            ys, xs = np.mgrid[window].astype(np.float32)
            off = np.stack([xs, ys], -1) - points[which]
            side = np.sign(heading[..., 0] * off[..., 1] - heading[..., 1] * off[..., 0]) * across
            body = body - GROOVE * (0.5 + 0.5 * np.cos(2 * np.pi * (twist * along[which] + 0.4 * side)))
        self._put(window, single(heights[which] + radius * body), np.asarray(across < 1), skin)

    def plate(
        self, mask: Bools, z: float, thick: float, bevel: float, skin: Skin, marks: Floats | None = None
    ) -> None:
        """A sheet of a given outline with rounded rims; `marks` (side, side) raise or lower its face."""
        inward = np.asarray(cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5), np.float32)
        top = z + thick * np.sqrt(1 - (1 - np.clip(inward / bevel, 0, 1)) ** 2)
        if marks is not None:
            top = top + marks
        whole = (slice(0, self.side), slice(0, self.side))
        self._put(whole, single(top), mask, skin)

    def _window(self, left: float, top: float, right: float, bottom: float) -> tuple[slice, slice] | None:
        columns = slice(max(0, int(left)), min(self.side, int(right) + 2))
        rows = slice(max(0, int(top)), min(self.side, int(bottom) + 2))
        return (rows, columns) if rows.start < rows.stop and columns.start < columns.stop else None

    def _put(self, window: tuple[slice, slice], height: Floats, inside: Bools, skin: Skin) -> None:
        where = inside & (height > self.height[window])
        self.height[window][where] = height[where]
        shade = 1 + skin.grain * self._grain[window][where]
        self.colour[window][where] = np.clip(skin.colour * shade[:, None], 0, 1)
        self.metal[window][where] = skin.metal
        self.rough[window][where] = skin.rough
        self.glass[window][where] = skin.glass
        self.piece[window] |= where


def grain_of(side: int, random: Random) -> Floats:
    """(side, side) −1 to 1: veins and clouds that stones, horn and wood share."""
    cells = float(random.uniform(15, 60))
    return noise2((side, side), (cells, cells * float(random.uniform(0.3, 1.0))), random, 3)


def _dense(path_xy: Floats, z: Floats) -> tuple[Floats, Floats, Floats]:
    """A path as points less than a pixel apart: (m, 2), how far along each lies (m,), how high (m,)."""
    steps = np.hypot(*np.diff(path_xy, axis=0).T)
    far = np.concatenate([[0.0], np.cumsum(steps)])
    along = np.arange(0, max(1.0, float(far[-1])), 0.7)
    points = np.stack([np.interp(along, far, path_xy[:, axis]) for axis in (0, 1)], 1)
    return single(points), single(along), single(np.interp(along, far, z))
