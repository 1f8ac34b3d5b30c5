"""Dead deep layers begin anew: which ones, from what, and that the network starts as good as it was."""

import pytest
import torch
from torch import nn

from training.backbone import Backbone
from training.dead_channels import Listener
from training.network import Network, NetworkSpec
from training.revive import revive

SPEC = NetworkSpec(
    classes=("scratch", "pit"),
    piece=True,
    variance=True,
    input_size=64,
    backbone_width=0.25,
    pyramid_width=16,
    embedding_size=16,
    pool_cells=3,
)


def _photos(count: int, seed: int) -> torch.Tensor:
    """(count, 64, 64, 3): smooth blotches, for noise looks the same to deep layers everywhere."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand((count, 3, 4, 4), generator=generator) * 255
    smooth = nn.functional.interpolate(coarse, size=64, mode="bilinear")
    return smooth.permute(0, 2, 3, 1).contiguous().to(torch.uint8)


@torch.no_grad()
def _grown(seed: int) -> Network:
    """A network whose norms know what its first weights say of photos."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = Network(SPEC)
        nn.init.normal_(network.heatmap_head.weight)
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = None
    network(_photos(32, seed=2))
    for norm in norms:
        norm.momentum = 0.1
    return network.eval()


def _killed(network: Network, stride: int) -> Network:
    """Every channel inside this stride driven out of reach."""
    with torch.no_grad():
        for layer in network.backbone.by_stride()[stride]:
            for module in layer.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.bias.fill_(-1e3)
    return network


def _dead_shares(network: Network) -> dict[int, float]:
    with Listener(network.backbone) as heard, torch.no_grad():
        network(_photos(16, seed=3))
    return heard.dead_shares()


def _fresh() -> Backbone:
    return _grown(seed=9).backbone


def test_a_dead_stride_lives_again_and_the_others_stay_as_they_are() -> None:
    network = _killed(_grown(seed=4), 32)
    assert _dead_shares(network)[32] == 1.0
    kept = {k: v.clone() for k, v in network.backbone.state_dict().items()}
    fresh = _fresh()
    assert revive(network, _photos(24, seed=5), fresh) == (32,)
    assert _dead_shares(network)[32] < 0.2
    first = sum(len(layers) for stride, layers in network.backbone.by_stride().items() if stride < 32)
    for name, value in network.backbone.state_dict().items():
        anew = int(name.split(".")[1]) >= first
        # Norms say the same in other numbers, see below; convolutions are the old or the new ones.
        if value.ndim == 4:
            assert torch.equal(value, fresh.state_dict()[name] if anew else kept[name]), name


def test_it_starts_as_good_as_it_was_and_hears_more_as_it_learns() -> None:
    network = _killed(_grown(seed=4), 32)
    photos = _photos(8, seed=6)
    with torch.no_grad():
        before = network(photos).heatmap
    revive(network, _photos(24, seed=5), _fresh())
    with torch.no_grad():
        assert torch.allclose(network(photos).heatmap, before, atol=1e-3 * float(before.abs().max()))
    deep = network.backbone.by_stride()[32][0]
    optimizer = torch.optim.SGD(network.parameters(), lr=0.05)
    network.train_mode(freeze_batchnorm=True)
    reached = []
    for _ in range(2):
        optimizer.zero_grad()
        network(photos).heatmap.square().mean().backward()
        reached.append(max(float(p.grad.abs().max()) for p in deep.parameters() if p.grad is not None))
        optimizer.step()
    # The lateral opens in the first step; what lies behind it learns from the second on.
    assert reached[0] == 0.0
    assert reached[1] > 0.0


def test_norms_of_new_layers_know_what_the_layers_before_them_say() -> None:
    network = _killed(_grown(seed=4), 32)
    revive(network, _photos(24, seed=5), _fresh())
    heard: list[torch.Tensor] = []
    norm = next(m for m in network.backbone.by_stride()[32][0].modules() if isinstance(m, nn.BatchNorm2d))
    handle = norm.register_forward_pre_hook(lambda _, given: heard.append(given[0]))
    with torch.no_grad():
        network.backbone_maps(_photos(24, seed=5))
    handle.remove()
    assert norm.running_var is not None
    ratio = heard[0].var((0, 2, 3)) / norm.running_var
    assert float(ratio.median()) == pytest.approx(1.0, abs=0.2)


def test_a_network_that_lives_answers_as_before_and_its_norms_know_what_they_are_fed() -> None:
    network = _grown(seed=4)
    photos = _photos(24, seed=5)
    norm = next(m for m in network.backbone.by_stride()[16][0].modules() if isinstance(m, nn.BatchNorm2d))
    assert norm.running_mean is not None
    assert norm.running_var is not None
    with torch.no_grad():
        # As statistics of other photos are: far off, and the layers behind it used to that.
        norm.running_mean += norm.running_var.sqrt()
        norm.running_var *= 2
    with torch.no_grad():
        before = network(photos).heatmap
        assert revive(network, photos, _fresh()) == ()
        assert torch.allclose(network(photos).heatmap, before, atol=1e-3 * float(before.abs().max()))
        network.backbone.train()
        assert torch.allclose(network(photos).heatmap, before, atol=0.02 * float(before.abs().max()))
