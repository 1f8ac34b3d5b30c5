"""One photo in a square frame, with all that was drawn on it.

held = read_framed(manifest, sample, {"scratch": 0}, size=448)     # all of the photo
framed = cut(held, place, size=352)                                # the part that a look sees

ValueError
└── LoaderError     a photo or mask that cannot be used as its manifest says
"""

from dataclasses import dataclass

import cv2
import numpy as np

from ubora.datasets.manifest import Manifest, Sample
from ubora.datasets.shown import is_faint
from ubora.models.inference.preprocess import Letterbox, PhotoArray, Place, frame_photo
from ubora.training.augment.phone import MaskArray


class LoaderError(ValueError):
    """A photo or mask that cannot be used as its manifest says."""


@dataclass(frozen=True)
class Framed:
    """One photo, or a part of it, in a square frame."""

    photo_hwc: PhotoArray
    masks: tuple[tuple[int, MaskArray], ...]
    """(class, (size, size) 0–255) of each class with a mask, merged by class."""
    boxes: tuple[tuple[int, MaskArray], ...]
    """The same for defects that have a box and no mask: somewhere in here, nobody drew where."""
    unplaced: frozenset[int]
    """Classes of which the photo shows one, nobody said where."""
    piece: MaskArray | None
    where: MaskArray | None = None
    """A box around a piece that nobody outlined, where one was found: to be looked at, not to be learnt."""
    faint: tuple[tuple[int, MaskArray], ...] = ()
    """The same as `masks` for defects that nobody would see: neither defective there nor clean."""

    def masks_of(self) -> list[MaskArray]:
        """Every mask, in the order that `with_masks` takes them."""
        singles = [m for m in (self.piece, self.where) if m is not None]
        return [m for _, m in (*self.masks, *self.boxes)] + singles + [m for _, m in self.faint]

    def with_masks(self, photo_hwc: PhotoArray, masks: list[MaskArray]) -> "Framed":
        """The same photo after its pixels moved."""
        rest = iter(masks)
        return Framed(
            photo_hwc=photo_hwc,
            masks=tuple((c, next(rest)) for c, _ in self.masks),
            boxes=tuple((c, next(rest)) for c, _ in self.boxes),
            unplaced=self.unplaced,
            piece=None if self.piece is None else next(rest),
            where=None if self.where is None else next(rest),
            faint=tuple((c, next(rest)) for c, _ in self.faint),
        )

    def bytes_held(self) -> int:
        return self.photo_hwc.nbytes + len(self.masks_of()) * self.photo_hwc.nbytes // 3


def read_framed(
    manifest: Manifest, sample: Sample, classes: dict[str, int], size: int, place: Place | None = None
) -> Framed:
    """Decode one photo and its masks as the service would, into a `size` × `size` frame.

    Args:
        place: around a piece that nobody outlined.

    Raises:
        LoaderError: a photo that cannot be decoded, or a mask that is not the photo's size.
    """
    path = manifest.path(sample.file_name)
    data = path.read_bytes()
    try:
        network_input_hwc, frame = frame_photo(data, size)
    except ValueError as error:
        raise LoaderError(f"{path}: {error}") from None
    masks: dict[int, MaskArray] = {}
    boxes: dict[int, MaskArray] = {}
    faint: dict[int, MaskArray] = {}
    unplaced: set[int] = set()
    for defect in sample.defects or ():
        index = classes[defect.name]
        if defect.mask is not None:
            drawn = frame.apply_mask(_read_mask(manifest, defect.mask, frame))
            _merge(faint if is_faint(defect) else masks, index, drawn)
        elif defect.box is not None:
            _merge(faint if is_faint(defect) else boxes, index, _box_mask(defect.box, frame))
        else:
            unplaced.add(index)
    piece = None
    if sample.piece_mask is not None:
        piece = frame.apply_mask(_read_mask(manifest, sample.piece_mask, frame))
    where = None
    if piece is None and place is not None:
        where = _box_mask((place.x, place.y, place.width, place.height), frame)
    return Framed(
        network_input_hwc,
        tuple(masks.items()),
        tuple(boxes.items()),
        frozenset(unplaced),
        piece,
        where,
        tuple(faint.items()),
    )


def cut(framed: Framed, place: Place | None, size: int) -> Framed:
    """A part of a frame, or all of it, in a `size` × `size` frame of its own."""
    side = framed.photo_hwc.shape[0]
    frame = Letterbox.of(place or Place(0, 0, side, side), size)
    if place is None and side == size:
        return framed
    part = frame.place()
    photo = framed.photo_hwc[part.y : part.y + part.height, part.x : part.x + part.width]
    return framed.with_masks(frame.apply(photo), [frame.apply_mask(m) for m in framed.masks_of()])


def _merge(masks: dict[int, MaskArray], index: int, drawn: MaskArray) -> None:
    masks[index] = np.maximum(masks[index], drawn) if index in masks else drawn


def _read_mask(manifest: Manifest, name: str, frame: Letterbox) -> MaskArray:
    path = manifest.path(name)
    mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if mask is None:
        raise LoaderError(f"{path}: cannot be decoded; expected a single-channel PNG")
    if mask.shape[:2] != (frame.height, frame.width):
        found = f"{mask.shape[1]} × {mask.shape[0]}"
        raise LoaderError(f"{path}: {found} pixels, its photo has {frame.width} × {frame.height}")
    return np.where(np.asarray(mask) > 127, 255, 0).astype(np.uint8)


def _box_mask(box: tuple[float, float, float, float], frame: Letterbox) -> MaskArray:
    x, y, width, height = box
    across, down = frame.fitted_width / frame.width, frame.fitted_height / frame.height
    left, top = frame.left + x * across, frame.top + y * down
    mask = np.zeros((frame.size, frame.size), np.uint8)
    rows = slice(int(top), int(np.ceil(top + height * down)))
    mask[rows, int(left) : int(np.ceil(left + width * across))] = 255
    return mask
