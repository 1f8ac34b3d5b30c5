"""Outlines of pieces, drawn without light: thousands while one photograph is rendered.

    ubora data outlines --out var/outlines --pieces 8000 --seed 77 --workers 2

Pieces, hands and cameras are drawn as for `ubora data render`. What a hand made of a design shows in the
outline, and every one has its exact variance level: `ubora train grade` learns from them. What was stopped
goes on where it was.
"""

import argparse
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from ubora.datasets.outlines import MARGIN, SIDE_PX, OutlineError, Outlines, write_outlines
from ubora.datasets.render.camera import views
from ubora.datasets.render.camera.lens import Camera
from ubora.datasets.render.kept import piece_id, split_for
from ubora.datasets.render.piece import Made, extent, make, stream
from ubora.datasets.render.shapes import Part
from ubora.datasets.taxonomy import View

PIECES_A_FILE = 250
WHOLE: tuple[View, ...] = ("front", "side")
"""Views that show the whole piece, drawn in turn."""
_GRID = 0.35
"""Of the surfaces: an outline needs no more."""
_DRAWN_PX = 352
_SUBPIXEL_BITS = 4


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this verb's options."""
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to write")
    parser.add_argument("--pieces", type=int, required=True, metavar="N", help="how many pieces")
    parser.add_argument("--seed", type=int, required=True, metavar="S", help="what they are a function of")
    parser.add_argument("--views", type=int, default=3, help="outlines a piece (3)")
    parser.add_argument("--workers", type=int, default=1, help="processes (1)")


def run(args: argparse.Namespace) -> int:
    """Draw what is missing and say what is there."""
    if min(args.pieces, args.views) < 1:
        raise OutlineError(f"--pieces {args.pieces} --views {args.views}: expected at least 1 of each")
    args.out.mkdir(parents=True, exist_ok=True)
    starts = range(0, args.pieces, PIECES_A_FILE)
    spans = [(start, min(start + PIECES_A_FILE, args.pieces)) for start in starts]
    missing = [span for span in spans if not _file(args.out, args.seed, args.views, span).exists()]
    draw = partial(draw_file, args.out, args.seed, args.views)
    with ProcessPoolExecutor(max(1, min(args.workers, os.cpu_count() or 1))) as pool:
        counts = list(tqdm(pool.map(draw, missing), total=len(missing), desc="files", disable=None))
    print(f"{args.out}: {sum(counts)} new outlines of {args.pieces} pieces in {len(spans)} files")
    return 0


def draw_file(out: Path, seed: int, view_count: int, span: tuple[int, int]) -> int:
    """Pieces span[0] up to span[1] as one file; how many outlines it holds."""
    cells, rows = [], []
    for number in range(*span):
        made = make(seed, number, _GRID)
        name = piece_id(seed, number)
        row = (made.hand.level, name, made.design.name, split_for(name, made.design.name))
        for outline in outlines_of(made, stream(seed, number, "views"), view_count):
            cells.append(outline)
            rows.append(row)
    levels, pieces, designs, splits = zip(*rows, strict=True)
    drawn = Outlines(
        np.stack(cells), np.array(levels, np.int64), np.array(pieces), np.array(designs), np.array(splits)
    )
    write_outlines(_file(out, seed, view_count, span), drawn)
    return len(drawn)


def outlines_of(made: Made, rng: np.random.Generator, view_count: int) -> list[NDArray[np.uint8]]:
    """A piece from `view_count` sides, (SIDE_PX, SIDE_PX) 0 or 255 each; one too small to see is left out."""
    middle, radius = extent(made.clean)
    sides = [WHOLE[number % len(WHOLE)] for number in range(view_count)]
    shots = [views.plan(view, None, middle, radius, None, rng) for view in sides]
    framed = [_framed(silhouette(made.spoiled.parts, shot.camera)) for shot in shots]
    return [outline for outline in framed if outline is not None]


def silhouette(parts: Sequence[Part], camera: Camera) -> NDArray[np.uint8]:
    """(_DRAWN_PX, _DRAWN_PX) 255 where any of the parts is seen, 0 elsewhere."""
    drawn = np.zeros((_DRAWN_PX, _DRAWN_PX), np.uint8)
    for part in parts:
        rows, columns = part.points.shape[:2]
        seen = camera.seen_at(part.points.reshape(-1, 3)).reshape(rows, columns, 2)
        if part.closing in ("ring", "ball"):
            seen = np.concatenate([seen, seen[:, :1]], 1)
        if part.closing in ("ring", "rod"):
            seen = np.concatenate([seen, seen[:1]], 0)
        at = np.round(((seen + 1) / 2 * _DRAWN_PX - 0.5) * 2**_SUBPIXEL_BITS).astype(np.int32)
        facets = np.stack([at[:-1, :-1], at[:-1, 1:], at[1:, 1:], at[1:, :-1]], 2).reshape(-1, 4, 2)
        # One at a time: drawn together, what overlaps would be a hole.
        for facet in facets:
            cv2.fillConvexPoly(drawn, facet, 255, cv2.LINE_8, _SUBPIXEL_BITS)
    return drawn


def _framed(drawn: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """The piece in the middle of a square, with MARGIN around it."""
    rows, columns = np.nonzero(drawn)
    if len(rows) < 30:
        return None
    across, down = int(columns.min()) + int(columns.max()), int(rows.min()) + int(rows.max())
    half = (0.5 + MARGIN) * max(np.ptp(columns), np.ptp(rows)) + 1
    scale = SIDE_PX / 2 / half
    move = np.array([[scale, 0, (SIDE_PX - across * scale) / 2], [0, scale, (SIDE_PX - down * scale) / 2]])
    moved = cv2.warpAffine(drawn, move.astype(np.float32), (SIDE_PX, SIDE_PX), flags=cv2.INTER_LINEAR)
    return np.where(moved > 127, 255, 0).astype(np.uint8)


def _file(out: Path, seed: int, view_count: int, span: tuple[int, int]) -> Path:
    return out / f"seed{seed}-views{view_count}-{span[0]:06d}-{span[1]:06d}.npz"
