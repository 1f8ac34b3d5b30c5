"""The cost of quality over HTTP: prices in versions, curves of the ledger's own pieces, money by kind."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.parts.served import Town, serve
from tests.service.numbers.making import NOW, add, make_work
from ubora.service.ledger.pieces import recount_piece
from ubora.service.ledger.tables import AuditDraw, Inspection, Review

WEEK = {"since": "2026-11-17", "until": "2026-11-23"}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, releases: Path) -> Iterator[Town]:
    """120 flagged pieces that people decided, and 300 passed ones, of which 60 were drawn and looked at."""
    with serve(tmp_path_factory.mktemp("town"), releases, clock=lambda: NOW) as town:
        with town.state.ledger.write() as session:
            make_work(session)
            for number in range(120):
                bad = number % 2 == 0
                score = 0.9 if bad else 0.6
                add(session, "rework" if bad else "accepted", f"f{number}", scores=scores(score))
            for number in range(300):
                row = add(session, "passed", f"p{number}", scores=scores(0.3 if number < 20 else 0.1))
                if number % 5 == 0:
                    session.add(AuditDraw(inspection=row.id, received_at=row.received_at, share=0.2))
                    session.flush()
                    # Every second one of the first twenty is defective.
                    look_at(session, row, "rework" if number < 20 else "accepted")
        yield town


def scores(tarnish: float) -> dict[str, float]:
    return {"tarnish": tarnish, "scratch": 0.01}


def look_at(session: Session, row: Inspection, status: str) -> None:
    session.add(
        Review(
            id=f"{row.id[:-4]}look",
            inspection=row.id,
            fingerprint="",
            disposition="accept" if status == "accepted" else "rework",
            note="",
            reviewer="Wanjiku",
            at=NOW,
        )
    )
    row.status = status
    session.flush()
    recount_piece(session, row)


def ask(town: Town, path: str = "", **query: Any) -> Any:
    answer = town.client("engineer").get(f"/v1/quality-costs{path}", params={**WEEK, **query})
    assert answer.status_code == 200, answer.text
    return answer


def test_where_people_decided_enough_the_curve_is_of_the_ledgers_own_pieces(hub: Town) -> None:
    found = ask(hub).json()
    assert (found["release"], found["policy"], found["ledger"]["enough"]) == ("tiny-1", None, True)
    assert (found["ledger"]["looked_at"], found["ledger"]["escaped"]) == (60, 4)
    (curve,) = found["curves"]
    # 60 flagged ones, and 4 of 60 looked at standing for 20 of 300.
    assert (curve["of"], curve["rate_counted"]) == ("ledger", True)
    assert curve["defect_rate"] == pytest.approx(80 / 420)
    assert curve["now"]["missed"] == pytest.approx(20 / 80)
    assert curve["now"]["flagged"] == pytest.approx(60 / 340)
    assert found["pieces_a_week"] == 420


def test_the_cheapest_setting_flags_no_good_piece_that_can_be_told_from_a_defective_one(hub: Town) -> None:
    curve = ask(hub).json()["curves"][0]
    assert curve["cheapest"]["kes"] < curve["now"]["kes"]
    low, high = curve["cheapest_odds"]
    assert low <= curve["cheapest"]["odds"] <= high


def test_one_class_may_be_moved_alone(hub: Town) -> None:
    moved = ask(hub, defect="scratch").json()["curves"][0]
    # Nothing is flagged for a scratch, so nothing changes where it is made stricter.
    assert moved["points"][-1]["missed"] == moved["now"]["missed"]
    assert hub.client("engineer").get("/v1/quality-costs", params={"defect": "x"}).status_code == 422


def test_the_curve_is_a_file_and_a_picture_too(hub: Town) -> None:
    rows = list(csv.DictReader(io.StringIO(ask(hub, format="csv").content.decode("utf-8-sig"))))
    assert len(rows) == 81
    assert float(rows[40]["step"]) == 0
    for theme in ("light", "dark"):
        drawn = ask(hub, "/chart.svg", theme=theme).text
        assert drawn.startswith("<?xml")
        assert ask(hub, theme=theme).json()["chart"] == drawn
    assert ask(hub).json()["chart"] is None


def test_money_is_counted_by_kind(hub: Town) -> None:
    found = ask(hub, "/spent").json()
    lines = {line["what"]: (line["kind"], line["count"], line["kes"]) for line in found["items"]}
    assert lines["reviews"] == ("appraisal", 180, 180 * 1.5 * 6)
    assert lines["false-flags"] == ("internal", 60, 60 * 40)
    assert lines["rework"] == ("internal", 64, 64 * 150)
    assert lines["returns"] == ("external", 0, 0)
    assert found["kes"] == sum(kind["kes"] for kind in found["kinds"])
    # 240 passed ones that nobody looked at, of which 4 of 60 are defective.
    assert found["not_found_yet"] == pytest.approx(240 * 4 / 60 * 1200)
    low, high = found["not_found_interval"]
    assert low < found["not_found_yet"] < high
    rows = list(csv.DictReader(io.StringIO(ask(hub, "/spent", format="csv").content.decode("utf-8-sig"))))
    assert [row["kind"] for row in rows] == [line["kind"] for line in found["items"]]


def test_prices_are_kept_in_versions_with_who_and_why(hub: Town) -> None:
    admin = hub.client("admin")
    before = admin.get("/v1/quality-prices").json()
    assert (before["version"], {one["entered"] for one in before["figures"]}) == (None, {False})
    assert all(one["source"].startswith("guess") for one in before["figures"])
    body = {"seen": None, "figures": {"caught": 0.0}, "why": "as measured"}
    made = admin.put("/v1/quality-prices", json=body).json()
    assert (made["history"][0]["by"], made["history"][0]["why"]) == ("admin", "as measured")
    stale = admin.put("/v1/quality-prices", json=body)
    assert (stale.status_code, stale.json()["type"]) == (409, "/problems/figures-unseen")
    for figures in ({"escap": 1}, {"caught": 2}):
        wrong = admin.put("/v1/quality-prices", json={**body, "seen": made["version"], "figures": figures})
        assert wrong.status_code == 422
    line = admin.get("/v1/audit").json()["items"][0]
    assert (line["action"], line["subject"], line["facts"]["caught"]) == ("figures-entered", "quality", "0")


def test_an_empty_ledger_says_that_it_knows_too_little(town: Town) -> None:
    found = town.client("reviewer").get("/v1/quality-costs").json()
    assert (found["ledger"]["enough"], found["curves"], found["measured"]) == (False, [], [])
    spent = town.client("reviewer").get("/v1/quality-costs/spent").json()
    assert (spent["kes"], spent["not_found_yet"]) == (0, None)
