"""What changed and was said of it, the limits that said so, and where it was sent."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ubora.service.ledger.tables.rows import Table, UtcTime


class ChartLimits(Table):
    """Append-only but for its end: limits that stand for all weeks after a first phase, until others do."""

    __tablename__ = "chart_limits"
    __table_args__ = (Index("ix_chart_limits_subject", "kind", "subject", "ended_at"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(12))
    """Of `alerts.subjects.Kind`."""
    subject: Mapped[str] = mapped_column(String(120))
    """A code, class of defect or release; empty of the network."""
    rule: Mapped[str] = mapped_column(String(9))
    """p-prime, or worsening"""
    first_week: Mapped[str] = mapped_column(String(10))
    last_week: Mapped[str] = mapped_column(String(10))
    """Mondays: of the first phase that they stand on."""
    passed: Mapped[int]
    decided: Mapped[int]
    """In these weeks."""
    figures: Mapped[dict[str, float]] = mapped_column(JSON)
    """p-prime: centre, sigma_z, weeks. worsening: alpha, beta."""
    made_at: Mapped[datetime] = mapped_column(UtcTime)
    made_by: Mapped[str | None] = mapped_column(String(120))
    """None: by the service, from the first weeks that there were."""
    reason: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)


class Alert(Table):
    """A signal, kept once: what is said of it later stands in the same row."""

    __tablename__ = "alerts"
    __table_args__ = (
        UniqueConstraint("id", name="uq_alerts_id"),
        UniqueConstraint("signal", name="uq_alerts_signal"),
        Index("ix_alerts_state", "state", "number"),
        Index("ix_alerts_subject", "kind", "subject", "number"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(36))
    signal: Mapped[str] = mapped_column(String(200))
    """Which one it is, whatever its figures: kind, subject, rule, and its week or since when."""
    kind: Mapped[str] = mapped_column(String(12))
    subject: Mapped[str] = mapped_column(String(120))
    rule: Mapped[str] = mapped_column(String(16))
    """Of `alerts.subjects.Rule`."""
    week: Mapped[str] = mapped_column(String(10))
    """The Monday of the week that showed it."""
    limits: Mapped[int | None] = mapped_column(ForeignKey("chart_limits.number"))
    """None where the rule needs none."""
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(12))
    """open, acknowledged, withdrawn"""
    raised_at: Mapped[datetime] = mapped_column(UtcTime)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcTime)
    acknowledged_by: Mapped[str | None] = mapped_column(String(120))
    note: Mapped[str] = mapped_column(Text, default="")
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcTime)


class Webhook(Table):
    """An address of somebody else's that is told of alerts."""

    __tablename__ = "webhooks"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(String(120))
    secret: Mapped[str] = mapped_column(String(80))
    """Kept as it is, since it signs; empty once the webhook is removed."""
    old_secret: Mapped[str | None] = mapped_column(String(80))
    old_until: Mapped[datetime | None] = mapped_column(UtcTime)
    """Until then the old one signs, too."""
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    created_by: Mapped[str] = mapped_column(String(120))
    removed_at: Mapped[datetime | None] = mapped_column(UtcTime)


class Delivery(Table):
    """One message to one receiver: made with what it tells of, sent when it is due, dead after many tries."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("id", name="uq_deliveries_id"),
        Index("ix_deliveries_due", "state", "next_at"),
        Index("ix_deliveries_webhook", "webhook", "number"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(40))
    """The same for every try, so that whoever had it already knows it again."""
    webhook: Mapped[str | None] = mapped_column(ForeignKey("webhooks.id"))
    """None: by mail."""
    event: Mapped[str] = mapped_column(String(24))
    body: Mapped[str] = mapped_column(Text)
    """JSON of a webhook; the text of a mail, its subject in the first line."""
    state: Mapped[str] = mapped_column(String(9))
    """waiting, delivered, dead"""
    tries: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(UtcTime)
    claimed_until: Mapped[datetime | None] = mapped_column(UtcTime)
    """A service sends it, and no other one does until then."""
    status: Mapped[int | None]
    """HTTP status of the last answer."""
    fault: Mapped[str | None] = mapped_column(String(32))
    """Why the last try failed, as a code of `outbound.outbox.Fault`."""
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcTime)
