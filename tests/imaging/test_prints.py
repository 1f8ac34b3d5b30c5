"""A photo is known again when it was turned, mirrored, compressed again or cropped, other photos are not."""

from itertools import combinations, product

import cv2
import imagehash
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests import ROOT
from ubora.datasets.manifest import Sample, read_manifest
from ubora.models.inference.preprocess import decode_photo
from ubora.models.inference.prints import (
    GREY,
    MOST_APART,
    Asked,
    Print,
    asked_prints,
    kept_prints,
    small_grey,
)

SAMPLE = ROOT / "datasets/sample"
Photo = NDArray[np.uint8]


@pytest.fixture(scope="module")
def photos() -> list[tuple[Sample, Photo]]:
    """One photo each of forty pieces."""
    manifest = read_manifest(SAMPLE)
    first = {sample.piece_id: sample for sample in manifest}
    return [
        (sample, np.asarray(decode_photo(manifest.path(sample.file_name).read_bytes()), np.uint8))
        for sample in list(first.values())[:40]
    ]


def is_known(kept: tuple[Print, ...], asked: Asked) -> bool:
    return any(asked.shares_a_key(one) and asked.distances([one.bits]) <= MOST_APART for one in kept)


def again(photo: Photo, quality: int = 30) -> Photo:
    jpeg = cv2.imencode(".jpg", np.ascontiguousarray(photo), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)


def cut(photo: Photo, left: float, top: float, right: float, bottom: float) -> Photo:
    height, width = photo.shape[:2]
    return photo[int(height * top) : int(height * (1 - bottom)), int(width * left) : int(width * (1 - right))]


@pytest.mark.parametrize(("turns", "mirrored"), list(product(range(4), (False, True))))
def test_a_photo_laid_in_any_of_eight_ways_is_known(
    photos: list[tuple[Sample, Photo]], turns: int, mirrored: bool
) -> None:
    for _, photo in photos[:10]:
        laid = np.rot90(photo[:, ::-1] if mirrored else photo, turns)
        assert is_known(kept_prints(small_grey(photo)), asked_prints(small_grey(again(laid))))


CROPS = {
    "each side": (0.05, 0.05, 0.05, 0.05),
    "half of it": (0.025, 0.025, 0.025, 0.025),
    "left": (0.05, 0, 0, 0),
    "top": (0, 0.05, 0, 0),
    "a corner": (0, 0, 0.05, 0.05),
    "opposite sides": (0.05, 0, 0.05, 0),
    "uneven": (0.011, 0.043, 0.032, 0.002),
}


@pytest.mark.parametrize("name", CROPS)
def test_a_photo_turned_cropped_and_compressed_is_known_whichever_came_first(
    photos: list[tuple[Sample, Photo]], name: str
) -> None:
    known = []
    for number, (_, photo) in enumerate(photos):
        changed = small_grey(again(np.rot90(cut(photo, *CROPS[name]), number % 4)))
        whole = small_grey(photo)
        known += [is_known(kept_prints(whole), asked_prints(changed))]
        known += [is_known(kept_prints(changed), asked_prints(whole))]
    assert known.count(False) <= 1, f"{known.count(False)} of {len(known)}"


def test_a_photo_that_was_made_smaller_brighter_or_sharper_is_known(
    photos: list[tuple[Sample, Photo]],
) -> None:
    for _, photo in photos[:10]:
        small = cv2.resize(photo, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
        bright = np.clip(photo.astype(np.float32) * 1.15 + 8, 0, 255).astype(np.uint8)
        sharp = cv2.addWeighted(photo, 1.5, cv2.GaussianBlur(photo, (0, 0), 2), -0.5, 0)
        for changed in (small, bright, sharp):
            grey = small_grey(np.asarray(changed, np.uint8))
            assert is_known(kept_prints(small_grey(photo)), asked_prints(grey))


def test_different_pieces_of_one_design_are_not_taken_for_each_other(
    photos: list[tuple[Sample, Photo]],
) -> None:
    pairs = [(one, other) for one, other in combinations(photos, 2) if one[0].design == other[0].design]
    assert len(pairs) > 50
    alarms = [
        (one.sample_id, other.sample_id)
        for (one, photo), (other, second) in pairs
        if is_known(kept_prints(small_grey(photo)), asked_prints(small_grey(second)))
    ]
    assert alarms == []


def test_the_distance_is_a_count_of_bits(photos: list[tuple[Sample, Photo]]) -> None:
    asked = asked_prints(small_grey(photos[0][1]))
    stored = [one.bits for _, photo in photos[:5] for one in kept_prints(small_grey(photo))]
    counted = [
        min((int.from_bytes(bits) ^ int.from_bytes(one.tobytes())).bit_count() for one in asked.packed)
        for bits in stored
    ]
    assert asked.distances(stored).tolist() == counted
    assert counted[0] == 0 < min(counted[2:])
    assert asked.distances([]).tolist() == []


def test_a_covered_lens_has_no_print() -> None:
    dark = np.random.default_rng(0).integers(0, 4, (480, 640, 3)).astype(np.uint8)
    for blank in (dark, np.full((480, 640, 3), 255, np.uint8)):
        assert kept_prints(small_grey(blank)) == ()


def test_a_print_of_all_of_a_photo_is_the_one_that_imagehash_makes(
    photos: list[tuple[Sample, Photo]],
) -> None:
    """A second reader: the same bits from the same 48 pixels, but for those that lie at the median."""
    for _, photo in photos[:10]:
        grey = small_grey(photo)
        assert grey.shape == (GREY, GREY)
        theirs = imagehash.phash(Image.fromarray(grey), hash_size=12, highfreq_factor=4).hash.ravel()
        ours = np.unpackbits(np.frombuffer(kept_prints(grey)[0].bits, np.uint8)).astype(bool)
        assert (ours != theirs).sum() <= 6
