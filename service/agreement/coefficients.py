"""How far two readers agree beyond chance, of a table of counts; needs nothing but arithmetic.

    table[i][j]                                      # pieces that one called i and the other j
    gwet(table, ordinal_weights(3))                  # Gwet's AC2
    gwet(table, identity_weights(2))                 # Gwet's AC1
    weighted_kappa(table)                            # Cohen's, quadratic weights

AC2 stands beside a share because it does not collapse where nearly all pieces are called the same.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

Table = Sequence[Sequence[int]]
"""Square, at least 2 × 2; counts, none below 0."""
Weights = Sequence[Sequence[float]]
"""Of the same size: 1 on the diagonal, 0–1 elsewhere, symmetric."""
_Z_95 = 1.959963984540054


@dataclass(frozen=True)
class Coefficient:
    """1 is full agreement, 0 what chance would give."""

    value: float
    error: float | None
    """Its standard error over pieces; None of a single one."""

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 %, normal; not beyond −1 and 1."""
        if self.error is None:
            return None
        reach = _Z_95 * self.error
        return max(-1.0, self.value - reach), min(1.0, self.value + reach)


def identity_weights(size: int) -> Weights:
    return [[float(one == other) for other in range(size)] for one in range(size)]


def ordinal_weights(size: int) -> Weights:
    """For grades in an order: the farther apart, the less. Source: Gwet, Handbook (2014), ordinal weights."""
    most = math.comb(size, 2)
    return [[1 - math.comb(abs(one - other) + 1, 2) / most for other in range(size)] for one in range(size)]


def gwet(table: Table, weights: Weights) -> Coefficient | None:
    """Gwet's AC1 or AC2 of two readers; None of nothing.

    Source: Gwet, British Journal of Mathematical and Statistical Psychology 61 (2008).

    Raises:
        ValueError: a table that is not square, or of another size than the weights.
    """
    size, n = _size(table, weights), sum(map(sum, table))
    if n == 0:
        return None
    each = range(size)
    # How often a class is named, by either.
    share = [sum(table[k][i] + table[i][k] for i in each) / (2 * n) for k in each]
    spread = sum(map(sum, weights)) / (size * (size - 1))
    chance = spread * sum(one * (1 - one) for one in share)
    agreed = sum(weights[i][j] * table[i][j] for i in each for j in each) / n
    value = (agreed - chance) / (1 - chance)
    if n == 1:
        return Coefficient(value, None)
    squares = 0.0
    for i in each:
        for j in each:
            # What one piece alone says, less how it moves what chance would give.
            own = (weights[i][j] - chance) / (1 - chance)
            moved = spread * (2 - share[i] - share[j]) / 2 - chance
            squares += table[i][j] * (own - 2 * (1 - value) * moved / (1 - chance) - value) ** 2
    return Coefficient(value, math.sqrt(squares / (n * (n - 1))))


def weighted_kappa(table: Table) -> float | None:
    """Cohen's kappa with quadratic weights; None of nothing, or where both called all the same.

    Source: Cohen, Psychological Bulletin 70 (1968).
    """
    size, n = _size(table, table), sum(map(sum, table))
    each = range(size)
    rows, columns = [sum(row) for row in table], [sum(row[k] for row in table) for k in each]
    seen = sum((i - j) ** 2 * table[i][j] for i in each for j in each)
    by_chance = sum((i - j) ** 2 * rows[i] * columns[j] for i in each for j in each)
    return None if by_chance == 0 else 1 - seen * n / by_chance


def _size(table: Table, weights: Weights | Table) -> int:
    size = len(table)
    shapes = {len(row) for row in table} | {len(weights)} | {len(row) for row in weights}
    if size < 2 or shapes != {size}:
        raise ValueError(f"found rows of {sorted(shapes)} for {size} classes, expected a square of 2 or more")
    return size
