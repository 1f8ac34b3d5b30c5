"""The report of a month: Nairobi's days, counts with their interval, two languages, and no word of peers."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.parts.served import OTHER, OWN, Town, clean, dark, serve, tarnished
from tests.service.numbers.making import NOW, add, make_work, review
from ubora.models.intervals import wilson
from ubora.service.http.errors import Problem
from ubora.service.ledger.pieces import recount_piece
from ubora.service.ledger.tables import Lot
from ubora.service.reports.months import Month, read_month

MONTH = "2026-11"


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory, releases: Path) -> Iterator[Town]:
    with serve(tmp_path_factory.mktemp("reported"), releases, clock=lambda: NOW) as town:
        with town.state.ledger.write() as session:
            make_work(session)
            for number in range(18):
                add(session, "passed", f"{number}", days_ago=number)
            for number in range(2):
                row = add(session, "pending", f"r{number}", found=("dent",))
                review(session, row, "rework", "Wanjiku", ("tarnish",))
            add(session, "pending", "w", found=("pit",))
            add(session, "retake", "t")
            add(session, "rework", "x", workshop=OTHER, found=("crack",))
            for number, workshop in enumerate((OWN, OWN, OTHER)):
                session.add(
                    Lot(
                        id=f"PO-{number}",
                        number=number,
                        microfactory=workshop,
                        design="disc",
                        pieces=40,
                        views=["front"],
                        note="",
                        opened_at=NOW,
                        closed_at=NOW if number == 1 else None,
                    )
                )
            # Two in the morning of the first in Nairobi is the day before by UTC.
            for name, hour in (("n", 23), ("o", 20)):
                row = add(session, "passed", name)
                row.received_at = datetime(2026, 10, 31, hour, tzinfo=UTC)
                session.flush()
                recount_piece(session, row)
        yield town


def _page(town: Town, path: str, who: str = "engineer", language: str = "en") -> str:
    answer = town.client(who).get(path, params={"language": language})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    return answer.text


def test_a_month_is_nairobis_and_its_figures_are_those_of_its_pieces(reported: Town) -> None:
    with reported.state.ledger.read() as session:
        found = read_month(session, Month.read(MONTH), OWN)
        everyone = read_month(session, Month.read(MONTH), None)
        before = read_month(session, Month.read("2026-10"), OWN)
    assert (found.decided, found.passed, found.pending, found.retakes) == (21, 19, 1, 1)
    assert found.interval == wilson(19, 21)
    assert found.defects == [("tarnish", 2)]
    assert [(one.lot, one.ordered, one.closed) for one in found.lots] == [
        ("PO-0", 40, False),
        ("PO-1", 40, True),
    ]
    assert (everyone.decided, everyone.workshops, everyone.lots_open) == (22, 2, 3)
    assert (before.decided, before.lots) == (1, [])


def test_a_workshops_report_says_its_counts_its_tips_and_nothing_of_others(reported: Town) -> None:
    page = _page(reported, f"/v1/microfactories/{OWN}/reports/{MONTH}", "artisan")
    assert "19 of 21 decided pieces." in page
    low, high = wilson(19, 21) or (0, 0)
    assert f"between {100 * low:.1f} % and {100 * high:.1f} %" in page
    assert "Report of November 2026" in page
    assert "The month is not over yet." in page
    assert "data:image/svg+xml;base64," in page
    assert [name for name in (OTHER, "Crack", "PO-2", "All workshops") if name in page] == []


def test_the_networks_report_is_the_hubs_alone(reported: Town) -> None:
    page = _page(reported, f"/v1/reports/{MONTH}")
    assert "19 of 22 decided pieces." in page
    assert "Workshops with decided pieces: 2." in page
    assert OWN not in page
    assert reported.client("artisan").get(f"/v1/reports/{MONTH}").status_code == 403


def test_it_speaks_the_language_that_is_asked_for(reported: Town) -> None:
    page = _page(reported, f"/v1/microfactories/{OWN}/reports/{MONTH}", language="sw")
    assert '<html lang="sw">' in page
    assert "Ripoti ya Novemba 2026" in page
    assert "decided" not in page


def test_a_month_of_nothing_says_so(reported: Town) -> None:
    assert "Nothing was decided this month." in _page(reported, "/v1/reports/2020-02")


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "1999-12", "november"])
def test_what_is_no_month_is_refused(reported: Town, month: str) -> None:
    assert reported.client("engineer").get(f"/v1/reports/{month}").status_code == 422
    with pytest.raises(Problem, match="expected one as 2026-11"):
        Month.read(month)


def test_a_month_is_from_its_first_to_its_last_day() -> None:
    assert Month.read("2028-02") == Month(date(2028, 2, 1), date(2028, 2, 29))
    assert Month.read("2026-12").last == date(2026, 12, 31)


def test_the_network_today_says_what_came_and_what_waits(town: Town) -> None:
    with town.state.ledger.write() as session:
        make_work(session)
    town.send(clean(), piece="1")
    town.send(tarnished(), piece="2")
    town.send(dark(), piece="3")
    answer = town.client("engineer").get("/v1/network").json()
    told = {
        name: answer[name] for name in ("pieces", "passed", "pending", "retakes", "workshops", "lots_open")
    }
    assert told == {"pieces": 2, "passed": 1, "pending": 1, "retakes": 1, "workshops": 1, "lots_open": 0}
    load = answer["load"]
    assert (load["waiting"], load["contested"], load["under_a_day"], load["over_three_days"]) == (1, 0, 1, 0)
    assert load["came_a_day"] == pytest.approx(1 / 7)
    town.review(
        town.client("engineer").get("/v1/inspections?verdict=flag").json()["items"][0]["id"], "accept"
    )
    load = town.client("engineer").get("/v1/network").json()["load"]
    assert [load["waiting"], load["oldest_at"]] == [0, None]
    assert load["decided_a_day"] == pytest.approx(1 / 7)
