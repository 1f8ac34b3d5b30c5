"""The ledger keeps its word: durable by its settings, and all of a change or nothing."""

from pathlib import Path

import pytest

from tests.parts.ledgers.chosen import KINDS, empty_ledger
from ubora.service.http.database_faults import LedgerError
from ubora.service.ledger.database import Ledger


def test_sqlite_is_durable_and_guards_its_references(tmp_path: Path) -> None:
    ledger = Ledger.open(empty_ledger("sqlite", tmp_path))
    with ledger.read() as session:
        found = [
            session.connection().exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    ledger.close()
    assert found == ["wal", 2, 1]


def test_a_database_that_would_not_keep_its_word_is_refused() -> None:
    with pytest.raises(LedgerError, match="in memory"):
        Ledger.open("sqlite://")


@pytest.mark.parametrize("kind", KINDS)
def test_what_fails_half_way_leaves_nothing(kind: str, tmp_path: Path) -> None:
    ledger = Ledger.open(empty_ledger(kind, tmp_path))

    def fail() -> None:
        with ledger.write() as session:
            session.connection().exec_driver_sql(
                "INSERT INTO microfactories (id, name, place) VALUES ('a', 'a', 'a')"
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with ledger.read() as session:
        count = session.connection().exec_driver_sql("SELECT count(*) FROM microfactories").scalar()
    ledger.close()
    assert count == 0
