"""What of a defect can be seen in one photo: where it lies, and whether the clean twin looks different there.

A defect that does not show is not labelled, and its trace is taken out again, so that nothing outside a mask
differs from a clean piece.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ubora.datasets.render.camera.phone import Photo
from ubora.datasets.render.defects.apply import Plan, Spoiled
from ubora.datasets.render.noise import Bools, Floats
from ubora.datasets.render.scene.scene import OVERSAMPLE, Sight
from ubora.datasets.render.shapes import Part
from ubora.datasets.shown import shown_of
from ubora.datasets.taxonomy import Severity

STEP = 14
"""Grey levels (of 255) that a pixel must differ from the clean twin to count as changed."""
CONTRAST = 30
"""Grey levels that the most changed tenth of a defect's pixels must reach for the defect to be labelled."""
AREA_PX = 14
"""Changed pixels that a defect needs, in a photo of 384 px."""


@dataclass(frozen=True)
class Seen:
    """One defect that can be seen in one photo; mask (H, W) bool."""

    name: str
    severity: Severity
    mask: Bools
    shown: float
    """As `datasets.shown` counts it."""


@dataclass(frozen=True)
class Labelled:
    """A photo (H, W, 3) uint8 with what can be seen in it."""

    photo: Photo
    defects: tuple[Seen, ...]


def footprints(
    plans: Sequence[Plan], clean_parts: list[Part], spoiled: Spoiled, clean: Sight, damaged: Sight
) -> list[Bools]:
    """Where each planned defect lies in the photo, (H, W) bool, whether or not it shows."""
    return [
        _footprint(number, plan.name, clean_parts, spoiled, clean, damaged)
        for number, plan in enumerate(plans)
    ]


def differing(
    clean_parts: list[Part], spoiled_parts: list[Part], clean: Sight, damaged: Sight, prints: list[Bools]
) -> Bools:
    """The pixels (H, W) that the clean twin must be rendered for; in all others it is the photo itself."""
    # Where a part is missing all that follow are counted differently, the bench too: parts go by their names.
    names = {part.name: index for index, part in enumerate(clean_parts)}
    shift = len(clean_parts) - len(spoiled_parts)
    renamed = np.array([names[part.name] for part in spoiled_parts], np.int32)
    own = (damaged.part >= 0) & (damaged.part < len(spoiled_parts))
    same = np.where(own, renamed[np.where(own, damaged.part, 0)], damaged.part + shift * (damaged.part >= 0))
    other = clean.part != same
    slid = (np.abs(clean.row - damaged.row) > 2) | (np.abs(clean.column - damaged.column) > 2)
    where = pooled(other | slid)
    for mask in prints:
        where |= mask
    reach = 2 * round(8 * where.shape[0] / 384) + 1
    # Around a defect its shadow and its mirror image change as well.
    return cv2.dilate(where.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0


def label(plans: Sequence[Plan], prints: list[Bools], photo: Photo, twin: Photo, piece: Bools) -> Labelled:
    """The defects that show in `photo` (H, W, 3) beside its clean `twin`; the photo without the others.

    Args:
        piece: (H, W) where the piece is, in either.
    """
    change = difference(photo, twin)
    unit = change.shape[0] / 384
    reach = 2 * round(3 * unit) + 1
    around = np.ones((reach, reach), np.uint8)
    changed = change > STEP
    near = cv2.dilate(changed.astype(np.uint8), around) > 0
    defects, kept = [], np.zeros(changed.shape, bool)
    for number, (plan, where) in enumerate(zip(plans, prints, strict=True)):
        mask = where & near
        # What lies inside another defect would be seen by that one's change.
        own = mask & ~np.any([np.zeros_like(where), *prints[:number], *prints[number + 1 :]], 0)
        if own.sum() < 0.5 * mask.sum() or (own & changed).sum() < max(6, AREA_PX * unit**2):
            continue
        if np.quantile(change[own], 0.9) < CONTRAST:
            continue
        defects.append(Seen(plan.name, plan.severity, mask, round(shown_of(photo, twin, mask, piece))))
        kept |= where
    if not defects:
        return Labelled(twin, ())
    hidden = np.any(prints, 0) & ~kept
    if len(defects) < len(plans) and hidden.any():
        healed = (cv2.dilate(hidden.astype(np.uint8), around) > 0) & ~kept
        photo = np.where(healed[..., None], twin, photo)
    return Labelled(photo, tuple(defects))


def difference(photo: Photo, twin: Photo) -> Floats:
    """How far two photos (H, W, 3) uint8 differ, grey levels (H, W), noise of single pixels smoothed away."""
    gap = np.abs(photo.astype(np.float32) - twin.astype(np.float32)).max(-1)
    return np.asarray(cv2.GaussianBlur(gap, (0, 0), 0.6))


def pooled(hit: Bools) -> Bools:
    """Label rays to pixels: a pixel belongs when any of its rays does."""
    size = hit.shape[0] // OVERSAMPLE
    return np.asarray(hit.reshape(size, OVERSAMPLE, size, OVERSAMPLE).any((1, 3)))


def _footprint(
    number: int, name: str, clean_parts: list[Part], spoiled: Spoiled, clean: Sight, damaged: Sight
) -> Bools:
    gone = [i for i, part in enumerate(clean_parts) if spoiled.gone.get(part.name) == number]
    prints = {i: part.footprints[number] for i, part in enumerate(spoiled.parts) if number in part.footprints}
    where = pooled(_looked_up(damaged, prints))
    if gone:
        where |= pooled(np.isin(clean.part, gone))
    if name == "chip":
        # Where the corner was, the background shows now.
        names = {spoiled.parts[i].name: mask for i, mask in prints.items()}
        where |= pooled(
            _looked_up(
                clean, {i: names[part.name] for i, part in enumerate(clean_parts) if part.name in names}
            )
        )
    return where


def _looked_up(sight: Sight, prints: dict[int, Bools]) -> Bools:
    hit = np.zeros(sight.part.shape, bool)
    for index, where in prints.items():
        here = sight.part == index
        hit[here] = where[sight.row[here], sight.column[here]]
    return hit
