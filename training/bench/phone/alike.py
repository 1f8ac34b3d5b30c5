"""Which photos of a folder show the same piece: as a person listed them, or as they look.

pieces_of(photos, embeddings, Path("pieces.csv"))   # ["fish", "fish", "hamsa", …]
pieces_of(photos, embeddings)                       # names after the first photo of each group

Photos that share a piece must never stand on two sides of a split. By looks, photos are joined where they
are near-copies (datasets/check/copies.py) or where the network's own embeddings of the pieces are nearly
parallel; every pair of a group must be alike, so that no chain of half-likenesses joins everything. It errs
towards joining: two designs in one group cost a little, one piece on two sides the truth of the figure.
"""

import csv
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ubora.datasets.check.copies import HASH_BITS, NEAR_BITS, Look, look
from ubora.models.inference.preprocess import decode_photo
from ubora.models.inference.second_look import FloatArray
from ubora.training.loop.job import TrainingError

ALIKE = 0.97
"""Cosine of two embeddings from which they are taken for the same piece."""


def pieces_of(
    photos: Sequence[Path], embeddings: Sequence[FloatArray], listed: Path | None = None
) -> list[str]:
    """The piece of each photo.

    Args:
        embeddings: of each photo, length 1.
        listed: CSV with the columns file and piece; a photo that it does not list is a piece by itself.

    Raises:
        TrainingError: a list without these columns, or with a file that is not among the photos.
    """
    if listed is not None:
        known = read_pieces(listed)
        stray = sorted(known.keys() - {path.name for path in photos})
        if stray:
            raise TrainingError(f"{listed}: {stray[0]} is not among the photos")
        return [known.get(path.name, path.stem) for path in photos]
    looks = [look(decode_photo(path.read_bytes(), at_least=256)) for path in photos]
    groups = join_alike(likeness(looks, embeddings))
    return [photos[groups.index(group)].stem for group in groups]


def read_pieces(path: Path) -> dict[str, str]:
    """File → piece.

    Raises:
        TrainingError: not such a CSV.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file)
            if not {"file", "piece"} <= set(table.fieldnames or ()):
                raise TrainingError(f"{path}:1: expected the columns file,piece")
            return {row["file"]: row["piece"] for row in table if row["file"] and row["piece"]}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TrainingError(f"{path}: cannot be read ({error})") from None


def likeness(looks: Sequence[Look | None], embeddings: Sequence[FloatArray]) -> NDArray[np.bool_]:
    """(N, N) whether two photos are taken for one piece."""
    vectors = np.stack(embeddings).astype(np.float64)
    alike = np.asarray(vectors @ vectors.T >= ALIKE)
    for i, one in enumerate(looks):
        for j, other in enumerate(looks[:i]):
            if one is not None and other is not None and _bits(one, other) <= NEAR_BITS:
                alike[i, j] = alike[j, i] = True
    return alike


def join_alike(alike: NDArray[np.bool_]) -> list[int]:
    """Groups in which every pair is alike, each photo to the first that takes it."""
    groups: list[list[int]] = []
    for place in range(len(alike)):
        home = next((group for group in groups if alike[place, group].all()), None)
        if home is None:
            groups.append([place])
        else:
            home.append(place)
    number = {place: index for index, group in enumerate(groups) for place in group}
    return [number[place] for place in range(len(alike))]


def share_of_pieces(pieces: Sequence[str], share: float, salt: str = "") -> set[str]:
    """Whole pieces that hold about `share` of the photos: a stable choice, by the hash of their names."""
    wanted = share * len(pieces)
    order = sorted(set(pieces), key=lambda piece: hashlib.sha256((salt + piece).encode()).digest())
    chosen: set[str] = set()
    held = 0
    for piece in order:
        own = sum(p == piece for p in pieces)
        # A piece joins while that brings the count nearer to what is wanted.
        if abs(held + own - wanted) < abs(held - wanted):
            chosen.add(piece)
            held += own
    return chosen


def _bits(one: Look, other: Look) -> int:
    return int(np.unpackbits(one.bits ^ other.bits).sum()) if one.bits.size * 8 == HASH_BITS else HASH_BITS
