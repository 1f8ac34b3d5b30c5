"""The server that we start: uvicorn, with bounds on what a client may leave half done.

    make_server(create_app(settings), settings).run()

uvicorn bounds neither a header's bytes nor its time, nor how long an answer may stay unread: here each
connection keeps count of its own bytes, and once a second all of them are looked at. What an app can see, the
time of a body, is the app's (bodies). Counted in a log line a second at most.
"""

import asyncio
import fcntl
import resource
import socket
import struct
import termios
from collections import Counter
from contextlib import suppress
from functools import partial
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from ubora.service.http.errors import Problem, problem_response
from ubora.service.http.observe import log_event
from ubora.service.settings import Settings

LINGER_SECONDS = 5.0
"""A refused client may go on sending for so long: closed at once, it would not get to read why."""
MOST_PIPELINED = 16
"""Requests that wait behind one of the same connection. No browser sends a second before the first answer; 16
KB of them are 900, each held with a scope of its own."""
UNREAD_BYTES = 4_096
"""An answer of which less is read in its quiet time is read by nobody: 2G carries sixty times that."""
_STEP_BYTES = 16_384
"""The parser is fed no more at once, so that a header stops close behind its limit."""
ENDED_BY = "ubora.ended_by"
"""Where a route whose answer goes on leaves, in its scope, what ends it; else a stop would wait for it."""
_OWN_FILES = 200
"""Open files that are no connections: the ledger's, photos', the log's."""


def make_server(app: ASGIApp, settings: Settings) -> uvicorn.Server:
    """A server for the app, not yet running; it listens where the settings say."""
    trusted = settings.trusted_networks()
    room = min(settings.max_connections, max(1, _raise_file_limit() - _OWN_FILES))
    doors = Doors(settings, room)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=cast("type[asyncio.Protocol]", partial(Connection, doors=doors)),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=bool(trusted),
        forwarded_allow_ips=trusted,
        timeout_graceful_shutdown=20,
        # No banner for those who look for versions.
        server_header=False,
    )
    return _Server(config, doors)


class Doors:
    """All connections of one server, and which of them would go first. Used on the event loop only."""

    def __init__(self, settings: Settings, room: int) -> None:
        self.settings = settings
        self._room = room
        self._open: set[Connection] = set()
        # Those that nothing is being done for, in order: half a header, none yet, the rest of a refused body.
        self._idle: dict[Connection, None] = {}
        self._told: Counter[str] = Counter()

    def enter(self, new: "Connection") -> bool:
        """Whether there is room for it; the connection that is idle longest makes some."""
        self._open.add(new)
        if len(self._open) > self._room:
            oldest = next(iter(self._idle), None)
            if oldest is None:
                self.tell("no_room")
                return False
            self.tell("made_room")
            oldest.let_go()
        self.idle(new)
        return True

    def leave(self, gone: "Connection") -> None:
        self._open.discard(gone)
        self.busy(gone)

    def idle(self, one: "Connection") -> None:
        if one in self._open:
            self._idle[one] = None

    def busy(self, one: "Connection") -> None:
        self._idle.pop(one, None)

    def tell(self, what: str) -> None:
        self._told[what] += 1

    def look(self, now: float) -> None:
        """Let go of whoever is too slow, and log how many there were."""
        for one in list(self._open):
            one.look(now)
        if self._told:
            log_event("connections-refused", **self._told)
            self._told.clear()


