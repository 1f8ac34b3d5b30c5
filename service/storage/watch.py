"""How long a file was left alone, whatever happens to the server's clock meanwhile.

watch = Watch()                          # as long as the process lives
before = watch.before(hours=24)          # a file of an earlier time of change is that old …
if watch.is_left(path): path.unlink()    # … and was so already, the same, half an hour ago

A file's time of change is the wall clock's. Where that jumps ahead, what is being written just now looks old;
so its own time counts only as far as this process lived it, and nothing goes at first sight.
"""

import time
from collections.abc import Callable
from pathlib import Path

LOOKED_AT_AGAIN_SECONDS = 1800.0
"""Longer than any request lasts, shorter than the time between two sweeps."""
_FORGOTTEN_SECONDS = 24 * 3600.0


class Watch:
    """Of one process; used by one sweep at a time.

    Args:
        wall: seconds since 1970, by a clock that may be set.
        steady: seconds, by one that only goes on.
    """

    def __init__(
        self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._wall, self._steady = wall, steady
        self._began = wall() - steady()
        self._seen: dict[tuple[Path, int], float] = {}
        """Path and time of change → when it was seen so first, by the steady clock."""

    def before(self, *, hours: float) -> float:
        """The time of change, seconds since 1970, of what is exactly so old."""
        # The earlier of both: the wall clock may as well have been set back since this process began.
        return min(self._wall(), self._began + self._steady()) - 3600 * hours

    def is_left(self, path: Path) -> bool:
        """Whether it was seen, and was the same, some time ago; to be asked of what looks old."""
        try:
            changed_ns = path.stat().st_mtime_ns
        except FileNotFoundError:
            return False
        return self.was_seen(path, changed_ns)

    def was_seen(self, path: Path, changed_ns: int) -> bool:
        """Likewise of what lies elsewhere than on this disk, by its time of change."""
        first = self._seen.setdefault((path, changed_ns), self._steady())
        return self._steady() - first >= LOOKED_AT_AGAIN_SECONDS

    def forget(self) -> None:
        """What was seen long ago is gone by now, or another: to be called once a sweep."""
        since = self._steady() - _FORGOTTEN_SECONDS
        self._seen = {seen: first for seen, first in self._seen.items() if first >= since}
