"""What waits for a person, kept up to date in the transaction that changes it.

    note_waiting(session, row)                            # after its status, appeals or photos changed
    let_go(session, Waiting.token == token)               # a session is over: what was held in it is free

`waiting` holds a row an inspection that waits, with its place in the order. A lot keeps its place for as long
as anything of it waits: a place never changes but by an appeal, which goes to the front.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from ubora.service.ledger.barred import barred_from, open_handovers
from ubora.service.ledger.clock import SKEW, is_within, next_number, now
from ubora.service.ledger.tables import (
    AuditDraw,
    Barred,
    Inspection,
    KnownDeal,
    LotLook,
    SecondDraw,
    Waiting,
    WaitingDefect,
)

KINDS = {
    "appeal": 1,
    "to_person": 2,
    "flagged": 4,
    "audit": 8,
    "seen_before": 16,
    "unsure": 32,
    "second": 64,
    "disagreed": 128,
    "lot": 256,
    "other_design": 512,
}
"""Why a piece waits: contested, sent as its photo did not come out, flagged, drawn, its photo seen before;
handed over by somebody who was not sure; drawn for a second person, or two said different things; every
piece of its lot is looked at; it is of another design than the one beside which it was judged."""
FIRST = KINDS["appeal"] | KINDS["to_person"]
"""Whoever asked for a person does not wait behind the machine's own questions."""


def note_waiting(session: Session, row: Inspection) -> None:
    """After anything of an inspection changed by which it waits, or it was added and flushed."""
    kinds = _kinds_of(session, row)
    if kinds and open_handovers(session, row):
        kinds |= KINDS["unsure"]
    known = session.get(Waiting, row.id)
    if known is not None and known.only is not None:
        if not kinds and any(photo.removed_at is None for photo in row.photos):
            return
        # What was dealt to somebody waits in earnest now, or there is nothing to look at any more.
        forget_waiting(session, [row.id])
        _revoke(session, row)
        known = None
    if not kinds and known is None:
        return
    change = next_number(session)
    if not kinds:
        # The change by which whoever shows the queue hears that it is gone.
        row.change = change
        forget_waiting(session, [row.id])
        return
    if known is None:
        session.add(_new(session, row, kinds, change))
        session.flush()
        _add_defects(session, row)
    else:
        known.kinds, known.place, known.change = kinds, _place(kinds), change
        known.design = row.design
        session.execute(delete(Barred).where(Barred.inspection == row.id))
    session.flush()
    session.add_all(Barred(inspection=row.id, person=person) for person in sorted(barred_from(session, row)))
    session.flush()


def deal(session: Session, row: Inspection, person: str, before: Waiting) -> Waiting:
    """A piece that does not wait is shown to a person as if it did, before one that does."""
    kinds = KINDS["audit" if row.verdict == "pass" else "flagged"] | (
        KINDS["seen_before"] if row.seen_before else 0
    )
    dealt = _new(session, row, kinds, next_number(session))
    dealt.only, dealt.place, dealt.lot_since = person, before.place, before.lot_since
    session.add(dealt)
    session.flush()
    _add_defects(session, row)
    session.flush()
    return dealt


def _add_defects(session: Session, row: Inspection) -> None:
    defects = {defect["defect"] for photo in row.photos for defect in photo.defects}
    session.add_all(WaitingDefect(inspection=row.id, defect=name) for name in sorted(defects))


def _revoke(session: Session, row: Inspection) -> None:
    session.execute(
        update(KnownDeal)
        .where(KnownDeal.inspection == row.id, KnownDeal.outcome == "open")
        .values(outcome="revoked", change=next_number(session))
    )


def forget_waiting(session: Session, inspections: list[str]) -> None:
    """They wait no longer; as many as a statement takes."""
    for table in (WaitingDefect, Barred, Waiting):
        gone = delete(table).where(table.inspection.in_(inspections))
        session.execute(gone, execution_options={"synchronize_session": "fetch"})


