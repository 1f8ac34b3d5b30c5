"""Counts by design, release, reviewer and defect; which inspection counts of a piece; samples of lots."""

import json
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

COLUMNS = ("decided", "passed", "pending", "retakes", "first_decided", "first_passed")
PASSED = ("passed", "accepted")
BY_PEOPLE = ("accepted", "rework", "rejected")
SOME = 500


def upgrade() -> None:
    for name, length in (("design", 64), ("inspection", 36), ("release", 64), ("first_release", 64)):
        empty = sa.Column(name, sa.String(length), nullable=False, server_default=sa.text("''"))
        op.add_column("piece_states", empty)
    op.add_column("piece_states", sa.Column("reviewer", sa.String(120), nullable=True))
    defects = op.create_table(
        "piece_defects",
        sa.Column("piece_key", sa.String(64), nullable=False),
        sa.Column("defect", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["piece_key"], ["piece_states.piece_key"]),
        sa.PrimaryKeyConstraint("piece_key", "defect"),
    )
    facets = op.create_table(
        "facet_counts",
        sa.Column("facet", sa.String(8), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COLUMNS),
        sa.PrimaryKeyConstraint("facet", "day", "name"),
    )
    _count_all(defects, facets)
    op.create_index("ix_piece_defects_defect", "piece_defects", ["defect", "piece_key"], unique=False)
    op.create_index("ix_piece_states_day", "piece_states", ["day"], unique=False)
    op.create_index("ix_piece_states_inspection", "piece_states", ["inspection"], unique=False)
    _lots()


def _lots() -> None:
    op.create_table(
        "lot_plans",
        sa.Column("design", sa.String(64), nullable=False),
        sa.Column("level", sa.String(4), nullable=False),
        sa.Column("aql_major", sa.Double(), nullable=False),
        sa.Column("aql_minor", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["design"], ["designs.id"]),
        sa.PrimaryKeyConstraint("design"),
    )
    op.create_table(
        "lot_checks",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("lot", sa.String(64), nullable=False),
        sa.Column("microfactory", sa.String(64), nullable=False),
        sa.Column("design", sa.String(64), nullable=False),
        sa.Column("severity", sa.String(9), nullable=False),
        sa.Column("level", sa.String(4), nullable=False),
        sa.Column("aql_major", sa.Double(), nullable=False),
        sa.Column("aql_minor", sa.Double(), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("sample", sa.JSON(), nullable=False),
        sa.Column("after_review", sa.Integer(), nullable=False),
        sa.Column("drawn_by", sa.String(120), nullable=False),
        sa.Column("drawn_at", sa.String(27), nullable=False),
        sa.Column("by_plan", sa.String(8), nullable=True),
        sa.Column("outcome", sa.String(8), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in ("critical", "major", "minor")),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(120), nullable=True),
        sa.Column("decided_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(["lot"], ["lots.id"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("ix_lot_checks_lot", "lot_checks", ["lot", "number"], unique=False)
    op.create_index("ix_lot_checks_made", "lot_checks", ["microfactory", "design", "number"], unique=False)


def _count_all(defects: sa.Table, facets: sa.Table) -> None:
    """What was inspected before counts as if it came now."""
    connection = op.get_bind()
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for row in connection.execute(
        sa.text(
            "SELECT design, release, substr(received_at, 1, 10) AS day, count(*) AS retakes FROM inspections"
            " WHERE status = 'retake' GROUP BY design, release, substr(received_at, 1, 10)"
        )
    ):
        counts["design", row.day, row.design, "retakes"] += row.retakes
        counts["release", row.day, row.release, "retakes"] += row.retakes
    states: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    for state, names in _pieces(connection, counts):
        states.append(state)
        found += [{"piece_key": state["of"], "defect": name} for name in names]
        if len(states) == SOME:
            _write(connection, defects, states, found)
    _write(connection, defects, states, found)
    cells = {cell[:3] for cell, amount in counts.items() if amount}
    rows = [
        {"facet": facet, "day": day, "name": name}
        | {column: counts[facet, day, name, column] for column in COLUMNS}
        for facet, day, name in sorted(cells)
    ]
    for start in range(0, len(rows), SOME):
        connection.execute(facets.insert(), rows[start : start + SOME])


def _write(
    connection: sa.Connection, defects: sa.Table, states: list[dict[str, Any]], found: list[dict[str, Any]]
) -> None:
    if states:
        names = ("design", "inspection", "release", "first_release", "reviewer")
        said = ", ".join(f"{name} = :{name}" for name in names)
        connection.execute(sa.text(f"UPDATE piece_states SET {said} WHERE piece_key = :of"), states)
    if found:
        connection.execute(defects.insert(), found)
    states.clear()
    found.clear()


def _pieces(
    connection: sa.Connection, counts: Counter[tuple[str, str, str, str]]
) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """The new columns of each piece that has a state, and its defects; and all counts of it on the way."""
    known = sa.text(
        "SELECT one.piece_key, one.id, one.design, one.release, one.status, one.verdict,"
        " substr(one.received_at, 1, 10) AS day FROM inspections AS one"
        " JOIN piece_states ON piece_states.piece_key = one.piece_key"
        " WHERE one.status <> 'retake' ORDER BY one.piece_key, one.number"
    )
    last_review = sa.text(
        "SELECT reviewer, defects FROM reviews WHERE inspection = :id ORDER BY number DESC LIMIT 1"
    )
    judged = connection.execute(known).all()
    for key, rows in groupby(judged, key=lambda row: row.piece_key):
        first, *rest = rows
        last = rest[-1] if rest else first
        by_people = last.status in BY_PEOPLE
        review = connection.execute(last_review, {"id": last.id}).first() if by_people else None
        names = _defects(connection, last, None if review is None else _json(review.defects))
        reviewer = None if review is None else review.reviewer
        of = [("design", last.design), ("release", last.release), *(("defect", name) for name in names)]
        for facet, name in [*of, ("reviewer", reviewer)] if reviewer is not None else of:
            column = "pending" if last.status == "pending" else "decided"
            counts[facet, last.day, name, column] += 1
            counts[facet, last.day, name, "passed"] += last.status in PASSED
        if first.status != "pending":
            for facet, name in (("design", first.design), ("release", first.release)):
                counts[facet, first.day, name, "first_decided"] += 1
                counts[facet, first.day, name, "first_passed"] += first.status in PASSED
        state = {"of": key, "design": last.design, "inspection": last.id, "release": last.release}
        yield state | {"first_release": first.release, "reviewer": reviewer}, names


def _defects(connection: sa.Connection, last: Any, corrected: Any) -> list[str]:
    if corrected is not None:
        return sorted({defect["defect"] for defect in corrected})
    if last.status in PASSED or last.verdict == "retake":
        return []
    photos = sa.text("SELECT defects FROM photos WHERE inspection = :id")
    found = connection.execute(photos, {"id": last.id}).all()
    return sorted({defect["defect"] for row in found for defect in _json(row.defects)})


def _json(kept: Any) -> Any:
    """SQLite gives a column of JSON as text, PostgreSQL as what it says."""
    return json.loads(kept) if isinstance(kept, str) else kept
