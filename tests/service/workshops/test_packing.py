"""Packing lists: every piece of a lot once, with its state, safe in a spreadsheet and on a printed page."""

import csv
import io

import pytest

from tests.parts.served import OTHER, OWN, Town, clean, tarnished

LOT = {"microfactory": OWN, "design": "disc", "pieces": 3, "views": ["front"]}
PATH = "/v1/lots/PO-48/packing-list"


@pytest.fixture
def packed(town: Town) -> Town:
    """A lot with a good piece, one that waits, one that was rejected, and a formula for a code."""
    assert (
        town.client("reviewer").put("/v1/lots/PO-48", json=LOT | {"note": "<b>thin</b>"}).status_code == 201
    )
    town.send(tarnished(1), lot="PO-48", piece="b2")
    town.send(clean(1), lot="PO-48", piece="B1")
    rejected = town.send(tarnished(2), lot="PO-48", piece="b3").json()["id"]
    town.review(rejected, "reject")
    town.send(clean(2), lot="PO-48", piece="=1+1")
    town.send(clean(3), lot="PO-48")
    town.send(clean(4), lot="PO-48", piece="b2")  # mended and photographed again
    town.send(clean(5), who="other", microfactory=OTHER, lot="PO-48", piece="X")  # another's bag of that name
    return town


def test_the_table_has_each_piece_once_by_its_code(packed: Town) -> None:
    answer = packed.client("reviewer").get(f"{PATH}.csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [
        (row["piece"], row["state"], row["packed"], row["defects"], row["decided by"]) for row in rows
    ] == [
        ("'=1+1", "passed", "yes", "", ""),
        ("B1", "passed", "yes", "", ""),
        ("b2", "passed", "yes", "", ""),
        ("b3", "not taken", "no", "tarnish", "reviewer"),
        ("", "passed", "yes", "", ""),
    ]
    assert {(row["lot"], row["design"], row["workshop"]) for row in rows} == {("PO-48", "Disc", OWN)}


@pytest.mark.parametrize("code", ["=1", "+1", "-1", "@x", " =1"])
def test_no_cell_is_a_formula(town: Town, code: str) -> None:
    town.client("reviewer").put("/v1/lots/PO-48", json=LOT)
    town.send(clean(), lot="PO-48", piece=code)
    text = town.client("reviewer").get(f"{PATH}.csv").content.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["piece"] == f"'{code}"


def test_the_page_says_how_many_may_be_packed_and_writes_text_as_text(packed: Town) -> None:
    answer = packed.client("engineer").get(PATH)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "4 of 3 ordered may be packed." in answer.text
    assert "&lt;b&gt;thin&lt;/b&gt;" in answer.text
    assert "<b>thin" not in answer.text
    assert answer.text.count('class="good"') == 4


def test_a_lot_without_pieces_is_an_empty_list_and_one_that_is_none_is_not_found(town: Town) -> None:
    client = town.client("reviewer")
    client.put("/v1/lots/PO-48", json=LOT)
    assert "No piece of this lot has come yet." in client.get(PATH).text
    assert len(client.get(f"{PATH}.csv").text.splitlines()) == 1
    for who, path in (
        ("reviewer", "/v1/lots/none/packing-list"),
        ("reviewer", "/v1/lots/none/packing-list.csv"),
    ):
        assert town.client(who).get(path).status_code == 404
    assert town.client("artisan").get(PATH).status_code == 403
