"""multipart/form-data with a limit on every part while it is still coming in.

upload = await read_upload(request, settings, budget)
photos = (await read_upload(request, settings, budget, context=False)).photos

Nothing touches the disk, and no more than the budget is held in memory by all uploads together.
"""

import asyncio
import re
from collections.abc import Callable
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
MAX_HEADER_BYTES = 4_096
RETRY_SECONDS = 3
_UPLOAD_PATH = re.compile(r"/v1/inspections/[^/]+|/v1/designs/[^/]+/approved")


@dataclass
class Upload:
    """What was sent: `context` is JSON not yet looked at, `photos` are bytes not yet trusted."""

    context: bytes | None = None
    photos: list[bytes] = field(default_factory=list)


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


async def read_upload(
    request: Request, settings: Settings, budget: UploadBudget, *, context: bool = True
) -> Upload:
    """Read the body of a PUT.

    Args:
        context: whether a `context` part comes with the photos.

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
        raise _too_large("the request", settings.max_request_bytes)
    parts = _Parts(settings, context)
    held = 0
    try:
        parser = MultipartParser(options[b"boundary"], parts.callbacks())  # type: ignore[arg-type]
        async with asyncio.timeout(settings.upload_seconds):
            async for chunk in request.stream():
                budget.take(len(chunk))
                held += len(chunk)
                if held > settings.max_request_bytes:
                    raise _too_large("the request", settings.max_request_bytes)
                parser.write(chunk)
        parser.finalize()
        return parts.upload()
    except FormParserError as error:
        raise Problem(400, "broken-upload", "The upload is broken", str(error)) from None
    except ClientDisconnect:
        raise Problem(400, "broken-upload", "The upload is broken", "the connection ended early") from None
    except TimeoutError:
        raise Problem(408, "too-slow", "Too slow", f"not whole after {settings.upload_seconds:g} s") from None
    finally:
        budget.give_back(held)


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
            problem = problem_response(_too_large("the request", MAX_JSON_BYTES), scope["path"])
            await problem(scope, receive, send)
            return
        taken = 0

        async def receive_little() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MAX_JSON_BYTES:  # it did not say how much it would send
                raise _too_large("the request", MAX_JSON_BYTES)
            return message

        await self.app(scope, receive_little, send)


class _Parts:
    """Collects parts from the parser's callbacks."""

    def __init__(self, settings: Settings, context: bool) -> None:
        self._settings = settings
        self._names = ("context", "photo") if context else ("photo",)
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
            raise Problem(400, "broken-upload", "The upload is broken", "it ends before its last part does")
        contexts = [data for name, data in self._done if name == "context"]
        photos = [data for name, data in self._done if name == "photo"]
        expected = self._names.count("context")
        if len(contexts) != expected or not photos:
            raise Problem(
                422,
                "parts",
                "Parts are missing",
                f"expected {expected} `context` and 1 to {self._settings.max_photos} `photo` parts, "
                f"found {len(contexts)} and {len(photos)}",
            )
        return Upload(contexts[0] if contexts else None, photos)

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
            raise _too_large("a part's header", MAX_HEADER_BYTES)

    def _header_end(self) -> None:
        if bytes(self._field).lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._value))
            self._name = options.get(b"name", b"").decode("utf-8", "replace")
            self._check_name()
        self._field.clear()
        self._value.clear()

    def _check_name(self) -> None:
        if self._name not in self._names:
            known = " or ".join(f"`{name}`" for name in self._names)
            raise Problem(422, "parts", "An unknown part", f"expected {known}, found {self._name!r}")
        if self._name == "photo" and self._photos() >= self._settings.max_photos:
            raise Problem(422, "parts", "Too many photos", f"at most {self._settings.max_photos} a piece")

    def _photos(self) -> int:
        return sum(name == "photo" for name, _ in self._done)

    def _data_part(self, data: bytes, start: int, end: int) -> None:
        limit = MAX_CONTEXT_BYTES if self._name == "context" else self._settings.max_photo_bytes
        if len(self._data) + end - start > limit:
            raise _too_large(f"the {self._name}", limit)
        self._data += data[start:end]

    def _part_end(self) -> None:
        self._done.append((self._name, bytes(self._data)))
        if len(self._done) > self._settings.max_photos + 1:
            raise Problem(422, "parts", "Too many parts", "expected one context and its photos")
        self._data.clear()

    def _end(self) -> None:
        self._ended = True


def _too_large(what: str, limit: int) -> Problem:
    return Problem(413, "too-large", "Too large", f"{what} is larger than {limit:,} bytes")
