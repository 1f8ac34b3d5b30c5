"""What is to be made, by whom, and what it should look like."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ubora.service.ledger.tables.rows import Table, UtcTime


class Microfactory(Table):
    __tablename__ = "microfactories"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    place: Mapped[str] = mapped_column(String(120))
    closed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """Since when it makes nothing for the hub any more; its history stays."""


class Design(Table):
    __tablename__ = "designs"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    category: Mapped[str] = mapped_column(String(32))
    material: Mapped[str] = mapped_column(String(32))
    stage: Mapped[str] = mapped_column(String(16))
    approved_low: Mapped[int]
    approved_high: Mapped[int]
    views: Mapped[list[str]] = mapped_column(JSON, default=lambda: ["front"])
    """Wanted of each piece, in the order in which the phone asks for them; a lot may want others."""
    approved_version: Mapped[int] = mapped_column(default=0)
    """Of what stands for it: one more with each change of its approved photos or accepted pieces."""

    approved: Mapped[list["ApprovedPhoto"]] = relationship(order_by="ApprovedPhoto.index", lazy="selectin")


class ApprovedPhoto(Table):
    """A photo of the piece that stands for its design. All of a design's are replaced together."""

    __tablename__ = "approved_photos"
    __table_args__ = (Index("ix_approved_photos_stored", "stored_sha256"),)

    design: Mapped[str] = mapped_column(ForeignKey("designs.id"), primary_key=True)
    index: Mapped[int] = mapped_column("photo_index", primary_key=True, autoincrement=False)
    view: Mapped[str | None] = mapped_column(String(8))
    """None: nobody said."""
    stored_sha256: Mapped[str] = mapped_column(String(64))
    token: Mapped[str | None] = mapped_column(ForeignKey("tokens.id"))
    at: Mapped[datetime] = mapped_column(UtcTime)


class AcceptedPiece(Table):
    """An accepted inspection whose photos stand for its design beside the approved ones, and until when.

    What left stays on record. A piece that joins again is another row.
    """

    __tablename__ = "accepted_pieces"
    __table_args__ = (
        Index("ix_accepted_pieces_design", "design", "number"),
        # None stands twice, whoever adds it at the same time.
        Index(
            "ix_accepted_pieces_standing",
            "inspection",
            unique=True,
            sqlite_where=text("until_version IS NULL"),
            postgresql_where=text("until_version IS NULL"),
        ),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    design: Mapped[str] = mapped_column(ForeignKey("designs.id"))
    inspection: Mapped[str] = mapped_column(ForeignKey("inspections.id"))
    since_version: Mapped[int]
    """Of what stands for the design: the first with it."""
    added_by: Mapped[str] = mapped_column(String(120))
    added_at: Mapped[datetime] = mapped_column(UtcTime)
    until_version: Mapped[int | None]
    """The first without it; none while it stands."""
    removed_by: Mapped[str | None] = mapped_column(String(120))
    """Who took it away, or whose act made it leave."""
    removed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    removed_why: Mapped[str | None] = mapped_column(String(32))
    removed_detail: Mapped[str | None] = mapped_column(Text)


class Lot(Table):
    """An order of a workshop: how many pieces of a design, and which views of each are to be photographed.

    An inspection names its lot in free text, as written on the bag; it counts for the lot of that id.
    """

    __tablename__ = "lots"
    __table_args__ = (
        Index("ix_lots_number", "number", unique=True),
        Index("ix_lots_microfactory", "microfactory", "number"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
    """Of when it was opened first."""
    microfactory: Mapped[str] = mapped_column(ForeignKey("microfactories.id"))
    design: Mapped[str] = mapped_column(ForeignKey("designs.id"))
    pieces: Mapped[int]
    views: Mapped[list[str]] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime] = mapped_column(UtcTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcTime)


class LotAct(Table):
    """Append-only: what a person did to a whole lot. Its last row is how the lot stands."""

    __tablename__ = "lot_acts"
    __table_args__ = (
        UniqueConstraint("id", name="uq_lot_acts_id"),
        Index("ix_lot_acts_lot", "lot", "number"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(36))
    lot: Mapped[str] = mapped_column(ForeignKey("lots.id"))
    kind: Mapped[str] = mapped_column(String(8))
    """ship, hold, check (a person looks at every piece of it)"""
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(120))
    """Her name."""
    at: Mapped[datetime] = mapped_column(UtcTime)


class LotLook(Table):
    """A passed piece that a person looks at, since every piece of its lot is to be looked at."""

    __tablename__ = "lot_looks"

    inspection: Mapped[str] = mapped_column(ForeignKey("inspections.id"), primary_key=True)
    act: Mapped[int] = mapped_column(ForeignKey("lot_acts.number"))


class LotPlan(Table):
    """How strictly lots of a design are sampled, where that is not as usual."""

    __tablename__ = "lot_plans"

    design: Mapped[str] = mapped_column(ForeignKey("designs.id"), primary_key=True)
    level: Mapped[str] = mapped_column(String(4))
    aql_major: Mapped[float] = mapped_column(Double)
    """Per cent."""
    aql_minor: Mapped[float] = mapped_column(Double)


class LotCheck(Table):
    """A sample that was drawn of a lot for a person to look at, and what was decided by it."""

    __tablename__ = "lot_checks"
    __table_args__ = (
        Index("ix_lot_checks_lot", "lot", "number"),
        Index("ix_lot_checks_made", "microfactory", "design", "number"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(36), unique=True)
    lot: Mapped[str] = mapped_column(ForeignKey("lots.id"))
    microfactory: Mapped[str] = mapped_column(String(64))
    design: Mapped[str] = mapped_column(String(64))
    severity: Mapped[str] = mapped_column(String(9))
    """normal, tightened, reduced"""
    level: Mapped[str] = mapped_column(String(4))
    aql_major: Mapped[float] = mapped_column(Double)
    aql_minor: Mapped[float] = mapped_column(Double)
    pieces: Mapped[int]
    """Of the lot, when it was drawn."""
    sample: Mapped[list[str]] = mapped_column(JSON)
    """Inspections."""
    after_review: Mapped[int]
    """The last review before it was drawn: later ones look at the sample."""
    drawn_by: Mapped[str] = mapped_column(String(120))
    drawn_at: Mapped[datetime] = mapped_column(UtcTime)
    by_plan: Mapped[str | None] = mapped_column(String(8))
    """accept or refuse: what the counts say; none while it is looked at."""
    outcome: Mapped[str | None] = mapped_column(String(8))
    """What a person decided."""
    critical: Mapped[int | None]
    """Pieces of the sample whose worst defect is so severe, when it was decided."""
    major: Mapped[int | None]
    minor: Mapped[int | None]
    note: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[str | None] = mapped_column(String(120))
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)
