"""multipart/form-data with a limit on every part while it is still coming in.

async with upload_of(request, settings, budget, {"context": (1, 1), "photo": (1, 6)}) as upload: …

Nothing touches the disk, and no more than the budget is held in memory by all uploads together: an upload
counts until the block ends, so what is done with its photos belongs inside.
"""

import io
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from ubora.service.http.bodies import (
    MAX_CONTEXT_BYTES,
    Budget,
    broken_upload,
    chunks,
    declared_length,
    too_large,
)
from ubora.service.http.errors import Problem
from ubora.service.settings import Settings

MAX_VOICE_BYTES = 400_000
"""About two minutes of a phone's voice."""
MAX_HEADER_BYTES = 4_096
"""Of all headers of a part together."""
MAX_FRAME_BYTES = 65_536
"""Of all that is in no part: boundaries, headers, blanks, what follows the end. Some of it the parser takes
byte by byte."""
Parts = Mapping[str, tuple[int, int]]
"""Name of a part (context, photo, voice) → how many at least and at most."""


@dataclass
class Upload:
    """What was sent: `context` is JSON not yet looked at, the others are bytes not yet trusted."""

    context: bytes | None = None
    photos: list[bytes] = field(default_factory=list)
    voice: bytes | None = None


@asynccontextmanager
async def upload_of(
    request: Request, settings: Settings, budget: Budget, wanted: Parts
) -> AsyncIterator[Upload]:
    """The body of a PUT, read, and held until the block ends.

    Raises:
        Problem: 400 cut off or not multipart, 408 too slow, 413 too large, 415 not multipart/form-data,
            422 a part that is not expected, 503 too many at once.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise Problem(
            415, "not-multipart", "Not multipart/form-data", "expected multipart/form-data with photos"
        )
    declared = declared_length(request.scope["headers"])
    if (declared or 0) > settings.max_request_bytes:
        raise too_large("the request", settings.max_request_bytes)
    # All that it says at once: rather a few are taken whole than many half and then refused.
    held = declared or 0
    budget.take(held)
    try:
        parts = _Parts(settings, wanted)
        come = 0
        try:
            parser = MultipartParser(options[b"boundary"], parts.callbacks())  # type: ignore[arg-type]
            async for chunk in chunks(
                request.receive, seconds=settings.upload_seconds, quiet_seconds=settings.quiet_seconds
            ):
                come += len(chunk)
                if come > settings.max_request_bytes:
                    raise too_large("the request", settings.max_request_bytes)
                if come > held:
                    budget.take(come - held)
                    held = come
                parser.write(chunk)
                if come - parts.data_bytes > MAX_FRAME_BYTES:
                    raise too_large("what is not in a part", MAX_FRAME_BYTES)
            parser.finalize()
        except FormParserError as error:
            raise broken_upload(str(error)) from None
        yield parts.upload()
    finally:
        budget.give_back(held)


class _Parts:
    """Collects parts from the parser's callbacks."""

    def __init__(self, settings: Settings, wanted: Parts) -> None:
        self._wanted = wanted
        self._limits = {
            "context": MAX_CONTEXT_BYTES,
            "voice": MAX_VOICE_BYTES,
            "photo": settings.max_photo_bytes,
        }
        self.data_bytes = 0
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
        self._header_bytes = 0
        self._data = io.BytesIO()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._count_header(end - start)
        self._field += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._count_header(end - start)
        self._value += data[start:end]

    def _count_header(self, count: int) -> None:
        # Of one header after the other: endless small ones are endless too.
        self._header_bytes += count
        if self._header_bytes > MAX_HEADER_BYTES:
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
        if self._data.tell() + end - start > limit:
            raise too_large(f"the {self._name}", limit)
        self._data.write(memoryview(data)[start:end])
        self.data_bytes += end - start

    def _part_end(self) -> None:
        # A part without a name was never counted by it.
        self._check_name()
        # Its bytes without a copy of them, unlike a bytearray's.
        self._done.append((self._name, self._data.getvalue()))
        self._data = io.BytesIO()

    def _end(self) -> None:
        self._ended = True
