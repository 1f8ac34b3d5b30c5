"""Run the service.

    ubora serve                    the service on http://127.0.0.1:8000, its data in ./var
    ubora serve --demo             the same; an empty ledger is filled with workshops, designs and pieces
    ubora serve --data /srv/ubora --host 0.0.0.0 --port 80

The first start makes an admin token, shows it once and writes it to <data>/admin-token (readable by its owner
only); people get names and passwords by `ubora admin staff add`.

What it tells people is on standard output; standard error is the log, one JSON object a line.

Every option is also an environment variable: UBORA_DATA, UBORA_PORT, UBORA_DATABASE_URL, …
"""

import argparse
import logging
import os
import socket
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import TextIO

import cv2

from ubora.models.registry.releases import where_to_get_one
from ubora.service.app import create_app
from ubora.service.auth.tokens import add_token, has_tokens
from ubora.service.demo import DemoTokens, read_demo_tokens, seed_demo
from ubora.service.http.observe import log_event
from ubora.service.http.server import make_server
from ubora.service.http.stderr import json_stderr
from ubora.service.ledger.database import OPEN_PATIENCE_MS
from ubora.service.secrets.private_files import tighten
from ubora.service.secrets.secret_files import secret_file
from ubora.service.settings import Settings, SettingsError
from ubora.service.state import AppState

BACKLOG = 2048


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="the address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, help="the port (8000)")
    parser.add_argument("--data", type=Path, help="the folder of the ledger and the photos (var)")
    parser.add_argument(
        "--database-url", help="postgresql://USER@HOST/DATABASE instead of SQLite in the data folder"
    )
    parser.add_argument("--releases", type=Path, help="the folder of releases (models/releases)")
    parser.add_argument("--workers", type=int, help="photos inspected at the same time (2)")
    parser.add_argument("--demo", action="store_true", help="fill an empty ledger with an example network")
    parser.add_argument("--demo-photos", type=Path, help="a dataset folder to inspect (datasets/sample)")


def run(args: argparse.Namespace) -> int:
    settings = Settings.from_environment(
        os.environ,
        host=args.host,
        port=args.port,
        data=args.data,
        database_url=args.database_url,
        releases=args.releases,
        workers=args.workers,
    )
    if not settings.releases.is_dir():
        raise SettingsError(
            f"{settings.releases}: no such folder; expected the releases; {where_to_get_one()}"
        )
    # Before anything is made or shown: a port that is taken, or a disk that takes nothing, is one line.
    with json_stderr() as terminal, listen(settings.host, settings.port) as listening:
        address = f"http://{settings.host}:{listening.getsockname()[1]}"
        _open(settings, args, address, terminal)
        for name in ("ubora.service", "uvicorn"):
            logging.getLogger(name).setLevel(logging.INFO)
        # Photos are worked on side by side; OpenCV's own threads would only get in their way.
        cv2.setNumThreads(1)
        server = make_server(create_app(settings), settings)
        with suppress(KeyboardInterrupt):  # it has ended in good order by then; a trace would say otherwise
            server.run(sockets=[listening])
    return 0 if server.started else 1


def _open(settings: Settings, args: argparse.Namespace, address: str, terminal: TextIO) -> None:
    """See that all of it can be used, make what a first start makes, and say where everything is."""
    for path in tighten(settings):
        log_event("open-to-others", level=logging.WARNING, path=str(path))
    with AppState.open(settings) as state:
        state.check_writable(OPEN_PATIENCE_MS)
        tokens = _demo(state, args.demo_photos, terminal) if args.demo else None
        _admin(state)
        champion = state.champion
        print(f"network   {champion.inspector.record.name if champion.inspector else champion.fault}")
    if tokens is not None:
        _print_links(address, tokens)
    else:
        print(f"phone     {address}/phone/\nconsole   {address}/console/")
    warning = exposed(settings)
    if warning is not None:
        print(f"warning   {warning}")
    print(f"data      {settings.data.resolve()}", flush=True)


def exposed(settings: Settings) -> str | None:
    """What to say where others than this machine reach the service without a proxy in between; else None."""
    try:
        alone = ip_address(settings.host).is_loopback
    except ValueError:
        alone = settings.host == "localhost"
    if alone or settings.trusted_proxies:
        return None
    return (
        f"listens on {settings.host} and UBORA_TRUSTED_PROXIES names no proxy: nothing is encrypted and no "
        "address is held back; see docs/guide/operator.md, Behind a proxy"
    )


def _demo(state: AppState, photos: Path | None, terminal: TextIO) -> DemoTokens | None:
    known = read_demo_tokens(state.settings)
    if known is not None:
        print("demo      the ledger holds the example network already")
        return known
    with state.ledger.read() as session:
        if has_tokens(session):
            print("demo      the ledger is in use; nothing was added to it")
            return None
    return seed_demo(state, photos, terminal)


def _admin(state: AppState) -> None:
    with secret_file(state.settings.admin_token_file()) as write, state.ledger.write() as session:
        if has_tokens(session):
            return
        token = add_token(session, "admin", None, "first admin").token
        write(token + "\n")
    print(f"admin     {token}\n          shown once; kept in {state.settings.admin_token_file()}")
    print(f"staff     ubora admin staff add NAME --role admin --data {state.settings.data}")


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens already; who connects is answered as soon as the service is there.

    Raises:
        SettingsError: the port is taken, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise SettingsError(f"{host}:{port}: {error.strerror}; expected a free port") from None


def _print_links(address: str, tokens: DemoTokens) -> None:
    for artisan in tokens.artisans:
        print(f"phone     {address}/phone/#token={artisan.token}   {artisan.label}")
    print(f"console   {address}/console/#token={tokens.reviewer}   reviewer")
    print(f"console   {address}/console/#token={tokens.admin}   admin")
    for person in tokens.staff:
        print(f"log-in    {address}/console/   {person.name}, password {person.password}   {person.role}")
