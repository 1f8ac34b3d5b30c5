"""A photo's cells beside the cells of approved photos of its design: what is wrong, and where.

    matched = match(cells, bank, known)
    said = comparison(cells, cover, matched)

What lies on the approved sample too is no defect. A cell is described by itself, by what the bank offers in
its place (a mean of the bank's cells, the nearest counting most), and by how far that lies from it. A head
that has seen both on many designs tells what a difference means. Without a bank it sees the cell alone.
Read for it: PatchCore (Roth et al., 2022), AnomalyDINO (Damm et al., 2025), ResAD (Yao et al., 2024).
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ubora.models.inference.bank import MOST_CELLS
from ubora.training.network.spec import NetworkSpec

SHARPNESS = 8.0
"""Of the mean over the bank: a cell a squared distance of 1/8 further off counts 1/e."""
OFF_PIECE = 0.05
"""Share of piece in a cell below which nothing is said of it."""
CLOSED = -8.0
"""The most that a score can be lowered by lying off the piece."""
_FAR = 1e4


class Matched(NamedTuple):
    """What a bank offers in the place of each cell; zeros where it is empty. D numbers of a cell count."""

    residual: Tensor
    """(N, D, h, w): what is offered less the cell itself."""
    distance: Tensor
    """(N, 1, h, w) to the nearest cell of the bank."""
    nearest: Tensor
    """(N, h, w) int64: which cell of the bank that is; −1 where the bank is empty."""
    fullness: Tensor
    """(N, 1, h, w): the log of the bank's cells over that of a full one; 0 where it is empty."""


class Compared(NamedTuple):
    """What is said of N photos."""

    defects: Tensor
    """(N, K + 1) logits: the classes, then a defect of any kind."""
    heatmap: Tensor
    """(N, K + 1, h, w) logits that `defects` are a pooling of, at STRIDE."""


def match(cells: Tensor, cover: Tensor, bank: Tensor, known: Tensor) -> Matched:
    """Hold every cell on the piece, or beside it, against a bank; the others are compared with nothing.

    Args:
        cells: (N, C, h, w) descriptors, of which the first D numbers are compared.
        cover: (N, h, w) 0–1: how much of a cell shows the piece.
        bank: (M, D), M at least 1.
        known: (M,) bool: which rows of the bank stand for something.
    """
    cells = cells[:, : bank.shape[1]]
    count, size, height, width = cells.shape
    every = cells.flatten(2).transpose(1, 2).reshape(-1, size)
    # Half of a look is bench: leaving it out halves the longest product of a judgement.
    at = torch.nonzero((beside_piece(cover) > OFF_PIECE).flatten() & known.any())[:, 0]
    asked = every[at]
    # |a − b|² = |a|² − 2 (a·b − |b|² / 2): what is in brackets ranks a bank's cells, in one product.
    short = torch.where(known, (bank * bank).sum(1) / 2, _FAR)
    closeness = torch.addmm(-short, asked, bank.T)
    most, best = closeness.max(1)
    # Of the softmax of −SHARPNESS |a − b|² over a cell's row, |a|² falls out.
    offered = torch.softmax(2 * SHARPNESS * closeness, 1) @ bank
    least = ((asked * asked).sum(1) - 2 * most).clamp(min=1e-8).sqrt()
    residual = torch.zeros_like(every).index_copy(0, at, offered - asked)
    distance = torch.zeros_like(every[:, 0]).index_copy(0, at, least)
    nearest = torch.full_like(every[:, 0], -1, dtype=torch.int64).index_copy(0, at, best)
    filled = torch.log1p(known.to(cells.dtype).sum()) / math.log1p(MOST_CELLS)
    return Matched(
        residual=residual.view(count, height * width, size).transpose(1, 2).reshape(cells.shape),
        distance=distance.view(count, 1, height, width),
        nearest=nearest.view(count, height, width),
        fullness=filled.expand(count, 1, height, width),
    )


