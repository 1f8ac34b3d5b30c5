"""Somebody else holds the ledger's write lock: health and reading go on, writing says when to ask again."""

import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.exc import TimeoutError as NoConnection

from tests.parts.ledgers.chosen import ledger_url
from tests.parts.ledgers.holding import locked
from tests.parts.served import (
    DESIGN,
    OWN,
    PASSWORD,
    Town,
    clean,
    context_of,
    parts,
    serve,
    tarnished,
    wait_until,
)
from tests.parts.uploading import step
from ubora.command import main
from ubora.service.auth.tokens import add_token
from ubora.service.http.database_faults import LedgerBusyError
from ubora.service.ledger.database import Ledger
from ubora.service.ledger.tables import Inspection, Token
from ubora.service.ledger.writers import MOST
from ubora.service.settings import Settings

PHONES = 50
SOON = 60.0
"""Seconds: enough for a busy machine."""


def is_told_to_wait(answer: httpx.Response) -> bool:
    return (
        answer.status_code == 503
        and answer.headers["content-type"] == "application/problem+json"
        and answer.json()["type"] == "/problems/busy"
        and int(answer.headers["retry-after"]) > 0
    )


def _phones(town: Town) -> list[httpx.Client]:
    """Each with a token that was never used: its first use is to be noted."""
    with town.state.ledger.write() as session:
        made = [add_token(session, "artisan", OWN, f"phone {number}") for number in range(PHONES)]
    return [httpx.Client(base_url=town.url, headers={"Authorization": f"Bearer {one.token}"}) for one in made]


def test_health_and_fifty_phones_that_read_wait_for_no_writer(tmp_path: Path, releases: Path) -> None:
    """Writers wait for ten minutes here, so whatever waits for one is not answered in time."""
    with serve(tmp_path, releases, write_seconds=600) as town, ExitStack() as stack:
        known = town.send(tarnished()).json()["id"]
        phones = [stack.enter_context(phone) for phone in _phones(town)]
        writing, crowd = (stack.enter_context(ThreadPoolExecutor(count)) for count in (2 * MOST, PHONES))

        def read() -> set[int]:
            answers = [crowd.submit(phone.get, f"/v1/inspections/{known}", timeout=SOON) for phone in phones]
            return {answer.result().status_code for answer in answers}

        with locked(town.settings):
            assert read() == {200}  # and that they were here is to be noted
            waiting = [
                writing.submit(town.client("admin").put, "/v1/designs/ring", json=DESIGN.model_dump())
                for _ in range(2 * MOST)
            ]
            with httpx.Client(base_url=town.url, timeout=SOON) as watcher:
                assert {watcher.get("/health/live").status_code for _ in range(20)} == {200}
                ready = watcher.get("/health/ready")
            assert read() == {200}
            wait_until(lambda: sum(answer.done() for answer in waiting) >= MOST)
            refused = [answer.result() for answer in waiting if answer.done()]
            assert all(is_told_to_wait(answer) for answer in refused)
            assert len(refused) < len(waiting)
        stored = [answer.result().status_code for answer in waiting if answer.result() not in refused]
        assert sorted(stored) == [200] * (len(stored) - 1) + [201]
        parts = {part["name"]: part["ready"] for part in ready.json()["parts"]}
        assert (ready.status_code, parts) == (503, {"ledger": False, "photos": True, "champion": True})
        assert town.client(None).get("/health/ready").status_code == 200


def _writes(town: Town) -> dict[str, Callable[[], httpx.Response]]:
    """One of every kind of thing that is written."""
    piece = town.send(tarnished()).json()["id"]
    admin, artisan = town.client("admin"), town.client("artisan")
    staff = town.log_in("Njeri")
    code = admin.post("/v1/enrolments", json={"microfactory": OWN, "label": "p"}).json()["code"]
    token = admin.post("/v1/tokens", json={"role": "reviewer", "label": "t"}).json()["id"]
    lot = {"microfactory": OWN, "design": "disc", "pieces": 5, "views": ["front"]}
    note = [("context", (None, '{"note": "no"}'))]
    contested = str(uuid.uuid4())
    appeal, review = (
        f"/v1/inspections/{piece}/appeals/{contested}",
        f"/v1/inspections/{piece}/reviews/{uuid.uuid4()}",
    )
    log_in = {"name": "Wanjiku", "password": PASSWORD}
    new_password = {"password": PASSWORD, "new_password": "a heron over the estuary"}
    return {
        "inspection": lambda: town.send(clean()),
        "appeal": lambda: artisan.put(appeal, files=note),
        "review": lambda: admin.put(review, json={"disposition": "accept", "appeal": contested}),
        "lot": lambda: admin.put("/v1/lots/L", json=lot),
        "closed lot": lambda: admin.delete("/v1/lots/L"),
        "design": lambda: admin.put("/v1/designs/disc", json=DESIGN.model_dump()),
        "approved photo": lambda: admin.put("/v1/designs/disc/approved", files=[("photo", clean())]),
        "workshop": lambda: admin.put("/v1/microfactories/mf-3", json={"name": "n", "place": "p"}),
        "enrolment": lambda: httpx.post(f"{town.url}/v1/enrol", json={"code": code}, timeout=SOON),
        "invitation": lambda: admin.post("/v1/enrolments", json={"microfactory": OWN, "label": "p"}),
        "token": lambda: admin.post("/v1/tokens", json={"role": "reviewer", "label": "t"}),
        "revoked token": lambda: admin.delete(f"/v1/tokens/{token}"),
        "log-in": lambda: httpx.post(f"{town.url}/v1/session", json=log_in, timeout=SOON),
        "new person": lambda: admin.post("/v1/staff", json={"name": "Achieng", "role": "reviewer"}),
        "password": lambda: staff.put("/v1/session/password", json=new_password),
        "log-out": lambda: staff.delete("/v1/session"),
    }


