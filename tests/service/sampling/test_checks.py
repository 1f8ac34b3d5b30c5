"""A sample of a lot: drawn by its plan, looked at by people, decided, and how the next ones are drawn."""

import uuid
from typing import Any

import httpx
import pytest

from tests.parts.served import OWN, Town
from tests.service.numbers.making import add, make_work, review
from ubora.service.ledger.tables import Inspection, Lot
from ubora.service.sampling.sampled import left_in
from ubora.service.statistics.risks import quality_at
from ubora.service.statistics.screening import left_in_lot
from ubora.service.words import speaker

LOT = {"microfactory": OWN, "design": "disc", "pieces": 30, "views": ["front"]}


def opened(town: Town, name: str, pieces: int = 30) -> None:
    """A lot of that many pieces, all of them passed."""
    town.client("reviewer").put(f"/v1/lots/{name}", json=LOT | {"pieces": pieces})
    with town.state.ledger.write() as session:
        make_work(session)
        for number in range(pieces):
            add(session, "passed", f"{number}", lot=name)


def drawn(town: Town, lot: str, check: str | None = None, **body: Any) -> httpx.Response:
    return town.client("reviewer").put(f"/v1/lots/{lot}/checks/{check or uuid.uuid4()}", json=body)


def looked(town: Town, check: dict[str, Any], *worst: str) -> None:
    """People look at the whole sample: the first pieces are sent back for so severe a defect."""
    with town.state.ledger.write() as session:
        for at, piece in enumerate(check["sample"]):
            row = session.get_one(Inspection, piece["inspection"])
            if at < len(worst):
                review(session, row, "rework", defects=("dent",), severity=worst[at])
            else:
                review(session, row, "accept")


def checks(town: Town, lot: str) -> dict[str, Any]:
    found: dict[str, Any] = town.client("engineer").get(f"/v1/lots/{lot}/checks").json()
    return found


def decided(town: Town, check: dict[str, Any], outcome: str, note: str = "") -> httpx.Response:
    path = f"/v1/lots/{check['lot']}/checks/{check['id']}/decision"
    return town.client("reviewer").put(path, json={"outcome": outcome, "note": note})


def run(town: Town, name: str, *worst: str, **body: Any) -> dict[str, Any]:
    """A whole lot: opened, drawn, looked at, decided as the counts say."""
    opened(town, name)
    check = drawn(town, name, **body).json()
    looked(town, check, *worst)
    by_plan = checks(town, name)["items"][0]["by_plan"]
    answer: dict[str, Any] = decided(town, check, by_plan).json()
    return answer


def test_a_lot_is_sampled_looked_at_and_accepted(town: Town) -> None:
    opened(town, "PO-1", 100)
    before = checks(town, "PO-1")["next"]
    assert (before["severity"], before["settled"], before["pending"]) == ("normal", 100, 0)
    answer = drawn(town, "PO-1")
    check = answer.json()
    assert (answer.status_code, len(check["sample"]), check["level"]) == (201, 20, "II")
    plans = {
        plan["of"]: (plan["aql"], plan["pieces"], plan["accept"], plan["reject"]) for plan in check["plans"]
    }
    assert plans == {"critical": (None, 20, 0, 1), "major": (2.5, 20, 1, 2), "minor": (4.0, 20, 2, 3)}
    (major,) = (plan for plan in check["plans"] if plan["of"] == "major")
    assert major["mostly_accepted"] == pytest.approx(quality_at(20, 1, 0.95))
    assert major["seldom_accepted"] == pytest.approx(quality_at(20, 1, 0.10))
    assert (check["by_plan"], check["looked_at"], check["outcome"]) == (None, 0, None)
    assert decided(town, check, "accept").json()["type"] == "/problems/not-looked-at"
    looked(town, check, "major", "minor", "minor")
    (seen,) = checks(town, "PO-1")["items"]
    assert {plan["of"]: plan["found"] for plan in seen["plans"]} == {"critical": 0, "major": 1, "minor": 2}
    assert (seen["by_plan"], seen["looked_at"]) == ("accept", 20)
    done = decided(town, check, "accept").json()
    assert (done["outcome"], done["decided_by"]) == ("accept", "reviewer")
    # The same again is the same; another decision needs another sample.
    assert decided(town, check, "accept").json() == done
    assert decided(town, check, "refuse", "no").json()["type"] == "/problems/decided"
    actions = [line["action"] for line in town.client("admin").get("/v1/audit").json()["items"]]
    assert actions[:2] == ["lot-decided", "lot-sampled"]


@pytest.mark.parametrize("worst", [("critical",), ("major", "major"), ("minor", "minor", "minor")])
def test_a_lot_is_refused_as_soon_as_one_class_is(town: Town, worst: tuple[str, ...]) -> None:
    opened(town, "PO-1", 100)
    check = drawn(town, "PO-1").json()
    with town.state.ledger.write() as session:
        for severity, piece in zip(worst, check["sample"], strict=False):
            row = session.get_one(Inspection, piece["inspection"])
            review(session, row, "reject", defects=("crack",), severity=severity)
    (seen,) = checks(town, "PO-1")["items"]
    assert (seen["by_plan"], seen["looked_at"]) == ("refuse", len(worst))


