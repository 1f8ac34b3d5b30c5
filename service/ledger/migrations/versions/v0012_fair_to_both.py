"""Who decided, however she was logged in; what an appeal contests; who does not decide what waits; and what
was handed over."""

import secrets

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
    _second()
    _known()


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


def _second() -> None:
    op.create_table(
        "answers",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("inspection", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("disposition", sa.String(8), nullable=False),
        sa.Column("defects", sa.JSON(), nullable=True),
        sa.Column("variance", sa.Integer(), nullable=True),
        sa.Column("phrases", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.String(120), nullable=False),
        sa.Column("person", sa.String(36), nullable=False),
        sa.Column("token", sa.String(36), nullable=True),
        sa.Column("at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["inspection"], ["inspections.id"]),
        sa.ForeignKeyConstraint(["token"], ["tokens.id"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id", name="uq_answers_id"),
    )
    op.create_index("ix_answers_inspection", "answers", ["inspection", "number"], unique=False)
    op.create_index("ix_answers_at", "answers", ["at"], unique=False)
    op.create_table(
        "second_draws",
        sa.Column("inspection", sa.String(36), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("drawn_at", sa.String(27), nullable=False),
        sa.Column("first", sa.String(36), nullable=False),
        sa.Column("person", sa.String(36), nullable=False),
        sa.Column("outcome", sa.String(8), nullable=False),
        sa.Column("answer", sa.String(36), nullable=True),
        sa.Column("settled", sa.String(36), nullable=True),
        sa.ForeignKeyConstraint(["inspection"], ["inspections.id"]),
        sa.PrimaryKeyConstraint("inspection"),
    )
    op.create_index("ix_second_draws_outcome", "second_draws", ["outcome", "inspection"], unique=False)
    keys = sa.table("ledger_keys", sa.column("name"), sa.column("key"))
    op.bulk_insert(keys, [{"name": name, "key": secrets.token_hex(32)} for name in ("second", "known")])


def _known() -> None:
    op.create_table(
        "known_pieces",
        sa.Column("inspection", sa.String(36), nullable=False),
        sa.Column("disposition", sa.String(8), nullable=False),
        sa.Column("defects", sa.JSON(), nullable=False),
        sa.Column("marked_by", sa.String(120), nullable=False),
        sa.Column("person", sa.String(36), nullable=False),
        sa.Column("marked_at", sa.String(27), nullable=False),
        sa.Column("withdrawn_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(["inspection"], ["inspections.id"]),
        sa.PrimaryKeyConstraint("inspection"),
    )
    op.create_table(
        "known_deals",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("inspection", sa.String(36), nullable=False),
        sa.Column("person", sa.String(36), nullable=False),
        sa.Column("because", sa.String(36), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("dealt_at", sa.String(27), nullable=False),
        sa.Column("outcome", sa.String(8), nullable=False),
        sa.Column("answer", sa.String(36), nullable=True),
        sa.Column("closed_at", sa.String(27), nullable=True),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["inspection"], ["inspections.id"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("inspection", "person", name="uq_known_deals_person"),
    )
    op.create_index("ix_known_deals_because", "known_deals", ["person", "because"], unique=False)
    op.create_index("ix_known_deals_change", "known_deals", ["person", "change"], unique=False)
    op.add_column("waiting", sa.Column("only", sa.String(36), nullable=True))
