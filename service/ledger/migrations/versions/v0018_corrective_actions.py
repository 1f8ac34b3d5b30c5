"""Defects that repeat at a workshop, and what is done about each."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "corrective_actions",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("microfactory", sa.String(64), nullable=False),
        sa.Column("defect", sa.String(32), nullable=False),
        sa.Column("inspection", sa.String(36), nullable=True),
        sa.Column("watch", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("told", sa.BigInteger(), nullable=True),
        sa.Column("answered", sa.BigInteger(), nullable=True),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(["microfactory"], ["microfactories.id"]),
        sa.ForeignKeyConstraint(["inspection"], ["inspections.id"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id", name="uq_corrective_actions_id"),
    )
    for name, columns in (
        ("own", ["microfactory", "number"]),
        ("state", ["state", "number"]),
        ("inspection", ["inspection"]),
    ):
        op.create_index(f"ix_corrective_actions_{name}", "corrective_actions", columns, unique=False)
    _steps()


def _steps() -> None:
    op.create_table(
        "corrective_steps",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("action", sa.String(36), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("step", sa.String(9), nullable=False),
        sa.Column("side", sa.String(8), nullable=False),
        sa.Column("takes_back", sa.String(36), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("phrases", sa.JSON(), nullable=False),
        sa.Column("voice_sha256", sa.String(64), nullable=True),
        sa.Column("voice_kind", sa.String(8), nullable=True),
        sa.Column("voice_removed_at", sa.String(27), nullable=True),
        sa.Column("voice_removed_why", sa.String(12), nullable=True),
        sa.Column("by_name", sa.String(120), nullable=False),
        sa.Column("person", sa.String(36), nullable=True),
        sa.Column("token", sa.String(36), nullable=True),
        sa.Column("said_at", sa.String(27), nullable=True),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["action"], ["corrective_actions.id"]),
        sa.ForeignKeyConstraint(["token"], ["tokens.id"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id", name="uq_corrective_steps_id"),
    )
    for name, columns in (
        ("action", ["action", "number"]),
        ("voice", ["voice_sha256"]),
        ("token", ["token"]),
    ):
        op.create_index(f"ix_corrective_steps_{name}", "corrective_steps", columns, unique=False)