def test_whoever_decides_against_the_counts_says_why(town: Town) -> None:
    opened(town, "PO-1")
    check = drawn(town, "PO-1").json()
    looked(town, check)
    assert decided(town, check, "refuse").status_code == 422
    done = decided(town, check, "refuse", "the clasps open").json()
    assert (done["by_plan"], done["outcome"], done["note"]) == ("accept", "refuse", "the clasps open")


def test_a_lot_is_not_sampled_before_all_its_pieces_are_decided(town: Town) -> None:
    town.client("reviewer").put("/v1/lots/PO-1", json=LOT)
    assert drawn(town, "PO-1").json()["type"] == "/problems/lot-not-decided"
    with town.state.ledger.write() as session:
        make_work(session)
        add(session, "passed", "1", lot="PO-1")
        add(session, "pending", "2", lot="PO-1")
    assert drawn(town, "PO-1").json()["detail"] == (
        "1 pieces wait for a person, 1 are passed or accepted; expected none and some"
    )
    assert drawn(town, "none").status_code == 404


def test_a_sample_is_drawn_once_and_is_of_one_lot(town: Town) -> None:
    opened(town, "PO-1")
    opened(town, "PO-2")
    name = str(uuid.uuid4())
    first, again = drawn(town, "PO-1", name), drawn(town, "PO-1", name)
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    assert drawn(town, "PO-1").json()["type"] == "/problems/check-open"
    assert drawn(town, "PO-2", name).json()["type"] == "/problems/conflict"
    pieces = {piece["inspection"] for piece in first.json()["sample"]}
    assert len(pieces) == len(first.json()["sample"]) == 13


def test_what_was_reviewed_before_the_draw_is_looked_at_again(town: Town) -> None:
    opened(town, "PO-1", 5)
    with town.state.ledger.write() as session:
        row = add(session, "accepted", "6", lot="PO-1")
    check = drawn(town, "PO-1").json()
    assert check["looked_at"] == 0
    assert row.status == "accepted"


def test_two_refused_lots_tighten_and_five_accepted_ones_end_it(town: Town) -> None:
    assert [run(town, f"PO-{number}", "critical")["severity"] for number in range(2)] == ["normal", "normal"]
    assert [run(town, f"PO-{number}")["severity"] for number in range(2, 7)] == ["tightened"] * 5
    opened(town, "PO-9")
    assert checks(town, "PO-9")["next"]["severity"] == "normal"


def test_deliveries_stop_until_somebody_says_that_they_begin_again(town: Town) -> None:
    for number in range(7):
        run(town, f"PO-{number}", "critical")
    opened(town, "PO-9")
    assert checks(town, "PO-9")["next"]["severity"] == "stopped"
    assert drawn(town, "PO-9").json()["type"] == "/problems/stopped"
    check = drawn(town, "PO-9", resume=True).json()
    assert check["severity"] == "tightened"
    looked(town, check)
    decided(town, check, "accept")
    opened(town, "PO-10")
    assert checks(town, "PO-10")["next"]["severity"] == "tightened"


def test_reduced_inspection_is_drawn_where_it_is_earned_and_somebody_agrees(town: Town) -> None:
    # 30 pieces: 5 and 13 are looked at, none and one may be defective, so that each lot adds two.
    for number in range(15):
        assert run(town, f"PO-{number}", reduce=True)["severity"] == "normal"
    opened(town, "PO-20")
    state = checks(town, "PO-20")["next"]
    assert (state["severity"], state["may_reduce"]) == ("normal", True)
    assert drawn(town, "PO-20", reduce=True).json()["severity"] == "reduced"


def test_a_design_has_its_own_standard(town: Town) -> None:
    path = "/v1/designs/disc/lot-plan"
    engineer = town.client("engineer")
    assert engineer.get(path).json() == {"level": "II", "aql_major": 2.5, "aql_minor": 4.0}
    strict = {"level": "III", "aql_major": 1.0, "aql_minor": 2.5}
    assert engineer.put(path, json=strict).json() == strict
    assert engineer.put(path, json=strict | {"aql_major": 3.0}).status_code == 422
    opened(town, "PO-1", 100)
    check = drawn(town, "PO-1").json()
    assert {plan["of"]: plan["pieces"] for plan in check["plans"]} == {
        "critical": 50,
        "major": 50,
        "minor": 32,
    }


def test_what_the_machine_passed_and_nobody_saw_is_estimated_by_what_it_missed(town: Town) -> None:
    opened(town, "PO-1", 20)
    with town.state.ledger.write() as session:
        row = add(session, "pending", "21", lot="PO-1", found=("dent",))
        review(session, row, "rework")
        looked_then = add(session, "passed", "22", lot="PO-1")
        review(session, looked_then, "reject")
        found = left_in(session, session.get_one(Lot, "PO-1"), (6, 60))
        expected = left_in_lot(passed=21, found=1, missed=6, of=60, looked_at=1, found_then=1)
        assert found is not None
        assert found.chances.tolist() == expected.chances.tolist()
    # The tests' own network was calibrated on nothing.
    assert checks(town, "PO-1")["next"]["left"] is None


def test_the_operating_curves_of_a_lot_are_a_drawing(town: Town) -> None:
    opened(town, "PO-1")
    answer = town.client("engineer").get("/v1/lots/PO-1/sampling.svg")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    say = speaker("en")
    assert all(f">{say(f'severity.{name}')}<" in answer.text for name in ("critical", "major", "minor"))
