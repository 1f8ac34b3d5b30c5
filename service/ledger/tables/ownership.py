"""What a workshop lets its photos be used for, what is gone for good, and what has not come whole yet."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ubora.service.ledger.tables.rows import Table, UtcTime


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


class ArrivingUpload(Table):
    """A photo that comes in parts and is no inspection's yet, where its parts lie in a store."""

    __tablename__ = "arriving_uploads"
    __table_args__ = (
        UniqueConstraint("owner", "upload", name="uq_arriving_uploads_upload"),
        Index("ix_arriving_uploads_changed", "changed_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    """Of this beginning: an upload that is begun again is another row."""
    owner: Mapped[str] = mapped_column(String(36))
    """Of the token that sends it."""
    upload: Mapped[str] = mapped_column(String(36))
    """The UUID that the phone gave it."""
    length: Mapped[int]
    """Bytes of the whole."""
    come: Mapped[int]
    """Bytes of it that are kept, from its beginning on."""
    changed_at: Mapped[datetime] = mapped_column(UtcTime)


class ArrivingPart(Table):
    """Bytes of such an upload: one object of the store."""

    __tablename__ = "arriving_parts"

    upload: Mapped[str] = mapped_column(ForeignKey("arriving_uploads.id"), primary_key=True)
    start: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """The place of its first byte in the whole."""
    size: Mapped[int]
    name: Mapped[str] = mapped_column(String(36), unique=True)
    """Under `arriving/<upload>/` in the store."""
