"""Somebody says of which design a piece is: it moves with all of its inspections, and waits for a decision.

    created = say_design(state, inspection_id, said_id, body, who)

A second person who sees nothing of what was said may say so too: then it is no blind second reading any more.
To whom a known piece was dealt, hers is kept apart, and she is answered as if it counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.service.auth.access import Principal
from ubora.service.auth.deciders import person_of
from ubora.service.designs.standing import leave_unfit, locked_design
from ubora.service.http.errors import Problem, not_found
from ubora.service.http.observe import log_event
from ubora.service.inference.seen_before import rename_seen
from ubora.service.inspections.veils import answers_for
from ubora.service.ledger.clock import next_number, now
from ubora.service.ledger.pieces import move_piece
from ubora.service.ledger.tables import Design, DesignSaid, Inspection, Waiting
from ubora.service.ledger.waiting import note_waiting
from ubora.service.reviews.checks import check_appeal, check_rank, check_review
from ubora.service.reviews.dealing import as_she_sees, dealt_to_her
from ubora.service.reviews.holds import check_not_held, holder_of
from ubora.service.reviews.second import asked_of, void_second
from ubora.service.state import AppState
from ubora.service.wrong_design.wire import DesignOfPiece


@dataclass(frozen=True)
class _Said:
    """What is said of a piece, once it is known to fit."""

    id: str
    design: str
    unknown: bool
    reason: str
    who: Principal


def say_design(
    state: AppState, inspection_id: str, said_id: str, body: DesignOfPiece, who: Principal
) -> bool:
    """One transaction: what was said, the piece's design, its counts, and that it waits.

    Returns:
        whether it was new.

    Raises:
        Problem: 404 no such inspection, 409 the UUID holds something else, the design, a review or an appeal
            is another than she saw, it was decided in hand, or somebody else holds the piece, 422 no such
            design.
    """
    with state.ledger.write() as session:
        rows = _of_piece(session, inspection_id)
        row = next(one for one in rows if one.id == inspection_id)
        said = _Said(said_id, body.design or row.sent_as, body.design is None, body.reason.strip(), who)
        if _is_repeat(session, said, row):
            return False
        if session.get(Design, said.design) is None:
            raise Problem(422, "design", "No such design", f"design: no such design {said.design!r}")
        _check_seen(session, row, said, body)
        dealt = dealt_to_her(session, who, row)
        if asked_of(session, row, who) is not None:
            _check_claimed(session, row, who)
        else:
            check_review(as_she_sees(session, who, row)[1], body.after)
            check_appeal(row, body.appeal)
        check_not_held(session, state, row.id, who, anyway=body.anyway)
        if dealt is not None:
            shown = answers_for(session, who, [row])[0]
            _add(session, row, said, "known", (shown.design, shown.design_unknown), None)
        else:
            _move(session, rows, row, said)
    log_event("design-said", id=said_id, inspection=inspection_id, design=body.design)
    return True


def _of_piece(session: Session, inspection_id: str) -> Sequence[Inspection]:
    """All inspections of the same piece, locked in the order of their ids."""
    key = session.scalar(select(Inspection.piece_key).where(Inspection.id == inspection_id))
    if key is None:
        raise not_found("inspection")
    same = select(Inspection).where(Inspection.piece_key == key).order_by(Inspection.id)
    return session.scalars(same.with_for_update()).all()


def _is_repeat(session: Session, said: _Said, row: Inspection) -> bool:
    """Raises Problem: 409, the UUID holds something else."""
    stored = session.scalar(select(DesignSaid).where(DesignSaid.id == said.id))
    if stored is None:
        return False
    same = (stored.inspection, stored.design, stored.unknown, stored.reason, stored.token)
    if same != (row.id, said.design, said.unknown, said.reason, said.who.token):
        detail = "this UUID holds another word on a design; a new one needs a new UUID"
        raise Problem(409, "conflict", "Said already", detail)
    return True


def _check_seen(session: Session, row: Inspection, said: _Said, body: DesignOfPiece) -> None:
    """Nobody replaces what somebody else said of the design meanwhile."""
    shown = answers_for(session, said.who, [row])[0]
    now_it_is = None if shown.design_unknown else shown.design
    if body.seen != now_it_is:
        detail = f"it is {now_it_is or 'of no known design'} now; to say otherwise, name that in `seen`"
        members = {"design": now_it_is}
        raise Problem(409, "design-unseen", "Its design is another now", detail, members=members)
    if body.design == now_it_is:
        detail = f"it is {now_it_is or 'of no known design'} already; expected another"
        raise Problem(409, "same-design", "Nothing to change", detail)


def _check_claimed(session: Session, row: Inspection, who: Principal) -> None:
    """Who has not opened it has not looked at it either."""
    waiting = session.get_one(Waiting, row.id)
    if waiting.holder != holder_of(who):
        raise Problem(409, "claim-first", "Claim it first", "it waits for a second person: claim it first")


def _move(session: Session, rows: Sequence[Inspection], row: Inspection, said: _Said) -> None:
    was = (row.design, row.design_unknown)
    designs = [locked_design(session, name) for name in sorted({row.design, said.design})]
    change = next_number(session)
    # Once more: a photo of it may have come before it was this writer's turn.
    rows = _of_piece(session, row.id)
    judged = [one for one in rows if one.status != "retake"]
    counting = max(judged, key=lambda one: one.number, default=None)
    if counting is not None:
        check_rank(counting.reviews[-1] if counting.reviews else None, None)
    _add(session, row, said, "moved", was, counting)
    if counting is not None:
        _wait(session, counting, said)
    void_second(session, row)
    for one in rows:
        one.changed_at, one.change = max(now(session), one.changed_at), change
        change = next_number(session)
    move_piece(session, rows, said.design, unknown=said.unknown)
    for one in rows:
        note_waiting(session, one)
    rename_seen(session, {one.id for one in rows}, said.design)
    for design in designs:
        assert design is not None
        leave_unfit(session, said.who, design, row.piece_key)


def _wait(session: Session, row: Inspection, said: _Said) -> None:
    """It is to be decided beside the right samples; or it is again as it was before anybody moved it."""
    back = _status_before(session, row, (said.design, said.unknown))
    if back is not None:
        row.status = back
    elif row.status != "pending":
        row.status = "pending"
        void_second(session, row)


def _status_before(session: Session, row: Inspection, design: tuple[str, bool]) -> str | None:
    """What it was when it was of that design last; None where somebody decided or contested it since."""
    if row.status != "pending" or any(appeal.outcome == "waiting" for appeal in row.appeals):
        return None
    moves = select(DesignSaid).where(DesignSaid.waits == row.id, DesignSaid.kind == "moved")
    status = None
    for one in session.scalars(moves.order_by(DesignSaid.number.desc())):
        if one.after != _last_review(row):
            break
        if (one.was, one.was_unknown) == design:
            status = one.status_was
    return status


def _add(
    session: Session,
    row: Inspection,
    said: _Said,
    kind: str,
    was: tuple[str, bool],
    counting: Inspection | None,
) -> None:
    event = DesignSaid(
        id=said.id,
        inspection=row.id,
        kind=kind,
        design=said.design,
        unknown=said.unknown,
        was=was[0],
        was_unknown=was[1],
        waits=None if counting is None else counting.id,
        status_was=None if counting is None else counting.status,
        after=None if counting is None else _last_review(counting),
        reason=said.reason,
        reviewer=said.who.label,
        person=person_of(session, said.who),
        token=said.who.token,
        at=max(now(session), row.changed_at),
    )
    session.add(event)
    session.flush()


def _last_review(row: Inspection) -> str | None:
    return row.reviews[-1].id if row.reviews else None
