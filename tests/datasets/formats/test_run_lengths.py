"""Masks as run lengths and polygons: pixel for pixel, and as the tools of the two formats write them."""

import cv2
import numpy as np
import pytest

from tests.datasets.varied_dataset import varied_mask
from ubora.datasets.formats.intake.polygons import fill_polygons
from ubora.datasets.formats.intake.run_lengths import (
    brush_of,
    counts_from_text,
    counts_of,
    counts_to_text,
    mask_of_brush,
    mask_of_counts,
)
from ubora.datasets.manifest import ManifestError

# pycocotools 2.0.11 speaks to numpy as before numpy 2.
_OLD_NUMPY = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
# By pycocotools 2.0.11 and label-studio-converter 0.0.59 for the same mask: row 1, columns 1 to 3 of 3 × 5.
_KNOWN = np.zeros((3, 5), np.bool_)
_KNOWN[1, 1:4] = True
_KNOWN_TEXT = "4120002"
_KNOWN_BRUSH = [0, 0, 0, 60, 57, 27, 254, 23, 0, 183, 255, 133, 192, 0]


def test_the_known_mask_is_written_as_the_tools_of_both_formats_write_it() -> None:
    assert counts_to_text(counts_of(_KNOWN)) == _KNOWN_TEXT
    assert brush_of(_KNOWN) == _KNOWN_BRUSH


