"""A ledger of very many inspections, made from a few real ones: one day's by the product's own counting, and
all other days' as copies of that day, by the database alone.

multiply(ledger, templates, a_day=1_000, days=1_000, tick=lambda days: None)
"""

import hashlib
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import numpy as np
from sqlalchemy import Connection, create_engine, inspect, text, update
from sqlalchemy import Table as SqlTable
from sqlalchemy.orm import Session

from ubora.service.ledger.database import Ledger
from ubora.service.ledger.pieces import count_inspection
from ubora.service.ledger.tables import (
    AuditDraw,
    DailyCount,
    Design,
    FacetCount,
    Inspection,
    LedgerClock,
    Lot,
    Microfactory,
    NetworkCount,
    Photo,
    PieceDefect,
    PieceState,
    Review,
    Table,
)

WORKSHOPS = 2_500
DESIGNS = 40
A_LOT = 10
"""Pieces."""
SOME_DAYS = 25
"""In one transaction."""
OF_THE_DAY = "0" * 8
"""Names of the day that is copied begin so; those of its copies with their number."""
SHARES = {"pass": 0.86, "flag": 0.09, "retake": 0.03, "drawn": 0.02}
"""By verdict; drawn are passed pieces that a person looked at."""
MATERIALS = ("brass", "horn", "bone", "mixed")
_UNGUARDED = {
    "sqlite": ("PRAGMA foreign_keys = OFF", "PRAGMA synchronous = OFF", "PRAGMA cache_size = -1000000"),
    "postgresql": ("SET session_replication_role = replica", "SET maintenance_work_mem = '512MB'"),
}
_COPIED: tuple[type[Table], ...] = (
    Lot,
    Inspection,
    Photo,
    Review,
    AuditDraw,
    PieceState,
    PieceDefect,
    DailyCount,
    NetworkCount,
    FacetCount,
)
"""Each after those that it refers to."""


