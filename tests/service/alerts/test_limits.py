"""Limits: from the first weeks, renewed by a person with a reason, and the weeks held against them."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.parts.served import OTHER, OWN, Town, serve
from tests.service.alerts.making import count_network, count_workshop, week
from tests.service.numbers.making import NOW, make_work
from ubora.service.alerts.loop import look

WEEKS = 30


@pytest.fixture
def town(tmp_path: Path, releases: Path) -> Iterator[Town]:
    """Thirty weeks of a workshop that fell for good after twenty, of a steady one, and of the network."""
    with serve(tmp_path, releases, clock=lambda: NOW) as running:
        with running.state.ledger.write() as session:
            make_work(session)
            for ago in range(WEEKS, 0, -1):
                count_workshop(session, OWN, ago, 8 if ago > 10 else 5, 8)
                count_workshop(session, OTHER, ago, 9, 10)
                count_network(session, ago, 450 + ago % 5, 500)
        look(running.state)
        yield running


def standing(town: Town, **params: Any) -> dict[tuple[str, str], dict[str, Any]]:
    items = town.client("reviewer").get("/v1/limits", params=params).json()["items"]
    return {(one["kind"], one["subject"]): one for one in items}


def renew(town: Town, who: str = "engineer", **changed: Any) -> httpx.Response:
    body = {
        "kind": "microfactory",
        "subject": OWN,
        "since": week(9).isoformat(),
        "until": week(1).isoformat(),
        "reason": "softer brass",
        "seen": standing(town).get(("microfactory", OWN), {}).get("number"),
    }
    return town.client(who).post("/v1/limits", json=body | changed)


def test_limits_stand_from_the_first_quarter_and_are_not_moved_by_what_comes(town: Town) -> None:
    found = standing(town)
    own, network = found["microfactory", OWN], found["network", ""]
    assert (own["rule"], own["since"], own["until"]) == (
        "worsening",
        week(WEEKS).isoformat(),
        week(WEEKS - 12).isoformat(),
    )
    assert (own["passed"], own["decided"], own["made_by"]) == (104, 104, None)
    assert network["rule"] == "p-prime"
    assert network["figures"]["centre"] == pytest.approx(network["passed"] / network["decided"])
    look(town.state)
    assert standing(town) == found


def test_a_person_takes_new_limits_with_a_reason_that_is_recorded(town: Town) -> None:
    assert [one["subject"] for one in town.client("reviewer").get("/v1/alerts").json()["items"]] == [OWN]
    answer = renew(town)
    assert answer.status_code == 201
    made = answer.json()
    assert (made["passed"], made["decided"], made["made_by"]) == (45, 72, "engineer")
    assert standing(town)["microfactory", OWN]["number"] == made["number"]
    past = town.client("reviewer").get("/v1/limits", params={"subject": OWN, "which": "all"}).json()["items"]
    assert [one["ended_at"] is None for one in past] == [True, False]
    (line,) = [
        one
        for one in town.client("admin").get("/v1/audit").json()["items"]
        if one["action"] == "limits-renewed"
    ]
    assert (line["facts"]["name"], line["facts"]["reason"]) == (OWN, "softer brass")
    # What was said by the limits before stays said.
    look(town.state)
    assert len(town.client("reviewer").get("/v1/alerts").json()["items"]) == 1


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"seen": None}, (409, "/problems/limits-unseen")),
        ({"since": week(2).isoformat()}, (422, "/problems/invalid")),
        ({"until": week(0).isoformat()}, (422, "/problems/invalid")),
        ({"reason": ""}, (422, "/problems/invalid")),
        ({"subject": "mf-none", "seen": None}, (422, "/problems/too-few")),
    ],
)
def test_limits_that_cannot_be_are_refused(
    town: Town, changed: dict[str, Any], expected: tuple[int, str]
) -> None:
    answer = renew(town, **changed)
    assert (answer.status_code, answer.json()["type"]) == expected


def test_the_weeks_are_shown_with_what_the_rules_make_of_them(town: Town) -> None:
    numbers = {of: one["number"] for of, one in standing(town).items()}
    client = town.client("reviewer")
    own = client.get(f"/v1/limits/{numbers['microfactory', OWN]}/weeks").json()
    assert [one["first_phase"] for one in own["items"]] == [True] * 13 + [False] * 17
    evidence = [one["evidence"] for one in own["items"][13:]]
    assert evidence[6] < 200 < evidence[-1]
    assert own["items"][-1]["signals"] == ["worsening"]
    network = client.get(f"/v1/limits/{numbers['network', '']}/weeks").json()
    last = network["items"][-1]
    assert (last["evidence"], last["signals"]) == (None, [])
    assert last["lower"] < last["share"] < last["upper"]
    for number in numbers.values():
        drawing = client.get(f"/v1/limits/{number}/chart.svg", params={"theme": "dark", "narrow": "true"})
        assert ElementTree.fromstring(drawing.text).tag == "{http://www.w3.org/2000/svg}svg"
    table = client.get(f"/v1/limits/{numbers['network', '']}/weeks", params={"format": "csv"})
    assert len(table.text.splitlines()) == WEEKS + 1
    assert client.get("/v1/limits/999/weeks").status_code == 404
