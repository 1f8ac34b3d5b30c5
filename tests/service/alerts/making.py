"""Weeks of counts in a ledger, as pieces would leave them, without the pieces."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from tests.service.numbers.making import NOW
from ubora.service.ledger.tables import DailyCount, FacetCount, NetworkCount

THIS_WEEK = NOW.date()
"""A Monday; the week before it is the last that is over."""


def week(weeks_ago: int) -> date:
    return THIS_WEEK - timedelta(weeks=weeks_ago)


def count_workshop(session: Session, workshop: str, weeks_ago: int, passed: int, decided: int) -> None:
    """In place of what was counted there before."""
    day = week(weeks_ago).isoformat()
    row = session.get(DailyCount, (workshop, day)) or DailyCount(microfactory=workshop, day=day)
    row.passed, row.decided, row.pending, row.retakes = passed, decided, 0, 0
    row.first_passed = row.first_decided = 0
    session.add(row)


def count_network(session: Session, weeks_ago: int, passed: int, decided: int) -> None:
    day = week(weeks_ago).isoformat()
    row = session.get(NetworkCount, day) or NetworkCount(day=day)
    row.passed, row.decided, row.pending, row.retakes = passed, decided, 0, 0
    row.first_passed = row.first_decided = 0
    session.add(row)


def count_facet(
    session: Session, facet: str, name: str, weeks_ago: int, decided: int, retakes: int = 0
) -> None:
    day = week(weeks_ago).isoformat()
    row = session.get(FacetCount, (facet, day, name)) or FacetCount(facet=facet, day=day, name=name)
    row.passed, row.decided, row.pending, row.retakes = 0, decided, 0, retakes
    row.first_passed = row.first_decided = 0
    session.add(row)
