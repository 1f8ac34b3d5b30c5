"""Which photos stand in which batch: by seed and epoch, by design, and by process.

order = PhotoSampler(len(photos), 8, seed=0, shuffled=True, kin=photos.kin())
order.epoch = 3
for batch in order: …   # [(3, index), …]
"""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ubora.datasets.manifest import TWIN, Manifest


class Kin(NamedTuple):
    """Whose photo it is."""

    design: str
    piece: str
    scene: int
    """The same for a photo and its twin."""


def scenes_of(manifest: Manifest) -> list[int]:
    """For each photo the index of the one that it is the clean twin of; its own where it is none."""
    stems = [str(PurePosixPath(s.file_name).with_suffix("")) for s in manifest]
    first = {stem: index for index, stem in reversed(list(enumerate(stems)))}
    return [
        first.get(stem.removesuffix(TWIN), index) if stem.endswith(TWIN) else index
        for index, stem in enumerate(stems)
    ]


class PhotoSampler:
    """Which photos stand in which batch of an epoch: a function of (seed, epoch) alone.

    Args:
        kin: of each photo, to stand two photos of one design beside each other, so that most batches can
            teach what a design is, and a photo beside its twin; None leaves the order to chance.
        part: (i, n) is the i-th of n processes that share each batch; together they see what one would.
    """

    def __init__(
        self,
        length: int,
        batch: int,
        seed: int,
        *,
        shuffled: bool,
        kin: Sequence[Kin] | None = None,
        part: tuple[int, int] = (0, 1),
    ) -> None:
        self.part = part
        self.length, self.batch, self.seed, self.shuffled, self.kin = length, batch, seed, shuffled, kin
        self.epoch = 0

    def __len__(self) -> int:
        # A last batch of one would leave batch norm nothing to measure; it joins no batch this epoch.
        whole, rest = divmod(self.length, self.batch)
        return whole + (rest > 0 and (not self.shuffled or rest >= max(2, self.part[1]) or whole == 0))

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        places = np.arange(self.length)
        if self.shuffled:
            random = np.random.default_rng((self.seed, self.epoch))
            places = random.permutation(self.length)
            if self.kin is not None:
                places = _paired(places, self.kin, random)
        for start in range(len(self)):
            chosen = places[start * self.batch : (start + 1) * self.batch][self.part[0] :: self.part[1]]
            yield [(self.epoch, int(place)) for place in chosen]


def _paired(places: NDArray[np.int64], kin: Sequence[Kin], random: np.random.Generator) -> NDArray[np.int64]:
    """The same photos, twins together, each scene beside another of its design where one is left.

    Better one of another piece.
    """
    scenes: dict[int, list[int]] = {}
    for place in places:
        scenes.setdefault(kin[place].scene, []).append(int(place))
    left: dict[str, list[int]] = {}
    for scene, (place, *_) in scenes.items():
        left.setdefault(kin[place].design, []).append(scene)
    pairs: list[list[int]] = []
    for own in left.values():
        while own:
            first = own.pop()
            piece = kin[scenes[first][0]].piece
            other = next((s for s in own if kin[scenes[s][0]].piece != piece), own[0] if own else None)
            if other is not None:
                own.remove(other)
            pairs.append(scenes[first] + ([] if other is None else scenes[other]))
    return np.array([place for i in random.permutation(len(pairs)) for place in pairs[i]], np.int64)
