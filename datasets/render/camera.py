"""The camera of a scene: a thin lens, and the four vectors that make rays of it."""

from dataclasses import dataclass

import numpy as np

from datasets.render.noise import Floats


@dataclass(frozen=True)
class Camera:
    """A thin lens looking from `eye` to `target` (cm, z up)."""

    eye: tuple[float, float, float]
    target: tuple[float, float, float]
    up: tuple[float, float, float]
    field_deg: float
    aperture_cm: float

    @property
    def distance_cm(self) -> float:
        """From the eye to the target, where the lens is focused."""
        return float(np.linalg.norm(np.subtract(self.target, self.eye)))

    def frame(self) -> tuple[Floats, Floats, Floats]:
        """Forward, right and up, each (3,); right and up reach to the edge of a picture at distance 1."""
        forward = np.subtract(self.target, self.eye) / self.distance_cm
        right = np.cross(forward, self.up)
        right = right / np.linalg.norm(right)
        half = np.tan(np.radians(self.field_deg / 2))
        return forward, right * half, np.cross(right, forward) * half
