"""Photos count against the budget from their first byte until their work is done, however that ends."""

import asyncio
import threading
import uuid
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import Request
from prometheus_client import Gauge
from starlette.types import Message, Receive

from tests.parts.served import Town, clean, parts, serve, tarnished, wait_until
from tests.parts.uploading import finish, send_all
from ubora.service.http.bodies import Budget
from ubora.service.http.errors import Problem
from ubora.service.http.multipart import Upload, upload_of
from ubora.service.inference.workers import KeyedLocks, Workers
from ubora.service.settings import Settings, SettingsError

PHOTO = b"x" * 5_000
BODY = (
    b'--abc\r\nContent-Disposition: form-data; name="photo"; filename="p.jpg"\r\n\r\n'
    + PHOTO
    + b"\r\n--abc--\r\n"
)
WANTED = {"photo": (1, 6)}


def _coming(*messages: Message) -> Receive:
    """What comes in, one after the other; then nothing more."""
    left = iter(messages)

    async def receive() -> Message:
        message = next(left, None)
        if message is None:
            await asyncio.Event().wait()
            raise AssertionError
        return message

    return receive


def _pieces(body: bytes, size: int = 1_000) -> list[Message]:
    ends = range(0, len(body), size)
    return [
        {"type": "http.request", "body": body[at : at + size], "more_body": at + size < len(body)}
        for at in ends
    ]


def _request(receive: Receive, *, length: int | None = len(BODY)) -> Request:
    headers = [(b"content-type", b"multipart/form-data; boundary=abc")]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    return Request({"type": "http", "method": "PUT", "path": "/", "headers": headers}, receive)


@contextmanager
def _pool() -> Iterator[Workers]:
    workers = Workers(1, 4, Gauge("depth", "d", registry=None))
    try:
        yield workers
    finally:
        workers.close()


async def _take(budget: Budget, request: Request, work: Callable[[Upload], Awaitable[Any]]) -> Any:
    async with upload_of(request, Settings(quiet_seconds=0.2), budget, WANTED) as upload:
        return await work(upload)


@pytest.mark.parametrize("length", [len(BODY), None])
def test_nothing_is_given_back_while_the_work_goes_on(length: int | None) -> None:
    budget, begun, go_on = Budget(10_000), threading.Event(), threading.Event()

    def work(upload: Upload) -> bytes:
        begun.set()
        go_on.wait(60)
        return upload.photos[0]

    async def main(workers: Workers) -> None:
        taken = asyncio.create_task(
            _take(
                budget, _request(_coming(*_pieces(BODY)), length=length), lambda one: workers.run(work, one)
            )
        )
        await asyncio.to_thread(begun.wait, 60)
        assert budget.held == len(BODY)
        go_on.set()
        assert await taken == PHOTO
        assert budget.held == 0

    with _pool() as workers:
        asyncio.run(main(workers))


def test_who_goes_away_is_counted_until_the_work_on_his_photos_ends() -> None:
    budget, begun, go_on = Budget(10_000), threading.Event(), threading.Event()

    def work(_upload: Upload) -> None:
        begun.set()
        go_on.wait(60)

    async def main(workers: Workers) -> None:
        request = _request(_coming(*_pieces(BODY)))
        taken = asyncio.create_task(_take(budget, request, lambda one: workers.run(work, one)))
        await asyncio.to_thread(begun.wait, 60)
        taken.cancel()
        await asyncio.sleep(0.1)
        assert (taken.done(), budget.held) == (False, len(BODY))
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await taken
        assert budget.held == 0

    with _pool() as workers:
        asyncio.run(main(workers))


def test_who_goes_away_before_it_is_his_turn_is_not_worked_for() -> None:
    worked: list[Upload] = []
    budget, go_on = Budget(20_000), threading.Event()

    async def main(workers: Workers) -> None:
        first = asyncio.create_task(workers.run(go_on.wait, 60))
        request = _request(_coming(*_pieces(BODY)))
        taken = asyncio.create_task(_take(budget, request, lambda one: workers.run(worked.append, one)))
        await asyncio.sleep(0.1)
        assert budget.held == len(BODY)
        taken.cancel()
        with pytest.raises(asyncio.CancelledError):
            await taken
        assert budget.held == 0
        go_on.set()
        await first

    with _pool() as workers:
        asyncio.run(main(workers))
    assert worked == []


async def _nothing(_upload: Upload) -> None:
    return None


async def _fail(_upload: Upload) -> None:
    raise ValueError


