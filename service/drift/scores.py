"""Drift of scores: a release's scores of a week against those of its first weeks, by class and all together.

distance   the largest difference of both shares below a score (Kolmogorov–Smirnov), 0–1
index      the population stability index
q          after Benjamini and Hochberg over all classes and weeks shown
drifted    q is 1 % at most and the distance 10 points at least: with many photos any difference has a small q

Of each workshop and design the first photo of a week is taken, so that no workshop's many photos stand for
all; what is left alike in them makes q too small, and is why a distance is asked for, too. Scores may move
because pieces, phones or light did: it says that something changed, not that the release is wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ubora.service.ledger.days.zones import days_of
from ubora.service.ledger.tables import FacetCount, Inspection, Photo
from ubora.service.numbers.groups import monday
from ubora.service.statistics.watching.two_samples import (
    benjamini_hochberg,
    kolmogorov_smirnov,
    stability_index,
)

REFERENCE_WEEKS = 4
FEWEST = 50
"""Photos of a week, and of the reference: below it nothing is said."""
MOST = 1_000
"""Photos of a week that are taken, the first ones. Of so many a distance of FAR is SURE also where it is the
only one of 400 that are asked."""
FAR, SURE = 0.1, 0.01
HIGHEST = "highest"
"""Beside the classes: the highest score of a photo."""
SIZES = (8_000, 32_000, 2**31)
"""So many of a week's inspections are looked through for those."""
_SOME = 500
_of_release = FacetCount.facet == "release"
Scores = dict[str, list[float]]
"""Class, or HIGHEST → the scores of a week's photos."""


@dataclass(frozen=True)
class Drift:
    """One class in one week."""

    week: date
    what: str
    photos: int
    distance: float | None
    """None where either has too few photos."""
    index: float | None
    p: float | None
    q: float | None

    @property
    def drifted(self) -> bool:
        return self.q is not None and self.q <= SURE and self.distance is not None and self.distance >= FAR


@dataclass(frozen=True)
class ReleaseDrift:
    release: str
    since: date
    """Of the reference, a Monday."""
    until: date
    """Its last Monday."""
    photos: int
    items: list[Drift]
    """By week, and within it the highest score first."""


def first_week(session: Session, release: str) -> date | None:
    """The Monday of the week in which it judged first; None where it never did."""
    # From the counts by day: inspections have no index by release.
    query = select(func.min(FacetCount.day)).where(_of_release, FacetCount.name == release)
    day = session.scalar(query)
    return monday(date.fromisoformat(day)) if day is not None else None


def releases_since(session: Session, since: date) -> list[str]:
    """Those that judged anything then or later, by name."""
    query = select(FacetCount.name).where(_of_release, FacetCount.day >= since.isoformat()).distinct()
    return sorted(session.scalars(query))


def read_drift(session: Session, release: str, weeks: Sequence[date]) -> ReleaseDrift | None:
    """None where the release judged nothing.

    Args:
        weeks: Mondays; those of its reference, and before it, are left out.
    """
    first = first_week(session, release)
    if first is None:
        return None
    last = first + timedelta(weeks=REFERENCE_WEEKS - 1)
    reference: Scores = {}
    for at in range(REFERENCE_WEEKS):
        for name, scores in read_scores(session, release, first + timedelta(weeks=at)).items():
            reference.setdefault(name, []).extend(scores)
    compared = [
        _compare(week, name, reference.get(name, []), scores)
        for week in weeks
        if week > last
        for name, scores in _in_order(read_scores(session, release, week))
    ]
    asked = [one for one in compared if one.p is not None]
    q = dict(
        zip(map(id, asked), benjamini_hochberg([one.p for one in asked if one.p is not None]), strict=True)
    )
    items = [Drift(**{**one.__dict__, "q": q.get(id(one))}) for one in compared]
    return ReleaseDrift(release, first, last, len(reference.get(HIGHEST, [])), items)


def read_scores(session: Session, release: str, week: date) -> Scores:
    """Of the first photo of each workshop and design."""
    numbers = _first_ones(session, release, week)
    found: Scores = {}
    for start in range(0, len(numbers), _SOME):
        query = (
            select(Photo.scores)
            .join(Inspection, Inspection.id == Photo.inspection)
            .where(Inspection.number.in_(numbers[start : start + _SOME]), Photo.index == 0)
        )
        for scores in session.scalars(query):
            for name, score in scores.items():
                found.setdefault(name, []).append(score)
            if scores:
                found.setdefault(HIGHEST, []).append(max(scores.values()))
    return found


def _first_ones(session: Session, release: str, week: date) -> Sequence[int]:
    """Numbers of the first inspection of each workshop and design, MOST at most."""
    begin, end = days_of(session).moments(week, week + timedelta(days=6))
    of_week = (
        select(Inspection.number, Inspection.microfactory, Inspection.design)
        .where(
            Inspection.release == release,
            Inspection.received_at >= begin,
            Inspection.received_at < end,
        )
        .order_by(Inspection.received_at, Inspection.number)
    )
    found: Sequence[int] = ()
    # Of a week of very many the first thousands nearly always have enough of them.
    for size in SIZES:
        some = of_week.limit(size).subquery()
        number = func.min(some.c.number)
        query = select(number).group_by(some.c.microfactory, some.c.design).order_by(number).limit(MOST)
        found = session.scalars(query).all()
        if len(found) == MOST or session.execute(of_week.offset(size).limit(1)).first() is None:
            break
    return found


def _compare(week: date, what: str, reference: list[float], now: list[float]) -> Drift:
    if min(len(reference), len(now)) < FEWEST:
        return Drift(week, what, len(now), None, None, None, None)
    far = kolmogorov_smirnov(reference, now)
    return Drift(week, what, len(now), far.distance, stability_index(reference, now), far.p, None)


def _in_order(scores: Scores) -> list[tuple[str, list[float]]]:
    return sorted(scores.items(), key=lambda one: (one[0] != HIGHEST, one[0]))
