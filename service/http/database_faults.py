"""What a database may say that is no fault of the request: as one of two errors, in words.

ValueError
└── LedgerError          it cannot be opened, read or written: which one, and what it says
    └── LedgerBusyError       somebody else writes, and it takes too long; passes by itself
"""

import sqlite3

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_UNUSABLE = {
    sqlite3.SQLITE_FULL: "",
    sqlite3.SQLITE_READONLY: "",
    sqlite3.SQLITE_IOERR: "; the disk is full, or it fails",
    sqlite3.SQLITE_CANTOPEN: "; expected a folder in which files may be made",
    sqlite3.SQLITE_PERM: "",
    sqlite3.SQLITE_NOTADB: "; expected the ledger that `ubora serve` made",
    sqlite3.SQLITE_CORRUPT: "; restore it from a backup",
}
"""Code of SQLite → what is to be done, where its own words do not say it."""
_POSTGRESQL_BUSY = {
    "40001": "others write, and came first",  # serialization_failure
    "40P01": "others write, and came first",  # deadlock_detected
    "55P03": "others write, and take long",  # lock_not_available
    "57014": "it takes too long",  # query_canceled, by statement_timeout
    "25P03": "it took too long",  # idle_in_transaction_session_timeout
    "53300": "too many use it at the moment",  # too_many_connections
    "57P01": "the database is being stopped",  # admin_shutdown
    "57P02": "the database is being stopped",  # crash_shutdown
    "57P03": "the database is starting",  # cannot_connect_now
}
"""SQLSTATE → in words; passes by itself."""
_POSTGRESQL_UNUSABLE = {
    "25006": "the database is read-only",  # read_only_sql_transaction
    "53100": "the database's disk is full",  # disk_full
    "53": "the database is short of something",
    "58": "the database's disk fails",
    "XX001": "the database is damaged",  # data_corrupted
    "XX002": "the database is damaged",  # index_corrupted
    "42501": "the database does not let Ubora do this",  # insufficient_privilege
    "28": "the database does not let Ubora in",
    "3D": "there is no such database",
    "08": "the database cannot be reached",
}
"""SQLSTATE, or its class → in words; somebody has to look."""


class LedgerError(ValueError):
    """
    Args:
        where: the database; not for strangers, it may be a path.
        fault: what is wrong with it.
        detail: more of it, for the operator alone: names hosts and accounts.
    """

    def __init__(self, where: str, fault: str, detail: str = "") -> None:
        super().__init__(f"{where}: {fault}: {detail}" if detail else f"{where}: {fault}")
        self.fault = fault


class LedgerBusyError(LedgerError):
    """Nothing was read or written. Asked again, it may be."""


def fault_of(where: str, error: DBAPIError) -> LedgerError | None:
    """The error as one of ours; None where the statement is wrong, or does not fit what is stored."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is None:
        return _postgresql_fault(where, error)
    code &= 0xFF  # the kind, without its details
    if code in _BUSY:
        return LedgerBusyError(where, str(error.orig))
    if code in _UNUSABLE:
        return LedgerError(where, f"{error.orig}{_UNUSABLE[code]}")
    return None


def _postgresql_fault(where: str, error: DBAPIError) -> LedgerError | None:
    state = getattr(error.orig, "sqlstate", None)
    detail = " ".join(str(error.orig).split())  # several lines, where several addresses were tried
    if state in _POSTGRESQL_BUSY:
        return LedgerBusyError(where, _POSTGRESQL_BUSY[state], detail)
    known = None if state is None else _POSTGRESQL_UNUSABLE.get(state, _POSTGRESQL_UNUSABLE.get(state[:2]))
    # Without a statement it is about the connection, as for an option that it does not have.
    is_connection = isinstance(error, (OperationalError, InterfaceError)) or error.statement is None
    if known is None and state is None and is_connection:
        known = "the database cannot be reached"
    if known is None and isinstance(error, OperationalError):
        known = "the database failed"
    return None if known is None else LedgerError(where, known, detail)
