"""Who is not sure hands a piece to another: it waits on, she is not asked again, and nothing is decided."""

import uuid
from typing import Any

import httpx

from tests.parts.served import Town, clean, seen
from tests.service.fairness.test_appeals_by_another import leave_only
from tests.service.inspections.test_appeals import contest, rate
from tests.service.queue.asking import claim, decide, flagged, ids, kind, listed
from ubora.service.ledger.tables import Handover


def hand_over(
    client: httpx.Client, inspection: str, note: str = "", name: str | None = None, **body: Any
) -> httpx.Response:
    """After a look at it."""
    path = f"/v1/inspections/{inspection}"
    sent = {**seen(client.get(path).json()), "note": note, **body}
    return client.put(f"{path}/handovers/{name or uuid.uuid4()}", json=sent)


def test_a_piece_that_is_handed_over_waits_on_and_the_next_person_sees_by_whom_and_why(town: Town) -> None:
    first, second = flagged(town, "1"), flagged(town, "2")
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    claim(wanjiku)
    before, shown = rate(town), wanjiku.get(f"/v1/inspections/{first}").json()
    answer = hand_over(wanjiku, first, "Patina, or a stain?")
    assert (answer.status_code, answer.json()["by"]) == (201, "Wanjiku")
    assert ids(claim(wanjiku, count=3)) == [second]
    items = listed(njeri, kind="unsure")
    assert (ids(items), items[0]["kinds"], items[0]["held"]) == ([first], ["flagged", "unsure"], None)
    assert items[0]["handed"] == [answer.json()]
    assert ids(claim(njeri)) == [first]
    # Nothing is decided by it, and its workshop hears nothing.
    assert (rate(town), town.client("artisan").get(f"/v1/inspections/{first}").json()) == (before, shown)
    assert decide(njeri, first).json()["status"] == "accepted"
    assert ids(listed(njeri)) == [second]


def test_who_handed_it_over_neither_opens_nor_decides_it(town: Town) -> None:
    name, wanjiku = flagged(town), town.log_in("Wanjiku")
    hand_over(wanjiku, name)
    for refused in (
        wanjiku.put(f"/v1/queue/claims/{name}"),
        decide(wanjiku, name),
        hand_over(wanjiku, name, "once more"),
    ):
        assert kind(refused) == (409, "handed-over")
        assert "Wanjiku handed it to another person at " in refused.json()["detail"]


def test_it_goes_from_one_to_the_next_until_one_decides_and_never_to_nobody(town: Town) -> None:
    name = flagged(town)
    wanjiku, njeri, last = town.log_in("Wanjiku"), town.log_in("Njeri"), town.client("reviewer")
    for person in (wanjiku, njeri):
        assert hand_over(person, name).status_code == 201
    assert [one["by"] for one in listed(last)[0]["handed"]] == ["Wanjiku", "Njeri"]
    assert kind(hand_over(last, name)) == (409, "nobody-else")
    assert decide(last, name).status_code == 201


def test_where_the_other_has_left_she_decides_it_herself_and_that_is_recorded(town: Town) -> None:
    name, wanjiku = flagged(town), town.log_in("Wanjiku")
    hand_over(wanjiku, name)
    leave_only(town, "Wanjiku")
    assert kind(hand_over(wanjiku, flagged(town))) == (409, "nobody-else")
    assert ids(claim(wanjiku)) == [name]
    assert decide(wanjiku, name).json()["review"]["alone"] is True


def test_when_it_was_decided_she_may_speak_of_it_again(town: Town) -> None:
    name, wanjiku = flagged(town), town.log_in("Wanjiku")
    hand_over(wanjiku, name)
    decide(town.log_in("Njeri"), name, "reject")
    contest(town, name, note="no")
    assert ids(claim(wanjiku)) == [name]
    assert listed(wanjiku)[0]["handed"] == []


def test_only_what_waits_and_was_seen_and_is_not_held_is_handed_over(town: Town) -> None:
    name, wanjiku, njeri = flagged(town), town.log_in("Wanjiku"), town.log_in("Njeri")
    claim(njeri)
    assert kind(hand_over(wanjiku, name)) == (409, "held")
    contest(town, name, note="no")
    assert kind(hand_over(njeri, name, appeal=None)) == (409, "appeal-unseen")
    decide(njeri, name)
    assert kind(hand_over(wanjiku, name, after=None)) == (409, "review-unseen")
    refused = hand_over(wanjiku, name)
    assert (kind(refused), refused.json()["review"]["reviewer"]) == ((409, "not-waiting"), "Njeri")
    passed = town.send(clean()).json()["id"]
    assert kind(hand_over(wanjiku, passed)) == (409, "not-waiting")
    lost = wanjiku.put(f"/v1/inspections/{uuid.uuid4()}/handovers/{uuid.uuid4()}", json={})
    assert kind(lost) == (404, "not-found")


def test_the_same_again_is_stored_once_and_the_record_only_grows(town: Town) -> None:
    name, other, handover = flagged(town), flagged(town), str(uuid.uuid4())
    wanjiku = town.log_in("Wanjiku")
    answers = [
        hand_over(wanjiku, name, "?", handover),
        hand_over(wanjiku, name, "?", handover),
        hand_over(wanjiku, name, "!", handover),
        hand_over(wanjiku, other, "?", handover),
    ]
    assert [one.status_code for one in answers] == [201, 200, 409, 409]
    assert answers[0].json() == answers[1].json()
    decide(town.log_in("Njeri"), name)
    with town.state.ledger.read() as session:
        stored = [(one.id, one.inspection, one.note) for one in session.query(Handover)]
    assert stored == [(handover, name, "?")]
