"""The camera of a scene: a thin lens, and the four vectors that make rays of it."""

from dataclasses import dataclass

import numpy as np

from ubora.datasets.render.noise import Floats


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

    def seen_at(self, points: Floats) -> Floats:
        """Where points (N, 3) appear: x to the right and y down (N, 2), -1 to 1 inside the picture."""
        forward, right, up = self.frame()
        away = points - np.asarray(self.eye)
        deep = np.maximum(away @ forward, 1e-6)
        return np.asarray(
            np.stack([away @ right / (right @ right), -(away @ up) / (up @ up)], -1) / deep[:, None]
        )

    def frame(self) -> tuple[Floats, Floats, Floats]:
        """Forward, right and up, each (3,); right and up reach to the edge of a picture at distance 1."""
        forward = np.subtract(self.target, self.eye) / self.distance_cm
        right = np.cross(forward, self.up)
        right = right / np.linalg.norm(right)
        half = np.tan(np.radians(self.field_deg / 2))
        return forward, right * half, np.cross(right, forward) * half
