"""Pieces that are of another design than the one as which they were sent."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None
INDEX = "ix_inspections_approved_version"


def upgrade() -> None:
    for name in ("sent_as", "judged_as"):
        op.add_column("inspections", sa.Column(name, sa.String(64), nullable=False, server_default=""))
    op.execute(sa.text("UPDATE inspections SET sent_as = design, judged_as = design"))
    for table in ("inspections", "piece_states"):
        flag = sa.Boolean()
        op.add_column(table, sa.Column("design_unknown", flag, nullable=False, server_default=sa.false()))
    op.drop_index(INDEX, table_name="inspections")
    op.create_index(INDEX, "inspections", ["judged_as", "approved_version"], unique=False)
    _said()
    _looks()


def _said() -> None:
    op.create_table(
        "design_said",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("inspection", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("design", sa.String(64), nullable=False),
        sa.Column("unknown", sa.Boolean(), nullable=False),
        sa.Column("was", sa.String(64), nullable=False),
        sa.Column("was_unknown", sa.Boolean(), nullable=False),
        sa.Column("waits", sa.String(36), nullable=True),
        sa.Column("status_was", sa.String(8), nullable=True),
        sa.Column("after", sa.String(36), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.String(120), nullable=False),
        sa.Column("person", sa.String(36), nullable=False),
        sa.Column("token", sa.String(36), nullable=True),
        sa.Column("at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["inspection"], ["inspections.id"]),
        sa.ForeignKeyConstraint(["design"], ["designs.id"]),
        sa.ForeignKeyConstraint(["was"], ["designs.id"]),
        sa.ForeignKeyConstraint(["token"], ["tokens.id"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id", name="uq_design_said_id"),
    )
    op.create_index("ix_design_said_inspection", "design_said", ["inspection", "number"], unique=False)


def _looks() -> None:
    op.create_table(
        "looks_again",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("inspection", sa.String(36), nullable=False),
        sa.Column("design", sa.String(64), nullable=False),
        sa.Column("release", sa.String(64), nullable=False),
        sa.Column("verdict", sa.String(8), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("defects", sa.JSON(), nullable=False),
        sa.Column("variance_level", sa.Integer(), nullable=False),
        sa.Column("variance_in_range", sa.Boolean(), nullable=False),
        sa.Column("design_distance", sa.Double(), nullable=True),
        sa.Column("design_in_doubt", sa.Boolean(), nullable=False),
        sa.Column("approved_version", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.String(120), nullable=False),
        sa.Column("token", sa.String(36), nullable=True),
        sa.Column("at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["inspection"], ["inspections.id"]),
        sa.ForeignKeyConstraint(["design"], ["designs.id"]),
        sa.ForeignKeyConstraint(["token"], ["tokens.id"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id", name="uq_looks_again_id"),
    )
    op.create_index("ix_looks_again_inspection", "looks_again", ["inspection", "number"], unique=False)
