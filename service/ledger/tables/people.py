"""Who may ask: tokens, staff, their sessions, invitations, failed tries, and the record of rights."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ubora.service.ledger.tables.rows import Table, UtcTime


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
