"""The same photos as another phone, hand or network would have sent them: how often does the verdict change?

    found = robustness(judge, manifest, judged, policy, photos=200)
    found["changes"]["turned by 90°"]["changed"]      # a share with its interval

Costs a judgement for every change and photo, so it is asked for: `ubora train evaluate … --robustness 200`.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from ubora.datasets.manifest import Manifest
from ubora.models.inference.preprocess import MIN_SIDE_PX, PhotoArray, decode_photo
from ubora.training.calibration.thresholds import Policy
from ubora.training.evaluation.slices import count_decisions, outcomes, share
from ubora.training.scoring.predictions import Predictor, Scored

PHOTOS = 200
_GAMMA = 2.2
"""Of a display, near enough to sRGB's curve for a stop of light."""


def robustness(
    predictor: Predictor, manifest: Manifest, judged: Sequence[Scored], policy: Policy, photos: int = PHOTOS
) -> dict[str, Any]:
    """Verdicts of changed photos beside those of the same photos as they are.

    Args:
        judged: photos labelled for defects and good enough; every n-th is taken, at most `photos`.

    Returns:
        `photos`; `as_they_are`: escape, false flag and retake; `changes`: for each of CHANGES the same, and
        `changed`: the share of photos with another verdict.
    """
    chosen = list(judged)[:: max(1, -(-len(judged) // photos))]
    defective = [bool(s.sample.defects) for s in chosen]
    before = outcomes(chosen, policy)
    said: dict[str, list[str]] = {name: [] for name in CHANGES}
    for item in tqdm(chosen, desc="changing", disable=not sys.stderr.isatty()):
        photo_hwc = decode_photo(manifest.path(item.sample.file_name).read_bytes())
        for name, change in CHANGES.items():
            prediction = predictor.predict(change(photo_hwc))
            said[name].append(policy.outcome(prediction, detail=item.sample.view == "detail"))
    return {
        "photos": len(chosen),
        "as_they_are": count_decisions(defective, before),
        "changes": {
            name: count_decisions(defective, after)
            | {"changed": share(sum(a != b for a, b in zip(after, before, strict=True)), len(before))}
            for name, after in said.items()
        },
    }


def _jpeg(photo_hwc: PhotoArray) -> bytes:
    return _encoded(photo_hwc, ".jpg", (cv2.IMWRITE_JPEG_QUALITY, 50))


def _light(stops: float) -> Callable[[PhotoArray], bytes]:
    levels = np.clip((np.arange(256) / 255) ** _GAMMA * 2**stops, 0, 1) ** (1 / _GAMMA) * 255
    table = np.round(levels).astype(np.uint8)
    return lambda photo_hwc: _lossless(table[photo_hwc])


def _quarter_turn(photo_hwc: PhotoArray) -> bytes:
    return _lossless(np.ascontiguousarray(np.rot90(photo_hwc)))


def _tilted(photo_hwc: PhotoArray) -> bytes:
    height, width = photo_hwc.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 10, 1.0)
    # Mirrored at the border: a black corner is nothing that a phone shows.
    tilted = cv2.warpAffine(
        photo_hwc, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
    )
    return _lossless(np.asarray(tilted, np.uint8))


def _half_size(photo_hwc: PhotoArray) -> bytes:
    height, width = (max(MIN_SIDE_PX, side // 2) for side in photo_hwc.shape[:2])
    halved = cv2.resize(photo_hwc, (width, height), interpolation=cv2.INTER_AREA)
    return _lossless(np.asarray(halved, np.uint8))


def _lossless(photo_hwc: PhotoArray) -> bytes:
    return _encoded(photo_hwc, ".png", (cv2.IMWRITE_PNG_COMPRESSION, 1))


def _encoded(photo_hwc: PhotoArray, kind: str, options: tuple[int, int]) -> bytes:
    written, data = cv2.imencode(kind, cv2.cvtColor(photo_hwc, cv2.COLOR_RGB2BGR), options)
    assert written
    return data.tobytes()


CHANGES: dict[str, Callable[[PhotoArray], bytes]] = {
    "JPEG quality 50": _jpeg,
    "one stop brighter": _light(1),
    "one stop darker": _light(-1),
    "turned by 90°": _quarter_turn,
    "turned by 10°": _tilted,
    "half the resolution": _half_size,
}
"""(h, w, 3) uint8 RGB, upright → the bytes of a photo file."""
