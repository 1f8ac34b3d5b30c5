"""The days that numbers are of: whole days of the ledger's zone, the last thirty unless asked."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Query
from sqlalchemy.orm import Session

from ubora.service.auth.access import TheState
from ubora.service.http.errors import Problem
from ubora.service.ledger.days.zones import days_of

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

    def moments(self, session: Session) -> tuple[datetime, datetime]:
        """Its begin, and the begin of the day after it, as UTC; of the days that this ledger counts."""
        return days_of(session).moments(self.since, self.until)

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
    last = until or state.ledger.today()
    first = since or date.fromordinal(max(1, last.toordinal() - USUAL_DAYS + 1))
    window = Window(first, last)
    # Before it there are as many days again to compare with.
    if not 1 <= window.days <= MOST_DAYS or not 1900 <= first.year <= last.year <= 9000:
        detail = f"{first} to {last}, expected 1 to {MOST_DAYS} days, `since` no later than `until`"
        raise Problem(422, "invalid", "The request is not what is expected", detail)
    return window


TheWindow = Annotated[Window, Depends(window_of)]
