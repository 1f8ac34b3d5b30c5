"""Known pieces are dealt to reviewers like any other: no route tells which, no answer changes one."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.parts.clocks import SteppedClock
from tests.parts.served import Town, clean, serve
from tests.service.fairness.test_handovers import hand_over
from tests.service.inspections.test_appeals import contest, rate
from tests.service.queue.asking import claim, decide, flagged, ids, kind, listed
from ubora.service.ledger.draws import KNOWN, is_drawn, key_of
from ubora.service.ledger.tables import Answer, Inspection, KnownDeal, Review, Waiting

SHARE = 0.15


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def town(tmp_path: Path, releases: Path, clock: SteppedClock) -> Iterator[Town]:
    with serve(tmp_path, releases, clock=clock, known_share=SHARE) as running:
        yield running


def known(town: Town, disposition: str = "reject", right: str = "rework", **context: Any) -> str:
    """A piece that Njeri decided, and of which Omondi knows what is right."""
    name = flagged(town, **context)
    decide(town.log_in("Njeri"), name, disposition)
    put = town.log_in("Omondi").put(f"/v1/known/{name}", json={"disposition": right, "defects": ["dent"]})
    assert put.status_code == 200, put.text
    return name


def bringing(town: Town, client: httpx.Client, **context: Any) -> str:
    """The UUID of a piece that waits and, taken by her, brings a known one along."""
    (person,) = (
        one["id"] for one in town.log_in("Njeri").get("/v1/staff").json()["items"] if one["name"] == "Wanjiku"
    )
    with town.state.ledger.read() as session:
        key = key_of(session, KNOWN)
    names = (str(uuid.uuid4()) for _ in range(10_000))
    return flagged(
        town,
        name=next(one for one in names if is_drawn(key, f"{person}/{one}", SHARE / (1 - SHARE))),
        **context,
    )


def shape(value: Any) -> Any:
    """The JSON with what differs from piece to piece left out."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value[:1]]
    return value if value is None or isinstance(value, bool) else type(value).__name__


def dealt(town: Town) -> tuple[str, str, httpx.Client]:
    """A known piece that Wanjiku holds, the one with which it came, and she."""
    # All photos of these tests are one: it was seen before both.
    decide(town.log_in("Njeri"), flagged(town))
    name, wanjiku = known(town), town.log_in("Wanjiku")
    brings = bringing(town, wanjiku)
    assert ids(claim(wanjiku)) == [name]
    return name, brings, wanjiku


def test_a_known_piece_comes_before_the_one_that_brings_it_and_once(town: Town) -> None:
    name, brings, wanjiku = dealt(town)
    assert ids(claim(wanjiku, count=3)) == [name, brings]
    assert ids(listed(wanjiku)) == [name, brings]
    assert wanjiku.get("/v1/queue/counts").json()["waiting"] == 2
    decide(wanjiku, name)
    assert ids(claim(wanjiku, count=3)) == [brings]
    wanjiku.delete("/v1/queue/claims")
    assert ids(claim(wanjiku, count=3)) == [brings]


