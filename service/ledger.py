"""The ledger: one database, opened, migrated and held to its promises.

ledger = Ledger.open("sqlite:///var/ledger.sqlite")
with ledger.write() as session: …      # one transaction, committed at the end
with ledger.read() as session: …

Queries stand beside the subject they serve (inspections, reviews, pass_rates, …); tables in tables.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

BUSY_TIMEOUT_MS = 20_000
"""Writers wait for one another this long before SQLite says that it is locked."""
_PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": BUSY_TIMEOUT_MS}
"""synchronous 2 is FULL: a commit has reached the disk before it is answered."""


class LedgerError(ValueError):
    """A database that would not keep what it acknowledges."""


class Ledger:
    """Shared by threads; every `read` and `write` has a connection of its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        # BEGIN IMMEDIATE: a transaction that starts by reading and writes later could not wait its turn.
        self._writing = engine.execution_options(ubora_begin="BEGIN IMMEDIATE")

    @classmethod
    def open(cls, url: str) -> "Ledger":
        """Open the database, make or migrate its tables, and assert SQLite's settings.

        Raises:
            LedgerError: SQLite in memory, or it refused a setting that durability depends on.
        """
        parsed = make_url(url)
        sqlite = parsed.get_backend_name() == "sqlite"
        if sqlite:
            if parsed.database in (None, "", ":memory:"):
                raise LedgerError(f"{url}: a database in memory forgets; expected a file")
            Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url, pool_size=16, max_overflow=32) if sqlite else create_engine(url)
        if sqlite:
            event.listen(engine, "connect", _on_connect)
            event.listen(engine, "begin", _on_begin)
        ledger = cls(engine)
        ledger.migrate()
        if sqlite:
            ledger.assert_pragmas()
        return ledger

    def migrate(self) -> None:
        config = Config()
        config.set_main_option(
            "script_location", str(Path(__file__).parent / "migrations").replace("%", "%%")
        )
        with self._writing.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def assert_pragmas(self) -> None:
        with self.engine.connect() as connection:
            for name, expected in _PRAGMAS.items():
                found = connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                if found != expected:
                    raise LedgerError(f"{self.engine.url}: {name} is {found!r}, expected {expected!r}")

    @contextmanager
    def read(self) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        with Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    def check_writable(self) -> None:
        """Take the write lock and give it back; whatever the database raises is passed on."""
        with self._writing.connect() as connection, connection.begin() as transaction:
            connection.execute(text("UPDATE microfactories SET name = name WHERE id = ''"))
            transaction.rollback()

    def close(self) -> None:
        self.engine.dispose()


def _on_connect(connection: Any, _record: Any) -> None:
    # sqlite3's own BEGINs are switched off; _on_begin emits them.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("ubora_begin", "BEGIN"))
