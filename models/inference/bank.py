"""What lies on a design's approved photos, cell by cell: the bank that a photo's cells are compared with.

    bank = bank_of(inspector.record.name, [approved_of(inspector.inspect(photo)) for photo in photos])
    prediction = inspector.inspect(photo, bank)
    bank.origin(prediction.nearest[row, column])        # which approved photo, and where on it

A bank belongs to the release that described its cells: another one describes them otherwise.

    ValueError
    └── BankError       a bank of another release, or more photos than are compared with
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ubora.models.inference.preprocess import Place
from ubora.models.inference.second_look import FloatArray

MOST_CELLS = 1024
"""Of a bank; the network learnt beside banks of at most so many (what is near in a large bank is
nearer by chance too), and comparing with more takes longer."""
MOST_PHOTOS = 30
"""Of a design; with more, a bank would keep some thirty cells of each."""


class BankError(ValueError):
    """A bank that cannot be compared with."""


@dataclass(frozen=True)
class Approved:
    """What is kept of one approved photo."""

    embedding: FloatArray
    """(D,), length 1."""
    level: float
    """Its expected level, 1–5, as the network sees it."""
    release: str = ""
    """That saw it."""
    cells: FloatArray = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    """(M, C): descriptors of the cells that show the piece; none of a release that compares no cells."""
    places: tuple[Place, ...] = ()
    """M, in pixels of the photo, upright."""
    size: tuple[int, int] = (0, 0)
    """Width and height of the upright photo, pixels."""


@dataclass(frozen=True)
class Origin:
    """Where a cell of a bank comes from."""

    photo: int
    """Which of the approved photos, from 0."""
    place: Place
    """The cell in pixels of that photo, upright."""
    size: tuple[int, int]
    """Width and height of that photo, pixels."""


@dataclass(frozen=True)
class Bank:
    """The cells of a design's approved photos."""

    release: str
    cells: FloatArray
    """(M, D)."""
    photo: NDArray[np.int64]
    """(M,) which of the photos each cell is of."""
    places: tuple[Place, ...]
    """M, in pixels of their photos."""
    sizes: tuple[tuple[int, int], ...]
    """Width and height of each of the photos it was made of, pixels."""

    @property
    def photos(self) -> int:
        """How many photos it was made of."""
        return len(self.sizes)

    @cached_property
    def rows(self) -> tuple[FloatArray, NDArray[np.bool_]]:
        """The cells as a graph takes them, at least one row, and which rows stand for something."""
        if len(self.cells):
            return self.cells, np.ones(len(self.cells), np.bool_)
        return np.zeros((1, self.cells.shape[1]), np.float32), np.zeros(1, np.bool_)

    def origin(self, cell: int) -> Origin | None:
        """Whence a cell is; None for −1, which is none."""
        if cell < 0:
            return None
        photo = int(self.photo[cell])
        return Origin(photo, self.places[cell], self.sizes[photo])


def empty_bank(release: str, size: int) -> Bank:
    """What a design without approved photos is compared with.

    Args:
        size: D, numbers of a descriptor.
    """
    return Bank(release, np.zeros((0, size), np.float32), np.zeros(0, np.int64), (), ())


def bank_of(release: str, size: int, approved: Sequence[Approved]) -> Bank:
    """The bank of a design's approved photos, thinned out to MOST_CELLS.

    Args:
        release: that described them.
        size: D, of the numbers that describe a cell the first so many are compared.
        approved: one a photo; none gives an empty bank.

    Raises:
        BankError: more than MOST_PHOTOS, or cells of another release.
    """
    if len(approved) > MOST_PHOTOS:
        raise BankError(f"{len(approved)} approved photos; at most {MOST_PHOTOS} are compared with")
    for one in approved:
        if one.release != release:
            raise BankError(f"an approved photo described by {one.release}; expected {release}")
    if not approved:
        return empty_bank(release, size)
    cells = np.concatenate([one.cells[:, :size] for one in approved])
    photo = np.concatenate([np.full(len(one.cells), index, np.int64) for index, one in enumerate(approved)])
    places = [place for one in approved for place in one.places]
    kept = coreset(cells, MOST_CELLS)
    return Bank(
        release, cells[kept], photo[kept], tuple(places[i] for i in kept), tuple(a.size for a in approved)
    )


def coreset(cells: FloatArray, most: int) -> NDArray[np.int64]:
    """Indices of at most so many of (M, D) rows, so that none of the others is far from all of them.

    The farthest from those chosen comes next (Gonzalez, 1985), from the one nearest to the mean on.
    """
    if len(cells) <= most:
        return np.arange(len(cells))
    squares = np.einsum("md,md->m", cells, cells)
    chosen = np.empty(most, np.int64)
    at = int(np.square(cells - cells.mean(0)).sum(1).argmin())
    least = np.full(len(cells), np.inf, np.float32)
    for step in range(most):
        chosen[step] = at
        np.minimum(least, squares + squares[at] - 2 * cells @ cells[at], out=least)
        least[at] = -np.inf  # never again, however near all others lie
        at = int(least.argmax())
    return np.sort(chosen)
