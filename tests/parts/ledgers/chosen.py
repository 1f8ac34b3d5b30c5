"""Which database keeps the ledgers of this run: SQLite, or PostgreSQL where TEST_DATABASE=postgresql.

settings = Settings(data=data, database_url=ledger_url(data))
"""

import os
from functools import cache
from pathlib import Path

from tests.parts.ledgers.postgresql import server

VARIABLE = "TEST_DATABASE"
KINDS = ("sqlite", "postgresql")


def chosen() -> str:
    kind = os.environ.get(VARIABLE, "sqlite")
    assert kind in KINDS, f"{VARIABLE} is {kind!r}, expected one of {KINDS}"
    return kind


def ledger_url(data: Path) -> str | None:
    """The database of a data folder, always the same one; None is SQLite in it."""
    return None if chosen() == "sqlite" else _of_folder(data.resolve())


def empty_ledger(kind: str, folder: Path) -> str:
    """The URL of a database without any table, whichever is chosen."""
    return f"sqlite:///{folder / 'ledger.sqlite'}" if kind == "sqlite" else server().empty_database()


@cache
def _of_folder(_data: Path) -> str:
    return server().migrated_database()
