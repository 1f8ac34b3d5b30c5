"""Whoever has a piece open holds it for some minutes: nobody decides it unknowingly, and nobody is stuck."""

import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests.parts.clocks import SteppedClock
from tests.parts.served import Town, serve
from tests.service.inspections.test_appeals import contest
from tests.service.queue.asking import claim, decide, flagged, ids, kind, listed, pieces

LEASE, HOUR, YEAR = timedelta(minutes=10), timedelta(hours=1), timedelta(days=365)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def town(tmp_path: Path, releases: Path, clock: SteppedClock) -> Iterator[Town]:
    with serve(tmp_path, releases, clock=clock, audit_share=0.0) as running:
        yield running


def test_who_claims_gets_the_next_piece_that_nobody_holds_and_all_are_told_who_does(town: Town) -> None:
    names = [flagged(town, str(number)) for number in range(5)]
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    first, second = claim(wanjiku, count=2), claim(njeri, count=2)
    assert (ids(first), ids(second)) == (names[:2], names[2:4])
    assert {item["held"]["mine"] for item in first + second} == {True}
    shown = [item["held"] and (item["held"]["by"], item["held"]["mine"]) for item in listed(wanjiku)]
    assert shown == [("Wanjiku", True)] * 2 + [("Njeri", False)] * 2 + [None]
    # Claiming again gives back what she held: here the same two, for nobody decided them.
    assert ids(claim(wanjiku, count=2)) == names[:2]
    assert ids(claim(wanjiku, count=1, skip=[names[0]])) == names[1:2]
    assert ids(claim(njeri)) == names[:1]
    assert [item["held"] is None for item in listed(njeri)] == [False, False, True, True, True]


def test_claims_are_chosen_by_the_same_filters_and_are_empty_where_nothing_is_free(town: Town) -> None:
    flagged(town, "1", lot="A")
    second = flagged(town, "2", lot="B")
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    assert ids(claim(wanjiku, lot="B", count=3)) == [second]
    answer = njeri.post("/v1/queue/claims", json={"lot": "B"}).json()
    assert answer == {"items": [], "until": None}


def test_a_piece_that_another_holds_is_not_claimed_until_it_is_given_back(town: Town) -> None:
    name = flagged(town, "1")
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    path = f"/v1/queue/claims/{name}"
    until = wanjiku.put(path).json()["until"]
    refused = njeri.put(path)
    assert kind(refused) == (409, "held")
    assert (refused.json()["held_by"], refused.json()["until"]) == ("Wanjiku", until)
    assert kind(njeri.delete(path)) == (409, "held")
    # She holds it wherever she is logged in.
    assert town.log_in("Wanjiku").put(path).status_code == 200
    assert [wanjiku.delete(path).status_code for _ in range(2)] == [204, 204]
    assert njeri.put(path).status_code == 200
    assert njeri.delete("/v1/queue/claims").status_code == 204
    assert wanjiku.put(path).status_code == 200


def test_what_does_not_wait_is_not_claimed(town: Town) -> None:
    name = flagged(town, "1")
    reviewer = town.client("reviewer")
    decide(reviewer, name)
    refused = reviewer.put(f"/v1/queue/claims/{name}")
    assert kind(refused) == (409, "not-waiting")
    assert refused.json()["review"]["disposition"] == "accept"
    assert kind(reviewer.put(f"/v1/queue/claims/{uuid.uuid4()}")) == (404, "not-found")
    # Contested, it waits again.
    contested = flagged(town, "2")
    decide(reviewer, contested, "reject")
    contest(town, contested, note="no")
    assert town.client("admin").put(f"/v1/queue/claims/{contested}").status_code == 200


def test_who_opens_many_gives_back_those_that_she_holds_longest(town: Town) -> None:
    names = [flagged(town, str(number)) for number in range(8)]
    wanjiku = town.log_in("Wanjiku")
    for name in names:
        assert wanjiku.put(f"/v1/queue/claims/{name}").status_code == 200
    assert [item["held"] is not None for item in listed(wanjiku)] == [False] * 2 + [True] * 6


def test_a_review_of_what_another_holds_is_refused_unless_she_was_told(town: Town) -> None:
    name = flagged(town, "1")
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    claim(wanjiku)
    refused = decide(njeri, name)
    assert kind(refused) == (409, "held")
    assert refused.json()["held_by"] == "Wanjiku"
    decided = decide(njeri, name, anyway=True)
    assert decided.status_code == 201
    # A review by anybody ends the lease, and who held it is told before she decides over it.
    assert listed(wanjiku) == []
    late = wanjiku.put(f"/v1/inspections/{name}/reviews/{uuid.uuid4()}", json={"disposition": "reject"})
    assert kind(late) == (409, "review-unseen")


def test_the_repeat_of_a_review_that_was_told_is_the_same_review(town: Town) -> None:
    name = flagged(town, "1")
    path = f"/v1/inspections/{name}/reviews/{uuid.uuid4()}"
    reviewer = town.client("reviewer")
    sent = [{"disposition": "accept", "anyway": anyway} for anyway in (True, False)]
    assert [reviewer.put(path, json=body).status_code for body in sent] == [201, 200]


