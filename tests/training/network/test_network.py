"""The network: cells beside a bank, a score that pools its map, heat shut off the piece, what is untaught."""

from pathlib import Path

import numpy as np
import pytest
import torch
from onnxruntime import InferenceSession
from torch.nn import functional as F

from ubora.models.inference.bank import empty_bank
from ubora.models.inference.graphs import PHOTOS, open_graphs
from ubora.models.inference.prediction import level_probabilities
from ubora.models.record import COMPARED, GRAPH, SEEN
from ubora.training.network import Encoded, Network, NetworkSpec, match
from ubora.training.network.backbone import Backbone, SameConv2d, WeightsError
from ubora.training.network.comparison import CLOSED, cover_of, shut
from ubora.training.network.encoder import MAPS_DESCRIBED, Descriptor, stacked
from ubora.training.release.graph import Graph, write_graphs, write_seeing

SPEC = NetworkSpec(
    classes=("scratch", "pit"),
    piece=True,
    variance=True,
    grade="features",
    input_size=64,
    first_look=0,
    backbone="plain",
    backbone_width=0.25,
    padding="torchvision",
    piece_width=16,
    descriptor_size=24,
    comparison_width=16,
    comparison_blocks=1,
    embedding_size=16,
    pool_cells=3,
)


def _network(**changes: object) -> Network:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Network(SPEC.model_copy(update=changes)).eval()


def _photos(count: int = 2) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, (count, 64, 64, 3), dtype=torch.uint8, generator=generator)


def _seen(network: Network, count: int = 2) -> Encoded:
    return network.encode(network.maps(_photos(count)))


def _random(*shape: int, seed: int = 2) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def _rows(cells: torch.Tensor) -> torch.Tensor:
    """(1, D, h, w) → (h w, D), row by row."""
    return cells[0].flatten(1).T.contiguous()


def _all_over(cells: torch.Tensor) -> torch.Tensor:
    """(N, h, w): the piece covers everything."""
    return torch.ones_like(cells[:, 0])


def _known(count: int) -> torch.Tensor:
    return torch.ones(count, dtype=torch.bool)


@torch.no_grad()
def test_outputs_have_the_shapes_of_the_contract() -> None:
    network = _network()
    seen = _seen(network)
    said = network.beside(seen, [torch.zeros(0, 24), _random(7, 24)])
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
    network = _network()
    said = network.beside(_seen(network), [torch.zeros(0, 24)] * 2)
    hottest = said.heatmap.flatten(2).sort(dim=2, descending=True).values[:, :, :3]
    assert torch.allclose(said.defects, hottest.mean(2))


def test_each_cell_is_held_against_the_nearest_of_the_bank() -> None:
    cells, bank = _random(2, 24, 4, 4), _random(30, 24, seed=3)
    matched = match(cells, _all_over(cells), bank, _known(30))
    asked = cells.flatten(2).transpose(1, 2)
    apart = (asked[:, :, None] - bank[None, None]).norm(dim=3)
    assert torch.equal(matched.nearest.flatten(1), apart.argmin(2))
    assert torch.allclose(matched.distance.flatten(1), apart.min(2).values, atol=1e-4)


def test_only_cells_on_the_piece_and_next_to_it_are_held_against_the_bank() -> None:
    cells, bank = _random(1, 24, 6, 6), _random(30, 24, seed=3)
    everywhere = match(cells, _all_over(cells), bank, _known(30))
    cover = torch.zeros(1, 6, 6)
    cover[0, 1, 1] = 1.0
    matched = match(cells, cover, bank, _known(30))
    near = torch.zeros(6, 6, dtype=torch.bool)
    near[:3, :3] = True
    assert torch.equal(matched.nearest[0][near], everywhere.nearest[0][near])
    assert torch.allclose(matched.residual[0][:, near], everywhere.residual[0][:, near], atol=1e-5)
    assert (matched.nearest[0][~near] == -1).all()
    assert not matched.residual[0][:, ~near].any()
    assert not matched.distance[0, 0][~near].any()
    # Of a photo without a piece, none.
    assert (match(cells, torch.zeros(1, 6, 6), bank, _known(30)).nearest == -1).all()


def test_a_cell_that_is_in_the_bank_is_no_distance_from_it() -> None:
    cells = _random(1, 24, 4, 4)
    bank = torch.cat([_random(9, 24, seed=3), _rows(cells)])
    matched = match(cells, _all_over(cells), bank, _known(25))
    assert torch.equal(matched.nearest.flatten(), torch.arange(9, 25))
    assert float(matched.distance.max()) < 1e-2
    # The others of the bank are so far off that they hardly count.
    assert float(matched.residual.abs().max()) < 1e-2


