"""What stands for a design: its approved photos, and beside them those of accepted pieces, under one version.

    with state.ledger.read() as session:
        shown = standing_of(session, design_id)          # photos and their version, of one moment
    with state.ledger.write() as session:
        row = session.get(Inspection, inspection_id, with_for_update=True)
        design = locked_design(session, row.design)      # after the inspection, before any time or number
        …
        leave_unfit(session, who, design, row.piece_key)

Whoever changes what stands for a design, or what makes a piece fit for it, locks the design: two changes at
once come one after the other, and the version tells every state apart.
"""

from dataclasses import dataclass

from sqlalchemy import func, literal, select, true, union_all
from sqlalchemy.orm import Session

from ubora.models.inference.bank import MOST_PHOTOS
from ubora.service.auth.access import Principal
from ubora.service.auth.audit import record
from ubora.service.designs.eligible import unmet
from ubora.service.http.errors import Problem
from ubora.service.ledger.clock import now
from ubora.service.ledger.tables import AcceptedPiece, ApprovedPhoto, Design, Inspection, Photo

MOST_OF_A_WORKSHOP = 3
"""Pieces of one microfactory that stand for a design: more, and its hand would become the design."""
TAKEN_AWAY = "taken-away"
"""Why a piece left: somebody who keeps designs said so. Else the condition that did not hold any more."""
DELETED = "deleted"
"""Likewise: an admin deleted it, or one of its photos."""


@dataclass(frozen=True)
class StandingPhoto:
    sha256: str
    """Of its stored bytes."""
    view: str | None
    """None: nobody said, which is so of approved photos alone."""
    accepted: bool
    """Of an accepted piece."""


@dataclass(frozen=True)
class Standing:
    version: int
    photos: tuple[StandingPhoto, ...]
    """The approved ones first, then those of accepted pieces as they came."""


def standing_of(session: Session, design_id: str) -> Standing:
    """In one statement, so that photos and version are of one moment on every database.

    Args:
        design_id: of a design that there is.
    """
    approved = select(
        ApprovedPhoto.stored_sha256.label("sha256"),
        ApprovedPhoto.view.label("view"),
        literal(0).label("turn"),
        ApprovedPhoto.index.label("place"),
    ).where(ApprovedPhoto.design == design_id)
    accepted = (
        select(Photo.stored_sha256, Photo.view, AcceptedPiece.number, Photo.index)
        .join(AcceptedPiece, AcceptedPiece.inspection == Photo.inspection)
        .where(
            AcceptedPiece.design == design_id,
            AcceptedPiece.until_version.is_(None),
            Photo.removed_at.is_(None),
        )
    )
    both = union_all(approved, accepted).subquery()
    rows = session.execute(
        select(Design.approved_version, both)
        .outerjoin(both, true())
        .where(Design.id == design_id)
        .order_by(both.c.turn, both.c.place)
    ).all()
    photos = tuple(
        StandingPhoto(row.sha256, row.view, row.turn > 0) for row in rows if row.sha256 is not None
    )
    return Standing(rows[0].approved_version, photos)


def locked_design(session: Session, design_id: str) -> Design | None:
    """The design, so that nobody else changes what stands for it until this transaction ends.

    Always after an inspection and before `clock`, or two transactions wait for each other.
    """
    # What is received refers to the design, and need not wait.
    return session.get(Design, design_id, with_for_update={"key_share": True})


def next_version(design: Design) -> int:
    """The version of what stands for a locked design from now on."""
    design.approved_version += 1
    return design.approved_version


def join(session: Session, who: Principal, design: Design, row: Inspection) -> AcceptedPiece:
    """Let an inspection's photos stand for its design. Both are locked, and it does not stand yet.

    Raises:
        Problem: 409, a condition is not met (`unmet` has all that are not), or there are enough.
    """
    faults = unmet(session, design, row)
    if faults:
        detail = "; ".join(f"{fault.condition}: {fault}" for fault in faults)
        listed = [vars(fault) for fault in faults]
        raise Problem(
            409, "not-eligible", "It cannot stand for the design", detail, members={"unmet": listed}
        )
    _check_room(session, design, row)
    piece = AcceptedPiece(
        design=design.id,
        inspection=row.id,
        since_version=next_version(design),
        added_by=who.label,
        added_at=now(session),
    )
    session.add(piece)
    session.flush()
    facts = {"name": design.name, "inspection": row.id, "microfactory": row.microfactory}
    record(session, who, "design-piece-added", design.id, **facts, version=str(piece.since_version))
    return piece


def leave(
    session: Session, who: Principal | str, design: Design, piece: AcceptedPiece, why: str, detail: str | None
) -> None:
    """Its photos stand for the locked design no longer.

    Args:
        why: TAKEN_AWAY, or the condition that does not hold any more.
        detail: what was found and what was expected.
    """
    piece.until_version = next_version(design)
    piece.removed_by = who.label if isinstance(who, Principal) else who
    piece.removed_at = max(now(session), piece.added_at)
    piece.removed_why, piece.removed_detail = why, detail
    session.flush()
    facts = {"name": design.name, "inspection": piece.inspection, "why": why, "detail": detail}
    record(session, who, "design-piece-removed", design.id, **facts, version=str(piece.until_version))


def leave_unfit(session: Session, who: Principal, design: Design, piece_key: str | None = None) -> None:
    """What does not meet the conditions any more leaves, in the transaction of what made it so.

    Args:
        who: whose act that was.
        design: locked.
        piece_key: only inspections of this piece; None, all that stand for the design.
    """
    session.flush()
    standing = (
        select(AcceptedPiece, Inspection)
        .join(Inspection, Inspection.id == AcceptedPiece.inspection)
        .where(AcceptedPiece.design == design.id, AcceptedPiece.until_version.is_(None))
        .order_by(AcceptedPiece.number)
    )
    if piece_key is not None:
        standing = standing.where(Inspection.piece_key == piece_key)
    for piece, row in session.execute(standing).all():
        faults = unmet(session, design, row)
        if faults:
            leave(session, who, design, piece, faults[0].condition, str(faults[0]))


def _check_room(session: Session, design: Design, row: Inspection) -> None:
    of_workshop = session.scalar(
        select(func.count())
        .select_from(AcceptedPiece)
        .join(Inspection, Inspection.id == AcceptedPiece.inspection)
        .where(
            AcceptedPiece.design == design.id,
            AcceptedPiece.until_version.is_(None),
            Inspection.microfactory == row.microfactory,
        )
    )
    if (of_workshop or 0) >= MOST_OF_A_WORKSHOP:
        found, expected = (
            f"{of_workshop} of {row.microfactory}",
            f"at most {MOST_OF_A_WORKSHOP} of a workshop",
        )
        raise _enough("enough-of-a-workshop", "Enough pieces of this workshop", found, expected)
    photos = len(standing_of(session, design.id).photos)
    if photos + len(row.photos) > MOST_PHOTOS:
        found = f"{photos}, approved ones among them, and {len(row.photos)} more"
        raise _enough("enough-photos", "Enough photos", found, f"at most {MOST_PHOTOS} photos for a design")


def _enough(slug: str, title: str, found: str, expected: str) -> Problem:
    detail = f"found {found}, expected {expected}; take another piece away first"
    return Problem(409, slug, title, detail, members={"found": found, "expected": expected})
