"""The optimizer, and how fast it learns at each step."""

import math

import torch

from ubora.training.knobs import Recipe
from ubora.training.network import Network


def optimizer_of(network: Network, recipe: Recipe) -> torch.optim.AdamW:
    """AdamW in four groups: backbone and heads, each with and without decay (norms and biases without)."""
    groups = []
    for rate, parameters in (
        (recipe.backbone_lr, network.backbone_parameters()),
        (recipe.head_lr, network.head_parameters()),
    ):
        for decays in (True, False):
            chosen = [p for p in parameters if (p.ndim > 1) == decays]
            decay = recipe.weight_decay if decays else 0.0
            groups.append({"params": chosen, "lr": rate, "base_lr": rate, "weight_decay": decay})
    return torch.optim.AdamW(groups)


def set_rates(optimizer: torch.optim.Optimizer, share: float) -> None:
    """Every group at this share of the recipe's rate."""
    for group in optimizer.param_groups:
        group["lr"] = group["base_lr"] * share


def share_at(recipe: Recipe, step: int, steps: int) -> float:
    """Warm up, then a cosine down to `final_lr_share`: a function of the step, so a resume needs no state.

    Args:
        steps: of an epoch.
    """
    warmup = max(1.0, recipe.warmup_epochs * steps)
    done = min(1.0, max(0.0, (step - warmup) / max(1.0, recipe.epochs * steps - warmup)))
    cosine = recipe.final_lr_share + (1 - recipe.final_lr_share) * (1 + math.cos(math.pi * done)) / 2
    return min(1.0, (step + 1) / warmup) * cosine


def rates_of(optimizer: torch.optim.Optimizer) -> dict[str, float]:
    """Learning rates in use, by what they teach."""
    backbone, _, heads, _ = (float(group["lr"]) for group in optimizer.param_groups)
    return {"backbone": backbone, "heads": heads}
