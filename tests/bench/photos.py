"""Photos to measure with: as a phone's camera takes them, and as the phone's app sends them."""

import io

import cv2
import numpy as np
from PIL import Image

from tests import ROOT
from tests.imaging.odd_photos import DISPLAY_P3, as_if, profile_of, saved
from ubora.datasets.manifest import read_manifest

SAMPLE = ROOT / "datasets" / "sample"


def twelve_megapixels() -> bytes:
    """A photo of the sample enlarged to 4000 × 3000 with sensor-like noise, as a phone's JPEG."""
    manifest = read_manifest(SAMPLE)
    photo = cv2.imread(str(manifest.path(manifest.samples[0].file_name)))
    assert photo is not None
    large = np.asarray(cv2.resize(photo, (4000, 3000), interpolation=cv2.INTER_CUBIC), np.float32)
    noisy = np.clip(large + np.random.default_rng(0).normal(0, 4, large.shape), 0, 255).astype(np.uint8)
    encoded = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 90])[1]
    return encoded.tobytes()


def phone_sized(photo: bytes) -> bytes:
    """What the phone sends: 1280 px on the longer side."""
    decoded = cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    small = cv2.resize(decoded, (1280, 960), interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()


def in_display_p3(photo: bytes) -> bytes:
    """The same colours as an iPhone writes them, with its profile: the bound reads them as sRGB."""
    profile = profile_of(DISPLAY_P3)
    with Image.open(io.BytesIO(photo)) as opened:
        return saved(as_if(np.asarray(opened), profile), quality=85, icc_profile=profile)


def many(count: int) -> list[bytes]:
    """Different ones, 1280 × 960: of one photo sent again and again the service would look at all before."""
    manifest = read_manifest(ROOT / "datasets" / "rendered")
    sent = []
    for sample in manifest.samples[:: len(manifest.samples) // count][:count]:
        photo = cv2.imread(str(manifest.path(sample.file_name)))
        assert photo is not None
        large = cv2.resize(photo, (1280, 960), interpolation=cv2.INTER_CUBIC)
        sent.append(cv2.imencode(".jpg", large, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes())
    return sent
