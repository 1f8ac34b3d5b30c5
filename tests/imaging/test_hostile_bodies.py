"""No request's body keeps the service busy for longer than its bytes are worth, whatever its parts are."""

import asyncio
import json
import time
from collections.abc import Callable

import pytest
from fastapi import Request
from starlette.types import Message

from tests.parts.served import Town
from ubora.service.http.bodies import Budget
from ubora.service.http.errors import Problem
from ubora.service.http.multipart import MAX_HEADER_BYTES, upload_of
from ubora.service.settings import Settings

SMALL, LARGE = 4_000_000, 16_000_000
FLOOR_SECONDS = 0.3
"""Of processor time: what is less is lost in the machine's noise."""
BOUNDARY = b"a" * 70
"""As long as RFC 2046 has them."""
PHOTO = b'--%b\r\nContent-Disposition: form-data; name="photo"\r\n' % BOUNDARY
END = b"\r\n--%b--\r\n" % BOUNDARY

KINDS: dict[str, tuple[Callable[[int], bytes], int]] = {
    "nothing but a photo": (lambda size: PHOTO + b"\r\n" + bytes(size) + END, 65_536),
    "line ends before the first part": (lambda size: b"\r\n" * (size // 2), 65_536),
    "headers of a part": (lambda size: PHOTO + b"a: b\r\n" * (size // 6), 65_536),
    "a header of a part": (lambda size: PHOTO + b"a: " + b"b" * size, 65_536),
    "a header's name": (lambda size: PHOTO + b"b" * size, 65_536),
    "blanks before a header's value": (lambda size: PHOTO + b"a:" + b" " * size, 65_536),
    "parts without a name": (lambda size: (b"--%b\r\n\r\n\r\n" % BOUNDARY) * (size // 78), 65_536),
    "empty photos": (lambda size: (PHOTO + b"\r\n\r\n") * (size // len(PHOTO)), 65_536),
    "half boundaries": (
        lambda size: PHOTO + b"\r\n" + b"\r\n--aaaa" * (size // 8) + END,
        65_536,
    ),
    "boundaries but for their last letter": (
        lambda size: PHOTO + b"\r\n" + (b"\r\n--%bb" % BOUNDARY[1:]) * (size // 74) + END,
        65_536,
    ),
    "boundaries with a letter more": (
        lambda size: PHOTO + b"\r\n" + (b"\r\n--%bb" % BOUNDARY) * (size // 75) + END,
        65_536,
    ),
    "blanks after a boundary": (
        lambda size: PHOTO + b"\r\n\r\n--%b" % BOUNDARY + b" " * size,
        65_536,
    ),
    "line ends": (lambda size: PHOTO + b"\r\n" + b"\r" * size + END, 65_536),
    "something after the end": (lambda size: PHOTO + b"\r\n" + END + b"-" * size, 65_536),
    "seven bytes at a time": (lambda size: PHOTO + b"\r\n" + bytes(size // 40) + END, 7),
    "half boundaries seven bytes at a time": (
        lambda size: PHOTO + b"\r\n" + b"\r\n--aaa" * (size // 280) + END,
        7,
    ),
}


def _read(body: bytes, size: int) -> int:
    """The status that reading it ends with; 200 where it is taken."""
    at = 0

    async def receive() -> Message:
        nonlocal at
        at += size
        return {"type": "http.request", "body": body[at - size : at], "more_body": at < len(body)}

    async def main() -> int:
        kind = b"multipart/form-data; boundary=" + BOUNDARY
        request = Request({"type": "http", "headers": [(b"content-type", kind)]}, receive)
        settings = Settings(max_photo_bytes=20_000_000)
        try:
            async with upload_of(request, settings, Budget(64_000_000), {"photo": (1, 6)}):
                return 200
        except Problem as problem:
            return problem.status

    return asyncio.run(main())


@pytest.mark.alone
@pytest.mark.parametrize("name", KINDS)
def test_four_times_the_parts_take_at_most_five_times_the_work(name: str) -> None:
    make, size = KINDS[name]
    spent = []
    for length in (SMALL, LARGE):
        body = make(length)
        tries = []
        for _ in range(2):
            started = time.thread_time()
            assert _read(body, size) in (200, 400, 413, 422)
            tries.append(time.thread_time() - started)
        spent.append(min(tries))
    assert spent[1] <= 5 * max(spent[0], FLOOR_SECONDS)


@pytest.mark.parametrize("name", ["blanks after a boundary", "something after the end"])
def test_what_is_in_no_part_is_little(name: str) -> None:
    make, size = KINDS[name]
    assert _read(make(1_000), size) == (200 if name == "something after the end" else 400)
    assert _read(make(200_000), size) == 413


@pytest.mark.alone
def test_many_small_headers_are_as_large_as_a_large_one() -> None:
    assert _read(PHOTO + b"\r\n" + END, 1_000) == 200
    few = b"a: b\r\n" * 4
    assert _read(PHOTO + few + b"\r\n" + END, 1_000) == 200
    assert _read(PHOTO + (b"a%b: b\r\n" % (b"a" * 1_500)) * 3 + b"\r\n" + END, 1_000) == 413
    assert MAX_HEADER_BYTES < 3 * 1_500


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 65_000,
        b'{"a":' * 13_000,
        b"1" * 65_000,
        b"1e" + b"9" * 65_000,
        b'"' + b"\\u0041" * 10_000 + b'"',
        json.dumps({f"k{number}": 1 for number in range(5_000)}).encode(),
        json.dumps({"name": "a" + "\u0301" * 239, "password": "\u0301" * 800}).encode(),
        b"\0" * 65_000,
    ],
)
@pytest.mark.parametrize("path", ["/v1/session", "/v1/enrol"])
def test_no_little_json_is_too_much_for_its_reader(shared_town: Town, path: str, body: bytes) -> None:
    kind = {"Content-Type": "application/json"}
    answer = shared_town.client(None).post(path, content=body, headers=kind)
    assert answer.status_code in (400, 401, 403, 404, 422)
    assert answer.headers["content-type"] == "application/problem+json"
