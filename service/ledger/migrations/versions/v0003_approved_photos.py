"""A design's approved photos, and how far an inspected piece lies from them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "approved_photos",
        sa.Column("design", sa.String(length=64), nullable=False),
        sa.Column("photo_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stored_sha256", sa.String(length=64), nullable=False),
        sa.Column("token", sa.String(length=36), nullable=True),
        sa.Column("at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["design"], ["designs.id"]),
        sa.ForeignKeyConstraint(["token"], ["tokens.id"]),
        sa.PrimaryKeyConstraint("design", "photo_index"),
    )
    op.create_index("ix_approved_photos_stored", "approved_photos", ["stored_sha256"], unique=False)
    op.add_column("inspections", sa.Column("design_distance", sa.Double(), nullable=True))
    op.add_column(
        "inspections", sa.Column("design_in_doubt", sa.Boolean(), nullable=False, server_default=sa.false())
    )
