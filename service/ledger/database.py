"""The ledger: one database, opened, migrated and held to its promises.

ledger = Ledger.open("sqlite:///var/ledger.sqlite")
with ledger.write() as session: …                 # one transaction, committed at the end
with ledger.write(patience_ms=0) as session: …    # now or not at all: for what is not essential
with ledger.read() as session: …

Queries stand beside the subject they serve (inspections, reviews, pass_rates, …); tables in tables.py.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, inspect, update
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session

from ubora.service.http.database_faults import LedgerBusyError, LedgerError, fault_of
from ubora.service.ledger.tables import LedgerClock
from ubora.service.ledger.writers import MOST, Writers

PATIENCE_MS = 5_000
"""A writer waits for others this long; phones and people ask again."""
OPEN_PATIENCE_MS = 20_000
READ_PATIENCE_MS = 2_000
"""Readers do not wait for a writer; only for a moment while a log is put right that a killed process left."""
CONNECTION_SECONDS = 5
_PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
"""synchronous 2 is FULL: a commit has reached the disk before it is answered."""
Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    return datetime.now(UTC)


class Ledger:
    """Shared by threads; every `read` and `write` has a connection of its own."""

    def __init__(self, engine: Engine, clock: Clock = wall_clock, patience_ms: int = PATIENCE_MS) -> None:
        self.engine = engine
        self._patience_ms = patience_ms
        self.clock = clock
        """What the wall clock says now. What is stored takes its time from `clock.now(session)`."""
        self.where = engine.url.database or str(engine.url)
        self._writers = Writers(self.where, at_once=1 if _is_sqlite(engine) else MOST)

    @classmethod
    def open(cls, url: str, clock: Clock = wall_clock, patience_ms: int = PATIENCE_MS) -> "Ledger":
        """Open the database, make or migrate its tables, and assert SQLite's settings.

        Args:
            patience_ms: how long a writer waits for others.

        Raises:
            LedgerError: no URL of a database, SQLite in memory, a file that is no ledger or one of a newer
                version, broken, locked, not to be written, or it refused a setting that durability needs.
            OSError: its folder cannot be made.
        """
        ledger = cls(_engine(url), clock, patience_ms)
        fresh = _new_file(ledger.engine)
        try:
            ledger._migrate()
            ledger._assert_pragmas()
        except BaseException:
            ledger.close()
            # A full disk left a file without a byte, which would be taken for a ledger that lost everything.
            if fresh is not None and fresh.exists() and fresh.stat().st_size == 0:
                fresh.unlink()
            raise
        return ledger

    @contextmanager
    def read(self) -> Iterator[Session]:
        """
        Raises:
            LedgerError: it cannot be read now; LedgerBusyError where that passes.
        """
        with self._told(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self, patience_ms: int | None = None) -> Iterator[Session]:
        """One transaction: committed when the block ends, rolled back when it raises.

        Args:
            patience_ms: how long to wait for others that write; None is the ledger's own.

        Raises:
            LedgerBusyError: they did not end in time, or too many wait already; the block was not entered.
            LedgerError: it cannot be written now.
        """
        patience_ms = self._patience_ms if patience_ms is None else patience_ms
        with self._told(), self._writers.take(patience_ms) as left_ms:
            # BEGIN IMMEDIATE: what starts by reading and writes later could not wait its turn.
            engine = self.engine.execution_options(ubora_begin="BEGIN IMMEDIATE", ubora_patience_ms=left_ms)
            info = {"clock": self.clock}
            with Session(engine, expire_on_commit=False, info=info) as session, session.begin():
                with self._writers.locking(left_ms):
                    session.connection()  # takes the lock, before any work is done for nothing
                yield session

    def check_writable(self, patience_ms: int | None = None) -> None:
        """Commit a change of nothing, so that the disk is asked too.

        Raises:
            LedgerError: as `write`.
        """
        with self.write(patience_ms) as session:
            session.execute(update(LedgerClock).values(number=LedgerClock.number))

    def close(self) -> None:
        self.engine.dispose()

    def _migrate(self) -> None:
        config = Config()
        config.set_main_option(
            "script_location", str(Path(__file__).parent / "migrations").replace("%", "%%")
        )
        # Looked at first: a ledger that is as it should be opens beside one that writes for long.
        if self._is_current(ScriptDirectory.from_config(config)):
            return
        with self.write(OPEN_PATIENCE_MS) as session:
            config.attributes["connection"] = session.connection()
            try:
                command.upgrade(config, "head")
            except DBAPIError as error:
                fault = fault_of(self.where, error) or LedgerError(
                    self.where, f"{error.orig}; its tables are not as an older version left them"
                )
                raise fault from error

    def _is_current(self, known: ScriptDirectory) -> bool:
        """Whether its tables are of this version; not so of an older one, or where there are none yet."""
        with self.read() as session:
            found = MigrationContext.configure(session.connection()).get_current_revision()
            tables = inspect(session.connection()).get_table_names()
        head = known.get_current_head()
        if found is None and tables:
            fault = f"a database with the table {min(tables)}; expected the ledger that `ubora serve` made"
            raise LedgerError(self.where, fault)
        if found is not None and found not in {script.revision for script in known.walk_revisions()}:
            fault = f"its tables are of revision {found}, made by a newer version; this one knows {head}"
            raise LedgerError(self.where, fault)
        return found == head

    def _assert_pragmas(self) -> None:
        if not _is_sqlite(self.engine):
            return
        with self.read() as session:
            for name, expected in _PRAGMAS.items():
                found = session.connection().exec_driver_sql(f"PRAGMA {name}").scalar()
                if found != expected:
                    raise LedgerError(self.where, f"{name} is {found!r}, expected {expected!r}")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the database says of itself, as a LedgerError; what it says of a statement stays as it is."""
        try:
            yield
        except NoConnection:
            raise LedgerBusyError(self.where, "too many use it at the moment") from None
        except DBAPIError as error:
            fault = fault_of(self.where, error)
            if fault is None:
                raise
            raise fault from error


