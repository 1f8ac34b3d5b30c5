"""The photos that were judged worst, each drawn twice: with its labels, and with what the network saw.

cases = worst_misses(judged, policy, classes, 12)
left, right = pictures(case, manifest, colours)     # JPEG data URIs
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.datasets.check.thumbnails import Colour, data_uri, labelled_photo
from ubora.datasets.manifest import Manifest
from ubora.training.calibration.thresholds import Policy
from ubora.training.evaluation.slices import excess, outcomes
from ubora.training.scoring.predictions import Scored

_DIMMED = 0.45
"""The photo below the heat, so that its colours are not taken for heat."""


@dataclass(frozen=True)
class Case:
    """One photo that was judged wrongly, and the class that tells most about it."""

    item: Scored
    defect: str
    """Of a miss, the shown class that came nearest to a flag; of a false flag, the one that flagged most."""
    index: int
    """Of `defect` among the network's classes."""
    score: float
    threshold: float


def worst_misses(judged: Sequence[Scored], policy: Policy, classes: Sequence[str], count: int) -> list[Case]:
    """Defective photos that passed, the least suspicious first."""
    passed = _with_outcome(judged, policy, "pass", defective=True)
    ranked = sorted(passed, key=lambda s: excess(policy, s.prediction))
    return [_case(s, policy, classes, sorted(s.sample.defect_names())) for s in ranked[:count]]


def worst_false_flags(
    judged: Sequence[Scored], policy: Policy, classes: Sequence[str], count: int
) -> list[Case]:
    """Clean photos that were flagged, the most suspicious first."""
    flagged = _with_outcome(judged, policy, "flag", defective=False)
    ranked = sorted(flagged, key=lambda s: -excess(policy, s.prediction))
    return [_case(s, policy, classes, classes) for s in ranked[:count]]


def pictures(case: Case, manifest: Manifest, colours: Mapping[str, Colour]) -> tuple[str, str] | None:
    """The photo with its outlines, and the same photo with the heat of the case's class laid over it.

    The heat is scaled to its own peak, since a missed defect's is low everywhere; None where the photo does
    not decode.
    """
    outlined = labelled_photo(manifest, case.item.sample, colours)
    plain = labelled_photo(manifest, case.item.sample, colours, outlines=False)
    if outlined is None or plain is None:
        return None
    heat = case.item.prediction.heatmap[case.index]
    return data_uri(outlined, "jpeg"), data_uri(_heated(plain, case, heat), "jpeg")


def _heated(photo_hwc: NDArray[np.uint8], case: Case, heat_hw: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(h, w, 3) uint8 RGB: the photo in dim grey, heat from dark red to white, a line around the look."""
    height, width = photo_hwc.shape[:2]
    prediction, frame = case.item.prediction, case.item.frame
    across, down = width / prediction.width, height / prediction.height
    left, top = round(frame.x * across), round(frame.y * down)
    right = min(width, max(left + 1, round((frame.x + frame.width) * across)))
    bottom = min(height, max(top + 1, round((frame.y + frame.height) * down)))
    peak = max(float(heat_hw.max()), 1e-9)
    seen = cv2.resize(heat_hw / peak, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR)
    share = np.zeros((height, width), np.float32)
    share[top:bottom, left:right] = np.clip(seen, 0, 1)
    grey = cv2.cvtColor(cv2.cvtColor(photo_hwc, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB) * _DIMMED
    hot = cv2.applyColorMap(np.asarray(share * 255, np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    blended = grey * (1 - share[..., None]) + hot * share[..., None]
    canvas = np.ascontiguousarray(np.clip(blended, 0, 255).astype(np.uint8))
    if (frame.width, frame.height) != (prediction.width, prediction.height):
        cv2.rectangle(canvas, (left, top), (right - 1, bottom - 1), (150, 150, 150), 1)
    return canvas


def _with_outcome(judged: Sequence[Scored], policy: Policy, outcome: str, *, defective: bool) -> list[Scored]:
    said = zip(judged, outcomes(judged, policy), strict=True)
    return [s for s, found in said if found == outcome and bool(s.sample.defects) is defective]


def _case(item: Scored, policy: Policy, classes: Sequence[str], among: Sequence[str]) -> Case:
    def ratio(name: str) -> float:
        return item.prediction.scores[name] - policy.thresholds[name]

    name = max(among, key=ratio)
    return Case(item, name, list(classes).index(name), item.prediction.scores[name], policy.thresholds[name])
