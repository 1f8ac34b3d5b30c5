"""What waits for a person and who holds it, and which passed pieces are drawn for a look."""

import json
import secrets
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _queue()
    op.create_table(
        "audit_draws",
        sa.Column("inspection", sa.String(36), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["inspection"], ["inspections.id"]),
        sa.PrimaryKeyConstraint("inspection"),
    )
    keys = op.create_table(
        "ledger_keys",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.bulk_insert(keys, [{"name": "audit", "key": secrets.token_hex(32)}])


def _queue() -> None:
    waiting = op.create_table(
        "waiting",
        sa.Column("inspection", sa.String(36), nullable=False),
        sa.Column("kinds", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("lot_since", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("microfactory", sa.String(64), nullable=False),
        sa.Column("design", sa.String(64), nullable=False),
        sa.Column("lot", sa.String(64), nullable=True),
        sa.Column("lot_sought", sa.String(192), nullable=False),
        sa.Column("piece_sought", sa.String(192), nullable=False),
        sa.Column("received_at", sa.String(27), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("design_in_doubt", sa.Boolean(), nullable=False),
        sa.Column("variance_in_range", sa.Boolean(), nullable=False),
        sa.Column("holder", sa.String(36), nullable=True),
        sa.Column("held_by", sa.String(120), nullable=True),
        sa.Column("token", sa.String(36), nullable=True),
        sa.Column("held_since", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(["inspection"], ["inspections.id"]),
        sa.PrimaryKeyConstraint("inspection"),
    )
    defects = op.create_table(
        "waiting_defects",
        sa.Column("inspection", sa.String(36), nullable=False),
        sa.Column("defect", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["inspection"], ["waiting.inspection"]),
        sa.PrimaryKeyConstraint("inspection", "defect"),
    )
    rows = list(_waiting_of_before())
    if rows:
        op.bulk_insert(waiting, [row for row, _ in rows])
        found = [{"inspection": row["inspection"], "defect": name} for row, names in rows for name in names]
        if found:
            op.bulk_insert(defects, found)
    for name, columns in (
        ("order", ["place", "lot_since", "number"]),
        ("microfactory", ["microfactory", "place", "lot_since", "number"]),
        ("design", ["design", "place", "lot_since", "number"]),
        ("lot", ["lot", "microfactory", "lot_since"]),
        ("kinds", ["kinds"]),
        ("change", ["change"]),
        ("holder", ["holder"]),
        ("token", ["token"]),
    ):
        op.create_index(f"ix_waiting_{name}", "waiting", columns, unique=False)
    op.create_index("ix_waiting_defects_defect", "waiting_defects", ["defect", "inspection"], unique=False)


def _waiting_of_before() -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Rows of `waiting` and the names of their defects, of a ledger of before, in order of receipt.

    What was pending waits, and what passed with a photo that was seen before. Nothing was drawn then.
    """
    connection = op.get_bind()
    lots: dict[tuple[str, str], int] = {}
    inspections = connection.execute(
        sa.text(
            "SELECT id, number, change, microfactory, design, lot, piece, received_at, verdict, status,"
            " seen_before, design_in_doubt, variance_in_range FROM inspections AS one"
            " WHERE status = 'pending' OR (status = 'passed' AND seen_before AND EXISTS (SELECT 1 FROM photos"
            " WHERE photos.inspection = one.id AND photos.removed_at IS NULL)) ORDER BY number"
        )
    ).all()
    contested = sa.text("SELECT count(*) FROM appeals WHERE outcome = 'waiting' AND inspection = :id")
    photos = sa.text("SELECT scores, defects FROM photos WHERE inspection = :id")
    for one in inspections:
        scores, names = [0.0], set()
        for kept in connection.execute(photos, {"id": one.id}):
            scores += _json(kept.scores).values()
            names |= {defect["defect"] for defect in _json(kept.defects)}
        kinds = 16 if one.seen_before else 0
        if connection.scalar(contested, {"id": one.id}):
            kinds |= 2 if one.verdict == "retake" else 1
        if one.status == "pending" and one.verdict != "retake":
            kinds |= 4
        key = (one.microfactory, one.lot)
        row = {
            "inspection": one.id,
            "kinds": kinds,
            "place": 0 if kinds & 3 else 1,
            "lot_since": one.number if one.lot is None else lots.setdefault(key, one.number),
            "lot_sought": (one.lot or "").casefold(),
            "piece_sought": (one.piece or "").casefold(),
            "score": max(scores),
            "design_in_doubt": bool(one.design_in_doubt),
            "variance_in_range": bool(one.variance_in_range),
        }
        same = ("number", "change", "microfactory", "design", "lot", "received_at")
        yield row | {name: getattr(one, name) for name in same}, sorted(names)


def _json(kept: Any) -> Any:
    """SQLite gives a column of JSON as text, PostgreSQL as what it says."""
    return json.loads(kept) if isinstance(kept, str) else kept
