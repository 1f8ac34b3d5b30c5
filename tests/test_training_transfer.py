"""Starting from a release: what fits is taken, small new heads begin anew, what is strange is refused."""

import pytest
import torch

from training.network import Network, NetworkSpec
from training.recipe import read_recipe
from training.transfer import Start, TransferError

SPEC = NetworkSpec(
    classes=("scratch", "pit"),
    piece=True,
    variance=True,
    input_size=64,
    backbone_width=0.25,
    pyramid_width=16,
    embedding_size=16,
)


def _start(**changes: object) -> Start:
    spec = SPEC.model_copy(update=changes)
    with torch.random.fork_rng():
        torch.manual_seed(5)
        return Start("earlier", spec, {k: v.clone() for k, v in Network(spec).state_dict().items()})


def test_a_class_keeps_its_head_by_its_name_and_a_new_one_begins_anew() -> None:
    network = Network(SPEC.model_copy(update={"classes": ("pit", "dent")}))
    before = network.heatmap_head.weight[1].clone()
    start = _start()
    assert start.fill(network) == "1 of 2 classes from earlier; new: dent; left behind: scratch"
    assert torch.equal(network.heatmap_head.weight[0], start.weights["heatmap_head.weight"][1])
    assert torch.equal(network.heatmap_head.weight[1], before)


def test_heads_that_an_earlier_version_pooled_otherwise_begin_anew() -> None:
    start = _start()
    del start.weights["standard.running_mean"]
    start.weights["embedding_head.weight"] = torch.zeros(16, 3)
    network = Network(SPEC)
    assert start.fill(network).endswith("begin anew: embedding_head, standard")
    assert network.embedding_head.weight.abs().sum() > 0
    assert torch.equal(network.state_dict()["piece_head.weight"], start.weights["piece_head.weight"])


def test_weights_of_another_network_are_refused_by_the_first_that_does_not_fit() -> None:
    with pytest.raises(TransferError, match=r"earlier: weights of another network; its lateral\.0"):
        _start(pyramid_width=24).fill(Network(SPEC))


def test_a_release_brings_its_network_but_for_what_was_asked_for() -> None:
    recipe = read_recipe("jewelry", ["input_size=128", "first_look=96"])
    taken = _start().adapt(recipe)
    assert (taken.input_size, taken.first_look, taken.pyramid_width) == (64, 0, 16)
    asked = _start().adapt(recipe, asked={"input_size", "first_look"})
    assert (asked.input_size, asked.first_look, asked.pyramid_width) == (128, 96, 16)