def test_she_cannot_tell_it_from_the_other_piece(town: Town) -> None:
    name, brings, wanjiku = dealt(town)
    start = wanjiku.get("/v1/queue").json()["change"] - 10**7
    both = claim(wanjiku, count=2)
    assert [item["kinds"] for item in both] == [["flagged", "seen_before"]] * 2
    assert shape(both[0]) == shape(both[1])
    for item in both:
        inspection = item["inspection"]
        came = (inspection["status"], inspection["review"], inspection["changed_at"], inspection["change"])
        assert came == ("pending", None, inspection["received_at"], inspection["number"])
    paths = ("/v1/inspections/{}", "/v1/designs/disc/accepted/{}", "/v1/inspections/{}/heatmaps/0")
    for path in paths:
        answers = [wanjiku.get(path.format(one)) for one in (name, brings)]
        assert answers[0].status_code == answers[1].status_code
        if answers[0].headers["content-type"] == "application/json":
            assert shape(answers[0].json()) == shape(answers[1].json())
    pending = wanjiku.get("/v1/inspections?status=pending").json()["items"]
    assert {one["id"] for one in pending} == {name, brings}
    assert wanjiku.get("/v1/inspections?status=rejected").json()["items"] == []
    changes = wanjiku.get(f"/v1/queue/changes?after={start}").json()
    assert sorted(ids(changes["items"])) == sorted([name, brings])
    refused = [decide(wanjiku, one, after=str(uuid.uuid4())) for one in (name, brings)]
    assert [kind(one) for one in refused] == [(409, "review-unseen")] * 2
    assert refused[0].json()["review"] is refused[1].json()["review"] is None
    # Decided, both look decided by her, are gone from what waits, and may be decided anew.
    start = changes["change"]
    first = [decide(wanjiku, one, "accept", note="fine") for one in (name, brings)]
    assert shape(first[0].json()) == shape(first[1].json())
    assert [one.json()["status"] for one in first] == ["accepted"] * 2
    assert sorted(wanjiku.get(f"/v1/queue/changes?after={start}").json()["gone"]) == sorted([name, brings])
    for one in (name, brings):
        shown = wanjiku.get(f"/v1/inspections/{one}").json()
        assert (shown["status"], shown["review"]["reviewer"]) == ("accepted", "Wanjiku")
        assert kind(wanjiku.put(f"/v1/queue/claims/{one}")) == (409, "not-waiting")
        assert decide(wanjiku, one, "rework").json()["status"] == "rework"
    accepted = wanjiku.get("/v1/inspections?status=accepted").json()["items"]
    assert {one["id"] for one in accepted} & {name, brings} == set()
    assert len(wanjiku.get("/v1/inspections?status=rework").json()["items"]) == 2


def test_her_answer_is_recorded_and_changes_nothing_of_the_piece(town: Town, clock: SteppedClock) -> None:
    name, _, wanjiku = dealt(town)
    artisan = town.client("artisan")
    before = (artisan.get(f"/v1/inspections/{name}").json(), rate(town))
    assert decide(wanjiku, name, "accept", note="fine").status_code == 201
    assert (artisan.get(f"/v1/inspections/{name}").json(), rate(town)) == before
    with town.state.ledger.read() as session:
        answers = [(one.kind, one.disposition, one.reviewer) for one in session.query(Answer)]
        deals = [(one.outcome, one.share) for one in session.query(KnownDeal)]
        reviews = session.query(Review).where(Review.inspection == name).count()
    assert (answers, deals, reviews) == ([("known", "accept", "Wanjiku")], [("answered", SHARE)], 1)
    (item,) = town.client("engineer").get("/v1/known").json()["items"]
    assert (item["inspection"], item["disposition"], item["defects"], item["answered"]) == (
        name,
        "rework",
        ["dent"],
        1,
    )
    # After a working day she is shown the piece as it is: nobody should answer a workshop by a mistake.
    clock.ahead = timedelta(hours=13)
    again = town.log_in("Wanjiku").get(f"/v1/inspections/{name}").json()
    assert (again["status"], again["review"]["reviewer"]) == ("rejected", "Njeri")


def test_nobody_else_sees_that_it_was_dealt(town: Town) -> None:
    name, brings, _ = dealt(town)
    for who in (town.log_in("Njeri"), town.log_in("Omondi"), town.client("reviewer")):
        assert ids(listed(who)) == [brings]
        changes = who.get("/v1/queue/changes?after=1").json()
        assert (ids(changes["items"]), name in changes["gone"]) == ([brings], False)
        assert who.get(f"/v1/inspections/{name}").json()["status"] == "rejected"
    assert kind(town.log_in("Njeri").put(f"/v1/queue/claims/{name}")) == (409, "not-waiting")


