"""What the ledger tells of the network: how good, how long, and how often a workshop stands still.

    ranges = of_ledger(session, window)       # name → Range, of those of which it tells enough

How much is asked for it does not tell: what was made on trial is no demand. Lead time is from a lot's first
photo to the day it was closed. A workshop stands still in a week in which nothing came of it, from its first
week on until it is closed.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from sqlalchemy import case, exists, func, select
from sqlalchemy.orm import Session

from ubora.models.intervals import wilson
from ubora.service.ledger.days.zones import days_of
from ubora.service.ledger.tables import DailyCount, Inspection, Lot, Microfactory, NetworkCount, PieceState
from ubora.service.numbers.escapes import escape_in
from ubora.service.numbers.groups import monday, read_groups, read_network
from ubora.service.numbers.window import Window
from ubora.service.scale.assumptions import Range, range_of_share
from ubora.service.statistics.shrinkage import fit

FEWEST_PIECES, FEWEST_LOOKED_AT, FEWEST_LOTS, FEWEST_WEEKS = 50, 30, 5, 10
"""Decided pieces, passed ones that were looked at, closed lots, weeks of workshops: with fewer a default says
as much."""


def of_ledger(session: Session, window: Window) -> dict[str, Range]:
    ranges: dict[str, Range] = {}
    counts = read_network(session, window)
    if counts["decided"] >= FEWEST_PIECES:
        passed = counts["first_passed"], counts["first_decided"]
        rejected = _rejected(session, window)
        ranges |= _share("n_first_pass", *passed) | _share("n_scrap", rejected, counts["decided"])
        ranges |= _spread(session, window)
    _, escapes = escape_in(session, window)
    if escapes.share is not None and escapes.looked_at >= FEWEST_LOOKED_AT:
        ranges["n_escapes"] = range_of_share("n_escapes", escapes.low, escapes.share, escapes.high)
    still, weeks = still_weeks(session, window)
    if weeks >= FEWEST_WEEKS:
        ranges |= _share("n_still", still, weeks)
    return ranges | _lead(lead_days(session, window))


def lead_days(session: Session, window: Window) -> list[float]:
    """Of lots that were closed in these days: from the first photo on."""
    begin, end = window.moments(session)
    first = (
        select(func.min(Inspection.received_at))
        .where(Inspection.microfactory == Lot.microfactory, Inspection.lot == Lot.id)
        .scalar_subquery()
    )
    lots = select(Lot.closed_at, first).where(Lot.closed_at >= begin, Lot.closed_at < end)
    rows = [(closed, at) for closed, at in session.execute(lots) if closed is not None and at is not None]
    return [max(0.0, (closed - at) / timedelta(days=1)) for closed, at in rows]


def still_weeks(session: Session, window: Window) -> tuple[int, int]:
    """Weeks of workshops in which nothing came, of all their weeks that lie in these days as a whole."""
    ours = DailyCount.microfactory == Microfactory.id
    begun = select(func.min(DailyCount.day)).where(ours).scalar_subquery()
    still = every = 0
    for week in _whole_weeks(window):
        last = week + timedelta(days=6)
        worked = exists().where(ours, DailyCount.day.between(week.isoformat(), last.isoformat()))
        # Closed in the course of a week it was there in that week.
        second_day = days_of(session).begin(week + timedelta(days=1))
        there = Microfactory.closed_at.is_(None) | (Microfactory.closed_at >= second_day)
        query = select(func.count(), func.sum(case((worked, 0), else_=1)))
        counted, stood = session.execute(query.where(begun <= last.isoformat(), there)).one()
        every, still = every + counted, still + int(stood or 0)
    return still, every


def _whole_weeks(window: Window) -> list[date]:
    """Their Mondays."""
    begin = monday(window.since + timedelta(days=6))
    weeks = []
    while begin + timedelta(days=6) <= window.until:
        weeks.append(begin)
        begin += timedelta(days=7)
    return weeks


def _rejected(session: Session, window: Window) -> int:
    days = select(NetworkCount.day).where(NetworkCount.day.between(*window.texts()))
    query = select(func.count()).where(PieceState.day.in_(days), PieceState.status == "rejected")
    return session.scalar(query) or 0


def _spread(session: Session, window: Window) -> dict[str, Range]:
    """How far workshops' true pass rates lie apart; nothing where counts do not tell it from chance."""
    groups = read_groups(session, "microfactory", window)
    group = fit([(one.counts["passed"], one.counts["decided"]) for one in groups])
    if not group.shrinks:
        return {}
    apart = float(np.sqrt(group.mean * (1 - group.mean) / (group.strength + 1)))
    return {"n_spread": Range(apart / 2, apart, min(0.5, 2 * apart), "ledger")}


def _share(name: str, found: int, of: int) -> dict[str, Range]:
    between = wilson(found, of)
    if between is None:
        return {}
    return {name: range_of_share(name, between[0], found / of, between[1])}


def _lead(days: Sequence[float]) -> dict[str, Range]:
    """The mean, with 95 %."""
    if len(days) < FEWEST_LOTS:
        return {}
    mean, error = float(np.mean(days)), float(np.std(days, ddof=1)) / len(days) ** 0.5
    return {"n_lead": Range(max(0.0, mean - 2 * error), mean, mean + 2 * error, "ledger")}
