"""What a network makes of an outline, done to outlines that nobody photographed.

    cover = smudged(cover, drawn)       # (N, h, w) 0–1, another one for every call

A piece map strays at edges, fills what is narrow, loses what glares and takes things on the bench for the
piece. A head that learnt from clean outlines alone agreed with the true levels at 0.65 where it saw true
masks, and at 0.24 where it saw the network's.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

LEFT_CLEAN = 0.25
"""Share of outlines that stay as they are."""
STRAY = 0.4
"""Most that smooth noise adds to or takes from a blurred outline before it is cut at a half."""
STEEP = 0.12
"""Width of that cut: grey edges, as of a network that is not sure."""
CLUTTERED, ERASED = 0.4, 0.25
"""Shares with another thing beside the piece, and with a part that does not show."""


def smudged(cover: Tensor, drawn: torch.Generator) -> Tensor:
    """(N, h, w) coverage 0–1 → the same pieces as a network might have found them.

    Args:
        drawn: the whole of the randomness.
    """
    count, height, width = cover.shape
    soft = _blurred(cover)
    near = F.max_pool2d(soft[:, None], 9, stride=1, padding=4)[:, 0]
    noise = (
        sum((_noise(count, (height, width), cells, drawn) for cells in (6, 11, 22)), torch.zeros_like(cover))
        / 3**0.5
    )
    stray = STRAY * _each(count, drawn) * noise * (0.5 + 0.5 * near)
    outline = torch.sigmoid((soft + stray - 0.5) / STEEP)
    outline = outline * (1 - _patch(cover, drawn) * (_each(count, drawn) < ERASED))
    # Other outlines, pushed to a side: what lies on a bench has shapes of its own.
    others = torch.roll(cover, 1, 0)
    shifts = torch.randint(height // 3, 2 * height // 3, (2,), generator=drawn).tolist()
    others = torch.roll(others, shifts, (1, 2)) * (near < 0.05) * _each(count, drawn).clamp(min=0.3)
    outline = torch.maximum(outline, others * (_each(count, drawn) < CLUTTERED))
    return torch.where(_each(count, drawn) < LEFT_CLEAN, cover, outline)


def _each(count: int, drawn: torch.Generator) -> Tensor:
    """(N, 1, 1) uniform 0–1."""
    return torch.rand(count, 1, 1, generator=drawn)


def _noise(count: int, size: tuple[int, int], cells: int, drawn: torch.Generator) -> Tensor:
    """Smooth noise of unit spread, of `cells` bumps a side."""
    coarse = torch.randn(count, 1, cells, cells, generator=drawn)
    return F.interpolate(coarse, size, mode="bicubic", align_corners=False)[:, 0]


def _patch(cover: Tensor, drawn: torch.Generator) -> Tensor:
    """(N, h, w) 0–1: a soft spot a fifth of the frame wide, somewhere."""
    count, height, width = cover.shape
    middle = torch.rand(count, 2, 1, generator=drawn)
    y = torch.linspace(0, 1, height)[None] - middle[:, 0]
    x = torch.linspace(0, 1, width)[None] - middle[:, 1]
    far = (y.square()[:, :, None] + x.square()[:, None, :]).sqrt()
    return torch.sigmoid((0.1 - far) / 0.02)


def _blurred(cover: Tensor) -> Tensor:
    once = F.avg_pool2d(F.pad(cover[:, None], (1, 1, 1, 1)), 3, stride=1)
    return (once[:, 0] + cover) / 2
