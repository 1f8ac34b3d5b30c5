"""A split as batches, in an order of its own.

    for batch in PhotoLoader(photos, 8, seed=0, shuffled=True, workers=1).epoch(3): …

Order is a function of (seed, epoch): a resumed run sees what it would have seen.
"""

from collections.abc import Iterator
from typing import Protocol, cast

import cv2
import torch
from torch.utils.data import DataLoader, Dataset

from ubora.datasets.manifest import Manifest
from ubora.training.data.batch import Batch, collate
from ubora.training.data.sampler import Kin, PhotoSampler
from ubora.training.data.targets import Target


class Split(Protocol):
    """Photos asked for by (epoch, index): `PhotoDataset`, or what a frozen backbone sees of them."""

    @property
    def manifest(self) -> Manifest: ...

    def __len__(self) -> int: ...

    def __getitem__(self, place: tuple[int, int]) -> Target: ...

    def kin(self) -> list[Kin]: ...

    def versions(self) -> int:
        """How many epochs see each photo otherwise, before they repeat."""


class PhotoLoader:
    """A split as batches, epoch after epoch, with worker processes that stay alive between epochs."""

    def __init__(
        self,
        photos: Split,
        batch: int,
        seed: int,
        *,
        shuffled: bool,
        workers: int,
        paired: bool = False,
        part: tuple[int, int] = (0, 1),
    ) -> None:
        self.photos = photos
        kin = photos.kin() if paired else None
        self.order = PhotoSampler(len(photos), batch, seed, shuffled=shuffled, kin=kin, part=part)
        self._loader: DataLoader[Target] = DataLoader(
            cast("Dataset[Target]", photos),
            batch_sampler=self.order,
            collate_fn=collate,
            num_workers=workers,
            persistent_workers=workers > 0,
            worker_init_fn=_quiet_worker,
        )

    def __len__(self) -> int:
        return len(self.order)

    def epoch(self, number: int) -> Iterator[Batch]:
        self.order.epoch = number
        return iter(self._loader)


def _quiet_worker(_: int) -> None:
    # The network has the cores; a worker that spreads over them slows the step it works for.
    cv2.setNumThreads(0)
    torch.set_num_threads(1)
