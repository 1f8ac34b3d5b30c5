"""Several processes that teach one network, each with its part of every batch.

    torchrun --nproc-per-node 2 -m ubora train run datasets/rendered

A process sees its part; what the network said of it is gathered, and each process takes the losses of the
whole batch: they are means over what is labelled in it, and designs are contrasted across it. Gradients are
summed, and batch norm measures the whole batch. So two processes learn what one does: in float64 the
weights agree to 1e-12 after two steps; in float32 rounding parts them, as it parts any two machines.

DistributedDataParallel averages what each process lost by itself, which is another loss wherever labels are
missing, and asks for a gradient of every weight, which a head that is switched off has not.

ValueError
└── RanksError   processes that cannot work together
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor, distributed, nn

from ubora.training.data.batch import Batch

PATIENCE = timedelta(hours=2)
"""How long a process waits for the others; the first one decodes and validates more photos than they do."""
_OWN = ("photos", "whole", "maps", "whole_maps")
"""What of a batch stays with its process: only the network needs it."""


class RanksError(ValueError):
    """Processes that cannot work together."""


@dataclass(frozen=True)
class Ranks:
    """This process among those that teach together."""

    rank: int = 0
    count: int = 1
    local_count: int = 1
    """Processes on this machine; they share its cores and its memory."""

    @property
    def first(self) -> bool:
        """Whether this one writes, validates and speaks."""
        return self.rank == 0

    def say(self, text: str) -> None:
        if self.first:
            print(text, flush=True)

    def sizes(self, length: int, device: torch.device) -> list[int]:
        """Photos that each process has of a batch."""
        if self.count == 1:
            return [length]
        every = [torch.zeros(1, dtype=torch.int64, device=device) for _ in range(self.count)]
        distributed.all_gather(every, torch.tensor([length], device=device))
        return [int(value) for value in every]

    def gather(self, part: Tensor, sizes: Sequence[int]) -> Tensor:
        """All parts of a tensor, one after the other along its first axis; gradients go to the own part."""
        if self.count == 1:
            return part
        if part.dtype == torch.bool:
            return self.gather(part.to(torch.uint8), sizes).bool()
        whole: Tensor = _Gather.apply(part, tuple(sizes), self.rank)
        return whole

    def whole(self, batch: Batch) -> Batch:
        """The targets of all parts, beside the photos of the own one."""
        if self.count == 1:
            return batch
        sizes = self.sizes(len(batch.labels), batch.labels.device)
        return batch.each(lambda name, value: value if name in _OWN else self.gather(value, sizes))

    def sum_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Add up what each part teaches."""
        if self.count == 1:
            return
        gradients = [p.grad for p in parameters if p.grad is not None]
        flat = torch.cat([g.flatten() for g in gradients])
        distributed.all_reduce(flat)
        parts = torch.split(flat, [g.numel() for g in gradients])
        for gradient, total in zip(gradients, parts, strict=True):
            gradient.copy_(total.view_as(gradient))

    def told(self, value: float) -> float:
        """What the first process says."""
        if self.count == 1:
            return value
        held: list[Any] = [value]
        distributed.broadcast_object_list(held)
        return float(held[0])

    @contextmanager
    def in_turn(self) -> Iterator[None]:
        """One process after the other: a later one finds what an earlier one wrote."""
        if self.count == 1:
            yield
            return
        for _ in range(self.rank):
            distributed.barrier()
        yield
        for _ in range(self.rank, self.count):
            distributed.barrier()


ALONE = Ranks()


@contextmanager
def joined(*, cuda: bool) -> Iterator[Ranks]:
    """This process among those that torchrun started; by itself where it did not.

    Raises:
        RanksError: more processes on this machine than it has GPUs.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield ALONE
        return
    local, local_count = int(os.environ["LOCAL_RANK"]), int(os.environ["LOCAL_WORLD_SIZE"])
    if cuda:
        if local_count > torch.cuda.device_count():
            raise RanksError(
                f"{local_count} processes here, expected at most {torch.cuda.device_count()}, one a GPU"
            )
        torch.cuda.set_device(local)
    distributed.init_process_group("nccl" if cuda else "gloo", timeout=PATIENCE)
    try:
        yield Ranks(distributed.get_rank(), count, local_count)
    finally:
        distributed.destroy_process_group()


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, part: Tensor, sizes: tuple[int, ...], rank: int) -> Tensor:
        ctx.start, ctx.size = sum(sizes[:rank]), sizes[rank]
        # The collective wants parts of one size; the last batch of an epoch may not divide.
        padded = part.new_zeros((max(sizes), *part.shape[1:]))
        padded[: sizes[rank]] = part
        every = [torch.empty_like(padded) for _ in sizes]
        distributed.all_gather(every, padded)
        return torch.cat([held[:size] for held, size in zip(every, sizes, strict=True)])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        # Every process has the same loss of the same whole; summed over processes, each part counts once.
        return gradients[0][ctx.start : ctx.start + ctx.size], None, None


class _Sum(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, part: Tensor) -> Tensor:
        whole = part.clone(memory_format=torch.contiguous_format)
        distributed.all_reduce(whole)
        return whole

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        # Every process went on with the sum; what it owes to this part is what all of them ask of it.
        return _Sum.forward(ctx, gradients[0])


class WholeBatchNorm(nn.BatchNorm2d):
    """Batch norm over all parts of a batch. torch's SyncBatchNorm does the same on GPUs alone."""

    def forward(self, values: Tensor) -> Tensor:
        if not self.training:
            return super().forward(values)
        assert self.running_mean is not None
        assert self.running_var is not None
        wide = values.to(torch.promote_types(values.dtype, torch.float32))
        axes, shape = (0, 2, 3), (1, -1, 1, 1)
        count = _summed(wide.new_tensor(float(wide.numel() // wide.shape[1])))
        mean = _summed(wide.sum(axes)) / count
        centred = wide - mean.view(shape)
        variance = _summed(centred.square().sum(axes)) / count
        with torch.no_grad():
            momentum = self.momentum or 0.0
            if self.num_batches_tracked is not None:
                self.num_batches_tracked.add_(1)
            self.running_mean.lerp_(mean, momentum)
            self.running_var.lerp_(variance * count / (count - 1), momentum)
        normed: Tensor = centred * torch.rsqrt(variance + self.eps).view(shape)
        if self.affine:
            normed = normed * self.weight.view(shape) + self.bias.view(shape)
        return normed.to(values.dtype)


def _summed(part: Tensor) -> Tensor:
    whole: Tensor = _Sum.apply(part)
    return whole


def norm_whole_batches(network: nn.Module) -> None:
    """Put WholeBatchNorm in the place of every batch norm, under the same names."""
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.BatchNorm2d):
                whole = WholeBatchNorm(child.num_features, child.eps, child.momentum, affine=child.affine)
                whole.load_state_dict(child.state_dict())
                setattr(module, name, whole)
