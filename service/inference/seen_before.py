"""The same photo for several pieces: found by its prints, and told to a person as *seen before*.

    with state.ledger.write() as session:
        …                                        # the inspection and its photos are added and flushed
        note_seen_before(session, row, greys)    # finds earlier ones, and keeps the prints of these

It refuses nothing and decides nothing: a workshop may have a reason, and a person asks. Photos of the same
piece do not count, neither its retakes nor what is sent again.

Four keys of a print are indexed each, so that a lookup reads the rows that share one, and no others.
"""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.models.inference.prints import MOST_APART, Asked, Grey, Print, asked_prints, kept_prints
from ubora.service.ledger.tables import Inspection, Photo, PhotoPrint
from ubora.service.ledger.waiting import note_waiting

MOST_TOLD = 5
"""Pieces; a person looks at the first ones."""
MOST_ALIKE = 20_000
"""Prints that are looked at for one key: whoever sends one photo endlessly makes nobody wait."""


def note_seen_before(session: Session, row: Inspection, greys: Sequence[Grey | None]) -> None:
    """After a new inspection has been added and flushed.

    Args:
        greys: one a photo, as `models.inference.prints.small_grey` makes them; None has no print.
    """
    for photo, grey in zip(row.photos, greys, strict=True):
        kept = () if grey is None else kept_prints(grey)
        if grey is None or not kept:
            continue
        photo.seen_before = _earlier(session, row, asked_prints(grey))
        row.seen_before = row.seen_before or bool(photo.seen_before)
        session.add_all(_print_row(row.id, photo.index, cut, one) for cut, one in enumerate(kept))
    session.flush()


def forget_seen(session: Session, gone: Collection[str]) -> None:
    """After inspections were deleted, or before: no other photo names them any more."""
    told = select(Photo).join(Inspection).where(Inspection.seen_before.is_(True), Inspection.id.not_in(gone))
    for photo in session.scalars(told):
        left = [one for one in photo.seen_before if one["inspection"] not in gone]
        if left != photo.seen_before:
            photo.seen_before = left
            row = session.get_one(Inspection, photo.inspection)
            row.seen_before = any(one.seen_before for one in row.photos)
            note_waiting(session, row)


def rename_seen(session: Session, of: Collection[str], design: str) -> None:
    """After inspections turned out to be of another design: photos that name them name it."""
    told = select(Photo).join(Inspection).where(Inspection.seen_before.is_(True))
    for photo in session.scalars(told):
        if any(one["inspection"] in of for one in photo.seen_before):
            photo.seen_before = [
                one | {"design": design} if one["inspection"] in of else one for one in photo.seen_before
            ]


def _earlier(session: Session, row: Inspection, asked: Asked) -> list[dict[str, Any]]:
    """Photos of other pieces that have a print near enough, the first of each piece, the earliest first."""
    candidates = _candidates(session, asked)
    distances = asked.distances([bytes.fromhex(bits) for _, _, bits in candidates])
    near: dict[str, int] = {}
    for (inspection, index, _), distance in zip(candidates, distances, strict=True):
        if inspection != row.id and distance <= MOST_APART:
            near[inspection] = min(index, near.get(inspection, index))
    if not near:
        return []
    rows = session.execute(
        select(
            Inspection.id,
            Inspection.piece_key,
            Inspection.microfactory,
            Inspection.design,
            Inspection.lot,
            Inspection.piece,
            Inspection.received_at,
        )
        .where(Inspection.id.in_(near), Inspection.piece_key != row.piece_key)
        .order_by(Inspection.number)
    ).all()
    of_piece: dict[str, dict[str, Any]] = {}
    for candidate in rows:
        told = {
            "inspection": candidate.id,
            "photo": near[candidate.id],
            "microfactory": candidate.microfactory,
            "design": candidate.design,
            "lot": candidate.lot,
            "piece": candidate.piece,
            "received_at": candidate.received_at.isoformat(),
        }
        of_piece.setdefault(candidate.piece_key, told)
    return list(of_piece.values())[:MOST_TOLD]


def _candidates(session: Session, asked: Asked) -> list[tuple[str, int, str]]:
    """(inspection, photo, bits) of what shares a key; MOST_ALIKE a key at most."""
    candidates: set[tuple[str, int, str]] = set()
    for at, keys in enumerate(asked.keys.T):
        # Hundreds of whole numbers, which as parameters would take longer to write down than to look for.
        wanted = ",".join(map(str, np.unique(keys).tolist()))
        rows = session.connection().exec_driver_sql(
            f"SELECT inspection, photo_index, bits FROM photo_prints WHERE key_{at} IN ({wanted})"
            f" LIMIT {MOST_ALIKE}"
        )
        candidates.update((inspection, index, bits) for inspection, index, bits in rows)
    return list(candidates)


def _print_row(inspection: str, photo: int, cut: int, one: Print) -> PhotoPrint:
    keys = {f"key_{at}": key for at, key in enumerate(one.keys)}
    return PhotoPrint(inspection=inspection, photo_index=photo, cut=cut, bits=one.bits.hex(), **keys)
