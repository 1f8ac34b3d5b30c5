"""Surfaces that clutter is made of: turned, slab-like, leaf-like; many wires or grains in one grid.

One part with pinched places holds hundreds of grains or links; as parts of their own each would cost more
than its surface. All are in cm.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from ubora.datasets.render.noise import Floats, Random, noise2, single
from ubora.datasets.render.shapes import Part, Skin, disc


def painted(name: str, points: Floats, closing: str, colour: Floats, rough: Floats | float,
            metallic: Floats | float = 0.0, clearcoat: float = 0.0) -> Part:  # fmt: skip
    """A part whose colour (…, 3), roughness and metallic are stretched over its grid."""
    shape = points.shape[:2]
    skin = Skin(
        np.clip(single(np.broadcast_to(colour, (*shape, 3))), 0.0, 1.0),
        np.clip(single(np.broadcast_to(rough, shape)), 0.05, 1.0),
        np.clip(single(np.broadcast_to(metallic, shape)), 0.0, 1.0),
        clearcoat,
    )
    return Part(name, points, closing, skin)  # type: ignore[arg-type]


def lathe(along: Sequence[float] | Floats, radius: Sequence[float] | Floats, around: int,
          shape: Floats | None = None) -> Floats:  # fmt: skip
    """A solid turned about x (around, U, 3), a rod; `radius` is 0 at both ends.

    `shape` (around,) or (around, U) scales the radius: six-sided pencils, threads, crimped caps.
    """
    a = np.linspace(0, 2 * np.pi, around, endpoint=False)[:, None]
    scale = np.ones((around, 1)) if shape is None else shape.reshape(around, -1)
    r = np.asarray(radius)[None] * scale
    x = np.broadcast_to(np.asarray(along)[None], r.shape)
    return np.stack([x, r * np.cos(a), r * np.sin(a)], -1)


def slab(long: float, wide: float, thick: float, columns: int, rows: int) -> Floats:
    """A flat box (2·rows + 4, columns + 4, 3), a rod along x; its first `rows` rows are the top, from +y on.

    The texels of its top are as evenly spaced as a picture's.
    """
    bevel = min(0.3 * thick, 0.02 * wide)
    y = np.linspace(wide / 2 - bevel, -wide / 2 + bevel, rows)
    section = np.concatenate(
        [
            np.stack([y, np.full(rows, thick)], -1),
            [[-wide / 2, thick - bevel], [-wide / 2, bevel]],
            np.stack([y[::-1], np.zeros(rows)], -1),
            [[wide / 2, bevel], [wide / 2, thick - bevel]],
        ]
    )
    x = np.linspace(-long / 2 + bevel, long / 2 - bevel, columns)
    x = np.concatenate([[-long / 2, -long / 2], x, [long / 2, long / 2]])
    middle = np.array([0, thick / 2])
    scale = np.ones(columns + 4)
    scale[0] = scale[-1] = 0
    inset = np.where((np.arange(columns + 4) == 1) | (np.arange(columns + 4) == columns + 2), bevel, 0)
    shrunk = np.stack([1 - 2 * inset / wide, 1 - 2 * inset / thick], -1) * scale[:, None]
    yz = middle + (section - middle)[:, None] * shrunk[None]
    return np.concatenate([np.broadcast_to(x[None, :, None], (*yz.shape[:2], 1)), yz], -1)


def on_slab(picture: Floats, back: Floats | tuple[float, float, float]) -> Floats:
    """Colour of a slab whose top is `picture` (rows, columns, 3); its sides and bottom are `back`."""
    rows, columns = picture.shape[:2]
    colour = np.empty((2 * rows + 4, columns + 4, 3), np.float32)
    colour[:] = single(back)
    colour[:rows, 2:-2] = picture
    colour[:rows, 1], colour[:rows, -2] = picture[:, 0], picture[:, -1]
    return colour


def strand(paths: Floats, radius: Floats | float, around: int = 6) -> Floats:
    """N wires (N, C, 3) as one rod (around, N·C, 3): it shrinks to nothing between them.

    `radius` is one number or (N, C).
    """
    count, steps, _ = paths.shape
    tangent = np.gradient(paths, axis=1)
    tangent /= np.linalg.norm(tangent, axis=-1, keepdims=True) + 1e-12
    hint = np.array([0.12, 0.07, 1.0])
    out = hint - np.sum(hint * tangent, -1, keepdims=True) * tangent
    out /= np.linalg.norm(out, axis=-1, keepdims=True) + 1e-12
    across = np.cross(tangent, out)
    thick = np.broadcast_to(radius, (count, steps)).copy()
    thick[:, 0] = thick[:, -1] = 0
    a = np.linspace(0, 2 * np.pi, around, endpoint=False)[:, None, None, None]
    ring = np.cos(a) * across[None] + np.sin(a) * out[None]
    return np.asarray((paths[None] + thick[None, ..., None] * ring).reshape(around, count * steps, 3))


def grains(at: Floats, size: Floats, rng: Random, steps: int = 8, around: int = 7) -> Floats:
    """N lumps (around, N·steps, 3) with middles `at` (N, 3) and half axes `size` (N, 3): one rod."""
    t = np.linspace(0, np.pi, steps)
    axis = rng.normal(0, 1, (len(at), 3)) * [1, 1, 0.3]
    axis /= np.linalg.norm(axis, axis=1, keepdims=True) + 1e-9
    side = np.cross(axis, [0.1, 0.05, 1.0])
    side /= np.linalg.norm(side, axis=1, keepdims=True) + 1e-9
    up = np.cross(axis, side)
    a = np.linspace(0, 2 * np.pi, around, endpoint=False)[:, None, None, None]
    ring = np.sin(t)
    ring[0] = ring[-1] = 0
    ring = ring[None, None, :, None]
    long = -np.cos(t)[None, None, :, None] * (axis * size[:, :1])[None, :, None]
    wide = ring * np.cos(a) * (side * size[:, 1:2])[None, :, None]
    high = ring * np.sin(a) * (up * size[:, 2:])[None, :, None]
    return np.asarray((at[None, :, None] + long + wide + high).reshape(around, -1, 3))


def blade(
    half_width: Floats, long: float, thick: float, rows: int, columns: int
) -> tuple[Floats, Floats, Floats]:
    """A leaf or petal along x from 0 to `long`: a ball, and each vertex's s (0–1 along), w (-1–1 across).

    `half_width` (N,) is its half width in cm from base to tip.
    """
    a = np.linspace(0, 2 * np.pi, columns, endpoint=False)
    points = disc(np.stack([np.cos(a), np.sin(a)], -1), thick, rows)
    s = (np.clip(points[..., 0], -1, 1) + 1) / 2
    chord = np.sqrt(np.clip(1 - np.clip(points[..., 0], -1, 1) ** 2, 1e-9, 1))
    w = np.clip(points[..., 1] / chord, -1, 1)
    place = np.linspace(0, 1, len(half_width))
    points[..., 0] = s * long
    points[..., 1] = w * np.interp(s, place, half_width)
    return points, s, w


def on_blade(s: Floats, w: Floats, cells: tuple[float, float], rng: Random, octaves: int = 2) -> Floats:
    """Noise that both sides of a blade share; `cells` features fit across and along."""
    picture = noise2((96, 96), cells, rng, octaves)
    return np.asarray(cv2.remap(picture, single(95 * s), single(47.5 * (w + 1)), cv2.INTER_LINEAR))
