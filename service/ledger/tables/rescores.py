"""What other releases said of photos that one had judged."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ubora.service.ledger.tables.rows import Table, UtcTime


class Rescore(Table):
    """One inspection by another release than the one that answered. It changes nothing of the inspection."""

    __tablename__ = "rescores"
    __table_args__ = (
        # The sheet of a release's differences, and where it has got to.
        Index("ix_rescores_release", "release", "number"),
        Index("ix_rescores_agrees", "release", "agrees", "number"),
    )

    inspection: Mapped[str] = mapped_column(ForeignKey("inspections.id"), primary_key=True)
    release: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
    """The inspection's."""
    beside: Mapped[str] = mapped_column(String(64))
    """The release that answered."""
    verdict: Mapped[str] = mapped_column(String(8))
    agrees: Mapped[bool]
    """Whether both said the same of pass, flag and retake."""
    reasons: Mapped[list[str]] = mapped_column(JSON)
    scores: Mapped[list[dict[str, float]]] = mapped_column(JSON)
    """Of each photo, by class."""
    defects: Mapped[list[list[dict[str, Any]]]] = mapped_column(JSON)
    """Of each photo what it found: class, severity, score, threshold, box."""
    variance_level: Mapped[int]
    design_distance: Mapped[float | None] = mapped_column(Double)
    approved_version: Mapped[int]
    """Of what stood for the design when it was looked at."""
    at: Mapped[datetime] = mapped_column(UtcTime)
