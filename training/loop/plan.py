"""What a run would be, before an hour is spent on it: some real steps are timed, nothing is written.

ubora train run datasets/rendered --recipe jewelry --dry-run
"""

import json
import resource
import statistics
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from ubora.datasets.manifest import Manifest
from ubora.datasets.taxonomy import SPLITS
from ubora.models.inference.bank import MOST_CELLS
from ubora.training.data.batch import Batch
from ubora.training.loop.job import Job, heads_of
from ubora.training.loop.rates import set_rates, share_at
from ubora.training.loop.sources import Sources
from ubora.training.loop.step import Trainer, in_bf16
from ubora.training.network import Network

TIMED = 4
"""Steps; one more goes before them, in which memory is taken and kernels are chosen."""


def plan(job: Job, trainer: Trainer, file: Path | None) -> dict[str, Any]:
    """Time some steps, print what the run would be, and write it to `file` as JSON if asked."""
    feed = Sources(job, trainer.network, None, decoded=False)
    facts = _what(job, trainer, steps=len(feed)) | _how_long(job, trainer, feed)
    if job.ranks.first:
        print("\n".join(_lines(facts)))
        if file is not None:
            file.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return facts


def _what(job: Job, trainer: Trainer, *, steps: int) -> dict[str, Any]:
    parameters = list(trainer.network.parameters())
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


def _how_long(job: Job, trainer: Trainer, feed: Sources) -> dict[str, Any]:
    """Milliseconds of a step, and minutes of all, from steps that are really made (and then forgotten)."""
    recipe, network = job.recipe, trainer.network
    network.freeze(recipe.freeze)
    set_rates(trainer.optimizer, share_at(recipe, 0, len(feed)))
    began = time.monotonic()
    batch = next(iter(feed.epoch(0))).to(job.device)
    decode_s = (time.monotonic() - began) / len(batch.labels)
    began = time.monotonic()
    seen = _seen(network, batch)
    backbone_s = (time.monotonic() - began) / len(batch.labels)
    frozen = recipe.freeze == "all"
    step_s = _step_s(trainer, seen if frozen else batch)
    learn, check = (len(job.manifest.split(name)) for name in ("train", "val"))
    # Once where the backbone stays: every version of a photo decoded, and looked at by it.
    prepare_s = (learn * recipe.versions + check) * (decode_s + backbone_s) if frozen else 0.0
    validation_s = check / recipe.batch * step_s / 2
    minutes = (recipe.epochs * (len(feed) * step_s + validation_s) + prepare_s) / 60
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "step_ms": round(1e3 * step_s, 1),
        "images_per_second": round(recipe.batch / step_s, 2),
        "prepare_minutes": round(prepare_s / 60, 1),
        "minutes": round(minutes, 1),
        "memory_mb": round(peak_kb / 1024),
        "gpu_memory_mb": round(torch.cuda.max_memory_allocated() / 2**20)
        if job.device.type == "cuda"
        else None,
    }


@torch.no_grad()
def _seen(network: Network, batch: Batch) -> Batch:
    """The batch as a frozen backbone's features would give it."""
    whole = network.maps(batch.whole) if batch.whole.numel() else ()
    return replace(batch, maps=network.maps(batch.photos), whole_maps=whole)


def _step_s(trainer: Trainer, batch: Batch) -> float:
    """Mean seconds of a step, each photo beside a full bank."""
    full = torch.randn(MOST_CELLS, trainer.network.spec.descriptor_size) * 0.1
    took = []
    for _ in range(1 + TIMED):
        began = time.monotonic()
        trainer.step(batch, [full] * len(batch.labels))
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
        f"expected    about {found['minutes']:.0f} minutes, {found['prepare_minutes']:.0f} of them once, "
        f"at {found['images_per_second']} images/s "
        f"({found['step_ms']:.0f} ms a step, mean of {TIMED}); {found['memory_mb']} MB of memory{gpu}"
    )
    yield "nothing was written"
