"""What nothing refers to any more leaves the disk.

removed = sweep(house)      # files; now and then, by whoever serves
"""

from service.house import House
from service.inspection_rows import referenced_heatmaps, referenced_photos


def sweep(house: House) -> int:
    """Half-written files, uploads that nobody finished, files of no inspection; returns how many."""

    def photos(hashes: list[str]) -> set[str]:
        with house.ledger.read() as session:
            return referenced_photos(session, hashes)

    def heatmaps(hashes: list[str]) -> set[str]:
        with house.ledger.read() as session:
            return referenced_heatmaps(session, hashes)

    left = house.store.sweep_partial() + house.staging.sweep(house.settings.unfinished_hours)
    return left + house.store.sweep_orphans(house.settings.orphan_hours, photos, heatmaps)
