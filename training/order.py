"""Which photos stand in which batch: by seed and epoch, by design, and by process.

order = Order(len(photos), 8, seed=0, shuffled=True, kin=photos.kin())
order.epoch = 3
for batch in order: …   # [(3, index), …]
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray


class Order:
    """Which photos stand in which batch of an epoch: a function of (seed, epoch) alone.

    Args:
        kin: (design, piece) of each photo, to stand two photos of one design beside each other, so that most
            batches can teach what a design is; None leaves the order to chance.
        part: (i, n) is the i-th of n processes that share each batch; together they see what one would.
    """

    def __init__(
        self,
        length: int,
        batch: int,
        seed: int,
        *,
        shuffled: bool,
        kin: Sequence[tuple[str, str]] | None = None,
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


def _paired(
    places: NDArray[np.int64], kin: Sequence[tuple[str, str]], random: np.random.Generator
) -> NDArray[np.int64]:
    """The same photos, each beside another of its design where there is one left; better of another piece."""
    left: dict[str, list[int]] = {}
    for place in places:
        left.setdefault(kin[place][0], []).append(int(place))
    pairs: list[list[int]] = []
    for own in left.values():
        while own:
            first = own.pop()
            other = next((p for p in own if kin[p][1] != kin[first][1]), own[0] if own else None)
            if other is not None:
                own.remove(other)
            pairs.append([first] if other is None else [first, other])
    return np.array([place for i in random.permutation(len(pairs)) for place in pairs[i]], np.int64)
