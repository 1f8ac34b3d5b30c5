"""A lot that stands alone: its plan before it is drawn, its sample, and that no series knows of it."""

import uuid
from typing import Any

from tests.parts.served import Town
from tests.service.sampling.test_checks import drawn, looked, opened
from ubora.service.statistics.lots.isolated import plan_a, plan_b

ALONE: dict[str, Any] = {"procedure": "A", "limiting_major": 12.5, "limiting_minor": 20.0, "accept": 0}


def _plan(town: Town, lot: str, **asked: Any) -> Any:
    return town.client("engineer").get(f"/v1/lots/{lot}/isolated-plan", params={**ALONE, **asked}).json()


def test_the_plan_of_a_lot_alone_is_told_with_its_risk_before_it_is_drawn(town: Town) -> None:
    opened(town, "PO-1", 40)
    critical, major, minor = _plan(town, "PO-1")["plans"]
    expected = plan_a(40, 12.5)
    assert (major["pieces"], major["accept"], major["limiting"]) == (expected.pieces, 0, 12.5)
    assert (major["risk"], major["aql"]) == (expected.risk, None)
    assert (major["mostly_accepted"], major["seldom_accepted"]) == (
        expected.mostly_accepted,
        expected.seldom_accepted,
    )
    assert minor["pieces"] == plan_a(40, 20.0).pieces
    assert (critical["pieces"], critical["accept"], critical["risk"]) == (major["pieces"], 0, None)
    more = _plan(town, "PO-1", accept=1)["plans"][1]
    assert (more["pieces"], more["accept"]) == (plan_a(40, 12.5, 1).pieces, 1)


def test_procedure_b_goes_by_the_aqls_of_the_design(town: Town) -> None:
    opened(town, "PO-1", 40)
    expected = plan_b(40, 20.0, 2.5)
    major = _plan(town, "PO-1", procedure="B", limiting_major=20.0)["plans"][1]
    assert (major["pieces"], major["accept"]) == (expected.pieces, expected.accept)
    town.client("engineer").put("/v1/designs/disc/lot-plan", json={"aql_major": 10.0})
    answer = town.client("engineer").get(
        "/v1/lots/PO-1/isolated-plan", params={"procedure": "B", "limiting_major": 8.0}
    )
    assert (answer.status_code, "AQL below" in answer.json()["detail"]) == (422, True)


def test_a_lot_alone_is_drawn_decided_and_kept_out_of_the_series(town: Town) -> None:
    opened(town, "PO-1", 40)
    check = drawn(town, "PO-1", alone=ALONE).json()
    assert (check["severity"], check["alone"]) == ("isolated", ALONE)
    assert len(check["sample"]) == plan_a(40, 12.5).pieces
    looked(town, check, "major")
    path = f"/v1/lots/PO-1/checks/{check['id']}/decision"
    decided = town.client("reviewer").put(path, json={"outcome": "refuse"}).json()
    assert (decided["by_plan"], decided["plans"][1]["found"]) == ("refuse", 1)
    # Two refused lots of a series would tighten the next.
    opened(town, "PO-2", 40)
    other = drawn(town, "PO-2", alone=ALONE).json()
    looked(town, other, "major")
    town.client("reviewer").put(f"/v1/lots/PO-2/checks/{other['id']}/decision", json={"outcome": "refuse"})
    opened(town, "PO-3", 40)
    assert town.client("reviewer").get("/v1/lots/PO-3/checks").json()["next"]["severity"] == "normal"


def test_a_limiting_quality_that_is_none_of_the_series_is_refused(town: Town) -> None:
    opened(town, "PO-1", 40)
    answer = drawn(town, "PO-1", str(uuid.uuid4()), alone={**ALONE, "limiting_major": 7.0})
    assert answer.status_code == 422
    assert "expected one of 2, 3.15, 5, 8, 12.5, 20, 31.5" in answer.text


def test_a_lot_of_which_nothing_is_settled_has_no_plan_yet(town: Town) -> None:
    opened(town, "PO-1", 0)
    town.client("reviewer").put(
        "/v1/lots/PO-1", json={"microfactory": "mf-own", "design": "disc", "pieces": 5, "views": ["front"]}
    )
    assert _plan(town, "PO-1") == {"settled": 0, "plans": []}