def beside_piece(cover: Tensor) -> Tensor:
    """(N, h, w) 0–1 → the same, as its most covered neighbour: what is missing lies beside."""
    return F.max_pool2d(cover[:, None], 3, stride=1, padding=1)[:, 0]


class Comparison(nn.Module):
    """The head that says what is wrong.

    Args:
        cell_size: C, numbers of a cell.
    """

    def __init__(self, spec: NetworkSpec, cell_size: int) -> None:
        super().__init__()
        self.spec = spec
        width = spec.comparison_width
        self.scale, self.own_scale = spec.descriptor_size**0.5, cell_size**0.5
        """They bring the numbers of a difference, and of a cell itself, to about 1."""
        self.enter = nn.Conv2d(cell_size + 2 * spec.descriptor_size + 3, width, 1)
        self.blocks = nn.Sequential(*(_Block(width) for _ in range(spec.comparison_blocks)))
        self.norm = nn.GroupNorm(8, width)
        self.leave = nn.Conv2d(width, len(spec.heats()), 1)
        self.set_priors([0.05] * len(spec.classes))

    def set_priors(self, photo_shares: list[float]) -> None:
        """Start each class as rare as it is, so that the first steps need not unlearn a coin toss.

        Args:
            photo_shares: of training photos that show each class, 0–1.
        """
        shares = [min(max(share * 0.05, 0.002), 0.02) for share in (*photo_shares, sum(photo_shares))]
        assert self.leave.bias is not None
        with torch.no_grad():
            self.leave.weight.mul_(0.1)
            self.leave.bias.copy_(torch.tensor(shares).logit())

    def heat(self, cells: Tensor, cover: Tensor, matched: Matched) -> Tensor:
        """(N, K + 1, h, w) logits, said of cells off the piece as well.

        Args:
            cover: (N, h, w) 0–1: how much of a cell shows the piece.
        """
        own = cells * cover[:, None]
        given = torch.cat(
            [
                self.own_scale * own,
                self.scale * matched.residual,
                self.scale * matched.residual.abs(),
                matched.distance,
                cover[:, None],
                matched.fullness,
            ],
            1,
        )
        logits: Tensor = self.leave(self.norm(self.blocks(self.enter(given))))
        return logits

    def forward(self, cells: Tensor, cover: Tensor, matched: Matched) -> Compared:
        heatmap = self.heat(cells, cover, matched) + shut(cover)
        pooled = self.spec.cells_pooled(cells.shape[-2] * cells.shape[-1])
        return Compared(pooled_scores(heatmap, pooled), heatmap)


def cover_of(piece: Tensor) -> Tensor:
    """(N, h, w) piece logits at PIECE_STRIDE → (N, h/2, w/2) 0–1 at STRIDE."""
    return F.avg_pool2d(torch.sigmoid(piece)[:, None], 2)[:, 0]


def shut(cover: Tensor) -> Tensor:
    """(N, h, w) cover → (N, 1, h, w) ≤ 0 to add to heat: 0 on and next to the piece, CLOSED far off."""
    return CLOSED * (1 - beside_piece(cover)[:, None] / OFF_PIECE).clamp(0, 1)


def pooled_scores(heatmap: Tensor, cells: int) -> Tensor:
    """(N, K, h, w) → (N, K): the mean of the hottest cells; one is noise, a scratch never the whole."""
    return heatmap.flatten(2).topk(cells, dim=2).values.mean(2)


class _Block(nn.Module):
    """Looks around each cell, then thinks about it; what it finds is added."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.around = nn.Conv2d(width, width, 5, padding=2, groups=width, bias=False)
        self.norm = nn.GroupNorm(8, width)
        self.widen = nn.Conv2d(width, 2 * width, 1)
        self.narrow = nn.Conv2d(2 * width, width, 1)

    def forward(self, value: Tensor) -> Tensor:
        cells: Tensor = self.narrow(F.gelu(self.widen(self.norm(self.around(value)))))
        return value + cells
