"""What people say of a piece beside the reviews that decide it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
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
    """The review that counted then."""
    reviewer: Mapped[str] = mapped_column(String(120))
    person: Mapped[str] = mapped_column(String(36))
    token: Mapped[str | None] = mapped_column(ForeignKey("tokens.id"))
    at: Mapped[datetime] = mapped_column(UtcTime)
