"""What a phone in a hand does to a photo, done to training photos; masks move with the pixels.

    augmenter = Augmenter(recipe.augment)
    photo_hwc, masks = augmenter(photo_hwc, masks, seed=17)

The only file that touches albumentations. The same seed gives the same photo, whatever process runs it.
"""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.preprocess import FILL, PhotoArray
from training.recipe import Augment

MaskArray = NDArray[np.uint8]


class Augmenter:
    """One strength setting, ready to run. Not shared between threads: it is seeded before every photo."""

    def __init__(self, strength: Augment) -> None:
        self.strength = strength
        self._moving: Any = None
        self._standing: Any = None

    def __call__(
        self, photo_hwc: PhotoArray, masks: Sequence[MaskArray], *, seed: int, may_crop: bool = True
    ) -> tuple[PhotoArray, list[MaskArray]]:
        """Augment one photo.

        Args:
            photo_hwc: (size, size, 3) uint8 RGB, letterboxed.
            masks: (size, size) uint8 each, 0–255; moved exactly as the photo is.
            seed: the whole of the randomness.
            may_crop: False keeps every pixel in the frame, for a photo with a label but no place for it.
        """
        if self._moving is None:
            # Built late, so that a worker process builds its own.
            self._moving = _pipeline(self.strength, may_crop=True)
            self._standing = _pipeline(self.strength, may_crop=False)
        pipeline = self._moving if may_crop else self._standing
        pipeline.set_random_seed(seed)
        # A list of no masks is not accepted; one blank mask stands in for it.
        given = list(masks) or [np.zeros(photo_hwc.shape[:2], np.uint8)]
        done = pipeline(image=photo_hwc, masks=given)
        return np.ascontiguousarray(done["image"]), [np.asarray(m) for m in done["masks"][: len(masks)]]


def _pipeline(strength: Augment, *, may_crop: bool) -> Any:
    # Albumentations asks the network for its newest version when it is imported.
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
    import albumentations as A
    import cv2

    steps: list[Any] = []
    if strength.flips:
        steps += [A.HorizontalFlip(p=0.5), A.VerticalFlip(p=0.5)]
    if may_crop and (strength.rotate_degrees or strength.zoom or strength.shift):
        steps.append(
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
        )
    steps += _light(A, strength) + _camera(A, strength)
    # Seeded at each call; the seed here only keeps the constructor from drawing one of its own.
    return A.Compose(steps, seed=0)


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
