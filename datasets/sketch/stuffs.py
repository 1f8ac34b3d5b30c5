"""What sketched pieces are made of: brass and its kin, stone, glass, pearl, wood, clay."""

import cv2
import numpy as np

from datasets.render.noise import Random, single
from datasets.sketch.relief import Skin

METALS = ((0.82, 0.58, 0.24), (0.9, 0.72, 0.36), (0.75, 0.74, 0.72), (0.72, 0.42, 0.3), (0.2, 0.19, 0.18))


def metal(random: Random) -> Skin:
    """Brass, gold, silver, copper or blackened silver; polished to worn."""
    colour = single(METALS[int(random.integers(len(METALS)))]) * single(random.uniform(0.9, 1.08, 3))
    return Skin(
        np.clip(colour, 0, 1), 1.0, float(random.uniform(0.05, 0.6)), grain=float(random.uniform(0, 0.2))
    )


def stuff(random: Random) -> Skin:
    """Of a bead: stone, glass, pearl, wood or bone, clay, metal."""
    kind = int(random.integers(6))
    hue = single(cv2.cvtColor(single([[[random.uniform(0, 360), random.uniform(0.3, 0.95), 1]]]),
                              cv2.COLOR_HSV2RGB)[0, 0])  # fmt: skip
    if kind == 0:
        return Skin(hue * random.uniform(0.05, 0.6), 0, 0.15, 0.0, float(random.uniform(0.1, 0.8)))
    if kind == 1:
        return Skin(hue * random.uniform(0.3, 0.9), 0, 0.03, float(random.uniform(0.4, 1.0)))
    if kind == 2:
        return Skin(single((0.85, 0.8, 0.74)) * single(random.uniform(0.85, 1.1, 3)), 0.15, 0.3, 0.1)
    if kind == 3:
        tone = random.uniform(0, 1)
        colour = single((0.1, 0.05, 0.02)) * (1 - tone) + single((0.75, 0.6, 0.4)) * tone
        return Skin(single(colour), 0, float(random.uniform(0.3, 0.9)), 0.0, float(random.uniform(0.1, 0.6)))
    if kind == 4:
        return Skin(hue * random.uniform(0.1, 0.7), 0, float(random.uniform(0.2, 0.9)))
    return metal(random)
