"""A receiver of webhooks and one of mail, each a real server with a certificate of its own."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


@dataclass
class Received:
    url: str = ""
    answers: list[int] = field(default_factory=list)
    """Status of each answer to come; 204 after the last."""
    messages: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@dataclass
class Mailbox:
    port: int = 0
    mails: list[tuple[list[str], bytes]] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append((envelope.rcpt_tos, envelope.content))
        return "250 OK"


def authority(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A file with who is to be believed, and what a server on localhost shows."""
    made = trustme.CA()
    file = folder / "ca.pem"
    made.cert_pem.write_to_path(str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.issue_cert("localhost").configure_cert(context)
    return file, context


@contextmanager
def receiver(context: ssl.SSLContext | None = None) -> Iterator[Received]:
    """Over https where there is a context."""
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.messages.append(({name.lower(): value for name, value in self.headers.items()}, body))
            status = received.answers.pop(0) if received.answers else 204
            self.send_response(status)
            if status == 302:
                self.send_header("Location", received.url)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    scheme = "https" if context is not None else "http"
    received.url = f"{scheme}://localhost:{server.server_port}/ubora"
    try:
        yield received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def mail_server(context: ssl.SSLContext, *, tls: bool = True) -> Iterator[Mailbox]:
    """Wants TLS and a log-in, as Ubora/brass; without `tls` it offers no encryption."""
    box = Mailbox()

    def authenticate(_server: Any, _session: Any, _envelope: Any, _how: str, given: Any) -> AuthResult:
        right = isinstance(given, LoginPassword) and (given.login, given.password) == (b"Ubora", b"br@ss")
        return AuthResult(success=right, handled=False)

    more: dict[str, Any] = {"tls_context": context, "require_starttls": True} if tls else {}
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=_free_port(),
        server_hostname="localhost",
        authenticator=authenticate,
        auth_required=tls,
        **more,
    )
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        controller.stop()


def _free_port() -> int:
    """The controller asks for one by its number."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
