"""The network: a score pools its map, the map is closed off the piece, and untaught heads are neutral."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from models.bundle import OUTPUTS
from models.inspector import level_probabilities, open_graph
from training.network.backbone import Backbone, SameConv2d, WeightsError
from training.graph import write_graph
from training.network import CLOSED, Network, NetworkSpec, gate

SPEC = NetworkSpec(
    classes=("scratch", "pit"),
    piece=True,
    variance=True,
    input_size=64,
    backbone_width=0.25,
    pyramid_width=16,
    embedding_size=16,
    pool_cells=3,
    gate_dilation=1,
)


def _network(**changes: object) -> Network:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Network(SPEC.model_copy(update=changes)).eval()


def _photos(count: int = 2) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, (count, 64, 64, 3), dtype=torch.uint8, generator=generator)


@torch.no_grad()
def test_outputs_have_the_shapes_of_the_contract() -> None:
    outputs = _network()(_photos())
    shapes = dict(zip(OUTPUTS, (tuple(value.shape) for value in outputs), strict=True))
    assert shapes == {
        "defects": (2, 2),
        "heatmap": (2, 2, 16, 16),
        "variance": (2, 4),
        "piece": (2, 16, 16),
        "embedding": (2, 16),
    }
    assert torch.allclose(outputs.embedding.norm(dim=1), torch.ones(2))


@torch.no_grad()
def test_a_score_is_the_mean_of_the_hottest_cells_of_its_own_map() -> None:
    outputs = _network()(_photos())
    hottest = outputs.heatmap.flatten(2).sort(dim=2, descending=True).values[:, :, :3]
    assert torch.allclose(outputs.defects, hottest.mean(2))


@torch.no_grad()
def test_the_gate_is_open_beside_the_piece_and_closed_far_from_it() -> None:
    piece = torch.full((1, 16, 16), -20.0)
    piece[0, 4, 4] = 20.0
    added = gate(piece, 1)[0, 0]
    assert float(added[5, 5]) == pytest.approx(0.0, abs=1e-6)
    assert float(added[6, 6]) == CLOSED


@torch.no_grad()
def test_the_gate_is_shut_where_the_piece_is_doubtful() -> None:
    doubtful = torch.full((1, 16, 16), 0.4)
    assert float(gate(doubtful, 1).max()) < -5


@torch.no_grad()
def test_a_network_never_shown_a_piece_looks_everywhere() -> None:
    network = _network(piece=False)
    outputs = network(_photos())
    assert float(torch.sigmoid(outputs.piece).min()) > 0.99
    with_gate = _network()
    assert not torch.equal(with_gate(_photos()).heatmap, outputs.heatmap)


@torch.no_grad()
def test_a_network_never_shown_a_level_answers_three() -> None:
    levels = level_probabilities(_network(variance=False)(_photos()).variance[0].numpy())
    assert int(np.searchsorted(np.cumsum(levels), 0.5)) + 1 == 3


@torch.no_grad()
def test_a_rare_class_starts_rare() -> None:
    network = _network()
    network.set_priors([0.4, 0.0])
    scores = torch.sigmoid(network(_photos()).defects)
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


def test_frozen_statistics_stay_while_the_heads_keep_learning_theirs() -> None:
    network = _network()
    before = {name: value.clone() for name, value in network.state_dict().items() if "running_mean" in name}
    network.train_mode(freeze_batchnorm=True)
    network(_photos())
    moved = {name for name, value in before.items() if not torch.equal(value, network.state_dict()[name])}
    assert moved
    assert not any(name.startswith("backbone.") for name in moved)


def test_frozen_layers_of_the_backbone_stay_as_they_came() -> None:
    network = _network()
    network.train_mode(freeze_batchnorm=True, frozen_layers=4)
    outputs = network(_photos())
    torch.autograd.backward(outputs.heatmap.sum() + outputs.variance.sum())
    names = {n for n, p in network.backbone.named_parameters() if p.grad is None}
    assert names
    assert all(int(name.split(".")[1]) < 4 for name in names)


@torch.no_grad()
def test_one_graph_takes_both_looks_and_grades_by_outline(tmp_path: Path) -> None:
    network = _network(first_look=32, grade="outline")
    write_graph(network, tmp_path / "model.onnx")
    session = open_graph(tmp_path / "model.onnx")
    for size in (32, 64):
        photos = _photos()[:, :size, :size].contiguous()
        given = {session.get_inputs()[0].name: photos.numpy()}
        piece, variance = session.run(["piece", "variance"], given)
        assert np.abs(piece - network.find_piece(photos).numpy()).max() < 1e-4
        assert np.abs(variance - network(photos).variance.numpy()).max() < 1e-4


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    torch.save(_network().backbone.state_dict(), tmp_path / "narrow.pth")
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
    [("efficientnet_lite0", "same"), ("mobilenet_v2", "same"), ("mobilenet_v3_large", "torchvision")],
)
def test_every_backbone_exports_with_a_free_batch_size(tmp_path: Path, backbone: str, padding: str) -> None:
    network = _network(backbone=backbone, padding=padding)
    write_graph(network, tmp_path / "model.onnx")
    session = open_graph(tmp_path / "model.onnx")
    for count in (1, 3):
        photos = _photos(count)
        found = session.run(list(OUTPUTS), {session.get_inputs()[0].name: photos.numpy()})
        with torch.no_grad():
            expected = network(photos)
        for ours, theirs in zip(expected, found, strict=True):
            assert F.mse_loss(ours, torch.from_numpy(theirs)) < 1e-8
