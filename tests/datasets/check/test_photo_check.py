"""What the check says of one photo and its masks, and what it leaves unsaid."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.datasets.check.broken_datasets import (
    SIZE,
    change,
    change_defect,
    cut_png,
    encoded,
    kinds_of,
    problems_of,
    scratch_in_a_corner,
    store_mask,
    store_photo,
    turn_photo,
)
from tests.parts.photos import drawn_dataset, drawn_piece


def test_a_png_that_ends_early_is_cut_short_too(tmp_path: Path) -> None:
    drawn_dataset(tmp_path)
    cut_png(tmp_path)
    assert kinds_of(tmp_path) == {"photo cut short"}


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "the file is empty"),
        (encoded(drawn_piece(2)[0], "BMP"), "by its content, but BMP"),
        (
            encoded(drawn_piece(2)[0], "WEBP", save_all=True, append_images=[Image.new("RGB", (160, 160))]),
            "an animation",
        ),
    ],
)
def test_what_is_no_single_photo_is_refused_with_what_was_found(
    tmp_path: Path, data: bytes, found: str
) -> None:
    drawn_dataset(tmp_path)
    store_photo(tmp_path, 2, data)
    details = {problem.detail for problem in problems_of(tmp_path) if problem.level == "fault"}
    assert [found in detail for detail in details] == [True]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (encoded(drawn_piece(2)[0], "JPEG", "CMYK"), "CMYK colour"),
        (encoded(np.full((160, 160, 4), 120, np.uint8), "PNG", "RGBA"), "transparent pixels"),
        (
            cv2.imencode(
                ".png", np.random.default_rng(0).integers(0, 65535, (160, 160, 3)).astype(np.uint16)
            )[1].tobytes(),
            "16 bits a channel",
        ),
        (
            cv2.imencode(".png", np.random.default_rng(0).integers(0, 65535, (160, 160)).astype(np.uint16))[
                1
            ].tobytes(),
            "16 bits a channel",
        ),
    ],
)
def test_what_is_lost_on_the_way_to_8_bit_rgb_is_said(tmp_path: Path, data: bytes, found: str) -> None:
    drawn_dataset(tmp_path)
    store_photo(tmp_path, 2, data)
    details = [problem.detail for problem in problems_of(tmp_path) if problem.kind == "unusual pixels"]
    assert [found in detail for detail in details] == [True]


def test_a_photo_stored_sideways_with_upright_masks_is_sound(tmp_path: Path) -> None:
    drawn_dataset(tmp_path)
    turn_photo(tmp_path, 6, 120)
    piece, scratch = (np.rot90(m[:, :120], -1) for m in drawn_piece(1, scratched=True)[1:])
    store_mask(tmp_path, 1, piece, "piece")
    store_mask(tmp_path, 1, scratch)
    change_defect(tmp_path, 1, box=None)
    assert kinds_of(tmp_path) == set()
    assert "orientation unproven" not in kinds_of(tmp_path, "warning")


def test_an_empty_piece_mask_is_the_truth_where_there_is_no_piece(tmp_path: Path) -> None:
    drawn_dataset(tmp_path)
    store_mask(tmp_path, 0, np.zeros((SIZE, SIZE), np.uint8), "piece")
    assert kinds_of(tmp_path) == {"empty mask"}
    change(tmp_path, 0, photo_faults=("no_piece",))
    assert kinds_of(tmp_path) == set()


def test_a_mask_of_0_and_1_is_empty_and_says_what_to_do(tmp_path: Path) -> None:
    drawn_dataset(tmp_path)
    store_mask(tmp_path, 1, drawn_piece(1, scratched=True)[2] // 255)
    [problem] = [problem for problem in problems_of(tmp_path) if problem.level == "fault"]
    assert problem.detail.endswith("the highest is 1; a mask of 0 and 1 is to be multiplied by 255")


def test_a_gap_where_a_part_is_missing_may_lie_off_the_piece(tmp_path: Path) -> None:
    drawn_dataset(tmp_path)
    scratch_in_a_corner(tmp_path)
    change_defect(tmp_path, 1, name="missing")
    assert kinds_of(tmp_path) == set()