def let_go(session: Session, whose: ColumnElement[bool]) -> None:
    """What is held so is free again."""
    # The clock's row before those that wait, as everybody locks them.
    now(session)
    for row in session.scalars(select(Waiting).where(whose).with_for_update()):
        row.holder = row.held_by = row.token = row.held_since = None
        row.change = next_number(session)
    session.flush()


def is_held(row: Waiting, lease: timedelta, at: datetime) -> bool:
    """Whether somebody holds it; a lease that is over, or of a clock that was wrong, holds nothing."""
    return row.holder is not None and row.held_since is not None and is_within(row.held_since, lease, at)


def held(lease: timedelta, at: datetime) -> ColumnElement[bool]:
    """The same, for the database."""
    # Greater than nothing: an index finds those that are not null.
    return and_(Waiting.holder > "", Waiting.held_since > at - lease, Waiting.held_since <= at + SKEW)


def free_or_of(holder: str, lease: timedelta, at: datetime) -> ColumnElement[bool]:
    """What somebody may take: what she holds, and what nobody else does."""
    lapsed = or_(Waiting.held_since <= at - lease, Waiting.held_since > at + SKEW)
    return or_(Waiting.holder.is_(None), Waiting.holder == holder, lapsed)


def folded(text: str | None) -> str:
    """As a search compares it: capitals count for nothing."""
    return (text or "").casefold()


def _kinds_of(session: Session, row: Inspection) -> int:
    kinds = 0
    if any(appeal.outcome == "waiting" for appeal in row.appeals):
        kinds |= KINDS["to_person" if row.verdict == "retake" else "appeal"]
    if row.status == "pending":
        other = row.design_unknown or row.design != row.judged_as
        kinds |= KINDS["other_design"] if other else 0
        passed = other and row.verdict == "pass"
        kinds |= KINDS["flagged"] if row.verdict != "retake" and not passed else 0
    elif all(photo.removed_at is not None for photo in row.photos):
        # There is nothing left to look at.
        return kinds
    elif row.status != "passed":
        return kinds | _second_of(session, row)
    else:
        kinds |= KINDS["audit"] if session.get(AuditDraw, row.id) is not None else 0
        kinds |= KINDS["lot"] if session.get(LotLook, row.id) is not None else 0
    return kinds | (KINDS["seen_before"] if row.seen_before else 0)


def _second_of(session: Session, row: Inspection) -> int:
    """Of what was decided: whether a second or a third person is asked."""
    draw = session.get(SecondDraw, row.id) if row.reviews else None
    if draw is None or draw.outcome not in ("waiting", "differ"):
        return 0
    return KINDS["second" if draw.outcome == "waiting" else "disagreed"]


def is_of(kind: str) -> ColumnElement[bool]:
    """Whether that is among what a piece waits for, for the database."""
    return Waiting.kinds.bitwise_and(KINDS[kind]) != 0


def _new(session: Session, row: Inspection, kinds: int, change: int) -> Waiting:
    return Waiting(
        inspection=row.id,
        kinds=kinds,
        place=_place(kinds),
        lot_since=_lot_since(session, row),
        number=row.number,
        change=change,
        microfactory=row.microfactory,
        design=row.design,
        lot=row.lot,
        lot_sought=folded(row.lot),
        piece_sought=folded(row.piece),
        received_at=row.received_at,
        score=max((score for photo in row.photos for score in photo.scores.values()), default=0.0),
        design_in_doubt=row.design_in_doubt,
        variance_in_range=row.variance_in_range,
    )


def _place(kinds: int) -> int:
    return 0 if kinds & FIRST else 1


def _lot_since(session: Session, row: Inspection) -> int:
    if row.lot is None:
        return row.number
    of_lot = (Waiting.lot == row.lot, Waiting.microfactory == row.microfactory, Waiting.only.is_(None))
    since = session.scalar(select(func.min(Waiting.lot_since)).where(*of_lot))
    return row.number if since is None else since
