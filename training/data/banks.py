"""Which approved photos a photo is held against while a network learns or is checked.

    banks = Banks.of(candidates, network, seed=0, alone_share=0.15)
    banks.draw(epoch, batch.index)          # N of (M, D), some of them empty

In training, clean photos of other pieces stand for the approved sample, one to MOST_PHOTOS of them, drawn
anew each epoch: a head that always saw two would be lost with one, and flag with six. A share of the photos
gets none, so that a design without an approved sample is judged by the same weights.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ubora.datasets.manifest import Manifest, Sample
from ubora.models.inference.approved import SHOWS_PIECE
from ubora.models.inference.bank import MOST_CELLS
from ubora.training.data.batch import Batch, collate
from ubora.training.data.loader import Split
from ubora.training.network import Network
from ubora.training.network.comparison import cover_of
from ubora.training.network.encoder import MAPS_DESCRIBED
from ubora.training.network.network import piece_cells

MOST_PHOTOS = 6
CELLS_A_PHOTO = 512
"""Kept of one photo; of more, so many are drawn."""


@dataclass(frozen=True)
class Candidates:
    """Photos of which some may stand for approved ones."""

    split: Split
    manifest: Manifest
    """The same photos, in the same order."""

    def unoutlined(self) -> bool:
        """Whether the network itself has to tell where the piece of one is."""
        return any(may_stand(s) and s.piece_mask is None for s in self.manifest)


class Banks:
    """The cells of every photo that may stand for an approved sample, by design.

    Args:
        samples: the photos that are held against something, as `Batch.index` counts them.
        offered: for each design, which pieces' photos stand for it: in each of its versions (M, D).
        size: D.
        alone_share: of photos that are compared with nothing.
        everything: compare with all that is offered, instead of one to MOST_PHOTOS photos.
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        offered: dict[str, list[tuple[str, list[Tensor]]]],
        size: int,
        *,
        seed: int = 0,
        alone_share: float = 0.0,
        everything: bool = False,
    ) -> None:
        self.samples, self.offered, self.size = samples, offered, size
        self.seed, self.alone_share, self.everything = seed, alone_share, everything

    @classmethod
    def of(cls, sets: Sequence[Candidates], network: Network, *, seed: int, alone_share: float) -> "Banks":
        """Describe the photos of the sets that may stand for an approved sample, in every version."""
        samples = [sample for candidates in sets for sample in candidates.manifest]
        offered: dict[str, list[tuple[str, list[Tensor]]]] = {}
        for candidates in sets:
            _offer(offered, candidates, network)
        size = network.spec.descriptor_size
        return cls(samples, offered, size, seed=seed, alone_share=alone_share)

    @classmethod
    def of_approved(cls, approved: Candidates, checked: Manifest, network: Network) -> "Banks":
        """What photos to be checked are held against: their design's approved photos, all of them."""
        offered: dict[str, list[tuple[str, list[Tensor]]]] = {}
        _offer(offered, approved, network)
        return cls(checked.samples, offered, network.spec.descriptor_size, everything=True)

    def draw(self, epoch: int, indices: Tensor) -> list[Tensor]:
        """A bank for each photo: a function of (seed, epoch, photo)."""
        return [self._drawn(epoch, index).to(indices.device) for index in indices.tolist()]

    def _drawn(self, epoch: int, index: int) -> Tensor:
        random = np.random.default_rng((self.seed, 3, epoch, index))
        sample = self.samples[index]
        others = [
            versions
            for piece, versions in self.offered.get(sample.design or "", [])
            if piece != sample.piece_id
        ]
        if not others or random.random() < self.alone_share:
            return torch.zeros(0, self.size)
        count = len(others) if self.everything else min(int(random.integers(1, MOST_PHOTOS + 1)), len(others))
        chosen = random.choice(len(others), count, replace=False)
        every = torch.cat([others[i][random.integers(len(others[i]))] for i in chosen])
        return thinned(every.float(), MOST_CELLS, random)


def may_stand(sample: Sample) -> bool:
    """Whether a photo shows a piece as it should be."""
    return sample.design is not None and sample.defects == () and not sample.photo_faults


def thinned(cells: Tensor, most: int, random: np.random.Generator) -> Tensor:
    """(M, D) → at most so many rows, drawn."""
    if len(cells) <= most:
        return cells
    return cells[torch.from_numpy(np.sort(random.choice(len(cells), most, replace=False)))]


def _offer(
    offered: dict[str, list[tuple[str, list[Tensor]]]], candidates: Candidates, network: Network
) -> None:
    network.eval()
    for index, sample in enumerate(candidates.manifest):
        if may_stand(sample):
            versions = [
                _described(network, candidates.split, v, index) for v in range(candidates.split.versions())
            ]
            offered.setdefault(str(sample.design), []).append((sample.piece_id, versions))


@torch.no_grad()
def _described(network: Network, split: Split, version: int, index: int) -> Tensor:
    """(M, D) float16: the cells of one photo that show its piece."""
    batch: Batch = collate([split[(version, index)]]).to(network.encoder.offset.device)
    maps = batch.maps or network.maps(batch.photos)
    if bool(batch.piece_known):
        cover = F.avg_pool2d(batch.piece[:, None].float() / 255, 2)[:, 0]
    else:
        cover = cover_of(network.encoder.piece_logits(maps))
    (own,) = piece_cells(network.encoder.describe(maps[:MAPS_DESCRIBED]), cover, SHOWS_PIECE)
    own = own[:, : network.spec.descriptor_size]
    return thinned(own.cpu(), CELLS_A_PHOTO, np.random.default_rng((version, index))).half()
