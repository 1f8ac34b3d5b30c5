"""The database goes away and comes back: 503 with a time to come again, nothing lost, and no host is told."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError

from tests.parts.ledgers.postgresql import Server, own_server, server
from tests.parts.served import Town, clean, context_of, parts, serve, tarnished, wait_until
from ubora.service.http.database_faults import LedgerBusyError, LedgerError
from ubora.service.ledger.database import Ledger

SECRET = "s3cret"


@pytest.fixture(scope="module")
def own() -> Iterator[Server]:
    with own_server() as started:
        yield started


@pytest.fixture
def town(tmp_path: Path, releases: Path, own: Server) -> Iterator[Town]:
    """On a server that may be stopped, as an account with a password."""
    name = f"hub_{uuid.uuid4().hex}"
    own.do(f"CREATE ROLE {name} LOGIN PASSWORD '{SECRET}'", f"CREATE DATABASE {name} OWNER {name}")
    own.ask_for_passwords(name)
    with serve(tmp_path, releases, database_url=own.url(name, name, SECRET)) as running:
        yield running


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    opened = Ledger.open(server().migrated_database())
    yield opened
    opened.close()


def _is_told_to_wait(answer: httpx.Response) -> bool:
    return (
        answer.status_code == 503
        and answer.headers["content-type"] == "application/problem+json"
        and answer.json()["type"] in ("/problems/busy", "/problems/storage")
        and int(answer.headers["retry-after"]) > 0
    )


def test_a_server_that_stops_and_starts_again_loses_nothing_that_was_acknowledged(
    town: Town, own: Server
) -> None:
    kept = town.send(tarnished(1)).json()["id"]
    name, phone = str(uuid.uuid4()), town.client("artisan")
    sent = parts(context_of(), tarnished(2))
    own.stop()
    try:
        # Twice: the first finds its connections broken, the next finds nobody.
        told = [phone.put(f"/v1/inspections/{name}", files=sent) for _ in range(2)]
        told += [phone.get(f"/v1/inspections/{kept}"), town.client("reviewer").get("/v1/inspections")]
        log_in = town.client(None).post("/v1/session", json={"name": "Njeri", "password": "x"})
        ready, live = (town.client(None).get(f"/health/{what}") for what in ("ready", "live"))
    finally:
        own.start()
    assert [answer.text for answer in (*told, log_in) if not _is_told_to_wait(answer)] == []
    assert (ready.status_code, live.status_code) == (503, 200)
    (ledger,) = [part for part in ready.json()["parts"] if part["name"] == "ledger"]
    assert (ledger["ready"], ledger["detail"][:12]) == (False, "not writable")
    # Where it is and whose account it is are nobody's business.
    for answer in (*told, log_in, ready):
        assert not any(word in answer.text for word in (SECRET, "hub_", str(own.folder), "connection"))
    wait_until(lambda: town.client(None).get("/health/ready").status_code == 200)
    assert phone.get(f"/v1/inspections/{kept}").status_code == 200
    assert [phone.put(f"/v1/inspections/{name}", files=sent).status_code for _ in range(2)] == [201, 200]


def test_connections_that_the_server_ended_are_replaced_before_they_are_used(town: Town, own: Server) -> None:
    kept = town.send(clean(1)).json()["id"]
    name = town.state.ledger.engine.url.database
    for _ in range(3):
        own.do(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        assert town.client("artisan").get(f"/v1/inspections/{kept}").status_code == 200
        assert town.send(clean(2)).status_code == 201


def test_a_character_that_it_cannot_keep_is_refused_and_changes_nothing(town: Town) -> None:
    piece = town.send(tarnished(1)).json()["id"]
    said = town.review(piece, "reject", note="a\0b")
    guess = town.client(None).post("/v1/session", json={"name": "a\0b", "password": "x"})
    answers = [(one.status_code, one.json()["type"]) for one in (said, guess)]
    assert answers == [(422, "/problems/invalid")] * 2
    assert town.client("reviewer").get(f"/v1/inspections/{piece}").json()["review"] is None
    assert town.review(piece, "reject", note="a b").status_code == 201


@pytest.mark.parametrize(
    ("state", "kind", "told"),
    [
        ("40001", LedgerBusyError, "others write, and came first"),
        ("40P01", LedgerBusyError, "others write, and came first"),
        ("55P03", LedgerBusyError, "others write, and take long"),
        ("57014", LedgerBusyError, "it takes too long"),
        ("53300", LedgerBusyError, "too many use it at the moment"),
        ("57P01", LedgerBusyError, "the database is being stopped"),
        ("53100", LedgerError, "the database's disk is full"),
        ("53200", LedgerError, "the database is short of something"),
        ("58030", LedgerError, "the database's disk fails"),
        ("25006", LedgerError, "the database is read-only"),
        ("42501", LedgerError, "the database does not let Ubora do this"),
        ("XX001", LedgerError, "the database is damaged"),
        ("08006", LedgerError, "the database cannot be reached"),
        ("23505", IntegrityError, ""),
        ("22001", DataError, ""),
        ("42P01", ProgrammingError, ""),
    ],
)
def test_what_the_server_says_of_itself_is_told_in_words_and_what_it_says_of_a_statement_stays(
    ledger: Ledger, state: str, kind: type[Exception], told: str
) -> None:
    raised = text(f"DO $$ BEGIN RAISE EXCEPTION 'a detail' USING ERRCODE = '{state}'; END $$")
    with pytest.raises(kind) as error, ledger.read() as session:
        session.execute(raised)
    assert type(error.value) is kind
    assert getattr(error.value, "fault", "") == told
    assert "a detail" in str(error.value)
