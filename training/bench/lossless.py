"""Photos as bytes that lose nothing, so that what is compared differs in what was done to it alone.

judge.predict(png(photo_hwc))
"""

import itertools

import cv2
import numpy as np

from ubora.models.inference.preprocess import PhotoArray


def png(photo_hwc: PhotoArray) -> bytes:
    """(h, w, 3) uint8 RGB → a PNG file."""
    bgr = cv2.cvtColor(np.ascontiguousarray(photo_hwc), cv2.COLOR_RGB2BGR)
    return cv2.imencode(".png", bgr)[1].tobytes()


def mirrored(photo_hwc: PhotoArray) -> list[bytes]:
    """The four ways of holding a photo against a mirror, the photo itself first."""
    return [png(photo_hwc[::down, ::across]) for down, across in itertools.product((1, -1), (1, -1))]
