"""The network: cells beside a bank, a score that pools its map, heat shut off the piece, what is untaught."""

import numpy as np
import pytest
import torch

from tests.training.network.making import as_seen, make_network, random_cells, some_photos
from ubora.models.inference.prediction import level_probabilities
from ubora.training.network import Network
from ubora.training.network.backbone import Backbone, SameConv2d
from ubora.training.network.comparison import CLOSED, cover_of, shut
from ubora.training.network.encoder import MAPS_DESCRIBED, Descriptor, stacked


@torch.no_grad()
def test_outputs_have_the_shapes_of_the_contract() -> None:
    network = make_network()
    seen = as_seen(network)
    said = network.beside(seen, [torch.zeros(0, 24), random_cells(7, 24)])
    shapes = {name: tuple(value.shape) for name, value in (seen._asdict() | said._asdict()).items()}
    assert shapes == {
        "piece": (2, 16, 16),
        "cells": (2, 59, 8, 8),
        "embedding": (2, 16),
        "variance": (2, 4),
        "defects": (2, 3),
        "heatmap": (2, 3, 8, 8),
    }
    assert torch.allclose(seen.embedding.norm(dim=1), torch.ones(2))


@torch.no_grad()
def test_a_score_is_the_mean_of_the_hottest_cells_of_its_own_map() -> None:
    network = make_network()
    said = network.beside(as_seen(network), [torch.zeros(0, 24)] * 2)
    hottest = said.heatmap.flatten(2).sort(dim=2, descending=True).values[:, :, :3]
    assert torch.allclose(said.defects, hottest.mean(2))


