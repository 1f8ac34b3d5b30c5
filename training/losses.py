"""One loss a head, each a mean over what is labelled; where nothing is, it is zero and teaches nothing.

outputs, losses = look_and_lose(network, batch, recipe.loss, positive_weight)
losses["total"].backward()
"""

from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from training.loader import Batch
from training.network import CLOSED, NetworkSpec, Outputs, gate, pooled_scores
from training.recipe import LossWeights

OFF_PIECE = 0.25
"""What a cell of the bench counts for: there is far more bench than piece, and the gate shuts it away."""
SURELY = 10.0
"""The piece logit of a cell whose truth is known."""
TEMPERATURE = 0.1
"""Of the contrast between designs; Khosla et al. use 0.07 to 0.1."""
BACKGROUND_SHARE = 0.0005
"""Clean cells count as this many positives in the normaliser, so that a batch without defects stays tame.
A share of 0.01 drowned the masks: a batch has some 300 defective cells among 700,000."""


class Looks(Protocol):
    """A network, or what stands for it where several processes share a batch."""

    @property
    def spec(self) -> NetworkSpec: ...

    def __call__(self, photos: Tensor) -> Outputs: ...

    def find_piece(self, photos: Tensor) -> Tensor: ...


def look_and_lose(
    network: Looks, batch: Batch, weights: LossWeights, positive_weight: Tensor
) -> tuple[Outputs, dict[str, Tensor]]:
    """One batch through the network: what it says of the second look, and the losses of both looks."""
    outputs = network(batch.photos)
    losses = batch_losses(outputs, batch, weights, positive_weight, network.spec)
    if batch.whole.shape[1] > 0:
        found = network.find_piece(batch.whole)
        losses["first_look"] = piece_loss(found, batch.whole_piece.float() / 255, batch.piece_known)
        losses["total"] = losses["total"] + weights.piece * losses["first_look"]
    return outputs, losses


def batch_losses(
    outputs: Outputs, batch: Batch, weights: LossWeights, positive_weight: Tensor, spec: NetworkSpec
) -> dict[str, Tensor]:
    """All losses of a batch, unweighted, and their weighted `total`.

    Args:
        positive_weight: (K,) how much more a photo that shows the class counts.
    """
    cells = batch.cells.float() / 255
    heat, opened = _heat_behind_the_true_gate(outputs, batch, spec)
    known = batch.cells_known * torch.where(opened[:, None], 1.0, OFF_PIECE)
    scores = outputs.defects if heat is outputs.heatmap else _true_scores(heat, opened, spec)
    losses = {
        "cells": cell_loss(heat, cells, known, weights.focal_gamma),
        "dice": dice_loss(heat, cells, known),
        "labels": label_loss(scores, batch.labels, batch.labels_known, positive_weight),
        "piece": piece_loss(outputs.piece, batch.piece.float() / 255, batch.piece_known),
        "variance": corn_loss(outputs.variance, batch.variance),
        "embedding": contrast_loss(outputs.embedding, batch.design),
    }
    losses["total"] = torch.stack([loss * getattr(weights, name) for name, loss in losses.items()]).sum()
    return losses


def _heat_behind_the_true_gate(outputs: Outputs, batch: Batch, spec: NetworkSpec) -> tuple[Tensor, Tensor]:
    """(N, K, h, w) heat without a gate, and (N, h, w) bool where the true one is open.

    While the piece head still guesses, its gate would shut defects away and the map would shout through it.
    """
    if not spec.piece:
        return outputs.heatmap, torch.ones_like(outputs.piece, dtype=torch.bool)
    guessed = outputs.piece.detach()
    heat = outputs.heatmap - gate(guessed, spec.gate_dilation)
    # What is missing lies where no piece is: defects count as the piece they should be on.
    true = torch.maximum(batch.piece, batch.cells.amax(1)).float() / 255
    certain = torch.where(true > 0.5, SURELY, -SURELY)
    piece = torch.where(batch.piece_known[:, None, None], certain, guessed)
    return heat, gate(piece, spec.gate_dilation)[:, 0] > CLOSED / 2


def _true_scores(heat: Tensor, opened: Tensor, spec: NetworkSpec) -> Tensor:
    return pooled_scores(heat + torch.where(opened, 0.0, CLOSED)[:, None], spec.pool_cells)


def cell_loss(heatmap: Tensor, cells: Tensor, known: Tensor, gamma: float) -> Tensor:
    """Focal loss of every known cell, over the number of defective cells (Lin et al., 2017).

    Args:
        heatmap: (N, K, h, w) logits.
        cells: (N, K, h, w) 0–1.
        known: (N, K, h, w) 0–1: what a cell counts for.
    """
    certainty = torch.sigmoid(heatmap)
    surprise = (cells - certainty).abs().pow(gamma)
    every = F.binary_cross_entropy_with_logits(heatmap, cells, reduction="none") * surprise
    positives = (cells * known).sum()
    normaliser = (positives + BACKGROUND_SHARE * known.sum()).clamp(min=1.0)
    return (every * known).sum() / normaliser


def dice_loss(heatmap: Tensor, cells: Tensor, known: Tensor) -> Tensor:
    """1 − soft overlap, a mean over the (photo, class) pairs that have a mask (Milletari et al., 2016)."""
    certainty = torch.sigmoid(heatmap) * known
    target = cells * known
    overlap = (certainty * target).sum((2, 3))
    dice = 1 - (2 * overlap + 1) / (certainty.sum((2, 3)) + target.sum((2, 3)) + 1)
    masked = target.amax((2, 3)) > 0.5
    return (dice * masked).sum() / masked.sum().clamp(min=1)


def label_loss(logits: Tensor, labels: Tensor, known: Tensor, positive_weight: Tensor) -> Tensor:
    """Binary cross entropy of the pooled scores: (N, K) logits against (N, K) 0–1."""
    every = F.binary_cross_entropy_with_logits(logits, labels, reduction="none", pos_weight=positive_weight)
    return (every * known).sum() / known.sum().clamp(min=1)


def piece_loss(piece: Tensor, target: Tensor, known: Tensor) -> Tensor:
    """Binary cross entropy of (N, h, w) logits over the photos (N,) whose piece is masked."""
    every = F.binary_cross_entropy_with_logits(piece, target, reduction="none").mean((1, 2))
    return (every * known).sum() / known.sum().clamp(min=1)


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
