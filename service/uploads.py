"""multipart/form-data with a limit on every part while it is still coming in.

upload = await read_upload(request, settings, budget, {"context": (1, 1), "photo": (1, 6)})
body = await read_json(request, settings)       # the other kind of body of such a route

Nothing touches the disk, and no more than the budget is held in memory by all uploads together.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import Problem, problem_response
from service.settings import Settings

MAX_CONTEXT_BYTES = 16_384
MAX_JSON_BYTES = 262_144
MAX_VOICE_BYTES = 400_000
"""About two minutes of a phone's voice."""
MAX_HEADER_BYTES = 4_096
RETRY_SECONDS = 3
Parts = Mapping[str, tuple[int, int]]
"""Name of a part (context, photo, voice) → how many at least and at most."""
_UPLOAD_PATH = re.compile(
    r"/v1/inspections/[^/]+(/appeals/[^/]+)?|/v1/designs/[^/]+/approved|/v1/uploads/[^/]+"
)


@dataclass
class Upload:
    """What was sent: `context` is JSON not yet looked at, the others are bytes not yet trusted."""

    context: bytes | None = None
    photos: list[bytes] = field(default_factory=list)
    voice: bytes | None = None


@dataclass
class UploadBudget:
    """Bytes held by uploads in progress. Used on the event loop only, so it needs no lock."""

    limit: int
    held: int = 0

    def take(self, count: int) -> None:
        if self.held + count > self.limit:
            raise busy("too many photos are being sent at the moment")
        self.held += count

    def give_back(self, count: int) -> None:
        self.held -= count


def busy(detail: str) -> Problem:
    return Problem(503, "busy", "Too busy", detail, headers={"Retry-After": str(RETRY_SECONDS)})


def too_large(what: str, limit: int) -> Problem:
    return Problem(413, "too-large", "Too large", f"{what} is larger than {limit:,} bytes")


def too_slow(seconds: float) -> Problem:
    return Problem(408, "too-slow", "Too slow", f"not whole after {seconds:g} s")


def broken_upload(detail: str) -> Problem:
    return Problem(400, "broken-upload", "The upload is broken", detail)


async def read_upload(request: Request, settings: Settings, budget: UploadBudget, wanted: Parts) -> Upload:
    """Read the body of a PUT.

    Raises:
        Problem: 400 cut off or not multipart, 408 too slow, 413 too large, 415 not multipart/form-data,
            422 a part that is not expected, 503 too many at once.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise Problem(
            415, "not-multipart", "Not multipart/form-data", "expected multipart/form-data with photos"
        )
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > settings.max_request_bytes:
        raise too_large("the request", settings.max_request_bytes)
    parts = _Parts(settings, wanted)
    held = 0
    try:
        parser = MultipartParser(options[b"boundary"], parts.callbacks())  # type: ignore[arg-type]
        async with asyncio.timeout(settings.upload_seconds):
            async for chunk in request.stream():
                budget.take(len(chunk))
                held += len(chunk)
                if held > settings.max_request_bytes:
                    raise too_large("the request", settings.max_request_bytes)
                parser.write(chunk)
        parser.finalize()
        return parts.upload()
    except FormParserError as error:
        raise broken_upload(str(error)) from None
    except ClientDisconnect:
        raise broken_upload("the connection ended early") from None
    except TimeoutError:
        raise too_slow(settings.upload_seconds) from None
    finally:
        budget.give_back(held)


def content_type(request: Request) -> str:
    """`application/json`: in small letters, without what follows it."""
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


async def read_json(request: Request, settings: Settings) -> bytes:
    """A little JSON, not yet looked at.

    Raises:
        Problem: 400 cut off, 408 too slow, 413 larger than a context may be.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(settings.upload_seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_CONTEXT_BYTES:
                    raise too_large("the request", MAX_CONTEXT_BYTES)
    except ClientDisconnect:
        raise broken_upload("the connection ended early") from None
    except TimeoutError:
        raise too_slow(settings.upload_seconds) from None
    return bytes(body)


class SmallBodies:
    """Every other body is a little JSON, which the framework reads whole before it asks who sends it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _UPLOAD_PATH.fullmatch(scope["path"]):
            await self.app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > MAX_JSON_BYTES:
            problem = problem_response(too_large("the request", MAX_JSON_BYTES), scope["path"])
            await problem(scope, receive, send)
            return
        taken = 0

        async def receive_little() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MAX_JSON_BYTES:  # it did not say how much it would send
                raise too_large("the request", MAX_JSON_BYTES)
            return message

        await self.app(scope, receive_little, send)


class _Parts:
    """Collects parts from the parser's callbacks."""

    def __init__(self, settings: Settings, wanted: Parts) -> None:
        self._wanted = wanted
        self._limits = {
            "context": MAX_CONTEXT_BYTES,
            "voice": MAX_VOICE_BYTES,
            "photo": settings.max_photo_bytes,
        }
        self._done: list[tuple[str, bytes]] = []
        self._ended = False
        self._begin()

    def callbacks(self) -> dict[str, Callable[..., None]]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_part_data": self._data_part,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }

    def upload(self) -> Upload:
        if not self._ended:
            raise broken_upload("it ends before its last part does")
        for name, (least, most) in self._wanted.items():
            found = self._count(name)
            if found < least:
                between = str(most) if least == most else f"{least} to {most}"
                detail = f"expected {between} `{name}`, found {found}"
                raise Problem(422, "parts", "Parts are missing", detail)
        context, voice = (
            next((data for name, data in self._done if name == one), None) for one in ("context", "voice")
        )
        return Upload(context, [data for name, data in self._done if name == "photo"], voice)

    def _begin(self) -> None:
        self._name = ""
        self._field, self._value = bytearray(), bytearray()
        self._data = bytearray()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]
        self._check_header()

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._check_header()

    def _check_header(self) -> None:
        if len(self._field) + len(self._value) > MAX_HEADER_BYTES:
            raise too_large("a part's header", MAX_HEADER_BYTES)

    def _header_end(self) -> None:
        if bytes(self._field).lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._value))
            self._name = options.get(b"name", b"").decode("utf-8", "replace")
            self._check_name()
        self._field.clear()
        self._value.clear()

    def _check_name(self) -> None:
        if self._name not in self._wanted:
            known = " or ".join(f"`{name}`" for name in self._wanted)
            raise Problem(422, "parts", "An unknown part", f"expected {known}, found {self._name!r}")
        most = self._wanted[self._name][1]
        if self._count(self._name) >= most:
            raise Problem(422, "parts", "Too many parts", f"at most {most} `{self._name}`")

    def _count(self, wanted: str) -> int:
        return sum(name == wanted for name, _ in self._done)

    def _data_part(self, data: bytes, start: int, end: int) -> None:
        limit = self._limits.get(self._name, 0)
        if len(self._data) + end - start > limit:
            raise too_large(f"the {self._name}", limit)
        self._data += data[start:end]

    def _part_end(self) -> None:
        # A part without a name was never counted by it.
        self._check_name()
        self._done.append((self._name, bytes(self._data)))
        self._data.clear()

    def _end(self) -> None:
        self._ended = True
