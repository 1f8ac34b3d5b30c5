"""A ledger in PostgreSQL keeps the promises of one in a file: durable, in turns, one moment, by bytes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from tests.parts.ledgers.postgresql import server
from ubora.service.http.database_faults import LedgerBusyError, LedgerError
from ubora.service.ledger.clock import next_number
from ubora.service.ledger.database import Ledger
from ubora.service.ledger.postgresql import POOL
from ubora.service.ledger.tables import Microfactory


@pytest.fixture
def url() -> str:
    return server().migrated_database()


@pytest.fixture
def two(url: str) -> Iterator[tuple[Ledger, Ledger]]:
    """The same ledger, as two processes have it."""
    first, second = Ledger.open(url), Ledger.open(url)
    yield first, second
    first.close()
    second.close()


def _workshop(code: str) -> Microfactory:
    return Microfactory(id=code, name=code, place="Nairobi")


def test_all_text_is_ordered_by_its_bytes_whatever_the_language_of_the_database(url: str) -> None:
    with psycopg.connect(url) as reader:
        found = reader.execute(
            "SELECT DISTINCT collation_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND data_type IN ('character varying', 'text')"
        ).fetchall()
    assert found == [("C",)]


def test_names_come_in_the_order_in_which_sqlite_has_them(two: tuple[Ledger, Ledger]) -> None:
    ledger, _ = two
    with ledger.write() as session:
        session.add_all(map(_workshop, ("mf-b", "mf-B", "mf_a", "mf-é", "mf-a")))
    with ledger.read() as session:
        found = session.scalars(select(Microfactory.id).order_by(Microfactory.id)).all()
    assert found == sorted(found)
    assert found == ["mf-B", "mf-a", "mf-b", "mf-é", "mf_a"]


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("SET synchronous_commit = off", "synchronous_commit is 'off', expected 'on'"),
        ("SET synchronous_commit = local", "synchronous_commit is 'local', expected 'on'"),
    ],
)
def test_a_database_that_would_answer_before_it_is_on_the_disk_is_refused(
    url: str, statement: str, told: str
) -> None:
    name = url.partition("?")[0].rpartition("/")[2]
    server().do(f"ALTER DATABASE {name} {statement}")
    with pytest.raises(LedgerError, match=told):
        Ledger.open(url)


def test_a_database_that_cannot_keep_every_name_is_refused() -> None:
    with pytest.raises(LedgerError, match="server_encoding is 'SQL_ASCII', expected 'UTF8'"):
        Ledger.open(server().empty_database("ENCODING SQL_ASCII"))


def test_one_writes_at_a_time_whichever_process_it_is_and_the_next_sees_all_of_it(
    two: tuple[Ledger, Ledger],
) -> None:
    with ThreadPoolExecutor(16) as pool:

        def number(at: int) -> int:
            with two[at % 2].write(60_000) as session:
                # What it reads first decides what it writes: without turns some would be the same.
                known = len(session.scalars(select(Microfactory)).all())
                session.add(_workshop(f"mf-{known}"))
                return next_number(session)

        numbers = list(pool.map(number, range(40)))
    assert len(set(numbers)) == 40
    with two[0].read() as session:
        assert len(session.scalars(select(Microfactory)).all()) == 40


def test_who_finds_no_turn_is_told_so_and_has_written_nothing(two: tuple[Ledger, Ledger]) -> None:
    with two[0].write() as session:
        session.add(_workshop("mf-a"))
        with pytest.raises(LedgerBusyError, match="others write, and take long"), two[1].write(0) as other:
            other.add(_workshop("mf-b"))
    with two[1].write(0) as other:
        assert other.scalars(select(Microfactory.id)).all() == ["mf-a"]


def test_who_reads_sees_one_moment_and_waits_for_nobody(two: tuple[Ledger, Ledger]) -> None:
    with two[0].read() as reader:
        assert reader.scalars(select(Microfactory.id)).all() == []
        with two[1].write() as session:
            session.add(_workshop("mf-a"))
            session.flush()
            assert reader.scalars(select(Microfactory.id)).all() == []
        assert reader.scalars(select(Microfactory.id)).all() == []
    with two[0].read() as reader:
        assert reader.scalars(select(Microfactory.id)).all() == ["mf-a"]


def test_who_reads_cannot_write_by_mistake(two: tuple[Ledger, Ledger]) -> None:
    with pytest.raises(LedgerError, match="read-only"), two[0].read() as session:
        session.execute(text("DELETE FROM microfactories"))
    # The connection that was refused is one that others write with.
    for number in range(2 * POOL):
        with two[0].write() as session:
            session.add(_workshop(f"mf-{number}"))


def test_what_is_there_already_is_an_error_of_the_statement_and_no_fault_of_the_database(
    two: tuple[Ledger, Ledger],
) -> None:
    with two[0].write() as session:
        session.add(_workshop("mf-a"))
    with pytest.raises(IntegrityError), two[1].write() as session:
        session.add(_workshop("mf-a"))


def test_a_writer_that_hangs_is_ended_by_the_server_and_holds_the_others_no_longer(
    two: tuple[Ledger, Ledger],
) -> None:
    found = []

    def hang() -> None:
        with two[0].write() as session:
            session.execute(text("SET LOCAL idle_in_transaction_session_timeout = '200ms'"))
            session.add(_workshop("mf-a"))
            session.flush()
            # The other waits for its turn, which comes when this one is ended.
            with two[1].write(60_000) as other:
                found.append(other.scalars(select(Microfactory.id)).all())

    with pytest.raises(LedgerBusyError, match="it took too long"):
        hang()
    assert found == [[]]
