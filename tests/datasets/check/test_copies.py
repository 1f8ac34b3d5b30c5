"""Near-copies: the same picture saved again is found, another piece is not."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests import ROOT
from tests.parts.photos import drawn_dataset, jpeg
from ubora.datasets.check.command import check_dataset
from ubora.datasets.check.copies import COPY_BITS, HASH_BITS, NEAR_BITS, Look, look, near_copies
from ubora.datasets.check.problems import Problem
from ubora.datasets.manifest import Manifest, Sample, read_manifest, sample_id, write_manifest
from ubora.datasets.pixels import open_photo

SAMPLE = ROOT / "datasets/sample"


def _photo(name: str) -> NDArray[np.uint8]:
    return open_photo((SAMPLE / name).read_bytes()).rgb_hwc


def _saved_again(photo_hwc: NDArray[np.uint8], quality: int = 40, scale: float = 0.5) -> bytes:
    return jpeg(cv2.resize(photo_hwc, None, fx=scale, fy=scale), quality=quality)


def _unlike(count: int) -> list[Look]:
    bits = np.random.default_rng(3).integers(0, 256, (count, 32), dtype=np.uint8)
    return [Look(row, np.zeros((32, 32), np.uint8)) for row in bits]


def _shifted(seen: Look, bits: int) -> Look:
    flipped = np.unpackbits(seen.bits)
    flipped[:bits] ^= 1
    return Look(np.packbits(flipped), seen.tiny_hw)


@pytest.fixture(scope="module")
def samples() -> tuple[Sample, ...]:
    return read_manifest(SAMPLE).samples


def test_every_photo_of_the_sample_is_recognised_when_saved_again(samples: tuple[Sample, ...]) -> None:
    doubted = []
    for sample in samples:
        photo = _photo(sample.file_name)
        brighter = cv2.convertScaleAbs(photo, alpha=1.1, beta=8)
        first, again = look(photo), look(open_photo(_saved_again(np.asarray(brighter, np.uint8))).rgb_hwc)
        assert first is not None
        assert again is not None
        [pair] = near_copies([first, again], ["a", "b"])
        if not pair.certain:
            doubted.append((sample.file_name, pair))
    # A person is asked about one whose brightest parts the brightening blew out.
    assert len(doubted) <= 1, doubted


def test_no_two_pieces_of_the_sample_look_the_same(samples: tuple[Sample, ...]) -> None:
    looks = [seen for sample in samples if (seen := look(_photo(sample.file_name)))]
    pieces = [sample.piece_id for sample in samples]
    assert near_copies(looks, pieces, within=2 * NEAR_BITS) == []


def test_photos_of_one_piece_are_never_a_pair() -> None:
    first = _unlike(1)[0]
    assert near_copies([first, first], ["a", "a"]) == []
    assert len(near_copies([first, first], ["a", "b"])) == 1


def test_the_distance_is_counted_in_bits_up_to_the_bound() -> None:
    first = _unlike(1)[0]
    looks = [first, _shifted(first, NEAR_BITS), _shifted(first, NEAR_BITS + 30)]
    [pair] = near_copies(looks, ["a", "b", "c"])[:1]
    assert (pair.first, pair.second, pair.bits) == (0, 1, NEAR_BITS)
    assert near_copies([looks[0], looks[2]], ["a", "c"]) == []
    assert COPY_BITS < NEAR_BITS < HASH_BITS // 4


def test_copies_are_found_across_blocks_as_by_comparing_every_pair() -> None:
    looks = _unlike(5000)
    looks[4999], looks[2100], looks[30] = _shifted(looks[1], 3), _shifted(looks[1], 9), _shifted(looks[2], 5)
    pairs = near_copies(looks, [f"piece-{number}" for number in range(5000)])
    assert [(pair.first, pair.second, pair.bits) for pair in pairs] == [
        (1, 4999, 3),
        (2, 30, 5),
        (2100, 4999, 6),
    ]


def test_many_photos_that_are_all_alike_give_no_more_pairs_than_photos() -> None:
    looks = _unlike(1) * 3000
    assert len(near_copies(looks, [f"piece-{number}" for number in range(3000)])) == 2999


def test_a_photo_of_one_flat_tone_is_like_nothing() -> None:
    assert look(np.full((200, 300, 3), 90, np.uint8)) is None


def test_no_photos_are_no_pairs() -> None:
    assert near_copies([], []) == []


def _with_copy(root: Path, first: str, second: str, *, same_label: bool = True) -> list[Problem]:
    """A dataset whose photo 2 is photo 0 saved again, in the splits named; its faults and warnings."""
    manifest = drawn_dataset(root)
    lines = list(manifest.samples)
    photo = _photo("photos/r11-00171-0front.webp")
    lines[0] = _stored(root, lines[0], jpeg(photo), first)
    lines[2] = _stored(root, lines[2], _saved_again(photo, 80, 1.0), second)
    variance = lines[0].variance if same_label else 5
    lines[2] = lines[2].model_copy(update={"variance": variance})
    write_manifest(Manifest(root, manifest.card, lines))
    return [problem for problem in check_dataset(root)[1] if "cop" in problem.kind]


def _stored(root: Path, sample: Sample, data: bytes, split: str) -> Sample:
    (root / sample.file_name).write_bytes(data)
    return sample.model_copy(
        update={"sample_id": sample_id(data), "split": split, "piece_mask": None, "defects": ()}
    )


def test_a_photo_saved_again_for_another_piece_across_splits_is_a_fault_with_both_lines(
    tmp_path: Path,
) -> None:
    [problem] = _with_copy(tmp_path, "train", "test")
    assert (problem.level, problem.kind) == ("fault", "copy across splits")
    assert problem.where == "metadata.jsonl:1, 3: photos/0.jpg"
    assert problem.photos == ("photos/0.jpg", "photos/2.jpg")


def test_a_copy_within_a_split_matters_only_where_its_label_differs(tmp_path: Path) -> None:
    assert _with_copy(tmp_path / "same", "train", "train") == []
    [problem] = _with_copy(tmp_path / "other", "train", "train", same_label=False)
    assert (problem.level, problem.kind) == ("warning", "near-copy with another label")


def test_a_photo_that_is_only_alike_across_splits_is_a_warning(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path)
    photo = _photo("photos/r11-00171-0front.webp")
    lines = list(manifest.samples)
    edge = photo.shape[0] // 80
    lines[0] = _stored(tmp_path, lines[0], jpeg(photo), "train")
    lines[2] = _stored(tmp_path, lines[2], jpeg(photo[edge:-edge, edge:-edge]), "test")
    write_manifest(Manifest(tmp_path, manifest.card, lines))
    found = [(p.level, p.kind) for p in check_dataset(tmp_path)[1] if "cop" in p.kind]
    assert found == [("warning", "near-copy across splits")]


def test_a_copy_on_its_own_side_does_not_hide_one_on_the_other() -> None:
    first = _unlike(1)[0]
    looks = [first, _shifted(first, 4), _shifted(first, 20)]
    pairs = near_copies(looks, ["a", "b", "c"], ["train", "train", "test"])
    assert {(pair.first, pair.second) for pair in pairs} == {(0, 1), (0, 2), (1, 2)}
