"""A ledger in PostgreSQL: its engine, its settings, and how a writer takes its turn.

As on SQLite one writes at a time, whichever process it belongs to: each takes the same advisory lock before
it reads anything. So writers never meet in a deadlock, and none decides by what another is about to change.
Readers see one moment, and wait for nobody.
"""

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine import URL

from ubora.service.http.database_faults import LedgerError

EXPECTED_URL = "postgresql://USER:PASSWORD@HOST/DATABASE"
EXTRA = "pip install 'ubora[postgresql]'"
CONNECTION_SECONDS = 5
POOL, OVERFLOW = 8, 24
"""Connections of a process: those that are kept, and how many more where it is busy."""
STATEMENT_MS = 60_000
"""No query takes longer, or a bad one would hold a thread for ever."""
SILENT_MS = 60_000
"""A writer that says nothing for so long, as its machine hangs, is ended: all others wait for it."""
WRITE_LOCK = 0x75626F7261
"""The advisory lock that writers take, in this database: "ubora"."""
_SETTINGS = {"fsync": ("on",), "synchronous_commit": ("on", "remote_write", "remote_apply"),
             "server_encoding": ("UTF8",)}  # fmt: skip
"""A commit has reached the disk before it is answered; any name can be written."""
_DEFAULTS = {
    "application_name": "ubora",
    "client_encoding": "utf8",
    "connect_timeout": str(CONNECTION_SECONDS),
    # A server that is gone without a word is noticed within a minute, not after two hours.
    "keepalives_idle": "20",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
"""Of libpq; what the URL says goes before."""


def make_engine(url: URL) -> Engine:
    """
    Raises:
        LedgerError: another driver than psycopg, or it is not installed.
    """
    if url.drivername not in ("postgresql", "postgresql+psycopg"):
        raise LedgerError(where(url), f"the driver {url.get_driver_name()}; expected {EXPECTED_URL}")
    given = {name: value for name, value in _DEFAULTS.items() if name not in url.query}
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg").update_query_dict(given),
            pool_size=POOL,
            max_overflow=OVERFLOW,
            pool_timeout=CONNECTION_SECONDS,
            # A connection that the server closed meanwhile is replaced before it is used.
            pool_pre_ping=True,
        )
    except ImportError as error:  # also where psycopg finds no libpq
        raise LedgerError(where(url), f"no driver for it: {error}; expected `{EXTRA}`") from None
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def where(url: URL) -> str:
    """The database without its password, wherever the URL has it."""
    place = url.render_as_string(hide_password=True).partition("?")[0]
    host = url.query.get("host")
    return place if host is None else f"{place} at {host}"


def reading() -> dict[str, Any]:
    """Options of a connection that reads: one moment, from its first query on."""
    return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def writing(patience_ms: int) -> dict[str, Any]:
    """Options of a connection that takes the write lock when it begins.

    READ COMMITTED: what it reads once it has the lock is what the writer before it has left.
    """
    return {"isolation_level": "READ COMMITTED", "ubora_patience_ms": patience_ms}


def assert_durable(connection: Connection, shown: str) -> None:
    """
    Raises:
        LedgerError: a setting of the server or the database with which it would not keep its word.
    """
    for name, expected in _SETTINGS.items():
        setting = connection.exec_driver_sql(f"SHOW {name}").scalar()
        if setting not in expected:
            raise LedgerError(shown, f"{name} is {setting!r}, expected {expected[0]!r}")


def before_migrating(connection: Connection) -> None:
    """A migration of a large table takes as long as it takes."""
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")


def after_migrating(connection: Connection) -> None:
    """Have all text compared by its bytes, as SQLite does and Python.

    The language of a database would order it otherwise, and an update of its server's C library would change
    that order beneath the indexes.
    """
    inspector = inspect(connection)
    quote = connection.dialect.identifier_preparer.quote
    compile_type = connection.dialect.type_compiler_instance.process
    for table in inspector.get_table_names():
        changes = [
            f'ALTER COLUMN {quote(column["name"])} TYPE {compile_type(column["type"])} COLLATE "C"'
            for column in inspector.get_columns(table)
            if getattr(column["type"], "length", column) is not column
            and getattr(column["type"], "collation", None) is None
        ]
        if changes:
            connection.exec_driver_sql(f"ALTER TABLE {quote(table)} {', '.join(changes)}")


def _on_connect(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = {STATEMENT_MS}")
    connection.commit()


def _on_begin(connection: Connection) -> None:
    patience_ms = connection.get_execution_options().get("ubora_patience_ms")
    if patience_ms is None:
        return
    # One way there and back; 0 would be no limit at all.
    connection.exec_driver_sql(
        f"SELECT set_config('lock_timeout', '{max(1, patience_ms):d}', true),"
        f" set_config('idle_in_transaction_session_timeout', '{SILENT_MS}', true),"
        f" pg_advisory_xact_lock({WRITE_LOCK})"
    )
