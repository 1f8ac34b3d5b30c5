"""A request's body: how long it may take, how large it may be, and what all of them together may hold.

async for chunk in chunks(request.receive, seconds=300, quiet_seconds=60): …
with budget.hold(length): …

Everything here is a Problem that the sender is answered with: 400 cut off, 408 too slow, 413 too large, 503
too much at once.
"""

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ubora.service.http.errors import Problem, problem_response
from ubora.service.settings import Settings

MAX_CONTEXT_BYTES = 16_384
MAX_JSON_BYTES = 65_536
"""A review with a hundred marks and a long note in escaped letters is the largest."""
SMALL_BUDGET_BYTES = 16_000_000
"""Of all little JSON bodies together. Apart from the photos', for a stranger may send these."""
PROGRESS_BYTES = 1_024
"""A body that brings less in its quiet time has stopped: a sixtieth of what 2G carries."""
RETRY_SECONDS = 3
_UPLOAD_PATH = re.compile(
    r"/v1/inspections/[^/]+(/appeals/[^/]+)?|/v1/designs/[^/]+/approved|/v1/uploads/[^/]+"
)


def busy(detail: str) -> Problem:
    return Problem(503, "busy", "Too busy", detail, headers={"Retry-After": str(RETRY_SECONDS)})


def too_large(what: str, limit: int) -> Problem:
    return Problem(413, "too-large", "Too large", f"{what} is larger than {limit:,} bytes")


def broken_upload(detail: str) -> Problem:
    return Problem(400, "broken-upload", "The upload is broken", detail)


def _too_slow(detail: str) -> Problem:
    # Nothing else is to be expected of this connection.
    return Problem(408, "too-slow", "Too slow", detail, headers={"Connection": "close"})


@dataclass
class Budget:
    """Bytes that requests hold in memory, all together. Shared by threads."""

    limit: int
    held: int = 0
    _changing: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def take(self, count: int) -> None:
        """Raises Problem: 503, there is not so much left; then nothing is taken."""
        with self._changing:
            if self.held + count > self.limit:
                raise busy("too many photos are being sent at the moment")
            self.held += count

    def give_back(self, count: int) -> None:
        with self._changing:
            self.held -= count

    @contextmanager
    def hold(self, count: int) -> Iterator[None]:
        """Take it for as long as the block runs."""
        self.take(count)
        try:
            yield
        finally:
            self.give_back(count)


async def chunks(
    receive: Receive, *, seconds: float, quiet_seconds: float, kept: str = ""
) -> AsyncIterator[bytes]:
    """A body as it comes. What its reader does in between does not count as the sender's silence.

    Args:
        seconds: for all of it.
        quiet_seconds: in which at least PROGRESS_BYTES must come.
        kept: added where it breaks off, as `what came is kept`.

    Raises:
        Problem: 400, the connection ended; 408, one of the two times is over.
    """
    clock = asyncio.get_running_loop().time
    end = clock() + seconds
    quiet_end, come = clock() + quiet_seconds, 0
    while True:
        try:
            async with asyncio.timeout_at(min(end, quiet_end)):
                message = await receive()
        except TimeoutError:
            if clock() >= end:
                raise _too_slow(f"not whole after {seconds:g} s{kept}") from None
            detail = f"less than {PROGRESS_BYTES:,} bytes in {quiet_seconds:g} s{kept}"
            raise _too_slow(detail) from None
        if message["type"] == "http.disconnect":
            raise broken_upload(f"the connection ended early{kept}")
        chunk = message.get("body", b"")
        come += len(chunk)
        given = clock()
        if chunk:
            yield chunk
        if not message.get("more_body"):
            return
        quiet_end += clock() - given
        if come >= PROGRESS_BYTES:
            quiet_end, come = clock() + quiet_seconds, 0


def declared_length(request_headers: list[tuple[bytes, bytes]]) -> int | None:
    """Content-Length, where there is one: the server has seen that it is a number and that it holds."""
    value = dict(request_headers).get(b"content-length", b"")
    return int(value) if value.isdigit() else None


def content_type(request: Request) -> str:
    """`application/json`: in small letters, without what follows it."""
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


async def read_json(request: Request, settings: Settings) -> bytes:
    """A little JSON of a route that also takes photos, not yet looked at.

    Raises:
        Problem: 400 cut off, 408 too slow, 413 larger than a context may be.
    """
    body = bytearray()
    async for chunk in chunks(
        request.receive, seconds=settings.body_seconds, quiet_seconds=settings.quiet_seconds
    ):
        body += chunk
        if len(body) > MAX_CONTEXT_BYTES:
            raise too_large("the request", MAX_CONTEXT_BYTES)
    return bytes(body)


class SmallBodies:
    """Every other body is a little JSON, which the framework would read whole before it asks who sends it,
    and for as long as it takes. Here it is read first, within bounds."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._settings = settings
        self._budget = Budget(SMALL_BUDGET_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _UPLOAD_PATH.fullmatch(scope["path"]):
            await self.app(scope, receive, send)
            return
        body = bytearray()
        try:
            try:
                await self._read(body, scope, receive)
            except Problem as problem:
                await problem_response(problem, scope["path"])(scope, receive, send)
                return
            await self.app(scope, _replay(bytes(body), receive), send)
        finally:
            self._budget.give_back(len(body))

    async def _read(self, body: bytearray, scope: Scope, receive: Receive) -> None:
        if (declared_length(scope["headers"]) or 0) > MAX_JSON_BYTES:
            raise too_large("the request", MAX_JSON_BYTES)
        async for chunk in chunks(
            receive, seconds=self._settings.body_seconds, quiet_seconds=self._settings.quiet_seconds
        ):
            if len(body) + len(chunk) > MAX_JSON_BYTES:
                raise too_large("the request", MAX_JSON_BYTES)
            self._budget.take(len(chunk))
            body += chunk


def _replay(body: bytes, receive: Receive) -> Receive:
    """A body that was read, once more; after it what else comes."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
