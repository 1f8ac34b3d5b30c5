"""A split as batches: framed photos kept in memory, augmented anew each epoch, in an order of its own.

    photos = Photos(manifest.split("train"), spec, cache_mb=3000, augmenter=augmenter, seed=0)
    for batch in Batches(photos, 8, seed=0, shuffled=True, workers=1).epoch(3): …

Order and augmentation are functions of (seed, epoch, photo): a resumed run sees what it would have seen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from datasets.manifest import Manifest
from training.augment import Augmenter
from training.network import NetworkSpec
from training.targets import Framed, Target, read_framed, target_of


@dataclass(frozen=True)
class Batch:
    """Tensors of N photos. A `known` of False means that nobody said; its target is then 0 and unused."""

    photos: Tensor
    """(N, size, size, 3) uint8 RGB."""
    labels: Tensor
    """(N, K) float32, 1 where the photo shows the class."""
    labels_known: Tensor
    """(N, K) bool."""
    cells: Tensor
    """(N, K, h, w) uint8, 0–255: how much of a cell is defect."""
    cells_known: Tensor
    """(N, K, h, w) bool."""
    piece: Tensor
    """(N, h, w) uint8, 0–255."""
    piece_known: Tensor
    """(N,) bool."""
    variance: Tensor
    """(N,) int64, levels 1–5; 0 is missing."""
    design: Tensor
    """(N,) int64, the same number for the same design; −1 is missing."""

    def to(self, device: torch.device) -> "Batch":
        moved = {f.name: getattr(self, f.name).to(device, non_blocking=True) for f in fields(self)}
        return Batch(**moved)


class Photos(Dataset[Target]):
    """The photos of a split. Asked with (epoch, index), so that augmentation is a function of both.

    Args:
        manifest: of one split.
        spec: the network; its classes give the order of K.
        cache_mb: framed photos are kept in memory up to this.
        augmenter: None leaves photos as they are (val, test).
        seed: with epoch and index the whole of the randomness.
    """

    def __init__(
        self,
        manifest: Manifest,
        spec: NetworkSpec,
        *,
        cache_mb: int = 0,
        augmenter: Augmenter | None = None,
        seed: int = 0,
    ) -> None:
        self.manifest = manifest
        self.spec = spec
        self.augmenter = augmenter
        self.seed = seed
        self._class = {name: index for index, name in enumerate(spec.classes)}
        designs = sorted({s.design for s in manifest if s.design is not None})
        self._design = {name: index for index, name in enumerate(designs)}
        self._cache: dict[int, Framed] = {}
        self._room = cache_mb * 1_000_000

    def __len__(self) -> int:
        return len(self.manifest)

    def prepare(self) -> Iterator[int]:
        """Fill the cache while there is room, before worker processes share it; yields each index done."""
        for index in range(len(self)):
            framed = read_framed(
                self.manifest, self.manifest.samples[index], self._class, self.spec.input_size
            )
            self._room -= framed.bytes_held()
            if self._room < 0:
                return
            self._cache[index] = framed
            yield index

    def framed(self, index: int) -> Framed:
        cached = self._cache.get(index)
        if cached is not None:
            return cached
        return read_framed(self.manifest, self.manifest.samples[index], self._class, self.spec.input_size)

    def __getitem__(self, place: tuple[int, int]) -> Target:
        epoch, index = place
        sample, framed = self.manifest.samples[index], self.framed(index)
        before = framed
        if self.augmenter is not None:
            framed = self._augmented(framed, epoch, index)
        design = -1 if sample.design is None else self._design[sample.design]
        return target_of(sample, framed, before, self.spec) | {"design": np.array(design, np.int64)}

    def _augmented(self, framed: Framed, epoch: int, index: int) -> Framed:
        assert self.augmenter is not None
        masks = [m for _, m in framed.masks] + [m for _, m in framed.boxes]
        if framed.piece is not None:
            masks.append(framed.piece)
        # A SeedSequence mixes the three numbers well; sums of them would repeat between epochs.
        seed = int(np.random.SeedSequence((self.seed, epoch, index)).generate_state(1)[0])
        photo, moved = self.augmenter(framed.photo_hwc, masks, seed=seed, may_crop=not framed.unplaced)
        drawn, boxed = len(framed.masks), len(framed.boxes)
        return Framed(
            photo_hwc=photo,
            masks=tuple((c, m) for (c, _), m in zip(framed.masks, moved[:drawn], strict=True)),
            boxes=tuple((c, m) for (c, _), m in zip(framed.boxes, moved[drawn : drawn + boxed], strict=True)),
            unplaced=framed.unplaced,
            piece=moved[-1] if framed.piece is not None else None,
        )


def collate(targets: Sequence[Target]) -> Batch:
    """Stack single targets."""
    names = [f.name for f in fields(Batch)]
    return Batch(**{name: torch.from_numpy(np.stack([t[name] for t in targets])) for name in names})


class Order:
    """Which photos stand in which batch of an epoch: a function of (seed, epoch) alone."""

    def __init__(self, length: int, batch: int, seed: int, *, shuffled: bool) -> None:
        self.length, self.batch, self.seed, self.shuffled = length, batch, seed, shuffled
        self.epoch = 0

    def __len__(self) -> int:
        # A last batch of one would leave batch norm nothing to measure; it joins no batch this epoch.
        whole, rest = divmod(self.length, self.batch)
        return whole + (rest > 0 and (not self.shuffled or rest > 1 or whole == 0))

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        places = np.arange(self.length)
        if self.shuffled:
            places = np.random.default_rng((self.seed, self.epoch)).permutation(self.length)
        for start in range(len(self)):
            chosen = places[start * self.batch : (start + 1) * self.batch]
            yield [(self.epoch, int(place)) for place in chosen]


class Batches:
    """A split as batches, epoch after epoch, with worker processes that stay alive between epochs."""

    def __init__(self, photos: Photos, batch: int, seed: int, *, shuffled: bool, workers: int) -> None:
        self.photos = photos
        self.order = Order(len(photos), batch, seed, shuffled=shuffled)
        self._loader: DataLoader[Target] = DataLoader(
            photos,
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
