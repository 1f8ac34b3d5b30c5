"""Outlines of pieces with their variance level, and no photograph: what grading by shape is learnt from.

    outlines = read_outlines(Path("var/outlines"), cells=88)
    learn = outlines.of("train")

A folder of .npz files, each written whole. An outline shows its piece upright or not, from anywhere, framed
as the second look frames it: the piece fills the square but for a margin.

ValueError
└── OutlineError   not a folder of outlines, or a damaged one
"""

import hashlib
import io
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.datasets.manifest import write_whole
from ubora.datasets.taxonomy import EVERY_SPLIT, VARIANCE_LEVELS

SIDE_PX = 176
"""Of a stored outline; a bit a pixel."""
MARGIN = 0.1
"""Of the piece's longer side, left around it on each side."""
_NAMES = ("outlines", "levels", "pieces", "designs", "splits")


class OutlineError(ValueError):
    """Outlines that cannot be used."""


@dataclass(frozen=True)
class Outlines:
    """N outlines; row i of every field is of one."""

    cells: NDArray[np.uint8]
    """(N, side, side) 0–255: how much of a cell the piece covers."""
    levels: NDArray[np.int64]
    """(N,) 1–5."""
    pieces: NDArray[np.str_]
    """(N,) several outlines show one piece."""
    designs: NDArray[np.str_]
    splits: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.levels)

    def of(self, split: str) -> "Outlines":
        """Those of one split."""
        own = self.splits == split
        return Outlines(
            self.cells[own], self.levels[own], self.pieces[own], self.designs[own], self.splits[own]
        )


def write_outlines(path: Path, outlines: Outlines) -> None:
    """One file of a folder; cells of SIDE_PX × SIDE_PX are written as bits."""
    packed = np.packbits(outlines.cells > 127, axis=-1)
    held = io.BytesIO()
    np.savez_compressed(
        held,
        outlines=packed,
        levels=outlines.levels,
        pieces=outlines.pieces,
        designs=outlines.designs,
        splits=outlines.splits,
    )
    write_whole(path, held.getvalue())


def read_outlines(folder: Path, cells: int = SIDE_PX) -> Outlines:
    """Every file of a folder, in order of their names.

    Args:
        cells: along each side of what is returned; each says how much of it the piece covers.

    Raises:
        OutlineError: no files there, or one that is not of outlines.
    """
    files = sorted(folder.glob("*.npz"))
    if not files:
        raise OutlineError(f"{folder}: no outlines (*.npz) there; `ubora data outlines` draws some")
    return joined(*(_read(path, cells) for path in files))


def joined(*parts: Outlines) -> Outlines:
    """All of them, one after another."""
    names = [field.name for field in fields(Outlines)]
    return Outlines(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def fingerprint(folder: Path) -> str:
    """SHA-256 of all files' names and bytes, lower-case hex."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.npz")):
        digest.update(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _read(path: Path, cells: int) -> Outlines:
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            packed, levels, pieces, designs, splits = (file[name] for name in _NAMES)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
        raise OutlineError(f"{path}: not a file of outlines ({type(error).__name__}: {error})") from None
    count = len(levels)
    if packed.shape != (count, SIDE_PX, SIDE_PX // 8) or any(
        len(f) != count for f in (pieces, designs, splits)
    ):
        raise OutlineError(
            f"{path}: outlines of shape {packed.shape} for {count} levels, "
            f"expected ({count}, {SIDE_PX}, {SIDE_PX // 8})"
        )
    strange = sorted(set(splits.tolist()) - set(EVERY_SPLIT)) + sorted(
        set(levels.tolist()) - set(VARIANCE_LEVELS)
    )
    if strange:
        raise OutlineError(f"{path}: {strange[0]!r} is neither a split nor a level")
    bits = np.unpackbits(packed, axis=-1) * np.uint8(255)
    sized = [cv2.resize(one, (cells, cells), interpolation=cv2.INTER_AREA) for one in bits]
    held = np.asarray(sized, np.uint8).reshape(count, cells, cells)
    return Outlines(held, levels.astype(np.int64), pieces, designs, splits)
