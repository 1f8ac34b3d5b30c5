"""Pieces that are found by code, lot and day; workshops that are closed; the views that a design wants."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None
BATCH = 10_000


def upgrade() -> None:
    op.add_column("microfactories", sa.Column("closed_at", sa.String(27), nullable=True))
    op.add_column("designs", sa.Column("views", sa.JSON(), nullable=False, server_default='["front"]'))
    for name in ("lot_sought", "piece_sought"):
        op.add_column("inspections", sa.Column(name, sa.String(192), nullable=False, server_default=""))
    _fold()
    for name, column in (
        ("piece_sought", "piece_sought"),
        ("lot_sought", "lot_sought"),
        ("day", "received_at"),
    ):
        op.create_index(f"ix_inspections_{name}", "inspections", [column, "number"], unique=False)


def _fold() -> None:
    """Small letters by Python's rules: a database knows those of its own language."""
    connection, last = op.get_bind(), -1
    batch = sa.text(
        "SELECT number, id, lot, piece FROM inspections WHERE number > :last ORDER BY number LIMIT :most"
    )
    change = sa.text("UPDATE inspections SET lot_sought = :lot, piece_sought = :piece WHERE id = :id")
    while rows := connection.execute(batch, {"last": last, "most": BATCH}).all():
        last = rows[-1].number
        named = [row for row in rows if row.lot or row.piece]
        folded = [
            {"id": row.id, "lot": (row.lot or "").casefold(), "piece": (row.piece or "").casefold()}
            for row in named
        ]
        if folded:
            connection.execute(change, folded)
