"""An appeal is decided by another person than the one whose decision it contests, where there is one."""

import uuid
from typing import Any

import httpx
from sqlalchemy import update

from tests.parts.served import Town, dark, seen
from tests.service.inspections.test_appeals import contest
from tests.service.queue.asking import claim, decide, flagged, ids, kind
from ubora.service.ledger.tables import Staff, Token


def contested(town: Town, by: httpx.Client, piece: str = "1") -> str:
    """A piece that was rejected by her and waits again."""
    name = flagged(town, piece)
    assert decide(by, name, "reject").status_code == 201
    assert contest(town, name, note="It is patina.").status_code == 201
    return name


def leave_only(town: Town, name: str) -> None:
    """Nobody else at the hub may decide."""
    with town.state.ledger.write() as session:
        session.execute(update(Staff).where(Staff.name != name).values(role="engineer"))
        session.execute(
            update(Token).where(Token.role == "reviewer", Token.label != name).values(role="artisan")
        )


def test_the_next_piece_is_never_ones_own_decision_that_is_contested(town: Town) -> None:
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    appeal, other = contested(town, wanjiku), flagged(town, "2")
    assert ids(claim(wanjiku, count=3)) == [other]
    wanjiku.delete("/v1/queue/claims")
    assert ids(claim(njeri, count=3)) == [appeal, other]


def test_who_made_the_decision_neither_opens_nor_decides_the_appeal_and_is_told_why(town: Town) -> None:
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    name = contested(town, wanjiku)
    for refused in (wanjiku.put(f"/v1/queue/claims/{name}"), decide(wanjiku, name, anyway=True)):
        assert kind(refused) == (409, "own-decision")
        assert refused.json()["detail"].startswith("Wanjiku rejected it at ")
        assert refused.json()["detail"].endswith("another person decides it")
        assert refused.json()["review"]["reviewer"] == "Wanjiku"
    decided = decide(njeri, name)
    assert (decided.status_code, decided.json()["appeal"]["outcome"]) == (201, "overturned")
    assert decided.json()["review"]["alone"] is False


def test_nor_does_she_change_the_outcome_when_it_was_decided(town: Town) -> None:
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    name = contested(town, wanjiku)
    decide(njeri, name)
    assert kind(decide(wanjiku, name, "reject")) == (409, "own-decision")
    # Who decided it may change her mind.
    assert decide(njeri, name, "rework").json()["appeal"]["outcome"] == "upheld"


def test_a_token_with_her_name_is_the_same_person(town: Town) -> None:
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    name = contested(town, wanjiku)
    made = njeri.post("/v1/tokens", json={"role": "reviewer", "label": "WANJIKU"}).json()
    program = town.client(None)
    program.headers["Authorization"] = f"Bearer {made['token']}"
    assert claim(program) == []
    assert kind(decide(program, name)) == (409, "own-decision")


def test_a_flag_that_is_contested_before_anybody_decided_is_anybodys(town: Town) -> None:
    name = flagged(town)
    contest(town, name, note="no")
    wanjiku = town.log_in("Wanjiku")
    assert ids(claim(wanjiku)) == [name]
    assert decide(wanjiku, name).status_code == 201


def test_where_nobody_else_may_decide_she_does_and_that_is_recorded(town: Town) -> None:
    wanjiku = town.log_in("Wanjiku")
    name = contested(town, wanjiku)
    leave_only(town, "Wanjiku")
    assert ids(claim(wanjiku)) == [name]
    decided = decide(wanjiku, name)
    assert (decided.status_code, decided.json()["review"]["alone"]) == (201, True)
    assert decided.json()["appeal"]["outcome"] == "overturned"


def test_the_second_appeal_contests_the_second_decision(town: Town) -> None:
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    name = contested(town, wanjiku)
    decide(njeri, name, "reject")
    contest(town, name, note="Look again.")
    assert kind(decide(njeri, name)) == (409, "own-decision")
    assert decide(wanjiku, name).status_code == 201


def test_a_repeat_of_the_decision_that_is_contested_is_a_repeat(town: Town) -> None:
    name, wanjiku = flagged(town), town.log_in("Wanjiku")
    path = f"/v1/inspections/{name}/reviews/{uuid.uuid4()}"
    body: dict[str, Any] = {"disposition": "reject"}
    wanjiku.put(path, json=body)
    contest(town, name, note="no")
    assert wanjiku.put(path, json=body).status_code == 200


def overturned(town: Town, **asked: int) -> dict[str, Any]:
    answer = town.client("engineer").get("/v1/overturn-rate", params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_the_overturn_rate_counts_decided_appeals_with_their_interval(town: Town) -> None:
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    none = {"decided": 0, "overturned": 0, "share": None, "interval": None}
    assert {part: overturned(town)[part] for part in ("all", "flags", "decisions")} == {
        "all": none,
        "flags": none,
        "decisions": none,
    }
    for number, disposition in enumerate(("accept", "reject", "rework", "accept")):
        decide(njeri, contested(town, wanjiku, str(number)), disposition)
    contested(town, wanjiku, "waits still")
    flag = flagged(town, "flag")
    contest(town, flag, note="no")
    decide(njeri, flag)
    found = overturned(town)
    assert [round(end, 4) for end in found["decisions"]["interval"]] == [0.15, 0.85]
    counted = {part: (found[part]["decided"], found[part]["overturned"]) for part in ("all", "flags")}
    assert counted == {"all": (5, 3), "flags": (1, 1)}
    assert (found["decisions"]["decided"], found["decisions"]["share"]) == (4, 0.5)


def test_a_photo_that_went_to_a_person_contests_nothing(town: Town) -> None:
    sent = [town.send(dark(seed), lot="L", piece="1").json()["id"] for seed in range(2)]
    contest(town, sent[1], note="It does not come out.")
    wanjiku = town.log_in("Wanjiku")
    answer = wanjiku.put(
        f"/v1/inspections/{sent[1]}/reviews/{uuid.uuid4()}",
        json={**seen(wanjiku.get(f"/v1/inspections/{sent[1]}").json()), "disposition": "accept"},
    )
    assert answer.status_code == 201
    assert overturned(town)["all"]["decided"] == 0
