"""Which database keeps the ledgers of this run: SQLite, or PostgreSQL where TEST_DATABASE=postgresql.

settings = Settings(data=data, database_url=ledger_url(data))
"""

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from tests.parts.ledgers.postgresql import server
from ubora.service.ledger.database import Ledger

VARIABLE = "TEST_DATABASE"
KINDS = ("sqlite", "postgresql")
FILE = "ledger.sqlite"


def chosen() -> str:
    kind = os.environ.get(VARIABLE, "sqlite")
    assert kind in KINDS, f"{VARIABLE} is {kind!r}, expected one of {KINDS}"
    return kind


def ledger_url(data: Path) -> str | None:
    """The database of a data folder, always the same one, with its tables in it; None is SQLite in it."""
    if chosen() == "postgresql":
        return _of_folder(data.resolve())
    _place_ledger(data)
    return None


def empty_ledger(kind: str, folder: Path) -> str:
    """The URL of a database without any table, whichever is chosen."""
    return f"sqlite:///{folder / 'ledger.sqlite'}" if kind == "sqlite" else server().empty_database()


@cache
def _of_folder(_data: Path) -> str:
    return server().migrated_database()


def _place_ledger(data: Path) -> None:
    """A new ledger in that folder, as `Ledger.open` makes one, but copied; one that is there stays."""
    if not (data / FILE).exists():
        data.mkdir(parents=True, exist_ok=True)
        shutil.copy(_migrated(), data / FILE)


@cache
def _migrated() -> Path:
    """A ledger of SQLite with its tables and nothing in them; made once a process, for that takes a while."""
    folder = Path(tempfile.mkdtemp(prefix="ubora-ledger-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    Ledger.open(f"sqlite:///{folder / FILE}").close()
    return folder / FILE
