"""The escape rate: of pieces that passed, the share that a person would not have passed.

    rate = escape_rate([Stratum(passed=900, looked_at=18, escaped=1), Stratum(400, 40, 0)])
    rate.share, rate.low, rate.high

It is known from passed pieces that were drawn for a look, each with the share that was drawn then. Pieces of
one share are a stratum, so that a change of the share skews nothing: each stratum counts by its passed pieces
(Horvitz and Thompson). A drawn piece that nobody has looked at yet is left out, as if it were one by chance.

The interval joins the strata's exact ones by their distances from the estimate (MOVER), which keeps it
honest where nothing was found: no escape in 60 pieces is at most 6 %, not 0. With one stratum it is
Clopper-Pearson's.
Sources: Horvitz and Thompson, JASA 47 (1952); Zou and Donner, Statistics in Medicine 27 (2008), 1693–1702.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ubora.service.statistics.rates import check, exact


@dataclass(frozen=True)
class Stratum:
    passed: float
    """Pieces that passed while the share was drawn; drawn ÷ share where they were not counted."""
    looked_at: int
    """Of those that were drawn."""
    escaped: int
    """Of those that were looked at."""


@dataclass(frozen=True)
class EscapeRate:
    share: float | None
    """0–1; None where nobody has looked at any."""
    low: float
    high: float
    looked_at: int
    escaped: int


def escape_rate(strata: Sequence[Stratum], confidence: float = 0.95) -> EscapeRate:
    """
    Raises:
        ValueError: more escaped than were looked at, or a stratum of less than no pieces.
    """
    for one in strata:
        check(one.escaped, one.looked_at)
        if one.passed < 0:
            raise ValueError(f"{one.passed} passed pieces, expected 0 or more")
    total = sum(one.passed for one in strata)
    seen = sum(one.passed for one in strata if one.looked_at)
    looked_at, escaped = sum(one.looked_at for one in strata), sum(one.escaped for one in strata)
    if not seen:
        return EscapeRate(None, 0.0, 1.0, looked_at, escaped)
    share = sum(one.passed / seen * one.escaped / one.looked_at for one in strata if one.looked_at)
    below = above = 0.0
    for one in strata:
        # A stratum that nobody looked at may hold anything.
        here = one.escaped / one.looked_at if one.looked_at else share
        low, high = exact(one.escaped, one.looked_at, confidence)
        below += (one.passed / total * (here - low)) ** 2
        above += (one.passed / total * (high - here)) ** 2
    return EscapeRate(
        share, max(0.0, share - math.sqrt(below)), min(1.0, share + math.sqrt(above)), looked_at, escaped
    )
