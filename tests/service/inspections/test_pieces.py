"""Pieces found again by code, lot, workshop, design, state and day; and all that is known of one."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.parts.served import OTHER, OWN, Town, clean, dark, tarnished


def found(town: Town, **wanted: Any) -> list[dict[str, Any]]:
    answer = town.client("reviewer").get("/v1/pieces", params=wanted)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def codes(town: Town, **wanted: Any) -> list[str | None]:
    return [one["piece"] for one in found(town, **wanted)]


@pytest.fixture
def three(town: Town) -> Town:
    """B-12 passed, b-120 flagged, both of PO-48; 7 of another workshop."""
    town.send(clean(1), lot="PO-48", piece="B-12")
    town.send(tarnished(1), lot="PO-48", piece="b-120")
    town.send(clean(2), who="other", microfactory=OTHER, design="free-disc", lot="PO-9", piece="7")
    return town


def test_a_piece_is_found_by_the_beginning_of_its_code_whatever_its_capitals(three: Town) -> None:
    assert codes(three, code="b-1") == codes(three, code="B-1") == ["B-12", "b-120"]
    assert codes(three, code="b-120") == ["b-120"]
    assert codes(three, code="-1") == []
    assert codes(three, code="%") == []


def test_a_piece_is_found_by_lot_workshop_design_and_state(three: Town) -> None:
    assert codes(three) == ["7", "b-120", "B-12"]
    assert codes(three, lot="po-48") == ["b-120", "B-12"]
    assert codes(three, microfactory=OTHER) == ["7"]
    assert codes(three, design="disc") == ["b-120", "B-12"]
    assert codes(three, status="passed", microfactory=OWN) == ["B-12"]
    assert codes(three, status="pending", code="b") == ["b-120"]


def test_a_decided_piece_is_found_by_what_was_decided(three: Town) -> None:
    (waiting,) = found(three, status="pending", microfactory=OWN)
    assert three.review(waiting["id"], "reject").status_code == 201
    assert codes(three, status="rejected") == ["b-120"]
    assert codes(three, status="pending", microfactory=OWN) == []


def test_a_piece_is_found_by_the_days_in_which_it_was_received(three: Town) -> None:
    now = datetime.now(UTC)
    soon, before = (now + timedelta(hours=1)).isoformat(), (now - timedelta(hours=1)).isoformat()
    assert len(codes(three, since=before, until=soon)) == 3
    assert codes(three, since=soon) == []
    assert codes(three, until=before) == []
    assert codes(three, code="7", since=before) == ["7"]


def test_each_piece_comes_once_as_the_inspection_that_counts(town: Town) -> None:
    town.send(tarnished(1), lot="L", piece="1")
    counted = town.send(clean(1), lot="L", piece="1").json()["id"]
    town.send(dark(), lot="L", piece="1")  # a retake counts for nothing where there is something else
    town.send(dark(2), lot="L", piece="2")
    last = town.send(dark(3), lot="L", piece="2").json()["id"]
    assert [one["id"] for one in found(town)] == [last, counted]
    assert [one["status"] for one in found(town)] == ["retake", "passed"]


@pytest.mark.parametrize("wanted", [{}, {"code": "p"}, {"lot": "L"}])
def test_pages_leave_nothing_out_and_repeat_nothing(town: Town, wanted: dict[str, str]) -> None:
    for at in range(5):
        town.send(clean(at), lot="L", piece=f"P{at % 3}" if at < 3 else f"p{at}")
    client, seen = town.client("engineer"), []
    cursor: str | None = None
    while True:
        asked = wanted | {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = client.get("/v1/pieces", params=asked)
        seen += [one["piece"] for one in page.json()["items"]]
        cursor = page.json()["next_cursor"]
        if cursor is None:
            break
        town.send(clean(9), lot="L", piece=f"P{uuid.uuid4()}")  # what comes meanwhile moves no page
    kept = [piece for piece in seen if piece in {"P0", "P1", "P2", "p3", "p4"}]
    expected = ["P0", "P1", "P2", "p3", "p4"]
    assert kept == (expected if "code" in wanted else expected[::-1])
    assert client.get("/v1/pieces", params={**wanted, "cursor": "bm8"}).status_code == 422


def test_a_cursor_of_a_list_by_time_is_none_of_a_list_by_code(three: Town) -> None:
    client = three.client("reviewer")
    cursor = client.get("/v1/pieces", params={"limit": 1}).json()["next_cursor"]
    assert client.get("/v1/pieces", params={"code": "b", "cursor": cursor}).status_code == 422


def test_all_of_a_piece_is_told_by_any_of_its_inspections(town: Town) -> None:
    first = town.send(tarnished(1), lot="L", piece="1").json()["id"]
    assert town.review(first, "rework", note="Polish it").status_code == 201
    second = town.send(clean(1), lot="L", piece="1").json()["id"]
    client = town.client("reviewer")
    by_first, by_second = (client.get(f"/v1/pieces/{name}").json() for name in (first, second))
    assert by_first == by_second
    assert [one["id"] for one in by_first["inspections"]] == [second, first]
    assert (by_first["counts"], by_first["waits"]) == (second, False)
    said = [(one["inspection"], one["disposition"], one["reviewer"]) for one in by_first["decisions"]]
    assert said == [(first, "rework", "reviewer")]
    assert {one["release"] for one in by_first["inspections"]} == {"tiny-1"}
    assert client.get(f"/v1/pieces/{uuid.uuid4()}").status_code == 404


def test_an_appeal_of_a_piece_is_told_with_its_outcome(town: Town) -> None:
    piece = town.send(tarnished(1), lot="L", piece="1").json()["id"]
    path = f"/v1/inspections/{piece}/appeals/{uuid.uuid4()}"
    context = ("context", (None, '{"note": "It is the light"}'))
    assert town.client("artisan").put(path, files=[context]).status_code == 201
    told = town.client("engineer").get(f"/v1/pieces/{piece}").json()
    assert [(one["note"], one["outcome"]) for one in told["appeals"]] == [("It is the light", "waiting")]
    assert told["waits"]


def test_a_design_that_a_piece_stands_for_is_told(town: Town) -> None:
    admin = town.client("admin")
    admin.put("/v1/designs/disc/approved", files=[("photo", ("p.jpg", clean(9)))])
    piece = town.send(tarnished(1), lot="L", piece="1").json()["id"]
    for who in ("reviewer", "admin"):
        row = admin.get(f"/v1/inspections/{piece}").json()
        body = {"disposition": "accept", "after": (row["review"] or {}).get("id")}
        town.client(who).put(f"/v1/inspections/{piece}/reviews/{uuid.uuid4()}", json=body)
    assert admin.put(f"/v1/designs/disc/accepted/{piece}").status_code == 201
    (stands,) = admin.get(f"/v1/pieces/{piece}").json()["stands_for"]
    assert (stands["design"], stands["added_by"], stands["removed_at"]) == ("disc", "admin", None)
