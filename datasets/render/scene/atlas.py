"""All closed parts of a scene as one mesh with one skin.

Mitsuba compiles a kernel for every new mixture of meshes and textures, which took longer than the rays. With
one mesh for whatever lies on the ground, every scene has the same mixture.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ubora.datasets.render.noise import Floats
from ubora.datasets.render.shapes import Part, faces, normals, with_seams

WIDTH = 1024
"""Texels across; no part is wider."""


@dataclass(frozen=True)
class Atlas:
    """Mesh (points, normals, uv, triangles) and skin (H, WIDTH, …) of many parts, and whose each texel is."""

    points: Floats
    normals: Floats
    uv: Floats
    triangles: NDArray[np.uint32]
    colour: Floats
    roughness: Floats
    metallic: Floats
    clearcoat: Floats
    part: NDArray[np.int32]
    """(H, WIDTH): index of the part that owns the texel, -1 for none."""
    row: NDArray[np.int32]
    column: NDArray[np.int32]


def build(parts: list[Part], indices: list[int]) -> Atlas:
    """The atlas of `parts`, which are called by `indices` in its map; texel (0, 0) belongs to nobody."""
    tiles = [with_seams(part.skin.roughness, part.closing).shape for part in parts]
    corners, height = _shelves(tiles)
    colour = np.zeros((height, WIDTH, 3), np.float32)
    rough, metal, coat = (np.zeros((height, WIDTH), np.float32) for _ in range(3))
    owner = np.full((height, WIDTH), -1, np.int32)
    row, column = np.zeros_like(owner), np.zeros_like(owner)
    points, directions, uvs, triangles = [], [], [], []
    first = 0
    for part, index, (rows, columns), (top, left) in zip(parts, indices, tiles, corners, strict=True):
        here = np.s_[top : top + rows, left : left + columns]
        own_rows, own_columns = part.skin.roughness.shape
        colour[here] = with_seams(part.skin.colour, part.closing)
        rough[here] = with_seams(part.skin.roughness, part.closing)
        metal[here] = with_seams(part.skin.metallic, part.closing)
        coat[here] = part.skin.clearcoat
        owner[here] = index
        v, u = np.mgrid[0:rows, 0:columns]
        row[here], column[here] = v % own_rows, u % own_columns
        full, faced = faces(part.points, part.closing)
        points.append(full.reshape(-1, 3))
        directions.append(with_seams(normals(part.points, part.closing), part.closing).reshape(-1, 3))
        uvs.append(np.stack([(u + left + 0.5) / WIDTH, (v + top + 0.5) / height], -1).reshape(-1, 2))
        triangles.append(faced + np.uint32(first))
        first += rows * columns
    return Atlas(
        np.concatenate(points), np.concatenate(directions), np.concatenate(uvs), np.concatenate(triangles),
        colour, rough, metal, coat, owner, row, column,
    )  # fmt: skip


def _shelves(tiles: list[tuple[int, ...]]) -> tuple[list[tuple[int, int]], int]:
    """Where each (rows, columns) tile goes, (top, left), tallest first on shelves; and the height."""
    corners = [(0, 0)] * len(tiles)
    top, left, tall = 1, 0, 0
    for i in sorted(range(len(tiles)), key=lambda i: -tiles[i][0]):
        rows, columns = tiles[i]
        if left + columns > WIDTH:
            top, left, tall = top + tall, 0, 0
        corners[i] = (top, left)
        left, tall = left + columns, max(tall, rows)
    return corners, top + tall
