"""The days that numbers are of: whole UTC days, the last thirty unless somebody says others."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from fastapi import Depends, Query

from ubora.service.auth.access import TheState
from ubora.service.http.errors import Problem

USUAL_DAYS = 30
MOST_DAYS = 3660


@dataclass(frozen=True)
class Window:
    """First and last day, inclusive."""

    since: date
    until: date

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    def before(self) -> "Window":
        """As many days, just before."""
        return Window(self.since - timedelta(days=self.days), self.since - timedelta(days=1))

    def moments(self) -> tuple[datetime, datetime]:
        """Its begin, and the begin of the day after it."""
        days = (self.since, self.until + timedelta(days=1))
        begin, end = (datetime.combine(day, time.min, UTC) for day in days)
        return begin, end

    def texts(self) -> tuple[str, str]:
        """As the ledger keeps days."""
        return self.since.isoformat(), self.until.isoformat()


def window_of(
    state: TheState,
    since: Annotated[date | None, Query()] = None,
    until: Annotated[date | None, Query()] = None,
) -> Window:
    """
    Raises:
        Problem: 422, they are the wrong way round, or too many.
    """
    last = until or state.ledger.clock().date()
    first = since or date.fromordinal(max(1, last.toordinal() - USUAL_DAYS + 1))
    window = Window(first, last)
    # Before it there are as many days again to compare with.
    if not 1 <= window.days <= MOST_DAYS or not 1900 <= first.year <= last.year <= 9000:
        detail = f"{first} to {last}, expected 1 to {MOST_DAYS} days, `since` no later than `until`"
        raise Problem(422, "invalid", "The request is not what is expected", detail)
    return window


TheWindow = Annotated[Window, Depends(window_of)]
