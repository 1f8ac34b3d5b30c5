"""Which design people say that a piece is of, and what a release says of it beside that design's samples."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Double, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ubora.service.ledger.tables.rows import Table, UtcTime


class DesignSaid(Table):
    """Append-only: somebody said of which design a piece is. Taking it back is another row."""

    __tablename__ = "design_said"
    __table_args__ = (
        UniqueConstraint("id", name="uq_design_said_id"),
        Index("ix_design_said_inspection", "inspection", "number"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(36))
    inspection: Mapped[str] = mapped_column(ForeignKey("inspections.id"))
    """The one that was looked at; all of its piece are moved."""
    kind: Mapped[str] = mapped_column(String(8))
    """moved; known: of a known piece that was dealt to her, which moves nothing"""
    design: Mapped[str] = mapped_column(ForeignKey("designs.id"))
    """Where it is unknown, the one as which it was sent."""
    unknown: Mapped[bool]
    """It is of no design that the hub knows."""
    was: Mapped[str] = mapped_column(ForeignKey("designs.id"))
    was_unknown: Mapped[bool]
    waits: Mapped[str | None] = mapped_column(String(36))
    """The inspection that counts, which a person decides by this; none where all are to be taken again."""
    status_was: Mapped[str | None] = mapped_column(String(8))
    """Its status before."""
    after: Mapped[str | None] = mapped_column(String(36))
    """Its review that counted then."""
    reason: Mapped[str] = mapped_column(Text)
    reviewer: Mapped[str] = mapped_column(String(120))
    person: Mapped[str] = mapped_column(String(36))
    token: Mapped[str | None] = mapped_column(ForeignKey("tokens.id"))
    at: Mapped[datetime] = mapped_column(UtcTime)


class LookAgain(Table):
    """Append-only: an inspection judged once more, beside what stands for the design that it is of.

    It changes nothing of the inspection.
    """

    __tablename__ = "looks_again"
    __table_args__ = (
        UniqueConstraint("id", name="uq_looks_again_id"),
        Index("ix_looks_again_inspection", "inspection", "number"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(36))
    inspection: Mapped[str] = mapped_column(ForeignKey("inspections.id"))
    design: Mapped[str] = mapped_column(ForeignKey("designs.id"))
    """Beside whose samples."""
    release: Mapped[str] = mapped_column(String(64))
    verdict: Mapped[str] = mapped_column(String(8))
    reasons: Mapped[list[str]] = mapped_column(JSON)
    scores: Mapped[list[dict[str, float]]] = mapped_column(JSON)
    """Of each photo, by class."""
    defects: Mapped[list[list[dict[str, Any]]]] = mapped_column(JSON)
    """Of each photo what it found: class, severity, score, threshold, box."""
    variance_level: Mapped[int]
    variance_in_range: Mapped[bool]
    design_distance: Mapped[float | None] = mapped_column(Double)
    design_in_doubt: Mapped[bool]
    approved_version: Mapped[int]
    """Of what stood for the design when it was looked at."""
    asked_by: Mapped[str] = mapped_column(String(120))
    token: Mapped[str | None] = mapped_column(ForeignKey("tokens.id"))
    at: Mapped[datetime] = mapped_column(UtcTime)
