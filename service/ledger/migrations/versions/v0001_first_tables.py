"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "designs",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("material", sa.String(length=32), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("approved_low", sa.Integer(), nullable=False),
        sa.Column("approved_high", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "microfactories",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "daily_counts",
        sa.Column("microfactory", sa.String(length=64), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("decided", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("pending", sa.Integer(), nullable=False),
        sa.Column("retakes", sa.Integer(), nullable=False),
        sa.Column("first_decided", sa.Integer(), nullable=False),
        sa.Column("first_passed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["microfactory"],
            ["microfactories.id"],
        ),
        sa.PrimaryKeyConstraint("microfactory", "day"),
    )
    op.create_index("ix_daily_counts_day", "daily_counts", ["day"], unique=False)
    op.create_table(
        "piece_states",
        sa.Column("piece_key", sa.String(length=64), nullable=False),
        sa.Column("microfactory", sa.String(length=64), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("first_day", sa.String(length=10), nullable=False),
        sa.Column("first_status", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["microfactory"],
            ["microfactories.id"],
        ),
        sa.PrimaryKeyConstraint("piece_key"),
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("microfactory", sa.String(length=64), nullable=True),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.Column("revoked_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(
            ["microfactory"],
            ["microfactories.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256"),
    )
    op.create_table(
        "inspections",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("token", sa.String(length=36), nullable=True),
        sa.Column("microfactory", sa.String(length=64), nullable=False),
        sa.Column("design", sa.String(length=64), nullable=False),
        sa.Column("lot", sa.String(length=64), nullable=True),
        sa.Column("piece", sa.String(length=64), nullable=True),
        sa.Column("piece_key", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.String(27), nullable=False),
        sa.Column("taken_at", sa.String(27), nullable=True),
        sa.Column("release", sa.String(length=64), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("instruction", sa.Text(), nullable=True),
        sa.Column("variance_level", sa.Integer(), nullable=False),
        sa.Column("variance_in_range", sa.Boolean(), nullable=False),
        sa.Column("variance_probabilities", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["design"],
            ["designs.id"],
        ),
        sa.ForeignKeyConstraint(
            ["microfactory"],
            ["microfactories.id"],
        ),
        sa.ForeignKeyConstraint(
            ["token"],
            ["tokens.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_inspections_design", "inspections", ["design", "received_at", "id"], unique=False)
    op.create_index(
        "ix_inspections_microfactory", "inspections", ["microfactory", "received_at", "id"], unique=False
    )
    op.create_index("ix_inspections_piece", "inspections", ["piece_key", "received_at", "id"], unique=False)
    op.create_index("ix_inspections_received", "inspections", ["received_at", "id"], unique=False)
    op.create_index("ix_inspections_status", "inspections", ["status", "received_at", "id"], unique=False)
    op.create_table(
        "photos",
        sa.Column("inspection", sa.String(length=36), nullable=False),
        sa.Column("photo_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("view", sa.String(length=8), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("received_sha256", sa.String(length=64), nullable=False),
        sa.Column("received_bytes", sa.Integer(), nullable=False),
        sa.Column("stored_sha256", sa.String(length=64), nullable=False),
        sa.Column("stored_bytes", sa.Integer(), nullable=False),
        sa.Column("heatmap_sha256", sa.String(length=64), nullable=False),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.Column("defects", sa.JSON(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("measures", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["inspection"],
            ["inspections.id"],
        ),
        sa.PrimaryKeyConstraint("inspection", "photo_index"),
    )
    op.create_index("ix_photos_heatmap", "photos", ["heatmap_sha256"], unique=False)
    op.create_index("ix_photos_stored", "photos", ["stored_sha256"], unique=False)
    op.create_table(
        "reviews",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("inspection", sa.String(length=36), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("disposition", sa.String(length=8), nullable=False),
        sa.Column("defects", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("variance", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.String(length=120), nullable=False),
        sa.Column("token", sa.String(length=36), nullable=True),
        sa.Column("at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(
            ["inspection"],
            ["inspections.id"],
        ),
        sa.ForeignKeyConstraint(
            ["token"],
            ["tokens.id"],
        ),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id", name="uq_reviews_id"),
    )
    op.create_index("ix_reviews_at", "reviews", ["at"], unique=False)
    op.create_index("ix_reviews_inspection", "reviews", ["inspection", "number"], unique=False)