def test_a_lease_that_is_over_is_taken_by_whoever_comes_and_holds_up_no_review(
    town: Town, clock: SteppedClock
) -> None:
    names = [flagged(town, str(number)) for number in range(2)]
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    claim(wanjiku, count=2)
    clock.ahead = LEASE - timedelta(minutes=1)
    assert claim(njeri) == []
    clock.ahead = LEASE
    assert ids(claim(njeri)) == names[:1]
    assert decide(njeri, names[1]).status_code == 201
    assert kind(decide(wanjiku, names[0])) == (409, "held")


def test_who_says_that_she_still_has_it_open_holds_it_as_long_once_more(
    town: Town, clock: SteppedClock
) -> None:
    name = flagged(town, "1")
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    claim(wanjiku)
    for minutes in (9, 18, 27):
        clock.ahead = timedelta(minutes=minutes)
        assert wanjiku.put(f"/v1/queue/claims/{name}").status_code == 200
        assert claim(njeri) == []


@pytest.mark.parametrize("step", [YEAR, 5 * HOUR], ids=["a year", "five hours"])
def test_a_lease_of_a_clock_that_was_ahead_strands_nobody(
    town: Town, clock: SteppedClock, step: timedelta
) -> None:
    name = flagged(town, "1")
    clock.ahead = step
    assert ids(claim(town.client("reviewer"))) == [name]
    clock.ahead = timedelta()
    njeri = town.client("admin")
    assert [item["held"] for item in listed(njeri)] == [None]
    assert ids(claim(njeri)) == [name]


def test_who_logs_out_or_is_disabled_holds_nothing_any_more(town: Town) -> None:
    names = [flagged(town, str(number)) for number in range(3)]
    njeri, omondi = town.log_in("Njeri"), town.client("reviewer")

    def free() -> list[bool]:
        return [item["held"] is None for item in listed(omondi)]

    wanjiku = town.log_in("Wanjiku")
    assert ids(claim(wanjiku, count=3)) == names
    assert wanjiku.delete("/v1/session").status_code == 204
    assert free() == [True] * 3
    wanjiku = town.log_in("Wanjiku")
    claim(wanjiku, count=3)
    (staff,) = [one["id"] for one in njeri.get("/v1/staff").json()["items"] if one["name"] == "Wanjiku"]
    assert njeri.patch(f"/v1/staff/{staff}", json={"disabled": True}).status_code == 200
    assert free() == [True] * 3
    token = njeri.post("/v1/tokens", json={"role": "reviewer", "label": "a program"}).json()
    program = town.client(None)
    program.headers["Authorization"] = f"Bearer {token['token']}"
    claim(program, count=2)
    assert njeri.delete(f"/v1/tokens/{token['id']}").status_code == 204
    assert free() == [True] * 3


def test_an_appeal_that_comes_while_a_piece_is_held_leaves_it_held_and_is_looked_at_first(town: Town) -> None:
    flagged(town, "1")
    name = flagged(town, "2")
    wanjiku = town.log_in("Wanjiku")
    wanjiku.put(f"/v1/queue/claims/{name}")
    contest(town, name, note="no")
    assert pieces(listed(wanjiku)) == ["2", "1"]
    assert listed(wanjiku)[0]["held"]["mine"]
    unseen = wanjiku.put(f"/v1/inspections/{name}/reviews/{uuid.uuid4()}", json={"disposition": "accept"})
    assert kind(unseen) == (409, "appeal-unseen")
    assert decide(wanjiku, name).status_code == 201


def test_two_who_race_through_the_queue_never_hold_or_decide_the_same_piece(town: Town) -> None:
    names = {flagged(town, str(number), lot=f"L{number % 3}") for number in range(12)}
    people = [town.log_in(name) for name in ("Wanjiku", "Njeri")]
    start = threading.Barrier(2)

    def work(person: httpx.Client) -> tuple[list[str], list[int]]:
        start.wait()
        decided, statuses = [], []
        while held := claim(person, count=2):
            statuses.append(decide(person, ids(held)[0]).status_code)
            decided.append(ids(held)[0])
        return decided, statuses

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(work, people))
    both = [name for decided, _ in done for name in decided]
    assert sorted(both) == sorted(names)
    assert {status for _, statuses in done for status in statuses} == {201}


def test_of_many_who_claim_at_once_each_gets_pieces_of_her_own(town: Town) -> None:
    for number in range(10):
        flagged(town, str(number))
    people = [town.log_in("Wanjiku"), town.log_in("Njeri"), town.client("reviewer"), town.client("admin")]
    start = threading.Barrier(len(people))

    def take(person: httpx.Client) -> list[str]:
        start.wait()
        return ids(claim(person, count=3))

    with ThreadPoolExecutor(len(people)) as pool:
        found = [name for taken in pool.map(take, people) for name in taken]
    assert (len(found), len(set(found))) == (10, 10)
