"""Lots, appeals, resumable uploads, and when an inspection last changed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _lots()
    _appeals()
    op.add_column("photos", sa.Column("upload", sa.String(length=36), nullable=True))
    _changed_at()
    op.create_index(
        "ix_inspections_lot", "inspections", ["microfactory", "lot", "status", "piece_key"], unique=False
    )


def _lots() -> None:
    op.create_table(
        "lots",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("microfactory", sa.String(length=64), nullable=False),
        sa.Column("design", sa.String(length=64), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("views", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.String(27), nullable=False),
        sa.Column("closed_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(["microfactory"], ["microfactories.id"]),
        sa.ForeignKeyConstraint(["design"], ["designs.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_lots_opened", "lots", ["opened_at", "id"], unique=False)
    op.create_index("ix_lots_microfactory", "lots", ["microfactory", "opened_at", "id"], unique=False)


def _appeals() -> None:
    op.create_table(
        "appeals",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("inspection", sa.String(length=36), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("voice_sha256", sa.String(length=64), nullable=True),
        sa.Column("voice_kind", sa.String(length=8), nullable=True),
        sa.Column("photo_sha256", sa.String(length=64), nullable=True),
        sa.Column("token", sa.String(length=36), nullable=True),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("decided_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(["inspection"], ["inspections.id"]),
        sa.ForeignKeyConstraint(["token"], ["tokens.id"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id", name="uq_appeals_id"),
    )
    op.create_index("ix_appeals_inspection", "appeals", ["inspection", "number"], unique=False)
    op.create_index("ix_appeals_outcome", "appeals", ["outcome", "inspection"], unique=False)
    op.create_index("ix_appeals_voice", "appeals", ["voice_sha256"], unique=False)
    op.create_index("ix_appeals_photo", "appeals", ["photo_sha256"], unique=False)


def _changed_at() -> None:
    """What is there already changed last when it was reviewed last, or when it came."""
    never = "1970-01-01T00:00:00.000000Z"
    column = sa.Column("changed_at", sa.String(27), nullable=False, server_default=never)
    op.add_column("inspections", column)
    # Times are text of fixed width, so the later one is the greater text.
    op.execute(
        "UPDATE inspections SET changed_at = coalesce("
        "(SELECT max(reviews.at) FROM reviews WHERE reviews.inspection = inspections.id"
        " AND reviews.at > inspections.received_at), received_at)"
    )
    op.create_index("ix_inspections_changed", "inspections", ["changed_at", "id"], unique=False)
    op.create_index(
        "ix_inspections_own_changed", "inspections", ["microfactory", "changed_at", "id"], unique=False
    )
