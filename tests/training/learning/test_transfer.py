"""Starting from a release: what fits is taken, small new heads begin anew, what is strange is refused."""

import pytest
import torch

from tests.training.network.making import SPEC as TINY
from ubora.training.network import Network
from ubora.training.network.transfer import Start, TransferError
from ubora.training.recipe import read_recipe

SPEC = TINY.model_copy(update={"backbone": "mobilenet_v2", "scaling": "imagenet"})


def _start(**changes: object) -> Start:
    spec = SPEC.model_copy(update=changes)
    with torch.random.fork_rng():
        torch.manual_seed(5)
        return Start("earlier", spec, {k: v.clone() for k, v in Network(spec).state_dict().items()})


def test_a_class_keeps_its_head_by_its_name_and_a_new_one_begins_anew() -> None:
    network = Network(SPEC.model_copy(update={"classes": ("pit", "dent")}))
    leave = network.comparison.leave
    before = leave.weight[1].clone()
    start = _start()
    old = start.weights["comparison.leave.weight"]
    assert start.fill(network) == "1 of 2 classes from earlier; new: dent; left behind: scratch"
    assert torch.equal(leave.weight[0], old[1])
    assert torch.equal(leave.weight[1], before)
    # A defect of any kind is one to every release.
    assert torch.equal(leave.weight[2], old[2])


def test_heads_that_an_earlier_version_pooled_otherwise_begin_anew() -> None:
    start = _start()
    del start.weights["encoder.standard.running_mean"]
    start.weights["encoder.embedding_head.weight"] = torch.zeros(16, 3)
    network = Network(SPEC)
    assert start.fill(network).endswith("begin anew: embedding_head, standard")
    assert network.encoder.embedding_head.weight.abs().sum() > 0
    last = "encoder.piece_head.last.weight"
    assert torch.equal(network.state_dict()[last], start.weights[last])


def test_weights_of_another_network_are_refused_by_the_first_that_does_not_fit() -> None:
    with pytest.raises(TransferError, match=r"weights of another network; its encoder\.piece_head\."):
        _start(piece_width=24).fill(Network(SPEC))


def test_a_release_brings_its_network_but_for_what_was_asked_for() -> None:
    recipe = read_recipe("jewelry", ["input_size=128", "first_look=96"])
    taken = _start().adapt(recipe)
    assert (taken.input_size, taken.first_look, taken.piece_width) == (64, 0, 16)
    asked = _start().adapt(recipe, asked={"input_size", "first_look"})
    assert (asked.input_size, asked.first_look, asked.piece_width) == (128, 96, 16)


def test_heads_without_a_backbone_stand_on_the_published_one() -> None:
    """As a release of a run whose backbone stayed keeps them."""
    facts = {"backbone": "efficientnet_lite0", "backbone_width": 1.0, "padding": "same"}
    start = _start(**facts)
    heads = {k: v for k, v in start.weights.items() if not k.startswith("encoder.backbone.")}
    network, published = Network(start.spec), Network(start.spec)
    published.encoder.backbone.load_imagenet("efficientnet_lite0")
    assert Start("earlier", start.spec, heads).fill(network) == "2 of 2 classes from earlier"
    for name, value in network.state_dict().items():
        wanted = heads.get(name, published.state_dict()[name])
        assert torch.equal(value, wanted)
