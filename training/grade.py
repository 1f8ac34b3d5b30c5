"""Teach a run to grade by outline; what it sees of defects stays as it is.

    ubora data outlines --out var/outlines --pieces 8000 --seed 77 --workers 2
    ubora train grade runs/first var/outlines --out runs/graded
    ubora train grade runs/first var/outlines --out runs/graded --from champion --epochs 5

Learns from drawn outlines and from the graded photos that the run learnt from, outlined by the run's network
as it will outline what workshops send. Both by their train split; agreement is told on both val splits. Takes
minutes. The new run keeps the thresholds of the old one, not where its levels are cut.

ValueError
└── GradeError     a run that knows no piece, or nothing to learn from
"""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from ubora.datasets.manifest import Manifest, read_manifest
from ubora.datasets.outlines import Outlines, fingerprint, joined, read_outlines
from ubora.models.inference.prediction import level_probabilities, median_level
from ubora.models.inference.second_look import look_at
from ubora.models.record import DatasetOrigin
from ubora.models.registry.releases import releases_option
from ubora.training.augment.outline_noise import smudged
from ubora.training.calibration.level_cuts import shows_whole
from ubora.training.calibration.record import CALIBRATION
from ubora.training.figures import quadratic_kappa
from ubora.training.loop.checkpoint import (
    BEST,
    Checkpoint,
    RunError,
    own_datasets,
    read_checkpoint,
    write_derived,
    write_json,
)
from ubora.training.loop.losses import corn_loss
from ubora.training.network import Network, NetworkSpec
from ubora.training.network.outline import OutlineHead
from ubora.training.network.spec import input_contract
from ubora.training.network.transfer import read_outline_head
from ubora.training.recipe import changed
from ubora.training.scoring.predictions import Trained

LEARNING_RATE = 3e-3
WEIGHT_DECAY = 0.05
BATCH = 64
PHOTO_REPEAT = 3
"""Times a photo stands beside the outlines in an epoch: they are fewer, and look as real ones will."""
AS_FOUND = 0.5
"""Share of the photos' outlines that are learnt as they were found; the others are smudged further, as the
drawn ones are: of photos that it learnt from, the network draws cleaner outlines than of new ones."""


