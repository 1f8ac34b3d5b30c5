"""Discs with rings as a small dataset, and a run on it that is settled but not trained.

drawn = ringed_discs(folder)
job, network = started(drawn, "--recipe", "tiny", "--out", out)
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from ubora.datasets.manifest import (
    DatasetCard,
    Defect,
    Manifest,
    Sample,
    read_manifest,
    sample_id,
    write_manifest,
)
from ubora.datasets.taxonomy import Split, Taxonomy
from ubora.training.loop.job import Job, open_run, settle
from ubora.training.loop.options import TrainOptions
from ubora.training.network import Network
from ubora.training.train import configure, options_of

CARD = DatasetCard(
    name="drawn",
    taxonomy=Taxonomy(defects=("scratch", "pit", "bent"), materials=("brass", "horn"), categories=("ring",)),
)


def draw(folder: Path, number: int, split: Split) -> Sample:
    """A disc on a bench: every third scratched, every third pitted; rings across it are its variance."""
    random = np.random.default_rng(number)
    photo = np.full((96, 96, 3), 60, np.uint8) + random.integers(0, 20, (96, 96, 3), np.uint8)
    piece, mark = np.zeros((96, 96), np.uint8), np.zeros((96, 96), np.uint8)
    centre = (int(random.integers(40, 56)), int(random.integers(40, 56)))
    cv2.circle(piece, centre, 32, 255, -1)
    photo[piece > 0] = photo[piece > 0] // 4 + np.array([150, 130, 90], np.uint8)
    level = 1 + number % 5
    for ring in range(level - 1):
        cv2.circle(photo, centre, 8 + 6 * ring, (120, 100, 60), 1)
    kind = (None, "scratch", "pit")[number % 3]
    spot = (centre[0] + int(random.integers(-12, 12)), centre[1] + int(random.integers(-12, 12)))
    if kind == "scratch":
        cv2.line(mark, spot, (spot[0] + 12, spot[1] + 6), 255, 3)
        photo[mark > 0] = 250
    elif kind == "pit":
        cv2.circle(mark, spot, 4, 255, -1)
        photo[mark > 0] = 10
    stem = f"{split}-{number}"
    cv2.imwrite(str(folder / f"{stem}.png"), photo)
    cv2.imwrite(str(folder / f"{stem}-piece.png"), piece)
    if kind is not None:
        cv2.imwrite(str(folder / f"{stem}-mark.png"), mark)
    return Sample(
        file_name=f"{stem}.png",
        sample_id=sample_id((folder / f"{stem}.png").read_bytes()),
        piece_id=stem,
        design=f"d{number % 2}",
        material="brass" if number % 2 else "horn",
        defects=() if kind is None else (Defect(name=kind, mask=f"{stem}-mark.png"),),
        piece_mask=f"{stem}-piece.png",
        variance=level,
        photo_faults=(),
        split=split,
        source="captured",
    )


def ringed_discs(folder: Path) -> Path:
    """Write 24 train, 9 val and 9 test photos of discs; the folder."""
    splits: tuple[Split, ...] = ("train",) * 24 + ("val",) * 9 + ("test",) * 9
    samples = [draw(folder, number, split) for number, split in enumerate(splits)]
    write_manifest(Manifest(folder, CARD, samples))
    return folder


def rewritten(folder: Path, to: Path, change: Callable[[Sample], Sample]) -> Path:
    manifest = read_manifest(folder)
    for name in {name for sample in manifest for name in sample.files()}:
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        (to / name).write_bytes((folder / name).read_bytes())
    write_manifest(Manifest(to, manifest.card, [change(sample) for sample in manifest]))
    return to


def settled(*words: object) -> TrainOptions:
    parser = argparse.ArgumentParser()
    configure(parser)
    return options_of(parser.parse_args([str(word) for word in words]))


def started(*words: object) -> tuple[Job, Network]:
    """A run's folder, and the network it would train."""
    job, network, _ = settle(settled(*words))
    open_run(job)
    return job, network
