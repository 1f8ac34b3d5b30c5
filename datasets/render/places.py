"""Where the piece lies: grounds of wood, cloth, stone, paper, metal, leather."""

import cv2
import numpy as np

from datasets.render.grounds import GROUNDS, SIZE, SQUARE
from datasets.render.noise import Random, noise2, single, smoothstep
from datasets.render.shapes import Part, Skin


def ground(name: str, tile_cm: float, rng: Random) -> Part:
    """The ground as a sheet in z = 0 (its highest points), ten tiles wide, mirrored beyond the middle one."""
    colour, height, roughness = GROUNDS[name](rng)
    # Rows of a picture run down, y runs up: without this, print would be read in a mirror.
    colour, height = colour[::-1], np.ascontiguousarray(np.broadcast_to(height, SQUARE)[::-1])
    colour = colour * single(1 + 0.12 * noise2(SQUARE, (3, 3), rng, 2))[..., None]
    inner = np.linspace(-0.5, 0.5, 300)
    outer = 0.5 * 20 ** np.linspace(0.05, 1, 16)
    axis = np.concatenate([-outer[::-1], inner, outer])
    x, y = np.meshgrid(axis, axis)
    tex = np.abs((np.stack([x, y], -1) + 0.5 + 40) % 2 + 1e-9)
    tex = np.where(tex > 1, 2 - tex, tex)
    relief_cm = {"cloth": 0.05, "kitenge": 0.03, "wood": 0.03, "stone": 0.05}.get(name, 0.015) * min(
        1, tile_cm / 12
    )
    sampled = cv2.remap(
        single(height),
        single(tex[..., 0] * (SIZE - 1)),
        single(tex[..., 1] * (SIZE - 1)),
        cv2.INTER_LINEAR,
    )
    folds = np.zeros(x.shape)
    if name in ("cloth", "kitenge", "leather"):
        wave = cv2.GaussianBlur(single(noise2(x.shape, (5, 3), rng, 1)), (0, 0), 8)
        reach = smoothstep(0.12, 0.4, single(np.hypot(x, y)))
        folds = reach * tile_cm * 0.04 * np.abs(wave)
    z = relief_cm * (sampled - 1) + folds
    points = np.stack([x * tile_cm, y * tile_cm, z], -1)
    uv = np.stack([x + 0.5, y + 0.5], -1)
    rough = np.full(SQUARE, roughness, np.float32) + 0.08 * single(noise2(SQUARE, (8, 8), rng, 3))
    metallic = np.full(SQUARE, 1.0 if name == "bench" else 0.0, np.float32)
    skin = Skin(np.clip(colour, 0.002, 0.95).astype(np.float32), np.clip(rough, 0.12, 1), metallic)
    return Part("ground", points, "open", skin, uv=uv)
