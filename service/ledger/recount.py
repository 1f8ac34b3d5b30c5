"""Are the kept counts those of counting all inspections anew?

    ubora admin recount --data /srv/ubora       one line for each that differs; exit code 1 where any does
    ubora admin recount --zone Asia/Kathmandu   count by the days of that zone from now on, then the same

It reads every inspection and, without --zone, changes nothing, beside a running service. With it all is moved
in one transaction: a service that runs goes on with the new days, and takes nothing while it lasts. From a
program:

    for difference in differences(session): print(difference)
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ubora.service.ledger.counted import (
    BY_PEOPLE,
    COLUMNS,
    Change,
    Counted,
    defects_of,
    retake_counts,
)
from ubora.service.ledger.database import OPEN_PATIENCE_MS, Ledger, sqlite_file
from ubora.service.ledger.days.moving import move_days
from ubora.service.ledger.days.zones import Days, days_of
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
from ubora.service.settings import Settings

SOME = 500
"""Pieces at a time: databases limit the parameters of a statement."""
MOST_SHOWN = 50
Kept = dict[str, tuple[str, int, Counted]]
"""Piece key → the inspection that counts, its number, and what counts."""


class RecountError(ValueError):
    """There is no ledger to count."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, help="the folder of the ledger (var)")
    parser.add_argument(
        "--database-url", help="postgresql://USER@HOST/DATABASE instead of SQLite in the data folder"
    )
    parser.add_argument("--zone", help="count by the days of this time zone, as Africa/Nairobi")


def run(args: argparse.Namespace) -> int:
    settings = Settings.from_environment(
        os.environ, data=args.data, database_url=args.database_url, zone=args.zone
    )
    path = sqlite_file(settings.ledger_url())
    if path is not None and not path.exists():
        raise RecountError(f"{path}: no ledger there; start `ubora serve` once, or give its --data")
    ledger = Ledger.open(settings.ledger_url(), zone=settings.zone)
    try:
        if args.zone is not None:
            _move(ledger, args.zone)
        with ledger.read() as session:
            zone = days_of(session).zone
            differing = list(differences(session))
            pieces = session.scalar(select(func.count()).select_from(PieceState))
    finally:
        ledger.close()
    print(f"counted   {pieces} pieces anew, by the days of {zone}")
    for difference in differing[:MOST_SHOWN]:
        print(f"differs   {difference}", file=sys.stderr)
    if len(differing) > MOST_SHOWN:
        print(f"differs   and {len(differing) - MOST_SHOWN} more", file=sys.stderr)
    return 1 if differing else 0


def _move(ledger: Ledger, zone: str) -> None:
    before = ledger.days().zone
    with ledger.write(OPEN_PATIENCE_MS) as session:
        moved = move_days(session, zone)
    print(f"moved     {moved} pieces and retakes from the days of {before} to those of {zone}")


def differences(session: Session) -> Iterator[str]:
    """One line for each piece and each count that is not as it should be."""
    expected: Change = Counter()
    pieces = 0
    days = days_of(session)
    for inspections in _by_piece(session):
        right = _as_counted_anew(session, inspections, days)
        kept = _as_kept(session, list(right))
        pieces += len(right)
        for key, piece in right.items():
            expected.update(piece[-1].counts())
            if kept.get(key) != piece:
                under = kept.get(key, piece)[1]
                number = "" if under == piece[1] else f", number {piece[1]} in place of {under}"
                yield f"piece {key}: kept as {_told(kept.get(key))}, expected {_told(piece)}{number}"
    known = session.scalar(select(func.count()).select_from(PieceState)) or 0
    if known > pieces:
        yield f"{known - pieces} pieces are kept that no inspection is of"
    retakes = select(
        Inspection.microfactory,
        Inspection.design,
        Inspection.design_unknown,
        Inspection.release,
        Inspection.received_at,
    ).where(Inspection.status == "retake")
    for row in session.execute(retakes.execution_options(yield_per=SOME)):
        design = None if row.design_unknown else row.design
        expected.update(retake_counts(row.microfactory, design, row.release, days.text(row.received_at)))
    yield from _cells_that_differ(session, expected)


