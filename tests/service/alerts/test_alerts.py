"""An alert: raised once, brought up, withdrawn by late decisions, acknowledged, and begun anew."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.parts.clocks import SteppedClock
from tests.parts.served import OTHER, OWN, Town, serve
from tests.service.alerts.making import count_facet, count_network, count_workshop, week
from tests.service.numbers.making import NOW, make_work
from ubora.service.alerts.keeping import Kept
from ubora.service.alerts.loop import look
from ubora.service.ledger.database import wall_clock

BEGAN = 20
"""Weeks ago."""
FIRST_PHASE = 13


@pytest.fixture
def clock() -> SteppedClock:
    """Nine o'clock on a Monday, and whatever is stepped from there."""
    stepped = SteppedClock()
    stepped.ahead = NOW - wall_clock()
    return stepped


@pytest.fixture
def town(tmp_path: Path, releases: Path, clock: SteppedClock) -> Iterator[Town]:
    with serve(tmp_path, releases, clock=clock) as running:
        with running.state.ledger.write() as session:
            make_work(session)
        yield running


def worse(town: Town, since: int = 6) -> None:
    """A workshop that made eight good pieces of eight, and half of them since; beside another, steady one."""
    with town.state.ledger.write() as session:
        for ago in range(BEGAN, 0, -1):
            bad = ago <= since
            count_workshop(session, OWN, ago, 4 if bad else 8, 8)
            count_workshop(session, OTHER, ago, 9, 10)


def said(weeks_ago: int) -> str:
    return f"{week(weeks_ago):%d/%m/%Y}"


def listed(town: Town, which: str = "open", **params: Any) -> list[dict[str, Any]]:
    answer = town.client("reviewer").get("/v1/alerts", params={"which": which, **params})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def acknowledge(town: Town, alert: str, note: str = "a new hand", who: str = "reviewer") -> int:
    path = f"/v1/alerts/{alert}/acknowledgement"
    return town.client(who).post(path, json={"note": note}).status_code


def test_a_workshop_that_got_worse_is_named_once_with_its_figures_and_the_pieces_behind_them(
    town: Town,
) -> None:
    worse(town)
    assert (look(town.state), look(town.state)) == (Kept(1, 0), Kept(0, 0))
    (alert,) = listed(town)
    assert (alert["kind"], alert["subject"], alert["rule"]) == ("microfactory", OWN, "worsening")
    figures = alert["figures"]
    assert (figures["since"], figures["passed"], figures["decided"]) == (week(6).isoformat(), 24, 48)
    assert figures["evidence"] > figures["threshold"] == 200
    text = alert["text"]["en"].replace("\N{NO-BREAK SPACE}", " ")
    assert text.startswith(
        f"{OWN}: fewer pieces pass than before. Since the week of {said(6)}: 24 of 48 (50.0 %);"
    )
    assert "24 kati ya 48" in alert["text"]["sw"]
    assert f"since={week(6)}" in alert["pieces_url"]
    assert town.client("reviewer").get(alert["pieces_url"]).status_code == 200
    assert town.client("engineer").get("/v1/alerts/counts").json() == {"open": 1}
    assert town.client("engineer").get(f"/v1/alerts/{alert['id']}").json() == alert


def test_decisions_that_come_later_bring_an_alert_up_and_withdraw_it_and_may_raise_it_again(
    town: Town,
) -> None:
    worse(town)
    look(town.state)
    (before,) = listed(town)
    with town.state.ledger.write() as session:
        count_workshop(session, OWN, 1, 2, 8)
    assert look(town.state) == Kept(0, 0)
    (after,) = listed(town)
    assert (after["id"], after["figures"]["passed"]) == (before["id"], 22)
    with town.state.ledger.write() as session:
        for ago in range(1, 7):
            count_workshop(session, OWN, ago, 8, 8)
    assert look(town.state) == Kept(0, 1)
    assert listed(town) == []
    (gone,) = listed(town, "withdrawn")
    assert gone["withdrawn_at"] is not None
    worse(town)
    assert look(town.state) == Kept(1, 0)
    assert [(one["id"], one["withdrawn_at"]) for one in listed(town, "all")] == [(before["id"], None)]