def test_beside_an_empty_bank_every_cell_stands_alone_and_no_number_is_lost() -> None:
    network = _network()
    seen = _seen(network)
    matched = network.matched(seen.cells, _all_over(seen.cells), [torch.zeros(0, 24)] * 2)
    assert (matched.nearest == -1).all()
    assert not any(value.any() for value in (matched.residual, matched.distance, matched.fullness))
    said = network.beside(seen, [torch.zeros(0, 24)] * 2)
    torch.autograd.backward(said.heatmap.sum() + said.defects.sum())
    taught = [p.grad for p in network.comparison.parameters()]
    assert all(gradient is not None and bool(torch.isfinite(gradient).all()) for gradient in taught)
    assert torch.isfinite(said.heatmap).all()


def test_a_cell_is_held_against_a_bank_by_its_first_numbers_alone() -> None:
    cells, bank = _random(1, 24, 4, 4), _random(12, 16, seed=3)
    matched = match(cells, _all_over(cells), bank, _known(12))
    first = match(cells[:, :16], _all_over(cells), bank, _known(12))
    assert matched.residual.shape == (1, 16, 4, 4)
    for one, other in zip(matched, first, strict=True):
        assert torch.equal(one, other)


def test_rows_of_a_bank_that_stand_for_nothing_change_nothing() -> None:
    cells, bank = _random(1, 24, 4, 4), _random(12, 24, seed=3)
    padded = torch.cat([bank, _rows(cells)])
    known = torch.arange(len(padded)) < 12
    cover = _all_over(cells)
    plain, longer = match(cells, cover, bank, _known(12)), match(cells, cover, padded, known)
    for one, other in zip(plain, longer, strict=True):
        assert torch.allclose(one.float(), other.float(), atol=1e-5)


@torch.no_grad()
def test_the_order_of_a_bank_changes_nothing_that_is_said() -> None:
    network, bank = _network(), _random(40, 24, seed=4)
    seen, turned = _seen(network, 1), torch.randperm(40, generator=torch.Generator().manual_seed(5))
    one, other = (network.beside(seen, [rows]) for rows in (bank, bank[turned]))
    assert torch.allclose(one.heatmap, other.heatmap, atol=1e-5)
    places = [
        network.matched(seen.cells, _all_over(seen.cells), [rows]).nearest for rows in (bank, bank[turned])
    ]
    assert torch.equal(places[0], turned[places[1]])


@torch.no_grad()
def test_a_photo_is_held_against_its_own_bank_alone() -> None:
    network, banks = _network(), [_random(5, 24, seed=4), torch.zeros(0, 24)]
    seen = _seen(network)
    both = network.beside(seen, banks)
    for place, bank in enumerate(banks):
        own = Encoded(*(value[place : place + 1] for value in seen))
        assert torch.allclose(network.beside(own, [bank]).heatmap, both.heatmap[place : place + 1], atol=1e-5)


