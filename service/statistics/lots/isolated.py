"""Sampling plans for a lot that stands alone, in no series: indexed by its limiting quality, as ISO 2859-2.

    plan_a(200, 8.0)                 # 26 pieces, accept 0: both sides take the lot for the only one
    plan_a(200, 8.0, accept=1)       # 44 pieces, accept 1
    plan_b(200, 8.0, aql=1.0)        # whoever makes it makes many: the sample of a process, not of a lot

A lot as bad as the limiting quality is seldom accepted. Under procedure A the chance is that of a draw from
this very lot (hypergeometric). Under procedure B the maker sends a series, whose usual quality, the AQL, is
to be accepted 95 times in 100; plans are those of a process (binomial), and the risk in this lot stands
beside it.

Plans are computed from these definitions, with a risk of 10 % at most. The standard's own tables round sample
sizes to preferred numbers, and let the risk come near 13 % for it: they are close to these, not the same.
"""

import math
from dataclasses import dataclass
from typing import Literal

from ubora.service.statistics.risks import acceptance_of_lot, for_limiting_quality, plan_through

Procedure = Literal["A", "B"]
LIMITING = (2.0, 3.15, 5.0, 8.0, 12.5, 20.0, 31.5)
"""Per cent; those of the standard's preferred numbers that samples of our lots can tell."""
RISK = 0.10
"""Of accepting a lot of the limiting quality, at most."""
MOSTLY = 0.95


@dataclass(frozen=True)
class Isolated:
    procedure: Procedure
    limiting: float
    """Per cent of defective pieces that must seldom be accepted."""
    lot_size: int
    pieces: int
    accept: int

    @property
    def risk(self) -> float:
        """The chance that this lot is accepted, if it is as bad as the limiting quality."""
        return self.chance(at_limit(self.lot_size, self.limiting))

    @property
    def mostly_accepted(self) -> float:
        """The largest share of defective pieces, 0–1, with which the lot is accepted 95 times in 100."""
        return self._most(MOSTLY) / self.lot_size

    @property
    def seldom_accepted(self) -> float:
        """The smallest share with which it is accepted at most 10 times in 100; 1 where none is."""
        return min(self.lot_size, self._most(RISK, beyond=True) + 1) / self.lot_size

    def chance(self, defective: int) -> float:
        """Of being accepted with so many defective pieces in the lot."""
        return acceptance_of_lot(self.pieces, self.accept, self.lot_size, defective)

    def _most(self, least: float, *, beyond: bool = False) -> int:
        """The most defective pieces with which the chance is at least that, or above it."""
        low, high = 0, self.lot_size
        while low < high:
            middle = (low + high + 1) // 2
            chance = self.chance(middle)
            low, high = (
                (middle, high) if (chance > least if beyond else chance >= least) else (low, middle - 1)
            )
        return low


def plan_a(lot_size: int, limiting: float, accept: int = 0) -> Isolated:
    """The smallest sample of this lot that keeps the promise; all of it where none smaller does.

    Args:
        limiting: per cent.
        accept: defective pieces that the sample may have; fewer where so many are the limiting quality.

    Raises:
        ValueError: a lot of no pieces, a share that is none.
    """
    accept = min(accept, at_limit(lot_size, limiting) - 1)
    pieces = for_limiting_quality(lot_size, limiting / 100, accept, RISK)
    return Isolated("A", limiting, lot_size, pieces, accept)


def plan_b(lot_size: int, limiting: float, aql: float) -> Isolated:
    """The smallest sample that tells a process of the AQL from one of the limiting quality.

    Args:
        limiting, aql: per cent.

    Raises:
        ValueError: a lot of no pieces, or an AQL that is not below the limiting quality.
    """
    if lot_size < 1 or not 0 < aql < limiting < 100:
        raise ValueError(
            f"a lot of {lot_size}, AQL {aql:g} % and limiting quality {limiting:g} %: expected pieces, and "
            "the AQL below the limiting quality"
        )
    pieces, accept = plan_through((aql / 100, MOSTLY), (limiting / 100, RISK))
    if pieces >= lot_size:
        # All of it is looked at: then the limiting quality itself is never accepted.
        return Isolated("B", limiting, lot_size, lot_size, min(accept, at_limit(lot_size, limiting) - 1))
    return Isolated("B", limiting, lot_size, pieces, accept)


def at_limit(lot_size: int, limiting: float) -> int:
    """Defective pieces, at least 1, of a lot as bad as the limiting quality."""
    return max(1, math.ceil(limiting / 100 * lot_size - 1e-9))
