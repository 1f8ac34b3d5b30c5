"""Lots: what a workshop is asked for, how much of it is there, and small photos of how it should be."""

import io
import uuid
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.photos import jpeg
from tests.served import OTHER, OWN, Town, clean, dark, drawn, tarnished

LOT = {"microfactory": OWN, "design": "disc", "pieces": 50, "views": ["front", "back"]}


def put(town: Town, name: str, who: str = "reviewer", **changed: Any) -> httpx.Response:
    return town.client(who).put(f"/v1/lots/{name}", json=LOT | changed)


def lots(town: Town, who: str = "artisan", query: str = "") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = town.client(who).get(f"/v1/lots{query}").json()["items"]
    return items


def test_a_lot_is_opened_changed_closed_and_opened_again(town: Town) -> None:
    opened, changed = put(town, "PO-48", note="For the shop in Nanyuki"), put(town, "PO-48", pieces=60)
    assert (opened.status_code, changed.status_code) == (201, 200)
    assert (changed.json()["pieces"], changed.json()["note"]) == (60, "")
    assert changed.json()["opened_at"] == opened.json()["opened_at"]
    client = town.client("reviewer")
    assert [client.delete("/v1/lots/PO-48").status_code for _ in range(2)] == [204, 204]
    assert (lots(town, query="?open=true"), len(lots(town, query="?open=false"))) == ([], 1)
    assert put(town, "PO-48").json()["closed_at"] is None
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


def test_a_lot_does_not_change_hands(town: Town) -> None:
    put(town, "PO-48")
    answer = put(town, "PO-48", microfactory=OTHER)
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
