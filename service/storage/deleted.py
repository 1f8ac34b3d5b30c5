"""What was deleted is known, so that it does not come back in silence: a phone's outbox sends it again.

refuse_deleted(session, inspection_id)                                  # 410 where it was
refuse_deleted_files(session, "photo", {sha256}, microfactory)
"""

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Literal, cast

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from ubora.models.inference.preprocess import PhotoError
from ubora.service.http.errors import Problem
from ubora.service.ledger.clock import next_number, now
from ubora.service.ledger.tables import Deletion
from ubora.service.storage.photos import keep_photo

Kind = Literal["inspection", "photo", "voice"]
FileKind = Literal["photo", "voice"]


def remember(session: Session, microfactory: str, kind: Kind, names: Iterable[str]) -> None:
    """Note what goes, in the transaction that deletes it.

    Args:
        names: UUIDs of inspections, or SHA-256 of files.
    """
    for name in sorted(set(names)):
        session.add(
            Deletion(
                kind=kind, name=name, microfactory=microfactory, change=next_number(session), at=now(session)
            )
        )


def refuse_deleted(
    session: Session, inspection: str, photos: Iterable[str] = (), microfactory: str | None = None
) -> None:
    """
    Args:
        photos: SHA-256 of its photos, as received or as stored.
        microfactory: who sends them.

    Raises:
        Problem: 410, an inspection of this UUID was deleted, or one of the photos in this workshop.
    """
    itself = and_(Deletion.name == inspection, Deletion.kind == "inspection")
    wanted = itself
    hashes = sorted(set(photos))
    if hashes:
        of_workshop = [] if microfactory is None else [Deletion.microfactory == microfactory]
        wanted = or_(itself, and_(Deletion.name.in_(hashes), Deletion.kind == "photo", *of_workshop))
    # In one question: it is asked twice for every photo that comes.
    found = session.execute(
        select(Deletion.kind, Deletion.at).where(wanted).order_by(Deletion.kind).limit(1)
    ).first()
    if found is None:
        return
    if found.kind == "inspection":
        detail = f"this piece was deleted at {found.at:%Y-%m-%d %H:%M} UTC; it is not taken again"
    else:
        detail = f"the same photo was deleted at {found.at:%Y-%m-%d %H:%M} UTC; expected another one"
    raise Problem(410, "deleted", "Deleted", detail)


def refuse_deleted_files(
    session: Session, kind: FileKind, sha256s: Iterable[str], microfactory: str | None
) -> None:
    """
    Args:
        microfactory: who sends them; None: they are nobody's, and no workshop's deleted ones.

    Raises:
        Problem: 410, the same file was deleted.
    """
    wanted = select(Deletion).where(Deletion.kind == kind, Deletion.name.in_(sorted(set(sha256s))))
    if microfactory is not None:
        wanted = wanted.where(Deletion.microfactory == microfactory)
    found = session.scalars(wanted.limit(1)).first()
    if found is not None:
        detail = f"the same {kind} was deleted at {found.at:%Y-%m-%d %H:%M} UTC; expected another one"
        raise Problem(410, "deleted", "Deleted", detail)


def refuse_deleted_bytes(
    session: Session, voice: bytes | None, photos: Sequence[bytes], microfactory: str
) -> None:
    """Before any of it is on the disk.

    Args:
        photos: as received.

    Raises:
        Problem: 410, the same voice note or photo was deleted in this workshop.
    """
    files = list(photos)
    with suppress(PhotoError):  # of a photo that is none is told where it is put
        files += [keep_photo(data).data for data in photos]
    for kind, sent in (("voice", [] if voice is None else [voice]), ("photo", files)):
        hashes = [hashlib.sha256(data).hexdigest() for data in sent]
        refuse_deleted_files(session, cast(FileKind, kind), hashes, microfactory)


def deleted_since(session: Session, change: int, microfactory: str | None, limit: int) -> Sequence[Deletion]:
    """Inspections that were deleted later than that change, the oldest first.

    Args:
        microfactory: None is any.
    """
    query = select(Deletion).where(Deletion.kind == "inspection", Deletion.change > change)
    if microfactory is not None:
        query = query.where(Deletion.microfactory == microfactory)
    return session.scalars(query.order_by(Deletion.change).limit(limit)).all()
