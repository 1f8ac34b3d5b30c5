"""Pass rates by anything, the pieces behind each, and what a spreadsheet gets of them."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.parts.served import OTHER, OWN, Town, serve
from tests.service.numbers.making import NOW, add, make_work, review
from ubora.models.intervals import wilson
from ubora.service.workshops.microfactories import MicrofactoryBody, save_microfactory
from ubora.service.workshops.spreadsheet import cell

MONTH = {"since": "2026-10-25", "until": "2026-11-23"}
"""Thirty days up to the day of NOW."""


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory, releases: Path) -> Iterator[Town]:
    """Two workshops, two designs, two reviewers, and some pieces of the month before."""
    with serve(tmp_path_factory.mktemp("counted"), releases, clock=lambda: NOW) as town:
        with town.state.ledger.write() as session:
            make_work(session)
            for number in range(9):
                add(session, "passed", f"{number}", days_ago=number)
            row = add(session, "pending", "9", found=("dent",))
            review(session, row, "rework", "Wanjiku", ("dent", "crack"))
            for number in range(4):
                row = add(session, "pending", f"{number}", workshop=OTHER, design="comb", days_ago=7)
                review(session, row, "accept" if number else "reject", "=Omondi", ("crack",))
            add(session, "pending", "5", workshop=OTHER, design="comb", found=("pit",))
            add(session, "retake", "6", workshop=OTHER, design="comb")
            # Of the month before.
            for number in range(60):
                add(session, "passed" if number < 20 else "rework", f"b{number}", days_ago=40)
        yield town


def _rates(town: Town, by: str, **params: Any) -> dict[str, dict[str, Any]]:
    answer = _get(town, "pass-rates", by=by, **params).json()
    return {item["name"]: item for item in answer["items"]}


def _get(town: Town, path: str, **params: Any) -> httpx.Response:
    answer = town.client("engineer").get(f"/v1/numbers/{path}", params={**MONTH, **params})
    assert answer.status_code == 200, answer.text
    return answer


def _brief(rates: dict[str, dict[str, Any]]) -> dict[str, tuple[int, int, int, int]]:
    return {
        name: (rate["decided"], rate["passed"], rate["pending"], rate["retakes"])
        for name, rate in rates.items()
    }


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("microfactory", {OWN: (10, 9, 0, 0), OTHER: (4, 3, 1, 1)}),
        ("design", {"disc": (10, 9, 0, 0), "comb": (4, 3, 1, 1)}),
        ("material", {"brass": (10, 9, 0, 0), "horn": (4, 3, 1, 1)}),
        ("release", {"tiny-1": (14, 12, 1, 1)}),
        ("reviewer", {"Wanjiku": (1, 0, 0, 0), "=Omondi": (4, 3, 0, 0)}),
        ("defect", {"dent": (1, 0, 0, 0), "crack": (5, 3, 0, 0), "pit": (0, 0, 1, 0)}),
        ("week", {"2026-11-09": (1, 1, 0, 0), "2026-11-16": (11, 10, 0, 0), "2026-11-23": (2, 1, 1, 1)}),
    ],
)
def test_each_grouping_has_the_counts_that_were_made(
    counted: Town, by: str, expected: dict[str, tuple[int, int, int, int]]
) -> None:
    assert _brief(_rates(counted, by)) == expected


def test_a_rate_has_its_interval_its_first_pass_yield_and_what_it_was_before(counted: Town) -> None:
    rate = _rates(counted, "microfactory")[OWN]
    interval = wilson(9, 10)
    assert interval is not None
    assert (rate["label"], rate["pass_rate"], rate["interval"]) == (OWN, 0.9, list(interval))
    # The piece that was flagged first and sent back.
    assert (rate["first_pass_yield"], rate["first_decided"]) == (0.9, 10)
    assert (rate["passed_before"], rate["decided_before"], rate["change"]) == (20, 60, "rose")
    assert _rates(counted, "microfactory")[OTHER]["change"] == "nothing-before"


def test_two_workshops_tell_nothing_of_a_spread_so_that_nobody_is_drawn(counted: Town) -> None:
    answer = _get(counted, "pass-rates").json()
    assert (answer["drawn_toward"], {item["drawn"] for item in answer["items"]}) == (None, {None})
    assert answer["definition"].startswith("pieces passed or accepted ÷ pieces decided")


def test_small_workshops_are_drawn_toward_the_others(town: Town) -> None:
    with town.state.ledger.write() as session:
        make_work(session)
        for number, good in enumerate((9, 8, 3, 9, 10)):
            code = f"mf-{number}"
            save_microfactory(session, code, MicrofactoryBody(name=code, place="Nairobi"))
            session.flush()
            for piece in range(10):
                add(session, "passed" if piece < good else "rework", f"{piece}", workshop=code)
    answer = town.client("reviewer").get("/v1/numbers/pass-rates", params=MONTH).json()
    rates = {item["name"]: item for item in answer["items"]}
    assert 0.3 < rates["mf-2"]["drawn"] < answer["drawn_toward"] < rates["mf-4"]["drawn"] < 1
    low, high = rates["mf-4"]["drawn_interval"]
    assert low < rates["mf-4"]["drawn"] < high < 1


@pytest.mark.parametrize(
    "by", ["microfactory", "design", "material", "release", "reviewer", "defect", "week"]
)
def test_behind_each_count_stand_exactly_its_pieces(counted: Town, by: str) -> None:
    client = counted.client("reviewer")
    for rate in _rates(counted, by).values():
        pieces = client.get(f"{rate['pieces_url']}&limit=200").json()["items"]
        decided = [piece for piece in pieces if piece["status"] != "pending"]
        passed = [piece for piece in decided if piece["status"] in ("passed", "accepted")]
        found = (len(decided), len(passed), len(pieces) - len(decided))
        assert found == (rate["decided"], rate["passed"], rate["pending"])


def test_a_page_goes_on_where_the_last_one_ended(counted: Town) -> None:
    first = _get(counted, "pass-rates", limit=1).json()
    second = _get(counted, "pass-rates", limit=1, cursor=first["next_cursor"]).json()
    assert [page["items"][0]["name"] for page in (first, second)] == [OTHER, OWN]
    assert second["next_cursor"] is None


@pytest.mark.parametrize("asked", [{"params": {"format": "csv"}}, {"headers": {"Accept": "text/csv, */*"}}])
def test_a_table_is_also_a_file_for_a_spreadsheet(counted: Town, asked: dict[str, Any]) -> None:
    params = {**MONTH, "by": "reviewer", **asked.get("params", {})}
    answer = counted.client("engineer").get(
        "/v1/numbers/pass-rates", params=params, headers=asked.get("headers", {})
    )
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="pass-rates-by-reviewer.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    # Who is called like a formula is none.
    assert [(row["name"], row["decided"], row["passed"]) for row in rows] == [
        ("'=Omondi", "4", "3"),
        ("Wanjiku", "1", "0"),
    ]


@given(st.text())
def test_no_cell_of_text_is_taken_for_a_formula(text: str) -> None:
    written = cell(text)
    assert isinstance(written, str)
    assert not written.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
    assert written in (text, f"'{text}")


def test_numbers_in_cells_stay_numbers() -> None:
    assert [cell(value) for value in (-1, -0.5, None)] == [-1, -0.5, None]


@pytest.mark.parametrize(
    "days",
    [
        {"since": "2026-11-02", "until": "2026-11-01"},
        {"since": "1999-01-01", "until": "2026-11-01"},
        {"until": "0001-01-05"},
        {"since": "yesterday"},
    ],
)
def test_days_that_make_no_window_are_refused(counted: Town, days: dict[str, str]) -> None:
    answer = counted.client("engineer").get("/v1/numbers/pass-rates", params=days)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid")


def test_the_last_thirty_days_are_asked_for_unless_somebody_says_others(counted: Town) -> None:
    answer = counted.client("engineer").get("/v1/numbers/pass-rates").json()
    assert (answer["since"], answer["until"]) == (MONTH["since"], MONTH["until"])
    assert (NOW - timedelta(days=29)).date().isoformat() == MONTH["since"]
