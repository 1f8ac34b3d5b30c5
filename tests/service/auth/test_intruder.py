"""What an attacker would try at the door of the hub, by name, by cookie, by another site and by force."""

import json
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

import httpx
import pytest
from sqlalchemy import update

from tests.parts.ledgers.chosen import ledger_url
from tests.parts.served import PASSWORD, Town
from ubora.service.auth.throttle import HOUR, QUARTER, RateLimit, charge, give_back
from ubora.service.http.errors import Problem
from ubora.service.ledger.database import Ledger
from ubora.service.ledger.tables import FailedTries
from ubora.service.secrets.passwords import Passwords
from ubora.service.settings import Settings


def _try(town: Town, name: str, password: str, **headers: str) -> httpx.Response:
    return town.client(None).post("/v1/session", json={"name": name, "password": password}, headers=headers)


def _who(client: httpx.Client) -> int:
    return client.get("/v1/session").status_code


def test_a_session_that_somebody_planted_is_not_taken_over(town: Town) -> None:
    attacker = town.log_in("Omondi")
    planted = attacker.cookies["ubora"]
    victim = town.client(None)
    victim.cookies.set("ubora", planted)
    victim.post("/v1/session", json={"name": "Njeri", "password": PASSWORD})
    mine = [cookie.value for cookie in victim.cookies.jar if cookie.name == "ubora"]
    assert planted not in mine[-1:]
    # Neither did it become hers, nor does it stay open in her browser.
    assert _who(attacker) == 401


def test_a_cookies_secret_is_no_bearer_token_and_a_bearer_token_no_cookie(town: Town) -> None:
    secret = town.log_in("Njeri").cookies["ubora"]
    bearer = httpx.get(f"{town.url}/v1/me", headers={"Authorization": f"Bearer {secret}"})
    cookie = httpx.get(f"{town.url}/v1/me", headers={"Cookie": f"ubora={town.tokens['admin']}"})
    assert (bearer.status_code, cookie.status_code) == (401, 401)


def test_a_refused_token_is_not_saved_by_a_good_cookie(town: Town) -> None:
    njeri = town.log_in("Njeri")
    assert njeri.get("/v1/me", headers={"Authorization": "Bearer ub_revoked"}).status_code == 401


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None]
)
def test_a_form_of_another_site_cannot_log_anybody_in(shared_town: Town, kind: str | None) -> None:
    body = json.dumps({"name": "Njeri", "password": PASSWORD}).encode()
    headers = {} if kind is None else {"Content-Type": kind}
    answer = shared_town.client(None).post("/v1/session", content=body, headers=headers)
    assert answer.status_code == 422
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_log_in_that_a_browser_says_is_from_elsewhere_is_refused(shared_town: Town, site: str) -> None:
    answer = _try(shared_town, "Njeri", PASSWORD, **{"Sec-Fetch-Site": site})
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/csrf")


def test_no_other_site_is_told_that_it_may_read_or_send(shared_town: Town) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for method in ("OPTIONS", "GET"):
        answer = shared_town.client("admin").request(method, "/v1/session", headers=headers)
        assert [name for name in answer.headers if name.startswith("access-control")] == []


@pytest.mark.alone
def test_names_that_exist_answer_like_names_that_do_not_and_as_slowly(town: Town) -> None:
    seconds: dict[str, list[float]] = {"Wanjiku": [], "nobody": []}
    bodies = set()
    for _ in range(5):
        for name, spent in seconds.items():
            started = perf_counter()
            answer = _try(town, name, "not the one at all")
            spent.append(perf_counter() - started)
            bodies.add((answer.status_code, answer.text))
    assert len(bodies) == 1
    known, unknown = median(seconds["Wanjiku"]), median(seconds["nobody"])
    # Without a hash to check an answer takes a tenth of the time.
    assert 0.33 < known / unknown < 3


def test_guessing_at_one_name_is_slowed_down_and_nobody_else_is(town: Town) -> None:
    guesses = [_try(town, "Wanjiku", f"guess number {number}") for number in range(11)]
    assert [answer.status_code for answer in guesses] == [401] * 10 + [429]
    assert 0 < int(guesses[-1].headers["Retry-After"]) <= 15 * 60
    # Now even the right one waits: otherwise guessing would go on.
    assert _try(town, "WANJIKU ", PASSWORD).status_code == 429
    assert _try(town, "Njeri", PASSWORD).status_code == 200
    with town.state.ledger.write() as session:
        session.execute(update(FailedTries).values(since=datetime.now(UTC) - HOUR))
    assert _try(town, "Wanjiku", PASSWORD).status_code == 200


def test_an_address_that_guesses_at_many_names_is_slowed_down_too(town: Town) -> None:
    for _ in range(48):
        charge(town.state, [RateLimit("log-in address", "127.0.0.1", 50, QUARTER)])
    assert [_try(town, f"nobody {number}", "x").status_code for number in range(3)] == [401, 401, 429]


def test_a_success_forgives_the_failures_of_that_name_but_not_those_of_the_address(town: Town) -> None:
    name, address = RateLimit("name", "x", 4, HOUR, forgiven=True), RateLimit("address", "x", 6, HOUR)
    for _ in range(2):
        for _ in range(2):
            charge(town.state, [name, address])
        charge(town.state, [name, address])
        with town.state.ledger.write() as session:
            give_back(session, [name, address])
    charge(town.state, [name, address])
    charge(town.state, [name, address])
    with pytest.raises(Problem, match="too many tries"):
        charge(town.state, [name, address])
    charge(town.state, [name])


def test_tries_are_counted_by_all_processes_together_and_at_the_same_time(tmp_path: Path) -> None:
    """Three processes, thirty tries, ten allowed: exactly ten get through."""
    url = Settings(data=tmp_path, database_url=ledger_url(tmp_path)).ledger_url()
    Ledger.open(url).close()
    code = (
        "import types; from ubora.service.ledger.database import Ledger; "
        "from ubora.service.auth.throttle import *; from ubora.service.http.errors import Problem\n"
        f"state = types.SimpleNamespace(ledger=Ledger.open({url!r})); through = 0\n"
        "for _ in range(10):\n"
        "    try: charge(state, [RateLimit('test', 'x', 10, HOUR)]); through += 1\n"
        "    except Problem: pass\n"
        "print(through)"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    assert sum(int(process.communicate(timeout=300)[0]) for process in running) == 10


def test_a_crowd_at_the_door_is_turned_away_before_it_takes_the_threads_of_those_inside() -> None:
    passwords, found = Passwords(), []

    def come() -> None:
        try:
            passwords.fits(None, "x")
            found.append(401)
        except Problem as problem:
            found.append(problem.status)

    crowd = [threading.Thread(target=come) for _ in range(40)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert set(found) == {401, 503}
    passwords.hash("and afterwards it is open again")
