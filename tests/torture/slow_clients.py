"""Clients that leave everything half done, all at once, while an honest phone goes on sending.

held = run(print, seconds=180)
"""

import os
import resource
import socket
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from tests.imaging.hostile import KINDS
from tests.parts.lines import head, is_let_go, line_to, pour, status_of
from tests.parts.processes import serving
from tests.parts.served import clean, context_of, parts, seed
from tests.torture import Report
from ubora.models.registry.releases import RELEASES
from ubora.service.settings import Settings

HALF_SENT = 1_100
ENDLESS_BYTES = 200_000_000
PART = b'--abc\r\nContent-Disposition: form-data; name="photo"\r\n\r\n'


def run(report: Report, seconds: float) -> bool:
    """The trial; where there is less time than the service's patience takes, that is cut down to fit.

    Args:
        report: told what was tried, and what came out.
        seconds: about how long it may take.
    """
    usual = Settings()
    patience = {
        "UBORA_HEADER_SECONDS": min(usual.header_seconds, seconds / 6),
        "UBORA_BODY_SECONDS": min(usual.body_seconds, seconds / 6),
        "UBORA_QUIET_SECONDS": min(usual.quiet_seconds, seconds / 3),
    }
    try:
        _allow_files()
        with tempfile.TemporaryDirectory() as folder, _told(patience):
            return _run(report, Path(folder), seconds)
    except Exception as error:  # the other trials go on
        report("slow clients", f"could not be tried: {error!r}")
        return False


def _run(report: Report, folder: Path, seconds: float) -> bool:
    settings = Settings(data=folder / "var", releases=RELEASES)
    token = seed(settings)["artisan"]
    with serving(settings.data, RELEASES) as (_, url):
        trials = _trials(url, token, 2 * seconds)
        held: dict[str, bool] = {}
        with ExitStack() as lines:
            for _ in range(HALF_SENT):
                line = lines.enter_context(line_to(url))
                line.sendall(b"GET /v1/me HTTP/1.1\r\nHost: x\r\n")
            name = f"{HALF_SENT:,} half-sent headers, and then a phone"
            held[name] = _phone(report, name, url, token)
        threads = [
            threading.Thread(target=_try, args=(report, name, trial, held)) for name, trial in trials.items()
        ]
        for thread in threads:
            thread.start()
        name = "a phone while all the others are at it"
        held[name] = _phone(report, name, url, token)
        for thread in threads:
            thread.join()
    return all(held.values())


def _trials(url: str, token: str, seconds: float) -> dict[str, Callable[[], str]]:
    """What is tried; each returns "" where it held, else what came instead."""
    json_kind = "Content-Type: application/json"
    photos = ("Content-Type: multipart/form-data; boundary=abc", "Content-Length: 1000000")
    path = f"/v1/inspections/{uuid.uuid4()}"

    def expect(status: int, *sent: bytes, endless: bytes = b"", drip: bytes = b"") -> str:
        with line_to(url) as line:
            line.sendall(b"".join(sent))
            poured = pour(line, endless, ENDLESS_BYTES) if endless else 0
            if drip:
                _drip(line, drip, seconds)
            found = status_of(line)
        return "" if found == status and poured < ENDLESS_BYTES else f"{found} after {poured:,} bytes"

    def unread() -> str:
        header = {"Authorization": f"Bearer {token}"}
        files = parts(context_of(), KINDS["colour profiles"](12_000_000))
        sent = httpx.put(f"{url}/v1/inspections/{uuid.uuid4()}", headers=header, files=files, timeout=300)
        photo = sent.json()["photos"][0]["photo_url"]
        with line_to(url, receive_bytes=4_096) as line:
            line.sendall(head("GET", photo, token=token))
            return "" if is_let_go(line, seconds) else "is still held"

    begun = b"GET / HTTP/1.1\r\n"
    return {
        "an endless header": lambda: expect(431, begun, b"X: ", endless=b"a" * 65_536),
        "endless headers": lambda: expect(431, begun, endless=b"a: b\r\n" * 10_000),
        "a header that stops": lambda: expect(408, begun),
        "a header byte by byte": lambda: expect(408, begun, b"X: ", drip=b"a"),
        "a log-in that stops": lambda: expect(
            408, head("POST", "/v1/session", json_kind, "Content-Length: 100"), b'{"name'
        ),
        "photos that stop": lambda: expect(408, head("PUT", path, *photos, token=token), b"--abc\r\n"),
        "photos byte by byte": lambda: expect(408, head("PUT", path, *photos, token=token), PART, drip=b"x"),
        "an answer that nobody reads": unread,
    }


def _try(report: Report, name: str, trial: Callable[[], str], held: dict[str, bool]) -> None:
    began = time.monotonic()
    try:
        wrong = trial()
    except Exception as error:  # the other trials go on
        wrong = repr(error)
    held[name] = not wrong
    report(name, wrong or f"ended after {time.monotonic() - began:.0f} s")


def _phone(report: Report, name: str, url: str, token: str) -> bool:
    """Whether an honest phone is served at its first attempt."""
    began = time.monotonic()
    try:
        answer = httpx.put(
            f"{url}/v1/inspections/{uuid.uuid4()}",
            headers={"Authorization": f"Bearer {token}"},
            files=parts(context_of(), clean()),
            timeout=60,
        )
    except httpx.TransportError as error:
        report(name, repr(error))
        return False
    report(name, f"{answer.status_code} after {time.monotonic() - began:.1f} s")
    return answer.status_code == 201


def _drip(line: socket.socket, some: bytes, seconds: float) -> None:
    """A byte a second until the server ends it."""
    end = time.monotonic() + seconds
    line.settimeout(1.0)
    while time.monotonic() < end:
        try:
            if line.recv(1, socket.MSG_PEEK):
                break
        except TimeoutError:
            line.sendall(some)
        except ConnectionError:
            break
    line.settimeout(seconds)


@contextmanager
def _told(settings: dict[str, float]) -> Iterator[None]:
    """The environment that a service is started in."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update({name: str(value) for name, value in settings.items()})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _allow_files() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
