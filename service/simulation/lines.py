"""A line of the table that a simulated year comes to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ubora.service.simulation.world import Year

WIDTH = 96
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Line:
    """One thing that was asked, and what was found."""

    what: str
    found: float | None
    """A share, 0–1, or a number of `unit`; None where there was nothing to find it of."""
    of: int
    """Workshops, weeks or signals that it is of."""
    expected: str
    unit: str = "%"

    def text(self) -> str:
        value = "–"
        if self.found is not None:
            value = f"{100 * self.found:.1f} %" if self.unit == "%" else f"{self.found:.1f}"
        return f"{self.what:<{WIDTH}} {value:>8} {self.of:>7}  {self.expected}"


def mean(found: Sequence[bool]) -> float | None:
    """The share that is true; None of none."""
    return sum(found) / len(found) if found else None


def steady(year: Year) -> Flags:
    """Workshops whose chance kept for the whole year."""
    found: Flags = (year.worse_from >= year.world.weeks) & (year.better_from == 0)
    return found
