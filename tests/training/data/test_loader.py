"""Loader and augmentation: what nobody said stays missing, and labels move only with their pixels."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch.nn import functional as F

from ubora.datasets.manifest import DatasetCard, Defect, Manifest, Sample, sample_id
from ubora.datasets.taxonomy import Taxonomy
from ubora.training.augment.framed import LoaderError
from ubora.training.augment.phone import Augmenter
from ubora.training.data.batch import collate
from ubora.training.data.loader import PhotoLoader
from ubora.training.data.photos import PhotoDataset
from ubora.training.data.sampler import PhotoSampler
from ubora.training.knobs import Augment
from ubora.training.network import NetworkSpec

SPEC = NetworkSpec(classes=("scratch", "pit"), piece=True, variance=True, input_size=64, first_look=0)
CARD = DatasetCard(
    name="drawn", taxonomy=Taxonomy(defects=SPEC.classes, materials=("brass",), categories=("ring",))
)
STILL = Augment(
    flips=False,
    rotate_degrees=0,
    zoom=0,
    shift=0,
    light=0,
    white_balance=0,
    jpeg_quality=0,
    blur_px=0,
    noise=0,
    shadow=0,
)


def _photos(
    tmp_path: Path, *, augment: Augment | None = None, mask_size: int = 128, **known: object
) -> PhotoDataset:
    """One photo, 128 × 128, with a white bar in its top left corner that `bar.png` masks."""
    photo = np.full((128, 128, 3), 90, np.uint8)
    photo[8:16, 8:40] = 255
    bar = np.zeros((mask_size, mask_size), np.uint8)
    bar[8:16, 8:40] = 255
    cv2.imwrite(str(tmp_path / "photo.png"), photo)
    cv2.imwrite(str(tmp_path / "bar.png"), bar)
    values: dict[str, object] = {
        "file_name": "photo.png",
        "sample_id": sample_id((tmp_path / "photo.png").read_bytes()),
        "piece_id": "p",
        "source": "captured",
    }
    sample = Sample.model_validate(values | known)
    manifest = Manifest(tmp_path, CARD, [sample])
    return PhotoDataset(manifest, SPEC, augmenter=None if augment is None else Augmenter(augment))


def test_a_photo_nobody_labelled_teaches_no_head(tmp_path: Path) -> None:
    target = _photos(tmp_path)[0, 0]
    assert not target["labels_known"].any()
    assert not target["cells_known"].any()
    assert not target["piece_known"]
    assert target["variance"] == 0
    assert target["design"] == -1


def test_a_clean_photo_teaches_that_every_cell_is_clean(tmp_path: Path) -> None:
    target = _photos(tmp_path, defects=())[0, 0]
    assert target["labels_known"].all()
    assert target["cells_known"].all()
    assert not target["cells"].any()


def test_a_mask_becomes_the_cells_it_covers(tmp_path: Path) -> None:
    target = _photos(tmp_path, defects=(Defect(name="scratch", mask="bar.png"),))[0, 0]
    assert target["labels"].tolist() == [1.0, 0.0]
    expected = np.zeros((8, 8), np.uint8)
    # 128 px become 64, and a cell is 8 of those: rows 8–15 are half of row 0, columns 8–39 are columns 0–2,
    # of which the first and the last are half covered. A quarter is enough to count in full.
    expected[:1, :3] = 255
    assert target["cells"][0].tolist() == expected.tolist()


def test_a_box_without_a_mask_leaves_only_its_inside_unknown(tmp_path: Path) -> None:
    target = _photos(tmp_path, defects=(Defect(name="pit", box=(8, 8, 32, 8)),))[0, 0]
    assert target["labels"].tolist() == [0.0, 1.0]
    assert target["cells_known"][0].all()
    assert np.argwhere(~target["cells_known"][1]).tolist() == [[0, 0], [0, 1], [0, 2]]


def test_a_label_without_a_place_leaves_the_class_map_unknown(tmp_path: Path) -> None:
    target = _photos(tmp_path, defects=(Defect(name="pit"),))[0, 0]
    assert target["labels"].tolist() == [0.0, 1.0]
    assert target["cells_known"].any((1, 2)).tolist() == [True, False]


def test_a_bad_photo_teaches_only_where_its_piece_is(tmp_path: Path) -> None:
    photos = _photos(tmp_path, defects=(), variance=4, piece_mask="bar.png", photo_faults=("blur",))
    target = photos[0, 0]
    assert not target["labels_known"].any()
    assert target["variance"] == 0
    assert target["piece_known"]


def test_a_photo_without_a_piece_teaches_that_no_cell_shows_one(tmp_path: Path) -> None:
    target = _photos(tmp_path, photo_faults=("no_piece",))[0, 0]
    assert target["piece_known"]
    assert not target["piece"].any()


def test_a_mask_of_another_size_is_refused_with_both_sizes(tmp_path: Path) -> None:
    photos = _photos(tmp_path, defects=(Defect(name="pit", mask="bar.png"),), mask_size=100)
    with pytest.raises(LoaderError, match="100 × 100 pixels, its photo has 128 × 128"):
        photos[0, 0]


def test_no_strength_leaves_the_photo_as_it_is(tmp_path: Path) -> None:
    photos = _photos(tmp_path, augment=STILL, defects=(Defect(name="scratch", mask="bar.png"),))
    plain = photos.held(0).photo_hwc
    assert np.array_equal(photos[3, 0]["photos"], plain)


def test_masks_move_with_their_pixels(tmp_path: Path) -> None:
    turning = STILL.model_copy(update={"flips": True, "rotate_degrees": 180.0, "zoom": 0.1})
    photos = _photos(tmp_path, augment=turning, defects=(Defect(name="scratch", mask="bar.png"),))
    for epoch in range(10):
        target = photos[epoch, 0]
        white = cv2.resize(
            (target["photos"][..., 0] > 200).astype(np.uint8) * 255, (8, 8), interpolation=cv2.INTER_AREA
        )
        assert np.greater(target["cells"][0][white > 100], 200).all()
        assert (target["cells"][0][cv2.dilate(white, np.ones((3, 3))) == 0] == 0).all()


def test_a_defect_cropped_out_of_sight_no_longer_counts(tmp_path: Path) -> None:
    far = STILL.model_copy(update={"shift": 0.49})
    photos = _photos(tmp_path, augment=far, defects=(Defect(name="scratch", mask="bar.png"),))
    seen = [photos[epoch, 0] for epoch in range(40)]
    gone = [target for target in seen if target["labels"][0] == 0]
    assert 0 < len(gone) < len(seen)
    assert all(target["labels_known"].all() for target in seen)
    assert all(int(target["cells"][0].sum()) < 255 for target in gone)


def test_a_label_without_a_place_is_never_cropped(tmp_path: Path) -> None:
    far = STILL.model_copy(update={"shift": 0.49})
    photos = _photos(tmp_path, augment=far, defects=(Defect(name="scratch"),))
    plain = photos.held(0).photo_hwc
    assert all(np.array_equal(photos[epoch, 0]["photos"], plain) for epoch in range(10))


def test_augmentation_is_a_function_of_epoch_and_photo_alone(tmp_path: Path) -> None:
    photos = _photos(tmp_path, augment=Augment(), defects=())
    np.random.default_rng(5).random()
    once = [photos[epoch, 0]["photos"] for epoch in (0, 1, 0)]
    assert np.array_equal(once[0], once[2])
    assert not np.array_equal(once[0], once[1])


def test_where_it_is_asked_for_the_first_epoch_sees_photos_as_they_are(tmp_path: Path) -> None:
    changed = _photos(tmp_path, augment=Augment(), defects=())
    first = PhotoDataset(changed.manifest, SPEC, augmenter=changed.augmenter, plain_first=True)
    plain = PhotoDataset(changed.manifest, SPEC)
    for name, value in plain[0, 0].items():
        assert np.array_equal(value, first[0, 0][name])
    assert np.array_equal(first[1, 0]["photos"], changed[1, 0]["photos"])
    assert not np.array_equal(first[1, 0]["photos"], plain[1, 0]["photos"])


@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_turned_batch_is_turned_in_all_that_lies_on_a_look(
    tmp_path: Path, quarters: int, mirrored: bool
) -> None:
    batch = collate([_photos(tmp_path, defects=(Defect(name="scratch", mask="bar.png"),))[0, 0]])
    # Maps that are a shrunken copy of the photo must stay one.
    photo = batch.photos.permute(0, 3, 1, 2).float()
    batch = replace(batch, maps=(F.avg_pool2d(photo, 4), F.avg_pool2d(photo, 8)))
    turned = batch.turned(quarters, mirrored)
    seen = turned.photos.permute(0, 3, 1, 2).float()
    assert torch.equal(turned.maps[0], F.avg_pool2d(seen, 4))
    assert torch.equal(turned.maps[1], F.avg_pool2d(seen, 8))
    # The bar is white in the photo, and a defect in the cells, at the same place as before.
    assert torch.equal(turned.cells[0, 0] > 127, F.avg_pool2d(seen, 8).amax(1)[0] > 100)
    assert torch.equal(turned.labels, batch.labels)
    assert torch.equal(turned.photos, batch.photos) == (quarters == 0 and not mirrored)


def test_the_cache_changes_no_target(tmp_path: Path) -> None:
    photos = _photos(tmp_path, defects=(Defect(name="scratch", mask="bar.png"),))
    cached = PhotoDataset(photos.manifest, SPEC, cache_mb=10)
    assert list(cached.prepare()) == [0]
    for name, value in photos[0, 0].items():
        assert np.array_equal(value, cached[0, 0][name])


def test_the_order_of_an_epoch_holds_every_photo_once_and_differs_from_the_next() -> None:
    order = PhotoSampler(20, 6, seed=1, shuffled=True)
    epochs = []
    for order.epoch in (0, 1):
        epochs.append([index for batch in order for _, index in batch])
    assert [sorted(epoch) for epoch in epochs] == [list(range(20))] * 2
    assert epochs[0] != epochs[1]


def test_a_training_batch_of_one_photo_is_left_out_of_its_epoch() -> None:
    assert [len(batch) for batch in PhotoSampler(13, 6, seed=0, shuffled=True)] == [6, 6]
    assert [len(batch) for batch in PhotoSampler(13, 6, seed=0, shuffled=False)] == [6, 6, 1]


def test_batches_have_the_shapes_the_losses_expect(tmp_path: Path) -> None:
    batches = PhotoLoader(_photos(tmp_path, defects=(), design="d"), 4, seed=0, shuffled=False, workers=0)
    batch = next(batches.epoch(0))
    assert batch.photos.shape == (1, 64, 64, 3)
    assert batch.photos.dtype == torch.uint8
    assert batch.cells.shape == batch.cells_known.shape == (1, 2, 8, 8)
    assert batch.piece.shape == (1, 16, 16)
    assert batch.index.tolist() == [0]
    assert batch.variance.tolist() == [0]
    assert batch.design.tolist() == [0]
