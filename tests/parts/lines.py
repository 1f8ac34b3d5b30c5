"""Raw connections to a server, for what no HTTP client does: half requests, endless ones, unread answers.

with line_to(url) as line:
    line.sendall(b"GET / HTTP/1.1\r\n")
    status_of(line)                    # once the server has lost its patience
"""

import re
import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

PATIENCE_SECONDS = 120.0
"""For whatever the server should do in a second or two, on a machine that does other things."""


@contextmanager
def line_to(url: str, *, receive_bytes: int | None = None) -> Iterator[socket.socket]:
    """A connection.

    Args:
        receive_bytes: how much the system takes for a client that does not read.
    """
    server = urlsplit(url)
    with socket.socket() as line:
        if receive_bytes is not None:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        line.settimeout(PATIENCE_SECONDS)
        line.connect((server.hostname, server.port))
        yield line


def head(method: str, path: str, *more: str, token: str | None = None) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: x", *more]
    if token is not None:
        lines.append(f"Authorization: Bearer {token}")
    return "\r\n".join((*lines, "", "")).encode()


def status_of(line: socket.socket) -> int:
    """The status of the first answer that comes; 0 where the connection ends without one."""
    found = re.match(rb"HTTP/1\.1 (\d{3}) ", answer_of(line))
    return int(found[1]) if found else 0


def answer_of(line: socket.socket) -> bytes:
    """All that comes until the connection ends; b"" where it breaks."""
    come = bytearray()
    try:
        while some := line.recv(65_536):
            come += some
    except ConnectionError:
        pass
    return bytes(come)


def pour(line: socket.socket, some: bytes, most_bytes: int) -> int:
    """Send it over and over until the server says something or ends; how many bytes went."""
    sent = 0
    try:
        while sent < most_bytes and not select.select([line], [], [], 0)[0]:
            line.sendall(some)
            sent += len(some)
    except ConnectionError:
        pass
    return sent


def is_let_go(line: socket.socket, seconds: float = PATIENCE_SECONDS) -> bool:
    """Whether the server ends the connection within the time, though nothing of it is read."""
    poll = select.poll()
    poll.register(line, select.POLLRDHUP)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if poll.poll(100):
            return True
    return False
