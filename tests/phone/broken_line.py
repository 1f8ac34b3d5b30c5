"""A bad network: a TCP relay before a service, that counts what goes up, is cut, and comes back.

with broken_line(town.url) as line:
    page.goto(f"{line.url}/phone/")
    line.cut()
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

_PIECE = 4096


class Line:
    def __init__(self, host: str, port: int) -> None:
        self._there = (host, port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.heard = bytearray()
        """What went up, requests' heads included."""
        self.came = bytearray()
        """What came down, answers' heads included."""
        self.cuts = 0
        self.down = False
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    @property
    def sent(self) -> int:
        """Bytes."""
        return len(self.heard)

    def cut(self) -> None:
        with self._lock:
            ends, self._open = self._open, set()
        self.cuts += 1
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self) -> None:
        self.down = True
        # A closed socket does not wake who waits on it for a caller; one that is shut down does.
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        # Only then can no caller come that nobody would hang up on.
        self._accepting.join(10)
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                here, _ = self._listening.accept()
            except OSError:
                return
            if self.down:
                here.close()
                continue
            try:
                there = socket.create_connection(self._there)
            except OSError:  # the service was killed: hang up, as it would
                here.close()
                continue
            with self._lock:
                self._open |= {here, there}
            for source, sink, up in ((here, there, True), (there, here, False)):
                threading.Thread(target=self._pump, args=(source, sink, up), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, up: bool) -> None:
        with suppress(OSError):
            while data := source.recv(_PIECE):
                sink.sendall(data)
                with self._lock:
                    heard = self.heard if up else self.came
                    heard += data
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)


@contextmanager
def broken_line(url: str) -> Iterator[Line]:
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    line = Line(parts.hostname, parts.port)
    try:
        yield line
    finally:
        line.close()
