"""Defects of one training photo set onto the pieces of others: copy-paste, by ratio instead of by pixels.

    donors = Donors.of(photos, defects)                   # every marked defect of a split, cut out once
    framed = donors.onto(held, "brass", random)           # one or two more defects, with their masks

Few pieces have a crack, and all photos of a piece show the same one: a network soon knows them by their
pieces. What is kept of a defect is how it differs from the surface around it, so that a dark line on pale
bone is a dark line on amber too (copy-paste of Ghiasi et al., 2021; the ratio stands for the blending they
leave out). Only for what lies on a surface: a bend or a missing bead cannot be cut out and set in elsewhere.
Some are drawn from rules instead (drawn_marks.py), for there are few to cut out and a renderer made them all.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.training.augment.drawn_marks import drawn_defect
from ubora.training.augment.framed import Framed
from ubora.training.augment.phone import MaskArray

Floats = NDArray[np.float32]
Random = np.random.Generator
RIM = 6
"""Pixels around a defect that are cut out with it: the surface that it is compared with."""
SMALLEST = 10
"""Pixels of a mask that a donor has at least."""
FAINTEST = 14.0
"""Grey levels by which the middle of a transplant differs from what was there, or it is not there."""
ON_PIECE = 0.8
"""Share of a transplant that lies on the piece; the rest is cut off at its rim."""
_TRIES = 6
_DARK = 8.0
"""Added to both sides of a ratio: near black it would say more than the sensor knew."""


@dataclass(frozen=True)
class Donor:
    """One defect, cut out."""

    defect: int
    material: str | None
    ratio_hwc: Floats
    """(h, w, 3): brightness of each channel over that of the surface around the defect."""
    cover_hw: Floats
    """(h, w) 0–1."""


@dataclass(frozen=True)
class Donors:
    """Those of a split, by material, and what may be drawn instead."""

    of_material: dict[str | None, list[Donor]]
    drawn: Mapping[str, int] = field(default_factory=dict)
    """Class by name of what can be drawn."""
    drawn_share: float = 0.0

    @classmethod
    def of(
        cls,
        photos: Iterable[tuple[Framed, str | None]],
        defects: frozenset[int],
        drawn: Mapping[str, int] | None = None,
        drawn_share: float = 0.0,
    ) -> "Donors":
        """Cut out what `defects` names.

        Args:
            photos: all of each photo, with its piece's material.
            drawn: class by name, of `training.augment.drawn_marks.DRAWN`.
            drawn_share: how many of what is set onto pieces are drawn, 0–1.
        """
        donors: dict[str | None, list[Donor]] = {}
        for framed, material in photos:
            for donor in _cut_out(framed, material, defects):
                donors.setdefault(material, []).append(donor)
        return cls(donors, drawn or {}, drawn_share if drawn else 0.0)

    def onto(self, held: Framed, material: str | None, random: Random) -> Framed:
        """The photo with one or two defects more, where there is room for them; itself where there is none.

        Args:
            held: with the outline of its piece; photo uint8 RGB, masks 0–255.
            material: the piece's: horn does not rust.
        """
        choice = self.of_material.get(material, [])
        if held.piece is None or not (choice or self.drawn_share):
            return held
        # The deeper inside the likelier, so that a ring's shank and a bead both have their turn.
        depth = cv2.distanceTransform((held.piece > 127).astype(np.uint8), cv2.DIST_L2, 3)
        places = np.argwhere(depth > 1.5)
        if not len(places):
            return held
        extent = float(np.sqrt(len(places)))
        for _ in range(1 + int(random.random() < 0.3)):
            for _ in range(_TRIES):
                donor = self._one_of(choice, extent, random)
                place = places[int(random.integers(len(places)))]
                grafted = _grafted(held, _turned(donor, random), place, random)
                if grafted is not None:
                    held = grafted
                    break
        return held

    def _one_of(self, choice: list[Donor], extent: float, random: Random) -> Donor:
        if choice and random.random() >= self.drawn_share:
            return choice[int(random.integers(len(choice)))]
        name = list(self.drawn)[int(random.integers(len(self.drawn)))]
        made = drawn_defect(name, extent, random)
        return Donor(self.drawn[name], None, made.ratio_hwc, made.cover_hw)


def _cut_out(framed: Framed, material: str | None, defects: frozenset[int]) -> Iterator[Donor]:
    if framed.piece is None:
        return
    every = np.maximum.reduce([m for _, m in framed.masks]) if framed.masks else None
    for defect, mask in framed.masks:
        if defect not in defects or every is None:
            continue
        around = cv2.dilate(mask, np.ones((2 * RIM + 1,) * 2, np.uint8))
        clean = (around > 127) & (framed.piece > 127) & (cv2.dilate(every, np.ones((3, 3), np.uint8)) < 128)
        count, parts, boxes, _ = cv2.connectedComponentsWithStats((around > 127).astype(np.uint8))
        for part in range(1, count):
            x, y, width, height = (int(v) for v in boxes[part][:4])
            here = np.s_[y : y + height, x : x + width]
            own = (parts[here] == part) & (mask[here] > 127)
            surface = clean[here] & (parts[here] == part)
            if own.sum() < SMALLEST or surface.sum() < SMALLEST:
                continue
            photo = framed.photo_hwc[here].astype(np.float32)
            level = photo[surface].mean(0)
            cover = cv2.GaussianBlur(own.astype(np.float32), (0, 0), 0.8)
            yield Donor(defect, material, (photo + _DARK) / (level + _DARK), np.minimum(1.4 * cover, 1))


def _turned(donor: Donor, random: Random) -> Donor:
    """Turned, sized and strengthened at random, so that no defect is learnt by heart."""
    height, width = donor.cover_hw.shape
    scale, angle = random.uniform(0.6, 1.4), random.uniform(0, 360)
    side = int(np.ceil(np.hypot(height, width) * scale)) + 2
    turn = np.asarray(cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, scale), np.float64)
    turn[:, 2] += (side - 1) / 2 - np.array([(width - 1) / 2, (height - 1) / 2])
    if random.random() < 0.5:
        turn[0] = -turn[0] + np.array([0, 0, side - 1])
    ratio = cv2.warpAffine(donor.ratio_hwc, turn, (side, side), borderValue=(1, 1, 1))
    cover = np.asarray(cv2.warpAffine(donor.cover_hw, turn, (side, side)), np.float32)
    strong = np.power(np.clip(ratio, 0.05, 8), np.float32(random.uniform(0.7, 1.3)))
    return replace(donor, ratio_hwc=np.asarray(strong, np.float32), cover_hw=cover)


def _grafted(held: Framed, donor: Donor, place: NDArray[np.int64], random: Random) -> Framed | None:
    """The photo with the donor at (row, column); None where it would not show or would hang over the rim."""
    assert held.piece is not None
    side, size = donor.cover_hw.shape[0], held.piece.shape[0]
    top, left = int(place[0]) - side // 2, int(place[1]) - side // 2
    if top < 0 or left < 0 or top + side > size or left + side > size:
        return None
    here = np.s_[top : top + side, left : left + side]
    on_piece = held.piece[here].astype(np.float32) / 255
    cover = donor.cover_hw * on_piece
    if cover.sum() < max(SMALLEST, ON_PIECE * donor.cover_hw.sum()):
        return None
    before = held.photo_hwc[here].astype(np.float32)
    # What lies below shows through a stain and hardly through a crack; the mixture leaves it to chance.
    smooth = cv2.GaussianBlur(before, (0, 0), 2.5)
    share = np.float32(random.uniform(0.2, 0.9))
    surface = share * smooth + (1 - share) * before
    after = np.clip((surface + _DARK) * donor.ratio_hwc - _DARK, 0, 255)
    after = before + (after - before) * cover[..., None]
    middle = cover > 0.5
    if middle.sum() < SMALLEST or float(np.abs(after - before).mean(2)[middle].mean()) < FAINTEST:
        return None
    photo = held.photo_hwc.copy()
    photo[here] = np.round(after).astype(np.uint8)
    drawn = np.zeros((size, size), np.uint8)
    drawn[here] = middle * np.uint8(255)
    return _with_mask(replace(held, photo_hwc=photo), donor.defect, drawn)


def _with_mask(held: Framed, defect: int, drawn: MaskArray) -> Framed:
    masks = dict(held.masks)
    masks[defect] = np.maximum(masks[defect], drawn) if defect in masks else drawn
    return replace(held, masks=tuple(masks.items()))
