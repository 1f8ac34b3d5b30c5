"""What came in of a piece, what the network said of it, and what people did."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ubora.service.ledger.tables.rows import Table, UtcTime


def _sought(name: str) -> Callable[[Any], str]:
    """What a row that is added has under `name`, in small letters."""
    return lambda context: (context.get_current_parameters().get(name) or "").casefold()


def _sent_design(context: Any) -> str:
    return str(context.get_current_parameters()["design"])


class Inspection(Table):
    __tablename__ = "inspections"
    __table_args__ = (
        # The four ways the list is asked for, each in the order of its cursor.
        Index("ix_inspections_number", "number", unique=True),
        Index("ix_inspections_microfactory", "microfactory", "number"),
        Index("ix_inspections_status", "status", "number"),
        Index("ix_inspections_design", "design", "number"),
        Index("ix_inspections_piece", "piece_key", "number"),
        # What a phone fetches: only news, oldest first; by a number, or by a time as older apps ask.
        Index("ix_inspections_change", "change", unique=True),
        Index("ix_inspections_own_change", "microfactory", "change"),
        Index("ix_inspections_changed", "changed_at", "change"),
        Index("ix_inspections_received", "microfactory", "received_at"),
        Index("ix_inspections_lot", "microfactory", "lot", "status", "piece_key"),
        # Where any piece is found again: by the beginning of its code, by its lot, by its day.
        Index("ix_inspections_piece_sought", "piece_sought", "number"),
        Index("ix_inspections_lot_sought", "lot_sought", "number"),
        Index("ix_inspections_day", "received_at", "number"),
        # What was judged while a piece stood for its design.
        Index("ix_inspections_approved_version", "judged_as", "approved_version"),
        # What was flagged in some days.
        Index(
            "ix_inspections_flagged",
            "received_at",
            "number",
            sqlite_where=text("verdict = 'flag'"),
            postgresql_where=text("verdict = 'flag'"),
        ),
        # The few that a person is shown.
        Index(
            "ix_inspections_seen_before",
            "number",
            sqlite_where=text("seen_before"),
            postgresql_where=text("seen_before"),
        ),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    """SHA-256 over what was sent: a repeat has the same, anything else is a conflict."""
    number: Mapped[int] = mapped_column(BigInteger)
    """Of when it was received: what came later has a greater one, whatever the clock said."""
    change: Mapped[int] = mapped_column(BigInteger)
    """Of when anything of it last changed."""
    token: Mapped[str | None] = mapped_column(ForeignKey("tokens.id"))
    microfactory: Mapped[str] = mapped_column(ForeignKey("microfactories.id"))
    design: Mapped[str] = mapped_column(ForeignKey("designs.id"))
    """What it is of: as it was sent, or as a person said since (`DesignSaid`)."""
    design_unknown: Mapped[bool] = mapped_column(default=False)
    """A person said that it is of no design that the hub knows; `design` is the one as which it was sent."""
    sent_as: Mapped[str] = mapped_column(String(64), default=_sent_design)
    """The design that its workshop named. The piece keeps its key by it, whatever is said since."""
    judged_as: Mapped[str] = mapped_column(String(64), default=_sent_design)
    """The design beside whose samples its verdict was made."""
    lot: Mapped[str | None] = mapped_column(String(64))
    piece: Mapped[str | None] = mapped_column(String(64))
    piece_key: Mapped[str] = mapped_column(String(64))
    """See `pieces.piece_key`."""
    lot_sought: Mapped[str] = mapped_column(String(192), default=_sought("lot"))
    """In small letters, for the search; empty where there is none."""
    piece_sought: Mapped[str] = mapped_column(String(192), default=_sought("piece"))
    received_at: Mapped[datetime] = mapped_column(UtcTime)
    taken_at: Mapped[datetime | None] = mapped_column(UtcTime)
    changed_at: Mapped[datetime] = mapped_column(UtcTime)
    """When anything of it last changed, by the server's clock. Never before `received_at`."""
    phone: Mapped[str | None] = mapped_column(String(40))
    """The model, as far as its browser says: see `rows.phone_of`."""
    release: Mapped[str] = mapped_column(String(64))
    verdict: Mapped[str] = mapped_column(String(8))
    status: Mapped[str] = mapped_column(String(8))
    """The verdict, as people have left it: passed, pending, accepted, rework, rejected, retake."""
    reasons: Mapped[list[str]] = mapped_column(JSON)
    instruction: Mapped[str | None] = mapped_column(Text)
    variance_level: Mapped[int]
    variance_in_range: Mapped[bool]
    variance_probabilities: Mapped[list[float]] = mapped_column(JSON)
    design_distance: Mapped[float | None] = mapped_column(Double)
    """Of the photo that looks least like the design's approved photos; none where it had none."""
    design_in_doubt: Mapped[bool] = mapped_column(default=False)
    design_same_view: Mapped[bool] = mapped_column(default=True)
    """False where nothing of a photo's view stood for the design: it was compared with other views."""
    retakes: Mapped[int] = mapped_column(default=0)
    """Of the piece: how many photos in a row were to be taken again, with this one; 0 if it is no retake."""
    seen_before: Mapped[bool] = mapped_column(default=False)
    """One of its photos was sent for another piece before, as `Photo.seen_before` says."""
    approved_version: Mapped[int | None]
    """Of what stood for the design when it was judged; none of one that was judged before there were any."""
    policy: Mapped[int | None]
    """The thresholds that judged it, in `threshold_policies`; none: its release's own."""

    photos: Mapped[list["Photo"]] = relationship(order_by="Photo.index", lazy="selectin")
    reviews: Mapped[list["Review"]] = relationship(order_by="Review.number", lazy="selectin")
    appeals: Mapped[list["Appeal"]] = relationship(order_by="Appeal.number", lazy="selectin")

    @property
    def is_other_design(self) -> bool:
        """A person said that it is of another design than the one as which it was sent."""
        return self.design_unknown or self.design != self.sent_as


