"""The training loop beside one batch that is repeated."""

import os
import time
from typing import Any

import cv2

from tests.bench.photos import SAMPLE
from ubora.datasets.manifest import read_manifest
from ubora.models.inference.bank import MOST_CELLS


def bench_training(rounds: int = 3, steps: int = 4) -> dict[str, float]:
    """Images a second of the real loop (decode cache, augmentation, targets) against one repeated batch."""
    # Imported here: everything above runs where torch is not installed.
    import torch

    from ubora.training.augment.phone import Augmenter
    from ubora.training.data.loader import PhotoLoader
    from ubora.training.data.photos import PhotoDataset
    from ubora.training.loop.losses import batch_losses, look
    from ubora.training.loop.memory import keep_freed_memory
    from ubora.training.network import Network, NetworkSpec
    from ubora.training.recipe import read_recipe

    keep_freed_memory()  # for both loops, as `ubora train run` does
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    cv2.setNumThreads(1)
    manifest, recipe = read_manifest(SAMPLE), read_recipe("jewelry")
    spec = NetworkSpec.of(recipe, manifest.card.taxonomy.defects, piece=True, variance=True)
    network = Network(spec).to(memory_format=torch.channels_last)
    network.freeze("norms")  # a frozen backbone is asked once, and no photo is decoded in its loop
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-5)
    photos = PhotoDataset(
        manifest.split("train"), spec, cache_mb=recipe.cache_mb, augmenter=Augmenter(recipe.augment)
    )
    for _ in photos.prepare():
        pass
    batches = PhotoLoader(photos, recipe.batch, 0, shuffled=True, workers=recipe.workers)
    bank = 0.1 * torch.randn(MOST_CELLS, spec.descriptor_size)

    def step(batch: Any) -> None:
        looked = look(network, batch, [bank] * len(batch.labels))
        losses = batch_losses(looked, batch, recipe.loss, spec)
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(losses["total"])
        torch.nn.utils.clip_grad_norm_(network.parameters(), recipe.clip_norm)
        optimizer.step()

    fixed = next(iter(batches.epoch(0)))
    step(fixed)
    bare, real = 0.0, 0.0
    for epoch in range(1, rounds + 1):
        coming = batches.epoch(epoch)
        next(coming)  # the workers' start is not the loop's speed
        start = time.perf_counter()
        for _ in range(steps):
            step(next(coming))
        real += time.perf_counter() - start
        for _ in coming:  # so that no worker runs beside the bare loop
            pass
        start = time.perf_counter()
        for _ in range(steps):
            step(fixed)
        bare += time.perf_counter() - start
    seen = rounds * steps * len(fixed.photos)
    return {"images_per_s": seen / real, "bare_per_s": seen / bare, "share_of_bare": bare / real}
