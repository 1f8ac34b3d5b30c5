"""Passwords, log-ins and sessions of staff; who may change whom; and what an attacker would try."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import httpx
import pytest
from sqlalchemy import update

import ubora
from service.access import IDLE
from service.errors import Problem
from service.ledger import Ledger
from service.passwords import Passwords, fault_of, new_password
from service.tables import StaffSession, Token
from service.tables import Tries as TriesRow
from service.throttle import HOUR, QUARTER, Tries, charge, give_back
from tests.served import PASSWORD, STAFF, Town

SECOND = "a heron over the estuary"


def _try(town: Town, name: str, password: str, **headers: str) -> httpx.Response:
    return town.client(None).post("/v1/session", json={"name": name, "password": password}, headers=headers)


def _who(client: httpx.Client) -> int:
    return client.get("/v1/session").status_code


def _id_of(town: Town, name: str) -> str:
    people = town.client("admin").get("/v1/staff").json()["items"]
    return next(str(person["id"]) for person in people if person["name"] == name)


def _audit(town: Town) -> list[tuple[str, str]]:
    lines = town.client("admin").get("/v1/audit?limit=200").json()["items"]
    return [(line["actor"], line["action"]) for line in lines]


# The rules of passwords


@pytest.mark.parametrize(
    "password", [PASSWORD, "mwalimu anapenda chai", "ĩngĩ mũno wega wa", "k7qm-2xrd-9tpa-08hz"]
)
def test_a_long_password_that_nobody_would_guess_is_taken_as_it_is(password: str) -> None:
    assert fault_of(password, "Wanjiku") is None


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("short words", "11 characters; expected 12 to 200"),
        ("x" * 201, "201 characters"),
        ("password1234", "very common"),
        ("Password123!Password123!", "easy to guess"),
        ("aaaaaaaaaaaaaaaa", "Repeats"),
        ("qwertyuiop[]", "rows of keys"),
        ("Wanjiku12345", "easy to guess"),
        ("ubora ubora ubora", "Repeats"),
    ],
)
def test_what_anybody_would_try_first_is_no_password(password: str, fault: str) -> None:
    found = fault_of(password, "Wanjiku Kamau")
    assert found is not None
    assert fault in found
    assert password not in found


def test_every_password_that_the_service_makes_is_one_it_takes_and_another() -> None:
    made = {new_password() for _ in range(50)}
    assert len(made) == 50
    assert [fault for password in made if (fault := fault_of(password, "Wanjiku"))] == []


def test_one_password_is_the_same_however_its_letters_were_composed() -> None:
    passwords = Passwords()
    kept = passwords.hash("m\u0169no wega wa g\u0169kena")
    assert kept.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert passwords.fits(kept, "mu\u0303no wega wa gu\u0303kena")
    assert not passwords.fits(kept, "muno wega wa gukena")
    assert not passwords.fits(None, "muno wega wa gukena")


# Logging in and out


@pytest.mark.parametrize("name", ["Wanjiku", "wanjiku", "  WANJIKU ", "Ｗanjiku"])
def test_a_name_is_known_however_it_is_written(shared_town: Town, name: str) -> None:
    answer = _try(shared_town, name, PASSWORD)
    assert (answer.status_code, answer.json()["role"], answer.json()["label"]) == (200, "reviewer", "Wanjiku")


def test_a_session_is_a_cookie_that_no_script_and_no_other_site_gets(shared_town: Town) -> None:
    cookie = _try(shared_town, "Wanjiku", PASSWORD).headers["set-cookie"]
    name, *flags = [part.strip() for part in cookie.split(";")]
    assert name.startswith("ubora=us_")
    assert sorted(flags) == ["HttpOnly", "Path=/", "SameSite=strict"]


def test_anywhere_but_on_this_machine_the_cookie_is_sent_encrypted_only(shared_town: Town) -> None:
    cookie = _try(shared_town, "Wanjiku", PASSWORD, Host="ubora.example.org").headers["set-cookie"]
    name, *flags = [part.strip() for part in cookie.split(";")]
    # __Host- is what makes browsers refuse one that a neighbouring host or plain http would plant.
    assert name.startswith("__Host-ubora=us_")
    assert sorted(flags) == ["HttpOnly", "Path=/", "SameSite=strict", "Secure"]


def test_what_is_done_in_a_session_is_recorded_under_the_person(town: Town) -> None:
    from tests.served import tarnished

    inspection = town.send(tarnished()).json()["id"]
    wanjiku = town.log_in("Wanjiku")
    body = {"disposition": "accept"}
    path = f"/v1/inspections/{inspection}/reviews/6f1c3f0e-8f3e-4c43-9a4c-2f4f1b1f6b11"
    assert wanjiku.put(path, json=body).status_code == 201
    assert wanjiku.get(f"/v1/inspections/{inspection}").json()["review"]["reviewer"] == "Wanjiku"


def test_logging_out_ends_this_session_and_everywhere_ends_all_of_that_person(town: Town) -> None:
    here, there, elsewhere, other = (town.log_in(name) for name in ("Wanjiku", "Wanjiku", "Wanjiku", "Njeri"))
    cookie = dict(here.cookies)
    answer = here.delete("/v1/session")
    assert answer.status_code == 204
    assert 'ubora=""' in answer.headers["set-cookie"]
    here.cookies.update(cookie)  # the browser forgets it; a thief would not
    assert [_who(client) for client in (here, there, elsewhere, other)] == [401, 200, 200, 200]
    assert there.delete("/v1/sessions").status_code == 204
    assert [_who(client) for client in (there, elsewhere, other)] == [401, 401, 200]
    assert _audit(town)[:2] == [("Wanjiku", "sessions-closed"), ("Wanjiku", "session-closed")]


def test_a_session_ends_after_an_hour_without_use_and_after_twelve_at_all(town: Town) -> None:
    idle, old, used = (town.log_in("Wanjiku") for _ in range(3))
    ids = [line["subject"] for line in town.client("admin").get("/v1/audit").json()["items"][2::-1]]
    now = datetime.now(UTC)
    with town.house.ledger.write() as session:
        last = update(Token).values(last_used_at=now - IDLE)
        session.execute(last.where(Token.id == ids[0]))
        session.execute(update(StaffSession).values(expires_at=now).where(StaffSession.token == ids[1]))
        session.execute(last.values(last_used_at=now - IDLE + timedelta(minutes=2)).where(Token.id == ids[2]))
    assert [_who(client) for client in (idle, old, used)] == [401, 401, 200]
    # Being used is what keeps it open.
    with town.house.ledger.read() as session:
        noted = session.get_one(Token, ids[2]).last_used_at
    assert noted is not None
    assert now - noted < timedelta(minutes=1)


def test_ones_own_password_is_changed_by_who_knows_it_and_ends_the_other_sessions(town: Town) -> None:
    here, there = town.log_in("Wanjiku"), town.log_in("Wanjiku")

    def change(old: str, new: str) -> tuple[int, str]:
        answer = here.put("/v1/session/password", json={"password": old, "new_password": new})
        return answer.status_code, answer.json()["type"] if answer.status_code >= 400 else ""

    assert change("not the one", SECOND) == (403, "/problems/wrong-password")
    assert change(PASSWORD, "password1234") == (422, "/problems/weak-password")
    assert [_who(client) for client in (here, there)] == [200, 200]
    assert change(PASSWORD, SECOND) == (204, "")
    assert [_who(client) for client in (here, there)] == [200, 401]
    assert [_try(town, "Wanjiku", word).status_code for word in (PASSWORD, SECOND)] == [401, 200]


# Staff


def test_a_new_colleague_gets_a_password_once_and_no_list_shows_it(town: Town) -> None:
    njeri = town.log_in("Njeri")
    made = njeri.post("/v1/staff", json={"name": "Achieng  Odhiambo", "role": "reviewer"}).json()
    assert (made["name"], made["role"], made["disabled_at"]) == ("Achieng Odhiambo", "reviewer", None)
    assert town.log_in("achieng odhiambo", made["password"]).get("/v1/me").json()["role"] == "reviewer"
    for path in ("/v1/staff", "/v1/audit", "/v1/tokens"):
        text = njeri.get(path).text
        assert made["password"] not in text
        assert "argon2" not in text
    kept = b"".join(path.read_bytes() for path in town.settings.data.glob("ledger.sqlite*"))
    assert made["password"].encode() not in kept
    assert PASSWORD.encode() not in kept


@pytest.mark.parametrize("name", ["WANJIKU", " wanjiku", "Wanjiku ", "ｗanjiku"])
def test_two_people_have_two_names_whatever_their_capitals(shared_town: Town, name: str) -> None:
    body = {"name": name, "role": "admin"}
    answer = shared_town.client("admin").post("/v1/staff", json=body)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/name-taken")


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "x" * 121])
def test_a_name_that_is_none_is_refused(shared_town: Town, name: str) -> None:
    answer = shared_town.client("admin").post("/v1/staff", json={"name": name, "role": "admin"})
    assert answer.status_code == 422


def test_a_change_of_role_holds_from_the_next_request_on(town: Town) -> None:
    wanjiku, admin = town.log_in("Wanjiku"), town.client("admin")
    path = f"/v1/staff/{_id_of(town, 'Wanjiku')}"
    assert wanjiku.get("/v1/audit").status_code == 403
    assert admin.patch(path, json={"role": "admin"}).status_code == 200
    assert wanjiku.get("/v1/audit").status_code == 200
    assert admin.patch(path, json={"role": "engineer"}).status_code == 200
    assert [wanjiku.get(path).status_code for path in ("/v1/audit", "/v1/tokens")] == [403, 403]
    assert [action for _, action in _audit(town)[:2]] == ["staff-role", "staff-role"]


def test_somebody_disabled_is_out_at_once_and_let_in_again_only_by_logging_in(town: Town) -> None:
    wanjiku, admin = town.log_in("Wanjiku"), town.client("admin")
    path = f"/v1/staff/{_id_of(town, 'Wanjiku')}"
    assert admin.patch(path, json={"disabled": True}).json()["disabled_at"] is not None
    assert _who(wanjiku) == 401
    refused, wrong = _try(town, "Wanjiku", PASSWORD), _try(town, "Wanjiku", "not the one at all")
    assert refused.status_code == 401
    assert refused.json() == wrong.json()
    assert admin.patch(path, json={"disabled": False}).json()["disabled_at"] is None
    assert _who(wanjiku) == 401
    assert _who(town.log_in("Wanjiku")) == 200


def test_a_forgotten_password_is_replaced_and_the_old_sessions_are_over(town: Town) -> None:
    wanjiku = town.log_in("Wanjiku")
    made = town.client("admin").post(f"/v1/staff/{_id_of(town, 'Wanjiku')}/password").json()
    assert _who(wanjiku) == 401
    assert _try(town, "Wanjiku", PASSWORD).status_code == 401
    assert _who(town.log_in("Wanjiku", made["password"])) == 200


@pytest.mark.parametrize("change", [{"disabled": True}, {"role": "reviewer"}])
def test_the_last_admin_stays_and_stays_admin(town: Town, change: dict[str, Any]) -> None:
    njeri, path = town.log_in("Njeri"), f"/v1/staff/{_id_of(town, 'Njeri')}"
    answer = njeri.patch(path, json=change)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/last-admin")
    assert _who(njeri) == 200
    njeri.patch(f"/v1/staff/{_id_of(town, 'Wanjiku')}", json={"role": "admin"})
    assert njeri.patch(path, json=change).status_code == 200


# What an attacker would try


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
    with town.house.ledger.write() as session:
        session.execute(update(TriesRow).values(since=datetime.now(UTC) - HOUR))
    assert _try(town, "Wanjiku", PASSWORD).status_code == 200


def test_an_address_that_guesses_at_many_names_is_slowed_down_too(town: Town) -> None:
    for _ in range(48):
        charge(town.house, [Tries("log-in address", "127.0.0.1", 50, QUARTER)])
    assert [_try(town, f"nobody {number}", "x").status_code for number in range(3)] == [401, 401, 429]


def test_a_success_forgives_the_failures_of_that_name_but_not_those_of_the_address(town: Town) -> None:
    name, address = Tries("name", "x", 4, HOUR, forgiven=True), Tries("address", "x", 6, HOUR)
    for _ in range(2):
        for _ in range(2):
            charge(town.house, [name, address])
        charge(town.house, [name, address])
        with town.house.ledger.write() as session:
            give_back(session, [name, address])
    charge(town.house, [name, address])
    charge(town.house, [name, address])
    with pytest.raises(Problem, match="too many tries"):
        charge(town.house, [name, address])
    charge(town.house, [name])


def test_tries_are_counted_by_all_processes_together_and_at_the_same_time(tmp_path: Path) -> None:
    """Three processes, thirty tries, ten allowed: exactly ten get through."""
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    Ledger.open(url).close()
    code = (
        "import types; from service.ledger import Ledger; from service.throttle import *; "
        "from service.errors import Problem\n"
        f"house = types.SimpleNamespace(ledger=Ledger.open({url!r})); through = 0\n"
        "for _ in range(10):\n"
        "    try: charge(house, [Tries('test', 'x', 10, HOUR)]); through += 1\n"
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


# ubora admin staff


@contextmanager
def _typed(monkeypatch: pytest.MonkeyPatch, text: str) -> Iterator[None]:
    import io

    with monkeypatch.context() as patch:
        patch.setattr("sys.stdin", io.StringIO(text))
        yield


def test_the_command_adds_lists_renews_and_disables_staff(
    town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def admin(*words: str, typed: str = "") -> tuple[int, str]:
        with _typed(monkeypatch, typed):
            code = ubora.main(["admin", "staff", *words, "--data", str(town.settings.data)])
        out, err = capsys.readouterr()
        return code, out + err

    code, said = admin("add", "Achieng", "--role", "admin", typed=f"{PASSWORD}\n")
    assert (code, said) == (0, "added     Achieng, admin\n")
    achieng = town.log_in("Achieng")
    assert achieng.get("/v1/me").json()["role"] == "admin"
    assert admin("add", "achieng", typed=f"{PASSWORD}\n")[0] == 1
    code, said = admin("add", "Mutua", typed="password1234\n")
    assert (code, "very common" in said) == (1, True)
    code, said = admin("password", "Achieng", "--generate")
    assert code == 0
    assert _who(achieng) == 401
    achieng = town.log_in("Achieng", said.split()[1])
    assert admin("disable", "ACHIENG") == (0, "disabled  Achieng\n")
    assert _who(achieng) == 401
    code, said = admin("list")
    assert [line.split()[:2] for line in said.splitlines()] == [
        ["Achieng", "admin"],
        *([name, STAFF[name]] for name in ("Njeri", "Omondi", "Wanjiku")),
    ]
    assert "disabled" in said.splitlines()[0]
    code, said = admin("disable", "Njeri")
    assert (code, "only admin" in said) == (1, True)
    assert admin("add", "a\x07b", "--generate")[0] == 1
    code, said = admin("disable", "Nobody")
    assert (code, "expected one of: Achieng, Njeri" in said) == (1, True)
    assert admin("enable", "Achieng")[0] == 0
    assert admin("role", "Njeri", "reviewer") == (0, "role      Njeri, reviewer\n")
    assert {
        actor.split(" ", 1)[1] for actor, action in _audit(town) if action == "staff-added" and " " in actor
    } >= {"at the server"}


def test_the_command_makes_no_ledger_where_none_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ubora.main(["admin", "staff", "list", "--data", str(tmp_path / "typo")]) == 1
    assert "no ledger there" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
