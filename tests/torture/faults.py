"""A network that cuts, delays and repeats between phones and the service: every piece is kept once.

python -m tests.torture --seconds 600 faults

A proxy of bytes stands between. Of each request it may cut the line before it is whole, or lose the answer
that the service gave, or send the request a second time beside the first, or hold it back. A phone sends
again what got no answer, under the same name.
"""

import random
import socket
import socketserver
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tests.parts.processes import serving
from tests.parts.served import NO_TLS, seed
from tests.parts.tiny_bundle import tiny_releases
from tests.torture.acknowledged import Outcome, a_piece, attempt, compare, send_the_rest, taken
from ubora.service.settings import Settings

PHONES = 6
REVIEWERS = 2
FAULTS = {"nothing": 0.4, "cut": 0.15, "lose the answer": 0.15, "repeat": 0.15, "delay": 0.15}
"""Of all requests, each."""
LONGEST_DELAY_S = 0.3
_CHUNK = 65_536


@dataclass
class Tally:
    """What the network did to requests."""

    done: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fault(self) -> str:
        """What happens to the next request; nothing most of the time."""
        (name,) = random.choices(list(FAULTS), list(FAULTS.values()))
        with self.lock:
            self.done[name] += 1
        return name


def run(report: Callable[[str, str], None], seconds: float) -> bool:
    """Send until the time is over, then look for everything that was acknowledged."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            settings = Settings(data=place / "var", releases=tiny_releases(place / "releases"))
            deadline = time.monotonic() + seconds
            outcome, tally = send_through_faults(settings, lambda _: time.monotonic() > deadline)
    except Exception as error:
        report("the trial itself", f"{type(error).__name__}: {error}")
        return False
    report("requests", ", ".join(f"{name} {count}" for name, count in tally.done.most_common()))
    report("acknowledged", f"{len(outcome.pieces)} pieces, {len(outcome.reviews)} decisions")
    for kind, found in outcome.wrong.items():
        report(kind, f"{len(found)}{f', as {found[0]}' if found else ''}")
    return not any(outcome.wrong.values())


def send_through_faults(settings: Settings, enough: Callable[[int], bool]) -> tuple[Outcome, Tally]:
    """Phones and reviewers work through the proxy until `enough` of what they sent was acknowledged."""
    tokens, outcome, tally = seed(settings), Outcome(), Tally()
    with serving(settings.data, settings.releases) as (_, url):
        with _proxy(url, tally) as faulty:
            over = threading.Event()
            who = ["artisan"] * PHONES + ["reviewer"] * REVIEWERS
            people = [
                threading.Thread(target=_work, args=(faulty, tokens[one], one, outcome, over)) for one in who
            ]
            for one in people:
                one.start()
            while not enough(outcome.acknowledged):
                time.sleep(0.05)
            over.set()
            for one in people:
                one.join()
        with ExitStack() as clients:
            phone, page = (
                clients.enter_context(_client(url, tokens[one])) for one in ("artisan", "reviewer")
            )
            send_the_rest(phone, page, outcome)
    compare(settings, outcome)
    return outcome, tally


def _work(url: str, token: str, who: str, outcome: Outcome, over: threading.Event) -> None:
    while not over.is_set():
        sent = taken(outcome.decisions) if who == "reviewer" else a_piece(outcome)
        if sent is None:
            over.wait(0.01)
            continue
        with _client(url, token) as client:
            attempt(client, sent, outcome)


def _client(url: str, token: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}", "Connection": "close"}
    return httpx.Client(base_url=url, headers=headers, timeout=30, verify=NO_TLS)


@contextmanager
def _proxy(url: str, tally: Tally) -> Iterator[str]:
    """The address of a proxy before the service at `url`; each connection carries one request."""
    target = urlsplit(url)
    address = (target.hostname or "", target.port or 0)

    class Line(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                _carry(self.request, address, tally.fault())

    class Proxy(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 64

    with Proxy(("127.0.0.1", 0), Line) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{proxy.server_address[1]}"
        finally:
            proxy.shutdown()
            thread.join()


def _carry(phone: socket.socket, service: tuple[str, int], fault: str) -> None:
    """One request to the service and its answer back, with what the network does to it."""
    request = _read_request(phone)
    if fault == "cut":
        with socket.create_connection(service) as line:
            line.sendall(request[: random.randrange(1, len(request))])
        return
    if fault == "delay":
        time.sleep(random.uniform(0, LONGEST_DELAY_S))
    with ExitStack() as lines:
        asked = [lines.enter_context(socket.create_connection(service))]
        if fault == "repeat":
            asked.append(lines.enter_context(socket.create_connection(service)))
        for line in asked:
            line.sendall(request)
        answers = [_read_all(line) for line in asked]
    if fault != "lose the answer":
        phone.sendall(random.choice(answers))


def _read_request(line: socket.socket) -> bytes:
    """Headers and the body that their Content-Length promises."""
    read = b""
    while b"\r\n\r\n" not in read:
        read += _some(line)
    head, _, body = read.partition(b"\r\n\r\n")
    lengths = [one for one in head.lower().split(b"\r\n") if one.startswith(b"content-length:")]
    expected = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < expected:
        body += _some(line)
    return head + b"\r\n\r\n" + body


def _some(line: socket.socket) -> bytes:
    """Raises ConnectionError where the other side is gone."""
    read = line.recv(_CHUNK)
    if not read:
        raise ConnectionError("the phone is gone")
    return read


def _read_all(line: socket.socket) -> bytes:
    parts = []
    while part := line.recv(_CHUNK):
        parts.append(part)
    return b"".join(parts)
