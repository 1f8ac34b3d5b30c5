"""Sketches photographs of pieces of shapes and stuffs that nobody modelled, with exact labels, from a seed.

    ubora data sketch --out var/sketched --pieces 1500 --seed 7

Each piece is one photo; half of them carry a defect and stand beside their clean twin. To learn from beside
rendered photos (`ubora train run … --keep …`), never instead: a sketch has no design and no variance level.
"""

import argparse
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from tqdm import tqdm

from datasets.formats.command import new_folder
from datasets.manifest import (
    TWIN,
    DatasetCard,
    Defect,
    Manifest,
    ManifestError,
    Sample,
    sample_id,
    write_manifest,
    write_whole,
)
from datasets.masks import box_of, png_of
from datasets.render.phone import encode
from datasets.sketch.scene import Shown, Sketch, sketch
from datasets.splits import split_of

LEAST_SIZE = 64


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this verb's options."""
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the dataset folder to write")
    parser.add_argument("--pieces", type=int, required=True, metavar="N", help="how many pieces")
    parser.add_argument("--seed", type=int, required=True, metavar="S", help="what the set is a function of")
    parser.add_argument("--size", type=int, default=448, help="pixels along each side (default 448)")
    parser.add_argument("--workers", type=int, default=1, help="processes (default 1)")


def run(args: argparse.Namespace) -> int:
    """Sketch, write the manifest, print what was made.

    Raises:
        ManifestError: an option out of range, or a folder that has files already.
    """
    for name, value, least in (
        ("--pieces", args.pieces, 1), ("--seed", args.seed, 0), ("--size", args.size, LEAST_SIZE),
        ("--workers", args.workers, 1),
    ):  # fmt: skip
        if value < least:
            raise ManifestError(f"{name}: expected at least {least}, found {value}")
    card = DatasetCard(
        name=f"ubora-sketched-{args.seed}",
        description=f"Sketched photographs of jewelry of any shape. Seed {args.seed}, {args.size} pixels.",
        licence="CC0-1.0",
        source="rendered",
    )
    with new_folder(args.out):
        for folder in ("photos", "masks"):
            (args.out / folder).mkdir()
        made = tqdm(_made(args), total=args.pieces, unit="piece", disable=None)
        samples = [sample for several in made for sample in several]
        write_manifest(Manifest(args.out, card, samples))
    marked = sum(bool(sample.defects) for sample in samples)
    print(f"{args.out}: {len(samples)} photos of {args.pieces} pieces, {marked} with defects")
    return 0


def _made(args: argparse.Namespace) -> Iterator[list[Sample]]:
    one = partial(_kept, args.out, args.seed, args.size)
    if args.workers == 1:
        yield from map(one, range(args.pieces))
        return
    with ProcessPoolExecutor(args.workers, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(one, range(args.pieces), chunksize=8)


def _kept(out: Path, seed: int, size_px: int, number: int) -> list[Sample]:
    """A piece's files, and its samples: the defective photo first, then its twin."""
    name = f"s{seed}-{number:05d}"
    drawn = sketch(seed, number, size_px, defective=number % 2 == 0)
    kept = [_stored(out, seed, name, name, drawn.shown, drawn)]
    if drawn.twin is not None:
        kept.append(_stored(out, seed, name, f"{name}{TWIN}", drawn.twin, drawn))
    return kept


def _stored(out: Path, seed: int, piece_id: str, stem: str, shown: Shown, drawn: Sketch) -> Sample:
    photo, piece = f"photos/{stem}.webp", f"masks/{stem}-piece.png"
    data = encode(shown.photo, drawn.phone, "webp")
    write_whole(out / photo, data)
    write_whole(out / piece, png_of(shown.piece))
    defects: tuple[Defect, ...] = ()
    if shown is drawn.shown and drawn.defect is not None and drawn.mask is not None:
        mask = f"masks/{stem}-{drawn.defect}.png"
        write_whole(out / mask, png_of(drawn.mask))
        defects = (Defect(name=drawn.defect, box=box_of(drawn.mask), mask=mask),)
    return Sample(
        file_name=photo,
        sample_id=sample_id(data),
        piece_id=piece_id,
        material="mixed",
        defects=defects,
        piece_mask=piece,
        photo_faults=(),
        split=split_of(piece_id),
        source="rendered",
        light=drawn.light,
        seed=seed,
    )
