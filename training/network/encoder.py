"""One photo → where the piece is, a description of each of its cells, and what the piece as a whole is like.

maps = encoder.maps(photos_nhwc_uint8)      # what a frozen backbone sees; may be kept on disk
seen = encoder(maps)
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ubora.training.network.backbone import Backbone
from ubora.training.network.outline import OutlineHead
from ubora.training.network.spec import NetworkSpec

Maps = Sequence[Tensor]
"""The backbone's maps of N photos at strides 4, 8, 16 and 32: (N, C, h, w) each."""

GATE_SLOPE = 4.0
"""How steeply a cell's piece logit becomes its weight."""
EVERYWHERE = 6.0
"""The piece logit of a network that was never shown a piece mask: all of the photo is the piece."""
LEVELS_ASKED = 4
_MEAN = (0.485 * 255, 0.456 * 255, 0.406 * 255)
_DEVIATION = (0.229 * 255, 0.224 * 255, 0.225 * 255)
MAPS_DESCRIBED = 3
"""Maps that describe a cell, the finest first; the deepest one sees the piece as a whole."""


class SpecError(ValueError):
    """A network that cannot be built."""


class Encoded(NamedTuple):
    """What a photo shows, before it is compared with anything."""

    piece: Tensor
    """(N, h, w) logits at PIECE_STRIDE."""
    cells: Tensor
    """(N, C, h, w) descriptors at STRIDE; a squared distance of 2 is that of two cells drawn at random. The
    first `descriptor_size` numbers are what is compared with a bank."""
    embedding: Tensor
    """(N, E), length 1."""
    variance: Tensor
    """(N, 4) CORN's conditional logits."""


class Encoder(nn.Module):
    """The backbone and the heads that look at one photo alone."""

    offset: Tensor
    factor: Tensor

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        self.spec = spec
        offset, factor = _scaling(spec.scaling)
        self.register_buffer("offset", offset, persistent=False)
        self.register_buffer("factor", factor, persistent=False)
        self.backbone = Backbone(spec.backbone, width=spec.backbone_width, padding=spec.padding)
        channels = self.backbone.channels
        self.describe = Descriptor(channels[:MAPS_DESCRIBED], spec.descriptor_size)
        self.piece_head = PieceHead(channels, spec.piece_width)
        pooled = 2 * self.describe.whole + channels[-1]
        # Each feature by its own mean and spread over pieces: what all pieces share would drown what tells
        # them apart, and the heads stay at chance.
        self.standard = nn.BatchNorm2d(pooled, affine=False)
        self.embedding_head = nn.Linear(pooled, spec.embedding_size)
        if spec.grade == "outline":
            self.outline = OutlineHead()
        else:
            self.grade = nn.Sequential(nn.Linear(pooled, 128), nn.ReLU(), nn.Linear(128, LEVELS_ASKED))

    def maps(self, photos_nhwc: Tensor) -> tuple[Tensor, ...]:
        """(N, h, w, 3) uint8 RGB, sides multiples of 32 → the backbone's maps."""
        photos = photos_nhwc.permute(0, 3, 1, 2).to(self.offset.dtype)
        maps: tuple[Tensor, ...] = self.backbone((photos - self.offset) * self.factor)
        return maps

    def forward(self, maps: Maps) -> Encoded:
        piece = self.piece_logits(maps)
        cells: Tensor = self.describe(maps[:MAPS_DESCRIBED])
        pooled = self.pool_over_piece(cells, maps[-1], piece.detach())
        return Encoded(
            piece=piece,
            cells=cells,
            embedding=F.normalize(self.embedding_head(pooled), dim=1),
            variance=self.variance_logits(pooled, piece.detach()),
        )

    def piece_logits(self, maps: Maps) -> Tensor:
        if self.spec.piece:
            logits: Tensor = self.piece_head(maps)
            return logits
        return maps[0][:, 0] * 0.0 + EVERYWHERE

    def pool_over_piece(self, cells: Tensor, deepest: Tensor, piece: Tensor) -> Tensor:
        """Means and spreads of descriptors over the piece, and means of the deepest map: (N, P)."""
        weight = torch.sigmoid(GATE_SLOPE * piece)[:, None] + 1e-3
        fine = _shares(F.avg_pool2d(weight, 2))
        mean = (cells * fine).sum((2, 3))
        spread = ((cells * cells * fine).sum((2, 3)) - mean * mean).clamp(min=1e-4).sqrt()
        coarse = (deepest * _shares(F.avg_pool2d(weight, 8))).sum((2, 3))
        pooled = torch.cat([mean, spread, coarse], dim=1)
        standard: Tensor = self.standard(pooled[:, :, None, None])
        return standard[:, :, 0, 0]

    def variance_logits(self, pooled: Tensor, piece: Tensor) -> Tensor:
        # Photos are cropped, covered and zoomed to teach the other heads: no outline survives that.
        outlined = self.spec.grade == "outline"
        logits: Tensor = self.outline(piece).detach() if outlined else self.grade(pooled)
        if self.spec.variance:
            return logits
        # Never shown a level, it answers 3, the ordinary one, and finds nothing out of range.
        return logits * 0.0 + logits.new_tensor([EVERYWHERE, EVERYWHERE, -EVERYWHERE, -EVERYWHERE])


