"""The network: a small backbone, a light pyramid to stride 4, and the heads of the graph contract.

    spec = NetworkSpec(classes=("scratch", "crack"), input_size=384, piece=True, variance=True)
    defects, heatmap, variance, piece, embedding = Network(spec)(photos_nhwc_uint8)

The score of a class is a pooling of the map it is explained by, and the map is closed outside the piece.
"""

from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.nn import functional as F

from training.backbone import Backbone, Name
from training.outline import OutlineHead
from training.recipe import NETWORK_KNOBS, Recipe

STRIDE = 4
"""Pixels of the input a cell of `heatmap` and `piece` stands for."""
CLOSED = -8.0
"""Logits a cell far from the piece loses at most: a probability of 0.9 becomes 0.003."""
GATE_SLOPE, GATE_FROM = 4.0, 2.0
"""The gate opens about the piece logit GATE_FROM, as steeply as GATE_SLOPE: where the piece is doubtful, heat
of the bench beside it must not pass. A plain log-sigmoid let soot and petals flag real photos."""
EVERYWHERE = 6.0
"""The piece logit of a network that was never shown a piece mask: all of the photo is the piece."""
_MEAN = (0.485 * 255, 0.456 * 255, 0.406 * 255)
_DEVIATION = (0.229 * 255, 0.224 * 255, 0.225 * 255)


class NetworkSpec(BaseModel):
    """What a network is; stored with its weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    classes: Annotated[tuple[str, ...], Field(min_length=1)]
    piece: bool
    """Whether it learnt where the piece is; without, nothing is gated."""
    variance: bool
    """Whether it learnt levels; without, every piece is level 3."""
    grade: Literal["features", "outline"] = "features"
    """What levels are told by: what the surface looks like, or how even the piece's outline is."""
    input_size: int = 384
    first_look: int = 0
    """Pixels of the whole photo in which the piece is looked for; 0 looks once, at the whole photo."""
    margin: float = 0.1
    """Of the piece's longer side, left around it in the second look."""
    backbone: Name = "mobilenet_v2"
    backbone_width: float = 1.0
    padding: Literal["same", "torchvision"] = "torchvision"
    scaling: Literal["imagenet", "minus_one_to_one"] = "imagenet"
    pyramid_width: int = 64
    embedding_size: int = 64
    pool_cells: int = 8
    gate_dilation: int = 2

    @classmethod
    def of(cls, recipe: Recipe, classes: Sequence[str], *, piece: bool, variance: bool) -> "NetworkSpec":
        knobs = {knob: getattr(recipe, knob) for knob in NETWORK_KNOBS}
        if not piece:
            knobs["grade"] = "features"  # nothing tells it an outline
        return cls(classes=tuple(classes), piece=piece, variance=variance, **knobs)

    def grid(self) -> int:
        """Cells along a side of the heatmap."""
        return self.input_size // STRIDE


class Outputs(NamedTuple):
    """In the order of `models.bundle.OUTPUTS`."""

    defects: Tensor
    """(N, K) logits."""
    heatmap: Tensor
    """(N, K, h, w) logits, gated by the piece."""
    variance: Tensor
    """(N, 4) CORN's conditional logits."""
    piece: Tensor
    """(N, h, w) logits."""
    embedding: Tensor
    """(N, D), length 1."""


