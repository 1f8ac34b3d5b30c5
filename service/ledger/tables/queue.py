"""What waits for a person at the hub, who holds it, and which passed pieces were drawn for a look."""

from datetime import datetime

from sqlalchemy import BigInteger, Double, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from ubora.service.ledger.tables.rows import Table, UtcTime


class Waiting(Table):
    """An inspection that waits for a person, kept by `waiting`. The row goes when a person decides.

    It repeats what the queue is sorted and searched by, so that a page of it reads one table.
    """

    __tablename__ = "waiting"
    __table_args__ = (
        # The order of the queue: of all, of a workshop, of a design, of a lot.
        Index("ix_waiting_order", "place", "lot_since", "number"),
        Index("ix_waiting_microfactory", "microfactory", "place", "lot_since", "number"),
        Index("ix_waiting_design", "design", "place", "lot_since", "number"),
        Index("ix_waiting_lot", "lot", "microfactory", "lot_since"),
        Index("ix_waiting_kinds", "kinds"),
        Index("ix_waiting_change", "change"),
        Index("ix_waiting_holder", "holder"),
        Index("ix_waiting_token", "token"),
        # The few that are shown to one person alone.
        Index(
            "ix_waiting_only",
            "only",
            sqlite_where=text('"only" IS NOT NULL'),
            postgresql_where=text('"only" IS NOT NULL'),
        ),
    )

    inspection: Mapped[str] = mapped_column(ForeignKey("inspections.id"), primary_key=True)
    kinds: Mapped[int]
    """Why it waits: a bit for each of `waiting.KINDS`."""
    place: Mapped[int]
    """0 while an appeal waits, 1 else."""
    lot_since: Mapped[int] = mapped_column(BigInteger)
    """Number of the lot's first piece since something of the lot has waited; its own where it has no lot."""
    number: Mapped[int] = mapped_column(BigInteger)
    """The inspection's."""
    change: Mapped[int] = mapped_column(BigInteger)
    """Of when it came to wait, or why it waits or who holds it last changed."""
    microfactory: Mapped[str] = mapped_column(String(64))
    design: Mapped[str] = mapped_column(String(64))
    lot: Mapped[str | None] = mapped_column(String(64))
    lot_sought: Mapped[str] = mapped_column(String(192))
    """In small letters, for the search; empty where there is none."""
    piece_sought: Mapped[str] = mapped_column(String(192))
    received_at: Mapped[datetime] = mapped_column(UtcTime)
    score: Mapped[float] = mapped_column(Double)
    """The greatest of any class on any photo, 0–1."""
    design_in_doubt: Mapped[bool]
    variance_in_range: Mapped[bool]
    holder: Mapped[str | None] = mapped_column(String(36))
    """A person's id, or a bearer token's."""
    held_by: Mapped[str | None] = mapped_column(String(120))
    """The name of the holder."""
    token: Mapped[str | None] = mapped_column(String(36))
    """Of the session in which it is held."""
    only: Mapped[str | None] = mapped_column(String(36))
    """The person to whom alone it is shown: a known piece, dealt to her."""
    held_since: Mapped[datetime | None] = mapped_column(UtcTime)
    """By the wall clock: a lease ends soon by that very clock."""


class WaitingDefect(Table):
    """A class of defect that was found on a piece that waits."""

    __tablename__ = "waiting_defects"
    __table_args__ = (Index("ix_waiting_defects_defect", "defect", "inspection"),)

    inspection: Mapped[str] = mapped_column(ForeignKey("waiting.inspection"), primary_key=True)
    defect: Mapped[str] = mapped_column(String(32), primary_key=True)


class Barred(Table):
    """Somebody who does not decide a piece that waits, while anybody else at the hub may."""

    __tablename__ = "barred"
    __table_args__ = (Index("ix_barred_person", "person", "inspection"),)

    inspection: Mapped[str] = mapped_column(ForeignKey("waiting.inspection"), primary_key=True)
    person: Mapped[str] = mapped_column(String(36), primary_key=True)


class AuditDraw(Table):
    """A passed piece that was drawn for a person to look at, and the share that was drawn then."""

    __tablename__ = "audit_draws"
    __table_args__ = (Index("ix_audit_draws_received", "received_at"),)

    inspection: Mapped[str] = mapped_column(ForeignKey("inspections.id"), primary_key=True)
    received_at: Mapped[datetime] = mapped_column(UtcTime)
    """Of the inspection."""
    share: Mapped[float] = mapped_column(Double)
    """0–1: each piece that passed then was drawn with this chance."""


class LedgerKey(Table):
    """A secret of this ledger, made with it and shown to nobody."""

    __tablename__ = "ledger_keys"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    """32 random bytes, hexadecimal."""
