"""How far people agree with each other and with what is known, over HTTP.

GET /v1/agreement?window_days=90       an admin all, a reviewer her own

The window ends with yesterday: a figure that rose at once would tell which piece was a known one.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import combinations

from fastapi import APIRouter
from sqlalchemy.orm import Session

from ubora.service.agreement.figures import LEAST, Figures, classes_of, figures_of, figures_of_class
from ubora.service.agreement.overturned import Window
from ubora.service.agreement.readings import Reading, known_readings, people_of, second_readings
from ubora.service.auth.access import Reviewer, TheState
from ubora.service.auth.deciders import person_of
from ubora.service.http.errors import problems
from ubora.service.http.schemas import Wire
from ubora.service.ledger.days.zones import days_of

router = APIRouter(tags=["agreement"])


class Drift(Wire):
    """The window, and the one of as many days before it."""

    now: Figures
    before: Figures


class PersonAgreement(Wire):
    name: str
    mine: bool
    """She asks."""
    others: Drift
    """With everybody who read the same pieces."""
    known: Drift
    """With what is known of pieces."""


class PairAgreement(Wire):
    names: list[str]
    """Two."""
    figures: Figures


class ClassAgreement(Wire):
    defect: str
    figures: Figures
    """Of whether both named it; `ac2` is AC1 then."""


class Agreement(Wire):
    window_days: int
    since: date
    until: date
    """First and last day, inclusive; the last is yesterday."""
    least: int
    """Of fewer readings no figure is told."""
    people: list[PersonAgreement]
    """By name."""
    all: Figures | None
    """Of all second readings in the window; null for a reviewer, as are the next two empty."""
    pairs: list[PairAgreement]
    classes: list[ClassAgreement]


@router.get("/v1/agreement", responses=problems(401, 403, 422))
def get_agreement(state: TheState, who: Reviewer, window_days: Window = 90) -> Agreement:
    """Of pieces that a second person read without seeing the first's decision, and of known ones."""
    with state.ledger.read() as session:
        days = days_of(session)
        today = days.of(state.ledger.clock())
        since = today - timedelta(days=window_days)
        begin, end = days.begin(since), days.begin(today)
        me = person_of(session, who)
        seconds, known = _readings(session, days.begin(since - timedelta(days=window_days)), end)
    names = people_of([*seconds, *known])
    wanted = names if who.role == "admin" else {me: names.get(me, who.label)}
    now = [one for one in seconds if one.at >= begin]
    everything = who.role == "admin"
    return Agreement(
        window_days=window_days,
        since=since,
        until=today - timedelta(days=1),
        least=LEAST,
        people=[
            PersonAgreement(
                name=name,
                mine=person == me,
                others=_drift(_of(seconds, person), begin),
                known=_drift(_of(known, person), begin),
            )
            for person, name in sorted(wanted.items(), key=lambda one: (one[1].casefold(), one[0]))
        ],
        all=figures_of(now) if everything else None,
        pairs=_pairs(now, names) if everything else [],
        classes=[ClassAgreement(defect=name, figures=figures_of_class(now, name)) for name in classes_of(now)]
        if everything
        else [],
    )


def _readings(session: Session, begin: datetime, end: datetime) -> tuple[list[Reading], list[Reading]]:
    return second_readings(session, begin, end), known_readings(session, begin, end)


def _pairs(readings: Sequence[Reading], names: dict[str, str]) -> list[PairAgreement]:
    """Of two people who read the same pieces, whoever was the first; most pieces first."""
    pairs = []
    for one, other in combinations(sorted(names, key=lambda person: names[person].casefold()), 2):
        both = [reading for reading in readings if {reading.one.person, reading.other.person} == {one, other}]
        if both:
            pairs.append(PairAgreement(names=[names[one], names[other]], figures=figures_of(both)))
    return sorted(pairs, key=lambda pair: (-pair.figures.n, pair.names))


def _of(readings: Sequence[Reading], person: str) -> list[Reading]:
    return [reading for reading in readings if person in (reading.one.person, reading.other.person)]


def _drift(readings: Sequence[Reading], begin: datetime) -> Drift:
    return Drift(
        now=figures_of([one for one in readings if one.at >= begin]),
        before=figures_of([one for one in readings if one.at < begin]),
    )