def _cells_that_differ(session: Session, expected: Change) -> Iterator[str]:
    kept: Change = Counter()
    tables: tuple[tuple[Any, Any, Any], ...] = (
        (DailyCount, "microfactory", DailyCount.microfactory),
        (NetworkCount, "network", ""),
        (FacetCount, FacetCount.facet, FacetCount.name),
    )
    for table, facet, name in tables:
        for row in session.scalars(select(table)):
            of = row.facet if table is FacetCount else facet
            named = "" if name == "" else getattr(row, name.key)
            for column in COLUMNS:
                kept[of, named, row.day, column] += getattr(row, column)
    for cell in sorted({*kept, *expected}):
        if kept[cell] != expected[cell]:
            facet, name, day, column = cell
            yield f"{facet} {name} {day} {column}: kept {kept[cell]}, expected {expected[cell]}"


def _by_piece(session: Session) -> Iterator[Sequence[Sequence[Any]]]:
    """The inspections that judged, by piece, of some pieces at a time."""
    query = (
        select(
            Inspection.piece_key,
            Inspection.id,
            Inspection.number,
            Inspection.microfactory,
            Inspection.design,
            Inspection.design_unknown,
            Inspection.release,
            Inspection.status,
            Inspection.verdict,
            Inspection.received_at,
        )
        .where(Inspection.status != "retake")
        .order_by(Inspection.piece_key, Inspection.number)
    )
    some: list[list[Any]] = []
    rows = session.execute(query.execution_options(yield_per=SOME))
    for _, of_piece in groupby(rows, key=lambda row: row.piece_key):
        some.append(list(of_piece))
        if len(some) == SOME:
            yield some
            some = []
    yield some


def _as_counted_anew(session: Session, pieces: Sequence[Sequence[Any]], days: Days) -> Kept:
    last = [rows[-1].id for rows in pieces]
    reviews: dict[str, Any] = {}
    for review in session.scalars(select(Review).where(Review.inspection.in_(last)).order_by(Review.number)):
        reviews[review.inspection] = review
    photos: dict[str, list[Any]] = {}
    for inspection, defects in session.execute(
        select(Photo.inspection, Photo.defects).where(Photo.inspection.in_(last))
    ):
        photos.setdefault(inspection, []).append(defects)
    return {
        rows[0].piece_key: (rows[-1].id, rows[-1].number, _counted(rows, reviews, photos, days))
        for rows in pieces
    }


def _counted(
    rows: Sequence[Any], reviews: dict[str, Any], photos: dict[str, list[Any]], days: Days
) -> Counted:
    first, last = rows[0], rows[-1]
    review = reviews.get(last.id) if last.status in BY_PEOPLE else None
    corrected = review.defects if review else None
    return Counted(
        microfactory=last.microfactory,
        design=last.design,
        design_unknown=last.design_unknown,
        day=days.text(last.received_at),
        status=last.status,
        release=last.release,
        first_day=days.text(first.received_at),
        first_status=first.status,
        first_release=first.release,
        reviewer=review.reviewer if review else None,
        defects=defects_of(last.status, last.verdict, corrected, photos.get(last.id, [])),
    )


def _as_kept(session: Session, keys: list[str]) -> Kept:
    # One that is kept under another day or number is none of the piece: it would be found at the wrong place.
    defects: dict[tuple[str, str, int], set[str]] = {}
    for row in session.scalars(select(PieceDefect).where(PieceDefect.piece_key.in_(keys))):
        defects.setdefault((row.piece_key, row.day, row.number), set()).add(row.defect)
    states = session.scalars(select(PieceState).where(PieceState.piece_key.in_(keys)))
    names = [name for name in Counted.__dataclass_fields__ if name != "defects"]
    return {
        state.piece_key: (
            state.inspection,
            state.number,
            Counted(
                **{name: getattr(state, name) for name in names},
                defects=frozenset(defects.get((state.piece_key, state.day, state.number), ())),
            ),
        )
        for state in states
    }


def _told(kept: tuple[str, int, Counted] | None) -> str:
    if kept is None:
        return "nothing"
    inspection, _, counted = kept
    defects = ", ".join(sorted(counted.defects)) or "none"
    return f"{counted.status} on {counted.day} by inspection {inspection}, defects: {defects}"
