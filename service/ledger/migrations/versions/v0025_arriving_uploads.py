"""Uploads that are not whole yet, for services that share no folder: how far each is, and its objects."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "arriving_uploads",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("owner", sa.String(36), nullable=False),
        sa.Column("upload", sa.String(36), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("come", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("owner", "upload", name="uq_arriving_uploads_upload"),
    )
    op.create_index("ix_arriving_uploads_changed", "arriving_uploads", ["changed_at"])
    op.create_table(
        "arriving_parts",
        sa.Column("upload", sa.String(36), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(["upload"], ["arriving_uploads.id"]),
        sa.PrimaryKeyConstraint("upload", "start"),
        sa.UniqueConstraint("name"),
    )
