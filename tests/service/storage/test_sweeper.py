"""What is swept, and that no clock that jumps makes the sweeper take what is needed."""

import os
import time
import uuid
from pathlib import Path

from tests.parts.clocks import Hands
from tests.parts.sweeping import sweep_twice
from ubora.service.ownership.sweeper import sweep
from ubora.service.settings import Settings
from ubora.service.state import AppState
from ubora.service.storage.watch import LOOKED_AT_AGAIN_SECONDS, Watch

DAY = 24 * 3600.0
YEAR = 365 * DAY


def _house(folder: Path, releases: Path) -> AppState:
    return AppState.open(Settings(data=folder / "var", releases=releases))


def _age(*paths: Path, seconds: float) -> None:
    for path in paths:
        os.utime(path, (time.time() - seconds,) * 2)


def test_old_orphans_go_and_what_is_young_stays(tmp_path: Path, releases: Path) -> None:
    with _house(tmp_path, releases) as state:
        store = state.store
        orphan, young = (store.photo_path(store.put_photo(data)) for data in (b"orphan", b"young"))
        heatmap = store.heatmap_path(store.put_heatmap(b"orphan too"))
        _age(orphan, heatmap, seconds=2 * DAY)
        assert sweep_twice(state) == 2
        assert [path.exists() for path in (orphan, heatmap, young)] == [False, False, True]


def test_an_orphan_that_is_sent_again_is_young_again(tmp_path: Path, releases: Path) -> None:
    with _house(tmp_path, releases) as state:
        path = state.store.photo_path(state.store.put_photo(b"twice"))
        os.utime(path, (0, 0))
        state.store.put_photo(b"twice")
        assert sweep_twice(state) == 0


def test_an_orphan_that_is_sent_again_between_two_sweeps_stays(tmp_path: Path, releases: Path) -> None:
    with _house(tmp_path, releases) as state:
        path = state.store.photo_path(state.store.put_photo(b"twice"))
        os.utime(path, (0, 0))
        steady = Hands(0.0)
        watch = Watch(steady=steady)
        assert sweep(state, watch) == 0
        state.store.put_photo(b"twice")
        _age(path, seconds=2 * DAY)  # it looks old, and is another than the one that was seen
        steady.at += LOOKED_AT_AGAIN_SECONDS
        assert (sweep(state, watch), path.exists()) == (0, True)


def test_what_a_stopped_process_left_half_written_goes(tmp_path: Path, releases: Path) -> None:
    with _house(tmp_path, releases) as state:
        old, young = (state.settings.data / "partial" / f"{name}.partial" for name in ("old", "young"))
        for path in (old, young):
            path.write_bytes(b"half")
        _age(old, seconds=2 * 3600)
        assert sweep_twice(state) == 1
        # The young one may be in another process's hands.
        assert [path.exists() for path in (old, young)] == [False, True]


def test_a_clock_that_jumps_a_year_ahead_takes_nothing_that_is_needed(tmp_path: Path, releases: Path) -> None:
    """Bytes of an upload that were acknowledged, a photo before its inspection is stored, a half file."""
    with _house(tmp_path, releases) as state:
        wall, steady = Hands(time.time()), Hands(0.0)
        watch = Watch(wall, steady)
        wall.at += YEAR
        upload = str(uuid.uuid4())
        with state.staging.open("me", upload, 8) as part:
            part.append(0, b"1234")
        photo = state.store.photo_path(state.store.put_photo(b"to be referred to"))
        half = state.settings.data / "partial" / "x.partial"
        half.write_bytes(b"half")
        for _ in range(2):
            assert sweep(state, watch) == 0
            wall.at += LOOKED_AT_AGAIN_SECONDS
            steady.at += LOOKED_AT_AGAIN_SECONDS
        progress = state.staging.progress("me", upload)
        assert progress is not None
        assert (progress.offset, photo.exists(), half.exists()) == (4, True, True)


def test_a_clock_that_was_set_right_before_the_start_takes_nothing_at_first_sight(
    tmp_path: Path, releases: Path
) -> None:
    """Written under a clock that stood in 1970; the process that sweeps knows only the right one."""
    with _house(tmp_path, releases) as state:
        photo = state.store.photo_path(state.store.put_photo(b"to be referred to"))
        os.utime(photo, (100, 100))
        assert (sweep(state, Watch()), photo.exists()) == (0, True)


def test_a_clock_that_is_set_back_makes_nothing_old(tmp_path: Path, releases: Path) -> None:
    with _house(tmp_path, releases) as state:
        wall, steady = Hands(time.time() + YEAR), Hands(0.0)
        watch = Watch(wall, steady)  # the process began while the clock was a year ahead
        wall.at -= YEAR
        photo = state.store.photo_path(state.store.put_photo(b"to be referred to"))
        for _ in range(2):
            assert sweep(state, watch) == 0
            steady.at += LOOKED_AT_AGAIN_SECONDS
        assert photo.exists()