def test_an_acknowledged_alert_keeps_its_note_and_its_evidence_begins_anew(
    town: Town, clock: SteppedClock
) -> None:
    worse(town)
    look(town.state)
    (alert,) = listed(town)
    assert acknowledge(town, alert["id"]) == 200
    assert acknowledge(town, alert["id"]) == 409
    (kept,) = listed(town, "acknowledged")
    assert (kept["note"], kept["acknowledged_by"]) == ("a new hand", "reviewer")
    assert look(town.state) == Kept(0, 0)
    clock.ahead += timedelta(weeks=6)
    with town.state.ledger.write() as session:
        for ago in range(-1, -6, -1):
            count_workshop(session, OWN, ago, 3, 8)
    assert look(town.state) == Kept(1, 0)
    (again,) = listed(town)
    assert again["figures"]["since"] == week(-1).isoformat()
    audit = town.client("admin").get("/v1/audit").json()["items"]
    assert [line["subject"] for line in audit if line["action"] == "alert-acknowledged"] == [alert["id"]]


def test_a_bad_week_of_the_network_and_a_class_that_became_frequent_are_beyond_their_limits(
    town: Town,
) -> None:
    with town.state.ledger.write() as session:
        for ago in range(BEGAN, 0, -1):
            passed, dents = (450 + ago % 3, 30 - ago % 4) if ago != 2 else (380, 90)
            count_network(session, ago, passed, 500)
            count_facet(session, "defect", "dent", ago, dents)
    look(town.state)
    found = {(one["kind"], one["subject"], one["rule"]): one for one in listed(town)}
    assert {("network", "", "beyond-worse"), ("defect", "dent", "beyond-worse")} <= set(found)
    network = found["network", "", "beyond-worse"]
    assert (network["week"], network["figures"]["passed"]) == (week(2).isoformat(), 380)
    assert network["text"]["en"].startswith(f"The whole network: in the week of {said(2)} 380 of 500")
    dent = found["defect", "dent", "beyond-worse"]["text"]
    assert dent["en"].startswith(
        f"Dent: in the week of {said(2)} 90 of 500 pieces had it (18.0\N{NO-BREAK SPACE}%), more than"
    )
    assert town.client("reviewer").get(network["pieces_url"]).status_code == 200


def test_a_release_whose_photos_are_to_be_taken_again_more_is_named(town: Town) -> None:
    with town.state.ledger.write() as session:
        for ago in range(12, 0, -1):
            count_facet(session, "release", "tiny-1", ago, 180, retakes=20 + ago % 3 if ago > 1 else 80)
    look(town.state)
    (alert,) = listed(town, kind="retakes")
    assert (alert["subject"], alert["rule"]) == ("tiny-1", "beyond-worse")
    assert "80 of 260 photos were to be taken again (30.8\N{NO-BREAK SPACE}%)" in alert["text"]["en"]


def test_few_weeks_have_no_limits_and_nothing_of_them_is_a_signal(town: Town) -> None:
    with town.state.ledger.write() as session:
        for ago in range(FIRST_PHASE - 1, 0, -1):
            count_workshop(session, OWN, ago, 0 if ago < 4 else 8, 8)
    assert look(town.state) == Kept(0, 0)
    assert town.client("reviewer").get("/v1/limits").json()["items"] == []


def test_the_list_is_a_file_too_and_comes_in_pages(town: Town) -> None:
    worse(town)
    with town.state.ledger.write() as session:
        for ago in range(BEGAN, 0, -1):
            count_workshop(session, OTHER, ago, 3 if ago < 6 else 9, 10)
    look(town.state)
    client = town.client("admin")
    first = client.get("/v1/alerts", params={"limit": 1}).json()
    second = client.get("/v1/alerts", params={"limit": 1, "cursor": first["next_cursor"]}).json()
    names = {one["subject"] for page in (first, second) for one in page["items"]}
    assert (names, second["next_cursor"]) == ({OWN, OTHER}, None)
    answer = client.get("/v1/alerts", params={"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {row["subject"] for row in rows} == {OWN, OTHER}
    assert answer.content.startswith(b"\xef\xbb\xbf")


def test_an_alert_that_there_is_not_is_404(town: Town) -> None:
    assert town.client("admin").get("/v1/alerts/none").status_code == 404
    assert acknowledge(town, "none") == 404
