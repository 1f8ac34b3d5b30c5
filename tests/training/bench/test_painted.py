"""Painted defects: deterministic, on the piece, as large as the piece asks for, and nothing else changes."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.parts.photos import drawn_piece
from ubora.training.bench.painted.painter import FAINTEST, PAINTERS, PaintError, paint

Photo = NDArray[np.uint8]
Mask = NDArray[np.bool_]


def disc(size: int = 240) -> tuple[Photo, Mask]:
    photo, piece, _ = drawn_piece(3, size=size)
    return photo, piece > 0


def ring(size: int = 240) -> tuple[Photo, Mask]:
    """A hoop: all rim, nowhere deep."""
    photo, _ = disc(size)
    piece = np.zeros((size, size), np.uint8)
    cv2.circle(piece, (size // 2, size // 2), size // 3, 255, size // 20)
    photo[piece == 0] = (105, 110, 100)
    photo[piece > 0] = (190, 160, 80)
    return photo, piece > 0


def widened(mask: Mask, reach: int) -> Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0)


@pytest.mark.parametrize("kind", PAINTERS)
def test_the_same_seed_paints_the_same_and_another_another(kind: str) -> None:
    photo, piece = disc()
    first, again, other = (paint(photo, piece, kind, seed) for seed in (5, 5, 6))
    assert np.array_equal(first.photo_hwc, again.photo_hwc)
    assert np.array_equal(first.mask_hw, again.mask_hw)
    assert not np.array_equal(first.mask_hw, other.mask_hw)


@pytest.mark.parametrize("piece_of", [disc, ring])
@pytest.mark.parametrize("kind", PAINTERS)
def test_what_is_painted_lies_on_the_piece_and_is_to_be_seen(kind: str, piece_of: object) -> None:
    assert callable(piece_of)
    photo, piece = piece_of()
    for seed in range(4):
        painted = paint(photo, piece, kind, seed)
        assert painted.kind == kind
        assert not (painted.mask_hw & ~widened(piece, 3)).any()
        change = np.abs(painted.photo_hwc.astype(float) - photo).mean(2)
        assert np.percentile(change[painted.mask_hw], 90) >= FAINTEST - 1


@pytest.mark.parametrize("kind", PAINTERS)
def test_far_from_the_paint_no_pixel_changes(kind: str) -> None:
    photo, piece = disc()
    for seed in range(4):
        painted = paint(photo, piece, kind, seed)
        # A stain and a dent fade out; the mask ends where they are faint.
        far = ~widened(painted.mask_hw, 2 * 14 + 1)
        assert np.array_equal(painted.photo_hwc[far], photo[far])


@pytest.mark.parametrize("kind", PAINTERS)
def test_a_piece_twice_as_large_bears_a_defect_about_twice_as_wide(kind: str) -> None:
    small, large = (
        np.mean([np.sqrt(paint(*disc(size), kind, seed).mask_hw.sum()) for seed in range(12)])
        for size in (180, 360)
    )
    assert 1.5 < large / small < 2.7


def test_a_chip_shows_the_ground_and_a_crack_is_dark() -> None:
    photo, piece = disc()
    ground, metal = photo[~piece].mean(0), photo[piece].mean(0)
    chip = paint(photo, piece, "chip", 1)
    bitten = chip.photo_hwc[chip.mask_hw & piece].mean(0)
    assert np.abs(bitten - ground).sum() < np.abs(bitten - metal).sum()
    crack = paint(photo, piece, "crack", 1)
    assert crack.photo_hwc[crack.mask_hw].mean() < 0.7 * photo[crack.mask_hw].mean()


def test_a_crack_stands_out_on_a_plain_face_and_is_lost_in_a_net_of_beads() -> None:
    photo, piece = disc()
    noise = np.random.default_rng(0).integers(0, 256, (*piece.shape, 1)).repeat(3, 2)
    busy = np.where(piece[..., None], noise, photo).astype(np.uint8)
    plain_face, beads = (
        np.mean([paint(p, piece, "crack", s).prominence for s in range(6)]) for p in (photo, busy)
    )
    assert plain_face > 2 * beads
    assert beads < 1.2


def test_thin_defects_are_thin_and_blotches_are_not() -> None:
    photo, piece = disc()
    share = {k: np.mean([paint(photo, piece, k, s).mask_hw.sum() for s in range(6)]) for k in PAINTERS}
    assert max(share["scratch"], share["crack"]) < 0.3 * min(share["tarnish"], share["chip"], share["dent"])


def test_a_speck_is_no_piece_to_paint_on() -> None:
    photo, _ = disc()
    speck = np.zeros(photo.shape[:2], np.bool_)
    speck[100:110, 100:110] = True
    with pytest.raises(PaintError, match="a piece of 100 pixels; expected at least 400"):
        paint(photo, speck, "dent", 0)


def test_what_cannot_be_seen_on_a_piece_is_not_painted() -> None:
    _, piece = disc()
    black = np.zeros((*piece.shape, 3), np.uint8)
    with pytest.raises(PaintError, match="no place in 12 tries where a chip would show"):
        paint(black, piece, "chip", 0)
