"""Counts of some days, grouped: by workshop, design, material, release, reviewer, class of defect, or week.

    for group in read_groups(session, "design", window): group.name, group.label, group.counts["decided"]

They come from the kept counts, one row a group and day, however many inspections there are.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ubora.service.ledger.counted import COLUMNS
from ubora.service.ledger.tables import DailyCount, Design, FacetCount, Microfactory, NetworkCount
from ubora.service.numbers.window import Window

By = Literal["microfactory", "design", "material", "release", "reviewer", "defect", "week"]


@dataclass(frozen=True)
class Group:
    name: str
    """A code, or what somebody is called; of a week its Monday."""
    label: str
    """For people."""
    counts: dict[str, int]
    """Of `counted.COLUMNS`."""


def read_groups(session: Session, by: By, window: Window) -> list[Group]:
    """By name, which says nothing about them; those that have counted nothing in these days are left out."""
    if by == "week":
        return _weeks(session, window)
    if by == "microfactory":
        labels = _labels(session.execute(select(Microfactory.id, Microfactory.name)).all())
        sums = _sums_of_workshops(session, window)
    elif by == "material":
        materials = _labels(session.execute(select(Design.id, Design.material)).all())
        labels, sums = {}, {}
        for design, counts in _sums_of_facet(session, "design", window).items():
            material = materials.get(design, "")
            sums[material] = add(sums.get(material, NOTHING), counts)
    else:
        labels = {}
        if by == "design":
            labels = _labels(session.execute(select(Design.id, Design.name)).all())
        sums = _sums_of_facet(session, by, window)
    groups = [Group(name, labels.get(name, name), counts) for name, counts in sorted(sums.items())]
    return [group for group in groups if any(group.counts.values())]


def read_network(session: Session, window: Window) -> dict[str, int]:
    """The whole network's counts."""
    sums = (func.coalesce(func.sum(getattr(NetworkCount, name)), 0) for name in COLUMNS)
    row = session.execute(select(*sums).where(NetworkCount.day.between(*window.texts()))).one()
    return dict(zip(COLUMNS, map(int, row), strict=True))


def read_days(session: Session, microfactory: str | None, window: Window) -> dict[date, dict[str, int]]:
    """Day → counts of a workshop, or of the network; days without any are left out."""
    rows: list[DailyCount] | list[NetworkCount]
    if microfactory is None:
        network = select(NetworkCount).where(NetworkCount.day.between(*window.texts()))
        rows = list(session.scalars(network))
    else:
        own = select(DailyCount).where(DailyCount.microfactory == microfactory)
        rows = list(session.scalars(own.where(DailyCount.day.between(*window.texts()))))
    return {date.fromisoformat(row.day): {name: getattr(row, name) for name in COLUMNS} for row in rows}


def monday(day: date) -> date:
    """Of the day's week."""
    return day - timedelta(days=day.weekday())


NOTHING = dict.fromkeys(COLUMNS, 0)


def add(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {name: one[name] + other[name] for name in COLUMNS}


def total(groups: Iterable[dict[str, int]]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for counts in groups:
        sums.update(counts)
    return {name: sums[name] for name in COLUMNS}


def _weeks(session: Session, window: Window) -> list[Group]:
    weeks: dict[date, dict[str, int]] = {}
    for day, counts in read_days(session, None, window).items():
        weeks[monday(day)] = add(weeks.get(monday(day), NOTHING), counts)
    return [Group(day.isoformat(), day.isoformat(), counts) for day, counts in sorted(weeks.items())]


def _sums_of_workshops(session: Session, window: Window) -> dict[str, dict[str, int]]:
    sums = (func.sum(getattr(DailyCount, name)) for name in COLUMNS)
    query = select(DailyCount.microfactory, *sums).where(DailyCount.day.between(*window.texts()))
    return _by_name(session.execute(query.group_by(DailyCount.microfactory)).all())


def _sums_of_facet(session: Session, facet: str, window: Window) -> dict[str, dict[str, int]]:
    sums = (func.sum(getattr(FacetCount, name)) for name in COLUMNS)
    query = select(FacetCount.name, *sums).where(
        FacetCount.facet == facet, FacetCount.day.between(*window.texts())
    )
    return _by_name(session.execute(query.group_by(FacetCount.name)).all())


def _by_name(rows: Iterable[Any]) -> dict[str, dict[str, int]]:
    # PostgreSQL sums integers to a decimal.
    return {str(row[0]): dict(zip(COLUMNS, map(int, row[1:]), strict=True)) for row in rows}


def _labels(rows: Iterable[Any]) -> dict[str, str]:
    return dict(list(rows))
