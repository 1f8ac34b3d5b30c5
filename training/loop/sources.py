"""What a run learns from and is checked on: batches of its dataset, and of one that it must not forget.

    feed = Sources(job, network, FeatureStore(Path("var/features"), recipe.features_mb))
    feed.fit(network)                   # of a network that begins anew
    banks = feed.banks(network)
    for batch in feed.epoch(3): …       # beside banks.draw(3, batch.index)

A frozen backbone is asked once, and batches hold what it saw; else they hold photos. With `--keep DATASET` a
share `keep_share` of every batch are photos of that dataset, drawn anew each epoch (rehearsal; Robins, 1995):
fine-tuning on new photos alone unlearns what they do not show.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from tqdm import tqdm

from ubora.datasets.manifest import Manifest
from ubora.training.augment.phone import Augmenter
from ubora.training.data.banks import Banks, Candidates
from ubora.training.data.batch import Batch, collate
from ubora.training.data.features import FeatureStore, Preparation
from ubora.training.data.loader import PhotoLoader, Split
from ubora.training.data.photos import PhotoDataset
from ubora.training.loop.job import Job, TrainingError
from ubora.training.network import Network
from ubora.training.network.encoder import MAPS_DESCRIBED, stacked

T = TypeVar("T")

FITTED_PHOTOS = 160
"""Photos whose cells give a descriptor its means and axes."""
SURELY = 0.5
"""Share of piece in a cell from which it is counted there."""


class Sources:
    """Train and val of a job, as batches.

    Args:
        store: where a frozen backbone's features are kept; None asks it anew for each batch.
        decoded: read all photos into memory first, as far as there is room; else each when it is asked for.

    Raises:
        TrainingError: fewer photos in a batch than processes that share it.
        FeatureError: no room for the features, or a cache that was cut short.
    """

    def __init__(
        self, job: Job, network: Network, store: FeatureStore | None, *, decoded: bool = True
    ) -> None:
        recipe, ranks = job.recipe, job.ranks
        self._decoded = decoded
        self._job, self._network = job, network
        self._store = store if recipe.freeze == "all" else None
        self._sets = [job.manifest] if job.keep is None else [job.manifest, job.keep]
        sizes = [recipe.batch]
        if job.keep is not None:
            kept = min(max(1, round(recipe.batch * recipe.keep_share)), recipe.batch - 1)
            sizes = [recipe.batch - kept, kept]
        for manifest, size in zip(self._sets, sizes, strict=True):
            held = min(size, len(manifest.split("train")))
            if held < ranks.count:
                raise TrainingError(f"{manifest.root}: {held} photos in a batch for {ranks.count} processes")
        designs = sorted({s.design for manifest in self._sets for s in manifest if s.design is not None})
        self._splits = [
            self._seen_by_all(
                PhotoDataset(
                    manifest.split("train"),
                    job.spec,
                    cache_mb=recipe.cache_mb // len(self._sets) // ranks.local_count,
                    augmenter=Augmenter(recipe.augment),
                    seed=recipe.seed + place,
                    places=job.places,
                    designs=designs,
                    # What it will judge is not augmented, and of what is kept one version can show that.
                    plain_first=self._store is not None,
                ),
                recipe.versions,
                f"{manifest.card.name}: learning",
            )
            for place, manifest in enumerate(self._sets)
        ]
        self._learn = [
            PhotoLoader(
                split,
                size,
                recipe.seed + place,
                shuffled=True,
                # Kept features are read faster than a process would hand them over.
                workers=0 if self._store else recipe.workers if place == 0 else min(recipe.workers, 1),
                paired=recipe.pair_designs,
                part=(ranks.rank, ranks.count),
            )
            for place, (split, size) in enumerate(zip(self._splits, sizes, strict=True))
        ]
        # Only the first process validates.
        self.checks = [self._check(manifest) for manifest in self._sets] if ranks.first else []
        """Validation batches: of the dataset, then of the one to keep."""

    def __len__(self) -> int:
        """Steps of an epoch."""
        return len(self._learn[0])

    def epoch(self, number: int) -> Iterator[Batch]:
        """Every photo of the dataset once, and as many of those to keep as `keep_share` asks for.

        Photos to keep are numbered after those of the dataset, as `banks` counts them.
        """
        random = np.random.default_rng((self._job.recipe.seed, 6, number))
        for batch in self._batches(number):
            # What is kept comes in a few versions only; photos are turned and mirrored each time anyway.
            yield (
                batch if self._store is None else batch.turned(int(random.integers(4)), random.random() < 0.5)
            )

    def found(self, epoch: int, indices: Tensor) -> Tensor | None:
        """(N,) bool: photos whose piece is taken to lie where the network finds it; none in the first epoch.

        A function of (seed, epoch, photo): the network still guesses at first, and later serves by its guess.
        """
        recipe = self._job.recipe
        if epoch == 0 or not self._job.spec.piece:
            return None
        thrown = [np.random.default_rng((recipe.seed, 5, epoch, i)).random() for i in indices.tolist()]
        return torch.tensor(thrown) < recipe.found_share

    def fit(self, network: Network) -> float:
        """Count what a descriptor is made of on pieces of the train split; the share of variance it keeps."""
        return network.encoder.describe.fit(self._cells_of_pieces(network))

    def banks(self, network: Network) -> Banks:
        """What the training photos are held against, as the network sees it now."""
        recipe = self._job.recipe
        return Banks.of(self._candidates(), network, seed=recipe.seed, alone_share=recipe.alone_share)

    def banks_change(self) -> bool:
        """Whether what is held against changes as the network learns, and is described anew each epoch."""
        return self._store is None or any(one.unoutlined() for one in self._candidates())

    def check_banks(self, network: Network) -> list[Banks]:
        """What the validation photos of each set are held against: approved samples, of any split.

        None where another process validates.
        """
        banks = []
        for manifest, check in zip(self._sets, self.checks, strict=False):
            approved = [s for s in manifest if s.approved_sample]
            photos = PhotoDataset(Manifest(manifest.root, manifest.card, approved), self._job.spec)
            split = self._seen(photos, 1, "approved samples") if approved else photos
            banks.append(
                Banks.of_approved(Candidates(split, photos.manifest), check.photos.manifest, network)
            )
        return banks

    def _candidates(self) -> list[Candidates]:
        return [Candidates(split, split.manifest) for split in self._splits]

    def _batches(self, number: int) -> Iterator[Batch]:
        own = self._learn[0].epoch(number)
        if len(self._learn) == 1:
            yield from own
            return
        for batch, kept in zip(own, islice(self._kept(number), len(self)), strict=True):
            yield _joined(batch, replace(kept, index=kept.index + len(self._splits[0])))

    def _kept(self, number: int) -> Iterator[Batch]:
        rounds = math.ceil(len(self) / len(self._learn[1]))
        for turn in range(rounds):
            yield from self._learn[1].epoch(number * rounds + turn)

    def _check(self, manifest: Manifest) -> PhotoLoader:
        recipe = self._job.recipe
        photos = PhotoDataset(
            manifest.split("val"), self._job.spec, cache_mb=recipe.cache_mb // 4, places=self._job.places
        )
        split = self._seen(photos, 1, f"{manifest.card.name}: checking")
        return PhotoLoader(split, recipe.batch, recipe.seed, shuffled=False, workers=0)

    def _seen_by_all(self, photos: PhotoDataset, versions: int, title: str) -> Split:
        """The same in every process: the first computes and keeps what the others read."""
        if self._store is None:
            return self._seen(photos, versions, title)
        with self._job.ranks.in_turn():
            return self._seen(photos, versions, title)

    def _seen(self, photos: PhotoDataset, versions: int, title: str) -> Split:
        """The photos as the frozen backbone sees them; else decoded, as far as there is room in memory."""
        told = self._job.ranks.first
        if self._store is None:
            if self._decoded:
                _decode(photos, told=told)
            return photos
        preparation = Preparation(photos, self._network, self._store, versions)
        if preparation.missing():
            _decode(photos, told=told)
            with tqdm(
                total=preparation.total, desc=title, leave=False, disable=None if told else True
            ) as bar:
                for done in preparation.steps():
                    bar.update(done)
        return preparation.finish()

    @torch.no_grad()
    def _cells_of_pieces(self, network: Network) -> Iterator[Tensor]:
        """(n, C) for some photos: stacked maps where the piece is; all of a photo that nobody outlined."""
        network.eval()
        split = self._splits[0]
        random = np.random.default_rng((self._job.recipe.seed, 4))
        chosen = random.permutation(len(split))[:FITTED_PHOTOS]
        for at in np.array_split(chosen, math.ceil(len(chosen) / 8)):
            batch = collate([split[(0, int(index))] for index in at]).to(self._job.device)
            cells = stacked((batch.maps or network.maps(batch.photos))[:MAPS_DESCRIBED])
            piece = F.avg_pool2d(batch.piece[:, None].float() / 255, 2)[:, 0] > SURELY
            piece |= ~batch.piece_known[:, None, None]
            yield cells.permute(0, 2, 3, 1)[piece].cpu()


def shown(items: Iterable[T], total: int, title: str, *, told: bool = True) -> Iterator[T]:
    """The items, with a bar where a person looks on."""
    yield from tqdm(items, total=total, desc=title, leave=False, disable=None if told else True)


def _decode(photos: PhotoDataset, *, told: bool) -> None:
    for _ in shown(photos.prepare(), len(photos), "decoding", told=told):
        pass
    photos.gather_donors()


def _joined(one: Batch, other: Batch) -> Batch:
    parts = {name: iter(_tensors(value)) for name, value in vars(other).items()}
    return one.each(lambda name, value: torch.cat([value, next(parts[name])]))


def _tensors(value: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return value if isinstance(value, tuple) else (value,)
