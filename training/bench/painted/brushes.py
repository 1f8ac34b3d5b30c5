"""What defects are painted with: a trembling line, a mottle, a broken outline, the ground behind a piece.

    path = path_from((120, 80), heading=0.4, length=60, bend=0.2, jag=0.02, rng=rng)
    groove_hw = line(photo_hwc.shape[:2], path, width=1.5, ends=0.1)

Photos are (h, w, 3) float32 RGB, 0–255; coverages (h, w) float32, 0–1; lengths pixels of the photo.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Point = tuple[float, float]
"""x, y in pixels."""

_FINE = 4
"""Lines are drawn at this many times the resolution, so that a hair of half a pixel stays one."""


def path_from(
    start: Point, heading: float, length: float, *, bend: float, jag: float, rng: np.random.Generator
) -> Floats:
    """(n, 2) points: a line that bends slowly by `bend` radians and trembles by `jag` of its length."""
    steps = max(8, int(length / 2))
    turns = heading + bend * np.linspace(-1, 1, steps) * rng.choice((-1, 1))
    moves = np.stack([np.cos(turns), np.sin(turns)], 1) * (length / steps)
    line = np.cumsum(moves, 0) - moves[0]
    sideways = np.stack([-np.sin(turns), np.cos(turns)], 1)
    knots = max(4, steps // 4)
    tremble = np.interp(np.arange(steps), np.linspace(0, steps - 1, knots), rng.normal(0, 1, knots))
    tremble[0] = 0
    return np.asarray(np.array(start) + line + sideways * (tremble * jag * length)[:, None], np.float32)


def perpendicular(path: Floats) -> Point:
    run = path[-1] - path[0]
    length = float(np.hypot(*run)) or 1.0
    return -float(run[1]) / length, float(run[0]) / length


def line(size: tuple[int, ...], path: Floats, width: float, *, ends: float, taper: bool = False) -> Floats:
    """(h, w) 0–1 coverage of a path; it fades over the `ends` share at both ends, or tapers to a hair."""
    height, across = size[0], size[1]
    reach = int(np.ceil(width)) + 3
    left, top = np.maximum(np.floor(path.min(0)).astype(int) - reach, 0)
    right = min(int(np.ceil(path[:, 0].max())) + reach, across)
    bottom = min(int(np.ceil(path[:, 1].max())) + reach, height)
    whole = np.zeros((height, across), np.float32)
    if right <= left or bottom <= top:
        return whole
    patch = np.zeros(((bottom - top) * _FINE, (right - left) * _FINE), np.float32)
    places = (path - (left, top)) * _FINE
    for index in range(len(path) - 1):
        along = index / max(1, len(path) - 2)
        thick = width * (1 - 0.75 * along if taper else 1.0)
        fade = 1.0 if ends <= 0 else min(1.0, min(along, 1 - along) / ends + 0.1)
        _stroke(patch, places[index], places[index + 1], max(1, round(thick * _FINE)), fade)
    small = cv2.resize(patch, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
    whole[top:bottom, left:right] = small
    return whole


def _stroke(patch: Floats, one: Floats, two: Floats, thick: int, fade: float) -> None:
    """One segment, at most `fade`, in its own corner of the patch: a path has hundreds."""
    left, top = np.maximum(np.floor(np.minimum(one, two)).astype(int) - thick - 1, 0)
    right, bottom = np.ceil(np.maximum(one, two)).astype(int) + thick + 2
    corner = patch[top:bottom, left:right]
    if not corner.size:
        return
    stroke = np.zeros(corner.shape, np.uint8)
    start, end = (tuple(int(v) for v in np.round(p - (left, top))) for p in (one, two))
    cv2.line(stroke, start, end, 255, thick, cv2.LINE_8)
    np.maximum(corner, stroke * np.float32(fade / 255), out=corner)


def mottle(size: tuple[int, ...], grain: float, rng: np.random.Generator) -> Floats:
    """(h, w) smooth noise, 0–1, with patches of about `grain` pixels."""
    height, width = size[0], size[1]
    rows, columns = max(3, round(height / max(grain, 1))), max(3, round(width / max(grain, 1)))
    coarse = rng.normal(0.5, 0.22, (rows, columns)).astype(np.float32)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(smooth, 0, 1), np.float32)


def ragged(
    size: tuple[int, ...],
    centre: Point,
    radius: float,
    rng: np.random.Generator,
    like: Floats | None = None,
) -> Floats:
    """(h, w) 0–1: a disc with a broken outline; or, with `like`, that one grown to `radius`."""
    if like is not None:
        grow = 2 * max(1, round(radius - np.sqrt(like.sum() / np.pi))) + 1
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (grow, grow))
        return np.asarray(cv2.dilate(like, kernel), np.float32)
    turns = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    # A few large shells broke out, each with a rough edge of its own.
    shells = np.interp(np.arange(48) / 6, np.arange(9), np.append(rng.normal(1, 0.14, 8), 1.0))
    reach = radius * np.clip(shells + rng.normal(0, 0.035, 48), 0.6, 1.4)
    points = np.stack([centre[0] + reach * np.cos(turns), centre[1] + reach * np.sin(turns)], 1)
    canvas = np.zeros(size[:2], np.uint8)
    cv2.fillPoly(canvas, [np.round(points * 16).astype(np.int32)], 255, cv2.LINE_AA, shift=4)
    return np.asarray(cv2.GaussianBlur(canvas.astype(np.float32) / 255, (0, 0), 0.6), np.float32)


def ground_behind(photo: Floats, piece_hw: NDArray[np.bool_], where: NDArray[np.bool_]) -> Floats:
    """The ground as it may go on under the piece: the nearest of it, mirrored at the rim, with its grain."""
    hidden = cv2.dilate(piece_hw.astype(np.uint8), np.ones((5, 5), np.uint8))
    # For every hidden pixel the nearest seen one; twice as far beyond it lies its mirror image.
    _, labels = cv2.distanceTransformWithLabels(hidden, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    seen_y, seen_x = np.nonzero(hidden == 0)
    done = photo.copy()
    if not len(seen_y):
        return done
    place = np.zeros(int(labels.max()) + 1, np.int64)
    place[labels[seen_y, seen_x]] = np.arange(len(seen_y))
    ys, xs = np.nonzero(where)
    nearest = place[labels[ys, xs]]
    mirror_y = np.clip(2 * seen_y[nearest] - ys, 0, photo.shape[0] - 1)
    mirror_x = np.clip(2 * seen_x[nearest] - xs, 0, photo.shape[1] - 1)
    usable = hidden[mirror_y, mirror_x] == 0
    mirror_y = np.where(usable, mirror_y, seen_y[nearest])
    mirror_x = np.where(usable, mirror_x, seen_x[nearest])
    done[ys, xs] = photo[mirror_y, mirror_x]
    blurred = cv2.GaussianBlur(done, (0, 0), 1.0)
    done[where] = 0.7 * done[where] + 0.3 * blurred[where]
    return done


def as_sharp_as(done: Floats, photo: Floats, drawn: Floats) -> Floats:
    """The drawn line through a lens like the photo's: nothing in a photo is sharp to the pixel."""
    near = cv2.dilate((drawn > 0.02).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    change = cv2.GaussianBlur(done - photo, (0, 0), 0.55)
    return np.asarray(np.where(near[..., None], photo + change, photo), np.float32)
