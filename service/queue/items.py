"""What waits as it is shown to whoever asks: held by whom, handed over by whom, and what two said of it.

items = items_of(state, found, who)
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from ubora.service.auth.access import Principal
from ubora.service.inspections.said import StoredReview
from ubora.service.inspections.veils import answers_for
from ubora.service.inspections.wire import InspectionAnswer
from ubora.service.ledger.barred import open_handovers
from ubora.service.ledger.tables import Inspection, Waiting
from ubora.service.ledger.waiting import KINDS, is_held
from ubora.service.queue.wire import SMALL_PHOTO, Held, QueueItem, kinds_of
from ubora.service.reviews.handovers import HandedOver, handed_over
from ubora.service.reviews.holds import holder_of, lease_of
from ubora.service.reviews.second import second_answer
from ubora.service.state import AppState


def items_of(state: AppState, found: Sequence[tuple[Waiting, Inspection]], who: Principal) -> list[QueueItem]:
    with state.ledger.read() as session:
        answers = answers_for(session, who, [row for _, row in found])
        return [
            _item(state, session, waiting, row, answer, who)
            for (waiting, row), answer in zip(found, answers, strict=True)
        ]


def _item(
    state: AppState,
    session: Session,
    waiting: Waiting,
    row: Inspection,
    answer: InspectionAnswer,
    who: Principal,
) -> QueueItem:
    kept = bool(row.photos) and row.photos[0].removed_at is None
    return QueueItem(
        kinds=kinds_of(waiting.kinds),
        score=None if answer.veiled else waiting.score,
        thumb_url=f"/v1/inspections/{row.id}/{SMALL_PHOTO}" if kept else None,
        held=_held(state, waiting, who),
        handed=_handed(session, waiting, row) if not answer.veiled else [],
        second=_second(session, waiting, row),
        change=waiting.change,
        inspection=answer,
    )


def _held(state: AppState, waiting: Waiting, who: Principal) -> Held | None:
    lease = lease_of(state)
    # By the wall clock, as a lease ends.
    if waiting.held_since is None or not is_held(waiting, lease, state.ledger.clock()):
        return None
    mine = waiting.holder == holder_of(who)
    return Held(by=waiting.held_by or "", mine=mine, until=waiting.held_since + lease)


def _handed(session: Session, waiting: Waiting, row: Inspection) -> list[HandedOver]:
    if not waiting.kinds & KINDS["unsure"]:
        return []
    return [handed_over(one) for one in open_handovers(session, row)]


def _second(session: Session, waiting: Waiting, row: Inspection) -> StoredReview | None:
    return second_answer(session, row) if waiting.kinds & KINDS["disagreed"] else None
