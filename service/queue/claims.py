"""Whoever decides a piece holds it for some minutes, so that nobody else opens it meanwhile.

rows = claim_next(state, asked, who)      # the next ones that are free; what else she held is given back
row = claim_one(state, inspection, who)   # a certain one, or hers for as long once more

A lease is a courtesy, and what was seen (`reviews`) the last word: a lease that is over is taken by whoever
comes, a review by anybody ends it, and who was slow is told when she decides. It stands in the row of what
waits, which a writer locks: of two who claim at once, each gets another piece.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from ubora.service.auth.access import Principal
from ubora.service.auth.deciders import person_of
from ubora.service.http.errors import not_found
from ubora.service.ledger.clock import next_number, now, wall
from ubora.service.ledger.tables import Inspection, Waiting
from ubora.service.ledger.waiting import free_or_of, is_held, let_go
from ubora.service.queue.choosing import ORDER, inspections_of, matching
from ubora.service.queue.sight import hidden_of, visible_to
from ubora.service.queue.wire import ClaimAsked
from ubora.service.reviews.checks import not_waiting
from ubora.service.reviews.dealing import as_she_sees, deal_before
from ubora.service.reviews.holds import held_by_another, holder_of, lease_of
from ubora.service.reviews.judges import judge_of, open_to
from ubora.service.state import AppState

MOST_HELD = 6
"""By one person; she who opens more gives back the one that she holds longest."""
Claimed = list[tuple[Waiting, Inspection]]


def claim_next(state: AppState, asked: ClaimAsked, who: Principal) -> Claimed:
    """The first pieces that nobody else holds, held by her now; else she holds nothing any more."""
    with state.ledger.write() as session:
        # The clock's row before those that wait, as everybody locks them.
        now(session)
        mine = holder_of(who)
        wanted = [
            *matching(asked, wall(session)),
            *visible_to(session, who, asked),
            open_to(session, person_of(session, who)),
        ]
        skipped = [str(one) for one in asked.skip]
        rows = session.scalars(
            select(Waiting)
            .where(
                free_or_of(mine, lease_of(state), wall(session)),
                Waiting.inspection.not_in(skipped),
                *wanted,
            )
            .order_by(*ORDER)
            .limit(asked.count)
            .with_for_update(skip_locked=True)
        ).all()
        rows = _with_known(session, state, who, rows, [*wanted, Waiting.inspection.not_in(skipped)])
        rows = rows[: asked.count]
        chosen = [row.inspection for row in rows]
        let_go(session, (Waiting.holder == mine) & Waiting.inspection.not_in(chosen))
        for row in rows:
            _hold(session, row, who)
        session.flush()
        return inspections_of(session, rows)


def claim_one(state: AppState, inspection: str, who: Principal) -> Claimed:
    """
    Raises:
        Problem: 404 no such inspection, 409 it does not wait, another person is to decide it, or somebody
            else holds it.
    """
    with state.ledger.write() as session:
        now(session)
        row = session.get(Waiting, inspection, with_for_update=True)
        inspected = session.get(Inspection, inspection)
        if inspected is None:
            raise not_found("inspection")
        if row is None or hidden_of(session, who, [row]):
            raise not_waiting(*as_she_sees(session, who, inspected))
        if row.only is None:
            judge_of(session, inspected, who)
        _check_mine(session, state, row, who, "claim it then, or another one now")
        _with_known(session, state, who, [row], visible_to(session, who))
        _hold(session, row, who)
        session.flush()
        _give_back_oldest(session, holder_of(who))
        return inspections_of(session, [row])


def give_back(state: AppState, who: Principal, inspection: str | None = None) -> None:
    """One, or all that she holds. What she does not hold, and nobody else, is given back already.

    Raises:
        Problem: 409, somebody else holds it.
    """
    with state.ledger.write() as session:
        now(session)
        whose = Waiting.holder == holder_of(who)
        if inspection is not None:
            row = session.get(Waiting, inspection, with_for_update=True)
            if row is None:
                return
            _check_mine(session, state, row, who, "only they give it back before")
            whose &= Waiting.inspection == inspection
        let_go(session, whose)


def _with_known(
    session: Session,
    state: AppState,
    who: Principal,
    rows: Sequence[Waiting],
    fits: Sequence[ColumnElement[bool]],
) -> list[Waiting]:
    """The pieces that she takes, and before each that brings a known one along, that one."""
    waiting: list[Waiting] = []
    for row in rows:
        if row.holder != holder_of(who):
            dealt = deal_before(session, state.settings.known_share, who, row, fits)
            waiting += [dealt] if dealt is not None else []
        waiting.append(row)
    return waiting


def _hold(session: Session, row: Waiting, who: Principal) -> None:
    row.holder, row.held_by, row.token = holder_of(who), who.label, who.token
    row.held_since, row.change = wall(session), next_number(session)


def _check_mine(session: Session, state: AppState, row: Waiting, who: Principal, then: str) -> None:
    lease = lease_of(state)
    if row.holder != holder_of(who) and is_held(row, lease, wall(session)):
        raise held_by_another(row, lease, then)


def _give_back_oldest(session: Session, holder: str) -> None:
    latest = select(Waiting.inspection).where(Waiting.holder == holder).order_by(Waiting.change.desc())
    kept: Sequence[str] = session.scalars(latest.limit(MOST_HELD)).all()
    let_go(session, (Waiting.holder == holder) & Waiting.inspection.not_in(kept))
