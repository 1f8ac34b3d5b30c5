"""What time it is in the ledger, and what came first: neither goes back when the server's clock is set back.

with state.ledger.write() as session:
    row.received_at = now(session)           # for people
    row.number = next_number(session)        # for order

Waits compare a stored time with the wall clock, `state.ledger.clock()`, which may have been set since:

is_within(since, WINDOW, state.ledger.clock())
"""

import logging
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from ubora.service.http.observe import log_event
from ubora.service.ledger.database import Clock
from ubora.service.ledger.tables import LedgerClock

TOO_FAR = timedelta(days=1)
SKEW = timedelta(minutes=5)
"""Clocks are set back a little every day, and those of two servers never agree."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def wall(session: Session) -> datetime:
    """What the server's clock says, right or wrong: for what ends soon by that very clock."""
    clock: Clock = session.info["clock"]
    return clock()


def now(session: Session) -> datetime:
    """The time of this transaction: the wall clock's, but never before a time that the ledger knows.

    Only where the latest that it knows lies more than a day ahead was the clock wrong then, and is right now:
    the wall clock's is taken, or all that comes would bear the wrong day until the world has caught up. What
    came first is still told rightly, since no order hangs on a time.
    """
    at: datetime | None = session.info.get("now")
    if at is None:
        row = _row(session)
        at = wall(session)
        ahead = row.at - at
        if ahead > TOO_FAR:
            log_event("clock-stepped-back", level=logging.WARNING, seconds=round(ahead.total_seconds()))
        else:
            at = max(at, row.at)
        row.at = session.info["now"] = at
    return at


def next_number(session: Session) -> int:
    """Greater than every one before. Kept in order of commits, since the row is locked until then.

    Microseconds since 1970, or one more than the last: so a ledger that was put back to an older day gives
    none again that a phone has heard of.
    """
    row = _row(session)
    row.number = max(row.number + 1, (wall(session) - _EPOCH) // timedelta(microseconds=1))
    return row.number


def last_number(session: Session) -> int:
    """The greatest that was given."""
    return session.get_one(LedgerClock, 1).number


def is_within(since: datetime, window: timedelta, at: datetime) -> bool:
    """Whether a window that began `since` is still open. What began in the future began by a wrong clock, and
    is over: nobody waits longer than the window."""
    return -SKEW <= at - since < window


def _row(session: Session) -> LedgerClock:
    # Asked for once: it would come again as the database has it, without what changed since.
    row: LedgerClock | None = session.info.get("row")
    if row is None:
        row = session.info["row"] = session.get_one(LedgerClock, 1, with_for_update=True)
    return row
