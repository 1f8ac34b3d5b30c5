"""What a network is outside of torch: two graphs, and weights that are of it alone."""

from pathlib import Path

import numpy as np
import pytest
import torch
from onnxruntime import InferenceSession
from torch.nn import functional as F

from tests.training.network.making import all_known, as_seen, make_network, random_cells, some_photos
from ubora.models.inference.bank import empty_bank
from ubora.models.inference.graphs import PHOTOS, open_graphs
from ubora.models.record import COMPARED, GRAPH, SEEN
from ubora.training.network.backbone import Backbone, WeightsError
from ubora.training.network.comparison import cover_of
from ubora.training.release.graph import Graph, write_graphs, write_seeing


@torch.no_grad()
def test_one_graph_takes_both_looks_and_grades_by_outline(tmp_path: Path) -> None:
    network = make_network(first_look=32, grade="outline")
    write_graphs(network, tmp_path)
    session, _ = open_graphs(tmp_path)
    for size in (32, 64):
        photos = some_photos()[:, :size, :size].contiguous()
        piece, variance = session.run(["piece", "variance"], {PHOTOS: photos.numpy()})
        seen = network.encode(network.maps(photos))
        assert np.abs(piece - seen.piece.numpy()).max() < 1e-4
        assert np.abs(variance - seen.variance.numpy()).max() < 1e-4


@torch.no_grad()
def test_the_second_graph_takes_a_bank_of_any_size(tmp_path: Path) -> None:
    network = make_network()
    write_graphs(network, tmp_path)
    _, comparison = open_graphs(tmp_path)
    seen = as_seen(network, 1)
    for count in (1, 3, 200):
        bank = random_cells(count, 24, seed=count)
        given = {"cells": seen.cells, "piece": seen.piece, "bank": bank, "known": all_known(count)}
        values = comparison.run(list(COMPARED), {name: value.numpy() for name, value in given.items()})
        answer = dict(zip(COMPARED, values, strict=True))
        said = network.beside(seen, [bank])
        matched = network.matched(seen.cells, cover_of(seen.piece), [bank])
        assert np.abs(answer["heatmap"] - said.heatmap.numpy()).max() < 1e-4
        assert np.abs(answer["defects"] - said.defects.numpy()).max() < 1e-4
        assert np.array_equal(answer["nearest"], matched.nearest.numpy())
    graph = Graph(tmp_path, "tiny", network.spec)
    alone = graph.outputs(empty_bank("tiny", 24), some_photos(1).numpy())
    assert (alone["nearest"] == -1).all()
    assert np.isfinite(alone["heatmap"]).all()


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    torch.save(make_network().encoder.backbone.state_dict(), tmp_path / "narrow.pth")
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
    network = make_network(backbone=backbone, backbone_width=0.25, padding=padding)
    write_seeing(network, tmp_path / GRAPH)
    session = InferenceSession(tmp_path / GRAPH)
    for count in (1, 3):
        photos = some_photos(count)
        found = dict(zip(SEEN, session.run(list(SEEN), {PHOTOS: photos.numpy()}), strict=True))
        with torch.no_grad():
            expected = network.encode(network.maps(photos))._asdict()
        for name, value in found.items():
            assert F.mse_loss(expected[name], torch.from_numpy(value)) < 1e-8
