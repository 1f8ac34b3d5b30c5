"""What counts of a piece, kept up to date in the transaction that changes it.

A piece is a microfactory, the design as which it was sent, a lot and a piece code; without a code every
inspection is a piece of its own. Its latest inspection that is not a retake counts, as people have left it;
its first one counts for the first-pass yield. Their numbers tell which that is, since a clock may have been
set back. Counts are kept by day and by what `counted` names, so that a pass rate never reads inspections.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ubora.service.ledger.counted import (
    BY_PEOPLE,
    COLUMNS,
    Change,
    Counted,
    Facet,
    defects_of,
    retake_counts,
)
from ubora.service.ledger.days.zones import days_of
from ubora.service.ledger.tables import (
    DailyCount,
    FacetCount,
    Inspection,
    NetworkCount,
    Photo,
    PieceDefect,
    PieceState,
    Review,
)

Gone = tuple[str, str | None, str, str, str, datetime]
"""Of an inspection that was deleted: microfactory, design (None: unknown), release, piece key, status, time
of receipt."""


def piece_key(microfactory: str, design: str, lot: str | None, piece: str | None, inspection: str) -> str:
    """SHA-256 hex; two pieces of the same name in two lots are two pieces."""
    named = [microfactory, design, lot, piece] if piece is not None else [inspection]
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()


def count_inspection(session: Session, row: Inspection) -> None:
    """After a new inspection has been added (and flushed)."""
    if row.status == "retake":
        add_counts(session, _retake(session, row))
    else:
        recount_piece(session, row)


def count_new(session: Session, rows: Sequence[Inspection]) -> None:
    """The same of many at once, each the only one of its piece but for retakes; all added and flushed.

    Raises:
        IntegrityError: a piece of them was counted before.
    """
    change: Change = Counter()
    defects: list[PieceDefect] = []
    for row in rows:
        if row.status == "retake":
            change.update(_retake(session, row))
            continue
        state, found = _new_state(row, days_of(session).text(row.received_at))
        session.add(state)
        of = {"piece_key": row.piece_key, "day": state.day, "number": row.number}
        defects += [PieceDefect(defect=name, **of) for name in sorted(found)]
        change.update(as_counted(state, found).counts())
    session.flush()
    session.add_all(defects)
    session.flush()
    add_counts(session, change)


def _new_state(row: Inspection, day: str) -> tuple[PieceState, frozenset[str]]:
    review = row.reviews[-1] if row.reviews and row.status in BY_PEOPLE else None
    state = PieceState(
        piece_key=row.piece_key,
        microfactory=row.microfactory,
        day=day,
        status=row.status,
        first_day=day,
        first_status=row.status,
        design=row.design,
        design_unknown=row.design_unknown,
        inspection=row.id,
        number=row.number,
        release=row.release,
        first_release=row.release,
        reviewer=review.reviewer if review else None,
    )
    photos = [photo.defects for photo in row.photos]
    return state, defects_of(row.status, row.verdict, review.defects if review else None, photos)


def retakes_in_a_row(session: Session, row: Inspection) -> int:
    """Of a new retake: how many of its piece come one after the other, with this one.

    What went to a person is no retake any more, so that the count begins anew after it.
    """
    of_piece = Inspection.piece_key == row.piece_key
    other = select(func.max(Inspection.number)).where(of_piece, Inspection.status != "retake")
    since = session.scalar(other) or 0
    count = select(func.count()).where(of_piece, Inspection.status == "retake", Inspection.number > since)
    return session.scalar(count) or 0


def move_piece(session: Session, rows: Sequence[Inspection], design: str, *, unknown: bool) -> None:
    """All inspections of a piece are of another design from now on; what counts goes with them.

    Args:
        rows: all of the piece, locked.
        unknown: it is of no design that the hub knows.
    """
    change: Change = Counter()
    for row in rows:
        retake = row.status == "retake"
        if retake:
            change.subtract(_retake(session, row))
        row.design, row.design_unknown = design, unknown
        if retake:
            change.update(_retake(session, row))
    session.flush()
    add_counts(session, change)
    _recount(session, rows[0].microfactory, rows[0].piece_key)


def _retake(session: Session, row: Inspection) -> Change:
    design = None if row.design_unknown else row.design
    day = days_of(session).text(row.received_at)
    return retake_counts(row.microfactory, design, row.release, day)


def recount_piece(session: Session, row: Inspection) -> None:
    """After the status or the review of one of a piece's inspections changed, or one was added."""
    _recount(session, row.microfactory, row.piece_key)


def uncount_inspections(session: Session, gone: Iterable[Gone]) -> None:
    """After inspections were deleted: what is left of their pieces counts, and empty days leave no row."""
    pieces: set[tuple[str, str]] = set()
    for microfactory, design, release, key, status, received_at in gone:
        if status == "retake":
            change: Change = Counter()
            day = days_of(session).text(received_at)
            change.subtract(retake_counts(microfactory, design, release, day))
            add_counts(session, change)
        else:
            pieces.add((microfactory, key))
    for microfactory, key in sorted(pieces):
        _recount(session, microfactory, key)
    forget_nothing(session)