class Photo(Table):
    __tablename__ = "photos"
    __table_args__ = (
        Index("ix_photos_stored", "stored_sha256"),
        Index("ix_photos_heatmap", "heatmap_sha256"),
    )

    inspection: Mapped[str] = mapped_column(ForeignKey("inspections.id"), primary_key=True)
    index: Mapped[int] = mapped_column("photo_index", primary_key=True, autoincrement=False)
    view: Mapped[str] = mapped_column(String(8))
    width: Mapped[int]
    height: Mapped[int]
    received_sha256: Mapped[str] = mapped_column(String(64))
    received_bytes: Mapped[int]
    upload: Mapped[str | None] = mapped_column(String(36))
    """The resumable upload that it came by, so that a repeat is known when the upload's file is gone."""
    stored_sha256: Mapped[str] = mapped_column(String(64))
    stored_bytes: Mapped[int]
    heatmap_sha256: Mapped[str] = mapped_column(String(64))
    faults: Mapped[list[str]] = mapped_column(JSON)
    defects: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    scores: Mapped[dict[str, float]] = mapped_column(JSON)
    measures: Mapped[dict[str, float]] = mapped_column(JSON)
    approved_photos: Mapped[int | None]
    """How many photos that stood for its design it was compared with; none of older ones."""
    place: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    """x, y, width, height of the box around the piece, in pixels; none of before it was kept."""
    seen_before: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Photos of other pieces that this one is, as far as prints tell; the first one first."""
    removed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """Its files are not kept any more since then; the hashes only tell what they were."""
    removed_why: Mapped[str | None] = mapped_column(String(12))
    """deleted, or retention; played: there was none, the piece is of a simulation"""


class PhotoPrint(Table):
    """By what a photo is known again (`models.inference.prints`): one row a print, found by any key."""

    __tablename__ = "photo_prints"
    __table_args__ = (
        ForeignKeyConstraint(["inspection", "photo_index"], ["photos.inspection", "photos.photo_index"]),
        *(Index(f"ix_photo_prints_key_{at}", f"key_{at}") for at in range(4)),
    )

    inspection: Mapped[str] = mapped_column(String(36), primary_key=True)
    photo_index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cut: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """0 of all of the photo, 1 of its middle."""
    bits: Mapped[str] = mapped_column(String(36))
    """Hexadecimal."""
    key_0: Mapped[int]
    key_1: Mapped[int]
    key_2: Mapped[int]
    key_3: Mapped[int]


class Review(Table):
    """Append-only: a changed mind is another row, and the last one counts."""

    __tablename__ = "reviews"
    __table_args__ = (
        UniqueConstraint("id", name="uq_reviews_id"),
        Index("ix_reviews_inspection", "inspection", "number"),
        Index("ix_reviews_at", "at"),
        Index(
            "ix_reviews_in_hand",
            "inspection",
            sqlite_where=text("in_hand IS NOT NULL"),
            postgresql_where=text("in_hand IS NOT NULL"),
        ),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(36))
    inspection: Mapped[str] = mapped_column(ForeignKey("inspections.id"))
    fingerprint: Mapped[str] = mapped_column(String(64))
    disposition: Mapped[str] = mapped_column(String(8))
    defects: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    variance: Mapped[int | None]
    phrases: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Keys of `phrases.PHRASES`."""
    note: Mapped[str] = mapped_column(Text)
    reviewer: Mapped[str] = mapped_column(String(120))
    token: Mapped[str | None] = mapped_column(ForeignKey("tokens.id"))
    person: Mapped[str | None] = mapped_column(String(36))
    """Who it was, however she was logged in: see `deciders.person_of`."""
    alone: Mapped[bool] = mapped_column(default=False)
    """Another person should have decided it, and there was none."""
    in_hand: Mapped[str | None] = mapped_column(String(8))
    """goods_in or return: decided on the piece itself, which outranks its photos; null: by these."""
    at: Mapped[datetime] = mapped_column(UtcTime)


class Appeal(Table):
    """A workshop says that a flag or a decision is wrong. The next review decides it."""

    __tablename__ = "appeals"
    __table_args__ = (
        UniqueConstraint("id", name="uq_appeals_id"),
        Index("ix_appeals_inspection", "inspection", "number"),
        Index("ix_appeals_outcome", "outcome", "inspection"),
        Index("ix_appeals_voice", "voice_sha256"),
        Index("ix_appeals_photo", "photo_sha256"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(36))
    inspection: Mapped[str] = mapped_column(ForeignKey("inspections.id"))
    fingerprint: Mapped[str] = mapped_column(String(64))
    contests: Mapped[str | None] = mapped_column(String(36))
    """The review that counted when it came; none where it contests the machine's flag."""
    note: Mapped[str] = mapped_column(Text)
    voice_sha256: Mapped[str | None] = mapped_column(String(64))
    voice_kind: Mapped[str | None] = mapped_column(String(8))
    """By its content: webm, ogg, mp4, wav."""
    photo_sha256: Mapped[str | None] = mapped_column(String(64))
    voice_removed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    voice_removed_why: Mapped[str | None] = mapped_column(String(12))
    """As of a photo."""
    photo_removed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    photo_removed_why: Mapped[str | None] = mapped_column(String(12))
    token: Mapped[str | None] = mapped_column(ForeignKey("tokens.id"))
    at: Mapped[datetime] = mapped_column(UtcTime)
    outcome: Mapped[str] = mapped_column(String(10))
    """waiting, overturned, upheld"""
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)


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
