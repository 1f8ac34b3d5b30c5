"""Accepted pieces that stand for their design, and the version of what a piece was compared with."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "designs", sa.Column("approved_version", sa.Integer(), nullable=False, server_default=sa.text("0"))
    )
    # Nobody knows any more which approved photos an older one was compared with.
    op.add_column("inspections", sa.Column("approved_version", sa.Integer(), nullable=True))
    op.create_index(
        "ix_inspections_approved_version", "inspections", ["design", "approved_version"], unique=False
    )
    op.create_table(
        "accepted_pieces",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("design", sa.String(64), nullable=False),
        sa.Column("inspection", sa.String(36), nullable=False),
        sa.Column("since_version", sa.Integer(), nullable=False),
        sa.Column("added_by", sa.String(120), nullable=False),
        sa.Column("added_at", sa.String(27), nullable=False),
        sa.Column("until_version", sa.Integer(), nullable=True),
        sa.Column("removed_by", sa.String(120), nullable=True),
        sa.Column("removed_at", sa.String(27), nullable=True),
        sa.Column("removed_why", sa.String(32), nullable=True),
        sa.Column("removed_detail", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["design"], ["designs.id"]),
        sa.ForeignKeyConstraint(["inspection"], ["inspections.id"]),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_accepted_pieces_design", "accepted_pieces", ["design", "number"], unique=False)
    op.create_index(
        "ix_accepted_pieces_standing",
        "accepted_pieces",
        ["inspection"],
        unique=True,
        sqlite_where=sa.text("until_version IS NULL"),
        postgresql_where=sa.text("until_version IS NULL"),
    )
