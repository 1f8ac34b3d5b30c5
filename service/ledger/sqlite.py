"""A ledger in a file of SQLite: its engine, its settings, and how a writer takes its turn."""

import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL

from ubora.service.http.database_faults import LedgerError

READ_PATIENCE_MS = 2_000
"""Readers do not wait for a writer; only for a moment while a log is put right that a killed process left."""
CONNECTION_SECONDS = 5
NEW_FILE_SECONDS = 3.0
_PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
"""synchronous 2 is FULL: a commit has reached the disk before it is answered."""


def make_engine(url: URL) -> Engine:
    """
    Raises:
        LedgerError: in memory.
    """
    if url.database in (None, "", ":memory:"):
        raise LedgerError(str(url), "a database in memory forgets; expected a file")
    engine = create_engine(url, pool_size=16, max_overflow=32, pool_timeout=CONNECTION_SECONDS)
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def where(url: URL) -> str:
    return str(url.database)


def reading() -> dict[str, Any]:
    """Options of a connection that reads: one moment, from its first query on."""
    return {}


def writing(patience_ms: int) -> dict[str, Any]:
    """Options of a connection that takes the write lock when it begins.

    BEGIN IMMEDIATE: what starts by reading and writes later could not wait its turn.
    """
    return {"ubora_begin": "BEGIN IMMEDIATE", "ubora_patience_ms": patience_ms}


def assert_durable(connection: Connection, shown: str) -> None:
    """
    Raises:
        LedgerError: it refused a setting.
    """
    for name, expected in _PRAGMAS.items():
        found = connection.exec_driver_sql(f"PRAGMA {name}").scalar()
        if found != expected:
            raise LedgerError(shown, f"{name} is {found!r}, expected {expected!r}")


def before_migrating(connection: Connection) -> None:
    """Nothing: a migration takes as long as it takes."""


def after_migrating(connection: Connection) -> None:
    """Nothing: text is compared by its bytes already."""


def new_file(url: URL) -> Path | None:
    """The file that will be made; its folder is there then. None where there is one.

    Raises:
        LedgerError: it is empty, or a folder.
    """
    name = str(url.database)
    # SQLite's own addresses, as of a file that may be read alone.
    path = Path(unquote(urlsplit(name).path) if url.query.get("uri") == "true" else name)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        return path
    if path.is_dir():
        raise LedgerError(str(path), "a folder; expected a file")
    if _stays_empty(path):
        fault = "an empty file; restore it from a backup, or remove it to begin a new ledger"
        raise LedgerError(str(path), fault)
    return None


def _stays_empty(path: Path) -> bool:
    """Whether nothing is written to it in a while: who makes it just now has it empty for a moment."""
    until = time.monotonic() + NEW_FILE_SECONDS
    while path.exists() and path.stat().st_size == 0:
        if time.monotonic() >= until:
            return True
        time.sleep(0.02)
    return False


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
    patience_ms = options.get("ubora_patience_ms", READ_PATIENCE_MS)
    if connection.info.get("patience_ms", READ_PATIENCE_MS) != patience_ms:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {patience_ms:d}")
        connection.info["patience_ms"] = patience_ms
    connection.exec_driver_sql(options.get("ubora_begin", "BEGIN"))
