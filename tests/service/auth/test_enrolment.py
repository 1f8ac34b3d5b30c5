"""A phone is enrolled by a code, once and soon; is listed with its last use; and is revoked at once."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import cv2
import httpx
import numpy as np
import pytest
from sqlalchemy import update

from tests.parts.served import OTHER, OWN, PASSWORD, Town, serve
from ubora.command import main
from ubora.service.auth.access import USE_NOTED
from ubora.service.auth.throttle import QUARTER, RateLimit, charge
from ubora.service.ledger.tables import Enrolment, Token
from ubora.service.secrets.codes import new_code, read_code


@pytest.fixture(scope="module")
def hub(shared_town: Town) -> httpx.Client:
    """A reviewer's browser."""
    return shared_town.log_in("Wanjiku")


def _invite(town: Town, hub: httpx.Client | None = None, label: str = "Akinyi") -> dict[str, Any]:
    client = hub or town.client("reviewer")
    answer = client.post("/v1/enrolments", json={"microfactory": OWN, "label": label})
    assert answer.status_code == 201
    made: dict[str, Any] = answer.json()
    return made


def _enrol(town: Town, code: str, **more: str) -> httpx.Response:
    return town.client(None).post("/v1/enrol", json={"code": code, **more})


def _me(town: Town, token: str) -> int:
    return httpx.get(f"{town.url}/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code


def _phones(town: Town, label: str) -> list[dict[str, Any]]:
    items = town.client("reviewer").get(f"/v1/tokens?microfactory={OWN}").json()["items"]
    return [phone for phone in items if phone["label"] == label]


def test_a_code_makes_one_phone_the_workshops_and_is_then_used_up(
    shared_town: Town, hub: httpx.Client
) -> None:
    made = _invite(shared_town, hub)
    state = f"/v1/enrolments/{made['id']}"
    assert hub.get(state).json()["used_at"] is None
    answer = _enrol(shared_town, made["code"])
    token = answer.json()["token"]
    assert (answer.status_code, answer.json()) == (201, {"token": token, "microfactory": OWN})
    header = {"Authorization": f"Bearer {token}"}
    me = httpx.get(f"{shared_town.url}/v1/me", headers=header).json()
    assert me == {"role": "artisan", "microfactory": OWN, "label": "Akinyi", "zone": "Africa/Nairobi"}
    assert hub.get(state).json()["used_at"] is not None
    again = _enrol(shared_town, made["code"])
    assert (again.status_code, again.json()["type"]) == (404, "/problems/enrol-code")


def test_the_qr_says_the_link_and_the_link_keeps_its_code_from_servers(
    shared_town: Town, hub: httpx.Client
) -> None:
    made = _invite(shared_town, hub)
    assert made["link"] == f"{shared_town.url}/phone/#enrol={made['code']}"
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}", made["code"])
    seen, _, _ = cv2.QRCodeDetector().detectAndDecode(_pixels(made["qr_svg"]))
    assert seen == made["link"]


def _pixels(svg: str) -> np.ndarray[Any, Any]:
    """Our QR is squares drawn as runs: `M4 4.5h7m2 0h4…`, each a line one unit thick."""
    side = int(re.findall(r'viewBox="0 0 (\d+)', svg)[0])
    photo = np.full((side, side), 255, np.uint8)
    x = y = 0
    for kind, numbers in re.findall(r"([Mmh])([-\d. ]+)", re.findall(r'stroke="#000" d="([^"]+)', svg)[0]):
        steps = [float(number) for number in numbers.split()]
        if kind == "M":
            x, y = int(steps[0]), int(steps[1])
        elif kind == "m":
            x, y = x + int(steps[0]), y + int(steps[1])
        else:
            photo[y, x : x + int(steps[0])] = 0
            x += int(steps[0])
    return np.kron(photo, np.ones((8, 8), np.uint8))


def test_a_code_is_read_as_it_was_meant(shared_town: Town, hub: httpx.Client) -> None:
    code = _invite(shared_town, hub)["code"]
    typed = f" {code.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')} "
    assert _enrol(shared_town, typed).status_code == 201
    assert read_code("o0iL-1a b") == "00111AB"
    assert len({new_code(3) for _ in range(1000)}) == 1000