class Network(nn.Module):
    """uint8 photos in, five outputs out; scaling is inside."""

    offset: Tensor
    factor: Tensor

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        self.spec = spec
        width = spec.pyramid_width
        offset, factor = _scaling(spec.scaling)
        self.register_buffer("offset", offset, persistent=False)
        self.register_buffer("factor", factor, persistent=False)
        self.backbone = Backbone(spec.backbone, width=spec.backbone_width, padding=spec.padding)
        self.lateral = nn.ModuleList(_convolution(c, width, 1) for c in self.backbone.channels)
        self.smooth = nn.ModuleList(_separable(width, width) for _ in self.backbone.channels[:-1])
        self.cells = nn.Sequential(_separable(width, width), _separable(width, width))
        self.heatmap_head = nn.Conv2d(width, len(spec.classes), 1)
        self.piece_head = nn.Conv2d(width, 1, 1)
        pooled = 4 * width + self.backbone.channels[-1]
        # Each feature by its own mean and spread over pieces: what all pieces share would drown what tells
        # them apart, and both heads stay at chance.
        self.standard = nn.BatchNorm2d(pooled, affine=False)
        if spec.grade == "outline":
            self.outline = OutlineHead()
        else:
            self.grade = nn.Sequential(nn.Linear(pooled, 2 * width), nn.ReLU())
            self.variance_head = nn.Linear(2 * width, 4)
        self.embedding_head = nn.Linear(pooled, spec.embedding_size)
        with torch.no_grad():
            self.heatmap_head.weight.mul_(0.1)
        self.set_priors([0.05] * len(spec.classes))

    def set_priors(self, photo_shares: Sequence[float]) -> None:
        """Start each class as rare as it is, so that the first steps need not unlearn a coin toss.

        Args:
            photo_shares: of training photos that show each class, 0–1.
        """
        cell_shares = [min(max(share * 0.05, 0.002), 0.02) for share in photo_shares]
        assert self.heatmap_head.bias is not None
        with torch.no_grad():
            self.heatmap_head.bias.copy_(torch.tensor(cell_shares).logit())

    def forward(self, photos_nhwc: Tensor) -> Outputs:
        """(N, h, w, 3) uint8 RGB → Outputs, maps at a quarter of the size. h and w are multiples of 32."""
        value, levels, features = self.features(photos_nhwc)
        piece = self.piece_logits(value)
        heatmap = self.heatmap_head(value)
        if self.spec.piece:
            heatmap = heatmap + gate(piece.detach(), self.spec.gate_dilation)
        pooled = self.pool_over_piece(value, levels[1], features[3], piece.detach())
        return Outputs(
            defects=pooled_scores(heatmap, self.spec.pool_cells),
            heatmap=heatmap,
            variance=self.variance_logits(pooled, piece.detach()),
            piece=piece,
            # Only reads: telling designs apart pulled at the features ten times as hard as defects did.
            embedding=F.normalize(self.embedding_head(pooled.detach()), dim=1),
        )

    def find_piece(self, photos_nhwc: Tensor) -> Tensor:
        """The first look: (N, h, w, 3) uint8 RGB → (N, h/4, w/4) piece logits."""
        return self.piece_logits(self.features(photos_nhwc)[0])

    def features(self, photos_nhwc: Tensor) -> tuple[Tensor, list[Tensor], tuple[Tensor, ...]]:
        """Cells at stride 4 with all of the pyramid in them; its levels; the backbone's own maps."""
        features = self.backbone_maps(photos_nhwc)
        levels = [lateral(c) for lateral, c in zip(self.lateral, features, strict=True)]
        value = levels[3]
        for index in (2, 1, 0):
            value = self.smooth[index](levels[index] + F.interpolate(value, scale_factor=2.0, mode="nearest"))
        return self.cells(value), levels, features

    def backbone_maps(self, photos_nhwc: Tensor) -> tuple[Tensor, ...]:
        """(N, h, w, 3) uint8 RGB → the backbone's maps at strides 4, 8, 16 and 32."""
        photos = photos_nhwc.permute(0, 3, 1, 2).to(self.offset.dtype)
        maps: tuple[Tensor, ...] = self.backbone((photos - self.offset) * self.factor)
        return maps

    def piece_logits(self, value: Tensor) -> Tensor:
        if self.spec.piece:
            logits: Tensor = self.piece_head(value)[:, 0]
            return logits
        return value[:, 0] * 0.0 + EVERYWHERE

    def pool_over_piece(self, cells: Tensor, mid: Tensor, top: Tensor, piece: Tensor) -> Tensor:
        """Means and spreads of features over the piece: (N, 4 * width + channels of `top`).

        The spread of fine features is how evenly the hammer fell; `top` sees the outline of the whole piece.

        Args:
            cells, mid: pyramid features at strides 4 and 8.
            top: the backbone's last map, at stride 32.
        """
        weight = torch.sigmoid(GATE_SLOPE * piece)[:, None] + 1e-3
        fine, fine_spread = _weighted(cells, weight)
        middle, middle_spread = _weighted(mid, F.avg_pool2d(weight, 2))
        coarse, _ = _weighted(top, F.avg_pool2d(weight, 8))
        pooled = torch.cat([fine, fine_spread, middle, middle_spread, coarse], dim=1)
        standard: Tensor = self.standard(pooled[:, :, None, None])
        return standard[:, :, 0, 0]

    def variance_logits(self, pooled: Tensor, piece: Tensor) -> Tensor:
        logits: Tensor
        if self.spec.grade == "outline":
            # Photos are cropped, covered and zoomed to teach the other heads: no outline survives that.
            logits = self.outline(piece).detach()
        else:
            logits = self.variance_head(self.grade(pooled))
        if self.spec.variance:
            return logits
        # Never shown a level, it answers 3, the ordinary one, and finds nothing out of range.
        return logits * 0.0 + logits.new_tensor([EVERYWHERE, EVERYWHERE, -EVERYWHERE, -EVERYWHERE])

    def backbone_parameters(self) -> list[nn.Parameter]:
        return list(self.backbone.parameters())

    def head_parameters(self) -> list[nn.Parameter]:
        own = {id(p) for p in self.backbone.parameters()}
        return [p for p in self.parameters() if id(p) not in own]

    def train_mode(self, *, freeze_batchnorm: bool, frozen_layers: int = 0) -> None:
        """Training mode; with `freeze_batchnorm` the backbone keeps the statistics it came with.

        Args:
            frozen_layers: of the backbone, from the photo on, that stay as they are: what edges and grain
                look like was learnt on a million real photos, and rendered ones would only make it stranger.
        """
        self.train()
        kept = self.backbone.features[:frozen_layers]
        for parameter in kept.parameters():
            parameter.requires_grad_(False)
        for module in (self.backbone if freeze_batchnorm else kept).modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        if self.spec.grade == "outline":
            self.outline.eval()


