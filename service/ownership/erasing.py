"""Rows that leave the ledger with all that hangs on them, in the transaction of whoever deletes them.

erased = Erased()
erase(session, who, inspections, erased)     # locked; counts, designs, tombstones and files with them
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ubora.service.auth.access import Principal
from ubora.service.designs.standing import DELETED, leave, locked_design
from ubora.service.http.errors import Problem
from ubora.service.inference.seen_before import forget_seen
from ubora.service.ledger.pieces import uncount_inspections
from ubora.service.ledger.tables import (
    AcceptedPiece,
    Answer,
    Appeal,
    ApprovedPhoto,
    AuditDraw,
    CorrectiveAction,
    DesignSaid,
    Handover,
    Inspection,
    KnownDeal,
    KnownPiece,
    LeavingFile,
    LookAgain,
    LotLook,
    Photo,
    PhotoPrint,
    Rescore,
    Review,
    SecondDraw,
)
from ubora.service.ledger.waiting import forget_waiting
from ubora.service.storage.deleted import remember

SOME = 500
"""Databases limit the parameters of a statement."""


@dataclass
class Erased:
    """What a deletion came to."""

    inspections: int = 0
    photos: int = 0
    voices: int = 0
    designs: set[str] = field(default_factory=set)
    hashes: set[str] = field(default_factory=set)
    """Of photos that it let go of."""
    _leaving: set[tuple[str, str]] = field(default_factory=set)

    def leaves(self, kind: str, sha256: str | None) -> None:
        """A file of photos, heatmaps or voices; None where it went before."""
        if sha256 is None:
            return
        self.photos += kind == "photos"
        self.voices += kind == "voices"
        if kind == "photos":
            self.hashes.add(sha256)
        self._leaving.add((kind, sha256))

    def note(self, session: Session) -> None:
        """Write down which files leave: from this commit on the sweeper finishes, whatever happens."""
        for kind, sha256 in sorted(self._leaving):
            session.merge(LeavingFile(kind=kind, sha256=sha256))
        self._leaving.clear()
        session.flush()


def erase(session: Session, who: Principal | str, rows: Sequence[Inspection], erased: Erased) -> None:
    """These inspections, with all that people said of them.

    Args:
        rows: locked, in the order of their ids.

    Raises:
        Problem: 409, one of their photos is an approved one of a design.
    """
    photos = [photo for row in rows for photo in row.photos]
    appeals = [appeal for row in rows for appeal in row.appeals]
    hashes = [photo.stored_sha256 for photo in photos]
    let_go(session, who, rows, [*hashes, *(one.photo_sha256 for one in appeals if one.photo_sha256)], erased)
    for row in rows:
        remember(session, row.microfactory, "inspection", [row.id])
        sent = [{photo.received_sha256, photo.stored_sha256} for photo in row.photos]
        sent += [{appeal.photo_sha256} for appeal in row.appeals if appeal.photo_sha256]
        remember(session, row.microfactory, "photo", set().union(*sent))
        remember(
            session, row.microfactory, "voice", {one.voice_sha256 for one in row.appeals if one.voice_sha256}
        )
    for photo in photos:
        kept = photo.removed_at is None
        erased.leaves("photos", photo.stored_sha256 if kept else None)
        erased.leaves("heatmaps", photo.heatmap_sha256 if kept else None)
    for appeal in appeals:
        erased.leaves("photos", appeal.photo_sha256 if appeal.photo_removed_at is None else None)
        erased.leaves("voices", appeal.voice_sha256 if appeal.voice_removed_at is None else None)
    erased.inspections += len(rows)
    erased.note(session)
    ids = [row.id for row in rows]
    # What is counted is read from the rows: noted before they go.
    gone = [
        (
            row.microfactory,
            None if row.design_unknown else row.design,
            row.release,
            row.piece_key,
            row.status,
            row.received_at,
        )
        for row in rows
    ]
    for some in _some(ids):
        forget_seen(session, some)
        forget_waiting(session, list(some))
        for table in (
            AuditDraw,
            LotLook,
            KnownDeal,
            KnownPiece,
            PhotoPrint,
            Photo,
            DesignSaid,
            LookAgain,
            Handover,
            Answer,
            SecondDraw,
            Rescore,
            Review,
            Appeal,
            AcceptedPiece,
        ):
            _delete(session, table.inspection, some)
        # What is done about a defect stays; that it was seen on this piece goes.
        session.execute(
            update(CorrectiveAction).where(CorrectiveAction.inspection.in_(some)).values(inspection=None),
            execution_options={"synchronize_session": False},
        )
        _delete(session, Inspection.id, some)
    session.expire_all()
    uncount_inspections(session, gone)


def let_go(
    session: Session,
    who: Principal | str,
    rows: Sequence[Inspection],
    photos: Iterable[str],
    erased: Erased,
) -> None:
    """Nothing of it stands for a design any more.

    Args:
        rows: whose pieces leave their designs, with a word in the audit.
        photos: SHA-256 of stored photos.

    Raises:
        Problem: 409, one of the photos is an approved one: a person has to say what stands there instead.
    """
    for some in _some(sorted(set(photos))):
        approved = select(ApprovedPhoto).where(ApprovedPhoto.stored_sha256.in_(some))
        shown = session.scalars(approved.limit(1)).first()
        if shown is not None:
            detail = (
                f"photo {shown.stored_sha256} is approved photo {shown.index} of design {shown.design}; "
                "expected one that stands for no design: replace the approved photos first"
            )
            members = {"design": shown.design}
            raise Problem(409, "stands-for-design", "It stands for a design", detail, members=members)
    standing = [
        piece
        for some in _some([row.id for row in rows])
        for piece in session.scalars(
            select(AcceptedPiece).where(
                AcceptedPiece.inspection.in_(some), AcceptedPiece.until_version.is_(None)
            )
        )
    ]
    designs = {name: locked_design(session, name) for name in sorted({piece.design for piece in standing})}
    for piece in standing:
        design = designs[piece.design]
        assert design is not None
        leave(session, who, design, piece, DELETED, None)
        erased.designs.add(design.id)


def ways_out(session: Session, erased: Erased) -> list[str]:
    """Inspections that hold one of the same photos still."""
    ways: set[str] = set()
    for some in _some(sorted(erased.hashes)):
        photos = select(Photo.inspection).where(Photo.stored_sha256.in_(some), Photo.removed_at.is_(None))
        contests = select(Appeal.inspection).where(
            Appeal.photo_sha256.in_(some), Appeal.photo_removed_at.is_(None)
        )
        ways.update(session.scalars(photos), session.scalars(contests))
    return sorted(ways)


def _delete(session: Session, column: Any, some: Sequence[str]) -> None:
    session.execute(
        delete(column.class_).where(column.in_(some)), execution_options={"synchronize_session": False}
    )


def _some(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), SOME):
        yield names[start : start + SOME]