@torch.no_grad()
def test_of_a_descriptor_the_numbers_that_vary_most_come_first() -> None:
    descriptor = Descriptor((8, 12, 20), 24)
    maps = [random_cells(3, c, 32 // s, 32 // s, seed=c) * c + 5 for c, s in ((8, 1), (12, 2), (20, 4))]
    cells = stacked(maps).permute(0, 2, 3, 1).reshape(-1, 40)
    kept = descriptor.fit([cells[:100], cells[100:]])
    described = descriptor(maps)
    # 40 numbers of three maps, and three lengths.
    assert described.shape == (3, 43, 16, 16)
    varied = described[:, :40].square().mean((0, 2, 3))
    assert float(varied[:24].min()) > float(varied[24:].max())
    assert float(varied[:24].sum() / varied.sum()) == pytest.approx(kept, abs=1e-3)
    assert 0.6 < kept < 1


@torch.no_grad()
def test_descriptors_of_full_size_keep_the_distances_of_directions_and_the_lengths() -> None:
    descriptor = Descriptor((8, 12, 20), 40)
    maps = [random_cells(3, c, 32 // s, 32 // s, seed=c) * c + 5 for c, s in ((8, 1), (12, 2), (20, 4))]
    cells = stacked(maps).permute(0, 2, 3, 1).reshape(-1, 40)
    assert descriptor.fit([cells]) == pytest.approx(1)
    standard = (cells - cells.mean(0)) / (cells.std(0) + 1e-3)
    # Each map counts alike, whatever its channels, and however far a cell is from the mean.
    parts = torch.split(standard, [8, 12, 20], 1)
    wanted_cells = torch.cat([part / part.norm(dim=1, keepdim=True) for part in parts], 1) / 3**0.5
    wanted = torch.cdist(wanted_cells[:50], wanted_cells[50:100])
    every = descriptor(maps).permute(0, 2, 3, 1).reshape(-1, 43)
    own, lengths = every[:, :40], (every[:, 40:] * 43**0.5).exp()
    for at, part in enumerate(parts):
        root = part.shape[1] ** 0.5
        assert torch.allclose(lengths[:, at], part.norm(dim=1) / root, atol=1e-3)
    assert torch.allclose(torch.cdist(own[:50], own[50:100]), wanted, atol=1e-3)
    apart = (own - own[torch.randperm(len(own), generator=torch.Generator().manual_seed(1))]).square().sum(1)
    assert float(apart.mean()) == pytest.approx(2, rel=0.1)


def test_a_network_counts_its_descriptors_and_never_learns_them() -> None:
    network = make_network()
    network.freeze("none")
    assert not list(network.encoder.describe.parameters())
    before = {name: value.clone() for name, value in network.encoder.describe.state_dict().items()}
    cells = stacked(network.maps(some_photos())[:MAPS_DESCRIBED])
    network.encoder.describe.fit([cells.permute(0, 2, 3, 1).flatten(0, 2)])
    after = network.encoder.describe.state_dict()
    assert before.keys() == after.keys()
    assert not any(torch.equal(before[name], after[name]) for name in before)


def test_a_cell_covers_the_piece_as_far_as_its_four_finer_ones_do() -> None:
    piece = torch.full((1, 4, 4), -20.0)
    piece[0, 0, :2], piece[0, 2:, 2:] = 20.0, 20.0
    assert torch.allclose(cover_of(piece), torch.tensor([[[0.5, 0.0], [0.0, 1.0]]]), atol=1e-6)


def test_heat_is_open_on_and_next_to_the_piece_and_shut_far_from_it() -> None:
    cover = torch.zeros(1, 8, 8)
    cover[0, 2, 2] = 1.0
    added = shut(cover)[0, 0]
    assert float(added[1:4, 1:4].abs().max()) == 0.0
    assert float(added[4:].max()) == CLOSED
    assert float(added[:, 4:].max()) == CLOSED


@torch.no_grad()
def test_a_network_never_shown_a_piece_looks_everywhere() -> None:
    network = make_network(piece=False)
    seen = as_seen(network)
    assert float(torch.sigmoid(seen.piece).min()) > 0.99
    assert float(shut(cover_of(seen.piece)).abs().max()) == 0.0


@torch.no_grad()
def test_a_network_never_shown_a_level_answers_three() -> None:
    for grade in ("features", "outline"):
        seen = as_seen(make_network(variance=False, grade=grade))
        levels = level_probabilities(seen.variance[0].numpy())
        assert int(np.searchsorted(np.cumsum(levels), 0.5)) + 1 == 3


@torch.no_grad()
def test_a_rare_class_starts_rare() -> None:
    network = make_network()
    network.comparison.set_priors([0.4, 0.0])
    scores = torch.sigmoid(network.beside(as_seen(network), [torch.zeros(0, 24)] * 2).defects)
    assert float(scores.max()) < 0.1
    assert float(scores[:, 1].max()) < float(scores[:, 0].min())


def test_same_padding_adds_more_at_the_right_and_bottom_as_tensorflow_does() -> None:
    layer = SameConv2d(1, 1, (3, 3), stride=2, bias=False)
    torch.nn.init.ones_(layer.weight)
    # TensorFlow's first output covers rows and columns 0–2 and its last 2–4, of which 4 is padding.
    with torch.no_grad():
        assert layer(torch.ones(1, 1, 4, 4))[0, 0].tolist() == [[9.0, 6.0], [6.0, 4.0]]


def test_padding_changes_the_features_and_not_the_names_of_the_weights() -> None:
    plain, same = (Backbone("mobilenet_v2", width=0.25, padding=p) for p in ("torchvision", "same"))
    same.load_state_dict(plain.state_dict())
    photo = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        assert not torch.allclose(plain.eval()(photo)[0], same.eval()(photo)[0])


def _learnt(network: Network) -> None:
    """One pass forward and back through all heads."""
    seen = network.encode(network.maps(some_photos()))
    said = network.beside(seen, [random_cells(9, 24)] * 2)
    parts = (*seen, *said)
    torch.autograd.backward(torch.stack([(part * part).sum() for part in parts if part.requires_grad]).sum())


def test_a_backbone_that_stays_learns_nothing_while_the_heads_do() -> None:
    network = make_network()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network.freeze("all")
    _learnt(network)
    torch.optim.SGD((p for p in network.parameters() if p.requires_grad), lr=0.1).step()
    moved = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    assert not any(name.startswith("encoder.backbone.") for name in moved)
    for head in ("piece_head.", "embedding_head.", "standard.running_mean", "grade."):
        assert any(name.startswith(f"encoder.{head}") for name in moved)
    assert any(name.startswith("comparison.") for name in moved)


@pytest.mark.parametrize("how", ["norms", "none"])
def test_norms_that_stay_keep_their_statistics_while_the_backbone_learns(how: str) -> None:
    network = make_network()
    before = {name: value.clone() for name, value in network.state_dict().items() if "running_mean" in name}
    network.freeze(how)
    _learnt(network)
    moved = {name for name, value in before.items() if not torch.equal(value, network.state_dict()[name])}
    assert any(name.startswith("encoder.piece_head.") for name in moved)
    assert any(name.startswith("encoder.backbone.") for name in moved) == (how == "none")
    assert any(p.grad is not None for p in network.backbone_parameters())


def test_every_weight_is_the_backbones_or_a_heads() -> None:
    network = make_network()
    every = {id(p) for p in network.parameters()}
    own, heads = (
        {id(p) for p in some} for some in (network.backbone_parameters(), network.head_parameters())
    )
    assert own
    assert heads
    assert own | heads == every
    assert not own & heads
