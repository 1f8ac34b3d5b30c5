"""Lots: what a workshop is asked for, how much of it is there, and small photos of how it should be."""

import io
import uuid
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.parts.photos import jpeg
from tests.parts.served import OTHER, OWN, Town, clean, dark, drawn, tarnished

LOT = {"microfactory": OWN, "design": "disc", "pieces": 50, "views": ["front", "back"]}


def put(town: Town, name: str, who: str = "reviewer", **changed: Any) -> httpx.Response:
    return town.client(who).put(f"/v1/lots/{name}", json=LOT | changed)


def change(town: Town, name: str, who: str = "reviewer", **changed: Any) -> httpx.Response:
    """As somebody who has just looked."""
    (lot,) = (one for one in lots(town, "admin") if one["id"] == name)
    return put(town, name, who, after=lot["version"], **changed)


def record(town: Town) -> list[dict[str, Any]]:
    """What the audit tells of lots, the latest first."""
    lines = town.client("admin").get("/v1/audit?limit=200").json()["items"]
    return [line for line in lines if line["action"].startswith("lot-")]


def lots(town: Town, who: str = "artisan", query: str = "") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = town.client(who).get(f"/v1/lots{query}").json()["items"]
    return items


def test_a_lot_is_opened_changed_closed_and_opened_again(town: Town) -> None:
    opened, changed = put(town, "PO-48", note="For the shop in Nanyuki"), change(town, "PO-48", pieces=60)
    assert (opened.status_code, changed.status_code) == (201, 200)
    assert (changed.json()["pieces"], changed.json()["note"]) == (60, "")
    assert changed.json()["opened_at"] == opened.json()["opened_at"]
    client = town.client("reviewer")
    assert [client.delete("/v1/lots/PO-48").status_code for _ in range(2)] == [204, 204]
    assert (lots(town, query="?open=true"), len(lots(town, query="?open=false"))) == ([], 1)
    assert change(town, "PO-48").json()["closed_at"] is None
    assert [lot["id"] for lot in lots(town, query="?open=true")] == ["PO-48"]
    assert client.delete("/v1/lots/PO-49").status_code == 404


def test_done_counts_pieces_and_neither_photos_nor_retakes_nor_others(town: Town) -> None:
    put(town, "PO-48")
    put(town, "PO-49")
    town.send(clean(1), lot="PO-48", piece="1")
    town.send(tarnished(1), lot="PO-48", piece="1")  # photographed again
    town.send(tarnished(2), lot="PO-48", piece="2")
    town.send(clean(3), lot="PO-48")  # nobody numbers it, so it is a piece of its own
    town.send(dark(), lot="PO-48", piece="4")
    town.send(clean(5), lot="PO-47", piece="5")
    town.send(clean(6), lot="PO-48", piece="6", who="other", microfactory=OTHER)
    assert {lot["id"]: lot["done"] for lot in lots(town)} == {"PO-48": 3, "PO-49": 0}
    # A good photo after a bad one; and a bad one after a good one takes nothing away.
    town.send(clean(4), lot="PO-48", piece="4")
    town.send(dark(1), lot="PO-48", piece="1")
    assert {lot["id"]: lot["done"] for lot in lots(town)} == {"PO-48": 4, "PO-49": 0}


def test_a_piece_that_is_to_be_mended_or_was_rejected_is_still_to_be_made(town: Town) -> None:
    put(town, "PO-48")
    rejected, mended = (town.send(tarnished(n), lot="PO-48", piece=str(n)).json()["id"] for n in (1, 2))
    assert [lot["done"] for lot in lots(town)] == [2]
    town.review(rejected, "reject")
    town.review(mended, "rework")
    assert [lot["done"] for lot in lots(town)] == [0]
    town.send(clean(2), lot="PO-48", piece="2")
    assert [lot["done"] for lot in lots(town)] == [1]


def test_an_artisan_sees_her_own_lots_and_the_hub_sees_all_by_pages(town: Town) -> None:
    for number in range(3):
        put(town, f"own-{number}")
    put(town, "others", microfactory=OTHER)
    assert [lot["id"] for lot in lots(town)] == ["own-2", "own-1", "own-0"]
    assert [lot["id"] for lot in lots(town, "other")] == ["others"]
    assert town.client("artisan").get(f"/v1/lots?microfactory={OTHER}").status_code == 404
    assert len(lots(town, "engineer", f"?microfactory={OWN}")) == 3
    first = town.client("reviewer").get("/v1/lots?limit=3").json()
    second = town.client("reviewer").get(f"/v1/lots?limit=3&cursor={first['next_cursor']}").json()
    found = [lot["id"] for lot in first["items"] + second["items"]]
    assert (found, second["next_cursor"]) == (["others", "own-2", "own-1", "own-0"], None)


def test_an_order_is_not_replaced_by_opening_another_under_its_number(town: Town) -> None:
    opened = put(town, "PO-48", note="Thin ones").json()
    others: list[dict[str, Any]] = [{"pieces": 60}, {"microfactory": OTHER}, {"note": ""}]
    for unseen in others:
        answer = put(town, "PO-48", **{"note": "Thin ones", **unseen})
        problem = answer.json()
        assert (answer.status_code, problem["type"]) == (409, "/problems/lot-taken")
        assert (problem["lot"], problem["by"]) == (opened, "reviewer")
    assert lots(town) == [opened]
    assert [line["action"] for line in record(town)] == ["lot-opened"]


