"""What people say of a piece beside the reviews that decide it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ubora.service.ledger.tables.rows import Table, UtcTime


class Handover(Table):
    """Append-only: somebody was not sure, and another person decides. Open until a review comes after it."""

    __tablename__ = "handovers"
    __table_args__ = (
        UniqueConstraint("id", name="uq_handovers_id"),
        Index("ix_handovers_inspection", "inspection", "number"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(36))
    inspection: Mapped[str] = mapped_column(ForeignKey("inspections.id"))
    note: Mapped[str] = mapped_column(Text)
    after: Mapped[str | None] = mapped_column(String(36))
    """The review that counted then; of a known piece the one with which it was dealt."""
    reviewer: Mapped[str] = mapped_column(String(120))
    person: Mapped[str] = mapped_column(String(36))
    token: Mapped[str | None] = mapped_column(ForeignKey("tokens.id"))
    at: Mapped[datetime] = mapped_column(UtcTime)


class Answer(Table):
    """Append-only: what a person said of a piece and did not decide by it. Its fields are a review's."""

    __tablename__ = "answers"
    __table_args__ = (
        UniqueConstraint("id", name="uq_answers_id"),
        Index("ix_answers_inspection", "inspection", "number"),
        Index("ix_answers_at", "at"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(36))
    inspection: Mapped[str] = mapped_column(ForeignKey("inspections.id"))
    kind: Mapped[str] = mapped_column(String(8))
    """second: a second person's, who did not see the first's; known: of a piece of which it is known"""
    fingerprint: Mapped[str] = mapped_column(String(64))
    disposition: Mapped[str] = mapped_column(String(8))
    defects: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    variance: Mapped[int | None]
    phrases: Mapped[list[str]] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(Text)
    reviewer: Mapped[str] = mapped_column(String(120))
    person: Mapped[str] = mapped_column(String(36))
    token: Mapped[str | None] = mapped_column(ForeignKey("tokens.id"))
    at: Mapped[datetime] = mapped_column(UtcTime)


class SecondDraw(Table):
    """A decided piece that was drawn for a second person, who does not see what was decided."""

    __tablename__ = "second_draws"
    __table_args__ = (Index("ix_second_draws_outcome", "outcome", "inspection"),)

    inspection: Mapped[str] = mapped_column(ForeignKey("inspections.id"), primary_key=True)
    share: Mapped[float] = mapped_column(Double)
    """0–1: each piece that was decided then was drawn with this chance."""
    drawn_at: Mapped[datetime] = mapped_column(UtcTime)
    first: Mapped[str] = mapped_column(String(36))
    """The review that counts; the first person's last one before the second spoke."""
    person: Mapped[str] = mapped_column(String(36))
    """Whose that is."""
    outcome: Mapped[str] = mapped_column(String(8))
    """waiting; agreed, differ (a third person decides), settled (she did), void (contested meanwhile)"""
    answer: Mapped[str | None] = mapped_column(String(36))
    """The second person's, in `answers`."""
    settled: Mapped[str | None] = mapped_column(String(36))
    """The review that settled it."""


class KnownPiece(Table):
    """A decided piece of which it is known what is right: people's answers are held against it."""

    __tablename__ = "known_pieces"

    inspection: Mapped[str] = mapped_column(ForeignKey("inspections.id"), primary_key=True)
    disposition: Mapped[str] = mapped_column(String(8))
    defects: Mapped[list[str]] = mapped_column(JSON)
    """Classes of defect that it has, all of them."""
    marked_by: Mapped[str] = mapped_column(String(120))
    person: Mapped[str] = mapped_column(String(36))
    marked_at: Mapped[datetime] = mapped_column(UtcTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """It is dealt to nobody any more since then; what was answered stays."""


class KnownDeal(Table):
    """A known piece that somebody is shown as if it waited; to each person once."""

    __tablename__ = "known_deals"
    __table_args__ = (
        UniqueConstraint("inspection", "person", name="uq_known_deals_person"),
        Index("ix_known_deals_because", "person", "because"),
        Index("ix_known_deals_change", "person", "change"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    inspection: Mapped[str] = mapped_column(ForeignKey("inspections.id"))
    person: Mapped[str] = mapped_column(String(36))
    because: Mapped[str] = mapped_column(String(36))
    """The inspection that she took, and with which this one was drawn."""
    share: Mapped[float] = mapped_column(Double)
    """0–1, of what she takes."""
    dealt_at: Mapped[datetime] = mapped_column(UtcTime)
    outcome: Mapped[str] = mapped_column(String(8))
    """open, answered, unsure (handed over), revoked (it waits in earnest)"""
    answer: Mapped[str | None] = mapped_column(String(36))
    """Her last one, in `answers`."""
    closed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    change: Mapped[int] = mapped_column(BigInteger)
    """Of when its outcome last changed."""