def test_a_code_is_good_for_a_quarter_of_an_hour(shared_town: Town, hub: httpx.Client) -> None:
    made = _invite(shared_town, hub)
    left = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=14) < left <= timedelta(minutes=15)
    with shared_town.state.ledger.write() as session:
        row = update(Enrolment).where(Enrolment.id == made["id"])
        session.execute(row.values(expires_at=datetime.now(UTC)))
    assert _enrol(shared_town, made["code"]).status_code == 404


def test_where_the_answer_was_lost_the_same_phone_may_ask_again_and_another_may_not(town: Town) -> None:
    made, phone = _invite(town), str(uuid4())
    lost = _enrol(town, made["code"], phone=phone).json()["token"]
    assert _enrol(town, made["code"], phone=str(uuid4())).status_code == 404
    assert _enrol(town, made["code"]).status_code == 404
    token = _enrol(town, made["code"], phone=phone).json()["token"]
    assert (_me(town, lost), _me(town, token)) == (401, 200)
    # It has arrived and is in use: from now on the code is used up for this phone too.
    assert _enrol(town, made["code"], phone=phone).status_code == 404
    assert [phone["revoked_at"] is None for phone in _phones(town, "Akinyi")] == [False, True]


def test_a_phone_that_was_revoked_does_not_come_back_by_its_code(town: Town) -> None:
    made, phone = _invite(town), str(uuid4())
    assert _enrol(town, made["code"], phone=phone).status_code == 201
    (known,) = _phones(town, "Akinyi")
    assert town.client("reviewer").delete(f"/v1/tokens/{known['id']}").status_code == 204
    assert _enrol(town, made["code"], phone=phone).status_code == 404


def test_no_code_is_kept_as_it_is(town: Town) -> None:
    code = _invite(town)["code"]
    kept = b"".join(path.read_bytes() for path in town.settings.data.glob("ledger.sqlite*"))
    assert [form for form in (code, read_code(code)) if form.encode() in kept] == []


def test_guessing_codes_is_slowed_down_and_good_ones_are_not_counted(town: Town) -> None:
    codes = [_invite(town)["code"] for _ in range(2)]
    for _ in range(28):
        charge(town.state, [RateLimit("enrol address", "127.0.0.1", 30, QUARTER)])
    assert _enrol(town, codes[0]).status_code == 201
    assert [_enrol(town, new_code(3)).status_code for _ in range(3)] == [404, 404, 429]
    assert _enrol(town, codes[1]).status_code == 429


def test_the_link_says_the_public_address_where_one_is_set(tmp_path: Path, releases: Path) -> None:
    # Behind a proxy a request does not tell by which name the hub was asked.
    with serve(tmp_path, releases, public_url="https://ubora.example.org/") as town:
        made = _invite(town)
        assert made["link"] == f"https://ubora.example.org/phone/#enrol={made['code']}"
        sent = {"name": "Wanjiku", "password": PASSWORD}
        cookie = town.client(None).post("/v1/session", json=sent).headers["set-cookie"]
    assert cookie.startswith("__Host-ubora=us_")
    assert "Secure" in cookie


# Phones in the list


def test_a_reviewer_sees_and_revokes_phones_alone_and_an_admin_all_tokens(town: Town) -> None:
    reviewer, admin = town.client("reviewer"), town.client("admin")
    town.log_in("Njeri")  # a session is no token of the list
    listed = {row["label"]: row for row in admin.get("/v1/tokens").json()["items"]}
    assert set(listed) == set(town.tokens)
    assert {row["label"] for row in reviewer.get("/v1/tokens").json()["items"]} == {"artisan", "other"}
    only = reviewer.get(f"/v1/tokens?microfactory={OTHER}").json()["items"]
    assert [row["label"] for row in only] == ["other"]
    assert reviewer.delete(f"/v1/tokens/{listed['engineer']['id']}").status_code == 403
    assert reviewer.delete(f"/v1/tokens/{listed['artisan']['id']}").status_code == 204
    assert town.client("artisan").get("/v1/inspections").status_code == 401
    assert town.client("other").get("/v1/inspections").status_code == 200
    assert admin.delete(f"/v1/tokens/{listed['engineer']['id']}").status_code == 204
    assert town.client("engineer").get("/v1/me").status_code == 401


