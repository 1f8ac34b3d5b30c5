"""What is wrong with one photo, its masks and its boxes. Every file is decoded.

    examined = examine(manifest, sample)
    examined.problems, examined.look

Masks and boxes belong to the upright photo, as it looks after its EXIF orientation was obeyed.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.datasets.check.copies import Look, look
from ubora.datasets.check.problems import Problem
from ubora.datasets.manifest import Defect, Manifest, Sample, sample_id
from ubora.datasets.pixels import CutShort, Mask, Photo, PixelError, open_mask, open_photo
from ubora.models.imaging.faults import TooSmall

MIN_BOX_IOU = 0.5
MAX_OFF_PIECE = 0.5
WHOLE_PIECE = 0.9
WHOLE_PHOTO = 0.98
_BOX_TOLERANCE_PX = 2.0
"""Of a box's edges: for defects of a few pixels, a rounding would halve the overlap."""
_MAX_HALF_TONES = 0.05
"""Of a mask's pixels above 0: a soft edge passes, a map of scores does not."""
_MANY_OF_A_CLASS = 9
_SAME_PLACE_IOU = 0.8
_SEEN_AT_PX = 384
_MIN_SEEN_PX = 3.0
"""A defect of fewer pixels, once the photo is that size, cannot be learnt from it."""


@dataclass(frozen=True)
class Examined:
    """One sample's findings."""

    problems: tuple[Problem, ...]
    look: Look | None = None
    """None where the photo cannot be decoded or shows one flat tone."""
    size: tuple[int, int] | None = None
    """Width and height of the upright photo in pixels; None where it cannot be decoded."""
    grey: bool = False


def examine(manifest: Manifest, sample: Sample) -> Examined:
    """Decode one photo and its masks, and hold its labels against them.

    Every problem's `where` is the file or the photo; the caller adds the manifest's line.
    """
    data = manifest.path(sample.file_name).read_bytes()
    try:
        photo = open_photo(data, at_least=512)
    except PixelError as error:
        kinds = ((CutShort, "photo cut short"), (TooSmall, "small photo"))
        kind = next((name for fault, name in kinds if isinstance(error, fault)), "unreadable photo")
        return Examined((_fault(kind, sample, sample.file_name, str(error)),))
    problems = (
        *_identity_problems(sample, data),
        *_photo_problems(sample, photo),
        *_label_problems(manifest, sample, photo),
    )
    return Examined(problems, look(photo.rgb_hwc), (photo.width, photo.height), photo.grey)


def _identity_problems(sample: Sample, data: bytes) -> Iterator[Problem]:
    by_content = sample_id(data)
    if by_content != sample.sample_id:
        detail = f"its bytes have the SHA-256 {by_content[:12]}…, the manifest says {sample.sample_id[:12]}…"
        yield _fault("changed photo", sample, sample.file_name, detail)


def _photo_problems(sample: Sample, photo: Photo) -> Iterator[Problem]:
    name = sample.file_name
    if photo.unusual:
        detail = f"{', '.join(photo.unusual)}; read as 8-bit sRGB, what that drops is not learnt from"
        yield _warning("unusual pixels", sample, name, detail)
    placed = sample.piece_mask or any(d.mask or d.box for d in sample.defects or ())
    # With unequal sides a mask of the wrong orientation shows by its size; these cannot.
    if placed and photo.orientation != 1 and not (photo.sideways and photo.width != photo.height):
        detail = (
            f"EXIF orientation {photo.orientation}, and sizes cannot tell whether masks and boxes were "
            "drawn on the upright photo; expected a photo stored upright"
        )
        yield _warning("orientation unproven", sample, name, detail)