def gate(piece: Tensor, reach: int) -> Tensor:
    """(N, h, w) piece logits → (N, 1, h, w) ≤ 0 to add: 0 on and near the piece, CLOSED far off.

    Args:
        reach: cells around the piece that still count.
    """
    near = F.max_pool2d(piece[:, None], 2 * reach + 1, stride=1, padding=reach)
    return F.logsigmoid(GATE_SLOPE * (near - GATE_FROM)).clamp(min=CLOSED)


def pooled_scores(heatmap: Tensor, cells: int) -> Tensor:
    """(N, K, h, w) → (N, K): the mean of the hottest cells; one is noise, a scratch never the whole."""
    return heatmap.flatten(2).topk(cells, dim=2).values.mean(2)


def _weighted(values: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of (N, C, h, w) under (N, 1, h, w): twice (N, C)."""
    share = weight / weight.sum((2, 3), keepdim=True)
    mean = (values * share).sum((2, 3))
    square = (values * values * share).sum((2, 3))
    return mean, (square - mean * mean).clamp(min=1e-4).sqrt()


def _convolution(inner: int, outer: int, kernel: int, groups: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inner, outer, kernel, padding=kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(outer)
    )


def _separable(inner: int, outer: int) -> nn.Sequential:
    """A depthwise then a pointwise convolution: an eighth of the work of a full 3 × 3."""
    return nn.Sequential(
        _convolution(inner, inner, 3, groups=inner), nn.ReLU(), _convolution(inner, outer, 1), nn.ReLU()
    )


def _scaling(name: str) -> tuple[Tensor, Tensor]:
    if name == "minus_one_to_one":
        return torch.full((1, 3, 1, 1), 127.5), torch.full((1, 3, 1, 1), 1 / 127.5)
    return torch.tensor(_MEAN).view(1, 3, 1, 1), 1 / torch.tensor(_DEVIATION).view(1, 3, 1, 1)
