"""Pages that show the queue are told when something of it changed, as server-sent events.

    listeners = Listeners(state)                         # one a process; its `watch` runs with the service
    return EventStream(listeners, listeners.enter(), 300)

One look at the ledger a second serves all of them, and none is done while nobody listens. So what another
process changes is told too. An event says no more than a number: the page asks for what changed since.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from functools import partial

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from ubora.service.http.database_faults import LedgerError
from ubora.service.http.errors import Problem
from ubora.service.http.observe import log_event
from ubora.service.ledger.clock import last_number
from ubora.service.queue.choosing import changed_rows, gone_since
from ubora.service.state import AppState

LOOK_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0
"""A line of no meaning, so that proxies and browsers know that the connection stands."""
LONGEST_SECONDS = 300.0
"""Then the page connects anew, and is asked again who it is: nobody listens on who was logged out."""
RETRY_MS = 3_000


class Listener:
    """One page: woken by a change, or at the end.

    Args:
        everything: it is told of pieces, too, that never waited.
    """

    def __init__(self, *, everything: bool = False) -> None:
        self._woken = asyncio.Event()
        self.everything = everything
        self.ended = False

    def wake(self) -> None:
        self._woken.set()

    def end(self) -> None:
        self.ended = True
        self._woken.set()

    async def wait(self, seconds: float) -> bool:
        """Whether it was woken in time."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return False
        self._woken.clear()
        return True


class Listeners:
    """All pages that listen to one process. Used on the event loop only."""

    def __init__(self, state: AppState) -> None:
        self._state = state
        self._all: set[Listener] = set()
        self._anybody = asyncio.Event()
        self._change = 0
        self._last = 0

    async def watch(self) -> None:
        """Look for changes while anybody listens, until it is cancelled."""
        while True:
            await self._anybody.wait()
            await self._look()
            await asyncio.sleep(LOOK_SECONDS)

    def enter(self, *, everything: bool = False) -> Listener:
        """
        Args:
            everything: as of Listener.

        Raises:
            Problem: 503, as many listen as may.
        """
        if len(self._all) >= self._state.settings.listeners:
            detail = f"{len(self._all)} pages listen already; ask /v1/queue/changes now and then"
            raise Problem(503, "busy", "Too busy", detail, headers={"Retry-After": "30"})
        one = Listener(everything=everything)
        self._all.add(one)
        self._anybody.set()
        return one

    def leave(self, one: Listener) -> None:
        self._all.discard(one)
        if not self._all:
            self._anybody.clear()

    async def events(self, one: Listener, seconds: float) -> AsyncIterator[bytes]:
        """The number of the last change at once, then each that comes, until so long after."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        queue = told = await asyncio.to_thread(self._last_change)
        yield f"retry: {RETRY_MS}\n\n".encode() + _event("queue", told)
        while not one.ended and (left := until - loop.time()) > 0:
            if not await one.wait(min(left, HEARTBEAT_SECONDS)):
                yield b": here\n\n"
            elif self._change > queue:
                queue = told = self._change
                yield _event("queue", queue)
            elif one.everything and self._last > told:
                told = self._last
                yield _event("ledger", told)

    async def _look(self) -> None:
        try:
            last, queue = await asyncio.to_thread(self._newest)
        except LedgerError as error:
            # Held by somebody, or its disk is gone: it is looked at again.
            log_event("queue-not-looked-at", level=logging.WARNING, fault=error.fault)
            return
        news = (last > self._last, queue > self._change)
        self._last, self._change = last, queue
        for one in self._all:
            if news[1] or (news[0] and one.everything):
                one.wake()

    def _last_change(self) -> int:
        with self._state.ledger.read() as session:
            return last_number(session)

    def _newest(self) -> tuple[int, int]:
        """The last change of the ledger, and the last after which the queue was another."""
        with self._state.ledger.read() as session:
            last = last_number(session)
            if last == self._last:
                return last, self._change
            changed = changed_rows(session, self._last, last, 1) or gone_since(session, self._last, last, 1)
        return last, last if changed else self._change


class EventStream(StreamingResponse):
    """The answer to one listener, whose place is free when it ends, however it does."""

    def __init__(self, listeners: Listeners, one: Listener, seconds: float) -> None:
        # A proxy that collects an answer before it passes it on would keep it for ever.
        headers = {"X-Accel-Buffering": "no"}
        events = listeners.events(one, seconds)
        super().__init__(events, media_type="text/event-stream", headers=headers)
        self._leave = partial(listeners.leave, one)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()


def _event(kind: str, change: int) -> bytes:
    return f'id: {change}\nevent: {kind}\ndata: {{"change": {change}}}\n\n'.encode()