@torch.no_grad()
def test_of_a_descriptor_the_numbers_that_vary_most_come_first() -> None:
    descriptor = Descriptor((8, 12, 20), 24)
    maps = [_random(3, c, 32 // s, 32 // s, seed=c) * c + 5 for c, s in ((8, 1), (12, 2), (20, 4))]
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
    maps = [_random(3, c, 32 // s, 32 // s, seed=c) * c + 5 for c, s in ((8, 1), (12, 2), (20, 4))]
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
    network = _network()
    network.freeze("none")
    assert not list(network.encoder.describe.parameters())
    before = {name: value.clone() for name, value in network.encoder.describe.state_dict().items()}
    cells = stacked(network.maps(_photos())[:MAPS_DESCRIBED])
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
    network = _network(piece=False)
    seen = _seen(network)
    assert float(torch.sigmoid(seen.piece).min()) > 0.99
    assert float(shut(cover_of(seen.piece)).abs().max()) == 0.0


@torch.no_grad()
def test_a_network_never_shown_a_level_answers_three() -> None:
    for grade in ("features", "outline"):
        seen = _seen(_network(variance=False, grade=grade))
        levels = level_probabilities(seen.variance[0].numpy())
        assert int(np.searchsorted(np.cumsum(levels), 0.5)) + 1 == 3


@torch.no_grad()
def test_a_rare_class_starts_rare() -> None:
    network = _network()
    network.comparison.set_priors([0.4, 0.0])
    scores = torch.sigmoid(network.beside(_seen(network), [torch.zeros(0, 24)] * 2).defects)
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
    seen = network.encode(network.maps(_photos()))
    said = network.beside(seen, [_random(9, 24)] * 2)
    parts = (*seen, *said)
    torch.autograd.backward(torch.stack([(part * part).sum() for part in parts if part.requires_grad]).sum())


def test_a_backbone_that_stays_learns_nothing_while_the_heads_do() -> None:
    network = _network()
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
    network = _network()
    before = {name: value.clone() for name, value in network.state_dict().items() if "running_mean" in name}
    network.freeze(how)
    _learnt(network)
    moved = {name for name, value in before.items() if not torch.equal(value, network.state_dict()[name])}
    assert any(name.startswith("encoder.piece_head.") for name in moved)
    assert any(name.startswith("encoder.backbone.") for name in moved) == (how == "none")
    assert any(p.grad is not None for p in network.backbone_parameters())


def test_every_weight_is_the_backbones_or_a_heads() -> None:
    network = _network()
    every = {id(p) for p in network.parameters()}
    own, heads = (
        {id(p) for p in some} for some in (network.backbone_parameters(), network.head_parameters())
    )
    assert own
    assert heads
    assert own | heads == every
    assert not own & heads


@torch.no_grad()
def test_one_graph_takes_both_looks_and_grades_by_outline(tmp_path: Path) -> None:
    network = _network(first_look=32, grade="outline")
    write_graphs(network, tmp_path)
    session, _ = open_graphs(tmp_path)
    for size in (32, 64):
        photos = _photos()[:, :size, :size].contiguous()
        piece, variance = session.run(["piece", "variance"], {PHOTOS: photos.numpy()})
        seen = network.encode(network.maps(photos))
        assert np.abs(piece - seen.piece.numpy()).max() < 1e-4
        assert np.abs(variance - seen.variance.numpy()).max() < 1e-4


@torch.no_grad()
def test_the_second_graph_takes_a_bank_of_any_size(tmp_path: Path) -> None:
    network = _network()
    write_graphs(network, tmp_path)
    _, comparison = open_graphs(tmp_path)
    seen = _seen(network, 1)
    for count in (1, 3, 200):
        bank = _random(count, 24, seed=count)
        given = {"cells": seen.cells, "piece": seen.piece, "bank": bank, "known": _known(count)}
        values = comparison.run(list(COMPARED), {name: value.numpy() for name, value in given.items()})
        answer = dict(zip(COMPARED, values, strict=True))
        said = network.beside(seen, [bank])
        matched = network.matched(seen.cells, cover_of(seen.piece), [bank])
        assert np.abs(answer["heatmap"] - said.heatmap.numpy()).max() < 1e-4
        assert np.abs(answer["defects"] - said.defects.numpy()).max() < 1e-4
        assert np.array_equal(answer["nearest"], matched.nearest.numpy())
    graph = Graph(tmp_path, "tiny", network.spec)
    alone = graph.outputs(empty_bank("tiny", 24), _photos(1).numpy())
    assert (alone["nearest"] == -1).all()
    assert np.isfinite(alone["heatmap"]).all()


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    torch.save(_network().encoder.backbone.state_dict(), tmp_path / "narrow.pth")
    backbone = Backbone("mobilenet_v2", width=0.5, padding="same")
    with pytest.raises(WeightsError, match="tensors are missing or of another shape"):
        backbone.load_file(tmp_path / "narrow.pth")


def test_a_pickle_is_not_loaded_as_weights(tmp_path: Path) -> None:
    torch.save({"x": Path("/")}, tmp_path / "odd.pth")
    with pytest.raises(WeightsError, match="not a plain state dict"):
        Backbone("mobilenet_v2", width=0.25, padding="same").load_file(tmp_path / "odd.pth")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backbone", "padding"),
    [("efficientnet_lite0", "same"), ("mobilenet_v3_large", "torchvision")],
)
def test_every_backbone_exports_with_a_free_batch_size(tmp_path: Path, backbone: str, padding: str) -> None:
    network = _network(backbone=backbone, backbone_width=0.25, padding=padding)
    write_seeing(network, tmp_path / GRAPH)
    session = InferenceSession(tmp_path / GRAPH)
    for count in (1, 3):
        photos = _photos(count)
        found = dict(zip(SEEN, session.run(list(SEEN), {PHOTOS: photos.numpy()}), strict=True))
        with torch.no_grad():
            expected = network.encode(network.maps(photos))._asdict()
        for name, value in found.items():
            assert F.mse_loss(expected[name], torch.from_numpy(value)) < 1e-8
