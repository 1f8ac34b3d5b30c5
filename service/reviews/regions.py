"""Where on a photo a person marked a defect, pixel by pixel: checked when it comes, an array when it is used.

fault = fault_of(region, height=480, width=640)      # in words; None where it fits
mask = mask_of(region)                               # (height, width) bool
"""

from typing import Any

from ubora.datasets.formats.intake.run_lengths import counts_from_text, mask_of_counts
from ubora.datasets.manifest import ManifestError
from ubora.datasets.masks import Mask, box_of
from ubora.service.inspections.said import CorrectedDefect, Region

LEAST = 9
"""Pixels: what is smaller is a slip of the hand."""


def mask_of(region: Region) -> Mask:
    """(height, width) bool.

    Raises:
        ManifestError: its counts cannot be read, or do not fill its size.
    """
    height, width = region.size
    return mask_of_counts(counts_from_text(region.counts), (height, width))


def fault_of(region: Region, *, height: int, width: int) -> str | None:
    """
    Args:
        height, width: pixels of the upright photo.

    Returns:
        what was found and what was expected; None where the region fits the photo.
    """
    if region.size != [height, width]:
        found = " × ".join(map(str, reversed(region.size)))
        return f"mask of {found} pixels; expected {width} × {height} as the photo has"
    try:
        mask = mask_of(region)
    except ManifestError as error:
        return f"mask: {error}"
    pixels = int(mask.sum())
    if pixels < LEAST:
        return f"mask of {pixels} pixels; expected {LEAST} or more"
    if pixels == mask.size:
        return "mask of the whole photo; expected a part of it"
    return None


def as_kept(defect: CorrectedDefect) -> dict[str, Any]:
    """A defect that was checked, as the ledger keeps it: one with a region has its box, too."""
    kept = defect.model_dump()
    if defect.mask is None:
        return kept
    return kept | {"box": list(box_of(mask_of(defect.mask)))}
