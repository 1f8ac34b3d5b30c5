"""Writers of one process take turns: few wait, none for long, and whoever finds no turn is told so at once.

with writers.take(patience_ms) as left_ms:      # left for the writers of other processes
    with writers.locking(left_ms): …            # take the database's own lock
    …
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import OperationalError

from ubora.service.http.database_faults import LedgerBusyError

HASTY_MS = 250
"""A writer's patience where the one before it waited in vain: a lock that somebody holds for long must not
hold threads, too."""
LONG_MS = 2_000
"""Waiting so long is in vain; whoever had less patience says nothing of how it is."""
MOST = 16
"""Writers that wait or are at work. Each holds one of forty threads, which reading and health need too."""


class Writers:
    """Shared by threads.

    Args:
        where: the database, for what is said of it.
    """

    def __init__(self, where: str) -> None:
        self._where = where
        self._room = threading.BoundedSemaphore(MOST)
        self._turn = threading.Lock()
        self._in_vain = False

    @contextmanager
    def take(self, patience_ms: int) -> Iterator[int]:
        """A turn. Tells how many milliseconds of the patience are left.

        Raises:
            LedgerBusyError: too many wait already, or the patience is over.
        """
        patience_ms = min(patience_ms, HASTY_MS) if self._in_vain else patience_ms
        until = time.monotonic() + patience_ms / 1000
        if not self._room.acquire(blocking=False):
            raise LedgerBusyError(self._where, "too many wait to write")
        try:
            if not self._turn.acquire(timeout=patience_ms / 1000):
                raise LedgerBusyError(self._where, "others write, and take long")
            try:
                left_ms = max(0, round(1000 * (until - time.monotonic())))
                # The one before it may have waited in vain since.
                yield min(left_ms, HASTY_MS) if self._in_vain else left_ms
            finally:
                self._turn.release()
        finally:
            self._room.release()

    @contextmanager
    def locking(self, patience_ms: int) -> Iterator[None]:
        """Around waiting so long for the database's lock: the next writers are to know how it went."""
        try:
            yield
        except OperationalError:
            self._in_vain = self._in_vain or patience_ms >= LONG_MS
            raise
        self._in_vain = False
