"""Single sampling plans for a series of lots: how many pieces of a lot to look at, how many may be defective.

    plan_for(100, aql=2.5)                            # 20 pieces, accept 1, reject 2
    plan_for(100, aql=2.5, severity="tightened")      # 32 pieces, accept 1, reject 2

Sizes and numbers are those of ANSI/ASQ Z1.4 (MIL-STD-105E), arrows resolved, in `single_plans.csv`: its
normal and tightened tables are those of ISO 2859-1:1999, its reduced one is not. There a count between accept
and reject takes the lot, but ends reduced inspection. The table is read once, when a plan is first asked for.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

Severity = Literal["normal", "tightened", "reduced"]
Level = Literal["S-1", "S-2", "S-3", "S-4", "I", "II", "III"]
LEVELS: tuple[Level, ...] = get_args(Level)
_UP_TO: tuple[tuple[float, str], ...] = (
    (8, "AAAAAAB"),
    (15, "AAAAABC"),
    (25, "AABBBCD"),
    (50, "ABBCCDE"),
    (90, "BBCCCEF"),
    (150, "BBCDDFG"),
    (280, "BCDEEGH"),
    (500, "BCDEFHJ"),
    (1_200, "CCEFGJK"),
    (3_200, "CDEGHKL"),
    (10_000, "CDFGJLM"),
    (35_000, "CDFHKMN"),
    (150_000, "DEGJLNP"),
    (500_000, "DEGJMPQ"),
    (float("inf"), "DEHKNQR"),
)
"""Largest lot, and its code letter for each of LEVELS."""


@dataclass(frozen=True)
class Plan:
    severity: Severity
    letter: str
    """Of the lot's size and level; the sample may be another letter's, where the table has an arrow."""
    aql: float
    """Per cent of defective pieces."""
    pieces: int
    """To look at; never more than the lot has."""
    accept: int
    """At most so many defective: the lot is accepted."""
    reject: int
    """At least so many: it is not. Only reduced inspection leaves a gap between the two."""


def code_letter(lot_size: int, level: Level = "II") -> str:
    """
    Raises:
        ValueError: a lot of no pieces, or an unknown level.
    """
    if lot_size < 1:
        raise ValueError(f"a lot of {lot_size} pieces, expected 1 or more")
    if level not in LEVELS:
        raise ValueError(f"level {level!r}, expected one of {', '.join(LEVELS)}")
    letters = next(letters for most, letters in _UP_TO if lot_size <= most)
    return letters[LEVELS.index(level)]


def plan_for(lot_size: int, aql: float, level: Level = "II", severity: Severity = "normal") -> Plan:
    """
    Raises:
        ValueError: a lot of no pieces, an unknown level or severity, an AQL that is not in the table.
    """
    letter = code_letter(lot_size, level)
    known = _table()
    if aql not in aqls():
        expected = ", ".join(f"{one:g}" for one in aqls())
        raise ValueError(f"AQL {aql:g} %, expected one of {expected}")
    if severity not in get_args(Severity):
        raise ValueError(f"severity {severity!r}, expected one of {', '.join(get_args(Severity))}")
    pieces, accept, reject = known[severity, letter, aql]
    return Plan(severity, letter, aql, min(pieces, lot_size), accept, reject)


def tighter_aql(aql: float) -> float | None:
    """The next smaller AQL of the table; None where it is the smallest."""
    known = aqls()
    at = known.index(aql)
    return known[at - 1] if at else None


@cache
def aqls() -> tuple[float, ...]:
    """Per cent, the smallest first."""
    return tuple(sorted({aql for _, _, aql in _table()}))


@cache
def _table() -> dict[tuple[str, str, float], tuple[int, int, int]]:
    text = files(__package__).joinpath("single_plans.csv").read_text(encoding="utf-8")
    return {
        (row["severity"].lower(), row["letter"], float(row["aql"])): (
            int(row["n"]),
            int(row["ac"]),
            int(row["re"]),
        )
        for row in csv.DictReader(text.splitlines())
    }
