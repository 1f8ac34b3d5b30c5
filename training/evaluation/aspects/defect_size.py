"""How small or how faint a defect may be and still be found.

found = by_size(judged, manifest, policy, classes)
found["3 to 5 %"]["escape"]         # {"value": .42, "found": 8, "of": 19, "interval": [.23, .64]}

A mark of six pixels is no mark of sixty: which of them a split holds decides its figures more than most
networks do. As COCO's AP of small, medium and large objects (Lin et al., 2014), with the piece as the measure
in place of the photo: in a workshop the piece is what has a size.
"""

from collections.abc import Sequence
from typing import Any

from ubora.datasets.manifest import Defect, Manifest
from ubora.datasets.masks import box_of, read_mask
from ubora.datasets.shown import only_faint
from ubora.training.calibration.thresholds import Policy
from ubora.training.evaluation.slices import decisions, telling_apart
from ubora.training.scoring.predictions import Scored

SIZES = {"below 3 %": 0.03, "3 to 5 %": 0.05, "5 to 10 %": 0.1, "from 10 %": float("inf")}
"""Name → below which size, in rising order."""


def by_size(
    judged: Sequence[Scored], manifest: Manifest, policy: Policy, classes: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Of each size that is there: its defective photos against all clean ones.

    A photo's size is that of its largest defect. Photos with a defect that nobody outlined or boxed are in
    none.

    Raises:
        ManifestError: a mask that cannot be read or is not of its photo's size.
    """
    clean = [s for s in judged if not s.sample.defects]
    parts: dict[str, list[Scored]] = {name: [] for name in SIZES}
    for item in judged:
        size = size_of(item, manifest)
        if size is not None:
            parts[next(name for name, below in SIZES.items() if size < below)].append(item)
    return {
        name: telling_apart([*part, *clean], classes) | decisions([*part, *clean], policy)
        for name, part in parts.items()
        if part
    }


def by_sight(judged: Sequence[Scored], policy: Policy, classes: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Photos with a defect that a person would see, and those with faint ones alone, against all clean ones.

    Empty where of no defect is known how much of it shows.
    """
    clean = [s for s in judged if not s.sample.defects]
    told = [s for s in judged if any(d.shown is not None for d in s.sample.defects or ())]
    if not told:
        return {}
    parts = {
        "seen by an eye": [s for s in judged if s.sample.defects and not only_faint(s.sample)],
        "seen by none": [s for s in judged if only_faint(s.sample)],
    }
    return {
        name: telling_apart([*part, *clean], classes) | decisions([*part, *clean], policy)
        for name, part in parts.items()
        if part
    }


def size_of(item: Scored, manifest: Manifest) -> float | None:
    """The side of a square as large as the largest defect, over the longer side of the piece, as seen.

    Over that of the photo, where nobody outlined the piece. None where a defect has neither mask nor box.
    """
    if not item.sample.defects:
        return None
    hw = (item.prediction.height, item.prediction.width)
    areas = [_area(defect, manifest, hw) for defect in item.sample.defects]
    known = [area for area in areas if area is not None]
    if len(known) < len(areas):
        return None
    longer: float = max(hw)
    if item.sample.piece_mask is not None:
        piece = read_mask(manifest.path(item.sample.piece_mask), hw)
        if piece.any():
            longer = max(box_of(piece)[2:])
    return float(max(known) ** 0.5 / longer)


def _area(defect: Defect, manifest: Manifest, hw: tuple[int, int]) -> float | None:
    """Pixels of the upright photo."""
    if defect.mask is not None:
        return float(read_mask(manifest.path(defect.mask), hw).sum())
    return None if defect.box is None else defect.box[2] * defect.box[3]
