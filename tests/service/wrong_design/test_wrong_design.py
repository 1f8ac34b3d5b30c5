"""A piece of another design: it moves with all that counts, waits beside the right samples, comes back."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.parts.served import Town, clean, dark
from tests.parts.standing import accepted_by_two, put, show
from tests.service.inspections.test_lots import lots
from tests.service.inspections.test_lots import put as put_lot
from tests.service.ownership.deleting import delete
from tests.service.ownership.test_archive import opened
from tests.service.queue.asking import claim, decide, flagged, ids, kind, listed
from tests.service.wrong_design.saying import counted_anew, design, say
from ubora.datasets.manifest import read_manifest
from ubora.service.harvests.harvest import harvest
from ubora.service.ledger.tables import FacetCount


def of_designs(town: Town) -> dict[str, tuple[int, int, int]]:
    """Design → decided, passed, pending."""
    with town.state.ledger.read() as session:
        rows = session.query(FacetCount).filter_by(facet="design")
        found = {row.name: (row.decided, row.passed, row.pending) for row in rows}
    return {name: counts for name, counts in found.items() if any(counts)}


def test_a_piece_that_waits_is_of_another_design_and_waits_on_beside_it(town: Town) -> None:
    piece, ring = flagged(town, "1"), design(town)
    wanjiku = town.log_in("Wanjiku")
    claim(wanjiku)
    answer = say(wanjiku, piece, ring, reason="It has no disc.")
    shown = answer.json()
    assert (answer.status_code, shown["design"], shown["sent_as"], shown["judged_as"]) == (
        201,
        ring,
        "disc",
        "disc",
    )
    # What the machine said stands, and nobody has decided.
    assert (shown["verdict"], shown["status"], shown["review"]) == ("flag", "pending", None)
    (item,) = listed(wanjiku, design=ring)
    assert (item["kinds"], item["held"]["mine"]) == (["flagged", "other_design"], True)
    assert listed(wanjiku, design="disc") == []
    (said,) = wanjiku.get(f"/v1/inspections/{piece}/designs").json()["said"]
    assert (said["by"], said["was"], said["design"], said["reason"]) == (
        "Wanjiku",
        "disc",
        ring,
        "It has no disc.",
    )
    assert decide(wanjiku, piece).json()["status"] == "accepted"
    assert (of_designs(town), counted_anew(town)) == ({ring: (1, 1, 0)}, [])
    # Her phone hears of it.
    news = town.client("artisan").get("/v1/inspections?changed_after=0").json()["items"]
    assert [(one["sent_as"], one["design"]) for one in news] == [("disc", ring)]


def test_what_passed_or_was_decided_waits_for_a_person_and_taking_it_back_leaves_it_as_it_was(
    town: Town,
) -> None:
    ring, client = design(town), town.client("reviewer")
    passed = str(town.send(clean(), piece="1", lot="L").json()["id"])
    accepted = flagged(town, "2")
    decide(client, accepted)
    before = of_designs(town)
    for piece in (passed, accepted):
        assert say(client, piece, ring).json()["status"] == "pending"
    assert (of_designs(town), counted_anew(town)) == ({ring: (0, 0, 2)}, [])
    assert [item["kinds"] for item in listed(client)] == [["other_design"], ["flagged", "other_design"]]
    # The decision of before stays on record.
    assert client.get(f"/v1/inspections/{accepted}").json()["review"]["disposition"] == "accept"
    back = [say(client, piece, "disc").json() for piece in (passed, accepted)]
    assert [(one["status"], one["sent_as"], one["judged_as"]) for one in back] == [
        ("passed", None, None),
        ("accepted", None, None),
    ]
    assert (of_designs(town), counted_anew(town), listed(client)) == (before, [], [])
    assert len(client.get(f"/v1/inspections/{passed}/designs").json()["said"]) == 2


def test_taking_it_back_after_a_decision_keeps_the_decision(town: Town) -> None:
    piece, ring, client = flagged(town), design(town), town.client("reviewer")
    say(client, piece, ring)
    decide(client, piece, "reject")
    # It was decided as a ring: as a disc again it is to be decided again.
    assert say(client, piece, "disc").json()["status"] == "pending"
    assert client.get(f"/v1/inspections/{piece}").json()["review"]["disposition"] == "reject"
    assert counted_anew(town) == []


def test_a_piece_of_no_known_design_counts_for_none(town: Town, tmp_path: Path) -> None:
    piece, client = flagged(town, "1"), town.client("reviewer")
    retake = str(town.send(dark(), piece="1", lot="L").json()["id"])
    answer = say(client, piece, None).json()
    assert (answer["design"], answer["design_unknown"], answer["sent_as"]) == ("disc", True, "disc")
    assert client.get(f"/v1/inspections/{retake}").json()["design_unknown"] is True
    assert (of_designs(town), counted_anew(town)) == ({}, [])
    assert client.get("/v1/designs/disc/outcomes").json()["pending"] == 0
    assert client.get("/v1/inspections?counted=true&design=disc").json()["items"] == []
    decide(client, piece, "reject", defects=[{"photo": 0, "defect": "dent"}])
    harvest(town.settings, tmp_path / "out")
    (sample,) = read_manifest(tmp_path / "out")
    assert (sample.design, sample.category, sorted(sample.defect_names())) == (None, None, ["dent"])


def test_a_harvest_takes_the_design_that_it_is_of_and_no_find_beside_another(
    town: Town, tmp_path: Path
) -> None:
    piece, ring, client = flagged(town, "1"), design(town), town.client("reviewer")
    say(client, piece, ring)
    decide(client, piece, "reject")
    harvest(town.settings, tmp_path / "out")
    (sample,) = read_manifest(tmp_path / "out")
    assert (sample.design, sample.category, sample.defects) == (ring, "ring", None)
    # The piece keeps its name, and so its split.
    assert sample.piece_id == "mf-own/disc/L/1"


def test_it_fills_only_a_lot_of_its_own_design(town: Town) -> None:
    ring, client = design(town), town.client("reviewer")
    put_lot(town, "PO-1")
    first = str(town.send(clean(1), lot="PO-1", piece="1").json()["id"])
    town.send(clean(2), lot="PO-1", piece="2")
    say(client, first, ring)
    decide(client, first)
    (lot,) = lots(town, "admin")
    assert (lot["done"], lot["settled"], lot["other_design"]) == (1, 1, 1)
    packed = client.get("/v1/lots/PO-1/packing-list.csv").text
    assert [line.split(",")[2:4] for line in packed.splitlines()[1:]] == [
        ["of another design", "no"],
        ["passed", "yes"],
    ]
    say(client, first, "disc")
    decide(client, first)
    assert [(one["done"], one["other_design"]) for one in lots(town, "admin")] == [(2, 0)]


def test_a_sample_of_the_wrong_design_leaves_its_bank_and_its_verdicts_are_named(town: Town) -> None:
    ring = design(town)
    show(town, clean(1))
    show(town, clean(7), design=ring)
    piece = accepted_by_two(town, clean(2), piece="9", lot="L")
    assert put(town, piece).status_code == 201
    made_with = str(town.send(clean(3)).json()["id"])
    assert say(town.client("reviewer"), piece, ring).status_code == 201
    (left,) = town.client("reviewer").get("/v1/designs/disc/accepted").json()["items"]
    assert (left["removed"]["why"], left["removed"]["by"]) == ("design", "reviewer")
    assert left["verdicts"]["latest"] == [made_with]
    # It was judged beside discs, so that nothing says that it looks as rings do.
    unmet = put(town, piece, design=ring).json()["unmet"]
    assert "judged-as" in [one["condition"] for one in unmet]


def test_another_photo_of_the_piece_is_judged_as_what_it_is(town: Town) -> None:
    ring, client = design(town), town.client("reviewer")
    piece = flagged(town, "1")
    say(client, piece, ring)
    again = town.send(clean(), piece="1", lot="L").json()
    assert (again["design"], again["sent_as"], again["judged_as"], again["status"]) == (
        ring,
        "disc",
        None,
        "passed",
    )
    # What was judged as a ring is a disc after all: a person decides it.
    assert say(client, again["id"], "disc").json()["status"] == "pending"
    assert counted_anew(town) == []


def test_a_photo_that_was_seen_before_tells_what_the_other_piece_is_now(town: Town) -> None:
    ring, client = design(town), town.client("reviewer")
    first = flagged(town, "1")
    second = flagged(town, "2")
    say(client, first, ring)
    (photo,) = client.get(f"/v1/inspections/{second}").json()["photos"]
    assert [one["design"] for one in photo["seen_before"]] == [ring]


def test_it_is_looked_at_again_beside_the_right_samples_and_that_replaces_nothing(town: Town) -> None:
    ring, client = design(town), town.client("reviewer")
    show(town, clean(1), design=ring)
    piece = flagged(town)
    say(client, piece, ring)
    name = uuid.uuid4()
    path = f"/v1/inspections/{piece}/looks/{name}"
    first, again = client.put(path), client.put(path)
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    look = first.json()
    assert (look["design"], look["verdict"], look["by"]) == (ring, "flag", "reviewer")
    assert [defect["defect"] for defect in look["defects"][0]] == ["tarnish"]
    assert client.get(f"/v1/inspections/{piece}/designs").json()["looks"] == [look]
    shown = client.get(f"/v1/inspections/{piece}").json()
    assert (shown["status"], shown["judged_as"]) == ("pending", "disc")
    say(client, piece, None)
    assert kind(client.put(f"/v1/inspections/{piece}/looks/{uuid.uuid4()}")) == (409, "design-unknown")


Change = dict[str, Any]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"now_it_is": "no-such"}, (422, "design")),
        ({"now_it_is": "disc"}, (409, "same-design")),
        ({"now_it_is": "ring", "seen": "ring"}, (409, "design-unseen")),
        ({"now_it_is": "ring", "after": str(uuid.uuid4())}, (409, "review-unseen")),
        ({"now_it_is": "ring", "appeal": str(uuid.uuid4())}, (409, "appeal-unseen")),
    ],
)
def test_what_does_not_fit_moves_nothing(town: Town, body: Change, expected: tuple[int, str]) -> None:
    piece = flagged(town)
    design(town)
    client = town.client("reviewer")
    assert kind(say(client, piece, **body)) == expected
    assert client.get(f"/v1/inspections/{piece}").json()["design"] == "disc"


def test_the_same_again_is_200_and_something_else_under_its_uuid_409(town: Town) -> None:
    piece, ring, client, name = flagged(town), design(town), town.client("reviewer"), str(uuid.uuid4())
    path = f"/v1/inspections/{piece}/designs/{name}"
    body: Change = {"design": ring, "seen": "disc"}
    statuses = [client.put(path, json=body | more).status_code for more in ({}, {}, {"reason": "x"})]
    assert statuses == [201, 200, 409]


def test_who_holds_the_piece_is_named_and_what_was_decided_in_hand_stays(town: Town) -> None:
    piece, ring, client = flagged(town), design(town), town.client("reviewer")
    claim(town.log_in("Wanjiku"))
    held = say(client, piece, ring)
    assert (*kind(held), held.json()["held_by"]) == (409, "held", "Wanjiku")
    assert say(client, piece, "free-disc", anyway=True).status_code == 201
    decide(client, piece, in_hand="goods_in", anyway=True)
    assert kind(say(client, piece, ring)) == (409, "decided-in-hand")


def test_the_workshops_archive_tells_what_was_said_without_who(town: Town) -> None:
    piece, ring = flagged(town), design(town)
    say(town.client("reviewer"), piece, ring, reason="No disc.")
    archive = opened(town.client("artisan").get("/v1/microfactories/mf-own/archive"))
    (kept,) = json.loads(archive.read("pieces.json"))
    (said,) = kept["designs_said"]
    assert (kept["design"], kept["sent_as"]) == (ring, "disc")
    assert (said["was"], said["reason"]) == ("disc", "No disc.")
    assert "reviewer" not in json.dumps(said)


def test_a_deleted_piece_takes_along_what_was_said_of_its_design(town: Town) -> None:
    piece, ring, client = flagged(town), design(town), town.client("reviewer")
    say(client, piece, ring)
    client.put(f"/v1/inspections/{piece}/looks/{uuid.uuid4()}")
    assert delete(town, inspection=piece).status_code == 200
    assert (of_designs(town), counted_anew(town), ids(listed(client))) == ({}, [], [])