class GradeError(ValueError):
    """A run that cannot learn to grade by outline."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, help="a run's folder")
    parser.add_argument("outlines", type=Path, help="a folder of `ubora data outlines`")
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="the folder of the new run")
    parser.add_argument(
        "--dataset", type=Path, nargs="+", help="with graded photos (the run's own, and what it kept)"
    )
    parser.add_argument(
        "--from",
        dest="start",
        metavar="RELEASE",
        help="begin with its head for outlines, in place of a new one",
    )
    releases_option(parser, "where --from looks")
    parser.add_argument("--epochs", type=int, default=20, help="times through all of them (%(default)s)")
    parser.add_argument(
        "--seed", type=int, default=0, help="of the order and the first weights (%(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    if args.epochs < 1:
        raise GradeError(f"--epochs {args.epochs}: expected at least 1")
    if args.out.exists():
        raise RunError(f"{args.out}: exists already; give another --out")
    checkpoint = read_checkpoint(args.run / BEST)
    if not checkpoint.spec.piece:
        raise GradeError(f"{args.run}: it never learnt where the piece is, so it has no outline to grade by")
    manifests = [read_manifest(root) for root in args.dataset or own_datasets(args.run)]
    outlines = read_outlines(args.outlines, checkpoint.spec.grid())
    torch.manual_seed(args.seed)
    network = with_outline_head(checkpoint)
    if args.start is not None:
        network.encoder.outline.load_state_dict(read_outline_head(args.start, args.releases))
    head = network.encoder.outline
    drawn = outlines.of("train")
    seen, unseen = (
        joined(*[outlines_seen(network, manifest.split(split)) for manifest in manifests])
        for split in ("train", "val")
    )
    learn = joined(drawn, *[seen] * PHOTO_REPEAT)
    checks = {"outlines": outlines.of("val"), "photos": unseen}
    if not len(drawn) or not len(checks["outlines"]):
        raise GradeError(f"{args.outlines}: no outline in the train or in the val split")
    pieces = len(set(drawn.pieces.tolist()))
    print(f"{len(learn)} outlines to learn, drawn ones of {pieces} pieces among them", flush=True)
    for figures in taught(head, learn, len(drawn), checks, args.epochs, args.seed):
        print(figures, flush=True)
    agreed = {name: agreement_on(head, check) for name, check in checks.items()}
    learnt = DatasetOrigin(
        name=args.outlines.resolve().name,
        fingerprint=fingerprint(args.outlines),
        photos=len(drawn),
        pieces=pieces,
    )
    keep(args, checkpoint, network, agreed, learnt)
    print(args.out)
    return 0


def with_outline_head(checkpoint: Checkpoint) -> Network:
    """The run's network; its head for outlines is the run's own where it has one, else a new one."""
    spec = checkpoint.spec.model_copy(update={"grade": "outline", "variance": True})
    network = Network(NetworkSpec.model_validate(spec.model_dump()))
    held = network.state_dict()
    network.load_state_dict(held | {k: v for k, v in checkpoint.weights.items() if k in held})
    return network.eval()


def outlines_seen(network: Network, photos: Manifest) -> Outlines:
    """The graded whole pieces of a dataset as the network outlines them."""
    predictor, contract = Trained(network, "outlined"), input_contract(network.spec)
    run = partial(predictor.outputs, None)
    chosen = [s for s in photos if s.variance is not None and shows_whole(s)]
    cells = []
    for sample in tqdm(chosen, desc="outlining", disable=None):
        look = look_at(photos.path(sample.file_name).read_bytes(), contract, run, predictor.find)
        certainty = torch.sigmoid(torch.from_numpy(look.outputs["piece"][0]))
        cells.append((certainty * 255).round().to(torch.uint8).numpy())
    side = network.spec.grid()
    return Outlines(
        np.asarray(cells, np.uint8).reshape(-1, side, side),
        np.array([s.variance for s in chosen], np.int64),
        np.array([s.piece_id for s in chosen], np.str_),
        np.array([s.design or "" for s in chosen], np.str_),
        np.array([s.split or "" for s in chosen], np.str_),
    )


def taught(
    head: OutlineHead,
    learn: Outlines,
    drawn_count: int,
    checks: dict[str, Outlines],
    epochs: int,
    seed: int,
) -> Iterator[str]:
    """Learn, one epoch after another; a line after each.

    Args:
        drawn_count: of `learn`, the first so many are drawn; a network found the others.
    """
    steps = max(1, len(learn) // BATCH)
    optimizer = torch.optim.AdamW(head.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=epochs * steps)
    drawn = torch.Generator().manual_seed(seed)
    began = time.monotonic()
    for epoch in range(1, epochs + 1):
        head.train()
        total = 0.0
        for at in torch.split(torch.randperm(len(learn), generator=drawn)[: steps * BATCH], BATCH):
            cells, levels = torch.from_numpy(learn.cells[at]), torch.from_numpy(learn.levels[at])
            loss = corn_loss(_answers(head, cells, at < drawn_count, drawn), levels)
            optimizer.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(head.parameters(), 5.0)
            optimizer.step()
            schedule.step()
            total += loss.item() / steps
        head.eval()
        agreements = "  ".join(
            f"{name} kappa {agreement_on(head, check):.3f}" for name, check in checks.items() if len(check)
        )
        minutes = (time.monotonic() - began) / 60 / epoch * (epochs - epoch)
        yield f"{epoch}/{epochs}  loss {total:.3f} | {agreements} | {minutes:.0f} min left"


def _answers(head: OutlineHead, cells: Tensor, clean: Tensor, drawn: torch.Generator) -> Tensor:
    """The head's logits for outlines as a network might find them, turned, half of the time mirrored too.

    Args:
        clean: (N,) bool, those that no network found.
    """
    with torch.no_grad():
        cover = cells.float() / 255
        as_found = ~clean & (torch.rand(len(cover), generator=drawn) < AS_FOUND)
        cover = torch.where(as_found[:, None, None], cover, smudged(cover, drawn))
        polar, roundness = head.unrolled(cover)
    polar = polar.roll(int(torch.randint(polar.shape[2], (1,), generator=drawn)), 2)
    if torch.rand(1, generator=drawn) < 0.5:
        polar = polar.flip(2)
    return head.of_polar(polar, roundness)


@torch.no_grad()
def agreement_on(head: OutlineHead, check: Outlines) -> float | None:
    """Quadratic-weighted kappa of the levels it gives, outline by outline; None for no outline."""
    if not len(check):
        return None
    given = []
    for cells in torch.split(torch.from_numpy(check.cells), 256):
        logits = head.of_polar(*head.unrolled(cells.float() / 255)).numpy()
        given += [median_level(level_probabilities(row)) for row in logits]
    return quadratic_kappa(np.array(given, np.int64), check.levels)


def keep(
    args: argparse.Namespace,
    checkpoint: Checkpoint,
    network: Network,
    agreed: dict[str, float | None],
    learnt: DatasetOrigin,
) -> None:
    """The new run's folder: its checkpoint, and what the old one says of itself."""
    graded = replace(
        checkpoint,
        spec=network.spec,
        recipe=changed(checkpoint.recipe, grade="outline"),
        weights=network.state_dict(),
        optimizer={},
        metrics=checkpoint.metrics | {"kappa": agreed["photos"], "outline_kappa": agreed["outlines"]},
    )
    write_derived(args.run, args.out, graded, graded_from=args.run.name, outlines=learnt.model_dump())
    if (args.run / CALIBRATION).is_file():
        # Thresholds are of defects, which nothing changed; where levels were cut holds no more.
        calibrated = json.loads((args.run / CALIBRATION).read_bytes())
        write_json(args.out / CALIBRATION, calibrated | {"level_cuts": None})
