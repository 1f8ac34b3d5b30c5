"""What a run would be, before an hour is spent on it: some real steps are timed, nothing is written.

ubora train run datasets/rendered --recipe jewelry --dry-run
"""

import json
import resource
import statistics
import time
from collections.abc import Iterator, Mapping
from itertools import chain, count
from pathlib import Path
from typing import Any

import torch

from datasets.manifest import Manifest
from datasets.taxonomy import SPLITS
from training.feed import Feed
from training.job import Job, heads_of
from training.rates import set_rates, share_at
from training.step import Pupil, in_bf16

TIMED = 4
"""Steps; one more goes before them, in which memory is taken and kernels are chosen."""


def plan(job: Job, pupil: Pupil, file: Path | None) -> dict[str, Any]:
    """Time some steps, print what the run would be, and write it to `file` as JSON if asked."""
    feed = Feed(job, decoded=False)
    found = _what(job, pupil, steps=len(feed)) | _how_long(job, pupil, feed)
    if job.ranks.first:
        print("\n".join(_lines(found)))
        if file is not None:
            file.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return found


def _what(job: Job, pupil: Pupil, *, steps: int) -> dict[str, Any]:
    parameters = list(pupil.network.parameters())
    heads = heads_of(job.spec) + ["embedding"] * (job.recipe.loss.embedding > 0)
    return {
        "dataset": job.manifest.card.name,
        "fingerprint": job.fingerprint,
        "photos": {name: len(job.manifest.split(name)) for name in SPLITS},
        "kept_dataset": None if job.keep is None else job.keep.card.name,
        "recipe": job.recipe.name,
        "weights": job.origin,
        "input_size_px": job.spec.input_size,
        "parameters": sum(p.numel() for p in parameters),
        "heads": heads,
        "classes": {
            name: {split: _showing(job.manifest.split(split), name) for split in ("train", "val")}
            for name in job.spec.classes
        },
        "without_label": missing_labels(job.manifest.split("train")),
        "batch": job.recipe.batch,
        "processes": job.ranks.count,
        "steps_per_epoch": steps,
        "epochs": job.recipe.epochs,
        "device": str(job.device),
        "precision": "bf16" if in_bf16(job.recipe, job.device) else "fp32",
    }


def missing_labels(manifest: Manifest) -> dict[str, int]:
    """Photos that teach a head nothing, because nobody said."""
    return {
        "defects": sum(s.defects is None for s in manifest),
        "masks": sum(any(d.mask is None for d in s.defects or ()) for s in manifest),
        "piece": sum(s.piece_mask is None for s in manifest),
        "variance": sum(s.variance is None for s in manifest),
        "embedding": sum(s.design is None for s in manifest),
    }


def _how_long(job: Job, pupil: Pupil, feed: Feed) -> dict[str, Any]:
    """Milliseconds of a step, and minutes of all, from steps that are really made (and then forgotten)."""
    recipe = job.recipe
    network = pupil.network
    network.train_mode(freeze_batchnorm=recipe.freeze_batchnorm, frozen_layers=recipe.frozen_layers)
    set_rates(pupil.optimizer, share_at(recipe, 0, len(feed)))
    step_s = _step_s(pupil, feed)
    # Decoded once if it finds room in memory; the workers prepare batches while the network learns.
    began = time.monotonic()
    feed.photos.held(0)
    decode_s = time.monotonic() - began
    whole = len(job.manifest.split("train")) + len(job.manifest.split("val"))
    validation_s = 0.0
    if job.ranks.first:
        check = feed.checks[0]
        began = time.monotonic()
        with torch.no_grad():
            network.eval()
            network(next(iter(check.epoch(0))).photos.to(job.device))
        validation_s = (time.monotonic() - began) * len(check)
    minutes = (recipe.epochs * (len(feed) * step_s + validation_s) + whole * decode_s) / 60
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "step_ms": round(1e3 * step_s, 1),
        "images_per_second": round(recipe.batch / step_s, 2),
        "minutes": round(minutes, 1),
        "memory_mb": round(peak_kb / 1024),
        "gpu_memory_mb": round(torch.cuda.max_memory_allocated() / 2**20)
        if job.device.type == "cuda"
        else None,
    }


def _step_s(pupil: Pupil, feed: Feed) -> float:
    """Mean seconds of a step; fewer photos than steps are seen again."""
    batches = chain.from_iterable(feed.epoch(0) for _ in count())
    took = []
    for _, batch in zip(range(1 + TIMED), batches, strict=False):
        began = time.monotonic()
        pupil.step(batch)
        took.append(time.monotonic() - began)
    return statistics.mean(took[1:])


def _showing(manifest: Manifest, name: str) -> int:
    return sum(name in sample.defect_names() for sample in manifest)


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    photos = ", ".join(f"{name} {count}" for name, count in found["photos"].items() if count)
    yield f"dataset     {found['dataset']} ({found['fingerprint'][:12]}…): {photos}"
    if found["kept_dataset"]:
        yield f"to keep     {found['kept_dataset']}"
    yield f"network     {found['parameters']:,} parameters, {found['input_size_px']} px; {found['weights']}"
    yield f"heads       {', '.join(found['heads'])}"
    yield "classes     photos in train, val"
    for name, counts in found["classes"].items():
        rare = "   too few to learn" if counts["train"] < 10 else ""
        yield f"  {name:<12}{counts['train']:>5} {counts['val']:>5}{rare}"
    missing = ", ".join(f"{name} {count}" for name, count in found["without_label"].items())
    yield f"no label    of {found['photos']['train']} train photos: {missing}"
    yield (
        f"loop        {found['epochs']} epochs of {found['steps_per_epoch']} steps of {found['batch']} photos"
        f"; {found['device']}, {found['precision']}, processes: {found['processes']}"
    )
    gpu = "" if found["gpu_memory_mb"] is None else f", {found['gpu_memory_mb']} MB on the GPU"
    yield (
        f"expected    about {found['minutes']:.0f} minutes at {found['images_per_second']} images/s "
        f"({found['step_ms']:.0f} ms a step, mean of {TIMED}); {found['memory_mb']} MB of memory{gpu}"
    )
    yield "nothing was written"
