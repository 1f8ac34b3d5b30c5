"""What is counted as it happens, and the clock that numbers it."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ubora.service.ledger.tables.rows import Table, UtcTime


class LedgerClock(Table):
    """One row: the last number and the latest time that were given to anything, see `clock`; whose days."""

    __tablename__ = "clock"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(UtcTime)
    zone: Mapped[str] = mapped_column(String(64), server_default="")
    """The time zone whose days all counts are of, as Africa/Nairobi; empty for a moment while it is made."""


class PieceState(Table):
    """What counts of one piece at present, so that a change can be taken out of the daily counts again."""

    __tablename__ = "piece_states"
    __table_args__ = (
        # From a count to the pieces behind it, of the network and of a workshop, as they came.
        Index("ix_piece_states_day", "day", "status", "number"),
        Index("ix_piece_states_own", "microfactory", "day", "number", "status"),
        Index("ix_piece_states_inspection", "inspection"),
    )

    piece_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    microfactory: Mapped[str] = mapped_column(ForeignKey("microfactories.id"))
    day: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(8))
    first_day: Mapped[str] = mapped_column(String(10))
    first_status: Mapped[str] = mapped_column(String(8))
    design: Mapped[str] = mapped_column(String(64))
    design_unknown: Mapped[bool] = mapped_column(default=False)
    """It counts for no design."""
    inspection: Mapped[str] = mapped_column(String(36))
    """The one that counts."""
    number: Mapped[int] = mapped_column(BigInteger)
    """Of that inspection."""
    release: Mapped[str] = mapped_column(String(64))
    """Of the inspection that counts."""
    first_release: Mapped[str] = mapped_column(String(64))
    reviewer: Mapped[str | None] = mapped_column(String(120))
    """Who decided, where a person did."""


class PieceDefect(Table):
    """A class of defect on a piece, as people left it; where it waits for them, as the machine found it."""

    __tablename__ = "piece_defects"
    __table_args__ = (Index("ix_piece_defects_defect", "defect", "day", "number"),)

    piece_key: Mapped[str] = mapped_column(ForeignKey("piece_states.piece_key"), primary_key=True)
    defect: Mapped[str] = mapped_column(String(32), primary_key=True)
    day: Mapped[str] = mapped_column(String(10))
    number: Mapped[int] = mapped_column(BigInteger)
    """Both of the piece's state."""


class Counts:
    """What is counted of pieces on one day of the ledger's zone."""

    decided: Mapped[int] = mapped_column(default=0)
    passed: Mapped[int] = mapped_column(default=0)
    pending: Mapped[int] = mapped_column(default=0)
    retakes: Mapped[int] = mapped_column(default=0)
    first_decided: Mapped[int] = mapped_column(default=0)
    first_passed: Mapped[int] = mapped_column(default=0)


class DailyCount(Counts, Table):
    """Counts of a workshop and a day: a pass rate reads days, not inspections."""

    __tablename__ = "daily_counts"
    __table_args__ = (Index("ix_daily_counts_day", "day"),)

    microfactory: Mapped[str] = mapped_column(ForeignKey("microfactories.id"), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)


class NetworkCount(Counts, Table):
    """The same of all workshops together: the network's page costs the same however many there are."""

    __tablename__ = "network_counts"

    day: Mapped[str] = mapped_column(String(10), primary_key=True)


class FacetCount(Counts, Table):
    """The same of all workshops' pieces with something in common: a design, release, reviewer or defect.

    What each column counts of a facet is told in `counted`.
    """

    __tablename__ = "facet_counts"

    facet: Mapped[str] = mapped_column(String(8), primary_key=True)
    """A `counted.Facet`, but microfactory and network."""
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    name: Mapped[str] = mapped_column(String(120), primary_key=True)
