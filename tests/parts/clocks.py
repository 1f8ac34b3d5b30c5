"""Clocks that a test sets.

clock = SteppedClock()
with serve(tmp_path, releases, clock=clock) as town:
    clock.ahead = timedelta(days=365)
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass
class SteppedClock:
    """The wall clock, so far ahead of the right time (or behind it, where that is negative)."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Hands:
    """Of a clock that stands unless a test turns it: seconds."""

    at: float

    def __call__(self) -> float:
        return self.at
