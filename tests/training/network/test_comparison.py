"""The comparison: cells of a piece held against a bank, as shapes and numbers."""

import torch

from tests.training.network.making import all_known, all_over, as_rows, as_seen, make_network, random_cells
from ubora.training.network import Encoded, match


def test_each_cell_is_held_against_the_nearest_of_the_bank() -> None:
    cells, bank = random_cells(2, 24, 4, 4), random_cells(30, 24, seed=3)
    matched = match(cells, all_over(cells), bank, all_known(30))
    asked = cells.flatten(2).transpose(1, 2)
    apart = (asked[:, :, None] - bank[None, None]).norm(dim=3)
    assert torch.equal(matched.nearest.flatten(1), apart.argmin(2))
    assert torch.allclose(matched.distance.flatten(1), apart.min(2).values, atol=1e-4)


def test_only_cells_on_the_piece_and_next_to_it_are_held_against_the_bank() -> None:
    cells, bank = random_cells(1, 24, 6, 6), random_cells(30, 24, seed=3)
    everywhere = match(cells, all_over(cells), bank, all_known(30))
    cover = torch.zeros(1, 6, 6)
    cover[0, 1, 1] = 1.0
    matched = match(cells, cover, bank, all_known(30))
    near = torch.zeros(6, 6, dtype=torch.bool)
    near[:3, :3] = True
    assert torch.equal(matched.nearest[0][near], everywhere.nearest[0][near])
    assert torch.allclose(matched.residual[0][:, near], everywhere.residual[0][:, near], atol=1e-5)
    assert (matched.nearest[0][~near] == -1).all()
    assert not matched.residual[0][:, ~near].any()
    assert not matched.distance[0, 0][~near].any()
    # Of a photo without a piece, none.
    assert (match(cells, torch.zeros(1, 6, 6), bank, all_known(30)).nearest == -1).all()


def test_a_cell_that_is_in_the_bank_is_no_distance_from_it() -> None:
    cells = random_cells(1, 24, 4, 4)
    bank = torch.cat([random_cells(9, 24, seed=3), as_rows(cells)])
    matched = match(cells, all_over(cells), bank, all_known(25))
    assert torch.equal(matched.nearest.flatten(), torch.arange(9, 25))
    assert float(matched.distance.max()) < 1e-2
    # The others of the bank are so far off that they hardly count.
    assert float(matched.residual.abs().max()) < 1e-2


def test_beside_an_empty_bank_every_cell_stands_alone_and_no_number_is_lost() -> None:
    network = make_network()
    seen = as_seen(network)
    matched = network.matched(seen.cells, all_over(seen.cells), [torch.zeros(0, 24)] * 2)
    assert (matched.nearest == -1).all()
    assert not any(value.any() for value in (matched.residual, matched.distance, matched.fullness))
    said = network.beside(seen, [torch.zeros(0, 24)] * 2)
    torch.autograd.backward(said.heatmap.sum() + said.defects.sum())
    taught = [p.grad for p in network.comparison.parameters()]
    assert all(gradient is not None and bool(torch.isfinite(gradient).all()) for gradient in taught)
    assert torch.isfinite(said.heatmap).all()


def test_a_cell_is_held_against_a_bank_by_its_first_numbers_alone() -> None:
    cells, bank = random_cells(1, 24, 4, 4), random_cells(12, 16, seed=3)
    matched = match(cells, all_over(cells), bank, all_known(12))
    first = match(cells[:, :16], all_over(cells), bank, all_known(12))
    assert matched.residual.shape == (1, 16, 4, 4)
    for one, other in zip(matched, first, strict=True):
        assert torch.equal(one, other)


def test_rows_of_a_bank_that_stand_for_nothing_change_nothing() -> None:
    cells, bank = random_cells(1, 24, 4, 4), random_cells(12, 24, seed=3)
    padded = torch.cat([bank, as_rows(cells)])
    known = torch.arange(len(padded)) < 12
    cover = all_over(cells)
    plain, longer = match(cells, cover, bank, all_known(12)), match(cells, cover, padded, known)
    for one, other in zip(plain, longer, strict=True):
        assert torch.allclose(one.float(), other.float(), atol=1e-5)


@torch.no_grad()
def test_the_order_of_a_bank_changes_nothing_that_is_said() -> None:
    network, bank = make_network(), random_cells(40, 24, seed=4)
    seen, turned = as_seen(network, 1), torch.randperm(40, generator=torch.Generator().manual_seed(5))
    one, other = (network.beside(seen, [rows]) for rows in (bank, bank[turned]))
    assert torch.allclose(one.heatmap, other.heatmap, atol=1e-5)
    places = [
        network.matched(seen.cells, all_over(seen.cells), [rows]).nearest for rows in (bank, bank[turned])
    ]
    assert torch.equal(places[0], turned[places[1]])


@torch.no_grad()
def test_a_photo_is_held_against_its_own_bank_alone() -> None:
    network, banks = make_network(), [random_cells(5, 24, seed=4), torch.zeros(0, 24)]
    seen = as_seen(network)
    both = network.beside(seen, banks)
    for place, bank in enumerate(banks):
        own = Encoded(*(value[place : place + 1] for value in seen))
        assert torch.allclose(network.beside(own, [bank]).heatmap, both.heatmap[place : place + 1], atol=1e-5)
