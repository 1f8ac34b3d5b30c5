"""All of a photo in other texture and colours: training photos that nobody rendered.

    photo_hwc = strange_filter(photo_hwc, random)

A renderer's grain and sharpness are its own; what is learnt from them says nothing of a phone's.
"""

import cv2
import numpy as np

from models.preprocess import PhotoArray


def strange_filter(photo_hwc: PhotoArray, random: np.random.Generator) -> PhotoArray:
    """Other texture and colours of the same shapes: a random 3 × 3 filter over all channels, mixed in.

    The mean and spread of the whole photo stay. Source: Xu et al., "Robust and Generalizable Visual
    Representation Learning via Random Convolutions", 2021 (RandConv with mixing).

    Args:
        photo_hwc: (h, w, 3) uint8 RGB.
    """
    weights = random.normal(0, 1, (3, 3, 3, 3)).astype(np.float32)
    photo = photo_hwc.astype(np.float32)
    made = np.stack([sum(cv2.filter2D(photo[..., c], -1, w[c]) for c in range(3)) for w in weights], -1)
    made = (made - made.mean()) / (made.std() + 1e-3) * photo.std() + photo.mean()
    share = np.float32(random.uniform(0.1, 0.7))
    return np.asarray(np.clip((1 - share) * photo + share * made, 0, 255), np.uint8)
