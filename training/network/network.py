"""Encoder and comparison as one network, photo by photo beside the bank of each.

said = network.beside(network.encode(network.maps(photos)), banks)
"""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from ubora.training.network.comparison import Compared, Comparison, Matched, cover_of, match
from ubora.training.network.encoder import Encoded, Encoder, Maps
from ubora.training.network.spec import NetworkSpec


class Network(nn.Module):
    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        self.spec = spec
        self.encoder = Encoder(spec)
        self.comparison = Comparison(spec, self.encoder.describe.whole)

    def maps(self, photos_nhwc: Tensor) -> tuple[Tensor, ...]:
        """(N, h, w, 3) uint8 RGB → the backbone's maps."""
        return self.encoder.maps(photos_nhwc)

    def encode(self, maps: Maps) -> Encoded:
        seen: Encoded = self.encoder(maps)
        return seen

    def matched(self, cells: Tensor, cover: Tensor, banks: Sequence[Tensor]) -> Matched:
        """Each photo's cells against a bank of its own.

        Args:
            cells: (N, C, h, w).
            cover: (N, h, w) 0–1.
            banks: N of (M, D), M of any size, 0 among them.
        """
        matches = [
            match(one[None], share[None], *with_a_row(bank))
            for one, share, bank in zip(cells, cover, banks, strict=True)
        ]
        return Matched(*(torch.cat(parts) for parts in zip(*matches, strict=True)))

    def beside(self, seen: Encoded, banks: Sequence[Tensor]) -> Compared:
        cover = cover_of(seen.piece)
        said: Compared = self.comparison(seen.cells, cover, self.matched(seen.cells, cover, banks))
        return said

    def freeze(self, how: str) -> None:
        """Training mode, the backbone as far as `how` says: all of it stays, its norms do, or nothing.

        Args:
            how: all, norms or none.
        """
        self.train()
        for parameter in self.encoder.backbone.parameters():
            parameter.requires_grad_(how != "all")
        for module in self.encoder.backbone.modules():
            if how != "none" and isinstance(module, nn.BatchNorm2d):
                module.eval()
        if self.spec.grade == "outline":
            self.encoder.outline.eval()

    def backbone_parameters(self) -> list[nn.Parameter]:
        return list(self.encoder.backbone.parameters())

    def head_parameters(self) -> list[nn.Parameter]:
        own = {id(p) for p in self.encoder.backbone.parameters()}
        return [p for p in self.parameters() if id(p) not in own]


def with_a_row(bank: Tensor) -> tuple[Tensor, Tensor]:
    """(M, D) → at least one row, and which rows stand for something: a graph cannot hold an empty axis."""
    if len(bank):
        return bank, torch.ones(len(bank), dtype=torch.bool, device=bank.device)
    return bank.new_zeros(1, bank.shape[1]), torch.zeros(1, dtype=torch.bool, device=bank.device)


def piece_cells(cells: Tensor, cover: Tensor, least: float) -> Iterable[Tensor]:
    """(N, C, h, w) and (N, h, w) 0–1 → for each photo (M, C), the cells that show the piece."""
    for one, share in zip(cells, cover, strict=True):
        yield one[:, share > least].T.contiguous()
