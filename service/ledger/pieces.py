"""What counts of a piece, kept up to date in the transaction that changes it.

A piece is a microfactory, a design, a lot and a piece code; without a code every inspection is a piece of its
own. Its latest inspection that is not a retake counts, as people have left it; its first one counts for the
first-pass yield. Their numbers tell which that is, since a clock may have been set back. Counts are kept by
workshop and UTC day, so that a pass rate never reads inspections.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from ubora.service.ledger.tables import DailyCount, Inspection, NetworkCount, PieceState

COLUMNS = ("decided", "passed", "pending", "retakes", "first_decided", "first_passed")
PASSED = ("passed", "accepted")
Change = Counter[tuple[str, str]]
"""(day, column) → how much is added."""


def piece_key(microfactory: str, design: str, lot: str | None, piece: str | None, inspection: str) -> str:
    """SHA-256 hex; two pieces of the same name in two lots are two pieces."""
    named = [microfactory, design, lot, piece] if piece is not None else [inspection]
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()


def utc_day(moment: datetime) -> str:
    return moment.date().isoformat()


def count_inspection(session: Session, row: Inspection) -> None:
    """After a new inspection has been added (and flushed)."""
    if row.status == "retake":
        _add(session, row.microfactory, Counter({(utc_day(row.received_at), "retakes"): 1}))
    else:
        recount_piece(session, row)


def retakes_in_a_row(session: Session, row: Inspection) -> int:
    """Of a new retake: how many of its piece come one after the other, with this one.

    What went to a person is no retake any more, so that the count begins anew after it.
    """
    of_piece = Inspection.piece_key == row.piece_key
    other = select(func.max(Inspection.number)).where(of_piece, Inspection.status != "retake")
    since = session.scalar(other) or 0
    count = select(func.count()).where(of_piece, Inspection.status == "retake", Inspection.number > since)
    return session.scalar(count) or 0


def recount_piece(session: Session, row: Inspection) -> None:
    """After the status of one of a piece's inspections changed, or one was added."""
    _recount(session, row.microfactory, row.piece_key)


def uncount_inspections(session: Session, gone: Iterable[tuple[str, str, str, datetime]]) -> None:
    """After inspections were deleted: what is left of their pieces counts, and days without any leave no row.

    Args:
        gone: microfactory, piece key, status and time of receipt of each.
    """
    pieces: set[tuple[str, str]] = set()
    for microfactory, key, status, received_at in gone:
        if status == "retake":
            _add(session, microfactory, Counter({(utc_day(received_at), "retakes"): -1}))
        else:
            pieces.add((microfactory, key))
    for microfactory, key in sorted(pieces):
        _recount(session, microfactory, key)
    for table in (DailyCount, NetworkCount):
        nothing = [getattr(table, name) == 0 for name in COLUMNS]
        session.execute(delete(table).where(*nothing), execution_options={"synchronize_session": False})


def _recount(session: Session, microfactory: str, key: str) -> None:
    # Locked first, so that two changes of one piece do not both take the same old state out.
    state = session.scalar(select(PieceState).where(PieceState.piece_key == key).with_for_update())
    judged = session.execute(
        select(Inspection.received_at, Inspection.status)
        .where(Inspection.piece_key == key, Inspection.status != "retake")
        .order_by(Inspection.number)
    ).all()
    change: Change = Counter()
    if state is not None:
        change.subtract(_counts(state))
    if not judged:
        if state is not None:
            session.delete(state)
        _add(session, microfactory, change)
        return
    if state is None:
        state = PieceState(piece_key=key, microfactory=microfactory)
        session.add(state)
    (first_at, state.first_status), (last_at, state.status) = judged[0], judged[-1]
    state.first_day, state.day = utc_day(first_at), utc_day(last_at)
    change.update(_counts(state))
    _add(session, microfactory, change)


def _counts(state: PieceState) -> Change:
    found: Change = Counter()
    if state.status == "pending":
        found[state.day, "pending"] += 1
    else:
        found[state.day, "decided"] += 1
        found[state.day, "passed"] += state.status in PASSED
    if state.first_status != "pending":
        found[state.first_day, "first_decided"] += 1
        found[state.first_day, "first_passed"] += state.first_status in PASSED
    return found


def _add(session: Session, microfactory: str, change: Change) -> None:
    for day in sorted({day for (day, _), amount in change.items() if amount}):
        amounts = {name: change[day, name] for name in COLUMNS}
        _add_to(session, DailyCount, {"microfactory": microfactory, "day": day}, amounts)
        _add_to(session, NetworkCount, {"day": day}, amounts)


def _add_to(
    session: Session, table: type[DailyCount | NetworkCount], key: dict[str, str], amounts: dict[str, int]
) -> None:
    """In the database's own arithmetic, so that two writers do not overwrite each other's sum."""
    touched = session.execute(
        update(table)
        .filter_by(**key)
        .values({name: getattr(table, name) + amount for name, amount in amounts.items()})
        .returning(table.day)
    ).all()
    if not touched:
        session.add(table(**key, **amounts))
        session.flush()