def forget_nothing(session: Session) -> None:
    """Days of which nothing is counted any more leave no row."""
    for table in (DailyCount, NetworkCount, FacetCount):
        nothing = [getattr(table, name) == 0 for name in COLUMNS]
        session.execute(delete(table).where(*nothing), execution_options={"synchronize_session": False})


def _recount(session: Session, microfactory: str, key: str) -> None:
    # Locked first, so that two changes of one piece do not both take the same old state out.
    state = session.scalar(select(PieceState).where(PieceState.piece_key == key).with_for_update())
    change: Change = Counter()
    if state is not None:
        defects = session.scalars(select(PieceDefect.defect).where(PieceDefect.piece_key == key))
        change.subtract(as_counted(state, frozenset(defects)).counts())
    judged = session.execute(
        select(
            Inspection.id,
            Inspection.number,
            Inspection.received_at,
            Inspection.status,
            Inspection.verdict,
            Inspection.release,
            Inspection.design,
            Inspection.design_unknown,
        )
        .where(Inspection.piece_key == key, Inspection.status != "retake")
        .order_by(Inspection.number)
    ).all()
    if state is not None:
        session.execute(delete(PieceDefect).where(PieceDefect.piece_key == key))
    if not judged:
        if state is not None:
            session.delete(state)
            session.flush()
        add_counts(session, change)
        return
    if state is None:
        state = PieceState(piece_key=key, microfactory=microfactory)
        session.add(state)
    first, last, days = judged[0], judged[-1], days_of(session)
    state.first_status, state.first_day, state.first_release = (
        first.status,
        days.text(first.received_at),
        first.release,
    )
    state.status, state.day, state.release = last.status, days.text(last.received_at), last.release
    state.design, state.design_unknown = last.design, last.design_unknown
    state.inspection, state.number = last.id, last.number
    review = _deciding(session, last.id) if last.status in BY_PEOPLE else None
    state.reviewer = review.reviewer if review else None
    photos = session.scalars(select(Photo.defects).where(Photo.inspection == last.id)).all()
    found = defects_of(last.status, last.verdict, review.defects if review else None, photos)
    session.flush()
    of = {"piece_key": key, "day": state.day, "number": state.number}
    session.add_all(PieceDefect(defect=name, **of) for name in sorted(found))
    session.flush()
    change.update(as_counted(state, found).counts())
    add_counts(session, change)


def _deciding(session: Session, inspection: str) -> Review | None:
    """The review that counts; asked for, since who has just added one has not read it yet."""
    query = select(Review).where(Review.inspection == inspection).order_by(Review.number.desc())
    return session.scalars(query.limit(1)).first()


def as_counted(state: PieceState | Row[*tuple[Any, ...]], defects: frozenset[str]) -> Counted:
    """
    Args:
        state: or a row of its columns.
    """
    return Counted(
        microfactory=state.microfactory,
        design=state.design,
        design_unknown=state.design_unknown,
        day=state.day,
        status=state.status,
        release=state.release,
        first_day=state.first_day,
        first_status=state.first_status,
        first_release=state.first_release,
        reviewer=state.reviewer,
        defects=defects,
    )


def add_counts(session: Session, change: Change) -> None:
    """Put what changed into the kept counts."""
    cells = sorted({cell[:3] for cell, amount in change.items() if amount})
    rows: dict[type[DailyCount | NetworkCount | FacetCount], list[dict[str, Any]]] = {}
    for facet, name, day in cells:
        amounts = {column: change[facet, name, day, column] for column in COLUMNS}
        table, key = _row(facet, name)
        rows.setdefault(table, []).append(key | {"day": day} | amounts)
    connection = session.connection()
    # Each table's rows in one order, so that two writers do not wait for each other.
    for table in sorted(rows, key=lambda table: table.__tablename__):
        connection.execute(_adding(table, connection.dialect.name), rows[table])


def _row(facet: Facet, name: str) -> tuple[type[DailyCount | NetworkCount | FacetCount], dict[str, str]]:
    """The table that keeps a facet, and what names a row of it beside its day."""
    if facet == "microfactory":
        return DailyCount, {"microfactory": name}
    return (NetworkCount, {}) if facet == "network" else (FacetCount, {"facet": facet, "name": name})


@cache
def _adding(table: type[DailyCount | NetworkCount | FacetCount], dialect: str) -> Any:
    """In the database's own arithmetic, so that two writers do not overwrite each other's sum."""
    rows = table.__table__
    statement: Any = {"sqlite": sqlite, "postgresql": postgresql}[dialect].insert(rows)
    sums = {name: rows.c[name] + statement.excluded[name] for name in COLUMNS}
    return statement.on_conflict_do_update(index_elements=list(rows.primary_key), set_=sums)