class Connection(HttpToolsProtocol):
    """One client: how long it owes us a header, and we it an answer that it does not read."""

    def __init__(self, *args: Any, doors: Doors, **given: Any) -> None:
        super().__init__(*args, **given)
        self._doors = doors
        self._unanswered_bytes = 0
        """Since the parser last came to the end of a header, a piece of a body, or a request."""
        self._due: float | None = None
        """When it is let go, on the loop's clock; None while a request is in work."""
        self._whole = True
        """Nothing of a request's body is still to come."""
        self._refused = False
        self._running: RequestResponseCycle | None = None
        """The request that is in work; `cycle` is the last of those that wait behind it."""
        self._unread_bytes, self._read_at = 0, 0.0
        """Of the answer at most since some was last read, and when that was."""

    # What the transport tells

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._read_at = self.loop.time()
        self._await_header()
        if not self._doors.enter(self):
            detail = "as many are connected as there is room for"
            self._refuse(Problem(503, "busy", "Too busy", detail, headers={"Retry-After": "3"}))

    def connection_lost(self, exc: Exception | None) -> None:
        self._doors.leave(self)
        self._tell_app()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        for at in range(0, len(data), _STEP_BYTES):
            if self._refused or self.transport.is_closing():
                return
            step = data[at : at + _STEP_BYTES]
            self._unanswered_bytes += len(step)
            super().data_received(step)
            if len(self.pipeline) > MOST_PIPELINED:
                self._doors.tell("too_many_at_once")
                self.let_go()
            elif self._unanswered_bytes > self._doors.settings.max_header_bytes:
                limit = self._doors.settings.max_header_bytes
                self._doors.tell("header_too_large")
                self._refuse(
                    Problem(431, "header-too-large", "The header is too large", f"more than {limit:,} bytes")
                )

    def resume_writing(self) -> None:
        self._unread_bytes, self._read_at = 0, self.loop.time()
        super().resume_writing()

    # What the parser tells

    def on_headers_complete(self) -> None:
        self._unanswered_bytes, self._due, self._whole = 0, None, False
        self._doors.busy(self)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._unanswered_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._unanswered_bytes, self._whole = 0, True
        super().on_message_complete()
        if self.cycle.response_complete:
            self._await_header()

    def on_response_complete(self) -> None:
        if not self.pipeline:
            self._doors.idle(self)
            if self._whole:
                self._await_header()
            else:  # it was answered before it sent everything; it may finish, and read the answer
                self._due = self.loop.time() + self._doors.settings.upload_seconds
        super().on_response_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def send_400_response(self, msg: str) -> None:
        self._doors.tell("broken")
        self._refuse(Problem(400, "broken-request", "Not an HTTP request", msg.rstrip(".").lower()))

    # What the doors tell

    def shutdown(self) -> None:
        end = None if self._running is None else cast("dict[str, Any]", self._running.scope).get(ENDED_BY)
        if end is not None:
            end()
        super().shutdown()

    def look(self, now: float) -> None:
        """Once a second: is it let go?"""
        if self.transport.is_closing():
            self._due = None
        unread = self._count_unread()
        if unread == 0 or unread <= self._unread_bytes - UNREAD_BYTES:
            self._unread_bytes, self._read_at = unread, now
        self._unread_bytes = max(self._unread_bytes, unread)
        if now - self._read_at >= self._doors.settings.quiet_seconds:
            self._doors.tell("unread")
            self.let_go()
        elif self._due is not None and now >= self._due:
            if self._refused or not self._whole:
                self.let_go()
            elif not self._unanswered_bytes:
                self.transport.close()  # a browser's, in case it should need one
            else:
                self._doors.tell("header_too_slow")
                seconds = self._doors.settings.header_seconds
                self._refuse(Problem(408, "too-slow", "Too slow", f"no whole header after {seconds:g} s"))

    def let_go(self) -> None:
        self._doors.leave(self)
        self._tell_app()
        with suppress(OSError):  # the client was faster
            # Or the system would go on offering what is unread, for minutes.
            line = self.transport.get_extra_info("socket")
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def _tell_app(self) -> None:
        """The app, which may wait for a body or write an answer, hears that nobody is there any more."""
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
            self._running.message_event.set()
        self.flow.resume_writing()

    def _count_unread(self) -> int:
        """Bytes of an answer that the client has not read: none where we hold none, for what the system took
        over is the system's; else with that, which is a megabyte before it takes any more."""
        held = self.transport.get_write_buffer_size()
        if held == 0:
            return 0
        try:
            line = self.transport.get_extra_info("socket").fileno()
            return held + int(struct.unpack("i", fcntl.ioctl(line, termios.TIOCOUTQ, bytes(4)))[0])
        except OSError:  # not Linux
            return held

    def _await_header(self) -> None:
        self._due = self.loop.time() + self._doors.settings.header_seconds

    def _refuse(self, problem: Problem) -> None:
        """Answer without the app, and hear nothing more."""
        self._unset_keepalive_if_required()
        self._refused = True
        self._due = self.loop.time() + LINGER_SECONDS
        self._doors.idle(self)
        if self._running is not None and self._running.response_started != self._running.response_complete:
            self.let_go()  # in the middle of another answer
            return
        self._tell_app()
        self.flow.resume_reading()
        answer = problem_response(problem, "")
        lines = [STATUS_LINE[problem.status].rstrip(), b"connection: close"]
        lines += [name + b": " + value for name, value in answer.raw_headers]
        self.transport.write(b"\r\n".join((*lines, b"", bytes(answer.body))))
        self.transport.write_eof()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, doors: Doors) -> None:
        super().__init__(config)
        self._doors = doors

    async def on_tick(self, counter: int) -> bool:
        if counter % 10 == 0:  # ten ticks are a second
            self._doors.look(asyncio.get_running_loop().time())
        return await super().on_tick(counter)


def _raise_file_limit() -> int:
    """Every connection is an open file; a shell allows 1,024 of them, the system far more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard if hard != resource.RLIM_INFINITY else 1_048_576
