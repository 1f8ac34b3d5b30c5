"""What training shows the network: both looks, strange grounds, and designs in pairs."""

from pathlib import Path

import cv2
import numpy as np

from tests.parts.photos import drawn_dataset, drawn_piece
from ubora.models.inference.preprocess import Place
from ubora.training.augment.ground import kept_pixels, look_alikes, strange_ground
from ubora.training.augment.phone import Augmenter
from ubora.training.data.loader import PhotoLoader
from ubora.training.data.photos import PhotoDataset
from ubora.training.data.sampler import Kin, PhotoSampler
from ubora.training.knobs import Augment
from ubora.training.network import NetworkSpec

SPEC = NetworkSpec(classes=("scratch",), piece=True, variance=True, input_size=96, first_look=64, margin=0.1)


def _twice(root: Path, augment: Augment | None = None) -> PhotoDataset:
    manifest = drawn_dataset(root, pieces=4, size=160)
    spec = SPEC.model_copy(update={"classes": manifest.card.taxonomy.defects})
    return PhotoDataset(manifest, spec, augmenter=None if augment is None else Augmenter(augment))


def test_the_second_look_is_cut_around_the_piece_and_the_first_shows_all(tmp_path: Path) -> None:
    target = _twice(tmp_path)[0, 0]
    assert target["photos"].shape == (96, 96, 3)
    assert target["whole"].shape == (64, 64, 3)
    # A disc of two thirds of the photo is a third of it; with a tenth around, half of the second look.
    assert float((target["whole_piece"] > 127).mean()) < 0.4
    assert float((target["piece"] > 127).mean()) > 0.5


def test_masks_are_cut_as_the_photo_is(tmp_path: Path) -> None:
    photos = _twice(tmp_path, Augment(light=0, white_balance=0, jpeg_quality=0, noise=0, shadow=0))
    scratched = next(i for i, s in enumerate(photos.manifest) if s.defects)
    for epoch in range(8):
        target = photos[epoch, scratched]
        dark = cv2.resize(
            (target["photos"].max(2) < 60).astype(np.uint8) * 255, (12, 12), interpolation=cv2.INTER_AREA
        )
        on = cv2.resize(target["piece"], (12, 12), interpolation=cv2.INTER_AREA) > 250
        assert (target["cells"].max(0)[on & (dark > 100)] > 200).all()


def test_a_second_look_differs_from_epoch_to_epoch_and_not_within_one(tmp_path: Path) -> None:
    photos = _twice(tmp_path, Augment(ground=1.0, look_alikes=1.0, cover=0.5))
    once, other, again = (photos[epoch, 1]["photos"] for epoch in (0, 1, 0))
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)


def test_a_piece_that_only_a_network_found_is_cut_out_and_teaches_no_outline(tmp_path: Path) -> None:
    whole = _twice(tmp_path)
    bare = [s.model_copy(update={"piece_mask": None}) for s in whole.manifest]
    manifest = type(whole.manifest)(whole.manifest.root, whole.manifest.card, bare)
    found = {bare[0].sample_id: Place(40, 40, 40, 40)}
    placed, unplaced = PhotoDataset(manifest, whole.spec, places=found), PhotoDataset(manifest, whole.spec)
    assert not placed[0, 0]["piece_known"]
    assert not np.array_equal(placed[0, 0]["photos"], unplaced[0, 0]["photos"])
    assert float(placed[0, 0]["photos"][..., 2].mean()) < float(unplaced[0, 0]["photos"][..., 2].mean())


def test_a_strange_ground_leaves_every_pixel_of_the_piece() -> None:
    photo, piece, _ = drawn_piece(2, size=160)
    kept = kept_pixels([piece], reach_px=4)
    for change in (strange_ground, look_alikes):
        for seed in range(5):
            changed = change(photo, kept, np.random.default_rng(seed))
            on = np.abs(changed.astype(int) - photo)[piece > 0]
            assert int(on.max()) <= 1
            assert not np.array_equal(changed[piece == 0], photo[piece == 0])


def test_two_photos_of_a_design_stand_beside_each_other_and_none_is_lost() -> None:
    kin = [Kin(f"design-{i % 5}", f"piece-{i // 2}", scene=i) for i in range(20)]
    order = PhotoSampler(20, 4, seed=3, shuffled=True, kin=kin)
    places = [index for batch in order for _, index in batch]
    assert sorted(places) == list(range(20))
    pairs = list(zip(places[::2], places[1::2], strict=True))
    assert all(kin[a].design == kin[b].design and kin[a].piece != kin[b].piece for a, b in pairs)
    order.epoch = 1
    assert [index for batch in order for _, index in batch] != places


def test_a_batch_holds_both_looks(tmp_path: Path) -> None:
    batch = next(PhotoLoader(_twice(tmp_path), 4, seed=0, shuffled=False, workers=0).epoch(0))
    assert batch.photos.shape == (4, 96, 96, 3)
    assert batch.whole.shape == (4, 64, 64, 3)
    assert batch.whole_piece.shape == (4, 16, 16)
