"""Surfaces that nobody rendered, and defects drawn from rules: where they lie, and what stays."""

from pathlib import Path

import numpy as np
import pytest

from datasets.taxonomy import JEWELRY
from models.preprocess import PhotoArray
from tests.photos import drawn_dataset
from training.augment import Augmenter, MaskArray
from training.drawn import DRAWN, drawn_defect
from training.loader import Photos
from training.network import NetworkSpec
from training.recipe import Augment, read_recipe
from training.strange_surface import PATTERNS, strange_surface
from training.targets import Framed
from training.transplant import Donors

SIZE = 200


def _plate(level: int = 130) -> tuple[PhotoArray, MaskArray]:
    piece = np.zeros((SIZE, SIZE), np.uint8)
    piece[30:170, 30:170] = 255
    photo = np.full((SIZE, SIZE, 3), 60, np.uint8)
    photo[piece > 0] = (level, level // 2, level // 3)
    return photo, piece


def test_another_surface_leaves_the_bench_as_it_was() -> None:
    photo, piece = _plate()
    changed = 0
    for seed in range(20):
        after = strange_surface(photo, piece, np.random.default_rng(seed))
        assert np.array_equal(after[:26], photo[:26])
        assert np.array_equal(after[:, 175:], photo[:, 175:])
        changed += bool((after[60:140, 60:140] != photo[60:140, 60:140]).any())
    assert changed >= 19


def test_a_photo_and_its_twin_get_the_same_surface_and_keep_their_difference() -> None:
    clean, piece = _plate()
    cracked = clean.copy()
    cracked[90:93, 60:140] //= 4
    for seed in range(20):
        one, other = (strange_surface(p, piece, np.random.default_rng(seed)) for p in (clean, cracked))
        assert np.array_equal(one[120:], other[120:])
        assert other[90:93, 60:140].mean() < 0.75 * one[90:93, 60:140].mean()


@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns_change_brightness_by_less_than_a_crack_does(pattern: object) -> None:
    assert callable(pattern)
    for seed in range(10):
        ratio = pattern(SIZE, 120.0, np.random.default_rng(seed))
        assert ratio.shape == (SIZE, SIZE)
        assert ratio.dtype == np.float32
        assert 0.3 < float(ratio.min()) < float(ratio.max()) < 2.0


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


def test_photos_on_strange_surfaces_are_the_same_in_every_process(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path, pieces=4, size=160)
    names = manifest.card.taxonomy.defects
    spec = NetworkSpec(classes=names, piece=True, variance=True, input_size=96, first_look=64, margin=0.1)
    still = {"flips": False, "rotate_degrees": 0, "zoom": 0, "shift": 0, "light": 0, "white_balance": 0}
    still |= {"jpeg_quality": 0, "blur_px": 0, "noise": 0, "shadow": 0}
    strange = Augment.model_validate(still | {"surface": 1.0})
    one, other, plain = (
        Photos(manifest, spec, augmenter=Augmenter(augment))
        for augment in (strange, strange, Augment.model_validate(still))
    )
    for index in range(len(manifest)):
        seen, again, before = one[3, index], other[3, index], plain[3, index]
        assert np.array_equal(seen["photos"], again["photos"])
        assert not np.array_equal(seen["photos"], before["photos"])
        assert np.array_equal(seen["cells"], before["cells"])
        assert np.array_equal(seen["piece"], before["piece"])
