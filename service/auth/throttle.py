"""Guessing takes too long: failed tries are counted in the ledger, so that all workers count together.

tries = [RateLimit("log-in name", name, 100, HOUR), …]
charge(state, tries)         # before the guess is looked at, so that many at once count too; 429 beyond it
give_back(session, tries)    # it was right
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from fastapi import Request
from sqlalchemy import delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ubora.service.http.errors import Problem
from ubora.service.ledger import tables
from ubora.service.ledger.clock import SKEW, is_within
from ubora.service.state import AppState

QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)


@dataclass(frozen=True)
class RateLimit:
    """So many failures of one kind and value are allowed in a window of time."""

    kind: str
    value: str
    most: int
    window: timedelta
    forgiven: bool = False
    """A success forgives the failures before it. Not those of an address: one good account there would
    make guessing at others free."""

    @property
    def key(self) -> str:
        """A hash: the table shall be no list of who tried to log in from where."""
        return hashlib.sha256(f"{self.kind}\0{self.value}".encode("utf-8", "surrogateescape")).hexdigest()


def charge(state: AppState, tries: list[RateLimit]) -> None:
    """Count one more try on each.

    Raises:
        Problem: 429 with Retry-After, where one of them has none left; then nothing is counted.
    """
    # Looked at without the write lock first: a flood of refused tries must not hold up the phones.
    with state.ledger.read() as session:
        _refuse_beyond(session, tries, state.ledger.clock())
    try:
        _count(state, tries)
    except IntegrityError:  # the first try of two processes at the same time
        _count(state, tries)


def give_back(session: Session, tries: list[RateLimit]) -> None:
    for one in tries:
        row = session.get(tables.FailedTries, one.key, with_for_update=True)
        if row is None:
            continue
        row.count = 0 if one.forgiven else max(0, row.count - 1)


def address_of(request: Request) -> str:
    """Where a request comes from; of IPv6 the network, since one customer has all of it.

    Behind a proxy that `trusted_proxies` names it is what that says of it in X-Forwarded-For.
    """
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return address.exploded[:19]
    return str(address)


def _count(state: AppState, tries: list[RateLimit]) -> None:
    with state.ledger.write() as session:
        at = state.ledger.clock()
        _refuse_beyond(session, tries, at, lock=True)
        for one in tries:
            row = session.get(tables.FailedTries, one.key)
            if row is None:
                session.add(tables.FailedTries(key=one.key, count=1, since=at))
            elif not is_within(row.since, one.window, at):
                row.count, row.since = 1, at
            else:
                row.count += 1
        session.flush()
        # No window is longer; what is older, or was written by a wrong clock, counts for nothing.
        since = tables.FailedTries.since
        session.execute(delete(tables.FailedTries).where(or_(since <= at - HOUR, since > at + SKEW)))


def _refuse_beyond(session: Session, tries: list[RateLimit], at: datetime, *, lock: bool = False) -> None:
    query = select(tables.FailedTries).where(tables.FailedTries.key.in_([one.key for one in tries]))
    rows = {row.key: row for row in session.scalars(query.with_for_update() if lock else query)}
    waits = [
        min(one.window, row.since + one.window - at).total_seconds()
        for one in tries
        if (row := rows.get(one.key)) is not None
        and row.count >= one.most
        and is_within(row.since, one.window, at)
    ]
    if (wait := max(waits, default=0.0)) > 0:
        seconds = int(wait) + 1
        detail = f"too many tries failed; the next one is looked at in {-(-seconds // 60)} min"
        headers = {"Retry-After": str(seconds)}
        raise Problem(429, "too-many-tries", "Please wait", detail, headers=headers)
