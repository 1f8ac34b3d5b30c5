"""Limits that stand, alerts, and where they are sent."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _limits()
    _alerts()
    _webhooks()


def _limits() -> None:
    op.create_table(
        "chart_limits",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("rule", sa.String(9), nullable=False),
        sa.Column("first_week", sa.String(10), nullable=False),
        sa.Column("last_week", sa.String(10), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("decided", sa.Integer(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.String(27), nullable=False),
        sa.Column("made_by", sa.String(120), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.String(27), nullable=True),
    )
    op.create_index("ix_chart_limits_subject", "chart_limits", ["kind", "subject", "ended_at"])


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("signal", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("rule", sa.String(16), nullable=False),
        sa.Column("week", sa.String(10), nullable=False),
        sa.Column("limits", sa.Integer(), nullable=True),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("raised_at", sa.String(27), nullable=False),
        sa.Column("acknowledged_at", sa.String(27), nullable=True),
        sa.Column("acknowledged_by", sa.String(120), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(["limits"], ["chart_limits.number"]),
        sa.UniqueConstraint("id", name="uq_alerts_id"),
        sa.UniqueConstraint("signal", name="uq_alerts_signal"),
    )
    op.create_index("ix_alerts_state", "alerts", ["state", "number"])
    op.create_index("ix_alerts_subject", "alerts", ["kind", "subject", "number"])


def _webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("label", sa.String(120), nullable=False),
        sa.Column("secret", sa.String(80), nullable=False),
        sa.Column("old_secret", sa.String(80), nullable=True),
        sa.Column("old_until", sa.String(27), nullable=True),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.Column("created_by", sa.String(120), nullable=False),
        sa.Column("removed_at", sa.String(27), nullable=True),
    )
    op.create_table(
        "deliveries",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("webhook", sa.String(36), nullable=True),
        sa.Column("event", sa.String(24), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(9), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.String(27), nullable=False),
        sa.Column("claimed_until", sa.String(27), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("fault", sa.String(32), nullable=True),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.Column("done_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(["webhook"], ["webhooks.id"]),
        sa.UniqueConstraint("id", name="uq_deliveries_id"),
    )
    op.create_index("ix_deliveries_due", "deliveries", ["state", "next_at"])
    op.create_index("ix_deliveries_webhook", "deliveries", ["webhook", "number"])
