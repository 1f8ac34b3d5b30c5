"""A workshop that is closed: no phone of it goes on, nothing new is asked of it, and its history stays."""

import uuid
from typing import Any

from tests.parts.served import OTHER, OWN, Town, clean
from ubora.command import main

LOT = {"microfactory": OWN, "design": "disc", "pieces": 5, "views": ["front"]}
PATH = f"/v1/microfactories/{OWN}"


def actions(town: Town) -> list[str]:
    return [line["action"] for line in town.client("admin").get("/v1/audit").json()["items"]]


def listed(town: Town) -> dict[str, Any]:
    items = town.client("reviewer").get("/v1/microfactories").json()["items"]
    return {one["id"]: one["closed_at"] for one in items}


def test_its_phones_are_revoked_and_what_they_sent_stays(town: Town) -> None:
    sent = town.send(clean()).json()["id"]
    closed = town.client("admin").delete(PATH)
    assert (closed.status_code, closed.json()["closed_at"] is None) == (200, False)
    assert (town.client("artisan").get("/v1/me").status_code, town.send(clean(1)).status_code) == (401, 401)
    assert town.client("other").get("/v1/me").status_code == 200
    reviewer = town.client("reviewer")
    assert reviewer.get(f"/v1/inspections/{sent}").status_code == 200
    assert reviewer.get(f"{PATH}/pass-rate").json()["pieces_passed"] == 1
    assert {name: at is not None for name, at in listed(town).items()} == {OWN: True, OTHER: False}
    assert actions(town)[:2] == ["token-revoked", "microfactory-closed"]


def test_no_phone_is_enrolled_and_no_lot_is_opened(town: Town) -> None:
    reviewer, admin = town.client("reviewer"), town.client("admin")
    code = reviewer.post("/v1/enrolments", json={"microfactory": OWN, "label": "p"}).json()["code"]
    assert reviewer.put("/v1/lots/PO-1", json=LOT).status_code == 201
    admin.delete(PATH)
    refused = reviewer.post("/v1/enrolments", json={"microfactory": OWN, "label": "p"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/workshop-closed")
    token = admin.post("/v1/tokens", json={"role": "artisan", "microfactory": OWN, "label": "x"})
    assert token.status_code == 409
    # A QR that was printed before is of no use either.
    assert town.client(None).post("/v1/enrol", json={"code": code}).status_code == 404
    assert reviewer.put("/v1/lots/PO-2", json=LOT).status_code == 422
    # What was asked of it before can be closed, and is not opened again.
    assert reviewer.delete("/v1/lots/PO-1").status_code == 204
    (lot,) = reviewer.get("/v1/lots").json()["items"]
    assert reviewer.put("/v1/lots/PO-1", json=LOT | {"after": lot["version"]}).status_code == 422


def test_it_is_opened_again_and_its_phones_come_anew(town: Town) -> None:
    admin = town.client("admin")
    admin.delete(PATH)
    assert admin.delete(PATH).status_code == 200  # again changes nothing
    assert admin.post(f"{PATH}/opening").json()["closed_at"] is None
    assert town.client("artisan").get("/v1/me").status_code == 401
    invited = admin.post("/v1/enrolments", json={"microfactory": OWN, "label": "p"}).json()
    token = town.client(None).post("/v1/enrol", json={"code": invited["code"]}).json()["token"]
    phone = town.client(None)
    phone.headers["Authorization"] = f"Bearer {token}"
    assert phone.get("/v1/me").json()["microfactory"] == OWN
    told = [action for action in actions(town) if action.startswith("microfactory-")]
    assert told == ["microfactory-opened", "microfactory-closed"]


def test_only_an_admin_closes_and_a_workshop_that_is_none_is_not_found(town: Town) -> None:
    assert [town.client(who).delete(PATH).status_code for who in ("reviewer", "engineer")] == [403, 403]
    missing = f"/v1/microfactories/{uuid.uuid4()}"
    admin = town.client("admin")
    assert (admin.delete(missing).status_code, admin.post(f"{missing}/opening").status_code) == (404, 404)


def test_a_closed_one_that_is_renamed_stays_closed(town: Town) -> None:
    admin = town.client("admin")
    admin.delete(PATH)
    changed = admin.put(PATH, json={"name": "Kibera 1", "place": "Kibera"}).json()
    assert (changed["name"], changed["closed_at"] is None) == ("Kibera 1", False)


def test_the_command_enrols_no_phone_of_it(town: Town, capsys: Any) -> None:
    town.client("admin").delete(PATH)
    assert main(["admin", "enrol", OWN, "--label", "x", *town.ledger_options]) == 1
    assert f"{OWN} is closed since" in capsys.readouterr().err
