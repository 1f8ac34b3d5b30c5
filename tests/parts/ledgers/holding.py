"""Another program that holds the ledger's write lock.

with locked(town.settings): …      # nothing can be written meanwhile
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg

from ubora.service.ledger.postgresql import WRITE_LOCK
from ubora.service.settings import Settings


@contextmanager
def locked(settings: Settings) -> Iterator[None]:
    if settings.database_url is not None:
        with psycopg.connect(settings.database_url, autocommit=True) as other:
            other.execute("SELECT pg_advisory_lock(%s)", (WRITE_LOCK,))
            yield
        return
    path = settings.data / "ledger.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        yield
