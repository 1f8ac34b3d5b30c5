"""One loss a head, each a mean over what is labelled; where nothing is, it is zero and teaches nothing.

looked = look(network, batch, banks, found=found)
losses = batch_losses(looked, batch, recipe.loss, network.spec)
losses["total"].backward()
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from ubora.training.data.batch import Batch
from ubora.training.knobs import LossWeights
from ubora.training.network import Network, NetworkSpec
from ubora.training.network.comparison import OFF_PIECE, cover_of, pooled_scores, shut

TEMPERATURE = 0.1
"""Of the contrast between designs; Khosla et al. use 0.07 to 0.1."""
DEFECTIVE, UNSURE = 0.5, 0.02
"""How full of defect a cell is (`targets.FULL_CELL`) to be one, and to be neither one nor clean."""


class Looked(NamedTuple):
    """What a network in training says of N photos."""

    heat: Tensor
    """(N, K + 1, h, w) logits, not shut off the piece."""
    cover: Tensor
    """(N, h, w) 0–1: which cells the heat was told are piece."""
    piece: Tensor
    """(N, 2 h, 2 w) logits."""
    first_piece: Tensor
    """(N, f, f) logits of the first look; f is 0 where there is none."""
    variance: Tensor
    """(N, 4)."""
    embedding: Tensor
    """(N, E)."""


def look(network: Network, batch: Batch, banks: Sequence[Tensor], found: Tensor | None = None) -> Looked:
    """Both looks at a batch, each photo beside its bank.

    Args:
        found: (N,) bool: photos whose piece is where the network finds it, as it will be when it serves: what
            it takes for piece by mistake must not heat. The others' is where it was drawn, if it was.
    """
    seen = network.encode(batch.maps or network.maps(batch.photos))
    drawn = batch.piece_known if found is None else batch.piece_known & ~found
    cover = torch.where(drawn[:, None, None], true_cover(batch.piece), cover_of(seen.piece.detach()))
    matched = network.matched(seen.cells, cover, banks)
    first = seen.piece[:, :0, :0]
    if network.spec.first_look and network.spec.piece:
        first = network.encoder.piece_logits(batch.whole_maps or network.maps(batch.whole))
    return Looked(
        heat=network.comparison.heat(seen.cells, cover, matched),
        cover=cover,
        piece=seen.piece,
        first_piece=first,
        variance=seen.variance,
        embedding=seen.embedding,
    )


def batch_losses(looked: Looked, batch: Batch, weights: LossWeights, spec: NetworkSpec) -> dict[str, Tensor]:
    """All losses of a batch, unweighted, and their weighted `total`."""
    cells, cells_known = with_any(batch.cells.float() / 255, batch.cells_known)
    labels, labels_known = with_any(batch.labels, batch.labels_known)
    # What is missing lies where no piece is: defects count as the piece they should be on.
    drawn = torch.where(batch.piece_known[:, None, None], true_cover(batch.piece), looked.cover)
    cover = torch.maximum(torch.maximum(looked.cover, drawn), cells[:, -1])
    counted = cells_known & (cover > OFF_PIECE)[:, None] if spec.piece else cells_known
    scores = pooled_scores(looked.heat + shut(cover), spec.cells_pooled(cover.shape[1] * cover.shape[2]))
    losses = {
        "cells": cell_loss(looked.heat, cells, counted, weights),
        "labels": label_loss(scores[:, :-1], labels[:, :-1], labels_known[:, :-1]),
        "any": label_loss(scores[:, -1:], labels[:, -1:], labels_known[:, -1:]),
        "piece": piece_loss(looked.piece, batch.piece.float() / 255, batch.piece_known),
        "variance": corn_loss(looked.variance, batch.variance),
        "embedding": contrast_loss(looked.embedding, batch.design),
    }
    total = {name: loss * getattr(weights, name) for name, loss in losses.items()}
    if looked.first_piece.shape[-1]:
        losses["first_look"] = piece_loss(
            looked.first_piece, batch.whole_piece.float() / 255, batch.piece_known
        )
        total["first_look"] = losses["first_look"] * weights.piece
    return losses | {"total": torch.stack(list(total.values())).sum()}


def true_cover(piece: Tensor) -> Tensor:
    """(N, 2 h, 2 w) 0–255 → (N, h, w) 0–1."""
    return F.avg_pool2d(piece[:, None].float() / 255, 2)[:, 0]


def with_any(values: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """(N, K, …) of the classes → (N, K + 1, …): after them, whether any is shown, and whether that is known.

    One class that is shown is enough to know; that none is shown wants all of them known.
    """
    shown = (values * known).amax(1, keepdim=True)
    certain = known.all(1, keepdim=True) | (shown > 0)
    return torch.cat([values, shown], 1), torch.cat([known, certain], 1)


def cell_loss(heat: Tensor, cells: Tensor, counted: Tensor, weights: LossWeights) -> Tensor:
    """Focal loss (Lin et al., 2017): a mean over the cells of each photo, summed over classes.

    A cell that a defect only touches is neither defective nor clean, nor is a clean one next to a defect: a
    mask ends where its renderer or a person's hand ended it.

    Args:
        heat: (N, K + 1, h, w) logits.
        cells: (N, K + 1, h, w) 0–1, of any defect in the last.
        counted: (N, K + 1, h, w) bool.
    """
    defective = cells >= DEFECTIVE
    beside = F.max_pool2d(cells[:, -1:], 3, stride=1, padding=1) > UNSURE
    counted = counted & (defective | ~beside)
    every = F.binary_cross_entropy_with_logits(heat, defective.to(heat.dtype), reduction="none")
    surprise = (1 - torch.exp(-every)).pow(weights.focal_gamma)
    every = every * surprise * torch.where(defective, weights.defective_cell, 1.0)
    mean = (every * counted).sum((2, 3)) / counted.sum((2, 3)).clamp(min=1)
    return mean.sum(1).mean()


def label_loss(logits: Tensor, labels: Tensor, known: Tensor) -> Tensor:
    """Binary cross entropy of the pooled scores: (N, K) logits against (N, K) 0–1."""
    every = F.binary_cross_entropy_with_logits(logits, labels, reduction="none")
    return (every * known).sum() / known.sum().clamp(min=1)


def piece_loss(piece: Tensor, target: Tensor, known: Tensor) -> Tensor:
    """Binary cross entropy of (N, h, w) logits, and 1 − soft overlap, over the photos (N,) that are masked.

    A chain covers a hundredth of a photo: the overlap (Milletari et al., 2016) keeps it from being left out.
    """
    every = F.binary_cross_entropy_with_logits(piece, target, reduction="none").mean((1, 2))
    certainty = torch.sigmoid(piece)
    both, either = (certainty * target).sum((1, 2)), certainty.sum((1, 2)) + target.sum((1, 2))
    return ((every + 1 - (2 * both + 1) / (either + 1)) * known).sum() / known.sum().clamp(min=1)


def corn_loss(logits: Tensor, levels: Tensor) -> Tensor:
    """Conditional ordinal loss: question j asks "above j + 1?" only of pieces that are above j.

    Args:
        logits: (N, 4).
        levels: (N,) 1–5; 0 is missing.

    Source: Shi, Cao, Raschka, "Deep Neural Networks for Rank-Consistent Ordinal Regression Based On
    Conditional Probabilities", 2021, equation 9: the sum over questions over the number of answers.
    """
    questions = torch.arange(1, logits.shape[1] + 1, device=logits.device)
    asked = levels[:, None] >= questions
    answers = (levels[:, None] > questions).to(logits.dtype)
    every = F.binary_cross_entropy_with_logits(logits, answers, reduction="none")
    return (every * asked).sum() / asked.sum().clamp(min=1)


def contrast_loss(embedding: Tensor, design: Tensor) -> Tensor:
    """Supervised contrast: photos of one design together, others apart (Khosla et al., 2020, L_out).

    Args:
        embedding: (N, D), length 1.
        design: (N,) −1 is missing; such photos, and designs that stand alone in the batch, pull nothing.
    """
    others = ~torch.eye(len(design), dtype=torch.bool, device=design.device)
    named = design >= 0
    others = others & named[:, None] & named[None, :]
    same = (design[:, None] == design[None, :]) & others
    similarity = embedding @ embedding.T / TEMPERATURE
    # A finite stand-in for −inf: a row without others would otherwise be NaN, times zero still NaN.
    log_share = similarity - similarity.masked_fill(~others, -1e4).logsumexp(1, keepdim=True)
    pulls = (log_share * same).sum(1) / same.sum(1).clamp(min=1)
    anchors = same.any(1)
    return -(pulls * anchors).sum() / anchors.sum().clamp(min=1)
