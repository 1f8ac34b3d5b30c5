"""CPU work off the event loop, with a limit on how much may wait; and turns for work on the same thing."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from contextvars import copy_context
from typing import Any, TypeVar

from prometheus_client import Gauge

from ubora.service.http.bodies import busy

Answer = TypeVar("Answer")


class Workers:
    """A bounded pool of threads. onnxruntime and OpenCV release the GIL, so threads use every core."""

    def __init__(self, workers: int, queue_limit: int, depth: Gauge) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="inspect")
        self._most = workers + queue_limit
        self._depth = 0
        self._lock = threading.Lock()
        depth.set_function(lambda: self._depth)

    async def run(self, work: Callable[..., Answer], *args: Any) -> Answer:
        """Run it in a worker.

        Raises:
            Problem: 503 with Retry-After, where too much is waiting already.
        """
        with self._lock:
            if self._depth >= self._most:
                raise busy(f"{self._depth} inspections are waiting")
            self._depth += 1
        # With what is known of the request, for its log lines and its trace.
        future = self._pool.submit(copy_context().run, work, *args)
        # Counted by the work itself: a caller that went away does not make room.
        future.add_done_callback(self._leave)
        result = asyncio.wrap_future(future)
        try:
            return await asyncio.shield(result)
        except asyncio.CancelledError:
            # What it works on is in memory until it ends, so its caller still counts it.
            if not future.cancel():
                await asyncio.wait([result])
            raise

    def idle(self) -> bool:
        """Whether nothing is worked on and nothing waits."""
        with self._lock:
            return self._depth == 0

    def close(self) -> None:
        """Finish what was started, drop what waits; its phone sends it again."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _leave(self, _future: "Future[Any]") -> None:
        with self._lock:
            self._depth -= 1


class KeyedLocks:
    """One at a time for each key, in order of arrival. Used on the event loop only.

    Args:
        most: how many may wait in all; who waits holds photos in memory.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting = 0
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def of(self, key: str) -> AsyncIterator[None]:
        """Raises Problem: 503 with Retry-After, too many are waiting already."""
        lock, users = self._locks.get(key, (asyncio.Lock(), 0))
        if users and self._waiting >= self._most:
            raise busy(f"{self._waiting} requests wait for one before them")
        self._locks[key] = (lock, users + 1)
        try:
            await self._enter(lock)
            try:
                yield
            finally:
                lock.release()
        finally:
            lock, users = self._locks.pop(key)
            if users > 1:
                self._locks[key] = (lock, users - 1)

    async def _enter(self, lock: asyncio.Lock) -> None:
        self._waiting += 1
        try:
            await lock.acquire()
        finally:
            self._waiting -= 1