def _label_problems(manifest: Manifest, sample: Sample, photo: Photo) -> Iterator[Problem]:
    no_piece = "no_piece" in (sample.photo_faults or ())
    if no_piece and sample.defects:
        defects = ", ".join(sorted(sample.defect_names()))
        detail = (
            f"photo fault no_piece, yet {defects} is labelled; expected no defect where there is no piece"
        )
        yield _fault("defect without piece", sample, sample.file_name, detail)
    if sample.approved_sample and sample.defects:
        defects = ", ".join(sorted(sample.defect_names()))
        detail = f"{defects} is labelled on an approved sample; expected a clean piece to compare others with"
        yield _fault("approved sample with a defect", sample, sample.file_name, detail)
    piece = None
    if sample.piece_mask:
        # Where there is no piece, an empty mask is the truth that teaches "nothing here".
        piece, found_problems = _read_mask(manifest, sample, sample.piece_mask, photo, may_be_empty=no_piece)
        yield from found_problems
        if piece is not None:
            yield from _piece_problems(sample, sample.piece_mask, piece, no_piece=no_piece)
    masks: list[tuple[Defect, NDArray[np.bool_]]] = []
    for defect in sample.defects or ():
        if defect.box:
            yield from _box_problems(sample, defect, photo)
        if not defect.mask:
            continue
        mask, found_problems = _read_mask(manifest, sample, defect.mask, photo)
        yield from found_problems
        if mask is not None and mask.any():
            masks.append((defect, mask))
            yield from _defect_problems(sample, defect, mask, piece)
    yield from _overlap_problems(sample, masks)
    many = {n: c for n, c in Counter(d.name for d in sample.defects or ()).items() if c > _MANY_OF_A_CLASS}
    if many:
        detail = ", ".join(f"{count} × {name}" for name, count in many.items()) + " in one photo"
        yield _warning("many of a class", sample, sample.file_name, detail)


def _read_mask(
    manifest: Manifest, sample: Sample, name: str, photo: Photo, *, may_be_empty: bool = False
) -> tuple[NDArray[np.bool_] | None, list[Problem]]:
    """(h, w) of the upright photo, or None where the mask cannot be held against it; and what is wrong."""
    try:
        mask = open_mask(manifest.path(name).read_bytes())
    except PixelError as error:
        return None, [_fault("unreadable mask", sample, name, str(error))]
    height, width = mask.values_hw.shape
    size = f"{width} × {height} pixels, its upright photo has {photo.width} × {photo.height}"
    if (width, height) == (photo.height, photo.width) and photo.sideways and width != height:
        detail = f"{size}: drawn before EXIF orientation {photo.orientation} was obeyed"
        return None, [_fault("mask of another orientation", sample, name, detail)]
    if (width, height) != (photo.width, photo.height):
        return None, [_fault("mask of another size", sample, name, size)]
    return mask.values_hw > 127, list(_value_problems(sample, name, mask, may_be_empty=may_be_empty))


def _value_problems(sample: Sample, name: str, mask: Mask, *, may_be_empty: bool) -> Iterator[Problem]:
    values = mask.values_hw
    if mask.unusual:
        detail = f"{', '.join(mask.unusual)}; expected a single-channel 8-bit PNG"
        yield _warning("unusual mask file", sample, name, detail)
    highest, drawn = int(values.max()), int(np.count_nonzero(values))
    if highest <= 127 and not (may_be_empty and drawn == 0):
        detail = f"no pixel above 127, the highest is {highest}"
        hint = "; a mask of 0 and 1 is to be multiplied by 255" if highest == 1 else ""
        yield _fault("empty mask", sample, name, detail + hint)
        return
    half = int(np.count_nonzero((values > 0) & (values < 255)))
    if half > _MAX_HALF_TONES * drawn:
        detail = f"{half / drawn:.0%} of its pixels above 0 lie between 1 and 254; expected 0 and 255"
        yield _warning("mask of half-tones", sample, name, detail)


def _piece_problems(
    sample: Sample, name: str, piece: NDArray[np.bool_], *, no_piece: bool
) -> Iterator[Problem]:
    share = float(piece.mean())
    if no_piece and share:
        detail = f"photo fault no_piece, yet its piece mask covers {share:.1%}; expected an empty mask"
        yield _fault("piece where there is none", sample, name, detail)
    elif share > WHOLE_PHOTO and sample.view != "detail":
        detail = f"covers {share:.0%} of a photo that is no detail view; inside and outside exchanged?"
        yield _warning("piece fills the photo", sample, name, detail)


