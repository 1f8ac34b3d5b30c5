"""Who decided, however she was logged in; what an appeal contests; who does not decide what waits; and what
was handed over."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _people()
    _contested()
    _handovers()


def _people() -> None:
    op.add_column("reviews", sa.Column("person", sa.String(36), nullable=True))
    op.add_column("reviews", sa.Column("alone", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(
        "UPDATE reviews SET person = coalesce("
        "(SELECT sessions.staff FROM sessions WHERE sessions.token = reviews.token),"
        " (SELECT staff.id FROM staff JOIN tokens ON tokens.label = staff.name"
        " WHERE tokens.id = reviews.token), token)"
    )


def _contested() -> None:
    """An appeal contests the review that counted when it came; what decided it came later."""
    op.add_column("appeals", sa.Column("contests", sa.String(36), nullable=True))
    op.execute(
        "UPDATE appeals SET contests = (SELECT reviews.id FROM reviews"
        " WHERE reviews.inspection = appeals.inspection AND reviews.at <= appeals.at"
        " AND (appeals.decided_at IS NULL OR reviews.at < appeals.decided_at)"
        " ORDER BY reviews.number DESC LIMIT 1)"
    )
    op.create_table(
        "barred",
        sa.Column("inspection", sa.String(36), nullable=False),
        sa.Column("person", sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(["inspection"], ["waiting.inspection"]),
        sa.PrimaryKeyConstraint("inspection", "person"),
    )
    op.create_index("ix_barred_person", "barred", ["person", "inspection"], unique=False)
    op.execute(
        "INSERT INTO barred (inspection, person) SELECT DISTINCT appeals.inspection, reviews.person"
        " FROM appeals JOIN reviews ON reviews.id = appeals.contests"
        " JOIN waiting ON waiting.inspection = appeals.inspection"
        " WHERE appeals.outcome = 'waiting' AND reviews.person IS NOT NULL"
    )


def _handovers() -> None:
    op.create_table(
        "handovers",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("inspection", sa.String(36), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("after", sa.String(36), nullable=True),
        sa.Column("reviewer", sa.String(120), nullable=False),
        sa.Column("person", sa.String(36), nullable=False),
        sa.Column("token", sa.String(36), nullable=True),
        sa.Column("at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["inspection"], ["inspections.id"]),
        sa.ForeignKeyConstraint(["token"], ["tokens.id"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id", name="uq_handovers_id"),
    )
    op.create_index("ix_handovers_inspection", "handovers", ["inspection", "number"], unique=False)
