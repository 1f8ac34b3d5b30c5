"""What nothing refers to any more leaves the disk.

removed = sweep(house, watch)      # files; now and then, by whoever serves, with one watch for all times
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from service.house import House
from service.photos import Referenced
from service.tables import Appeal, ApprovedPhoto, Photo
from service.watch import Watch

REFERENCES: dict[str, Sequence[Any]] = {
    "photos": (Photo.stored_sha256, ApprovedPhoto.stored_sha256, Appeal.photo_sha256),
    "heatmaps": (Photo.heatmap_sha256,),
    "voices": (Appeal.voice_sha256,),
}
"""Kind of file → the columns that may hold its hash."""


def sweep(house: House, watch: Watch) -> int:
    """Half-written files, uploads that nobody finished, files of no inspection; returns how many.

    What looks old is only seen the first time, and goes with the next sweep.
    """
    watch.forget()
    left = house.store.sweep_partial(watch) + house.staging.sweep(house.settings.unfinished_hours, watch)
    kinds = {kind: _referenced(house, columns) for kind, columns in REFERENCES.items()}
    return left + house.store.sweep_orphans(house.settings.orphan_hours, kinds, watch)


def _referenced(house: House, columns: Sequence[Any]) -> Referenced:
    def among(hashes: list[str]) -> set[str]:
        found: set[str] = set()
        with house.ledger.read() as session:
            for start in range(0, len(hashes), 500):  # databases limit the parameters of a statement
                some = hashes[start : start + 500]
                for column in columns:
                    found.update(session.scalars(select(column).where(column.in_(some))))
        return found

    return among
