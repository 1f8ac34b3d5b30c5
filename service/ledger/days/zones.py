"""Whose days: those of the time zone where the workshops are, which a ledger counts by and remembers.

    with ledger.read() as session:
        days = days_of(session)
    days.of(moment)                  # which day it is there at that moment
    days.moments(first, last)        # when the first day begins there and the last one ends, as UTC

Times are kept as UTC. The zone only says for which day a piece is counted; it is read with the counts, in the
same transaction, so that counts of two zones are never taken together.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.service.ledger.tables import LedgerClock

USUAL_ZONE = "Africa/Nairobi"
"""Of a new ledger, unless the setting says otherwise."""
BEFORE = "UTC"
"""Of a ledger of before it remembered any."""


@dataclass(frozen=True)
class Days:
    zone: ZoneInfo

    @classmethod
    def named(cls, name: str) -> "Days":
        """
        Args:
            name: as the IANA database has it, Africa/Nairobi.

        Raises:
            ZoneInfoNotFoundError: there is none of this name here.
        """
        return _named(name)

    @property
    def place(self) -> str:
        """What people call it: Nairobi."""
        return str(self.zone).rpartition("/")[2].replace("_", " ")

    def of(self, at: datetime) -> date:
        """The day there at that moment."""
        return at.astimezone(self.zone).date()

    def text(self, at: datetime) -> str:
        """The same, as the ledger keeps days."""
        return self.of(at).isoformat()

    def begin(self, day: date) -> datetime:
        """Its first moment, as UTC: after midnight where clocks are put forward at midnight."""
        return datetime.combine(day, time.min, self.zone).astimezone(UTC)

    def moments(self, first: date, last: date) -> tuple[datetime, datetime]:
        """When the first day begins and the day after the last one, as UTC."""
        return self.begin(first), self.begin(last + timedelta(days=1))


@cache
def _named(name: str) -> Days:
    return Days(ZoneInfo(name))


def days_of(session: Session) -> Days:
    """Whose days this ledger counts, in this transaction."""
    known: Days | None = session.info.get("days")
    if known is None:
        with session.no_autoflush:  # asked in the middle of what somebody is adding
            name = session.scalars(select(LedgerClock.zone)).one()
        known = session.info["days"] = Days.named(name or BEFORE)
    return known
