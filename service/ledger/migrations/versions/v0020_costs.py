"""Entered figures, thresholds over a release's own, and which of them judged an inspection."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "entered_figures",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("sheet", sa.String(16), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        *_who(),
        sa.ForeignKeyConstraint(["token"], ["tokens.id"]),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_entered_figures_sheet", "entered_figures", ["sheet", "number"])
    op.create_table(
        "threshold_policies",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("release", sa.String(64), nullable=False),
        sa.Column("thresholds", sa.JSON(), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("promise", sa.JSON(), nullable=False),
        sa.Column("forced", sa.Boolean(), nullable=False),
        *_who(),
        sa.ForeignKeyConstraint(["token"], ["tokens.id"]),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_threshold_policies_release", "threshold_policies", ["release", "number"])
    op.add_column("inspections", sa.Column("policy", sa.Integer(), nullable=True))
    op.add_column("photos", sa.Column("approved_photos", sa.Integer(), nullable=True))


def _who() -> list[sa.Column[object]]:
    """By whom, when and why."""
    return [
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("token", sa.String(36), nullable=True),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
    ]