_SHORTEST = 1e-6
"""Added to a squared length: a cell at the mean of all has no direction."""


class Descriptor(nn.Module):
    """Maps of three strides → one vector a cell: standardised, each stride of one length, main axes first.

    A stride's part has one length, or a bright highlight would lie far from everything. Its numbers are
    counted on photos, never learnt: `fit`. Cells are compared by their first `size` numbers; the others vary
    little among pieces, and a fine scratch may lie in them. The last numbers are the lengths that were lost.
    """

    mean: Tensor
    factor: Tensor
    axes: Tensor

    def __init__(self, channels: Sequence[int], size: int) -> None:
        super().__init__()
        self.channels = tuple(channels)
        described = sum(channels)
        self.size, self.whole = size, described + len(self.channels)
        if size > described:
            raise SpecError(
                f"descriptor_size = {size}: the backbone's maps of strides 4, 8 and 16 have {described} "
                "channels to describe a cell by; expected at most as many"
            )
        self.register_buffer("mean", torch.zeros(described))
        self.register_buffer("factor", torch.ones(described))
        self.register_buffer("axes", torch.eye(described))

    def forward(self, maps: Maps) -> Tensor:
        """Three maps → (N, C, h, w) at the stride of the second."""
        parts, lengths = self._sized(stacked(maps))
        turned = F.conv2d(parts, self.axes.T[:, :, None, None])
        return torch.cat([turned, lengths.log() / self.whole**0.5], 1)

    def _sized(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """(N, C, h, w) of `stacked` → the same, each stride's part of length 1 / √strides.

        And the lengths that they had, (N, strides, h, w): about 1.
        """
        standard = (values - self.mean[:, None, None]) * self.factor[:, None, None]
        parts = torch.split(standard, list(self.channels), 1)
        lengths = [(part * part).sum(1, keepdim=True).add(_SHORTEST).sqrt() for part in parts]
        sized = torch.cat([part / length for part, length in zip(parts, lengths, strict=True)], 1)
        return sized / len(parts) ** 0.5, torch.cat(lengths, 1)

    @torch.no_grad()
    def fit(self, cells: Iterable[Tensor]) -> float:
        """Take means, spreads and axes from cells that show pieces; the share of variance that is compared.

        Args:
            cells: (n, C) each, of `stacked` maps.
        """
        every = torch.cat(list(cells)).double()
        mean, deviation = every.mean(0), every.std(0) + 1e-3
        alike = torch.cat([torch.full((c,), c**-0.5) for c in self.channels])
        self.mean.copy_(mean)
        self.factor.copy_(alike / deviation)
        sized = self._sized(every.to(self.mean.dtype)[:, :, None, None])[0][:, :, 0, 0].double()
        variances, axes = torch.linalg.eigh(sized.T @ sized / len(sized))
        self.axes.copy_(axes.flip(1))
        return float(variances.flip(0)[: self.size].sum() / variances.sum())


def stacked(maps: Maps) -> Tensor:
    """Maps of strides 4, 8 and 16 → (N, sum of C, h, w) at stride 8."""
    finest, middle, coarse = maps
    wide = F.interpolate(coarse, scale_factor=2.0, mode="bilinear", align_corners=False)
    return torch.cat([F.avg_pool2d(finest, 2), middle, wide], 1)


class PieceHead(nn.Module):
    """A small pyramid on the backbone's maps: (N, h, w) logits at stride 4 that a cell shows the piece."""

    def __init__(self, channels: Sequence[int], width: int) -> None:
        super().__init__()
        self.lateral = nn.ModuleList(convolution(c, width, 1) for c in channels)
        self.smooth = nn.ModuleList(separable(width, width) for _ in channels[:-1])
        self.last = nn.Conv2d(width, 1, 1)

    def forward(self, maps: Maps) -> Tensor:
        levels = [lateral(c) for lateral, c in zip(self.lateral, maps, strict=True)]
        value = levels[-1]
        for smooth, level in zip(self.smooth, reversed(levels[:-1]), strict=True):
            value = smooth(level + F.interpolate(value, scale_factor=2.0, mode="nearest"))
        logits: Tensor = self.last(value)[:, 0]
        return logits


def convolution(inner: int, outer: int, kernel: int, groups: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inner, outer, kernel, padding=kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(outer)
    )


def separable(inner: int, outer: int) -> nn.Sequential:
    """A depthwise then a pointwise convolution: an eighth of the work of a full 3 × 3."""
    return nn.Sequential(
        convolution(inner, inner, 3, groups=inner), nn.ReLU(), convolution(inner, outer, 1), nn.ReLU()
    )


def _shares(weight: Tensor) -> Tensor:
    """(N, 1, h, w) weights → the same, a photo's sum 1."""
    return weight / weight.sum((2, 3), keepdim=True)


def _scaling(name: str) -> tuple[Tensor, Tensor]:
    if name == "minus_one_to_one":
        return torch.full((1, 3, 1, 1), 127.5), torch.full((1, 3, 1, 1), 1 / 127.5)
    return torch.tensor(_MEAN).view(1, 3, 1, 1), 1 / torch.tensor(_DEVIATION).view(1, 3, 1, 1)
