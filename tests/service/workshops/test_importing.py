"""Workshops from a table: told line by line first, then all of it or nothing."""

from typing import Any

import httpx
import pytest

from tests.parts.served import OTHER, OWN, Town

PATH = "/v1/microfactory-tables"
GOOD = f"code,name,place\nmf-new,Kibera 1,Kibera\n{OWN},Renamed,Nairobi\n{OTHER},{OTHER},Nairobi\n"


def ask(town: Town, text: str, plan: str | None = None) -> httpx.Response:
    return town.client("admin").post(PATH, json={"text": text, "plan": plan})


def outcomes(answer: httpx.Response) -> list[tuple[int, str]]:
    assert answer.status_code == 200, answer.text
    return [(line["line"], line["outcome"]) for line in answer.json()["lines"]]


def names(town: Town) -> dict[str, str]:
    items: list[dict[str, Any]] = town.client("admin").get("/v1/microfactories").json()["items"]
    return {one["id"]: one["name"] for one in items}


def test_what_would_happen_is_told_line_by_line_and_nothing_is_done(town: Town) -> None:
    told = ask(town, GOOD)
    assert outcomes(told) == [(2, "added"), (3, "changed"), (4, "unchanged")]
    assert told.json()["lines"][1]["changed"] == {"name": OWN}
    assert (told.json()["done"], names(town)) == (False, {OTHER: OTHER, OWN: OWN})


def test_what_was_told_is_done_and_stands_in_the_record(town: Town) -> None:
    plan = ask(town, GOOD).json()["plan"]
    assert ask(town, GOOD, plan).json()["done"]
    assert names(town) == {"mf-new": "Kibera 1", OTHER: OTHER, OWN: "Renamed"}
    lines = town.client("admin").get("/v1/audit").json()["items"]
    assert [(one["action"], one["subject"]) for one in lines[:2]] == [
        ("microfactory-edited", OWN),
        ("microfactory-made", "mf-new"),
    ]
    # Once more there is nothing left to do.
    assert {outcome for _, outcome in outcomes(ask(town, GOOD))} == {"unchanged"}


def test_a_line_that_is_refused_keeps_all_from_being_done(town: Town) -> None:
    bad = "no code,Kibera 2,Kibera\nmf-new,Twice,Kibera\nmf-x,,Kibera\nmf-y,Y\n"
    table = f"code,name,place\nmf-new,Kibera 1,Kibera\n{bad}"
    told = ask(town, table)
    assert [outcome for _, outcome in outcomes(told)] == ["added", *["refused"] * 4]
    whys = [line["why"] for line in told.json()["lines"][1:]]
    assert whys[0].startswith("code: found 'no code', expected 1 to 64 letters, digits, ")
    assert whys[1:] == [
        "mf-new stands in line 2 already",
        "name: found '', expected 1 to 120 characters",
        "found 2 cells, expected 3",
    ]
    done = ask(town, table, told.json()["plan"])
    assert (done.status_code, done.json()["type"]) == (422, "/problems/import-refused")
    assert names(town) == {OTHER: OTHER, OWN: OWN}


def test_what_changed_since_it_was_told_is_not_done_unseen(town: Town) -> None:
    plan = ask(town, GOOD).json()["plan"]
    town.client("admin").put(f"/v1/microfactories/{OWN}", json={"name": "Hers", "place": "Nairobi"})
    done = ask(town, GOOD, plan)
    assert (done.status_code, done.json()["type"]) == (409, "/problems/import-unseen")
    assert names(town) == {OTHER: OTHER, OWN: "Hers"}


def test_a_closed_workshop_is_not_changed_by_a_table(town: Town) -> None:
    town.client("admin").delete(f"/v1/microfactories/{OWN}")
    assert (3, "refused") in outcomes(ask(town, GOOD))


@pytest.mark.parametrize(
    "table",
    [
        "\ufeffcode;name;place\r\nmf-1;Kibera, left;Kibera\r\n",
        "Place\tCode\tName\nKibera\tmf-1\tKibera, left\n",
        'note,"name",code,place\n,"Kibera, left",mf-1,Kibera\n\n,,,\n',
    ],
)
def test_tables_as_spreadsheets_save_them_are_read_alike(town: Town, table: str) -> None:
    (line,) = ask(town, table).json()["lines"]
    assert {key: line[key] for key in ("line", "outcome", "id", "name", "place")} == {
        "line": 2,
        "outcome": "added",
        "id": "mf-1",
        "name": "Kibera, left",
        "place": "Kibera",
    }


def test_letters_that_are_not_utf_8_are_refused_with_what_to_do(town: Town) -> None:
    (line,) = ask(town, "code,name,place\nmf-1,Caf\ufffd,Kibera\n").json()["lines"]
    assert line["why"] == "name: letters that are not UTF-8; save the file as CSV UTF-8"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "line 1: expected the columns code, name, place, found ''"),
        ("code,name\nmf-1,x\n", "line 1: expected the columns code, name, place"),
        ("code,name,place,code\nmf-1,x,y,z\n", "line 1: expected the columns"),
        ("code,name,place\n", "found none"),
        ('code,name,place\nmf-1,"x,y\n', "unexpected end of data"),
    ],
)
def test_what_is_no_table_is_refused_as_a_whole(town: Town, table: str, said: str) -> None:
    answer = ask(town, table)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/no-table")
    assert said in answer.json()["detail"]
