"""Which columns of the ledger name files, so that what none of them names can leave the disk.

held = referenced(session, "photos", hashes)      # of these, those that are in use
for kind, sha256 in references(session): …        # all that are in use
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from ubora.service.ledger.tables import Appeal, ApprovedPhoto, CorrectiveStep, Photo


@dataclass(frozen=True)
class Reference:
    """A column with the hash of a file."""

    column: Any
    removed: Any = None
    """The column that says since when it names a file that is kept no longer; None where there is none."""


REFERENCES: dict[str, Sequence[Reference]] = {
    "photos": (
        Reference(Photo.stored_sha256, Photo.removed_at),
        Reference(ApprovedPhoto.stored_sha256),
        Reference(Appeal.photo_sha256, Appeal.photo_removed_at),
    ),
    "heatmaps": (Reference(Photo.heatmap_sha256, Photo.removed_at),),
    "voices": (
        Reference(Appeal.voice_sha256, Appeal.voice_removed_at),
        Reference(CorrectiveStep.voice_sha256, CorrectiveStep.voice_removed_at),
    ),
}
"""Kind of file → the columns that may hold its hash."""


def referenced(session: Session, kind: str, hashes: Sequence[str]) -> set[str]:
    """Of these hashes those that something refers to."""
    named: set[str] = set()
    for start in range(0, len(hashes), 500):  # databases limit the parameters of a statement
        some = hashes[start : start + 500]
        for one in REFERENCES[kind]:
            query = select(one.column).where(one.column.in_(some))
            named.update(
                session.scalars(query if one.removed is None else query.where(one.removed.is_(None)))
            )
    return named


def references(session: Session) -> Iterator[tuple[str, str]]:
    """(kind, sha256) of every file that is in use, each once."""
    for kind, columns in REFERENCES.items():
        named = [
            select(one.column).where(
                one.column.is_not(None), *([] if one.removed is None else [one.removed.is_(None)])
            )
            for one in columns
        ]
        for sha256 in session.scalars(union(*named)):
            yield kind, str(sha256)
