"""What a review says of a photo, as the labels of a sample; and regions that people marked, as mask files.

labels = labels_of(row, review, photo)
write_masks(regions_of(row, review), folder)
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from ubora.datasets.manifest import Defect, Sample
from ubora.datasets.masks import png_of
from ubora.datasets.taxonomy import Severity
from ubora.service.inspections.said import Region
from ubora.service.ledger.tables import Inspection, Photo, Review
from ubora.service.reviews.regions import mask_of


def labels_of(row: Inspection, review: Review, photo: Photo) -> tuple[Defect, ...] | None:
    """Of one photo: as a person corrected it, else clean, else as the machine found it without its places.

    None where nobody said what is wrong with it.
    """
    if review.defects is not None:
        return tuple(_corrected(defect, name) for defect, name in _named(review, photo))
    if review.disposition == "accept":
        return ()
    if not any(other.defects for other in row.photos):
        # Rejected for something that the machine did not see and nobody named: that is not "clean".
        return None
    if row.judged_as != row.design:
        # What the machine found beside another design's samples is none of this one's defects.
        return None
    return tuple(
        Defect(name=found["defect"], severity=cast(Severity, found["severity"])) for found in photo.defects
    )


def regions_of(row: Inspection, review: Review) -> dict[str, Region]:
    """Name of a mask file in the dataset → the region that is in it."""
    return {
        name: Region(**defect["mask"])
        for photo in row.photos
        for defect, name in _named(review, photo)
        if defect.get("mask")
    }


def masks_of(sample: Sample) -> list[str]:
    """The names of its masks."""
    return [defect.mask for defect in sample.defects or () if defect.mask]


def write_masks(regions: Mapping[str, Region], out: Path) -> None:
    """Each as a file of that name in the dataset folder."""
    for name, region in regions.items():
        place = out / name
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(png_of(mask_of(region)))


def _named(review: Review, photo: Photo) -> list[tuple[dict[str, Any], str]]:
    """The corrected defects of a photo, each with the name that its mask has."""
    own = [defect for defect in review.defects or () if defect["photo"] == photo.index]
    return [(defect, f"masks/{photo.stored_sha256}-{review.id}-{at}.png") for at, defect in enumerate(own)]


def _corrected(defect: dict[str, Any], name: str) -> Defect:
    box = defect["box"]
    return Defect(
        name=defect["defect"],
        severity=defect["severity"],
        box=tuple(box) if box else None,
        mask=name if defect.get("mask") else None,
    )
