"""One step: a batch forward and back, in the recipe's precision, over all processes.

pupil = Pupil(network, optimizer, recipe, device, ranks, positive_weight)
losses = pupil.step(batch)
"""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor

from training.loader import Batch
from training.losses import look_and_lose
from training.network import Network, Outputs
from training.ranks import Ranks
from training.recipe import Recipe

GRADIENT = "gradient"
"""Length of the gradient before it was clipped, beside the losses."""


@dataclass(frozen=True)
class Pupil:
    """A network, how it is taught, and with whom."""

    network: Network
    optimizer: torch.optim.Optimizer
    recipe: Recipe
    device: torch.device
    ranks: Ranks
    positive_weight: Tensor
    """(K,) as `losses.batch_losses` takes it."""

    def step(self, batch: Batch) -> dict[str, float]:
        """Learn from one batch; its unweighted losses, their `total`, and the length of the gradient."""
        batch = self.ranks.whole(batch.to(self.device))
        # The losses ask the network and get the answers of all processes.
        _, parts = look_and_lose(_Chorus(self), batch, self.recipe.loss, self.positive_weight)
        self.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(parts["total"])
        self.ranks.sum_gradients(self.network.parameters())
        length = torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.clip_norm)
        self.optimizer.step()
        # Read last, and once: reading waits for a GPU to be done.
        values = torch.stack([*parts.values(), length]).detach().tolist()
        return dict(zip((*parts, GRADIENT), values, strict=True))

    def cast(self) -> AbstractContextManager[object]:
        """Lower precision around the network alone; losses stay in float32."""
        if not in_bf16(self.recipe, self.device):
            return nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)


def in_bf16(recipe: Recipe, device: torch.device) -> bool:
    """Whether the network runs in bfloat16; float16 would need its losses scaled as well."""
    if recipe.precision == "auto":
        return device.type == "cuda" and torch.cuda.is_bf16_supported()
    return recipe.precision == "bf16"


class _Chorus:
    """The network's two looks, as all processes together see the batch."""

    def __init__(self, pupil: Pupil) -> None:
        self._pupil = pupil
        self.spec = pupil.network.spec

    def __call__(self, photos: Tensor) -> Outputs:
        with self._pupil.cast():
            outputs = self._pupil.network(photos)
        return Outputs(*self._all(*outputs))

    def find_piece(self, photos: Tensor) -> Tensor:
        with self._pupil.cast():
            piece = self._pupil.network.find_piece(photos)
        return self._all(piece)[0]

    def _all(self, *own: Tensor) -> list[Tensor]:
        ranks = self._pupil.ranks
        sizes = ranks.sizes(len(own[0]), own[0].device)
        return [ranks.gather(v.to(torch.promote_types(v.dtype, torch.float32)), sizes) for v in own]
