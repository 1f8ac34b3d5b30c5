"""What a phone in a hand does to a photo, done to training photos; masks move with the pixels.

    augmenter = Augmenter(recipe.augment)
    photo_hwc, masks = augmenter.moved(photo_hwc, masks, seed=17)      # distance, turn, what covers it
    photo_hwc = augmenter.lit(photo_hwc, seed=17)                      # light, lens, sensor, JPEG

The only file that touches albumentations. The same seed gives the same photo, whatever process runs it.
"""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ubora.models.inference.preprocess import FILL, PhotoArray
from ubora.training.knobs import Augment

MaskArray = NDArray[np.uint8]


class Augmenter:
    """One strength setting, ready to run. Not shared between threads: it is seeded before every photo."""

    def __init__(self, strength: Augment) -> None:
        self.strength = strength
        self._pipelines: dict[str, Any] = {}

    def moved(
        self, photo_hwc: PhotoArray, masks: Sequence[MaskArray], *, seed: int, may_crop: bool = True
    ) -> tuple[PhotoArray, list[MaskArray]]:
        """Turn, shift and zoom one photo, and cover a part of it as fingers do.

        Args:
            photo_hwc: (size, size, 3) uint8 RGB, letterboxed.
            masks: (size, size) uint8 each, 0–255; moved exactly as the photo is.
            seed: the whole of the randomness.
            may_crop: False keeps every pixel in the frame, for a photo with a label but no place for it.
        """
        # A list of no masks is not accepted; one blank mask stands in for it.
        given = list(masks) or [np.zeros(photo_hwc.shape[:2], np.uint8)]
        done = self._pipeline("moved" if may_crop else "kept", seed)(image=photo_hwc, masks=given)
        return np.ascontiguousarray(done["image"]), [np.asarray(m) for m in done["masks"][: len(masks)]]

    def lit(self, photo_hwc: PhotoArray, *, seed: int) -> PhotoArray:
        """Change light, lens, sensor and JPEG of one photo, (h, w, 3) uint8 RGB of any size."""
        return np.ascontiguousarray(self._pipeline("lit", seed)(image=photo_hwc)["image"])

    def _pipeline(self, name: str, seed: int) -> Any:
        if not self._pipelines:
            # Built late, so that a worker process builds its own.
            self._pipelines = _pipelines(self.strength)
        self._pipelines[name].set_random_seed(seed)
        return self._pipelines[name]


def _pipelines(strength: Augment) -> dict[str, Any]:
    # Albumentations asks the network for its newest version when it is imported.
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
    import albumentations as A

    flips = [A.HorizontalFlip(p=0.5), A.VerticalFlip(p=0.5)] if strength.flips else []
    steps = {
        "moved": [*flips, *_movement(A, strength), *_cover(A, strength)],
        "kept": flips,
        "lit": _light(A, strength) + _camera(A, strength),
    }
    # Seeded at each call; the seed here only keeps the constructor from drawing one of its own.
    return {name: A.Compose(own, seed=0) for name, own in steps.items()}


def _movement(A: Any, strength: Augment) -> list[Any]:  # noqa: N803  its customary name
    if not (strength.rotate_degrees or strength.zoom or strength.shift):
        return []
    import cv2

    return [
        A.Affine(
            scale=(1 / (1 + strength.zoom), 1 + strength.zoom),
            translate_percent=(-strength.shift, strength.shift),
            rotate=(-strength.rotate_degrees, strength.rotate_degrees),
            interpolation=cv2.INTER_LINEAR,
            mask_interpolation=cv2.INTER_LINEAR,
            fill=FILL,
            fill_mask=0,
            p=0.8,
        )
    ]


def _cover(A: Any, strength: Augment) -> list[Any]:  # noqa: N803  its customary name
    if not strength.cover:
        return []
    sides = (0.04, 0.14)
    return [
        A.CoarseDropout(
            num_holes_range=(1, 3),
            hole_height_range=sides,
            hole_width_range=sides,
            fill="random_uniform",
            fill_mask=0,
            p=strength.cover,
        )
    ]


def _light(A: Any, strength: Augment) -> list[Any]:  # noqa: N803  its customary name
    steps: list[Any] = []
    if strength.light:
        gamma = (round(100 / (1 + strength.light)), round(100 * (1 + strength.light)))
        steps.append(
            A.OneOf(
                [
                    A.RandomBrightnessContrast(strength.light, strength.light, p=1),
                    A.RandomGamma(gamma_limit=gamma, p=1),
                ],
                p=0.7,
            )
        )
    if strength.white_balance:
        limit = strength.white_balance
        steps.append(A.RGBShift(limit, limit, limit, p=0.5))
    if strength.shadow:
        steps.append(A.RandomShadow((0, 0, 1, 1), shadow_intensity_range=(0.2, 0.5), p=strength.shadow))
    return steps


def _camera(A: Any, strength: Augment) -> list[Any]:  # noqa: N803  its customary name
    steps: list[Any] = []
    if strength.blur_px:
        steps.append(A.GaussianBlur(blur_limit=0, sigma_limit=(0.2, strength.blur_px), p=0.3))
    if strength.noise:
        # One noise field at half size costs a quarter and looks more like a demosaiced sensor's.
        steps.append(
            A.GaussNoise(std_range=(strength.noise / 4, strength.noise), noise_scale_factor=0.5, p=0.3)
        )
    if strength.jpeg_quality:
        steps.append(A.ImageCompression("jpeg", (strength.jpeg_quality, 95), p=0.4))
    return steps