def test_whatever_is_written_is_told_when_to_ask_again_and_is_done_once_the_lock_is_free(town: Town) -> None:
    writes = _writes(town)
    with locked(town.settings):
        told = {what: write() for what, write in writes.items()}
    assert {what: answer.text for what, answer in told.items() if not is_told_to_wait(answer)} == {}
    done = {what: write().status_code for what, write in writes.items()}
    assert {what: status for what, status in done.items() if status >= 300} == {}


def test_a_writer_waits_for_one_that_is_done_soon(town: Town) -> None:
    design = DESIGN.model_dump()
    with ThreadPoolExecutor(1) as pool:
        with locked(town.settings):
            writing = pool.submit(town.client("admin").put, "/v1/designs/ring", json=design)
            time.sleep(0.5)
            assert not writing.done()
        assert writing.result().status_code == 201


def test_a_session_that_is_used_does_not_end_because_its_use_could_not_be_noted(town: Town) -> None:
    njeri = town.log_in("Njeri")
    with town.state.ledger.write() as session:
        session_token = session.scalars(select(Token).where(Token.label == "Njeri")).one()
        token, session_token.last_used_at = session_token.id, None
    with locked(town.settings):
        assert njeri.get("/v1/session").status_code == 200
        assert token in town.state.uses_not_noted
    assert njeri.get("/v1/session").status_code == 200
    with town.state.ledger.read() as session:
        assert session.get_one(Token, token).last_used_at is not None
    assert token not in town.state.uses_not_noted


def test_pieces_that_were_sent_while_it_was_locked_are_stored_once_when_they_are_sent_again(
    town: Town,
) -> None:
    names = [str(uuid.uuid4()) for _ in range(8)]

    def put(number: int) -> httpx.Response:
        files = parts(context_of(), tarnished(number))
        return town.client("artisan").put(f"/v1/inspections/{names[number]}", files=files)

    with ThreadPoolExecutor(8) as pool:
        with locked(town.settings):
            assert all(is_told_to_wait(answer) for answer in pool.map(put, range(8)))
            answer = step(town.client("artisan"), uuid.uuid4(), 0, b"1234", 8)
            # Where services share no folder the ledger says how far an upload has come.
            shared = town.settings.photos_url is not None and "postgresql" in town.settings.ledger_url()
            assert is_told_to_wait(answer) if shared else answer.status_code == 204
        assert {answer.status_code for answer in pool.map(put, range(8))} == {201}
        assert {answer.status_code for answer in pool.map(put, range(8))} == {200}
    with town.state.ledger.read() as session:
        assert sorted(session.scalars(select(Inspection.id))) == sorted(names)


def test_when_all_connections_are_in_use_a_reader_is_told_to_wait(town: Town) -> None:
    with ExitStack() as stack:
        free = True
        while free:
            try:
                stack.enter_context(town.state.ledger.read()).connection()
            except NoConnection:
                free = False
        assert is_told_to_wait(town.client("artisan").get("/v1/me"))
        assert httpx.get(f"{town.url}/health/live").status_code == 200
    assert town.client("artisan").get("/v1/me").status_code == 200


def test_few_wait_to_write_and_the_next_is_refused_at_once(tmp_path: Path) -> None:
    ledger = Ledger.open(Settings(data=tmp_path, database_url=ledger_url(tmp_path)).ledger_url())
    inside, leave = threading.Semaphore(0), threading.Event()

    def write() -> str:
        try:
            with ledger.write(patience_ms=60_000):
                inside.release()
                leave.wait(60)
        except LedgerBusyError as error:
            return error.fault
        return "written"

    with ThreadPoolExecutor(MOST + 1) as pool, ExitStack() as stack:
        stack.callback(leave.set)
        first = pool.submit(write)
        assert inside.acquire(timeout=60)
        with pytest.raises(LedgerBusyError, match="others write"), ledger.write(patience_ms=0):
            pass
        others = [pool.submit(write) for _ in range(MOST)]
        wait_until(lambda: any(one.done() for one in others))
        leave.set()
        found = sorted(one.result() for one in (first, *others))
    ledger.close()
    assert found == ["too many wait to write"] + ["written"] * MOST


def test_a_command_beside_a_locked_ledger_reads_and_says_in_one_line_why_it_cannot_write(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    with locked(town.settings):
        assert main(["admin", "staff", "list", *town.ledger_options]) == 0
        assert "Njeri" in capsys.readouterr().out
        assert main(["admin", "staff", "disable", "Omondi", *town.ledger_options]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(f"ubora admin staff: {town.state.ledger.where}: ")
    assert "locked" in said or "others write" in said
