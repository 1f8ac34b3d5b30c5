"""What people did to whole lots, and pieces that are looked at for it; the few that one person alone sees."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lot_acts",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("lot", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(120), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["lot"], ["lots.id"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id", name="uq_lot_acts_id"),
    )
    op.create_index("ix_lot_acts_lot", "lot_acts", ["lot", "number"])
    op.create_table(
        "lot_looks",
        sa.Column("inspection", sa.String(36), nullable=False),
        sa.Column("act", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["act"], ["lot_acts.number"]),
        sa.ForeignKeyConstraint(["inspection"], ["inspections.id"]),
        sa.PrimaryKeyConstraint("inspection"),
    )
    few = sa.text('"only" IS NOT NULL')
    op.create_index("ix_waiting_only", "waiting", ["only"], sqlite_where=few, postgresql_where=few)