def test_what_was_dealt_to_another_leaves_nothing_out_of_what_changed(town: Town) -> None:
    _, brings, _ = dealt(town)
    njeri, after, found = town.log_in("Njeri"), 1, []
    while True:
        page = njeri.get(f"/v1/queue/changes?after={after}&limit=1").json()
        found += ids(page["items"])
        if not page["more"]:
            break
        after = page["change"]
    assert found == [brings]


def test_who_is_not_sure_of_it_hands_it_over_like_any_other(town: Town) -> None:
    name, brings, wanjiku = dealt(town)
    answers = [hand_over(wanjiku, one, "Hm.") for one in (name, brings)]
    assert [one.status_code for one in answers] == [201, 201]
    assert shape(answers[0].json()) == shape(answers[1].json())
    assert claim(wanjiku, count=3) == []
    with town.state.ledger.read() as session:
        assert [one.outcome for one in session.query(KnownDeal)] == ["unsure"]


def test_it_is_of_what_she_asked_for(town: Town) -> None:
    wanjiku = town.log_in("Wanjiku")
    known(town, lot="A")
    brings = bringing(town, wanjiku, lot="B")
    assert ids(claim(wanjiku, count=3, lot="B")) == [brings]
    assert ids(claim(wanjiku, count=3, defect="dent")) == []


def test_only_reviewers_are_dealt_any_and_none_that_they_decided(town: Town) -> None:
    with town.state.ledger.write() as session:
        assert session.query(KnownDeal).count() == 0
    name = flagged(town)
    wanjiku = town.log_in("Wanjiku")
    decide(wanjiku, name, "reject")
    town.log_in("Omondi").put(f"/v1/known/{name}", json={"disposition": "reject"})
    brings = bringing(town, wanjiku)
    for who in (wanjiku, town.log_in("Njeri")):
        assert ids(claim(who, count=3)) == [brings]
        who.delete("/v1/queue/claims")


def test_an_appeal_makes_it_wait_in_earnest(town: Town) -> None:
    name, brings, wanjiku = dealt(town)
    contest(town, name, note="no")
    assert ids(listed(town.log_in("Njeri"))) == [name, brings]
    assert wanjiku.get(f"/v1/inspections/{name}").json()["appeal"]["outcome"] == "waiting"
    assert decide(wanjiku, name, "accept").json()["appeal"]["outcome"] == "overturned"


def test_what_is_not_decided_or_was_contested_is_not_known(town: Town) -> None:
    omondi = town.log_in("Omondi")
    pending, passed, contested = flagged(town), town.send(clean()).json()["id"], flagged(town)
    contest(town, contested, note="no")
    decide(town.log_in("Wanjiku"), contested, "reject")
    for name in (pending, passed, contested):
        assert kind(omondi.put(f"/v1/known/{name}", json={"disposition": "reject"})) == (409, "not-decided")
    name = known(town)
    body = {"disposition": "reject", "defects": ["no such"]}
    assert kind(omondi.put(f"/v1/known/{name}", json=body)) == (422, "correction")
    assert [omondi.delete(f"/v1/known/{name}").status_code for _ in range(2)] == [204, 204]
    bringing(town, omondi)
    assert name not in ids(claim(town.log_in("Wanjiku"), count=3))
    lines = town.client("admin").get("/v1/audit").json()["items"]
    assert [line["action"] for line in lines if line["action"].startswith("known")] == [
        "known-withdrawn",
        "known-marked",
    ]


def test_a_deleted_piece_is_known_and_dealt_no_more(town: Town) -> None:
    name, brings, wanjiku = dealt(town)
    deleted = town.client("admin").post("/v1/deletions", json={"reason": "a face", "inspection": name})
    assert deleted.status_code == 200
    assert ids(listed(wanjiku)) == [brings]
    with town.state.ledger.read() as session:
        kept = [session.query(table).count() for table in (KnownDeal, Inspection, Waiting)]
    assert kept == [0, 2, 1]
