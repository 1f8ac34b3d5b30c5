"""The ledger's tables. Nothing here is SQLite's alone; migrations/versions makes them.

Over 300 lines: every table in one place, so that one page shows what the ledger knows.

Times are UTC and kept as text of fixed width, so that order by text is order by time on every database. They
are for people: what came first is told by numbers, which no clock can turn round (`clock`).
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Dialect,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime ↔ `2026-11-23T08:15:00.000000Z`.

    Raises:
        ValueError: a datetime without a time zone.
    """

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"expected a time with its zone, found {value}")
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


class Table(DeclarativeBase):
    """The base of every row."""


class LedgerClock(Table):
    """One row: the last number and the latest time that were given to anything, see `clock`."""

    __tablename__ = "clock"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(UtcTime)


class Microfactory(Table):
    __tablename__ = "microfactories"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    place: Mapped[str] = mapped_column(String(120))


class Design(Table):
    __tablename__ = "designs"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    category: Mapped[str] = mapped_column(String(32))
    material: Mapped[str] = mapped_column(String(32))
    stage: Mapped[str] = mapped_column(String(16))
    approved_low: Mapped[int]
    approved_high: Mapped[int]
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


class Token(Table):
    __tablename__ = "tokens"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    microfactory: Mapped[str | None] = mapped_column(ForeignKey("microfactories.id"))
    label: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcTime)


class Staff(Table):
    __tablename__ = "staff"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    name_key: Mapped[str] = mapped_column(String(240), unique=True)
    """See `staff.name_key`: two people whose names only differ in capitals would be taken for each other."""
    role: Mapped[str] = mapped_column(String(16))
    password: Mapped[str] = mapped_column(String(255))
    """Argon2id, with its salt and cost."""
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcTime)


class StaffSession(Table):
    """A token that a browser keeps as a cookie: what makes it a session of a person."""

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_staff", "staff"),)

    token: Mapped[str] = mapped_column(ForeignKey("tokens.id"), primary_key=True)
    staff: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    expires_at: Mapped[datetime] = mapped_column(UtcTime)


class Enrolment(Table):
    """A code that makes one phone a workshop's, once and soon."""

    __tablename__ = "enrolments"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    microfactory: Mapped[str] = mapped_column(ForeignKey("microfactories.id"))
    label: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)
    phone: Mapped[str | None] = mapped_column(String(36))
    """A UUID that the phone made: whose lost answer may be asked for again."""
    token: Mapped[str | None] = mapped_column(ForeignKey("tokens.id"))


class FailedTries(Table):
    """Failed tries of one name, address or both in a window of time; the key is a hash."""

    __tablename__ = "tries"
    __table_args__ = (Index("ix_tries_since", "since"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int]
    since: Mapped[datetime] = mapped_column(UtcTime)


class AuditEntry(Table):
    """Append-only: who gave whom what right, and who took it away."""

    __tablename__ = "audit"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    actor: Mapped[str] = mapped_column(String(120))
    token: Mapped[str | None] = mapped_column(ForeignKey("tokens.id"))
    action: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(64))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


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
        # What was judged while a piece stood for its design.
        Index("ix_inspections_approved_version", "design", "approved_version"),
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
    lot: Mapped[str | None] = mapped_column(String(64))
    piece: Mapped[str | None] = mapped_column(String(64))
    piece_key: Mapped[str] = mapped_column(String(64))
    """See `pieces.piece_key`."""
    received_at: Mapped[datetime] = mapped_column(UtcTime)
    taken_at: Mapped[datetime | None] = mapped_column(UtcTime)
    changed_at: Mapped[datetime] = mapped_column(UtcTime)
    """When anything of it last changed, by the server's clock. Never before `received_at`."""
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

    photos: Mapped[list["Photo"]] = relationship(order_by="Photo.index", lazy="selectin")
    reviews: Mapped[list["Review"]] = relationship(order_by="Review.number", lazy="selectin")
    appeals: Mapped[list["Appeal"]] = relationship(order_by="Appeal.number", lazy="selectin")


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
    seen_before: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Photos of other pieces that this one is, as far as prints tell; the first one first."""
    removed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """Its files are not kept any more since then; the hashes only tell what they were."""
    removed_why: Mapped[str | None] = mapped_column(String(12))
    """deleted, or retention"""


class PhotoPrint(Table):
    """By what a photo is known again, see `models.prints`: one row a print, found by any of its keys."""

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


class Consent(Table):
    """Append-only: what a workshop said of the use of its photos and voice notes; its last row counts.

    No row is no consent.
    """

    __tablename__ = "consents"
    __table_args__ = (
        UniqueConstraint("id", name="uq_consents_id"),
        Index("ix_consents_microfactory", "microfactory", "number"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(36))
    microfactory: Mapped[str] = mapped_column(ForeignKey("microfactories.id"))
    photos: Mapped[bool]
    voices: Mapped[bool]
    words: Mapped[str] = mapped_column(String(32))
    """Version of the words that she read."""
    language: Mapped[str] = mapped_column(String(8))
    """In which language."""
    said_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """By the phone, which may have had no network then."""
    at: Mapped[datetime] = mapped_column(UtcTime)
    token: Mapped[str] = mapped_column(ForeignKey("tokens.id"))
    """The enrolment of the phone on which it was said."""
    label: Mapped[str] = mapped_column(String(120))
    """Whose phone, by the name of that day."""


class Deletion(Table):
    """What was deleted and must not come back: an inspection by its UUID, a file by its hash."""

    __tablename__ = "deletions"
    __table_args__ = (
        Index("ix_deletions_name", "name", "kind"),
        Index("ix_deletions_own_change", "microfactory", "change"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(12))
    """inspection, photo, voice"""
    name: Mapped[str] = mapped_column(String(64))
    microfactory: Mapped[str] = mapped_column(ForeignKey("microfactories.id"))
    change: Mapped[int] = mapped_column(BigInteger)
    """Of when it was deleted, so that phones hear of it with the news."""
    at: Mapped[datetime] = mapped_column(UtcTime)


class LeavingFile(Table):
    """A file that the ledger let go of and that may still lie on the disk; the sweeper finishes."""

    __tablename__ = "leaving_files"

    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)


class PieceState(Table):
    """What counts of one piece at present, so that a change can be taken out of the daily counts again."""

    __tablename__ = "piece_states"

    piece_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    microfactory: Mapped[str] = mapped_column(ForeignKey("microfactories.id"))
    day: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(8))
    first_day: Mapped[str] = mapped_column(String(10))
    first_status: Mapped[str] = mapped_column(String(8))


class Counts:
    """What is counted of pieces on one UTC day."""

    decided: Mapped[int] = mapped_column(default=0)
    passed: Mapped[int] = mapped_column(default=0)
    pending: Mapped[int] = mapped_column(default=0)
    retakes: Mapped[int] = mapped_column(default=0)
    first_decided: Mapped[int] = mapped_column(default=0)
    first_passed: Mapped[int] = mapped_column(default=0)


class DailyCount(Counts, Table):
    """Counts of a workshop and a UTC day: a pass rate reads days, not inspections."""

    __tablename__ = "daily_counts"
    __table_args__ = (Index("ix_daily_counts_day", "day"),)

    microfactory: Mapped[str] = mapped_column(ForeignKey("microfactories.id"), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)


class NetworkCount(Counts, Table):
    """The same of all workshops together: the network's page costs the same however many there are."""

    __tablename__ = "network_counts"

    day: Mapped[str] = mapped_column(String(10), primary_key=True)
