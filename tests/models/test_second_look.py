"""Looking twice: the piece is found in the whole photo and seen again at the photo's own resolution."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.parts.photos import drawn_piece, jpeg
from ubora.models.inference.preprocess import Letterbox, OpenPhoto, PhotoArray, Place
from ubora.models.inference.second_look import find_piece, look_at, square_around
from ubora.models.record import InputContract

MARGIN = InputContract(size=64, margin=0.1)
NO_MARGIN = InputContract(size=64, margin=0.0)


def _cells(*boxes: tuple[int, int, int, int]) -> NDArray[np.float32]:
    """(48, 48) logits, 5 inside each x, y, width, height and −5 elsewhere."""
    cells = np.full((48, 48), -5, np.float32)
    for x, y, width, height in boxes:
        cells[y : y + height, x : x + width] = 5
    return cells


def test_the_place_is_the_square_around_the_piece_with_its_margin() -> None:
    # 192 px of input for a photo of 1920: a cell is 40 px. 10 × 5 cells are 400 × 200; with a tenth, 480.
    frame = Letterbox.around(1920, 1920, 192)
    assert find_piece(_cells((20, 10, 10, 5)), frame, MARGIN) == Place(760, 260, 480, 480)


def test_a_photo_without_a_piece_has_no_place() -> None:
    assert find_piece(_cells(), Letterbox.around(640, 640, 192), MARGIN) is None


def test_a_faint_piece_is_looked_at_more_closely() -> None:
    faint = np.where(_cells((20, 10, 10, 5)) > 0, np.float32(-1.0), np.float32(-5.0))
    assert find_piece(faint, Letterbox.around(1920, 1920, 192), MARGIN) == Place(760, 260, 480, 480)


def test_both_earrings_are_looked_at_and_a_speck_is_not() -> None:
    frame = Letterbox.around(192, 192, 192)
    place = find_piece(_cells((4, 20, 8, 8), (30, 20, 8, 8), (46, 46, 1, 1)), frame, NO_MARGIN)
    assert place == Place(16, 28, 136, 136)


def test_a_place_never_leaves_the_photo() -> None:
    assert square_around((-20, 10, 120, 50), 0.2, 640, 480) == Place(0, 0, 168, 168)
    assert square_around((600, 440, 80, 80), 0.1, 640, 480) == Place(544, 384, 96, 96)
    assert square_around((100, 0, 400, 480), 0.5, 640, 480) == Place(0, 0, 640, 480)


def test_the_bars_of_a_wide_photo_are_no_part_of_the_place() -> None:
    frame = Letterbox.around(1920, 960, 192)
    assert find_piece(_cells((0, 12, 48, 24)), frame, MARGIN) == Place(0, 0, 1920, 960)


def test_a_small_piece_in_a_large_photo_is_seen_at_the_photos_own_resolution() -> None:
    stripes = np.full((2400, 3200, 3), 128, np.uint8)
    stripes[1000:1300, 1500:1800:4] = 255
    stripes[1000:1300, 1501:1800:4] = 255
    photo = OpenPhoto(jpeg(stripes), at_least=600)
    coarse = photo.pixels_hwc.shape[1]
    seen, frame = photo.look(300, Place(1500, 1000, 300, 300))
    assert coarse == 800
    assert frame.place() == Place(1500, 1000, 300, 300)
    # Decoded at a quarter, stripes of two pixels are one grey.
    assert float(seen.std()) > 40


@pytest.mark.parametrize("orientation", [1, 6])
def test_the_second_look_is_filled_by_the_piece_that_the_first_one_found(orientation: int) -> None:
    photo = np.full((900, 1200, 3), 100, np.uint8)
    disc, piece, _ = drawn_piece(3, size=240)
    photo[100:340, 700:940][piece > 0] = disc[piece > 0]
    seen_sizes = []

    def bright(inputs_nhwc: PhotoArray) -> dict[str, NDArray[np.float32]]:
        seen_sizes.append(inputs_nhwc.shape[1])
        grid = inputs_nhwc.shape[1] // 4
        warm = inputs_nhwc[0, ..., 0].astype(np.float32) - inputs_nhwc[0, ..., 2] - 30
        small = cv2.resize(warm, (grid, grid), interpolation=cv2.INTER_AREA)
        return {"piece": np.asarray(small[None], np.float32)}

    exif = b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00"
    data = jpeg(photo, exif=exif + bytes([orientation]) + b"\x00" * 7)
    look = look_at(data, InputContract(size=128, first_look=96, margin=0.1), bright)
    assert seen_sizes == [96, 128]
    found = look.frame.place()
    middle = (found.x + found.width / 2, found.y + found.height / 2)
    # A quarter turn to the right puts x = 820, y = 220 at x = 900 − 220, y = 820.
    assert middle == pytest.approx((820, 220) if orientation == 1 else (680, 820), abs=25)
    assert float((look.outputs["piece"][0] > 0).mean()) > 0.35
    assert (look.whole.width, look.whole.height) == ((1200, 900) if orientation == 1 else (900, 1200))


def test_without_a_first_look_all_of_the_photo_is_looked_at_once() -> None:
    def answer(inputs_nhwc: PhotoArray) -> dict[str, NDArray[np.float32]]:
        return {"piece": np.zeros((1, 16, 16), np.float32)}

    look = look_at(jpeg(drawn_piece(1)[0]), InputContract(size=64), answer)
    assert look.frame == look.whole == Letterbox.around(160, 160, 64)
