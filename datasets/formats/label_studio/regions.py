"""One region that somebody drew in Label Studio: its parts, its labels, and where it lies.

    regions, answers = by_region(annotation.result)
    mask = drawn_mask(value_of(regions["d0"], size), size)

A region is one or more results of the same id: the stroke, rectangle or polygon, and the choices made for it.
All errors are ManifestError without a place; the caller knows it.
"""

from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any

from ubora.datasets.formats.intake.polygons import fill_polygons
from ubora.datasets.formats.intake.run_lengths import mask_of_brush
from ubora.datasets.formats.label_studio.tasks import Result
from ubora.datasets.formats.label_studio.writing import percent_of
from ubora.datasets.manifest import ManifestError
from ubora.datasets.masks import Box, Mask, Size
from ubora.datasets.taxonomy import SEVERITIES, Severity

_LABEL_KEYS = ("brushlabels", "rectanglelabels", "polygonlabels", "labels")
REGION_KINDS = (*_LABEL_KEYS, "brush", "rectangle", "polygon")
PASSED_OVER = ("relation", "textarea")
"""What says nothing of the photo that a Sample has a place for: relations of regions, and comments."""
_SAME_PERCENT = 1e-6
"""Two boxes this close are one that nobody moved; a pixel is at least 0.01 percent."""
_PLACES = 3
"""Decimals of a pixel that are kept of what was percent."""


def by_region(results: Iterable[Result]) -> tuple[dict[str, list[Result]], list[Result]]:
    """Region → its results, in order; and the results that are of no region."""
    regions: dict[str, list[Result]] = {}
    others: list[Result] = []
    for index, result in enumerate(results):
        if result.type in REGION_KINDS:
            regions.setdefault(result.id or f"#{index}", []).append(result)
        else:
            others.append(result)
    for result in [result for result in others if result.id in regions]:
        regions[str(result.id)].append(result)
    return regions, [result for result in others if result.id not in regions]


def value_of(parts: Sequence[Result], size: Size) -> dict[str, Any]:
    """The values of a region's parts in one.

    Raises:
        ManifestError: drawn on a photo of another size, or turned.
    """
    value: dict[str, Any] = {}
    for part in parts:
        drawn_on = (part.original_height or size[0], part.original_width or size[1])
        if drawn_on != size:
            found = f"{drawn_on[1]} × {drawn_on[0]}"
            raise ManifestError(f"drawn on {found} pixels; expected {size[1]} × {size[0]} as in its photo")
        turned = part.image_rotation or part.value.get("rotation", 0)
        if turned:
            raise ManifestError(f"turned by {turned}°; expected it upright (a polygon can be slanted)")
        value |= part.value
    return value


def labels_of(value: dict[str, Any]) -> list[str]:
    """The labels of a region."""
    labels: Any = next((value[key] for key in _LABEL_KEYS if key in value), [])
    if not isinstance(labels, list) or not all(isinstance(name, str) for name in labels):
        raise ManifestError(f"expected a list of labels, found {str(labels)[:80]}")
    return labels


def choices_of(result: Result) -> list[str]:
    """What was chosen."""
    chosen: Any = result.value.get("choices", [])
    if not isinstance(chosen, list) or not all(isinstance(choice, str) for choice in chosen):
        raise ManifestError(f"expected a list of choices, found {str(chosen)[:80]}")
    return chosen


def severity_of(parts: Sequence[Result]) -> Severity | None:
    """What was chosen for a region."""
    chosen = [choice for part in parts if part.type == "choices" for choice in choices_of(part)]
    named = next((severity for severity in SEVERITIES if [severity] == chosen), None)
    if chosen and named is None:
        raise ManifestError(f"expected one of {', '.join(SEVERITIES)}, found {chosen}")
    return named


def drawn_mask(value: dict[str, Any], size: Size) -> Mask:
    """(height, width) bool of a brush stroke or a polygon."""
    if "rle" in value:
        if not isinstance(value["rle"], list):
            raise ManifestError(f"expected rle as a list of bytes, found {type(value['rle']).__name__}")
        return mask_of_brush(value["rle"], size)
    try:
        corners = [(float(x) / 100 * size[1], float(y) / 100 * size[0]) for x, y in value["points"]]
    except (KeyError, TypeError, ValueError, OverflowError):
        raise ManifestError(f"expected rle or points, found {', '.join(value)}") from None
    return fill_polygons([[number for corner in corners for number in corner]], size)


def drawn_box(value: dict[str, Any], size: Size, before: Box | None) -> Box:
    """x, y, width, height in pixels; `before`, exactly, where nobody moved it."""
    try:
        x, y, width, height = (float(value[key]) for key in ("x", "y", "width", "height"))
        if not all(map(isfinite, (x, y, width, height))):
            raise ValueError(value)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise ManifestError(f"expected x, y, width, height in percent, found {', '.join(value)}") from None
    if before is not None:
        moved = zip((x, y, width, height), percent_of(before, size), strict=True)
        if all(abs(now - then) < _SAME_PERCENT for now, then in moved):
            return before
    pixels = (x / 100 * size[1], y / 100 * size[0], width / 100 * size[1], height / 100 * size[0])
    return (
        round(pixels[0], _PLACES),
        round(pixels[1], _PLACES),
        round(pixels[2], _PLACES),
        round(pixels[3], _PLACES),
    )
