"""Workshops or a factory over HTTP: with the ledger's figures where it has enough, and what was entered."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.parts.served import OTHER, OWN, Town, serve
from tests.service.numbers.making import NOW, add, make_work
from ubora.service.ledger.clock import next_number
from ubora.service.ledger.tables import Lot
from ubora.service.numbers.window import Window
from ubora.service.scale.measured import lead_days, still_weeks

WEEKS = 8
WINDOW = Window((NOW - timedelta(days=7 * WEEKS)).date(), (NOW - timedelta(days=1)).date())
QUERY = {"since": WINDOW.since.isoformat(), "until": WINDOW.until.isoformat()}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, releases: Path) -> Iterator[Town]:
    """Eight weeks: one workshop works in each, the other in the first of them and one more."""
    with serve(tmp_path_factory.mktemp("town"), releases, clock=lambda: NOW) as town:
        with town.state.ledger.write() as session:
            make_work(session)
            for week in range(1, WEEKS + 1):
                for piece in range(10):
                    status = "rejected" if piece == 0 else "passed"
                    add(session, status, f"{week}-{piece}", days_ago=7 * week - 1, lot=f"L{week}")
                if week in (WEEKS, 3):
                    add(session, "passed", "1", days_ago=7 * week - 1, workshop=OTHER, lot=f"O{week}")
                session.add(
                    Lot(
                        id=f"L{week}",
                        number=next_number(session),
                        microfactory=OWN,
                        design="disc",
                        pieces=10,
                        views=["front"],
                        note="",
                        opened_at=NOW - timedelta(days=7 * week),
                        closed_at=NOW - timedelta(days=7 * week - 5),
                    )
                )
        yield town


def ask(town: Town, path: str = "", **query: Any) -> Any:
    answer = town.client("engineer").get(f"/v1/scale{path}", params={**QUERY, **query})
    assert answer.status_code == 200, answer.text
    return answer


def assumptions(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in answer["assumptions"]}


def test_the_ledger_tells_how_often_workshops_stand_still_and_how_long_a_lot_takes(hub: Town) -> None:
    with hub.state.ledger.read() as session:
        assert still_weeks(session, WINDOW) == (6, 16)
        assert sorted(lead_days(session, WINDOW)) == [4.0] * 8
    found = assumptions(ask(hub).json())
    assert (found["n_still"]["value"], found["n_still"]["source"]) == (6 / 16, "ledger")
    assert (found["n_lead"]["value"], found["n_lead"]["source"]) == (4, "ledger")
    assert found["n_scrap"]["value"] == pytest.approx(8 / 82)
    assert found["n_first_pass"]["value"] == pytest.approx(74 / 82)
    # What was made on trial is no demand.
    assert found["demand"]["source"] == "default"


def test_an_empty_ledger_leaves_the_defaults_which_say_that_they_are_guesses(town: Town) -> None:
    answer = town.client("reviewer").get("/v1/scale").json()
    found = assumptions(answer)
    assert {one["source"] for one in found.values()} == {"default", "prices"}
    assert {one["default_from"] for one in found.values()} == {"guess"}
    assert answer["sensitivity"][0]["name"] in found
    assert answer["network"]["cost"] == pytest.approx(sum(part["network"] for part in answer["parts"]))


def test_what_an_admin_enters_is_another_version_and_changes_the_answer(hub: Town) -> None:
    before = ask(hub).json()
    body = {"seen": None, "figures": {"n_wage": 900}, "why": "as paid in Kibera"}
    assert hub.client("engineer").put("/v1/scale/assumptions", json=body).status_code == 403
    made = hub.client("admin").put("/v1/scale/assumptions", json=body).json()
    after = ask(hub).json()
    assert after["version"] == made["version"]
    assert assumptions(after)["n_wage"]["source"] == "entered"
    assert after["difference"] > before["difference"]
    assert after["history"][0]["why"] == "as paid in Kibera"


def test_all_of_it_is_a_file_and_a_picture(hub: Town) -> None:
    rows = list(csv.DictReader(io.StringIO(ask(hub, format="csv").content.decode("utf-8-sig"))))
    assert {"assumption", "cost", "break-even", "network at volume"} <= {row["what"] for row in rows}
    for theme in ("light", "dark"):
        assert ask(hub, "/chart.svg", theme=theme).content.startswith(b"<?xml")