def sqlite_file(url: str) -> Path | None:
    """Where a ledger of SQLite lies; None where another database keeps it, or none at all.

    Raises:
        LedgerError: it is no URL of a database.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return None
    return Path(str(parsed.database))


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        raise LedgerError("the database URL", f"{error}; expected a URL as sqlite:///FILE") from None


def _engine(url: str) -> Engine:
    parsed = _parsed(url)
    if parsed.get_backend_name() != "sqlite":
        try:
            return create_engine(parsed)
        except (ArgumentError, ModuleNotFoundError) as error:
            shown = "the database URL" if isinstance(error, ArgumentError) else str(parsed)
            raise LedgerError(shown, f"{error}; expected a URL as sqlite:///FILE") from None
    if parsed.database in (None, "", ":memory:"):
        raise LedgerError(url, "a database in memory forgets; expected a file")
    engine = create_engine(parsed, pool_size=16, max_overflow=32, pool_timeout=CONNECTION_SECONDS)
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _new_file(engine: Engine) -> Path | None:
    """The file that SQLite will make; its folder is there then. None where there is one, or no file at all.

    Raises:
        LedgerError: it is empty, or a folder.
    """
    if not _is_sqlite(engine):
        return None
    path = Path(str(engine.url.database))
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        return path
    if path.is_dir():
        raise LedgerError(str(path), "a folder; expected a file")
    if path.stat().st_size == 0:
        fault = "an empty file; restore it from a backup, or remove it to begin a new ledger"
        raise LedgerError(str(path), fault)
    return None


def _is_sqlite(engine: Engine) -> bool:
    return engine.url.get_backend_name() == "sqlite"


def _on_connect(connection: Any, _record: Any) -> None:
    # sqlite3's own BEGINs are switched off; _on_begin emits them.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {READ_PATIENCE_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    # What is deleted is overwritten: a backup copies pages, also those that hold nothing any more.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql(
        f"PRAGMA busy_timeout = {options.get('ubora_patience_ms', READ_PATIENCE_MS):d}"
    )
    connection.exec_driver_sql(options.get("ubora_begin", "BEGIN"))
