"""Light on a relief: what an environment sends to each slope, shadows, and the ground it lies on.

    lit = Lit.of(environment, random)
    radiance_hwc = lit.shaded(relief, sheet, relief_px)

One look-up a pixel instead of rays: a normal alone says what is mirrored, so no part mirrors another.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from datasets.render.canvas import Sheet
from datasets.render.light import HEIGHT, WIDTH
from datasets.render.noise import Floats, Random, single
from datasets.sketch.relief import Relief

_BALL = 48
"""Normals across the tables of what a slope receives."""


@dataclass(frozen=True)
class Lit:
    """What slopes receive from one environment, seen by one camera."""

    sharp: Floats
    """(HEIGHT, WIDTH, 3) radiance."""
    glossy: Floats
    """(_BALL, _BALL, 3) by normal: a broad lobe about the mirrored direction."""
    matt: Floats
    """(_BALL, _BALL, 3) by normal."""
    camera: Floats
    """(3, 3): from the relief's axes to those of the environment."""
    sun: Floats
    """(3,) towards the brightest of it, relief's axes; z is up."""
    sun_share: float
    """Of the light on level ground."""

    @staticmethod
    def of(environment: Floats, random: Random) -> "Lit":
        """Seen from up to 40° beside the vertical."""
        lean, turn = np.radians(random.uniform(0, 40)), random.uniform(0, 2 * np.pi)
        about_x = np.array([[1, 0, 0], [0, np.cos(lean), -np.sin(lean)], [0, np.sin(lean), np.cos(lean)]])
        about_z = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
        camera = single(about_z @ about_x)
        coarse = cv2.resize(environment, (48, 24), interpolation=cv2.INTER_AREA).reshape(-1, 3)
        theta = ((np.arange(24) + 0.5) / 24 * np.pi)[:, None]
        phi = ((np.arange(48) + 0.5) / 48 * 2 * np.pi)[None]
        ways = np.stack(
            np.broadcast_arrays(np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)), -1
        )
        ways = single(ways.reshape(-1, 3) @ camera)
        weight = np.broadcast_to(np.sin(theta), (24, 48)).reshape(-1, 1) * (np.pi / 24) * (2 * np.pi / 48)
        sent = single(coarse * weight)
        grid = (np.arange(_BALL) + 0.5) / _BALL * 2 - 1
        nx, ny = np.meshgrid(grid, grid)
        nz = np.sqrt(np.clip(1 - nx**2 - ny**2, 0.01, 1))
        normals = single(np.stack([nx, ny, nz], -1).reshape(-1, 3))
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        mirrored = 2 * normals[:, 2:] * normals - single([0, 0, 1])
        matt = np.maximum(normals @ ways.T, 0) @ sent / np.pi
        lobe = np.maximum(mirrored @ ways.T, 0) ** 12
        glossy = lobe @ sent / np.maximum((lobe * weight.T).sum(1, keepdims=True), 1e-6)
        above = sent.mean(1) * np.maximum(ways[:, 2], 0)
        best = int(np.argmax(above))
        near = (ways @ ways[best]) > 0.9
        shape = (_BALL, _BALL, 3)
        return Lit(
            environment, single(glossy.reshape(shape)), single(matt.reshape(shape)), camera, ways[best],
            float(above[near].sum() / max(above.sum(), 1e-6)),
        )  # fmt: skip

    def shaded(self, relief: Relief, sheet: Sheet, relief_px: float) -> Floats:
        """(side, side, 3) linear radiance.

        Args:
            sheet: the ground, of the relief's side.
            relief_px: how high the ground's own relief is.
        """
        side = relief.side
        ground = single(sheet.height) * relief_px
        height = np.where(relief.piece, relief.height + relief_px, ground).astype(np.float32)
        soft = cv2.GaussianBlur(height, (0, 0), 0.9)
        slope_y, slope_x = np.gradient(soft)
        steep = 1 / np.sqrt(slope_x**2 + slope_y**2 + 1)
        nx, ny = single(-slope_x * steep), single(-slope_y * steep)
        piece = relief.piece[..., None]
        colour = np.where(piece, relief.colour, sheet.colour)
        metal = np.where(relief.piece, relief.metal, sheet.metallic)[..., None]
        rough = np.where(relief.piece, relief.rough, sheet.roughness)[..., None]
        glass = (relief.glass * relief.piece)[..., None]
        open_sky = self._open(height, side)[..., None]
        shadow = self._shadow(height, side)[..., None]
        direct = 1 - self.sun_share * shadow
        matt = _table(self.matt, nx, ny) * open_sky * direct
        through = _table(self.matt, -nx, -ny)
        mirror = self._mirrored(nx, ny, side)
        mirror = mirror + (_table(self.glossy, nx, ny) - mirror) * np.clip(1.6 * rough, 0, 1)
        mirror = mirror * (0.4 + 0.6 * open_sky) * (1 - 0.7 * self.sun_share * shadow)
        edge = single(1 - steep)[..., None] ** 2
        coat = (0.04 + 0.35 * edge) * (1 - 0.8 * rough)
        body = colour * matt * (1 - 0.6 * glass) + glass * colour * (through * 1.2 + 0.2 * matt)
        return single((1 - metal) * (body + coat * mirror) + metal * colour * mirror)

    def _mirrored(self, nx: Floats, ny: Floats, side: int) -> Floats:
        """What a polished slope shows; the camera is near, so a flat face shows more than one point."""
        place = (np.arange(side, dtype=np.float32) / side - 0.5) * np.float32(0.16)
        nx, ny = np.clip(nx + place[None], -0.99, 0.99), np.clip(ny + place[:, None], -0.99, 0.99)
        nz = np.sqrt(np.clip(1 - nx * nx - ny * ny, 0.0, 1))
        x, y, z = 2 * nz * nx, 2 * nz * ny, 2 * nz * nz - 1
        turned = [self.camera[i, 0] * x + self.camera[i, 1] * y + self.camera[i, 2] * z for i in range(3)]
        theta = np.arccos(np.clip(turned[2], -1, 1)) / np.pi * HEIGHT - 0.5
        phi = (np.arctan2(turned[1], turned[0]) % (2 * np.pi)) / (2 * np.pi) * WIDTH - 0.5
        seen = cv2.remap(
            self.sharp, single(phi), single(theta), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return single(np.minimum(seen, 12.0))

    def _open(self, height: Floats, side: int) -> Floats:
        """0–1: how much of the sky a hollow still sees."""
        seen = np.ones_like(height)
        # Wide blurs need no more than a quarter of the pixels each way, and were a third of all time.
        coarse = cv2.resize(height, (side // 4, side // 4), interpolation=cv2.INTER_AREA)
        for reach in (side / 250, side / 60, side / 20):
            around = cv2.resize(cv2.GaussianBlur(coarse, (0, 0), reach / 4), (side, side))
            seen /= 1 + np.float32(1.1 / reach) * np.maximum(around - height, 0)
        return single(np.clip(seen, 0.12, 1))

    def _shadow(self, height: Floats, side: int) -> Floats:
        """0–1: what stands between a place and the brightest light."""
        flat = float(np.hypot(self.sun[0], self.sun[1]))
        climb = float(self.sun[2]) / max(flat, 0.05)
        hidden = np.zeros_like(height)
        steps = np.geomspace(2, side / 10, 9)
        for step in steps:
            move = single(
                [[1, 0, -step * self.sun[0] / max(flat, 1e-3)], [0, 1, -step * self.sun[1] / max(flat, 1e-3)]]
            )
            above = cv2.warpAffine(height, move, (side, side), borderMode=cv2.BORDER_REPLICATE)
            hidden = np.maximum(hidden, np.clip((above - step * climb - height) / 3, 0, 1))
        return single(cv2.GaussianBlur(hidden, (0, 0), side / 300))


def _table(table: Floats, nx: Floats, ny: Floats) -> Floats:
    x = single((nx + 1) / 2 * _BALL - 0.5)
    y = single((ny + 1) / 2 * _BALL - 0.5)
    return single(cv2.remap(table, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))