ENDINGS: dict[str, tuple[list[Message], int | None, Callable[[Upload], Awaitable[Any]], int | None]] = {
    "well": (_pieces(BODY), len(BODY), _nothing, None),
    "the work fails": (_pieces(BODY), len(BODY), _fail, None),
    "the connection ends": ([*_pieces(BODY)[:2], {"type": "http.disconnect"}], len(BODY), _nothing, 400),
    "it stops": (_pieces(BODY)[:2], len(BODY), _nothing, 408),
    "it stops and did not say how much": (_pieces(BODY)[:2], None, _nothing, 408),
    "it is no multipart": (_pieces(b"abc" * 2_000), 6_000, _nothing, 400),
    "its last part does not end": (_pieces(BODY[:-8]), len(BODY) - 8, _nothing, 400),
    "a part is not expected": (_pieces(BODY.replace(b"photo", b"other")), len(BODY), _nothing, 422),
    "it says too much": (_pieces(BODY), 50_000_000, _nothing, 413),
    "there is no room for what it says": (_pieces(BODY), 20_000, _nothing, 503),
    "there is no room for what comes": (_pieces(BODY[:-9] + bytes(9_000)), None, _nothing, 503),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_everything_is_given_back_however_it_ends(name: str) -> None:
    messages, length, work, status = ENDINGS[name]
    budget = Budget(10_000)

    async def main() -> int | None:
        try:
            await _take(budget, _request(_coming(*messages), length=length), work)
        except Problem as problem:
            return problem.status
        except ValueError:
            pass
        return None

    assert asyncio.run(main()) == status
    assert budget.held == 0


def test_who_waits_for_a_turn_is_counted_and_no_more_wait_than_may() -> None:
    async def main() -> list[str]:
        turns, order = KeyedLocks(2), []

        async def come(name: str, *, until: asyncio.Event | None = None) -> None:
            async with turns.of("a piece"):
                order.append(name)
                if until is not None:
                    await until.wait()

        done = asyncio.Event()
        waiting = [asyncio.create_task(come("first", until=done))]
        waiting += [asyncio.create_task(come(name)) for name in ("second", "third")]
        await asyncio.sleep(0.05)
        with pytest.raises(Problem, match="2 requests wait"):
            await come("fourth")
        async with turns.of("another piece"):
            order.append("elsewhere")
        waiting[1].cancel()
        await asyncio.sleep(0.05)
        waiting.append(asyncio.create_task(come("fifth")))
        await asyncio.sleep(0.05)
        done.set()
        await asyncio.gather(*waiting, return_exceptions=True)
        async with turns.of("a piece"):
            return order

    assert asyncio.run(main()) == ["first", "elsewhere", "third", "fifth"]


def test_a_crowd_is_told_to_come_again_and_nothing_stays_counted(tmp_path: Path, releases: Path) -> None:
    photos = [tarnished(number) + bytes(20_000) for number in range(12)]
    town_of = serve(tmp_path, releases, max_request_bytes=60_000, upload_budget_bytes=90_000)
    with town_of as town, ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(town.send, photos))
        statuses = {answer.status_code for answer in answers}
        assert 201 in statuses
        assert statuses <= {201, 503}
        assert {answer.headers["retry-after"] for answer in answers if answer.status_code == 503} <= {"3"}
        wait_until(lambda: town.state.budget.held == 0)
        assert town.send(photos[0]).status_code == 201


def test_photos_that_came_in_parts_count_when_they_are_read(town: Town) -> None:
    phone, photo = town.client("artisan"), tarnished()
    upload, budget = send_all(phone, photo), town.state.budget
    with budget.hold(budget.limit - len(photo) + 1):
        refused = finish(phone, uuid.uuid4(), upload)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "3")
    with budget.hold(budget.limit - len(photo)):
        assert finish(phone, uuid.uuid4(), upload).status_code == 201
    assert budget.held == 0


@pytest.mark.parametrize("path", ["/v1/designs/disc/approved", "/v1/inspections/{}/appeals/{}"])
def test_appeals_and_approved_photos_count_too(town: Town, path: str) -> None:
    flagged = town.send(tarnished()).json()["id"]
    files = parts({}, clean()) if "appeals" in path else parts({}, clean())[1:]
    budget, admin = town.state.budget, town.client("admin")

    def put() -> httpx.Response:
        return admin.put(path.format(flagged, uuid.uuid4()), files=files)

    with budget.hold(budget.limit):
        assert put().status_code == 503
    assert put().status_code in (200, 201)
    assert budget.held == 0


def test_little_json_of_strangers_takes_nothing_from_the_photos(town: Town) -> None:
    with town.state.budget.hold(town.state.budget.limit):
        assert town.client("artisan").get("/v1/me").status_code == 200
        assert town.log_in("Njeri").get("/v1/session").status_code == 200
        assert town.send(clean()).status_code == 503


def test_a_budget_below_one_request_is_refused_at_start() -> None:
    with pytest.raises(SettingsError, match=r"UBORA_UPLOAD_BUDGET_BYTES: .*40,000,000.* found '1000000'"):
        Settings.from_environment({"UBORA_UPLOAD_BUDGET_BYTES": "1000000"})
