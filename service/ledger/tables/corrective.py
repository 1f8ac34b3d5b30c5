"""Defects that repeat at a workshop, and what is done about each: its course, step after step."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ubora.service.ledger.tables.rows import Table, UtcTime


class CorrectiveAction(Table):
    """Where its course stands, kept up to date with each step; what happened stands in `corrective_steps`."""

    __tablename__ = "corrective_actions"
    __table_args__ = (
        UniqueConstraint("id", name="uq_corrective_actions_id"),
        Index("ix_corrective_actions_own", "microfactory", "number"),
        Index("ix_corrective_actions_state", "state", "number"),
        Index("ix_corrective_actions_inspection", "inspection"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(36))
    microfactory: Mapped[str] = mapped_column(ForeignKey("microfactories.id"))
    defect: Mapped[str] = mapped_column(String(32))
    inspection: Mapped[str | None] = mapped_column(ForeignKey("inspections.id"))
    """The piece from which it was opened; none where it was no piece, or the piece was deleted."""
    watch: Mapped[int]
    """How many of the next pieces are watched after her answer."""
    days: Mapped[int]
    """How long an answer may take."""
    state: Mapped[str] = mapped_column(String(8))
    """opened, told, answered, watched, closed"""
    told: Mapped[int | None] = mapped_column(BigInteger)
    """Of when the workshop was told last; none: it has not heard of it."""
    answered: Mapped[int | None] = mapped_column(BigInteger)
    """Of the answer that counts: pieces of a greater number were made after it."""
    change: Mapped[int] = mapped_column(BigInteger)
    """Of its last step."""
    due_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """Until when her answer is expected, while it is waited for."""


class CorrectiveStep(Table):
    """Append-only: who did what, when and why. What is taken back is taken back by another row."""

    __tablename__ = "corrective_steps"
    __table_args__ = (
        UniqueConstraint("id", name="uq_corrective_steps_id"),
        Index("ix_corrective_steps_action", "action", "number"),
        Index("ix_corrective_steps_voice", "voice_sha256"),
        Index("ix_corrective_steps_token", "token"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(36))
    action: Mapped[str] = mapped_column(ForeignKey("corrective_actions.id"))
    fingerprint: Mapped[str] = mapped_column(String(64))
    step: Mapped[str] = mapped_column(String(9))
    """opened, told, answered, watched, effective, dropped, reopened, undone"""
    side: Mapped[str] = mapped_column(String(8))
    """hub, workshop"""
    takes_back: Mapped[str | None] = mapped_column(String(36))
    """The step that is undone."""
    note: Mapped[str] = mapped_column(Text)
    """Why; of an answer, what was changed. As it was written."""
    phrases: Mapped[list[str]] = mapped_column(JSON)
    """Of an answer: keys, said to each reader in her language."""
    voice_sha256: Mapped[str | None] = mapped_column(String(64))
    voice_kind: Mapped[str | None] = mapped_column(String(8))
    voice_removed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    voice_removed_why: Mapped[str | None] = mapped_column(String(12))
    """As of an appeal."""
    by: Mapped[str] = mapped_column("by_name", String(120))
    person: Mapped[str | None] = mapped_column(String(36))
    """Who at the hub; none of a phone's."""
    token: Mapped[str | None] = mapped_column(ForeignKey("tokens.id"))
    said_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """By the phone, which may have had no network then."""
    change: Mapped[int] = mapped_column(BigInteger)
    """Of when it came."""
    at: Mapped[datetime] = mapped_column(UtcTime)
