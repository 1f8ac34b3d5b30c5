"""Clients that leave things half done, or never end: each is let go in time, and the others are served."""

import json
import resource
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest

from tests.parts.lines import answer_of, head, is_let_go, line_to, pour, status_of
from tests.parts.served import PASSWORD, Town, clean, serve, wait_until
from tests.parts.uploading import half_sent, large_photo, where
from ubora.service.http.server import make_server
from ubora.service.settings import Settings

MOST = 20


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory, releases: Path) -> Iterator[Town]:
    """A service of little patience and little room."""
    with serve(
        tmp_path_factory.mktemp("hasty"),
        releases,
        header_seconds=1.5,
        body_seconds=1.5,
        quiet_seconds=1.5,
        upload_seconds=6.0,
        max_connections=MOST,
    ) as town:
        yield town


CHUNKED = ("Transfer-Encoding: chunked", "Content-Type: application/json")
ENDLESS = {
    "a header": (b"GET /health/live HTTP/1.1\r\nX: ", b"a" * 65_536, 431),
    "a header's name": (b"GET /health/live HTTP/1.1\r\n", b"a" * 65_536, 431),
    "headers": (b"GET /health/live HTTP/1.1\r\n", b"a: b\r\n" * 10_000, 431),
    "a path": (b"GET /", b"a" * 65_536, 431),
    "a chunk's extension": (head("POST", "/v1/session", *CHUNKED) + b"1;", b"a" * 65_536, 431),
    "a trailer": (head("POST", "/v1/session", *CHUNKED) + b"0\r\nX: ", b"a" * 65_536, 431),
    "trailers": (head("POST", "/v1/session", *CHUNKED) + b"0\r\n", b"a: b\r\n" * 10_000, 431),
    "a little JSON": (head("POST", "/v1/session", *CHUNKED), b"10000\r\n" + b" " * 65_536 + b"\r\n", 413),
    "nothing at all": (b"", b"\r\n" * 30_000, 431),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_what_never_ends_is_ended(hasty: Town, name: str) -> None:
    begin, more, status = ENDLESS[name]
    with line_to(hasty.url) as line:
        line.sendall(begin)
        sent = pour(line, more, 50_000_000)
        assert sent < 50_000_000
        line.shutdown(socket.SHUT_WR)
        answer = answer_of(line)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert b"application/problem+json" in answer
    assert json.loads(answer.split(b"\r\n\r\n", 1)[1])["status"] == status


def test_a_large_header_below_the_limit_is_read(hasty: Town) -> None:
    many = {f"X-{number}": "a" * 900 for number in range(30)}
    assert hasty.client("artisan").get("/v1/me", headers=many).status_code == 200


def test_half_a_header_is_answered_408_and_a_connection_without_a_word_is_closed(hasty: Town) -> None:
    with line_to(hasty.url) as half, line_to(hasty.url) as silent:
        half.sendall(b"GET /v1/me HTTP/1.1\r\nHost:")
        assert answer_of(half).startswith(b"HTTP/1.1 408 Request Timeout\r\n")
        assert answer_of(silent) == b""


def test_a_header_that_comes_byte_by_byte_ends_too(hasty: Town) -> None:
    with line_to(hasty.url) as line:
        stop = threading.Event()

        def drip() -> None:
            try:
                while not stop.wait(0.1):
                    line.sendall(b"a")
            except ConnectionError:
                pass

        line.sendall(b"GET / HTTP/1.1\r\nX: ")
        dripping = threading.Thread(target=drip)
        dripping.start()
        assert status_of(line) == 408
        stop.set()
        dripping.join()


def test_blank_lines_after_an_answer_do_not_keep_a_connection_for_good(hasty: Town) -> None:
    with line_to(hasty.url) as line:
        line.sendall(head("GET", "/health/live"))
        assert line.recv(65_536).startswith(b"HTTP/1.1 200 ")
        line.sendall(b"\r\n")
        assert is_let_go(line)


def test_as_many_half_headers_as_there_is_room_for_do_not_shut_a_phone_out(hasty: Town) -> None:
    with ExitStack() as lines:
        half = []
        for _ in range(3 * MOST):
            half.append(lines.enter_context(line_to(hasty.url)))
            half[-1].sendall(b"GET /v1/me HTTP/1.1\r\nHost:")
        assert hasty.client("artisan").get("/v1/me").status_code == 200
        # The one that owes its header longest went first, and nobody waited for its 408.
        assert status_of(half[0]) == 0


def test_where_everybody_is_being_served_the_next_is_told_to_come_again(
    tmp_path: Path, releases: Path
) -> None:
    with serve(tmp_path, releases, max_connections=5) as town, ExitStack() as lines:
        begin = head(
            "PUT",
            f"/v1/inspections/{uuid.uuid4()}",
            "Content-Length: 5000",
            "Content-Type: multipart/form-data; boundary=abc",
            token=town.tokens["artisan"],
        )
        served = [lines.enter_context(line_to(town.url)) for _ in range(5)]
        for line in served:
            line.sendall(begin)
        wait_until(lambda: town.state.budget.held == 5 * 5_000)
        with line_to(town.url) as late:
            answer = answer_of(late)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 3\r\n" in answer


@pytest.mark.parametrize("length", ["Content-Length: 200", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize("path", ["/v1/session", "/v1/enrol", "/nowhere"])
def test_half_a_json_is_answered_408(hasty: Town, length: str, path: str) -> None:
    with line_to(hasty.url) as line:
        line.sendall(head("POST", path, length, "Content-Type: application/json") + b'5\r\n{"nam')
        assert status_of(line) == 408


def test_half_a_json_that_names_uploads_is_answered_408(hasty: Town) -> None:
    path, kind = f"/v1/inspections/{uuid.uuid4()}", "Content-Type: application/json"
    with line_to(hasty.url) as line:
        line.sendall(head("PUT", path, kind, "Content-Length: 200", token=hasty.tokens["artisan"]) + b"{")
        answer = answer_of(line)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"/problems/too-slow" in answer


def test_photos_that_come_byte_by_byte_end_long_before_their_time_is_over(
    tmp_path: Path, releases: Path
) -> None:
    path = f"/v1/inspections/{uuid.uuid4()}"
    more = ("Content-Length: 50000", "Content-Type: multipart/form-data; boundary=abc")
    with serve(tmp_path, releases, quiet_seconds=1.5) as town, line_to(town.url) as line:
        line.sendall(head("PUT", path, *more, token=town.tokens["artisan"]))
        answer: list[int] = []
        reader = threading.Thread(target=lambda: answer.append(status_of(line)))
        reader.start()
        for byte in b'--abc\r\nContent-Disposition: form-data; name="context"\r\n\r\n' + b" " * 2_000:
            if not reader.is_alive():
                break
            try:
                line.sendall(bytes((byte,)))
            except ConnectionError:
                break
            reader.join(0.05)
        reader.join()
        assert answer == [408]
        assert town.state.budget.held == 0


def test_an_upload_that_stops_keeps_what_came(hasty: Town) -> None:
    photo, upload = large_photo(), uuid.uuid4()
    with half_sent(hasty, upload, 0, photo[:10_000], len(photo)) as line:
        answer = answer_of(line)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"what came is kept" in answer
    assert where(hasty.client("artisan"), upload) == 10_000


def test_a_phone_on_a_slow_network_that_goes_on_is_not_let_go(hasty: Town) -> None:
    """Twice the time in which it may be quiet, but never quiet."""
    photo, upload = large_photo(), uuid.uuid4()
    with half_sent(hasty, upload, 0, b"", len(photo)) as line:
        for at in range(0, len(photo), 1 + len(photo) // 15):
            line.sendall(photo[at : at + 1 + len(photo) // 15])
            time.sleep(0.2)
        assert line.recv(65_536).startswith(b"HTTP/1.1 204 ")


def test_a_refused_body_that_never_ends_is_let_go(hasty: Town) -> None:
    """Refused before it is read: nobody said who sends it."""
    with line_to(hasty.url) as line:
        line.sendall(head("PUT", f"/v1/inspections/{uuid.uuid4()}", "Transfer-Encoding: chunked"))
        assert line.recv(65_536).startswith(b"HTTP/1.1 401 ")
        line.sendall(b"1\r\nx\r\n")
        assert is_let_go(line)


def test_requests_without_end_on_one_connection_are_ended(hasty: Town) -> None:
    with line_to(hasty.url) as line:
        slow = json.dumps({"name": "Njeri", "password": PASSWORD}).encode()
        more = ("Content-Type: application/json", f"Content-Length: {len(slow)}")
        line.sendall(head("POST", "/v1/session", *more) + slow + head("GET", "/health/live") * 5_000)
        assert is_let_go(line)
    assert hasty.client("artisan").get("/v1/me").status_code == 200


@pytest.fixture(scope="module")
def heavy(hasty: Town) -> str:
    """The path of an answer of 12 MB, more than the system takes for a client that does not read."""
    noise = np.random.default_rng(0).integers(0, 256, (1600, 1850, 3), np.uint8)
    finest = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    done, jpeg = cv2.imencode(".jpg", noise, [cv2.IMWRITE_JPEG_QUALITY, 100, *finest])
    assert done
    assert len(jpeg) > 12_000_000
    return str(hasty.send(jpeg.tobytes()).json()["photos"][0]["photo_url"])


def test_an_answer_that_nobody_reads_is_let_go(hasty: Town, heavy: str) -> None:
    with line_to(hasty.url, receive_bytes=4_096) as line:
        line.sendall(head("GET", heavy, token=hasty.tokens["artisan"]))
        assert is_let_go(line)


def test_an_answer_that_is_read_slowly_comes_whole(hasty: Town, heavy: str) -> None:
    with line_to(hasty.url, receive_bytes=65_536) as line:
        line.sendall(head("GET", heavy, "Connection: close", token=hasty.tokens["artisan"]))
        come, began = bytearray(), time.monotonic()
        while some := line.recv(400_000, socket.MSG_WAITALL):
            come += some
            if time.monotonic() - began < 5:  # more than three times as long as it may be quiet
                time.sleep(0.2)
    header, _, body = bytes(come).partition(b"\r\n\r\n")
    assert f"content-length: {len(body)}\r\n".encode() in header


def test_a_server_may_open_as_many_files_as_the_system_lets_it(tmp_path: Path) -> None:
    async def app(*_: object) -> None: ...

    before, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 1_024), hard))
        make_server(app, Settings(data=tmp_path))
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before, hard))


def test_the_service_lives_while_all_of_this_goes_on(hasty: Town) -> None:
    with ExitStack() as lines, httpx.Client(base_url=hasty.url, timeout=60) as watch:
        open_lines = [lines.enter_context(line_to(hasty.url)) for _ in range(MOST - 2)]
        for number, line in enumerate(open_lines):
            begin, more, _ = list(ENDLESS.values())[number % len(ENDLESS)]
            line.sendall(begin)
            pour(line, more, 1_000_000)
            assert watch.get("/health/live").status_code == 200
    assert hasty.send(clean()).status_code == 201
