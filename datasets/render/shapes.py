"""Closed surfaces as grids of points: swept rings and rods, outlined discs, balls.

A grid has rows v and columns u; everything known of the surface (colour, height, defect footprint) is a grid
of the same shape, so a texel is a vertex and a mask is exact.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ubora.datasets.render.noise import Bools, Floats, single

Closing = Literal["ring", "rod", "ball", "open"]
"""ring: both ways round; rod: v round, u ends in points; ball: u round, v ends in points; open: a sheet."""

Role = Literal["body", "bead", "link", "wire", "inset", "finding", "cord"]


@dataclass(frozen=True)
class Skin:
    """What the surface looks like: linear colour (V, U, 3), roughness and metallic (V, U), all 0–1."""

    colour: Floats
    roughness: Floats
    metallic: Floats
    clearcoat: float = 0.0


@dataclass(frozen=True)
class Part:
    """One closed surface of a piece or a place. `wall_cm` bounds how deep anything may be pressed into it."""

    name: str
    points: Floats
    """(V, U, 3) in cm."""
    closing: Closing
    skin: Skin
    wall_cm: float = 0.1
    footprints: dict[int, Bools] = field(default_factory=dict)
    """For each defect, by its number, where on this grid (V, U) it lies."""
    uv: Floats | None = None
    """(V, U, 2) where texel and vertex differ; only for the ground."""
    stuff: str = "brass"
    """What a piece's part is made of: brass, horn, bone, wood, ceramic, cord."""
    role: Role = "body"
    group: str = ""
    """Parts of one group can be lost together (a bead, a rivet, a link); empty: cannot be lost."""
    inlay: NDArray[np.int16] | None = None
    """(V, U): number of the inlaid tile that a texel belongs to, 0 for none."""

    def moved(self, matrix: Floats, offset: Floats) -> "Part":
        """The part turned by a (3, 3) matrix, then shifted by (3,) cm."""
        return replace(self, points=self.points @ np.asarray(matrix).T + offset)


def plain_skin(
    shape: tuple[int, int], colour: tuple[float, float, float], roughness: float, metallic: float = 0.0
) -> Skin:
    """One colour (linear) everywhere on a (V, U) grid."""
    return Skin(
        np.broadcast_to(single(colour), (*shape, 3)).copy(),
        np.full(shape, roughness, np.float32),
        np.full(shape, metallic, np.float32),
    )


def normals(points: Floats, closing: Closing) -> Floats:
    """Outward unit normals (V, U, 3) of a grid."""
    du = _difference(points, 1, closing in ("ring", "ball"))
    dv = _difference(points, 0, closing in ("ring", "rod"))
    n = np.cross(du, dv)
    if closing != "open" and float(np.sum(n * (points - points.mean((0, 1))))) < 0:
        n = -n
    n /= np.linalg.norm(n, axis=-1, keepdims=True) + 1e-12
    if closing == "rod":
        n[:, 0], n[:, -1] = _mean_direction(n[:, 1]), _mean_direction(n[:, -2])
    if closing == "ball":
        n[0], n[-1] = _mean_direction(n[1]), _mean_direction(n[-2])
    return n


def faces(points: Floats, closing: Closing) -> tuple[Floats, NDArray[np.uint32]]:
    """The grid with its seams repeated (V', U', 3), and triangles (F, 3) into it, wound outward."""
    full = with_seams(points, closing)
    rows, cols = full.shape[:2]
    index = np.arange(rows * cols, dtype=np.uint32).reshape(rows, cols)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    triangles = np.concatenate([np.stack([a, b, c], -1), np.stack([a, c, d], -1)]).reshape(-1, 3)
    du = _difference(points, 1, closing in ("ring", "ball"))
    dv = _difference(points, 0, closing in ("ring", "rod"))
    if closing != "open" and float(np.sum(np.cross(du, dv) * (points - points.mean((0, 1))))) < 0:
        triangles = triangles[:, ::-1]
    return full, triangles


def with_seams(grid: Floats, closing: Closing) -> Floats:
    """The grid (V, U, …) with its first column and row repeated at the end where it closes on itself."""
    if closing in ("ring", "ball"):
        grid = np.concatenate([grid, grid[:, :1]], 1)
    if closing in ("ring", "rod"):
        grid = np.concatenate([grid, grid[:1]], 0)
    return grid


def profile(width: float, height: float, power: float, count: int, dome: float = 0.0) -> Floats:
    """A closed superellipse (count, 2), evenly spaced; `dome` 0–1 flattens its inner, lower side."""
    t = np.linspace(0, 2 * np.pi, 2048, endpoint=False)
    c, s = np.cos(t), np.sin(t)
    x = np.sign(c) * np.abs(c) ** (2 / power) * width / 2
    y = np.sign(s) * np.abs(s) ** (2 / power) * height / 2
    y = np.where(y < 0, y * (1 - 0.8 * dome), y)
    closed = np.stack([np.append(x, x[0]), np.append(y, y[0])], -1)
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    at = np.linspace(0, along[-1], count, endpoint=False)
    return np.stack([np.interp(at, along, closed[:, i]) for i in range(2)], -1)


