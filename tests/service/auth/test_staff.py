"""Passwords, log-ins and sessions of staff, and who may change whom."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from tests.parts.served import PASSWORD, Town, tarnished
from ubora.service.auth.access import IDLE
from ubora.service.demo import read_demo_tokens, seed_demo
from ubora.service.ledger.tables import Staff, StaffSession, Token
from ubora.service.secrets.passwords import Passwords, fault_of, new_password
from ubora.service.settings import Settings
from ubora.service.state import AppState

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
    assert answer.headers["clear-site-data"] == '"cache"'
    here.cookies.update(cookie)  # the browser forgets it; a thief would not
    assert [_who(client) for client in (here, there, elsewhere, other)] == [401, 200, 200, 200]
    ended = there.delete("/v1/sessions")
    assert (ended.status_code, ended.headers["clear-site-data"]) == (204, '"cache"')
    # The other browsers hear of it when they ask next; who never had a session is told nothing.
    assert elsewhere.get("/v1/session").headers["clear-site-data"] == '"cache"'
    nobody = town.client(None).get("/v1/session")
    assert (nobody.status_code, "clear-site-data" in nobody.headers) == (401, False)
    assert [_who(client) for client in (there, elsewhere, other)] == [401, 401, 200]
    assert _audit(town)[:2] == [("Wanjiku", "sessions-closed"), ("Wanjiku", "session-closed")]


def test_a_session_ends_after_an_hour_without_use_and_after_twelve_at_all(town: Town) -> None:
    idle, old, used = (town.log_in("Wanjiku") for _ in range(3))
    ids = [line["subject"] for line in town.client("admin").get("/v1/audit").json()["items"][2::-1]]
    now = datetime.now(UTC)
    with town.state.ledger.write() as session:
        last = update(Token).values(last_used_at=now - IDLE)
        session.execute(last.where(Token.id == ids[0]))
        session.execute(update(StaffSession).values(expires_at=now).where(StaffSession.token == ids[1]))
        session.execute(last.values(last_used_at=now - IDLE + timedelta(minutes=2)).where(Token.id == ids[2]))
    assert [_who(client) for client in (idle, old, used)] == [401, 401, 200]
    # Being used is what keeps it open.
    with town.state.ledger.read() as session:
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
    assert admin.patch(path, json={"role": "admin", "was": "reviewer"}).status_code == 200
    assert wanjiku.get("/v1/audit").status_code == 200
    assert admin.patch(path, json={"role": "engineer", "was": "admin"}).status_code == 200
    assert [wanjiku.get(path).status_code for path in ("/v1/audit", "/v1/tokens")] == [403, 403]
    assert [action for _, action in _audit(town)[:2]] == ["staff-role", "staff-role"]


def test_a_role_that_somebody_else_gave_meanwhile_is_not_replaced_unseen(town: Town) -> None:
    path, admin, njeri = f"/v1/staff/{_id_of(town, 'Wanjiku')}", town.client("admin"), town.log_in("Njeri")
    assert admin.patch(path, json={"role": "engineer", "was": "reviewer"}).status_code == 200
    stale = njeri.patch(path, json={"role": "admin", "was": "reviewer"})
    assert (stale.status_code, stale.json()["type"]) == (409, "/problems/role-unseen")
    assert (stale.json()["role"], stale.json()["detail"]) == (
        "engineer",
        "Wanjiku is engineer now, and was reviewer when you looked",
    )
    # The answer was lost: the same again is what it was.
    assert admin.patch(path, json={"role": "engineer", "was": "reviewer"}).json()["role"] == "engineer"
    assert njeri.patch(path, json={"role": "admin"}).status_code == 422


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


@pytest.mark.parametrize("change", [{"disabled": True}, {"role": "reviewer", "was": "admin"}])
def test_the_last_admin_stays_and_stays_admin(town: Town, change: dict[str, Any]) -> None:
    njeri, path = town.log_in("Njeri"), f"/v1/staff/{_id_of(town, 'Njeri')}"
    answer = njeri.patch(path, json=change)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/last-admin")
    assert _who(njeri) == 200
    njeri.patch(f"/v1/staff/{_id_of(town, 'Wanjiku')}", json={"role": "admin", "was": "reviewer"})
    assert njeri.patch(path, json=change).status_code == 200


def test_every_demonstration_has_passwords_of_its_own(tmp_path: Path, releases: Path) -> None:
    seen = []
    for name in ("one", "two"):
        with AppState.open(Settings(data=tmp_path / name, releases=releases)) as state:
            staff = seed_demo(state, tmp_path / "no photos").staff
            assert read_demo_tokens(state.settings) is not None
            with state.ledger.read() as session:
                kept = {person.name: person.password for person in session.scalars(select(Staff))}
            assert all(state.passwords.fits(kept[person.name], person.password) for person in staff)
        seen += [person.password for person in staff]
    assert len(set(seen)) == 4
