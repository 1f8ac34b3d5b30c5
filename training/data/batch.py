"""Tensors of several photos, and what is known of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ubora.training.data.targets import Target

_DOWN = dict.fromkeys(("photos", "whole", "whole_piece", "piece"), 1) | dict.fromkeys(
    ("cells", "cells_known", "maps", "whole_maps"), 2
)
"""Which axis of what lies on a look counts rows; the next one counts columns."""


@dataclass(frozen=True)
class Batch:
    """Tensors of N photos. A `known` of False means that nobody said; its target is then 0 and unused."""

    photos: Tensor
    """(N, size, size, 3) uint8 RGB: the second look, or all of the photo where there is but one."""
    whole: Tensor
    """(N, first, first, 3) uint8 RGB: the first look; first is 0 where there is none."""
    whole_piece: Tensor
    """(N, first / 4, first / 4) uint8, 0–255."""
    labels: Tensor
    """(N, K) float32, 1 where the photo shows the class."""
    labels_known: Tensor
    """(N, K) bool."""
    cells: Tensor
    """(N, K, h, w) uint8, 0–255: how much of a cell is defect."""
    cells_known: Tensor
    """(N, K, h, w) bool."""
    piece: Tensor
    """(N, h, w) uint8, 0–255."""
    piece_known: Tensor
    """(N,) bool."""
    variance: Tensor
    """(N,) int64, levels 1–5; 0 is missing."""
    design: Tensor
    """(N,) int64, the same number for the same design; −1 is missing."""
    index: Tensor
    """(N,) int64: which photos of the split they are."""
    maps: tuple[Tensor, ...] = ()
    """What a frozen backbone sees in `photos`, in their place: `photos` is then empty."""
    whole_maps: tuple[Tensor, ...] = ()
    """The same of `whole`."""

    def to(self, device: torch.device) -> "Batch":
        return self.each(lambda _, value: value.to(device, non_blocking=True))

    def turned(self, quarters: int, mirrored: bool) -> "Batch":
        """All that lies on a look, turned by quarters and mirrored or not."""

        def change(name: str, value: Tensor) -> Tensor:
            if name not in _DOWN:
                return value
            down = _DOWN[name]
            kept = torch.rot90(value, quarters, (down, down + 1))
            return kept.flip(down + 1) if mirrored else kept

        return self.each(change)

    def each(self, change: Callable[[str, Tensor], Tensor]) -> "Batch":
        """The batch with every tensor changed, told the name of its field."""
        changed: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, tuple):
                changed[field.name] = tuple(change(field.name, part) for part in value)
            else:
                changed[field.name] = change(field.name, value)
        return Batch(**changed)


def collate(targets: Sequence[Target]) -> Batch:
    """Stack single targets."""
    names = [f.name for f in fields(Batch) if f.name in targets[0]]
    stacked: dict[str, Any] = {n: torch.from_numpy(np.stack([t[n] for t in targets])) for n in names}
    for look, field in (("photos", "maps"), ("whole", "whole_maps")):
        levels = sorted(name for name in targets[0] if name.startswith(f"{look}_map"))
        maps = [torch.from_numpy(np.stack([t[n] for t in targets])).float() for n in levels]
        stacked |= {field: tuple(maps)}
        stacked.setdefault(look, torch.zeros(len(targets), 0, 0, 3, dtype=torch.uint8))
    return Batch(**stacked)
