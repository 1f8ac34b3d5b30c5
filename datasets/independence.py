"""Are two columns of counts independent? Pearson's chi-square for a table of rows × 2 columns.

    tested = measure_independence([(12, 10), (2, 12), (15, 9)])
    tested.p, tested.cramers_v

Used for variance levels × clean / defective: a network can learn variance and defects apart only where the
one does not foretell the other.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

PERMUTATIONS = 10_000
_ROUGH_BELOW = 5.0
"""An expected count below this makes the chi-square distribution a rough guide (Cochran 1954)."""


@dataclass(frozen=True)
class Independence:
    chi_square: float
    df: int
    p: float
    """Probability of so large a chi-square if the two were independent."""
    p_permuted: float
    """The same by permutation: tables with these margins drawn at random, with a fixed seed."""
    cramers_v: float
    """0 independent … 1 the one decides the other."""
    n: int
    smallest_expected: float

    @property
    def rough(self) -> bool:
        """Counts too small for `p`; take `p_permuted`."""
        return self.smallest_expected < _ROUGH_BELOW

    @property
    def best_p(self) -> float:
        return self.p_permuted if self.rough else self.p


def measure_independence(table: Sequence[tuple[int, int]]) -> Independence | None:
    """Pearson's chi-square of counts; rows without any count are left out.

    Returns:
        None where there is nothing to compare: fewer than two rows or two columns with a count.
    """
    counts = np.asarray([row for row in table if sum(row)], np.int64).reshape(-1, 2)
    rows, columns, n = counts.sum(axis=1), counts.sum(axis=0), int(counts.sum())
    if len(counts) < 2 or not columns.all():
        return None
    expected = np.outer(rows, columns) / n
    statistic = float(((counts - expected) ** 2 / expected).sum())
    df = len(counts) - 1
    drawn = np.random.default_rng(0).multivariate_hypergeometric(
        rows, int(columns[1]), size=PERMUTATIONS, method="marginals"
    )
    # Both columns stray from what is expected by the same amount.
    spread = ((drawn - expected[:, 1]) ** 2 * (1 / expected[:, 0] + 1 / expected[:, 1])).sum(axis=1)
    as_far = int(np.count_nonzero(spread >= statistic - 1e-9))
    return Independence(
        chi_square=statistic,
        df=df,
        p=chi_square_survival(statistic, df),
        p_permuted=(as_far + 1) / (PERMUTATIONS + 1),
        cramers_v=math.sqrt(statistic / n),
        n=n,
        smallest_expected=float(expected.min()),
    )


def chi_square_survival(statistic: float, df: int) -> float:
    """P(chi-square with `df` degrees of freedom ≥ `statistic`); df is a whole number ≥ 1.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.4.4 and 26.4.5.
    """
    half = statistic / 2
    if half <= 0:
        return 1.0
    if df % 2 == 0:
        total, powers = 0.0, [float(i) for i in range(df // 2)]
    else:
        total, powers = math.erfc(math.sqrt(half)), [i + 0.5 for i in range(df // 2)]
    # In logarithms, so that neither the power nor the factorial overflows.
    total += sum(math.exp(-half + power * math.log(half) - math.lgamma(power + 1)) for power in powers)
    return min(1.0, total)