@pytest.mark.parametrize("seed", range(40))
def test_every_mask_comes_back_pixel_for_pixel(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mask = varied_mask(rng, (int(rng.integers(1, 400)), int(rng.integers(1, 400))))
    size = mask.shape
    text = counts_to_text(counts_of(mask))
    assert np.array_equal(mask_of_counts(counts_of(mask), size), mask)
    assert np.array_equal(mask_of_counts(counts_from_text(text), size), mask)
    assert np.array_equal(mask_of_brush(brush_of(mask), size), mask)
    nothing = np.zeros(size, np.bool_)
    assert np.array_equal(mask_of_brush(brush_of(nothing), size), nothing)
    assert np.array_equal(mask_of_counts(counts_of(nothing), size), nothing)


@_OLD_NUMPY
@pytest.mark.parametrize("seed", range(20))
def test_pycocotools_reads_and_writes_the_same_run_lengths(seed: int) -> None:
    theirs = pytest.importorskip("pycocotools.mask")
    rng = np.random.default_rng(seed)
    mask = varied_mask(rng, (int(rng.integers(1, 300)), int(rng.integers(1, 300))))
    written = theirs.encode(np.asfortranarray(mask.astype(np.uint8)))
    assert written["counts"].decode() == counts_to_text(counts_of(mask))
    uncompressed = theirs.frPyObjects({"size": list(mask.shape), "counts": counts_of(mask)}, *mask.shape)
    assert np.array_equal(theirs.decode(uncompressed) > 0, mask)


def test_a_brush_with_soft_edges_is_read_as_label_studio_draws_it() -> None:
    # Repeated blocks and single values, as its own editor writes them: alpha 0, 90, 200, 255 and again 0.
    values = [0] * 8 + [90] * 4 + [200] * 4 + [255] * 4 + [0] * 4
    bits = f"{len(values):032b}{7:05b}" + "".join(f"{size - 1:04b}" for size in (3, 4, 8, 16))
    bits += f"100{7:03b}{0:08b}"
    bits += f"001{11:04b}" + "".join(f"{value:08b}" for value in values[8:20])
    bits += f"100{3:03b}{0:08b}"
    bits += "0" * (-len(bits) % 8)
    brush = list(int(bits, 2).to_bytes(len(bits) // 8))
    assert mask_of_brush(brush, (2, 3)).tolist() == [[False, False, False], [True, True, False]]


@pytest.mark.parametrize(
    ("brush", "message"),
    [
        (_KNOWN_BRUSH[:9], "ends early"),
        ([], "ends early"),
        ([256, *_KNOWN_BRUSH[1:]], "bytes 0–255"),
        ([1, *_KNOWN_BRUSH[1:]], "expected 60 of 8 bits"),
        ([255] * 60, "expected 60 of 8 bits"),
    ],
)
def test_a_damaged_brush_is_refused(brush: list[int], message: str) -> None:
    with pytest.raises(ManifestError, match=message):
        mask_of_brush(brush, (3, 5))


@pytest.mark.parametrize("text", ["412000", "4120002 ", "P", "41200020", "q" * 9])
def test_damaged_run_lengths_are_refused(text: str) -> None:
    with pytest.raises(ManifestError):
        mask_of_counts(counts_from_text(text), (3, 5))


def test_a_polygon_is_the_pixels_whose_centres_it_holds() -> None:
    mask = fill_polygons([[1, 2, 4, 2, 4, 5, 1, 5]], (6, 8))
    assert np.argwhere(mask).tolist() == [[row, column] for row in (2, 3, 4) for column in (1, 2, 3)]


def test_a_polygon_within_another_that_runs_round_the_other_way_is_a_hole() -> None:
    outer, hole = [0, 0, 9, 0, 9, 9, 0, 9], [3, 3, 3, 6, 6, 6, 6, 3]
    island = [4, 4, 5, 4, 5, 5, 4, 5]
    assert fill_polygons([hole, outer], (9, 9)).sum() == 81 - 9
    assert fill_polygons([outer, hole, island], (9, 9)).sum() == 81 - 9 + 1
    same_way = [3, 3, 6, 3, 6, 6, 3, 6]
    assert fill_polygons([outer, same_way], (9, 9)).sum() == 81


def test_polygons_beside_each_other_are_joined_whichever_way_they_run() -> None:
    mask = fill_polygons([[0, 0, 2, 0, 2, 2, 0, 2], [4, 0, 4, 2, 6, 2, 6, 0]], (4, 8))
    assert mask.sum() == 8


def test_what_is_too_thin_for_a_centre_still_marks_its_pixels() -> None:
    assert np.argwhere(fill_polygons([[1, 2.1, 5, 2.1, 5, 2.2]], (6, 8))).tolist() == [
        [2, x] for x in range(1, 6)
    ]


@pytest.mark.parametrize("seed", range(10))
def test_contours_with_holes_come_back_as_the_shape_they_were_drawn_from(seed: int) -> None:
    rng = np.random.default_rng(seed)
    drawn = np.zeros((80, 120), np.uint8)
    for _ in range(3):
        cv2.circle(drawn, (int(rng.integers(20, 100)), int(rng.integers(20, 60))), 15, 1, 6)
    contours, _ = cv2.findContours(
        np.kron(drawn, np.ones((8, 8), np.uint8)), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE
    )
    polygons = [[float(v) for v in ((contour.reshape(-1, 2) + 0.5) / 8).ravel()] for contour in contours]
    assert np.array_equal(fill_polygons(polygons, (80, 120)), drawn > 0)


@_OLD_NUMPY
def test_pycocotools_fills_a_polygon_nearly_alike() -> None:
    theirs = pytest.importorskip("pycocotools.mask")
    star = [
        30.2,
        5.1,
        40.7,
        30.3,
        70.9,
        35.2,
        45.1,
        50.8,
        50.3,
        80.6,
        30.4,
        60.2,
        8.3,
        78.1,
        16.2,
        48.7,
        3.3,
        30.1,
    ]
    their_mask = theirs.decode(theirs.merge(theirs.frPyObjects([star], 90, 80))) > 0
    mask = fill_polygons([star], (90, 80))
    assert (mask & their_mask).sum() / (mask | their_mask).sum() > 0.95


@pytest.mark.parametrize(
    ("polygon", "message"),
    [
        ([1, 2, 3, 4], "3 corners"),
        ([1, 2, 3, 4, 5, 6, 7], "found 7 numbers"),
        ([500, 500, 510, 500, 510, 510], "no pixel"),
        ([0, 0, 1e9, 0, 0, 5], "near the photo"),
        ([0, 0, float("nan"), 0, 0, 5], "near the photo"),
    ],
)
def test_a_polygon_that_is_none_is_refused(polygon: list[float], message: str) -> None:
    with pytest.raises(ManifestError, match=message):
        fill_polygons([polygon], (20, 20))