def test_a_session_is_not_revoked_as_a_token(town: Town) -> None:
    njeri = town.log_in("Njeri")
    session = town.client("admin").get("/v1/audit").json()["items"][0]["subject"]
    assert town.client("admin").delete(f"/v1/tokens/{session}").status_code == 404
    assert njeri.get("/v1/session").status_code == 200


def test_the_last_use_is_noted_and_at_most_once_a_minute(town: Town) -> None:
    def last_use() -> datetime | None:
        (phone,) = _phones(town, "artisan")
        return datetime.fromisoformat(phone["last_used_at"]) if phone["last_used_at"] else None

    assert last_use() is None
    town.client("artisan").get("/v1/me")
    first = last_use()
    assert first is not None
    assert datetime.now(UTC) - first < timedelta(minutes=1)
    town.client("artisan").get("/v1/me")
    assert last_use() == first
    with town.state.ledger.write() as session:
        session.execute(update(Token).where(Token.label == "artisan").values(last_used_at=first - USE_NOTED))
    town.client("artisan").get("/v1/me")
    later = last_use()
    assert later is not None
    assert later >= first


# The audit


def test_every_grant_and_revocation_is_on_record_with_who_did_it(town: Town) -> None:
    wanjiku = town.log_in("Wanjiku")
    made = _invite(town, wanjiku)
    _enrol(town, made["code"])
    (phone,) = _phones(town, "Akinyi")
    for _ in range(2):  # the second changes nothing and says nothing
        wanjiku.delete(f"/v1/tokens/{phone['id']}")
    admin = town.client("admin")
    admin.post("/v1/tokens", json={"role": "engineer", "label": "nightly harvest"})
    lines = admin.get("/v1/audit").json()["items"]
    told = [(line["actor"], line["action"], line["facts"].get("label")) for line in lines]
    assert told[:5] == [
        ("admin", "token-made", "nightly harvest"),
        ("Wanjiku", "token-revoked", "Akinyi"),
        ("a phone", "phone-enrolled", "Akinyi"),
        ("Wanjiku", "phone-invited", "Akinyi"),
        ("Wanjiku", "session-opened", None),
    ]
    assert lines[1]["subject"] == lines[2]["subject"] == phone["id"]
    text = admin.get("/v1/audit").text
    assert [secret for secret in (made["code"], *town.tokens.values()) if secret in text] == []


def test_the_audit_is_read_page_by_page_and_changed_by_nobody(town: Town) -> None:
    for number in range(5):
        _invite(town, label=f"phone {number}")
    admin = town.client("admin")
    found: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        page = admin.get(f"/v1/audit?limit=2{cursor and f'&cursor={cursor}'}").json()
        found += [line["number"] for line in page["items"]]
        cursor = page["next_cursor"]
    assert found == list(range(len(found), 0, -1))
    assert len(found) == 5 + 3  # and the three people of the town
    for method in ("PUT", "PATCH", "POST", "DELETE"):
        assert admin.request(method, "/v1/audit").status_code == 405
    assert admin.get("/v1/audit?cursor=eHk").status_code == 422


# ubora admin enrol


def test_the_command_shows_a_qr_whose_code_enrols_a_phone(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["admin", "enrol", *town.ledger_options, "--label", "Akinyi"]
    assert main([*words, "--url", town.url, OWN]) == 0
    said = capsys.readouterr().out
    assert said.count("█") > 100
    code = re.findall(rf"{re.escape(town.url)}/phone/#enrol=(\S+)", said)[0]
    assert _enrol(town, code).json()["microfactory"] == OWN
    assert main([*words, "mf-nowhere"]) == 1
    assert f"expected one of: {OTHER}, {OWN}" in capsys.readouterr().err
