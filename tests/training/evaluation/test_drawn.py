"""Defects drawn from rules: where they lie, and what stays."""

import numpy as np
import pytest

from ubora.datasets.taxonomy import JEWELRY
from ubora.models.inference.preprocess import PhotoArray
from ubora.training.augment.copy_paste import Donors
from ubora.training.augment.drawn_marks import DRAWN, drawn_defect
from ubora.training.augment.framed import Framed
from ubora.training.augment.phone import MaskArray
from ubora.training.recipe import read_recipe

SIZE = 200


def _plate(level: int = 130) -> tuple[PhotoArray, MaskArray]:
    piece = np.zeros((SIZE, SIZE), np.uint8)
    piece[30:170, 30:170] = 255
    photo = np.full((SIZE, SIZE, 3), 60, np.uint8)
    photo[piece > 0] = (level, level // 2, level // 3)
    return photo, piece


@pytest.mark.parametrize("kind", sorted(DRAWN))
def test_a_drawn_defect_is_a_mark_in_the_middle_of_its_square(kind: str) -> None:
    for seed in range(20):
        made = drawn_defect(kind, 150.0, np.random.default_rng(seed))
        side = made.cover_hw.shape[0]
        assert made.ratio_hwc.shape == (side, side, 3)
        assert made.ratio_hwc.dtype == np.float32
        assert made.cover_hw.min() >= 0
        assert 0.5 < made.cover_hw.max() <= 1
        marked = made.cover_hw > 0.3
        assert 0.002 < marked.mean() < 0.75
        assert np.abs(made.ratio_hwc - 1).mean(2)[marked].mean() > 0.05


def test_what_is_drawn_is_set_onto_a_piece_that_no_rendered_defect_fits() -> None:
    photo, piece = _plate()
    clean = Framed(photo, (), (), frozenset(), piece)
    drawn = {name: number for number, name in enumerate(DRAWN)}
    donors = Donors.of([], frozenset(), drawn, 1.0)
    named: set[int] = set()
    for seed in range(60):
        after = donors.onto(clean, "brass", np.random.default_rng(seed))
        named |= {defect for defect, _ in after.masks}
        assert np.array_equal(after.photo_hwc[piece == 0], photo[piece == 0])
        for _, mask in after.masks:
            assert (after.photo_hwc != photo).any(2)[mask > 127].mean() > 0.8
    assert len(named) >= 6
    assert Donors.of([], frozenset(), drawn, 0.0).onto(clean, "brass", np.random.default_rng(0)) is clean


def test_every_kind_that_is_drawn_is_a_defect_that_may_be_set_onto_pieces() -> None:
    assert set(DRAWN) <= set(JEWELRY.defects)
    assert set(DRAWN) <= set(read_recipe("jewelry").augment.transplanted)
