"""What is watched, and its counts by week: the network, workshops, designs, classes of defect, releases.

    counts = read_weeks(session, "design", weeks)     # code → Weeks(passed, decided), a number a week

What counts as passed differs: of a class of defect it is the decided pieces without it, of a release's
retakes the pieces that were judged (against these and the photos that were to be taken again).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from ubora.service.ledger.tables import DailyCount, Design, FacetCount, Microfactory, NetworkCount
from ubora.service.numbers.groups import monday

Counted = Literal["network", "microfactory", "design", "defect", "retakes"]
"""Kinds that have counts by week."""
Kind = Literal["network", "microfactory", "design", "defect", "retakes", "scores", "misses"]
Rule = Literal["worsening", "beyond-worse", "beyond-better", "ewma-worse", "ewma-better", "scores", "misses"]
COUNTED: tuple[Counted, ...] = get_args(Counted)
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Weeks:
    passed: list[int]
    decided: list[int]


def last_week(today: date) -> date:
    """The Monday of the last week that is over."""
    return monday(today) - WEEK


def weeks_from(since: date, until: date) -> list[date]:
    """Mondays, both ends with them."""
    return [since + WEEK * at for at in range((until - since).days // 7 + 1)]


def read_weeks(session: Session, kind: Counted, weeks: Sequence[date]) -> dict[str, Weeks]:
    """Of every subject that counted anything in these weeks."""
    by_subject: dict[str, Weeks] = {}
    for at, week in enumerate(weeks):
        for name, passed, decided in _of_week(session, kind, week):
            one = by_subject.setdefault(name, Weeks([0] * len(weeks), [0] * len(weeks)))
            one.passed[at], one.decided[at] = passed, decided
    return by_subject


def first_weeks(session: Session, kind: Counted) -> dict[str, date]:
    """The Monday of the week in which each subject was first counted."""
    query: Any
    if kind == "network" or kind == "defect":
        # A class that was not found is a count of none: it is watched from the network's first week on.
        first = session.scalar(select(func.min(NetworkCount.day)))
        names = [""] if kind == "network" else _facets(session, "defect")
        return {name: monday(date.fromisoformat(first)) for name in names} if first else {}
    if kind == "microfactory":
        query = select(DailyCount.microfactory, func.min(DailyCount.day)).group_by(DailyCount.microfactory)
    else:
        facet = "design" if kind == "design" else "release"
        query = (
            select(FacetCount.name, func.min(FacetCount.day))
            .where(FacetCount.facet == facet)
            .group_by(FacetCount.name)
        )
    return {str(name): monday(date.fromisoformat(day)) for name, day in session.execute(query)}


def names_of(session: Session, kind: Kind, subjects: Iterable[str]) -> dict[str, str]:
    """What people call them; a code where there is no other name."""
    asked = sorted(set(subjects))
    table: Any = {"microfactory": Microfactory, "design": Design}.get(kind)
    names = dict(zip(asked, asked, strict=True))
    for start in range(0, len(asked) if table is not None else 0, 500):
        query: Select[Any] = select(table.id, table.name).where(table.id.in_(asked[start : start + 500]))
        names |= {str(code): str(name) for code, name in session.execute(query)}
    return names


def _of_week(session: Session, kind: Counted, week: date) -> list[tuple[str, int, int]]:
    """Name, passed, decided."""
    days = week.isoformat(), (week + timedelta(days=6)).isoformat()
    if kind == "network":
        query: Select[Any] = select(*_sums(NetworkCount)).where(NetworkCount.day.between(*days))
        return _rows((("", *row) for row in session.execute(query)), kind)
    if kind == "microfactory":
        query = select(DailyCount.microfactory, *_sums(DailyCount)).where(DailyCount.day.between(*days))
        return _rows(session.execute(query.group_by(DailyCount.microfactory)), kind)
    facet = {"design": "design", "defect": "defect", "retakes": "release"}[kind]
    query = (
        select(FacetCount.name, *_sums(FacetCount))
        .where(FacetCount.facet == facet, FacetCount.day.between(*days))
        .group_by(FacetCount.name)
    )
    rows = _rows(session.execute(query), kind)
    if kind != "defect":
        return rows
    all_ = _of_week(session, "network", week)
    decided = all_[0][2] if all_ else 0
    having = {name: found for name, _, found in rows}
    return [(name, decided - having.get(name, 0), decided) for name in _facets(session, "defect") if decided]


def _rows(rows: Iterable[Any], kind: Counted) -> list[tuple[str, int, int]]:
    counts = []
    for name, *sums in rows:
        passed, decided, pending, retakes = (int(one or 0) for one in sums)
        if kind == "retakes":
            passed, decided = decided + pending, decided + pending + retakes
        if decided:
            counts.append((str(name), passed, decided))
    return counts


def _sums(table: Any) -> list[Any]:
    return [func.sum(getattr(table, name)) for name in ("passed", "decided", "pending", "retakes")]


def _facets(session: Session, facet: str) -> list[str]:
    query = select(FacetCount.name).where(FacetCount.facet == facet).distinct().order_by(FacetCount.name)
    return list(session.scalars(query))