def sweep(
    path: Floats, out: Floats, section: Floats, wide: Floats, thick: Floats, closed: bool = False
) -> Floats:
    """A section (V, 2) carried along a path (U, 3): grid (V, U, 3).

    `out` (U, 3) is the direction of the section's second axis; `wide` and `thick` (U,) scale its two axes;
    a `closed` path returns to its start.
    """
    tangent = _difference(path, 0, closed)
    across = np.cross(tangent, out)
    across /= np.linalg.norm(across, axis=1, keepdims=True) + 1e-12
    return (
        path[None]
        + (section[:, 0, None] * wide)[..., None] * across[None]
        + (section[:, 1, None] * thick)[..., None] * out[None]
    )


def capped(count: int, cap: float) -> Floats:
    """A scale (count,) that is 1 and falls round to 0 at both ends over a share `cap` of the length."""
    t = np.linspace(0, 1, count)
    near = np.clip(np.minimum(t, 1 - t) / cap, 0, 1)
    return np.sqrt(1 - (1 - near) ** 2)


def rod(
    path: Floats,
    radius_cm: float,
    around: int = 16,
    up: tuple[float, float, float] | Floats = (0, 0, 1),
    closed: bool = False,
) -> Floats:
    """A round wire (around, U, 3) along a path (U, 3); an open one's ends are rounded shut.

    `up` (3,) or (U, 3) may not run along the wire; a helix needs the way out from its axis.
    """
    tangent = _difference(path, 0, closed)
    tangent = tangent / (np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-12)
    hint = np.broadcast_to(np.asarray(up, float), tangent.shape)
    near = np.abs(np.sum(hint * tangent, 1)) > 0.95
    hint = np.where(near[:, None], np.array([0.83, 0.55, 0.1]), hint)
    out = np.cross(np.cross(tangent, hint), tangent)
    out /= np.linalg.norm(out, axis=1, keepdims=True) + 1e-12
    section = profile(2 * radius_cm, 2 * radius_cm, 2, around)
    if closed:
        return sweep(path, out, section, np.ones(len(path)), np.ones(len(path)), True)
    length = float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())
    scale = capped(len(path), min(0.5, max(1.5 * radius_cm / length, 2.5 / len(path))))
    return sweep(path, out, section, scale, scale)


def ball(radii_cm: tuple[float, float, float], rows: int, cols: int, power: float = 2.0) -> Floats:
    """An ellipsoid grid (rows, cols, 3) with its poles on z; power above 2 makes a barrel."""
    polar = np.linspace(0, np.pi, rows)[:, None]
    turn = np.linspace(0, 2 * np.pi, cols, endpoint=False)[None]
    ring = np.abs(np.sin(polar)) ** (2 / power)
    ring[0], ring[-1] = 0, 0
    z = np.sign(np.cos(polar)) * np.abs(np.cos(polar)) ** (2 / power)
    return np.stack(
        [
            radii_cm[0] * ring * np.cos(turn),
            radii_cm[1] * ring * np.sin(turn),
            radii_cm[2] * z * np.ones_like(turn),
        ],
        -1,
    )


def shut(points: Floats, closing: Closing) -> Floats:
    """The grid with its ends drawn together again after displacement, so that nothing opens."""
    points = points.copy()
    if closing == "rod":
        points[:, 0], points[:, -1] = points[:, 0].mean(0), points[:, -1].mean(0)
    if closing == "ball":
        points[0], points[-1] = points[0].mean(0), points[-1].mean(0)
    return points


def disc(edge: Floats, thick_cm: float, face_rows: int, dome_cm: float = 0.0) -> Floats:
    """A closed plate (V, U, 3) with outline `edge` (U, 2): upper face, rounded rim, lower face."""
    share = np.linspace(0, 1, face_rows)
    rim = np.linspace(0, np.pi, 18)[1:-1]
    half, soft = thick_cm / 2, thick_cm / 2 / float(np.abs(edge).max())
    reach = np.concatenate([share * (1 - soft), 1 - soft + soft * np.sin(rim), (share * (1 - soft))[::-1]])
    z = np.concatenate([np.full(face_rows, half), half * np.cos(rim), np.full(face_rows, -half)])
    z = z + dome_cm * (1 - np.clip(reach, 0, 1) ** 2)
    return np.concatenate(
        [reach[:, None, None] * edge[None], np.broadcast_to(z[:, None, None], (len(z), len(edge), 1))], -1
    )


def turn(axis: Literal["x", "y", "z"], degrees: float) -> Floats:
    """A (3, 3) rotation."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    matrix = np.eye(3)
    matrix[i, i] = matrix[j, j] = c
    matrix[i, j], matrix[j, i] = -s, s
    return matrix


def _difference(points: Floats, axis: int, wraps: bool) -> Floats:
    if wraps:
        return np.roll(points, -1, axis) - np.roll(points, 1, axis)
    return np.gradient(points, axis=axis)


def _mean_direction(n: Floats) -> Floats:
    mean = n.mean(0)
    return np.asarray(mean / (np.linalg.norm(mean) + 1e-12))
