"""What a run learns from and is checked on: batches of its dataset, and of one that it must not forget.

    feed = Feed(job, ranks)
    for batch in feed.epoch(3): …

With `--keep DATASET` a share `keep_share` of every batch are photos of that dataset, drawn anew each epoch
(rehearsal; Robins, 1995): fine-tuning on new photos alone unlearns what they do not show.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import fields
from itertools import islice
from typing import TypeVar

import torch
from torch import Tensor
from tqdm import tqdm

from datasets.manifest import Manifest
from training.augment import Augmenter
from training.job import Job, TrainingError, photo_shares
from training.loader import Batch, Batches, Photos

T = TypeVar("T")


class Feed:
    """Train and val of a job, as batches.

    Args:
        decoded: read all photos into memory first, as far as there is room; else each when it is asked for.

    Raises:
        TrainingError: fewer photos in a batch than processes that share it.
    """

    def __init__(self, job: Job, *, decoded: bool = True) -> None:
        recipe, ranks = job.recipe, job.ranks
        self._decoded, self._first = decoded, ranks.first
        sets = [job.manifest] if job.keep is None else [job.manifest, job.keep]
        sizes = [recipe.batch]
        if job.keep is not None:
            kept = min(max(1, round(recipe.batch * recipe.keep_share)), recipe.batch - 1)
            sizes = [recipe.batch - kept, kept]
        for manifest, size in zip(sets, sizes, strict=True):
            held = min(size, len(manifest.split("train")))
            if held < ranks.count:
                raise TrainingError(f"{manifest.root}: {held} photos in a batch for {ranks.count} processes")
        designs = sorted({s.design for manifest in sets for s in manifest if s.design is not None})
        self._learn = [
            Batches(
                self._photos(
                    Photos(
                        manifest.split("train"),
                        job.spec,
                        cache_mb=recipe.cache_mb // len(sets) // ranks.local_count,
                        augmenter=Augmenter(recipe.augment),
                        seed=recipe.seed + place,
                        places=job.places,
                        designs=designs,
                    )
                ),
                size,
                recipe.seed + place,
                shuffled=True,
                workers=recipe.workers if place == 0 else min(recipe.workers, 1),
                paired=recipe.pair_designs,
                part=(ranks.rank, ranks.count),
            )
            for place, (manifest, size) in enumerate(zip(sets, sizes, strict=True))
        ]
        # Only the first process validates.
        self.checks = [self._check(job, manifest) for manifest in sets] if ranks.first else []
        """Validation batches: of the dataset, then of the one to keep."""

    def __len__(self) -> int:
        """Steps of an epoch."""
        return len(self._learn[0])

    @property
    def photos(self) -> Photos:
        """Those of the dataset's train split."""
        return self._learn[0].photos

    def epoch(self, number: int) -> Iterator[Batch]:
        """Every photo of the dataset once, and as many of those to keep as `keep_share` asks for."""
        own = self._learn[0].epoch(number)
        if len(self._learn) == 1:
            yield from own
            return
        for batch, kept in zip(own, islice(self._kept(number), len(self)), strict=True):
            yield _joined(batch, kept)

    def _kept(self, number: int) -> Iterator[Batch]:
        # Several epochs of its own pass in one of the run.
        rounds = math.ceil(len(self) / len(self._learn[1]))
        for turn in range(rounds):
            yield from self._learn[1].epoch(number * rounds + turn)

    def _check(self, job: Job, manifest: Manifest) -> Batches:
        room = job.recipe.cache_mb // 4
        photos = Photos(manifest.split("val"), job.spec, cache_mb=room, places=job.places)
        return Batches(self._photos(photos), job.recipe.batch, job.recipe.seed, shuffled=False, workers=0)

    def _photos(self, photos: Photos) -> Photos:
        if self._decoded:
            for _ in shown(photos.prepare(), len(photos), "decoding", told=self._first):
                pass
            photos.gather_donors()
        return photos


def positive_weight(job: Job) -> Tensor:
    """(K,) the root of clean : defective photos, limited: rare classes count more, none runs away with it."""
    shares = photo_shares(job.manifest.split("train"), job.spec.classes)
    weights = [math.sqrt((1 - s) / s) if s > 0 else 1.0 for s in shares]
    return torch.tensor([min(max(w, 1.0), job.recipe.loss.positive_weight_limit) for w in weights])


def shown(items: Iterable[T], total: int, title: str, *, told: bool = True) -> Iterator[T]:
    """The items, with a bar where a person looks on."""
    yield from tqdm(items, total=total, desc=title, leave=False, disable=None if told else True)


def _joined(one: Batch, other: Batch) -> Batch:
    names = [f.name for f in fields(one)]
    return Batch(**{name: torch.cat([getattr(one, name), getattr(other, name)]) for name in names})
