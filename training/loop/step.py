"""One step: a batch forward and back, in the recipe's precision, over all processes.

trainer = Trainer(network, optimizer, recipe, device, ranks)
losses = trainer.step(batch, banks)
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor

from ubora.training.data.batch import Batch
from ubora.training.knobs import Recipe
from ubora.training.loop.losses import Looked, batch_losses, look
from ubora.training.loop.ranks import Ranks
from ubora.training.network import Network

GRADIENT = "gradient"
"""Length of the gradient before it was clipped, beside the losses."""


@dataclass(frozen=True)
class Trainer:
    """A network, how it is taught, and with whom."""

    network: Network
    optimizer: torch.optim.Optimizer
    recipe: Recipe
    device: torch.device
    ranks: Ranks

    def step(self, batch: Batch, banks: Sequence[Tensor], found: Tensor | None = None) -> dict[str, float]:
        """Learn from one batch; its unweighted losses, their `total`, and the length of the gradient.

        Args:
            banks: what each of its photos is held against.
            found: as for `losses.look`.
        """
        batch = batch.to(self.device)
        with self.cast():
            looked = look(
                self.network,
                batch,
                [bank.to(self.device) for bank in banks],
                None if found is None else found.to(self.device),
            )
        # The losses take the answers of all processes.
        looked = self._all(looked)
        parts = batch_losses(looked, self.ranks.whole(batch), self.recipe.loss, self.network.spec)
        self.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(parts["total"])
        taught = [p for p in self.network.parameters() if p.requires_grad]
        self.ranks.sum_gradients(taught)
        length = torch.nn.utils.clip_grad_norm_(taught, self.recipe.clip_norm)
        self.optimizer.step()
        # Read last, and once: reading waits for a GPU to be done.
        values = torch.stack([*parts.values(), length]).detach().tolist()
        return dict(zip((*parts, GRADIENT), values, strict=True))

    def cast(self) -> AbstractContextManager[object]:
        """Lower precision around the network alone; losses stay in float32."""
        if not in_bf16(self.recipe, self.device):
            return nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)

    def _all(self, own: Looked) -> Looked:
        sizes = self.ranks.sizes(len(own.heat), own.heat.device)
        wide = (value.to(torch.promote_types(value.dtype, torch.float32)) for value in own)
        return Looked(*(self.ranks.gather(value, sizes) for value in wide))


def in_bf16(recipe: Recipe, device: torch.device) -> bool:
    """Whether the network runs in bfloat16; float16 would need its losses scaled as well."""
    if recipe.precision == "auto":
        return device.type == "cuda" and torch.cuda.is_bf16_supported()
    return recipe.precision == "bf16"