def _box_problems(sample: Sample, defect: Defect, photo: Photo) -> Iterator[Problem]:
    x, y, width, height = defect.box or (0.0, 0.0, 0.0, 0.0)
    if x + width <= photo.width and y + height <= photo.height:
        return
    detail = f"{defect.name} {_numbers(x, y, width, height)} in a photo of {photo.width} × {photo.height}"
    if photo.sideways and x + width <= photo.height and y + height <= photo.width:
        detail += f"; it fits the photo before EXIF orientation {photo.orientation} is obeyed"
    yield _fault("box outside photo", sample, sample.file_name, detail)


def _defect_problems(
    sample: Sample, defect: Defect, mask: NDArray[np.bool_], piece: NDArray[np.bool_] | None
) -> Iterator[Problem]:
    name = defect.mask or sample.file_name
    height, width = mask.shape
    if defect.box:
        left, top, across, down = cv2.boundingRect(mask.astype(np.uint8))
        box = (float(left), float(top), float(across), float(down))
        iou, furthest = _box_overlap(defect.box, box)
        if iou < MIN_BOX_IOU and furthest > _BOX_TOLERANCE_PX:
            detail = f"the box of {defect.name} {_numbers(*defect.box)} meets its mask's {_numbers(*box)}"
            detail += f" at IoU {iou:.2f}; expected at least {MIN_BOX_IOU}"
            yield _fault("box beside its mask", sample, name, detail)
    seen_px = float(mask.sum()) * min(1.0, _SEEN_AT_PX / max(height, width)) ** 2
    if seen_px < _MIN_SEEN_PX:
        detail = f"{defect.name} is {seen_px:.1f} pixels large in a photo of {_SEEN_AT_PX} pixels"
        yield _warning("defect too small to see", sample, name, detail)
    if piece is None or not piece.any():
        return
    # A little tolerance: masks are drawn and rendered along the piece's very edge.
    reach = max(9, max(height, width) // 64 * 2 + 1)
    near = cv2.dilate(piece.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    outside = float((~near[mask]).mean())
    # A missing part leaves a gap that is by definition not on the piece any more.
    if outside > MAX_OFF_PIECE and defect.name != "missing":
        detail = f"{outside:.0%} of {defect.name} lies off the piece; expected at most {MAX_OFF_PIECE:.0%}"
        yield _fault("mask outside piece", sample, name, detail)
    covered = float(mask[piece].mean())
    if covered > WHOLE_PIECE:
        detail = f"{defect.name} covers {covered:.0%} of the piece; where the defect lies cannot be learnt"
        yield _warning("defect covers the piece", sample, name, detail)


def _overlap_problems(sample: Sample, masks: list[tuple[Defect, NDArray[np.bool_]]]) -> Iterator[Problem]:
    for (one, first), (other, second) in combinations(masks, 2):
        either = np.count_nonzero(first | second)
        iou = float(np.count_nonzero(first & second) / either)
        if iou > _SAME_PLACE_IOU:
            what = f"{one.name} twice" if one.name == other.name else f"{one.name} and {other.name}"
            detail = f"{what} in one place, IoU {iou:.2f}"
            yield _warning("two defects in one place", sample, other.mask or sample.file_name, detail)


def _box_overlap(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> tuple[float, float]:
    """IoU of two boxes (x, y, width, height), and how many pixels apart their furthest edges are."""
    a = np.array([one[0], one[1], one[0] + one[2], one[1] + one[3]])
    b = np.array([other[0], other[1], other[0] + other[2], other[1] + other[3]], float)
    sides = np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None)
    both = float(sides.prod())
    union = one[2] * one[3] + other[2] * other[3] - both
    return both / union, float(np.abs(a - b).max())


def _numbers(*values: float) -> str:
    return "(" + ", ".join(f"{value:g}" for value in values) + ")"


def _fault(kind: str, sample: Sample, where: str, detail: str) -> Problem:
    return Problem(kind, "fault", where, detail, (sample.file_name,))


def _warning(kind: str, sample: Sample, where: str, detail: str) -> Problem:
    return Problem(kind, "warning", where, detail, (sample.file_name,))
