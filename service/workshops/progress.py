"""How a workshop comes on, for itself: what it got better at, what it sees most, orders it finished.

GET /v1/microfactories/{id}/progress?window_days=60

The window is held against the one of as many days before it. Something is said to have become better only
where chance would seldom do as much: Fisher's one-sided exact test of what passed the first time and of each
class of defect, adjusted by Holm for how many were asked, below 0.05. Nobody else's pieces stand beside it.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ubora.models.intervals import wilson
from ubora.service.auth.access import Anyone, TheState
from ubora.service.http.errors import not_found, problems
from ubora.service.http.schemas import Code, Wire
from ubora.service.ledger.tables import Design, Inspection, Lot, Microfactory, PieceState
from ubora.service.statistics.rates import adjusted, chance_of_more
from ubora.service.workshops.confirmed import confirmed
from ubora.service.workshops.lots import SETTLED
from ubora.service.workshops.pass_rates import count_days

router = APIRouter(tags=["pass rates"])
LEAST = 20
"""Of fewer decided pieces in a window nothing is said of it."""
LIMIT = 0.05
FIRST_TIME = "first_time"
"""What passed or was accepted with its first photo, beside the classes of defect."""
Interval = Annotated[list[float], Field(min_length=2, max_length=2)]
"""Wilson, 95 %."""


class Part(Wire):
    """Pieces of a window."""

    found: int
    of: int
    interval: Interval | None


class Better(Wire):
    what: str
    """A class of defect that comes less, or `first_time`."""
    before: Part
    now: Part


class MostSeen(Wire):
    defect: str
    pieces: Part
    materials: list[str]
    """Of those pieces, by name, so that a tip is for what she works in."""


class Progress(Wire):
    microfactory: str
    window_days: int
    since: date
    until: date
    """First and last day of the window, inclusive."""
    least: int
    decided: int
    decided_before: int
    first_time: Part | None
    """Null where the window has fewer than `least`."""
    better: list[Better]
    """Empty where either window has fewer than `least`."""
    most: MostSeen | None
    """Null where the window has fewer than `least`, or nothing was confirmed."""
    orders_finished: int
    """Lots with as many settled pieces as were asked for, of all time."""


@dataclass(frozen=True)
class Window:
    """What is counted of some days."""

    of: int
    classes: Counter[str]
    materials: Mapping[str, frozenset[str]]
    first: tuple[int, int]
    """Passed the first time, of decided."""


@router.get("/v1/microfactories/{microfactory_id}/progress", responses=problems(401, 404, 422))
def get_progress(
    microfactory_id: Code,
    state: TheState,
    who: Anyone,
    window_days: Annotated[int, Query(ge=7, le=366)] = 60,
) -> Progress:
    until = state.ledger.today()
    since = until - timedelta(days=window_days - 1)
    with state.ledger.read() as session:
        if session.get(Microfactory, microfactory_id) is None or not who.may_see(microfactory_id):
            raise not_found(f"microfactory {microfactory_id}")
        now = _window(session, microfactory_id, window_days, until)
        before = _window(session, microfactory_id, window_days, since - timedelta(days=1))
        finished = _orders_finished(session, microfactory_id)
    enough = now.of >= LEAST
    return Progress(
        microfactory=microfactory_id,
        window_days=window_days,
        since=since,
        until=until,
        least=LEAST,
        decided=now.of,
        decided_before=before.of,
        first_time=_part(*now.first) if now.first[1] >= LEAST else None,
        better=better(before, now),
        most=_most(now) if enough else None,
        orders_finished=finished,
    )


def better(before: Window, now: Window) -> list[Better]:
    """What chance would seldom make so much better; nothing where a window is too small."""
    asked: list[tuple[str, Part, Part, float]] = []
    if min(before.of, now.of) >= LEAST:
        for name in sorted(before.classes.keys() | now.classes.keys()):
            then, since = before.classes[name], now.classes[name]
            chance = chance_of_more(then, before.of, since, now.of)
            asked.append((name, _part(then, before.of), _part(since, now.of), chance))
    if min(before.first[1], now.first[1]) >= LEAST:
        chance = chance_of_more(*now.first, *before.first)
        asked.append((FIRST_TIME, _part(*before.first), _part(*now.first), chance))
    told = zip(asked, adjusted([one[3] for one in asked]), strict=True)
    return [
        Better(what=what, before=then, now=since) for (what, then, since, _), chance in told if chance < LIMIT
    ]


def _window(session: Session, microfactory: str, days: int, until: date) -> Window:
    texts = (until - timedelta(days=days - 1)).isoformat(), until.isoformat()
    own = PieceState.microfactory == microfactory, PieceState.day.between(*texts)
    rows = session.execute(
        select(PieceState.piece_key, Design.material)
        .join(Design, Design.id == PieceState.design)
        .where(*own, PieceState.status != "pending")
    ).all()
    confirmed_classes = confirmed(session, Inspection.piece_key.in_(select(PieceState.piece_key).where(*own)))
    classes: Counter[str] = Counter()
    materials: dict[str, frozenset[str]] = {}
    for key, material in rows:
        for name in confirmed_classes.get(key, ()):
            classes[name] += 1
            materials[name] = materials.get(name, frozenset()) | {material}
    counts = count_days(session, microfactory, days, until)
    return Window(len(rows), classes, materials, (counts["first_passed"], counts["first_decided"]))


def _most(window: Window) -> MostSeen | None:
    if not window.classes:
        return None
    name, count = min(window.classes.items(), key=lambda one: (-one[1], one[0]))
    return MostSeen(defect=name, pieces=_part(count, window.of), materials=sorted(window.materials[name]))


def _orders_finished(session: Session, microfactory: str) -> int:
    settled = (
        select(Lot.id)
        .join(Inspection, (Inspection.microfactory == Lot.microfactory) & (Inspection.lot == Lot.id))
        .where(Lot.microfactory == microfactory, Inspection.status.in_(SETTLED))
        .group_by(Lot.id, Lot.pieces)
        .having(func.count(Inspection.piece_key.distinct()) >= Lot.pieces)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(settled)) or 0


def _part(found: int, of: int) -> Part:
    interval = wilson(found, of)
    return Part(found=found, of=of, interval=None if interval is None else list(interval))
