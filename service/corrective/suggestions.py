"""Where a corrective action might help: a defect that comes clearly more at a workshop than elsewhere.

GET /v1/corrective-suggestions

The rule: among the last 50 decided pieces of a workshop a person confirmed the class on 4 or more, and by
Fisher's one-sided exact test that is more than on the decided pieces of all other workshops in 90 days. Asked
are all workshops with all classes, so the chances are adjusted by Holm for that many questions; 0.05 is the
limit. Whoever has it followed already, or made fewer pieces since it was closed, is not asked again. The
test takes pieces as alike: another material or a hard design may be the reason. A person decides.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ubora.service.auth.access import Staff, TheState
from ubora.service.corrective.effect import share
from ubora.service.corrective.wire import Share
from ubora.service.http.errors import problems
from ubora.service.http.schemas import Wire
from ubora.service.ledger.tables import CorrectiveAction, Inspection, Microfactory, PieceState
from ubora.service.numbers.window import Window
from ubora.service.statistics.rates import adjusted, chance_of_more
from ubora.service.workshops.confirmed import confirmed

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
class Piece:
    """A decided piece; `number` is that of its inspection which counts."""

    number: int
    classes: frozenset[str]


@router.get("/v1/corrective-suggestions", responses=problems(401, 403, 422))
def get_corrective_suggestions(state: TheState, _who: Staff) -> Suggestions:
    today = state.ledger.clock().date()
    window = Window(today - timedelta(days=DAYS - 1), today)
    with state.ledger.read() as session:
        pieces = _decided(session, window)
        since = _followed_until(session)
        closed = session.scalars(select(Microfactory.id).where(Microfactory.closed_at.is_not(None))).all()
    asked, items = suggest(pieces, since, frozenset(closed))
    return Suggestions(rule=RULE, asked=asked, items=items)


def suggest(
    pieces: Mapping[str, Sequence[Piece]],
    since: Mapping[tuple[str, str], int | None],
    closed: frozenset[str] = frozenset(),
) -> tuple[int, list[Suggestion]]:
    """How many questions were asked, and what is suggested.

    Args:
        pieces: workshop → its decided pieces, the newest first.
        since: (workshop, class) → after which number pieces count; None: it is followed now.
        closed: workshops of which nothing is asked any more.
    """
    everywhere = {
        name: Counter(one for piece in made for one in piece.classes) for name, made in pieces.items()
    }
    together: Counter[str] = sum(everywhere.values(), Counter())
    of_all = sum(map(len, pieces.values()))
    suggestions: list[tuple[str, str, Share, Share]] = []
    for name in sorted(pieces.keys() - closed):
        for defect in sorted(everywhere[name]):
            after = since.get((name, defect), 0)
            if after is None:
                continue
            last = [piece for piece in pieces[name] if piece.number > after][:LAST]
            count = sum(defect in piece.classes for piece in last)
            if count >= LEAST:
                others = share(together[defect] - everywhere[name][defect], of_all - len(pieces[name]))
                suggestions.append((name, defect, share(count, len(last)), others))
    asked = len(pieces) * len(together)
    chances = [
        chance_of_more(here.found, here.of, there.found, there.of) for _, _, here, there in suggestions
    ]
    told = zip(suggestions, adjusted(chances, asked), strict=True)
    return asked, [
        Suggestion(microfactory=name, defect=defect, here=here, elsewhere=there, chance=chance)
        for (name, defect, here, there), chance in told
        if chance < LIMIT
    ]


def _decided(session: Session, window: Window) -> dict[str, list[Piece]]:
    """Workshop → its decided pieces of these days, the newest first."""
    rows = session.execute(
        select(PieceState.microfactory, PieceState.piece_key, Inspection.number)
        .join(Inspection, Inspection.id == PieceState.inspection)
        .where(PieceState.day.between(*window.texts()), PieceState.status != "pending")
        .order_by(Inspection.number.desc())
    ).all()
    of_days = select(PieceState.piece_key).where(PieceState.day.between(*window.texts()))
    classes = confirmed(session, Inspection.piece_key.in_(of_days))
    by_workshop: dict[str, list[Piece]] = defaultdict(list)
    for name, key, number in rows:
        by_workshop[name].append(Piece(number, classes.get(key, frozenset())))
    return dict(by_workshop)


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
