"""One sketched photo, a function of (seed, number): a piece, its light, ground, phone and flaw."""

from dataclasses import dataclass

import cv2
import numpy as np

from datasets.render import light
from datasets.render.grounds import GROUNDS, SIZE
from datasets.render.noise import Bools, Floats, Random, single
from datasets.render.phone import Phone, Photo, develop, draw_phone, draw_tier, gain_for
from datasets.render.visible import difference
from datasets.sketch.flaws import FLAWS, spoil
from datasets.sketch.forms import draw_form
from datasets.sketch.parts import Part
from datasets.sketch.relief import Relief, grain_of
from datasets.sketch.shade import Lit

VISIBLE = 9.0
"""Grey levels by which a place must differ from the clean twin to be labelled."""
LEAST_PIXELS = 14
"""A defect of fewer is not kept."""
LEAST_EXTENT = 0.16 * SIZE
"""Damage to a thin piece is sized as for one of this extent; else nobody would see it."""
TRIES = 6
MISSING = "missing"


@dataclass(frozen=True)
class Shown:
    """A photo and where the piece is in it."""

    photo: Photo
    piece: Bools


@dataclass(frozen=True)
class Sketch:
    """One photo; of a defective piece also the name of the defect, where it shows, and the clean twin."""

    shown: Shown
    light: str
    phone: Phone
    defect: str | None = None
    mask: Bools | None = None
    twin: Shown | None = None


def sketch(seed: int, number: int, size_px: int, *, defective: bool) -> Sketch:
    """The photo of this number, always the same; clean where no defect would show after some tries."""
    random = np.random.default_rng((seed, number))
    scene = _Scene(random, size_px)
    clean = scene.relief(scene.parts)
    radiance, piece = scene.seen(clean)
    gain = gain_for(radiance, single(piece), scene.phone)
    twin = Shown(scene.developed(radiance, gain), piece)
    for _ in range(TRIES if defective else 0):
        kind = str(random.choice(scene.kinds))
        spoiled, where = scene.spoiled(clean, kind, random)
        radiance, piece = scene.seen(spoiled)
        near = scene.smaller(single(where)) > 0.05
        photo, mask = _only_there(scene.developed(radiance, gain), twin.photo, near)
        if mask.sum() >= LEAST_PIXELS:
            return Sketch(Shown(photo, piece), scene.light, scene.phone, kind, mask, twin)
    return Sketch(twin, scene.light, scene.phone)


class _Scene:
    """What a photo and its twin share."""

    def __init__(self, random: Random, size_px: int) -> None:
        self.size_px = size_px
        self.parts = draw_form(SIZE, random)
        self._loose = [index for index, part in enumerate(self.parts) if part.loose]
        self.kinds = [*FLAWS, MISSING] if self._loose else list(FLAWS)
        self.light, environment = light.draw((), random)
        self._lit = Lit.of(environment, random)
        ground = GROUNDS[str(random.choice(list(GROUNDS)))]
        self._sheet = ground(random, float(random.uniform(6, 25)))
        self._ground_px = float(random.uniform(0, 6))
        self._grain = grain_of(SIZE, random)
        self.phone = draw_phone(random, draw_tier(random), None, size_px)

    def relief(self, parts: list[Part]) -> Relief:
        relief = Relief(SIZE, self._grain)
        for part in parts:
            part.onto(relief)
        return relief

    def spoiled(self, clean: Relief, kind: str, random: Random) -> tuple[Relief, Bools]:
        """The piece with a defect, and where it was touched."""
        if kind != MISSING:
            relief = self.relief(self.parts)
            return relief, spoil(relief, kind, max(float(clean.piece.sum() ** 0.5), LEAST_EXTENT), random)
        gone = self._loose[int(random.integers(len(self._loose)))]
        relief = self.relief(self.parts[:gone] + self.parts[gone + 1 :])
        return relief, np.asarray(np.abs(relief.height - clean.height) > 1)

    def seen(self, relief: Relief) -> tuple[Floats, Bools]:
        """(size, size, 3) radiance, and where the piece is."""
        radiance = self._lit.shaded(relief, self._sheet, self._ground_px)
        return self.smaller(radiance), np.asarray(self.smaller(single(relief.piece)) > 0.5)

    def smaller(self, field: Floats) -> Floats:
        return single(cv2.resize(field, (self.size_px, self.size_px), interpolation=cv2.INTER_AREA))

    def developed(self, radiance: Floats, gain: float) -> Photo:
        return develop(radiance, gain, self.phone, (0.0, 0.0))


def _only_there(photo: Photo, twin: Photo, near: Bools) -> tuple[Photo, Bools]:
    """The photo with its twin's pixels wherever the defect is not, and where it can be seen."""
    close = cv2.dilate(near.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    photo = np.where(close[..., None], photo, twin)
    return photo, np.asarray((difference(photo, twin) > VISIBLE) & close)
