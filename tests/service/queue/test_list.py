"""What waits in one list: its kinds, its order, stable pages, filters and counts."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.parts.served import OTHER, OWN, Town, clean, dark, serve, tarnished
from tests.service.inspections.test_appeals import contest
from tests.service.queue.asking import decide, flagged, ids, kind, listed, pieces
from ubora.service.ledger.tables import Waiting


@pytest.fixture
def town(tmp_path: Path, releases: Path) -> Iterator[Town]:
    """Of what passes nothing is drawn."""
    with serve(tmp_path, releases, audit_share=0.0) as running:
        yield running


def aged(town: Town, hours: float, inspection: str) -> None:
    """As if it had come so long ago."""
    with town.state.ledger.write() as session:
        at = datetime.now(UTC) - timedelta(hours=hours)
        session.get_one(Waiting, inspection).received_at = at


def counts(town: Town, **asked: Any) -> dict[str, Any]:
    found: dict[str, Any] = town.client("reviewer").get("/v1/queue/counts", params=asked).json()
    return found


def test_a_flagged_piece_waits_with_what_is_to_be_seen_of_it_until_it_is_decided(town: Town) -> None:
    town.send(clean(), piece="passed")
    town.send(dark(), piece="dark")
    name = flagged(town, "1")
    reviewer = town.client("reviewer")
    (item,) = listed(reviewer)
    assert item["inspection"] == reviewer.get(f"/v1/inspections/{name}").json()
    scores = [defect["score"] for photo in item["inspection"]["photos"] for defect in photo["defects"]]
    assert (item["kinds"], item["held"]) == (["flagged"], None)
    assert item["score"] >= max(scores)
    thumb = reviewer.get(item["thumb_url"])
    assert (thumb.status_code, thumb.headers["content-type"]) == (200, "image/jpeg")
    assert decide(reviewer, name).status_code == 201
    assert listed(reviewer) == []
    assert counts(town)["waiting"] == 0


def test_contested_pieces_come_first_then_the_lot_that_waits_longest_within_it_the_oldest_piece(
    town: Town,
) -> None:
    names = {
        f"{lot}{piece}": flagged(town, f"{lot}{piece}", lot=lot)
        for lot, piece in (("B", 1), ("A", 1), ("B", 2), ("C", 1), ("A", 2))
    }
    alone = flagged(town, "alone", lot=None)
    reviewer = town.client("reviewer")
    assert pieces(listed(reviewer)) == ["B1", "B2", "A1", "A2", "C1", "alone"]
    assert contest(town, names["C1"], note="no").status_code == 201
    assert contest(town, alone, note="no").status_code == 201
    found = listed(reviewer)
    assert pieces(found) == ["C1", "alone", "B1", "B2", "A1", "A2"]
    assert [item["kinds"][:2] for item in found[:3]] == [["appeal", "flagged"]] * 2 + [["flagged"]]
    # A lot keeps its place while anything of it waits, and begins anew when nothing does.
    decide(reviewer, names["B1"])
    decide(reviewer, names["A1"])
    decide(reviewer, names["A2"])
    flagged(town, "A3", lot="A")
    flagged(town, "B3", lot="B")
    assert pieces(listed(reviewer)) == ["C1", "alone", "B2", "B3", "A3"]


def test_a_decided_piece_that_is_contested_waits_again_until_that_is_decided(town: Town) -> None:
    name = flagged(town, "1")
    reviewer = town.client("reviewer")
    decide(reviewer, name, "reject")
    assert listed(reviewer) == []
    contest(town, name, note="no")
    (item,) = listed(reviewer)
    assert "appeal" in item["kinds"]
    decide(town.client("admin"), name)
    assert listed(reviewer) == []


def test_a_piece_whose_photo_does_not_come_out_waits_when_it_was_sent_to_a_person(town: Town) -> None:
    town.send(dark(1), lot="L", piece="1")
    second = town.send(dark(2), lot="L", piece="1").json()["id"]
    assert listed(town.client("reviewer")) == []
    assert contest(town, second, note="always").status_code == 201
    (item,) = listed(town.client("reviewer"), kind="to_person")
    assert (item["inspection"]["id"], item["kinds"]) == (second, ["to_person"])


def test_a_passed_piece_waits_while_its_photo_was_seen_before(town: Town) -> None:
    first = town.send(clean(), lot="L", piece="1").json()
    second = town.send(clean(), lot="L", piece="2").json()
    assert (second["status"], second["photos"][0]["seen_before"][0]["inspection"]) == ("passed", first["id"])
    reviewer = town.client("reviewer")
    (item,) = listed(reviewer)
    assert (item["inspection"]["id"], item["kinds"]) == (second["id"], ["seen_before"])
    # What it was seen in is deleted: nobody has a reason to look any more.
    gone = {"reason": "sent by mistake", "inspection": first["id"]}
    assert town.client("admin").post("/v1/deletions", json=gone).status_code == 200
    assert listed(reviewer) == []


def test_pages_hold_every_piece_once_whatever_is_decided_or_comes_between_them(town: Town) -> None:
    names = [flagged(town, str(number), lot=f"L{number % 4}") for number in range(12)]
    reviewer = town.client("reviewer")
    everything = ids(listed(reviewer))
    assert sorted(everything) == sorted(names)
    first = reviewer.get("/v1/queue", params={"limit": 5}).json()
    # One of the page, the oldest of a lot further on, and a new piece of a lot of the page.
    decide(reviewer, everything[1])
    decide(reviewer, everything[6])
    new = flagged(town, "new", lot="L3")
    rest = listed(reviewer, limit=5, cursor=first["next_cursor"])
    expected = [name for name in everything[5:] if name != everything[6]]
    assert ids(rest) == [*expected, new]


def test_each_filter_leaves_what_it_names_and_counts_are_of_the_same(town: Town) -> None:
    first = flagged(town, "Nyoka-1", lot="PO-48")
    second = flagged(town, "nyoka-2", lot="PO-49")
    third = flagged(town, "100%", lot=None, who="other", microfactory=OTHER)
    strict = town.send(clean(7), piece="x_1", lot="po-4", design="free-disc").json()["id"]
    contest(town, second, note="no")
    aged(town, 30, first)
    reviewer = town.client("reviewer")
    scores = {item["inspection"]["id"]: item["score"] for item in listed(reviewer)}
    defect = reviewer.get(f"/v1/inspections/{first}").json()["photos"][0]["defects"][0]["defect"]
    expected: dict[tuple[str, Any] | tuple[()], set[str]] = {
        (): {first, second, third, strict},
        ("microfactory", OTHER): {third},
        ("microfactory", OWN): {first, second, strict},
        ("design", "free-disc"): {strict},
        ("lot", "PO-48"): {first},
        ("code", "NYOKA"): {first, second},
        ("code", "po-4"): {first, second, strict},
        ("code", "100%"): {third},
        ("code", "%"): set(),
        ("code", "x_"): {strict},
        ("code", "xx"): set(),
        ("kind", "appeal"): {second},
        ("kind", "flagged"): {first, second, third, strict},
        ("kind", "audit"): set(),
        ("reason", "defect"): {first, second, third},
        ("reason", "variance"): {strict},
        ("reason", "design"): set(),
        ("defect", defect): {first, second, third},
        ("defect", "none"): set(),
        ("least_score", min(scores[name] for name in (first, second, third))): {first, second, third},
        ("older_hours", 24): {first},
        ("older_hours", 1_000_000): set(),
    }
    asked: list[dict[str, Any]] = [{pair[0]: pair[1]} if pair else {} for pair in expected]
    found = [set(ids(listed(reviewer, **one))) for one in asked]
    assert found == list(expected.values())
    assert [counts(town, **one)["waiting"] for one in asked] == [len(one) for one in expected.values()]
    both = {"kind": ["appeal", "audit"], "reason": ["design", "defect"], "microfactory": OWN}
    assert ids(listed(reviewer, **both)) == [second]


def test_counts_tell_how_many_wait_of_each_kind_and_are_open(town: Town) -> None:
    names = [flagged(town, str(number)) for number in range(3)]
    contest(town, names[0], note="no")
    reviewer = town.client("reviewer")
    reviewer.post("/v1/queue/claims", json={"count": 2})
    kinds = {
        "appeal": 1,
        "to_person": 0,
        "flagged": 3,
        "audit": 0,
        "seen_before": 0,
        "unsure": 0,
        "second": 0,
        "disagreed": 0,
        "lot": 0,
        "other_design": 0,
    }
    found = counts(town)
    # The same mark on the same plate: what came later was seen before.
    seen = found["kinds"]["seen_before"]
    assert found == {"waiting": 3, "held": 2, "kinds": {**kinds, "seen_before": seen}}


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "nice"},
        {"reason": "why"},
        {"limit": 0},
        {"least_score": 2},
        {"older_hours": -1},
        {"cursor": "x"},
        {"colour": "gold"},
    ],
)
def test_what_the_queue_cannot_be_asked_is_refused(shared_town: Town, asked: dict[str, Any]) -> None:
    answer = shared_town.client("reviewer").get("/v1/queue", params=asked)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_a_piece_that_is_deleted_leaves_the_queue_and_what_hangs_on_it(town: Town) -> None:
    name = flagged(town, "1")
    gone = {"reason": "sent by mistake", "inspection": name}
    assert town.client("admin").post("/v1/deletions", json=gone).status_code == 200
    with town.state.ledger.read() as session:
        left = [
            session.scalar(text(f"SELECT count(*) FROM {table}"))
            for table in ("waiting", "waiting_defects", "audit_draws")
        ]
    assert left == [0, 0, 0]
    assert kind(town.client("reviewer").put(f"/v1/queue/claims/{uuid.uuid4()}")) == (404, "not-found")


def test_the_order_of_a_page_is_read_from_an_index_and_not_sorted(shared_town: Town) -> None:
    ways = ("", "microfactory = 'a' AND ", "design = 'a' AND ")
    with shared_town.state.ledger.read() as session:
        for where in ways:
            query = (
                f"EXPLAIN QUERY PLAN SELECT * FROM waiting WHERE {where}"
                "(place, lot_since, number) > (1, 2, 3) ORDER BY place, lot_since, number LIMIT 50"
            )
            plan = [row[-1] for row in session.execute(text(query))]
            assert ["USING INDEX ix_waiting_" in line for line in plan] == [True], plan


def test_a_photo_that_is_flagged_and_seen_before_waits_for_both(town: Town) -> None:
    town.send(tarnished(), piece="1", lot="L")
    flagged(town, "2")
    assert [item["kinds"] for item in listed(town.client("reviewer"))] == [
        ["flagged"],
        ["flagged", "seen_before"],
    ]