def test_opening_again_because_the_answer_was_lost_is_harmless(town: Town) -> None:
    answers = [put(town, "PO-48") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    version = answers[0].json()["version"]
    edits = [put(town, "PO-48", pieces=60, after=version) for _ in range(2)]
    assert [edit.json()["pieces"] for edit in edits] == [60, 60]
    assert [line["action"] for line in record(town)] == ["lot-edited", "lot-opened"]
    # Closed meanwhile: the late repeat of opening does not open it again unseen.
    town.client("admin").delete("/v1/lots/PO-48")
    late = put(town, "PO-48", pieces=60)
    assert (late.status_code, late.json()["type"], late.json()["by"]) == (409, "/problems/lot-taken", "admin")
    assert late.json()["lot"]["closed_at"] is not None


def test_an_edit_of_an_order_that_somebody_else_changed_meanwhile_is_refused_and_told_of_it(
    town: Town,
) -> None:
    version = put(town, "PO-48").json()["version"]
    assert put(town, "PO-48", "admin", pieces=60, after=version).status_code == 200
    stale = put(town, "PO-48", pieces=70, after=version)
    assert (stale.status_code, stale.json()["type"]) == (409, "/problems/lot-unseen")
    assert (stale.json()["lot"]["pieces"], stale.json()["by"]) == (60, "admin")
    knowingly = put(town, "PO-48", pieces=70, after=stale.json()["lot"]["version"])
    assert (knowingly.status_code, knowingly.json()["pieces"]) == (200, 70)
    nothing_to_change = put(town, "PO-49", after=version)
    assert nothing_to_change.status_code == 404


def test_every_change_of_an_order_is_on_record_with_what_it_was_before(town: Town) -> None:
    put(town, "PO-48", note="Thin ones")
    change(town, "PO-48", "admin", pieces=60)
    for _ in range(2):  # the second changes nothing and says nothing
        town.client("reviewer").delete("/v1/lots/PO-48")
    change(town, "PO-48", pieces=60, views=["front"])
    told = [(line["actor"], line["action"], line["subject"], line["facts"]) for line in record(town)]
    reopened = {"microfactory": OWN, "views": "front", "views_was": "front, back"}
    edited = {"microfactory": OWN, "pieces": "60", "pieces_was": "50", "note": "", "note_was": "Thin ones"}
    opened = {"pieces": "50", "views": "front, back", "note": "Thin ones"}
    assert told == [
        ("reviewer", "lot-reopened", "PO-48", reopened),
        ("reviewer", "lot-closed", "PO-48", {"microfactory": OWN}),
        ("admin", "lot-edited", "PO-48", edited),
        ("reviewer", "lot-opened", "PO-48", {"microfactory": OWN, "design": "disc", **opened}),
    ]


def test_a_lot_does_not_change_hands(town: Town) -> None:
    put(town, "PO-48")
    answer = change(town, "PO-48", microfactory=OTHER)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/conflict")
    assert [lot["microfactory"] for lot in lots(town, "admin")] == [OWN]


@pytest.mark.parametrize(
    "changed",
    [
        {"pieces": 0},
        {"pieces": 1.5},
        {"views": []},
        {"views": ["front", "front"]},
        {"views": ["above"]},
        {"design": "nothing"},
        {"microfactory": "mf-nowhere"},
        {"note": "x" * 501},
        {"price": 3},
    ],
)
def test_a_lot_that_cannot_be_is_refused(shared_town: Town, changed: dict[str, Any]) -> None:
    answer = put(shared_town, f"x-{uuid.uuid4()}", **changed)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert lots(shared_town, "admin") == []


@pytest.mark.parametrize("name", ["..%2fx", "-x", "a%20b", "x" * 65])
def test_a_lots_name_is_a_code(shared_town: Town, name: str) -> None:
    assert put(shared_town, name).status_code in (404, 422)


def test_an_approved_photo_comes_small_and_upright_for_phones(town: Town) -> None:
    rng = np.random.default_rng(0)
    noisy = drawn(width=1600, height=1200).astype(int) + rng.integers(-20, 20, (1200, 1600, 1))
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    photo = jpeg(np.clip(noisy, 0, 255), exif=exif)
    shown = town.client("admin").put("/v1/designs/disc/approved", files=[("photo", ("p.jpg", photo))])
    (url,) = shown.json()["approved_photos"]
    client = town.client("artisan")
    whole, small, smaller = (client.get(url + query) for query in ("", "?width=320", "?width=160"))
    assert [Image.open(io.BytesIO(one.content)).size for one in (small, smaller)] == [(240, 320), (120, 160)]
    assert (small.headers["content-type"], small.headers["cache-control"][:7]) == ("image/jpeg", "private")
    assert len(small.content) <= 15_000 < len(whole.content)
    assert b"Exif" not in small.content
    assert client.get(url + "?width=5000").status_code == 422
    assert client.get(url[:-64] + "0" * 64 + "?width=320").status_code == 404
