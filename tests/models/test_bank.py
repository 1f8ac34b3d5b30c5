"""The bank of a design's approved photos: what is kept of them, whence each cell is, and what is refused."""

import numpy as np
import pytest

from ubora.models.inference.bank import (
    MOST_CELLS,
    MOST_PHOTOS,
    Approved,
    BankError,
    Origin,
    bank_of,
    coreset,
    empty_bank,
)
from ubora.models.inference.preprocess import Place

SIZE = 8


def _approved(cells: int, *, seed: int = 0, release: str = "one", at: float = 0.0) -> Approved:
    """A photo whose cells lie in a row, each at its own place."""
    random = np.random.default_rng(seed)
    return Approved(
        embedding=np.eye(3, dtype=np.float32)[0],
        level=3.0,
        release=release,
        cells=random.normal(at, 1, (cells, SIZE)).astype(np.float32),
        places=tuple(Place(10 * n, seed, 10, 10) for n in range(cells)),
        size=(640, 480 + seed),
    )


def test_a_design_without_approved_photos_has_a_bank_that_stands_for_nothing() -> None:
    for bank in (empty_bank("one", SIZE), bank_of("one", SIZE, [])):
        assert (bank.photos, bank.cells.shape) == (0, (0, SIZE))
        rows, known = bank.rows
        # A graph takes at least one row.
        assert rows.shape == (1, SIZE)
        assert rows.dtype == np.float32
        assert known.tolist() == [False]
        assert bank.origin(-1) is None


def test_every_cell_of_a_bank_says_which_photo_it_is_of_and_where_on_it() -> None:
    photos = [_approved(5, seed=1), _approved(3, seed=2)]
    bank = bank_of("one", SIZE, photos)
    assert bank.photos == 2
    assert bank.rows[0].shape == (8, SIZE)
    assert bank.rows[1].all()
    for cell in range(8):
        origin = bank.origin(cell)
        assert origin is not None
        own = photos[origin.photo]
        assert np.array_equal(bank.cells[cell], own.cells[own.places.index(origin.place)])
    assert bank.origin(6) == Origin(1, Place(10, 2, 10, 10), (640, 482))


def test_many_cells_are_thinned_out_and_keep_their_origins() -> None:
    photos = [_approved(900, seed=seed) for seed in range(3)]
    bank = bank_of("one", SIZE, photos)
    assert len(bank.cells) == len(bank.photo) == len(bank.places) == MOST_CELLS
    assert set(bank.photo.tolist()) == {0, 1, 2}
    for cell in range(0, MOST_CELLS, 97):
        origin = bank.origin(cell)
        assert origin is not None
        assert np.array_equal(bank.cells[cell], photos[origin.photo].cells[origin.place.x // 10])


def test_a_photo_on_which_no_cell_shows_the_piece_adds_nothing() -> None:
    bank = bank_of("one", SIZE, [_approved(0), _approved(4, seed=1)])
    assert bank.photos == 2
    assert bank.photo.tolist() == [1] * 4
    alone = bank_of("one", SIZE, [_approved(0)])
    assert (alone.photos, alone.rows[1].tolist()) == (1, [False])


def test_photos_that_another_release_described_are_refused() -> None:
    with pytest.raises(BankError, match="described by two; expected one"):
        bank_of("one", SIZE, [_approved(4), _approved(4, release="two")])


def test_more_photos_than_are_compared_with_are_refused() -> None:
    assert bank_of("one", SIZE, [_approved(4)] * MOST_PHOTOS).photos == MOST_PHOTOS
    with pytest.raises(BankError, match=f"{MOST_PHOTOS + 1} approved photos; at most {MOST_PHOTOS}"):
        bank_of("one", SIZE, [_approved(4)] * (MOST_PHOTOS + 1))


def test_a_coreset_leaves_no_cell_far_from_all_that_were_kept() -> None:
    # Nineteen of twenty cells are alike; the others lie about, one here and one there.
    random = np.random.default_rng(0)
    alike, odd = random.normal(0, 0.01, (1900, SIZE)), random.normal(0, 5, (100, SIZE))
    cells = np.concatenate([alike, odd]).astype(np.float32)
    kept = coreset(cells, 120)
    assert len(kept) == len(set(kept.tolist())) == 120
    assert set(range(1900, 2000)) <= set(kept.tolist())
    apart = np.linalg.norm(cells[:, None] - cells[None, kept], axis=2).min(1)
    assert float(apart.max()) < 0.1


def test_a_coreset_of_few_cells_is_all_of_them() -> None:
    cells = np.random.default_rng(0).normal(size=(5, SIZE)).astype(np.float32)
    assert coreset(cells, 5).tolist() == [0, 1, 2, 3, 4]
    assert coreset(cells[:0], 5).tolist() == []


def test_a_coreset_names_no_cell_twice_however_alike_they_are() -> None:
    cells = np.tile(np.random.default_rng(0).normal(size=(3, SIZE)), (100, 1)).astype(np.float32)
    kept = coreset(cells, 50)
    assert len(set(kept.tolist())) == 50
    assert len({tuple(row) for row in cells[kept].tolist()}) == 3
