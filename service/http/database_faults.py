"""What a database may say that is no fault of the request: as one of two errors, in words.

ValueError
└── LedgerError          it cannot be opened, read or written: which one, and what it says
    └── LedgerBusyError       somebody else writes, and it takes too long; passes by itself
"""

import sqlite3

from sqlalchemy.exc import DBAPIError, OperationalError

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
"""Code → what is to be done, where SQLite's own words do not say it."""


class LedgerError(ValueError):
    """
    Args:
        where: the database; not for strangers, it may be a path.
        fault: what is wrong with it.
    """

    def __init__(self, where: str, fault: str) -> None:
        super().__init__(f"{where}: {fault}")
        self.fault = fault


class LedgerBusyError(LedgerError):
    """Nothing was read or written. Asked again, it may be."""


def fault_of(where: str, error: DBAPIError) -> LedgerError | None:
    """The error as one of ours; None where the statement is wrong, or does not fit what is stored."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is None:
        return LedgerError(where, "the database failed") if isinstance(error, OperationalError) else None
    code &= 0xFF  # the kind, without its details
    if code in _BUSY:
        return LedgerBusyError(where, str(error.orig))
    if code in _UNUSABLE:
        return LedgerError(where, f"{error.orig}{_UNUSABLE[code]}")
    return None
