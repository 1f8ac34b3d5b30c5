"""How much of a backbone has stopped answering: channels that say the same whatever they are shown.

    with Listener(network.backbone) as heard:
        network(photos)
    heard.dead_share()          # 0.02 of ImageNet's own weights; 0.9 is a network without its deepest layers

Where a later norm takes the mean away nothing holds a channel's mean, so large steps drive it to where its
activation is flat: always 0, or always 6. No loss shows it, for the shallow layers learn on alone. What is
lost is what only deep layers see: where the piece is, and what is usual for it. (On channels that are dead
from the start: Lu et al., "Dying ReLU and Initialization", 2019.)
"""

from types import TracebackType
from typing import Self

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from training.backbone import Backbone

STILL = 1e-3
"""Between the highest and the lowest answer of a channel; of activations that reach 0 to 6."""
TOO_MANY = 0.5
"""Of the hidden channels of one stride: more than this, and a run is told."""


class Listener:
    """Hears every activation inside a backbone while it is entered."""

    def __init__(self, backbone: Backbone) -> None:
        self._activations = [
            (stride, module)
            for stride, layers in backbone.by_stride().items()
            for layer in layers
            for module in layer.modules()
            if isinstance(module, nn.ReLU | nn.ReLU6 | nn.Hardswish)
        ]
        self._range: dict[nn.Module, Tensor] = {}
        self._handles: list[RemovableHandle] = []

    def __enter__(self) -> Self:
        self._handles = [module.register_forward_hook(self._hear) for _, module in self._activations]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for handle in self._handles:
            handle.remove()

    def dead_share(self) -> float | None:
        """That of the worst stride; None where nothing was heard."""
        return max(self.dead_shares().values(), default=None)

    def dead_shares(self) -> dict[int, float]:
        """By stride, of the hidden channels of its layers the share that never changed, 0–1."""
        still: dict[int, list[Tensor]] = {}
        for stride, module in self._activations:
            if module in self._range:
                low, high = self._range[module]
                still.setdefault(stride, []).append(high - low < STILL)
        return {stride: float(torch.cat(channels).float().mean()) for stride, channels in still.items()}

    @torch.no_grad()
    def _hear(self, module: nn.Module, _: tuple[Tensor, ...], answer: Tensor) -> None:
        low, high = answer.amin((0, 2, 3)), answer.amax((0, 2, 3))
        if module in self._range:
            low = torch.minimum(low, self._range[module][0])
            high = torch.maximum(high, self._range[module][1])
        self._range[module] = torch.stack([low, high])
