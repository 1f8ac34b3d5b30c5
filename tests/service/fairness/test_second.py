"""A share of what was decided goes to a second person, unseeing; they agree, or a third settles it."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.parts.served import Town, clean, dark, serve, tarnished, wait_until
from tests.parts.tiny_bundle import tiny_releases, write_tiny_bundle
from tests.service.fairness.test_appeals_by_another import leave_only
from tests.service.fairness.test_handovers import hand_over
from tests.service.inspections.test_appeals import contest, rate
from tests.service.queue.asking import claim, decide, flagged, ids, kind, listed
from ubora.models.registry.promotion import promote
from ubora.service.ledger.draws import SECOND, is_drawn, key_of
from ubora.service.ledger.tables import Answer, Review, SecondDraw

WANTED: dict[str, dict[str, Any]] = {
    "tarnish": {"defect": "tarnish"},
    "reason": {"reason": "defect"},
    "score": {"least_score": 0.0},
}


@pytest.fixture
def town(tmp_path: Path, releases: Path) -> Iterator[Town]:
    """Everything that is decided goes to a second person."""
    with serve(tmp_path, releases, second_review_share=1.0) as running:
        yield running


def second(client: httpx.Client, inspection: str, disposition: str, **body: Any) -> httpx.Response:
    """As whoever took it from the queue and saw its photos alone."""
    assert client.put(f"/v1/queue/claims/{inspection}").status_code == 200
    path = f"/v1/inspections/{inspection}/reviews/{uuid.uuid4()}"
    return client.put(path, json={"disposition": disposition, **body})


def outcome(town: Town, inspection: str) -> str | None:
    with town.state.ledger.read() as session:
        draw = session.get(SecondDraw, inspection)
        return None if draw is None else draw.outcome


def status(town: Town, inspection: str) -> str:
    return str(town.client("artisan").get(f"/v1/inspections/{inspection}").json()["status"])


def test_a_decided_piece_goes_to_a_second_person_and_the_first_sees_no_more_of_it(town: Town) -> None:
    name = flagged(town, "1")
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    claim(wanjiku)
    start = wanjiku.get("/v1/queue").json()["change"]
    assert decide(wanjiku, name).json()["status"] == "accepted"
    assert (listed(wanjiku), claim(wanjiku)) == ([], [])
    assert wanjiku.get("/v1/queue/counts").json()["waiting"] == 0
    assert wanjiku.get(f"/v1/queue/changes?after={start}").json()["gone"] == [name]
    assert kind(wanjiku.put(f"/v1/queue/claims/{name}")) == (409, "not-waiting")
    (item,) = claim(njeri)
    assert (ids([item]), item["kinds"], item["score"]) == ([name], ["second"], None)
    # For its workshop it is decided, and nothing tells of it.
    assert (status(town, name), rate(town)) == ("accepted", (1, 1, 0, 1))


def test_nor_do_the_pages_of_pieces_tell_it(town: Town) -> None:
    name = flagged(town, "1")
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    decide(wanjiku, name, "reject")
    found = {
        (who, status): [
            (row["id"], row["status"]) for row in client.get(f"/v1/pieces?status={status}").json()["items"]
        ]
        for who, client in (("first", wanjiku), ("second", njeri))
        for status in ("pending", "rejected")
    }
    assert found == {
        ("first", "pending"): [],
        ("first", "rejected"): [(name, "rejected")],
        ("second", "pending"): [(name, "pending")],
        ("second", "rejected"): [],
    }
    (row,) = njeri.get("/v1/pieces?code=1").json()["items"]
    assert (row["id"], row["status"]) == (name, "pending")
    assert kind(njeri.get(f"/v1/pieces/{name}")) == (409, "veiled")
    assert len(wanjiku.get(f"/v1/pieces/{name}").json()["decisions"]) == 1


def test_no_route_tells_the_second_person_what_was_said_until_she_has_said_hers(town: Town) -> None:
    name = flagged(town, "1")
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    decide(wanjiku, name, "reject", defects=[{"defect": "dent"}], note="A dent.", variance=2)
    path = f"/v1/inspections/{name}"
    shown = [njeri.get(path).json(), *njeri.get("/v1/inspections").json()["items"]]
    shown += [item["inspection"] for item in listed(njeri)]
    changes = njeri.get("/v1/queue/changes?after=1").json()
    shown += [item["inspection"] for item in changes["items"]]
    shown += njeri.get("/v1/inspections?changed_after=1").json()["items"]
    shown += njeri.get("/v1/inspections?status=pending").json()["items"]
    shown += [item["inspection"] for item in claim(njeri)]
    shown.append(njeri.put(f"/v1/queue/claims/{name}").json()["items"][0]["inspection"])
    for one in shown:
        photo = one["photos"][0]
        assert (one["id"], one["veiled"], one["status"]) == (name, True, "pending")
        empty = ("verdict", "variance", "beside_approved", "review", "appeal", "instruction")
        assert {field: one[field] for field in empty} == dict.fromkeys(empty)
        assert (one["reasons"], photo["defects"], photo["faults"], photo["seen_before"]) == ([], [], [], [])
        assert photo["heatmap_url"] is None
    assert len(shown) >= 6
    assert kind(njeri.get(f"{path}/heatmaps/0")) == (409, "veiled")
    assert njeri.get(f"{path}/photos/0").status_code == 200
    assert kind(njeri.get(f"/v1/designs/disc/accepted/{name}")) == (409, "veiled")
    assert kind(njeri.put(f"/v1/designs/disc/accepted/{name}")) == (409, "veiled")
    assert kind(contest(town, name, who="admin", note="?")) == (409, "veiled")
    for asked in WANTED.values():
        assert listed(njeri, **asked) == []
        assert njeri.get("/v1/queue/counts", params=asked).json()["waiting"] == 0
        assert claim(njeri, **{key: [v] if key == "reason" else v for key, v in asked.items()}) == []
    for asked in ({"status": "rejected"}, {"verdict": "flag"}, {"seen_before": False}):
        assert njeri.get("/v1/inspections", params=asked).json()["items"] == []
    answer = second(njeri, name, "reject").json()
    assert (answer["veiled"], answer["review"]["note"], answer["verdict"]) == (False, "A dent.", "flag")
    assert njeri.get(f"{path}/heatmaps/0").status_code == 200


def test_two_who_say_the_same_agree_and_what_the_first_said_counts(town: Town) -> None:
    name = flagged(town)
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    decide(wanjiku, name, "rework", note="polish it")
    answer = second(njeri, name, "rework", note="the rim", defects=[{"defect": "dent"}], variance=4)
    assert (answer.status_code, answer.json()["review"]["reviewer"]) == (201, "Wanjiku")
    assert (outcome(town, name), listed(njeri), status(town, name)) == ("agreed", [], "rework")
    with town.state.ledger.read() as session:
        kept = [(one.kind, one.reviewer, one.note, one.variance) for one in session.query(Answer)]
    assert kept == [("second", "Njeri", "the rim", 4)]


def test_where_two_differ_a_third_sees_both_and_decides_and_that_counts(town: Town) -> None:
    name = flagged(town)
    wanjiku, njeri, third = town.log_in("Wanjiku"), town.log_in("Njeri"), town.client("reviewer")
    decide(wanjiku, name, "accept")
    second(njeri, name, "reject", note="a crack")
    # What the first said counts until then.
    assert (outcome(town, name), status(town, name)) == ("differ", "accepted")
    for person in (wanjiku, njeri):
        assert claim(person) == []
        refused = [person.put(f"/v1/queue/claims/{name}"), decide(person, name)]
        assert [kind(one) for one in refused] == [(409, "own-answer")] * 2
    (item,) = claim(third)
    said = (item["kinds"], item["inspection"]["review"]["disposition"], item["second"]["disposition"])
    assert said == (["disagreed"], "accept", "reject")
    assert (item["second"]["reviewer"], item["second"]["note"]) == ("Njeri", "a crack")
    assert decide(third, name, "reject").json()["review"]["alone"] is False
    assert (outcome(town, name), status(town, name), listed(third)) == ("settled", "rejected", [])


def test_where_there_are_two_people_only_either_settles_it_and_that_is_recorded(town: Town) -> None:
    name = flagged(town)
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    decide(wanjiku, name, "accept")
    second(njeri, name, "rework")
    admin = town.client("admin")
    (token,) = (one["id"] for one in admin.get("/v1/tokens").json()["items"] if one["label"] == "reviewer")
    assert admin.delete(f"/v1/tokens/{token}").status_code == 204
    assert ids(claim(wanjiku)) == [name]
    assert decide(wanjiku, name, "rework").json()["review"]["alone"] is True
    assert (outcome(town, name), status(town, name)) == ("settled", "rework")


def test_only_who_claimed_it_and_names_nothing_answers_unseeing(town: Town) -> None:
    name = flagged(town)
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    # She has it open as it came, with all that the machine said, when the first decides over her.
    claim(njeri)
    decide(wanjiku, name, "reject", anyway=True)
    path = f"/v1/inspections/{name}/reviews"
    late = njeri.put(f"{path}/{uuid.uuid4()}", json={"disposition": "accept"})
    assert kind(late) == (409, "claim-first")
    assert "reject" not in late.text
    named = second(njeri, name, "accept", after=str(uuid.uuid4()))
    assert kind(named) == (409, "claim-first")
    body, one = {"disposition": "accept"}, str(uuid.uuid4())
    assert [njeri.put(f"{path}/{one}", json=body).status_code for _ in range(2)] == [201, 200]
    assert kind(njeri.put(f"{path}/{one}", json={"disposition": "reject"})) == (409, "conflict")


def test_the_first_may_change_her_mind_while_the_second_has_not_spoken(town: Town) -> None:
    name = flagged(town)
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    decide(wanjiku, name, "accept")
    assert decide(wanjiku, name, "reject").json()["status"] == "rejected"
    second(njeri, name, "reject")
    assert outcome(town, name) == "agreed"


def test_who_handed_it_over_is_no_second_person_and_a_second_may_hand_it_over(town: Town) -> None:
    name = flagged(town)
    wanjiku, njeri, third = town.log_in("Wanjiku"), town.log_in("Njeri"), town.client("reviewer")
    hand_over(wanjiku, name, "A stain?")
    decide(njeri, name, "accept")
    assert (listed(wanjiku), claim(wanjiku)) == ([], [])
    assert kind(hand_over(third, name)) == (409, "nobody-else")
    other = flagged(town)
    decide(njeri, other, "accept")
    (item,) = (one for one in listed(third) if one["inspection"]["id"] == other)
    assert hand_over(third, other, "Hm.").status_code == 201
    assert [item["handed"], listed(wanjiku)[0]["handed"]] == [[], []]
    assert ids(claim(third)) == [name]
    assert ids(claim(wanjiku)) == [other]


def test_an_appeal_comes_before_a_second_look_and_ends_it(town: Town) -> None:
    name = flagged(town)
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    decide(wanjiku, name, "reject")
    contest(town, name, note="no")
    (item,) = claim(njeri)
    assert (item["kinds"], item["inspection"]["veiled"]) == (["appeal", "flagged"], False)
    decide(njeri, name, "accept")
    assert (outcome(town, name), listed(town.client("engineer"))) == ("void", [])


def test_what_is_settled_or_has_no_second_person_is_not_drawn(town: Town) -> None:
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    contested = flagged(town)
    contest(town, contested, note="no")
    decide(wanjiku, contested)
    sent = [town.send(dark(seed), lot="L", piece="1").json()["id"] for seed in range(2)]
    contest(town, sent[1], note="It does not come out.")
    decide(wanjiku, sent[1])
    leave_only(town, "Wanjiku")
    alone = flagged(town)
    decide(wanjiku, alone)
    assert [outcome(town, one) for one in (contested, sent[1], alone)] == [None] * 3
    assert listed(njeri) == []


def test_a_piece_that_passed_and_was_looked_at_is_drawn_like_any_other(town: Town) -> None:
    name = town.send(clean()).json()["id"]
    decide(town.log_in("Wanjiku"), name, "reject")
    assert outcome(town, name) == "waiting"


def test_the_share_is_kept_with_the_draw_and_the_draw_can_be_made_again(
    tmp_path: Path, releases: Path
) -> None:
    with serve(tmp_path, releases, second_review_share=0.5) as town:
        names = [flagged(town, str(number)) for number in range(12)]
        for name in names:
            decide(town.log_in("Wanjiku"), name)
        with town.state.ledger.read() as session:
            key = key_of(session, SECOND)
            drawn = {draw.inspection: draw.share for draw in session.query(SecondDraw)}
    assert drawn == {name: 0.5 for name in names if is_drawn(key, name, 0.5)}


def test_no_machine_changes_what_a_person_decided(tmp_path: Path) -> None:
    releases = tiny_releases(tmp_path / "releases")
    with serve(tmp_path, releases, second_review_share=1.0) as town:
        name, photo, wanjiku = str(uuid.uuid4()), tarnished(), town.log_in("Wanjiku")
        town.send(photo, name=name, lot="L", piece="1")
        decide(wanjiku, name, "reject")
        second(town.log_in("Njeri"), name, "reject")
        before = wanjiku.get(f"/v1/inspections/{name}").json()
        # Another network is promoted, which passes all of it, and the same photo comes once more.
        write_tiny_bundle(releases / "tiny-2", threshold=0.9999)
        promote(releases, "tiny-2", force=True, why="to see nothing change")
        wait_until(lambda: wanjiku.get("/v1/release").json()["name"] == "tiny-2")
        assert town.send(photo, name=name, lot="L", piece="1").status_code == 200
        assert wanjiku.get(f"/v1/inspections/{name}").json() == before
        assert town.send(photo).json()["status"] == "passed"
        with town.state.ledger.read() as session:
            kept = (session.query(Review).count(), session.query(Answer).count())
        assert (kept, outcome(town, name)) == ((1, 1), "agreed")
