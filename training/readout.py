"""A small readout of features: what a network that learnt nothing of defects could tell of them.

    told = Readout.learn(features, labels)     # (N, D) float16 of patches, (N,) whether each shows a defect
    heat = told.heat(features)                 # (N,) logits

Two layers a patch and nothing between patches: what it finds lies in the features. Three are learnt, from
three seeds, and their logits meant.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from training.cells import Bools

Half = NDArray[np.float16]
Floats = NDArray[np.float32]

HIDDEN = 256
SEEDS = 3
STEPS = 1500
RATE = 1e-3
DEFECTIVE, CLEAN = 256, 768
"""Patches of a step."""
NOISE = 0.1
"""Deviations added to each feature: 1,200 photos are soon learnt by heart."""
_CHUNK = 4096


class ReadoutError(ValueError):
    """Patches that nothing can be learnt from."""


class Readout:
    def __init__(self, mean: Floats, deviation: Floats, nets: Sequence[nn.Module]) -> None:
        self._mean, self._deviation = mean, deviation
        self._nets = nets

    @classmethod
    def learn(cls, features: Half, labels: Bools, steps: int = STEPS) -> "Readout":
        """Learn from patches, as many defective ones in every step whatever their share is.

        Raises:
            ReadoutError: patches of one kind alone.
        """
        if labels.all() or not labels.any():
            raise ReadoutError(f"{labels.sum()} of {len(labels)} patches show a defect; expected some")
        every = features[:: max(1, len(features) // 50_000)].astype(np.float32)
        self = cls(every.mean(0), every.std(0) + 1e-3, [])
        self._nets = [self._net(features, labels, seed, steps) for seed in range(SEEDS)]
        return self

    @torch.no_grad()
    def heat(self, features: Half) -> Floats:
        """(N, D) → (N,) logits."""
        parts = [np.zeros(0, np.float32)]
        for first in range(0, len(features), _CHUNK):
            standard = self._standard(features[first : first + _CHUNK])
            parts.append(torch.stack([net(standard)[:, 0] for net in self._nets]).mean(0).numpy())
        return np.concatenate(parts)

    def _standard(self, features: Half) -> torch.Tensor:
        return torch.from_numpy((features.astype(np.float32) - self._mean) / self._deviation)

    def _net(self, features: Half, labels: Bools, seed: int, steps: int) -> nn.Module:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            net = nn.Sequential(
                nn.Linear(features.shape[1], HIDDEN), nn.ReLU(), nn.Dropout(0.3), nn.Linear(HIDDEN, 1)
            )
            rng = np.random.default_rng(seed)
            optimiser = torch.optim.AdamW(net.parameters(), RATE, weight_decay=1e-2)
            defective, clean = np.nonzero(labels)[0], np.nonzero(~labels)[0]
            for step in range(steps):
                for group in optimiser.param_groups:
                    group["lr"] = RATE * min(1.0, 2 * (steps - step) / steps)
                chosen = np.concatenate([rng.choice(defective, DEFECTIVE), rng.choice(clean, CLEAN)])
                seen = self._standard(features[chosen])
                said = net(seen + NOISE * torch.randn_like(seen))[:, 0]
                loss = F.binary_cross_entropy_with_logits(said, torch.from_numpy(labels[chosen]).float())
                optimiser.zero_grad()
                torch.autograd.backward(loss)
                optimiser.step()
        return net.eval()
