"""What workshops said of the use of their photos; what was deleted or is kept no longer."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of a ledger of before nobody was asked: no row, and so no consent.
    op.create_table(
        "consents",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("microfactory", sa.String(64), nullable=False),
        sa.Column("photos", sa.Boolean(), nullable=False),
        sa.Column("voices", sa.Boolean(), nullable=False),
        sa.Column("words", sa.String(32), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("said_at", sa.String(27), nullable=True),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("token", sa.String(36), nullable=False),
        sa.Column("label", sa.String(120), nullable=False),
        sa.ForeignKeyConstraint(["microfactory"], ["microfactories.id"]),
        sa.ForeignKeyConstraint(["token"], ["tokens.id"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id", name="uq_consents_id"),
    )
    op.create_index("ix_consents_microfactory", "consents", ["microfactory", "number"], unique=False)
    op.create_table(
        "deletions",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("microfactory", sa.String(64), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["microfactory"], ["microfactories.id"]),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_deletions_name", "deletions", ["name", "kind"], unique=False)
    op.create_index("ix_deletions_own_change", "deletions", ["microfactory", "change"], unique=False)
    op.create_table(
        "leaving_files",
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("kind", "sha256"),
    )
    op.add_column("photos", sa.Column("removed_at", sa.String(27), nullable=True))
    op.add_column("photos", sa.Column("removed_why", sa.String(12), nullable=True))
    for part in ("voice", "photo"):
        op.add_column("appeals", sa.Column(f"{part}_removed_at", sa.String(27), nullable=True))
        op.add_column("appeals", sa.Column(f"{part}_removed_why", sa.String(12), nullable=True))
