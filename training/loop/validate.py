"""The quick look after each epoch that decides which weights are kept; full figures are in evaluate.py."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ubora.training.data.banks import Banks
from ubora.training.data.loader import PhotoLoader
from ubora.training.figures import auroc, average_precision, quadratic_kappa
from ubora.training.knobs import Recipe
from ubora.training.loop.losses import batch_losses, look
from ubora.training.network import Network

KAPPA_SHARE = 0.25
"""What agreement on variance counts for beside finding defects, in the figure that picks the best epoch."""


LOSS_SHARE = 0.01
"""Tells epochs apart that rank the photos alike: the surer one is kept."""


@dataclass(frozen=True)
class Validation:
    metrics: dict[str, float | None]
    score: float
    """What the best epoch is best in; higher is better."""


def weighed(scores: tuple[float, float], photos: tuple[int, int], keep_share: float) -> float:
    """One score of two validation splits, the second of a dataset to keep.

    Each counts for its share of the batches and for the root of its photos, as its noise asks for: eighteen
    photos do not decide which epoch is the best.
    """
    own, kept = (1 - keep_share) * math.sqrt(photos[0]), keep_share * math.sqrt(photos[1])
    return (own * scores[0] + kept * scores[1]) / (own + kept)


@torch.no_grad()
def validate(
    network: Network,
    photos: PhotoLoader,
    banks: Banks,
    recipe: Recipe,
    device: torch.device,
) -> Validation:
    """Losses and figures on the validation split, without augmentation, beside the approved samples."""
    network.eval()
    kept: dict[str, list[NDArray[Any]]] = {"scores": [], "labels": [], "known": [], "level": [], "true": []}
    total = 0.0
    for batch in photos.epoch(0):
        batch = batch.to(device)
        seen = network.encode(batch.maps or network.maps(batch.photos))
        beside = banks.draw(0, batch.index)
        said = network.beside(seen, beside)
        everywhere = torch.ones_like(batch.piece_known)
        losses = batch_losses(look(network, batch, beside, everywhere), batch, recipe.loss, network.spec)
        total += float(losses["total"])
        above = torch.sigmoid(seen.variance).cumprod(1)
        for name, value in (
            ("scores", said.defects),
            ("labels", batch.labels),
            ("known", batch.labels_known),
            # The median level: above j with at least an even chance, for each j below it.
            ("level", (above > 0.5).sum(1) + 1),
            ("true", batch.variance),
        ):
            kept[name].append(value.cpu().numpy())
    all_of = {name: np.concatenate(values) for name, values in kept.items()}
    scores, labels, known = all_of["scores"].astype(np.float64), all_of["labels"] > 0.5, all_of["known"]
    per_class = [
        average_precision(scores[known[:, k], k], labels[known[:, k], k]) for k in range(known.shape[1])
    ]
    precisions = [value for value in per_class if value is not None]
    whole = known.all(1)
    graded = all_of["true"] > 0
    metrics: dict[str, float | None] = {
        "loss": total / len(photos),
        "map": float(np.mean(precisions)) if precisions else None,
        "auroc": auroc(scores[whole][:, -1], np.asarray(labels[whole].any(1), np.bool_)),
        "kappa": quadratic_kappa(all_of["level"][graded], all_of["true"][graded]),
    }
    if not network.spec.variance:
        metrics["kappa"] = None
    return Validation(metrics, _score(metrics))


def _score(metrics: dict[str, float | None]) -> float:
    parts = [(metrics["map"], 1.0), (metrics["auroc"], 1.0), (metrics["kappa"], KAPPA_SHARE)]
    held = [(value, weight) for value, weight in parts if value is not None]
    if metrics["map"] is None and metrics["auroc"] is None:
        # Nothing defective to find in the split: the lowest loss is the best that can be said.
        return -float(metrics["loss"] or 0.0)
    # Agreement below chance is noise of few photos; it must not outweigh defects found.
    mean = sum(max(value, 0.0) * weight for value, weight in held) / sum(weight for _, weight in held)
    return mean - LOSS_SHARE * float(metrics["loss"] or 0.0)
