"""The head that grades by outline: how evenly the hand kept to a shape, whichever, seen from anywhere.

    head = OutlineHead()
    logits = head(piece_logits)                     # (N, h, w) → (N, 4), CORN's conditional logits
    logits = head.of_polar(*head.unrolled(cover))   # in two steps, between which a piece is turned cheaply

The outline is looked at in its own frame: its second moments are made those of a circle, which takes away
where it lies, how large it is and from how far above it was seen; there it is unrolled about its middle. A
turn of the piece is then a shift along the angle, so convolutions go round, and the length of each wave round
the outline says how far it strays.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

ANGLES = 128
"""Steps round the outline."""
RADII = 32
"""Steps from its middle to REACH."""
REACH = 2.6
"""Standard deviations: a disc ends at 2, a thin ring lies at 1.4, a corner or a hook reaches further."""
WAVES = 24
"""Round the outline, whose lengths are told: thirty beads go beyond, and are left to the convolutions."""
SURE_FROM, SURE_AT = 0.3, 0.7
"""A cell below the first is bench, above the second piece, however the network hesitates."""
_WIDTH = 64
_HIDDEN = 64
LEAST = 1e-8
"""What a root is taken of at least, for its slope. Not added: the exporter drops so small a term, and what is
always 0 was then 0 in the graph and, once standardised, three hundredths in the network."""
_FEATURES = 4 * _WIDTH + 1 + 3 * (WAVES + 2)


class OutlineHead(nn.Module):
    """Piece map in, logits of levels out; learnt by `ubora train grade` and nowhere else."""

    circle: Tensor
    radii: Tensor
    cosines: Tensor
    sines: Tensor

    def __init__(self) -> None:
        super().__init__()
        angles = torch.arange(ANGLES) * (2 * math.pi / ANGLES)
        radii = (torch.arange(RADII) + 0.5) * (REACH / RADII)
        circle = torch.stack([radii[:, None] * angles.cos(), radii[:, None] * angles.sin()], -1)
        waves = angles[:, None] * torch.arange(1, WAVES + 1)
        for name, value in (
            ("circle", circle.reshape(-1, 2)),
            ("radii", radii[:, None]),
            ("cosines", waves.cos()),
            ("sines", waves.sin()),
        ):
            self.register_buffer(name, value, persistent=False)
        self.near = nn.Sequential(_Round(RADII, _WIDTH, 5), _Round(_WIDTH, _WIDTH, 5))
        self.far = nn.Sequential(
            _Round(_WIDTH, _WIDTH, 5, stride=2),
            _Round(_WIDTH, _WIDTH, 5),
            _Round(_WIDTH, _WIDTH, 5, stride=2),
            _Round(_WIDTH, _WIDTH, 5),
            _Round(_WIDTH, _WIDTH, 3, dilation=2),
            _Round(_WIDTH, _WIDTH, 3, dilation=4),
        )
        self.standard = nn.BatchNorm1d(_FEATURES)
        self.grade = nn.Sequential(
            nn.Linear(_FEATURES, _HIDDEN), nn.ReLU(), nn.Dropout(0.3), nn.Linear(_HIDDEN, 4)
        )

    def forward(self, piece: Tensor) -> Tensor:
        """(N, h, w) piece logits → (N, 4)."""
        return self.of_polar(*self.unrolled(torch.sigmoid(piece)))

    def unrolled(self, certainty: Tensor) -> tuple[Tensor, Tensor]:
        """How surely each cell shows the piece → what lies round its middle, and its roundness.

        (N, h, w) 0–1 → (N, RADII, ANGLES) 0–1 and (N,). Roundness is the shorter of its axes over the longer,
        in the photo: a ring from above is 1.
        """
        cover = ((certainty - SURE_FROM) / (SURE_AT - SURE_FROM)).clamp(0, 1)
        height, width = cover.shape[1], cover.shape[2]
        # A cell's middle, −1 to 1 over the map, as grid_sample counts.
        x = ((2 * torch.arange(width, device=cover.device) + 1) / width - 1).to(cover.dtype)[None, None, :]
        y = ((2 * torch.arange(height, device=cover.device) + 1) / height - 1).to(cover.dtype)[None, :, None]
        weight = cover + 1e-6  # a map without a piece has a middle too
        total = weight.sum((1, 2), keepdim=True)
        middle_x, middle_y = ((weight * at).sum((1, 2), keepdim=True) / total for at in (x, y))
        dx, dy = x - middle_x, y - middle_y
        xx, xy, yy = (
            (weight * product).sum((1, 2)) / total[:, 0, 0] for product in (dx * dx, dx * dy, dy * dy)
        )
        # The symmetric square root of the second moments, which turns nothing.
        root = (xx * yy - xy * xy).clamp(min=1e-8).sqrt()
        length = (xx + yy + 2 * root).sqrt()
        across, slant, down = (xx + root) / length, xy / length, (yy + root) / length
        ring_x, ring_y = self.circle[:, 0], self.circle[:, 1]
        at_x = across[:, None] * ring_x + slant[:, None] * ring_y + middle_x[:, 0]
        at_y = slant[:, None] * ring_x + down[:, None] * ring_y + middle_y[:, 0]
        polar = F.grid_sample(cover[:, None], torch.stack([at_x, at_y], -1)[:, None], align_corners=False)
        apart = (((xx - yy) / 2).square() + xy * xy).sqrt()
        middle = (xx + yy) / 2
        roundness = ((middle - apart).clamp(min=0) / (middle + apart)).sqrt()
        return polar.reshape(-1, RADII, ANGLES), roundness

    def of_polar(self, polar: Tensor, roundness: Tensor) -> Tensor:
        """What `unrolled` gave → (N, 4)."""
        near = self.near(polar - 0.2)
        far = self.far(near)
        outer = (polar * self.radii).amax(1)
        inner = REACH - (polar * (REACH - self.radii)).amax(1)
        breadth = polar.sum(1) * (REACH / RADII)
        waves = [self._waves(profile) for profile in (outer, inner, breadth)]
        features = [near.mean(2), _spread(near), far.mean(2), far.amax(2), roundness[:, None], *waves]
        logits: Tensor = self.grade(self.standard(torch.cat(features, 1)))
        return logits

    def _waves(self, profile: Tensor) -> Tensor:
        """(N, ANGLES) → (N, WAVES + 2): mean, spread, and the length of every wave, as shares of the mean."""
        mean = profile.mean(1, keepdim=True)
        share = (profile - mean) / (mean + 0.1)
        squares = (share @ self.cosines).square() + (share @ self.sines).square()
        lengths = squares.clamp(min=LEAST).sqrt() / ANGLES
        return torch.cat([mean, _spread(share)[:, None], lengths], 1)


class _Round(nn.Module):
    """A convolution along the angle whose ends meet."""

    def __init__(self, inner: int, outer: int, kernel: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__()
        self.reach = dilation * (kernel // 2)
        self.convolution = nn.Conv1d(inner, outer, kernel, stride, dilation=dilation, bias=False)
        self.norm = nn.BatchNorm1d(outer)

    def forward(self, value: Tensor) -> Tensor:
        ends = torch.cat([value[:, :, -self.reach :], value, value[:, :, : self.reach]], 2)
        return F.relu(self.norm(self.convolution(ends)))


def _spread(values: Tensor) -> Tensor:
    """Standard deviation along the last axis."""
    return (values - values.mean(-1, keepdim=True)).square().mean(-1).clamp(min=LEAST).sqrt()