def multiply(
    ledger: Ledger, templates: Sequence[str], a_day: int, days: int, tick: Callable[[int], object]
) -> None:
    """The last of these days is yesterday: today has what the templates counted.

    Args:
        templates: inspections that wait for nobody.
        tick: told how many days were made, after each step.
    """
    first = datetime.now(UTC).replace(hour=5, minute=0, second=0, microsecond=0) - timedelta(days=days)
    with ledger.write() as session:
        base = session.get_one(LedgerClock, 1).number
        _begin(session)
        _one_day(session, templates, a_day, first, base)
    # Not the ledger's own connections: these mind no reference, and need not outlive a crash.
    engine = create_engine(ledger.engine.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in _UNGUARDED[engine.dialect.name]:
            connection.exec_driver_sql(statement)
        indexes = [one for table in _COPIED for one in cast("SqlTable", table.__table__).indexes]
        for index in indexes:
            index.drop(connection)
        _copy(connection, first, days, 2 * a_day, tick)
        for index in indexes:
            index.create(connection)
        connection.exec_driver_sql("ANALYZE")
    engine.dispose()
    with ledger.write() as session:
        session.execute(update(LedgerClock).values(number=base + 2 * a_day * days + 1, at=datetime.now(UTC)))


def _begin(session: Session) -> None:
    for number in range(WORKSHOPS):
        session.add(Microfactory(id=f"mf-{number:04d}", name=f"Workshop {number:04d}", place="Nairobi"))
    for number in range(DESIGNS):
        own = {
            "id": f"design-{number:02d}",
            "name": f"Design {number:02d}",
            "material": MATERIALS[number % 4],
        }
        looks = {"category": "pendant", "stage": "raw", "views": ["front"]}
        session.add(Design(**own, **looks, approved_low=1, approved_high=5))
    session.flush()


def _one_day(session: Session, templates: Sequence[str], count: int, day: datetime, base: int) -> None:
    draw = np.random.default_rng(1)
    weights = draw.lognormal(0.0, 1.1, WORKSHOPS)
    workshops = draw.choice(WORKSHOPS, count, p=weights / weights.sum())
    workshops[:A_LOT] = 0  # however few there are, this one has a lot
    known = [(session.get_one(Inspection, name), session.get(AuditDraw, name)) for name in templates]
    kinds = ["drawn" if drawn is not None else template.verdict for template, drawn in known]
    often = np.array([SHARES[kind] / kinds.count(kind) for kind in kinds])
    chosen = draw.choice(len(known), count, p=often / often.sum())
    made: Counter[int] = Counter()
    for at, workshop in enumerate(workshops.tolist()):
        template, drawn = known[chosen[at]]
        row = _copy_of(template, at, workshop, made[workshop], day, base)
        made[workshop] += 1
        session.add(row)
        if drawn is not None:
            share = SHARES["drawn"]
            session.add(AuditDraw(inspection=row.id, received_at=row.received_at, share=share))
        if made[workshop] % A_LOT == 0:
            of = {"microfactory": row.microfactory, "design": row.design, "opened_at": row.received_at}
            session.add(Lot(id=row.lot, number=row.number, pieces=A_LOT, views=["front"], note="", **of))
        session.flush()
        count_inspection(session, row)


def _copy_of(known: Inspection, at: int, workshop: int, mine: int, day: datetime, base: int) -> Inspection:
    name = _named(f"inspection {at}")
    received = day + timedelta(seconds=at % 36_000)
    lot, piece = f"{OF_THE_DAY}-{workshop:04d}-{mine // A_LOT}", str(mine % A_LOT + 1)
    design = f"design-{workshop % DESIGNS:02d}"
    own: dict[str, Any] = {
        "id": name,
        "number": base + 1 + 2 * at,
        "change": base + 2 + 2 * at,
        "microfactory": f"mf-{workshop:04d}",
        "piece_key": OF_THE_DAY + hashlib.sha256(name.encode()).hexdigest()[8:],
        "token": None,
    }
    own |= dict.fromkeys(("design", "sent_as", "judged_as"), design)
    own |= dict.fromkeys(("lot", "lot_sought"), lot) | dict.fromkeys(("piece", "piece_sought"), piece)
    own |= dict.fromkeys(("received_at", "taken_at", "changed_at"), received)
    row = Inspection(**_cells(known) | own)
    row.photos = [Photo(**_cells(photo) | {"inspection": name, "upload": None}) for photo in known.photos]
    for review in known.reviews:
        told = _cells(review) | {"id": _named(f"{review.id} {at}"), "inspection": name, "at": received}
        del told["number"]
        row.reviews.append(Review(**told))
    return row


def _named(seed: str) -> str:
    return OF_THE_DAY + str(uuid.uuid5(uuid.NAMESPACE_OID, seed))[8:]


def _cells(row: Table) -> dict[str, Any]:
    return {one.key: getattr(row, one.key) for one in inspect(type(row)).column_attrs}


def _copy(
    connection: Connection, first: datetime, days: int, step: int, tick: Callable[[int], object]
) -> None:
    connection.exec_driver_sql("CREATE TEMPORARY TABLE copies (k INTEGER, name TEXT, day TEXT)")
    for k in range(1, days):
        day = (first + timedelta(days=k)).date().isoformat()
        connection.execute(
            text("INSERT INTO copies VALUES (:k, :name, :day)"), {"k": k, "name": f"{k:08d}", "day": day}
        )
    statements = [_copying(connection, table, first.date().isoformat(), step) for table in _COPIED]
    for start in range(1, days, SOME_DAYS):
        connection.exec_driver_sql("BEGIN")
        for statement in statements:
            connection.execute(text(statement), {"start": start, "until": start + SOME_DAYS})
        connection.exec_driver_sql("COMMIT")
        tick(min(start + SOME_DAYS, days))


def _copying(connection: Connection, table: type[Table], day: str, step: int) -> str:
    """The statement that copies a table's rows of the first day to other days."""
    name, base = table.__tablename__, f"first_{table.__tablename__}"
    columns = [one.name for one in table.__table__.columns]
    key = next(one for one in ("lot", "inspection", "piece_key", "day", "id") if one in columns)
    of_the_day = f"day = '{day}'" if "day" in columns else f"substr({key}, 1, 8) = '{OF_THE_DAY}'"
    connection.exec_driver_sql(f"CREATE TEMPORARY TABLE {base} AS SELECT * FROM {name} WHERE {of_the_day}")
    if table is Review:  # the database gives it
        columns.remove("number")
    cells = {
        **dict.fromkeys(("id", "inspection", "piece_key", "lot", "lot_sought"), "c.name || substr(b.{0}, 9)"),
        **dict.fromkeys(("number", "change"), f"b.{{0}} + c.k * {step}"),
        **dict.fromkeys(
            ("received_at", "changed_at", "taken_at", "at", "opened_at"), "c.day || substr(b.{0}, 11)"
        ),
        **dict.fromkeys(("day", "first_day"), "c.day"),
    }
    told = ", ".join(cells.get(one, 'b."{0}"').format(one) for one in columns)
    names = ", ".join(f'"{one}"' for one in columns)
    return (
        f"INSERT INTO {name} ({names}) SELECT {told} FROM copies c CROSS JOIN {base} b"
        " WHERE c.k >= :start AND c.k < :until ORDER BY c.k"
    )
