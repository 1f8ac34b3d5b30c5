"""Defects, funnel, time and escapes: their figures, and that each chart is a drawing of them."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.parts.served import OTHER, OWN, Town, serve
from tests.service.numbers.making import NOW, add, make_work, review
from ubora.service.ledger.tables import AuditDraw
from ubora.service.statistics.charts import p_prime
from ubora.service.statistics.rates import exact
from ubora.service.words import speaker
from ubora.service.workshops.microfactories import MicrofactoryBody, save_microfactory

DAYS = {"since": (NOW - timedelta(days=139)).date().isoformat(), "until": NOW.date().isoformat()}
WEEKS = 20
SAY = speaker("en")
SMALL = "mf-small"


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory, releases: Path) -> Iterator[Town]:
    """Twenty weeks of two workshops, the last of them a bad one; and a workshop of three pieces."""
    with serve(tmp_path_factory.mktemp("counted"), releases, clock=lambda: NOW) as town:
        with town.state.ledger.write() as session:
            make_work(session)
            save_microfactory(session, SMALL, MicrofactoryBody(name="Small", place="Nairobi"))
            session.flush()
            for week in range(WEEKS):
                for piece in range(10):
                    bad = piece == week % 10 or (week == 0 and piece < 7)
                    status = "rework" if bad else "passed"
                    found = ("dent", "pit") if piece % 2 else ("crack",)
                    workshop = OWN if piece < 5 or week == 0 else OTHER
                    add(session, status, f"{week}-{piece}", days_ago=7 * week, workshop=workshop, found=found)
            for piece in range(3):
                add(session, "passed", f"{piece}", workshop=SMALL)
        yield town


def _get(town: Town, path: str, **params: Any) -> Any:
    answer = town.client("engineer").get(f"/v1/numbers/{path}", params={**DAYS, **params})
    assert answer.status_code == 200, answer.text
    return answer.json()


def _drawing(town: Town, path: str, **params: Any) -> str:
    answer = town.client("engineer").get(f"/v1/numbers/{path}/chart.svg", params={**DAYS, **params})
    assert answer.headers["content-type"] == "image/svg+xml"
    assert ElementTree.fromstring(answer.text).tag == "{http://www.w3.org/2000/svg}svg"
    return answer.text


def test_defects_come_most_first_with_their_share_of_all(counted: Town) -> None:
    items = _get(counted, "defects")["items"]
    counts = {item["defect"]: item["confirmed"] for item in items}
    assert [item["confirmed"] for item in items] == sorted(counts.values(), reverse=True)
    everything = sum(counts.values())
    assert [round(item["share"] * everything) for item in items] == list(counts.values())
    assert items[-1]["cumulative"] == pytest.approx(1)
    of_one = {
        item["defect"]: item["confirmed"] for item in _get(counted, "defects", microfactory=OWN)["items"]
    }
    of_other = {
        item["defect"]: item["confirmed"] for item in _get(counted, "defects", microfactory=OTHER)["items"]
    }
    assert {name: of_one.get(name, 0) + of_other.get(name, 0) for name in counts} == counts
    drawing = _drawing(counted, "defects")
    assert {name for name in counts if f">{SAY(f'defect.{name}')}<" in drawing} == set(counts)


def test_a_workshop_of_three_pieces_has_no_place_in_the_funnel(counted: Town) -> None:
    answer = _get(counted, "funnel", target=0.9)
    places = {item["microfactory"]: item["place"] for item in answer["items"]}
    assert places == {OWN: "within", OTHER: "within", SMALL: "too-few"}
    assert (answer["target"], answer["target_given"], answer["fewest_pieces"]) == (0.9, True, 20)
    borders = answer["borders"]
    assert borders[0]["decided"] == 20
    assert borders[0]["low_998"] <= borders[-1]["low_998"] < 0.9 < borders[-1]["high_998"]
    assert [item["microfactory"] for item in answer["items"]] == sorted(places)
    # Who is where stands in the table alone.
    assert SMALL not in _drawing(counted, "funnel") + _drawing(counted, "funnel", theme="dark")


def test_without_a_target_the_funnel_is_about_the_networks_own_rate(counted: Town) -> None:
    answer = _get(counted, "funnel")
    decided, passed = (sum(item[name] for item in answer["items"]) for name in ("decided", "passed"))
    assert (answer["target"], answer["target_given"]) == (passed / decided, False)


def test_where_all_passed_there_is_no_funnel(town: Town) -> None:
    with town.state.ledger.write() as session:
        make_work(session)
        add(session, "passed", "1")
    answer = town.client("reviewer").get("/v1/numbers/funnel", params=DAYS).json()
    assert (answer["target"], answer["borders"], answer["items"][0]["place"]) == (None, [], "too-few")
    assert town.client("reviewer").get("/v1/numbers/funnel/chart.svg", params=DAYS).status_code == 200


def test_a_bad_week_signals_against_the_weeks_before(counted: Town) -> None:
    answer = _get(counted, "over-time", baseline=WEEKS - 1)
    points = answer["items"]
    assert [point["start"] for point in points] == [
        (NOW.date() - timedelta(days=7 * week)).isoformat() for week in reversed(range(WEEKS))
    ]
    passed, decided = [point["passed"] for point in points], [point["decided"] for point in points]
    chart = p_prime(passed, decided, WEEKS - 1)
    assert (answer["centre"], answer["sigma_z"]) == (chart.centre, chart.sigma_z)
    assert [point["lower"] for point in points] == chart.lower.tolist()
    assert "beyond" in points[-1]["signals"]
    assert not any("beyond" in point["signals"] for point in points[:-1])
    assert answer["enough"]
    _drawing(counted, "over-time", baseline=WEEKS - 1)


def test_days_without_pieces_are_points_without_a_rate(counted: Town) -> None:
    points = _get(counted, "over-time", every="day", microfactory=OWN)["items"]
    assert len(points) == 7 * (WEEKS - 1) + 1
    assert points[1] == {
        "start": (date.fromisoformat(points[0]["start"]) + timedelta(days=1)).isoformat(),
        "decided": 0,
        "passed": 0,
        "pass_rate": None,
        "lower": None,
        "upper": None,
        "signals": [],
    }


def test_a_few_weeks_are_drawn_and_nothing_of_them_is_called_a_signal(counted: Town) -> None:
    since = (NOW - timedelta(days=21)).date().isoformat()
    answer = _get(counted, "over-time", since=since)
    assert (answer["enough"], answer["shift"]) == (False, False)
    assert {tuple(point["signals"]) for point in answer["items"]} == {()}


def test_a_network_that_made_nothing_has_empty_charts(town: Town) -> None:
    client = town.client("reviewer")
    for path in ("defects", "funnel", "over-time"):
        assert client.get(f"/v1/numbers/{path}/chart.svg").status_code == 200
    answer = client.get("/v1/numbers/over-time").json()
    assert (answer["centre"], [point["decided"] for point in answer["items"]]) == (None, [0])


def test_one_bad_week_after_none_signals_and_does_not_signal_for_ever(town: Town) -> None:
    with town.state.ledger.write() as session:
        make_work(session)
        for week in range(16):
            for piece in range(4):
                bad = week == 5 and piece == 0
                add(session, "rework" if bad else "passed", f"{week}-{piece}", days_ago=7 * week)
    params = {**DAYS, "baseline": "10"}
    points = town.client("reviewer").get("/v1/numbers/over-time", params=params).json()["items"]
    assert points[10]["signals"] == ["beyond", "ewma", "cusum"]
    assert points[-1]["signals"] == []


def test_too_many_points_are_refused(counted: Town) -> None:
    client = counted.client("engineer")
    with counted.state.ledger.write() as session:
        add(session, "passed", "old", days_ago=900)
    days = {"since": "2020-01-01", "until": DAYS["until"], "every": "day"}
    answer = client.get("/v1/numbers/over-time", params=days)
    assert (answer.status_code, answer.json()["detail"].split(":")[0]) == (
        422,
        "901 points, expected 400 at most",
    )


def test_escapes_are_weighed_by_the_share_that_was_drawn_then(town: Town) -> None:
    with town.state.ledger.write() as session:
        make_work(session)
        for number in range(30):
            row = add(session, "passed", f"{number}")
            session.add(
                AuditDraw(inspection=row.id, received_at=row.received_at, share=0.1 if number < 10 else 0.5)
            )
            session.flush()
            if number < 8 or number >= 15:
                review(session, row, "rework" if number < 2 else "accept")
    answer = town.client("reviewer").get("/v1/numbers/escape-rate", params=DAYS).json()
    shares = [
        (one["share"], one["passed"], one["drawn"], one["looked_at"], one["escaped"])
        for one in answer["items"]
    ]
    assert shares == [(0.1, 100, 10, 8, 2), (0.5, 40, 20, 15, 0)]
    assert answer["escape_rate"] == pytest.approx(2 / 8 * 100 / 140)
    low, high = answer["interval"]
    assert 0 < low < answer["escape_rate"] < high < exact(2, 8)[1]


def test_where_nobody_looked_no_escape_rate_is_said(town: Town) -> None:
    answer = town.client("reviewer").get("/v1/numbers/escape-rate", params=DAYS).json()
    assert (answer["escape_rate"], answer["interval"], answer["looked_at"]) == (None, [0, 1], 0)
