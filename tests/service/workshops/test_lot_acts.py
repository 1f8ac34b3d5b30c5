"""What a person does to a whole lot: shipped, held, looked at piece by piece; and what a page asks of it."""

import uuid
from typing import Any

import httpx
import pytest

from tests.parts.served import OTHER, OWN, Town, clean, tarnished
from tests.service.queue.asking import kind, listed
from ubora.service.ledger.tables import Token

LOT = {"microfactory": OWN, "design": "disc", "pieces": 3, "views": ["front"]}
PATH = "/v1/lots/PO-48"


@pytest.fixture
def lot(town: Town) -> Town:
    """One that passed, one that waits, and another workshop's bag of that name."""
    town.client("reviewer").put(PATH, json=LOT)
    town.send(clean(1), lot="PO-48", piece="good")
    town.send(tarnished(1), lot="PO-48", piece="flagged")
    town.send(clean(5), who="other", microfactory=OTHER, lot="PO-48", piece="X")
    return town


def act(town: Town, of: str, reason: str = "", *, name: str | None = None, **more: Any) -> httpx.Response:
    """As somebody who has just looked, unless it is said what was seen."""
    client = town.client("reviewer")
    last = client.get(PATH).json()["act"]
    body = {"kind": of, "reason": reason, "after": last["id"] if last else None, **more}
    return client.put(f"{PATH}/acts/{name or uuid.uuid4()}", json=body)


def waiting(town: Town) -> list[tuple[str, list[str]]]:
    return [(one["inspection"]["piece"], one["kinds"]) for one in listed(town.client("reviewer"))]


def test_a_lot_tells_its_pieces_by_state_and_how_many_wait(lot: Town) -> None:
    found = lot.client("engineer").get(PATH).json()
    assert (found["counts"]["states"], found["counts"]["waiting"]) == ({"passed": 1, "pending": 1}, 1)
    assert (found["lot"]["id"], found["act"]) == ("PO-48", None)
    alone = lot.client("engineer").get(f"{PATH}/counts").json()
    assert alone == found["counts"]


def test_its_pieces_are_found_as_any_are_and_no_other_workshop_s(lot: Town) -> None:
    asked = {"order": "PO-48", "microfactory": OWN}
    answer = lot.client("engineer").get("/v1/pieces", params=asked).json()
    assert [one["piece"] for one in answer["items"]] == ["flagged", "good"]
    other = lot.client("engineer").get("/v1/pieces", params={"order": "po-48"}).json()
    assert other["items"] == []


def test_to_hold_or_check_a_lot_needs_a_reason_and_so_does_shipping_what_waits(lot: Town) -> None:
    assert [kind(act(lot, of)) for of in ("hold", "check")] == [(422, "invalid")] * 2
    refused = act(lot, "ship")
    assert (kind(refused), refused.json()["waiting"]) == ((409, "lot-waits"), 1)
    assert kind(act(lot, "ship", anyway=True)) == (422, "invalid")
    shipped = act(lot, "ship", "the truck goes today", anyway=True)
    assert (shipped.status_code, shipped.json()["act"]["kind"]) == (201, "ship")


def test_every_piece_is_looked_at_those_that_come_too_until_the_next_act(lot: Town) -> None:
    asked = act(lot, "check", "a customer sent three back")
    assert asked.json()["counts"]["waiting"] == 2
    lot.send(clean(7), lot="PO-48", piece="later")
    lot.send(clean(8), lot="PO-49", piece="of another lot")
    assert sorted(waiting(lot)) == [("flagged", ["flagged"]), ("good", ["lot"]), ("later", ["lot"])]
    (good,) = [
        one for one in listed(lot.client("reviewer"), kind="lot") if one["inspection"]["piece"] == "good"
    ]
    lot.review(good["inspection"]["id"], "accept")
    act(lot, "hold", "the rest later")
    lot.send(clean(9), lot="PO-48", piece="after")
    assert sorted(name for name, _ in waiting(lot)) == ["flagged", "later"]


def test_what_was_done_stands_in_the_record_with_who_and_why(lot: Town) -> None:
    act(lot, "hold", "solder looks weak")
    act(lot, "check", "all of it")
    record = lot.client("engineer").get(PATH).json()["record"]
    told = [(line["action"], line["actor"], line["facts"].get("reason")) for line in record]
    assert told == [
        ("lot-checked", "reviewer", "all of it"),
        ("lot-held", "reviewer", "solder looks weak"),
        ("lot-opened", "reviewer", None),
    ]


def test_an_act_is_made_once_and_never_on_what_she_did_not_see(lot: Town) -> None:
    name = str(uuid.uuid4())
    first = act(lot, "hold", "weak", name=name)
    again = act(lot, "hold", "weak", name=name, after=None)
    assert (first.status_code, again.status_code) == (201, 200)
    other = act(lot, "hold", "something else", name=name)
    assert kind(other) == (409, "conflict")
    unseen = act(lot, "ship", "fine", anyway=True, after=None)
    assert (kind(unseen), unseen.json()["act"]["id"]) == ((409, "lot-unseen"), name)


def test_what_is_looked_at_for_its_lot_says_nothing_of_what_escapes_elsewhere(lot: Town) -> None:
    act(lot, "check", "all of it")
    (good,) = listed(lot.client("reviewer"), kind="lot")
    lot.review(good["inspection"]["id"], "reject")
    answer = lot.client("engineer").get("/v1/numbers/escape-rate").json()
    assert (answer["drawn"], answer["looked_at"]) == (0, 0)


def test_a_piece_that_is_deleted_takes_its_look_along(lot: Town) -> None:
    act(lot, "check", "all of it")
    (good,) = listed(lot.client("reviewer"), kind="lot")
    body = {"reason": "sent by mistake", "inspection": good["inspection"]["id"]}
    assert lot.client("admin").post("/v1/deletions", json=body).status_code == 200
    assert waiting(lot) == [("flagged", ["flagged"])]


def test_a_page_that_asks_for_counts_by_itself_keeps_no_session_open(lot: Town) -> None:
    wanjiku = lot.log_in("Wanjiku")
    with lot.state.ledger.write() as session:
        (token,) = session.query(Token).filter(Token.label == "Wanjiku")
        name, token.last_used_at = token.id, None
    wanjiku.get(f"{PATH}/counts")
    with lot.state.ledger.read() as session:
        assert session.get_one(Token, name).last_used_at is None
