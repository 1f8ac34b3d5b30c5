"""What nothing refers to any more leaves the disk, and what is kept for some days only.

removed = sweep(state, watch)      # files; now and then, by whoever serves, with one watch for all times
"""

from functools import partial

from ubora.service.ledger.references import REFERENCES, referenced
from ubora.service.ownership.retention import expire
from ubora.service.state import AppState
from ubora.service.storage.leaving import remove_files
from ubora.service.storage.small import sweep_small
from ubora.service.storage.watch import Watch


def sweep(state: AppState, watch: Watch) -> int:
    """Half-written files, uploads that nobody finished, files of no inspection; returns how many.

    Also what a killed deletion left behind, and what is older than it is to be kept. What only looks old is
    seen the first time, and goes with the next sweep.
    """
    watch.forget()
    expire(state, watch)
    left = remove_files(state.ledger, state.store)
    left += state.store.sweep_partial(watch) + state.staging.sweep(state.settings.unfinished_hours, watch)
    kinds = {kind: partial(_referenced, state, kind) for kind in REFERENCES}
    left += sweep_small(state.store.folder, state.settings.small_photos_mb * 1_000_000, kinds["photos"])
    return left + state.store.sweep_orphans(state.settings.orphan_hours, kinds, watch)


def _referenced(state: AppState, kind: str, hashes: list[str]) -> set[str]:
    with state.ledger.read() as session:
        return referenced(session, kind, hashes)
