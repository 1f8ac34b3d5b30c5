"""Where a corrective action might help: a defect that comes clearly more at a workshop than elsewhere.

GET /v1/corrective-suggestions

The rule: among the last 50 decided pieces of a workshop a person confirmed the class on 4 or more, and by
Fisher's one-sided exact test that is more than on the decided pieces of all other workshops in 90 days. Asked
are all workshops with all classes, so the chances are adjusted by Holm for that many questions; 0.05 is the
limit. Whoever has it followed already, or made fewer pieces since it was closed, is not asked again. The
test takes pieces as alike: another material or a hard design may be the reason. A person decides.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter
from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from ubora.service.auth.access import Staff, TheState
from ubora.service.corrective.effect import share
from ubora.service.corrective.wire import Share
from ubora.service.http.errors import problems
from ubora.service.http.schemas import Wire
from ubora.service.ledger.counted import BY_PEOPLE, DECIDED
from ubora.service.ledger.tables import (
    CorrectiveAction,
    FacetCount,
    Inspection,
    Microfactory,
    PieceDefect,
    PieceState,
    Review,
)
from ubora.service.numbers.groups import read_groups
from ubora.service.numbers.window import Window
from ubora.service.statistics.rates import adjusted, chance_of_more
from ubora.service.workshops.confirmed import SOME, confirmed

router = APIRouter(tags=["corrective actions"])
LAST, LEAST, DAYS, LIMIT = 50, 4, 90, 0.05
RULE = (
    f"confirmed by people on {LEAST} or more of the last {LAST} decided pieces of the workshop, and more "
    f"than on those of all others in {DAYS} days: Fisher's exact test, one-sided, adjusted by Holm for all "
    f"workshops with all classes, below {LIMIT}"
)


class Suggestion(Wire):
    microfactory: str
    defect: str
    here: Share
    """Among its last decided pieces."""
    elsewhere: Share
    """Among those of all other workshops together."""
    chance: float
    """Adjusted: that chance alone makes as much of it."""


class Suggestions(Wire):
    rule: str
    asked: int
    """Workshops × classes."""
    items: list[Suggestion]
    """By code and class: the order says nothing about them."""


@dataclass(frozen=True)
class Made:
    """Decided pieces of a workshop. Numbers are those of the inspections that count of them."""

    decided: int
    last: Sequence[int]
    """The last ones, LAST at most, the newest first; may be left out where no class has LEAST of them."""
    confirmed: Mapping[str, Sequence[int]]
    """Class → the pieces on which a person confirmed it."""


@router.get("/v1/corrective-suggestions", responses=problems(401, 403, 422))
def get_corrective_suggestions(state: TheState, _who: Staff) -> Suggestions:
    today = state.ledger.today()
    window = Window(today - timedelta(days=DAYS - 1), today)
    with state.ledger.read() as session:
        made = _made(session, window)
        since = _followed_until(session)
        closed = session.scalars(select(Microfactory.id).where(Microfactory.closed_at.is_not(None))).all()
    asked, items = suggest(made, since, frozenset(closed))
    return Suggestions(rule=RULE, asked=asked, items=items)


def suggest(
    made: Mapping[str, Made],
    since: Mapping[tuple[str, str], int | None],
    closed: frozenset[str] = frozenset(),
) -> tuple[int, list[Suggestion]]:
    """How many questions were asked, and what is suggested.

    Args:
        made: by workshop.
        since: (workshop, class) → after which number pieces count; None: it is followed now.
        closed: workshops of which nothing is asked any more.
    """
    together: Counter[str] = Counter()
    for one in made.values():
        together.update({defect: len(numbers) for defect, numbers in one.confirmed.items()})
    of_all = sum(one.decided for one in made.values())
    suggestions: list[tuple[str, str, Share, Share]] = []
    for name in sorted(made.keys() - closed):
        own = made[name]
        for defect, numbers in sorted(own.confirmed.items()):
            after = since.get((name, defect), 0)
            if after is None:
                continue
            last = {number for number in own.last if number > after}
            count = len(last.intersection(numbers))
            if count >= LEAST:
                others = share(together[defect] - len(numbers), of_all - own.decided)
                suggestions.append((name, defect, share(count, len(last)), others))
    asked = len(made) * len(together)
    chances = [
        chance_of_more(here.found, here.of, there.found, there.of) for _, _, here, there in suggestions
    ]
    told = zip(suggestions, adjusted(chances, asked), strict=True)
    return asked, [
        Suggestion(microfactory=name, defect=defect, here=here, elsewhere=there, chance=chance)
        for (name, defect, here, there), chance in told
        if chance < LIMIT
    ]


def _made(session: Session, window: Window) -> dict[str, Made]:
    """Of workshops that had a piece decided in these days."""
    counts = {one.name: one.counts["decided"] for one in read_groups(session, "microfactory", window)}
    classes: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for microfactory, number, names in _confirmed(session, window):
        for name in names:
            classes[microfactory][name].append(number)
    first = _first_of_last(session, window)
    made = {}
    for microfactory, decided in counts.items():
        if not decided:
            continue
        own = classes.get(microfactory, {})
        since = first.get(microfactory) or 0
        may_be = any(sum(number >= since for number in numbers) >= LEAST for numbers in own.values())
        last = _last(session, window, microfactory) if may_be else ()
        made[microfactory] = Made(decided, last, own)
    return made


def _confirmed(session: Session, window: Window) -> Iterator[tuple[str, int, frozenset[str]]]:
    """Workshop, number and classes of each decided piece on which people confirmed any in these days."""
    classes: dict[tuple[str, int], frozenset[str]] = {}
    for microfactory, number, names in (*_as_they_count(session, window), *_of_others(session, window)):
        classes[microfactory, number] = classes.get((microfactory, number), frozenset()) | names
    for (microfactory, number), names in classes.items():
        yield microfactory, number, names


def _as_they_count(session: Session, window: Window) -> Iterator[tuple[str, int, frozenset[str]]]:
    """By the photo that counts of a piece, a class at a time: what is on it is kept."""
    classes = select(FacetCount.name).where(FacetCount.facet == "defect").distinct()
    query = (
        select(PieceState.microfactory, PieceState.number, PieceDefect.defect)
        .join(PieceDefect, PieceDefect.piece_key == PieceState.piece_key)
        .where(
            PieceDefect.defect.in_(session.scalars(classes).all()),
            PieceDefect.day.between(*window.texts()),
            PieceState.status.in_(BY_PEOPLE),
        )
    )
    for microfactory, number, name in session.execute(query):
        yield microfactory, number, frozenset((name,))


def _of_others(session: Session, window: Window) -> Iterator[tuple[str, int, frozenset[str]]]:
    """By earlier photos of a piece, as of one that was mended since."""
    begin, _ = window.moments(session)
    at = Inspection.received_at
    number = session.scalar(
        select(Inspection.number).where(at >= begin).order_by(at, Inspection.number).limit(1)
    )
    if number is None:
        return
    # Of what was accepted only what somebody corrected can have a class.
    said = aliased(Review)
    corrected = exists().where(said.inspection == Inspection.id, said.defects.is_not(None))
    wanted = Inspection.number >= number, or_(Inspection.status.in_(("rework", "rejected")), corrected)
    counts = exists().where(PieceState.inspection == Inspection.id)
    classes = confirmed(session, *wanted, ~counts)
    keys = list(classes)
    for start in range(0, len(keys), SOME):
        pieces = select(PieceState).where(
            PieceState.piece_key.in_(keys[start : start + SOME]),
            PieceState.day.between(*window.texts()),
            PieceState.status.in_(DECIDED),
        )
        for piece in session.scalars(pieces):
            yield piece.microfactory, piece.number, classes[piece.piece_key]


def _first_of_last(session: Session, window: Window) -> dict[str, int | None]:
    """Workshop → number of the first of its last pieces; None where it has fewer."""
    own = PieceState.microfactory == Microfactory.id
    number = _newest(window, own).offset(LAST - 1).limit(1).scalar_subquery()
    return {row[0]: row[1] for row in session.execute(select(Microfactory.id, number))}


def _last(session: Session, window: Window, microfactory: str) -> Sequence[int]:
    return session.scalars(_newest(window, PieceState.microfactory == microfactory).limit(LAST)).all()


def _newest(window: Window, own: ColumnElement[bool]) -> Select[int]:
    """Numbers of decided pieces of these days."""
    decided = PieceState.day.between(*window.texts()), PieceState.status.in_(DECIDED)
    return (
        select(PieceState.number)
        .where(own, *decided)
        .order_by(PieceState.day.desc(), PieceState.number.desc())
    )


def _followed_until(session: Session) -> dict[tuple[str, str], int | None]:
    open_ones = select(CorrectiveAction.microfactory, CorrectiveAction.defect).where(
        CorrectiveAction.state != "closed"
    )
    ended = select(
        CorrectiveAction.microfactory, CorrectiveAction.defect, func.max(CorrectiveAction.change)
    ).group_by(CorrectiveAction.microfactory, CorrectiveAction.defect)
    until: dict[tuple[str, str], int | None] = {(row[0], row[1]): row[2] for row in session.execute(ended)}
    until.update({(row[0], row[1]): None for row in session.execute(open_ones)})
    return until
