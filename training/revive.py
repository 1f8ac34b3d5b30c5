"""Give a released network its deep layers back, where training drove them out of reach.

    revive(network, photos_nhwc, fresh)      # (32,): stride 32 begins anew
    ubora train run … --from champion --revive

What a dead channel knew is lost (dead_channels.py), and so small a gradient reaches it that it stays dead. So
the layers of a stride whose channels are mostly dead begin again from published weights, their norms
estimated anew on what the layers before them say now. They are heard through a lateral connection that is
shut at first and opens as it learns: the network starts as good as it was (zero-initialised branches: Goyal
et al., "Accurate, Large Minibatch SGD", 2017; Bachlechner et al., "ReZero is All You Need", 2021).
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from datasets.manifest import Manifest
from training.backbone import Backbone
from training.dead_channels import TOO_MANY, Listener
from training.loader import Photos, collate
from training.network import Network

BATCH = 8
REVIVED_ON = 32
"""Photos that dead layers are looked for on, and norms of new ones estimated."""


def revived(network: Network, train: Manifest, weights: Path | None) -> str:
    """Begin anew what is dead of a release's backbone; says what, and from which weights.

    Args:
        network: changed in place.
        weights: a state dict of the backbone; None takes the published ones.

    Raises:
        WeightsError: as of `Backbone`.
    """
    spec = network.spec
    fresh = Backbone(spec.backbone, width=spec.backbone_width, padding=spec.padding)
    if weights is None:
        origin = fresh.load_imagenet(spec.backbone)
    else:
        fresh.load_file(weights)
        origin = weights.name
    photos = Photos(train, spec)
    chosen = range(0, len(photos), max(1, len(photos) // REVIVED_ON))
    strides = revive(network, collate([photos[0, index] for index in chosen]).photos, fresh)
    if not strides:
        return "; no stride of its backbone is dead"
    return f"; stride {', '.join(map(str, strides))} of its backbone was dead and begins anew from {origin}"


@torch.no_grad()
def revive(network: Network, photos_nhwc: Tensor, fresh: Backbone) -> tuple[int, ...]:
    """The strides whose layers were replaced; the network is left in evaluation mode.

    Args:
        network: changed in place.
        photos_nhwc: (N, size, size, 3) uint8 RGB, second looks of different pieces; two dozen are enough.
        fresh: the same backbone with published weights.
    """
    network.eval()
    backbone = network.backbone
    parts = torch.split(photos_nhwc, BATCH)
    with Listener(backbone) as heard:
        for part in parts:
            network.backbone_maps(part)
    dead = [stride for stride, share in heard.dead_shares().items() if share > TOO_MANY]
    for level, stride in enumerate(backbone.by_stride()):
        if stride not in dead:
            continue
        said = _mean_answer(network.lateral[level], [network.backbone_maps(part)[level] for part in parts])
        for mine, theirs in zip(backbone.by_stride()[stride], fresh.by_stride()[stride], strict=True):
            mine.load_state_dict(theirs.state_dict())
            _estimate_norms(network, mine, parts)
        norm = network.lateral[level].get_submodule("1")
        assert isinstance(norm, nn.BatchNorm2d)
        norm.weight.zero_()
        norm.bias.copy_(said)
    _restate_norms(network, parts)
    return tuple(dead)


def _restate_norms(network: Network, parts: Sequence[Tensor]) -> None:
    """Give every norm the statistics of what it is fed, and scale and shift such that it answers as before.

    Trained with the statistics of other photos, they were far off; to go on with each batch's own would
    change what the network says in its first step.
    """
    norms = [module for module in network.backbone.modules() if isinstance(module, nn.BatchNorm2d)]
    fed: dict[nn.Module, list[tuple[Tensor, Tensor]]] = {norm: [] for norm in norms}

    def hear(norm: nn.Module, given: tuple[Tensor, ...]) -> None:
        fed[norm].append((given[0].mean((0, 2, 3)), given[0].square().mean((0, 2, 3))))

    handles = [norm.register_forward_pre_hook(hear) for norm in norms]
    for part in parts:
        network.backbone_maps(part)
    for handle in handles:
        handle.remove()
    for norm in norms:
        assert norm.running_mean is not None
        assert norm.running_var is not None
        means, squares = (torch.stack(values).mean(0) for values in zip(*fed[norm], strict=True))
        variance = (squares - means * means).clamp(min=0)
        slope = norm.weight / (norm.running_var + norm.eps).sqrt()
        norm.bias.add_(slope * (means - norm.running_mean))
        norm.weight.copy_(slope * (variance + norm.eps).sqrt())
        norm.running_mean.copy_(means)
        norm.running_var.copy_(variance)


def _mean_answer(lateral: nn.Module, maps: Iterable[Tensor]) -> Tensor:
    """(C,): what the pyramid heard from a level, on average."""
    return torch.stack([lateral(value).mean((0, 2, 3)) for value in maps]).mean(0)


def _estimate_norms(network: Network, layer: nn.Module, parts: Iterable[Tensor]) -> None:
    """Set the statistics of a layer's norms to those of these photos."""
    norms = [module for module in layer.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean of all batches
        norm.train()
    for part in parts:
        network.backbone_maps(part)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        norm.eval()
