"""Figures that people enter, and thresholds that they set over a release's own. Both only grow."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ubora.service.ledger.tables.rows import Table, UtcTime


class EnteredFigures(Table):
    """Append-only: a sheet of figures as somebody entered it. The last one of a sheet counts."""

    __tablename__ = "entered_figures"
    __table_args__ = (Index("ix_entered_figures_sheet", "sheet", "number"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    sheet: Mapped[str] = mapped_column(String(16))
    """quality: what mistakes cost; network: one factory or many workshops"""
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)
    """By name; what is left out is as by default."""
    actor: Mapped[str] = mapped_column(String(120))
    token: Mapped[str | None] = mapped_column(ForeignKey("tokens.id"))
    at: Mapped[datetime] = mapped_column(UtcTime)
    why: Mapped[str] = mapped_column(Text)


class ThresholdPolicy(Table):
    """Append-only: thresholds over a release's own, until the next row of that release."""

    __tablename__ = "threshold_policies"
    __table_args__ = (Index("ix_threshold_policies_release", "release", "number"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    release: Mapped[str] = mapped_column(String(64))
    thresholds: Mapped[dict[str, float]] = mapped_column(JSON)
    """Class → plain threshold, of those that differ from the release's own; empty: all are its own."""
    undoes: Mapped[int | None]
    """The row that this one takes back."""
    promise: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What was found of the release's promise under these thresholds, when they were set."""
    forced: Mapped[bool]
    """Set although the promise was not found to hold."""
    actor: Mapped[str] = mapped_column(String(120))
    token: Mapped[str | None] = mapped_column(ForeignKey("tokens.id"))
    at: Mapped[datetime] = mapped_column(UtcTime)
    why: Mapped[str] = mapped_column(Text)
