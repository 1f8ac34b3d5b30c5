"""Figures of agreement, of readings: how many, which share, and how far that is beyond chance.

figures_of(readings)            # of dispositions, and of variance levels where both gave one
figures_of_class(readings, "dent")
"""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from ubora.models.intervals import wilson
from ubora.service.agreement.coefficients import (
    Table,
    Weights,
    gwet,
    identity_weights,
    ordinal_weights,
    weighted_kappa,
)
from ubora.service.agreement.readings import Reading
from ubora.service.http.schemas import Wire

LEAST = 20
"""Of fewer readings no figure but their number is told: it would be taken for more than it is."""
_GRADES = ("accept", "rework", "reject")
_LEVELS = range(1, 6)
Ends = Annotated[list[float], Field(min_length=2, max_length=2)]


class Figures(Wire):
    n: int
    """Readings. Where there are fewer than `least`, they are too few: all else but `agreed` is null."""
    agreed: int
    share: float | None
    """0–1."""
    interval: Ends | None
    """Wilson, 95 %."""
    ac2: float | None
    """Gwet's: 1 is full agreement, 0 what chance would give. Of dispositions accept < rework < reject."""
    ac2_interval: Ends | None
    """95 %."""
    variance_n: int
    """Readings in which both graded the variance."""
    variance_kappa: float | None
    """Of their levels 1–5: Cohen's, quadratic weights; null where they are too few, or all one level."""


def figures_of(readings: Sequence[Reading]) -> Figures:
    grades = [
        (_GRADES.index(reading.one.disposition), _GRADES.index(reading.other.disposition))
        for reading in readings
    ]
    levels = [
        (reading.one.variance - 1, reading.other.variance - 1)
        for reading in readings
        if reading.one.variance is not None and reading.other.variance is not None
    ]
    kappa = weighted_kappa(_table(levels, len(_LEVELS))) if len(levels) >= LEAST else None
    return _figures(_table(grades, 3), ordinal_weights(3), len(levels), kappa)


def figures_of_class(readings: Sequence[Reading], defect: str) -> Figures:
    """Whether both named it or both did not, of those in which both said which defects there are."""
    named = [
        (int(defect in reading.one.defects), int(defect in reading.other.defects))
        for reading in readings
        if reading.one.defects is not None and reading.other.defects is not None
    ]
    return _figures(_table(named, 2), identity_weights(2), 0, None)


def classes_of(readings: Sequence[Reading]) -> list[str]:
    """That anybody named, by name."""
    return sorted({name for one in readings for said in (one.one, one.other) for name in said.defects or ()})


def _figures(table: Table, weights: Weights, variance_n: int, kappa: float | None) -> Figures:
    n, agreed = sum(map(sum, table)), sum(table[k][k] for k in range(len(table)))
    enough = n >= LEAST
    share, coefficient = wilson(agreed, n), gwet(table, weights)
    ends = coefficient.interval if coefficient is not None else None
    return Figures(
        n=n,
        agreed=agreed,
        share=agreed / n if enough else None,
        interval=list(share) if enough and share is not None else None,
        ac2=coefficient.value if enough and coefficient is not None else None,
        ac2_interval=list(ends) if enough and ends is not None else None,
        variance_n=variance_n,
        variance_kappa=kappa,
    )


def _table(pairs: Sequence[tuple[int, int]], size: int) -> list[list[int]]:
    table = [[0] * size for _ in range(size)]
    for one, other in pairs:
        table[one][other] += 1
    return table
