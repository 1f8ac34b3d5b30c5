"""Defects set onto other pieces: what is cut out, where it may stand, and what the photo says afterwards."""

from pathlib import Path

import numpy as np
import pytest

from tests.parts.photos import drawn_dataset
from ubora.models.inference.preprocess import PhotoArray
from ubora.training.augment.copy_paste import Donors
from ubora.training.augment.framed import Framed
from ubora.training.augment.phone import Augmenter, MaskArray
from ubora.training.data.photos import PhotoDataset
from ubora.training.knobs import Augment
from ubora.training.network import NetworkSpec

SIZE = 120


def _plate(level: int) -> tuple[PhotoArray, MaskArray]:
    """A square plate of one grey on a black bench."""
    piece = np.zeros((SIZE, SIZE), np.uint8)
    piece[20:100, 20:100] = 255
    photo = np.zeros((SIZE, SIZE, 3), np.uint8)
    photo[piece > 0] = level
    return photo, piece


def _cracked(level: int, depth: float) -> Framed:
    """The plate with a bar across it that is `depth` times as bright, of class 1."""
    photo, piece = _plate(level)
    mask = np.zeros_like(piece)
    mask[56:62, 45:75] = 255
    photo[mask > 0] = round(level * depth)
    return Framed(photo, ((1, mask),), (), frozenset(), piece)


def _clean(level: int) -> Framed:
    photo, piece = _plate(level)
    return Framed(photo, (), (), frozenset(), piece)


@pytest.mark.parametrize("level", [60, 120, 220])
def test_a_dark_line_stays_a_dark_line_on_any_brightness(level: int) -> None:
    donors = Donors.of([(_cracked(200, 0.3), "brass")], frozenset({1}))
    grafted = donors.onto(_clean(level), "brass", np.random.default_rng(2))
    ((defect, mask),) = grafted.masks
    assert defect == 1
    inside = grafted.photo_hwc[mask > 127].mean()
    assert 0.1 * level < inside < 0.7 * level


def test_only_the_piece_is_changed_and_only_around_the_mask() -> None:
    donors = Donors.of([(_cracked(200, 0.3), None)], frozenset({1}))
    for seed in range(30):
        before = _clean(150)
        after = donors.onto(before, None, np.random.default_rng(seed))
        changed = (after.photo_hwc != before.photo_hwc).any(2)
        assert before.piece is not None
        assert not changed[before.piece == 0].any()
        marked = np.zeros(changed.shape, bool) if not after.masks else after.masks[0][1] > 127
        assert marked[changed].mean() > 0.3 if changed.any() else not marked.any()


def test_a_defect_goes_to_pieces_of_its_own_material_only() -> None:
    donors = Donors.of([(_cracked(200, 0.3), "horn")], frozenset({1}))
    clean = _clean(150)
    assert donors.onto(clean, "brass", np.random.default_rng(0)) is clean
    assert donors.onto(clean, "horn", np.random.default_rng(0)).masks


def test_what_is_not_named_or_would_not_show_is_left_where_it_is() -> None:
    clean = _clean(150)
    unnamed = Donors.of([(_cracked(200, 0.3), None)], frozenset({0}))
    faint = Donors.of([(_cracked(200, 0.99), None)], frozenset({1}))
    for donors in (unnamed, faint):
        assert donors.onto(clean, None, np.random.default_rng(0)) is clean
    bare = Framed(clean.photo_hwc, (), (), frozenset(), None)
    good = Donors.of([(_cracked(200, 0.3), None)], frozenset({1}))
    assert good.onto(bare, None, np.random.default_rng(0)) is bare


def test_photos_show_and_name_the_transplant_the_same_in_every_process(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path, pieces=8, size=160)
    names = manifest.card.taxonomy.defects
    spec = NetworkSpec(classes=names, piece=True, variance=True, input_size=96, first_look=64, margin=0.1)
    strength = Augment(transplant=1.0, transplanted=names)
    one, other, plain = (
        PhotoDataset(manifest, spec, augmenter=Augmenter(augment))
        for augment in (strength, strength, Augment())
    )
    for photos in (one, other, plain):
        photos.gather_donors()
    clean = [i for i, s in enumerate(manifest) if s.defects == ()]
    assert clean
    seen = [one[epoch, index] for index in clean for epoch in range(4)]
    again = [other[epoch, index] for index in clean for epoch in range(4)]
    assert all(np.array_equal(a["photos"], b["photos"]) for a, b in zip(seen, again, strict=True))
    named = [target for target in seen if target["labels"].any()]
    assert len(named) > len(seen) / 2
    for target in named:
        defect = int(target["labels"].argmax())
        assert int(target["cells"][defect].max()) > 127
    assert not any(plain[0, index]["labels"].any() for index in clean)
