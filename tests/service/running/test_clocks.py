"""The server's clock is wrong, then set right: nobody waits longer than was meant, what came last is last."""

import logging
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.parts.clocks import SteppedClock
from tests.parts.served import DESIGN, OWN, PASSWORD, Town, clean, serve, tarnished
from tests.torture import clock_steps
from ubora.service.reviews.contestable import MOST_APPEALS

YEAR, HOUR, MINUTE = timedelta(days=365), timedelta(hours=1), timedelta(minutes=1)
NONE = timedelta()


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def town(tmp_path: Path, releases: Path, clock: SteppedClock) -> Iterator[Town]:
    with serve(tmp_path, releases, clock=clock) as running:
        yield running


def _try(town: Town, password: str) -> httpx.Response:
    return town.client(None).post("/v1/session", json={"name": "Wanjiku", "password": password})


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _contest(town: Town, piece: str) -> httpx.Response:
    note = [("context", (None, '{"note": "no"}'))]
    return town.client("artisan").put(f"/v1/inspections/{piece}/appeals/{uuid.uuid4()}", files=note)


def _list(town: Town, **asked: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    while True:
        page = town.client("artisan").get("/v1/inspections", params=asked).json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        asked["cursor"] = page["next_cursor"]


# Waits


def test_a_throttle_of_a_clock_that_was_a_year_ahead_holds_nobody_up(town: Town, clock: SteppedClock) -> None:
    clock.ahead = YEAR
    assert [_try(town, f"guess {number}").status_code for number in range(11)] == [401] * 10 + [429]
    clock.ahead = NONE
    assert _try(town, PASSWORD).status_code == 200


@pytest.mark.parametrize("ahead", [NONE, 4 * MINUTE, -4 * MINUTE, -YEAR])
def test_no_wait_is_longer_than_its_window_and_guessing_goes_on_being_slowed_down(
    town: Town, clock: SteppedClock, ahead: timedelta
) -> None:
    assert [_try(town, f"guess {number}").status_code for number in range(11)] == [401] * 10 + [429]
    clock.ahead = ahead
    answers = [_try(town, f"guess {number}") for number in range(11)]
    assert answers[-1].status_code == 429
    assert 0 < int(answers[-1].headers["retry-after"]) <= 15 * 60 + 1


def test_a_session_of_a_clock_that_was_ahead_is_over_and_a_new_one_is_good(
    town: Town, clock: SteppedClock
) -> None:
    clock.ahead = YEAR
    then = town.log_in("Wanjiku")
    assert then.get("/v1/session").status_code == 200
    clock.ahead = NONE
    assert then.get("/v1/session").status_code == 401
    assert town.log_in("Wanjiku").get("/v1/session").status_code == 200


@pytest.mark.parametrize("back", [2 * HOUR, YEAR])
def test_who_logs_in_after_the_clock_was_set_back_is_in(
    town: Town, clock: SteppedClock, back: timedelta
) -> None:
    clock.ahead = back
    town.log_in("Njeri").delete("/v1/session")
    clock.ahead = NONE
    assert town.log_in("Njeri").get("/v1/session").status_code == 200


def test_a_clock_that_is_set_back_a_little_ends_nothing(town: Town, clock: SteppedClock) -> None:
    wanjiku = town.log_in("Wanjiku")
    asked = {"microfactory": OWN, "label": "p"}
    code = town.client("admin").post("/v1/enrolments", json=asked).json()["code"]
    clock.ahead = -2 * MINUTE
    assert wanjiku.get("/v1/session").status_code == 200
    assert town.client(None).post("/v1/enrol", json={"code": code}).status_code == 201


def test_a_code_of_a_clock_that_was_ahead_is_no_good_for_a_year(town: Town, clock: SteppedClock) -> None:
    admin = town.client("admin")
    clock.ahead = YEAR
    made = admin.post("/v1/enrolments", json={"microfactory": OWN, "label": "p"}).json()
    seen = [made["open"], admin.get(f"/v1/enrolments/{made['id']}").json()["open"]]
    clock.ahead = NONE
    seen.append(admin.get(f"/v1/enrolments/{made['id']}").json()["open"])
    assert seen == [True, True, False]
    assert town.client(None).post("/v1/enrol", json={"code": made["code"]}).status_code == 404


def test_a_last_use_in_the_future_is_put_right_by_the_next_one(town: Town, clock: SteppedClock) -> None:
    clock.ahead = YEAR
    town.client("artisan").get("/v1/me")
    clock.ahead = NONE
    town.client("artisan").get("/v1/me")
    (row,) = [
        one for one in town.client("admin").get("/v1/tokens").json()["items"] if one["label"] == "artisan"
    ]
    assert _time(row["last_used_at"]) <= clock()


# Order


@pytest.mark.parametrize("back", [MINUTE, HOUR, YEAR])
def test_what_was_received_last_is_the_newest_of_its_piece_after_the_clock_was_set_back(
    town: Town, clock: SteppedClock, back: timedelta
) -> None:
    clock.ahead = back
    first = town.send(tarnished(), lot="L", piece="1").json()["id"]
    town.review(first, "reject")
    day_ahead = town.state.ledger.today()
    clock.ahead = NONE
    second = town.send(clean(1), lot="L", piece="1").json()["id"]
    assert [item["id"] for item in _list(town, limit=1)] == [second, first]
    refused = _contest(town, first)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/superseded")
    rate = town.client("reviewer").get("/v1/pass-rate?window_days=3660").json()
    counted = [rate[name] for name in ("pieces_decided", "pieces_passed", "first_pass_yield")]
    # A day that has not come is in no window. Of a year ahead the first try is not counted; less than a day
    # ahead both are of the ledger's day, which late in the evening is tomorrow.
    if back == YEAR:
        assert counted == [1, 1, None]
    else:
        tomorrow = day_ahead != town.state.ledger.today()
        assert counted == ([0, 0, None] if tomorrow else [1, 1, 0.0])


@pytest.mark.parametrize("back", [MINUTE, HOUR, YEAR])
@pytest.mark.parametrize("asked", ["change", "changed_at"])
def test_news_leave_out_nothing_that_was_decided_after_the_clock_was_set_back(
    town: Town, clock: SteppedClock, back: timedelta, asked: str
) -> None:
    first = town.send(tarnished()).json()["id"]
    clock.ahead = back
    second = town.send(tarnished(1)).json()
    clock.ahead = NONE
    known = second["change"] if asked == "change" else second["changed_at"]
    query = {"changed_after" if asked == "change" else "changed_since": known}
    town.review(first, "reject")
    _contest(town, first)
    news = [item["id"] for item in _list(town, limit=1, **query)]
    # A time asks for what changed at that very time, too.
    assert news == ([first] if asked == "change" else [second["id"], first])


def test_every_change_has_a_number_of_its_own_and_a_repeat_changes_nothing(town: Town) -> None:
    name = str(uuid.uuid4())
    seen = [town.send(tarnished(), name=name).json(), town.send(tarnished(), name=name).json()]
    for number in range(MOST_APPEALS):
        who = ("reviewer", "admin")[number % 2]
        seen += [town.review(name, "reject", who=who).json(), _contest(town, name).json()]
    changes = [item["change"] for item in seen]
    assert changes[0] == changes[1] == seen[0]["number"]
    assert changes[1:] == sorted(set(changes))
    assert {item["number"] for item in seen} == {changes[0]}


def test_a_change_that_this_ledger_never_knew_is_of_one_that_was_put_back_and_all_is_news(town: Town) -> None:
    sent = [town.send(tarnished(number)).json() for number in range(3)]
    client = town.client("artisan")
    never = sent[-1]["change"] + 10**6
    found = client.get("/v1/inspections", params={"changed_after": never}).json()["items"]
    assert [item["id"] for item in found] == [item["id"] for item in sent]
    last = client.get("/v1/inspections", params={"changed_after": sent[-1]["change"]}).json()
    assert (last["items"], last["next_cursor"]) == ([], None)


@pytest.mark.parametrize("asked", ["-1", "x", str(2**53), "1&changed_since=2026-11-01T00:00:00Z"])
def test_a_change_that_is_none_is_refused(town: Town, asked: str) -> None:
    answer = town.client("artisan").get(f"/v1/inspections?changed_after={asked}")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid")


def test_lots_are_listed_as_they_were_opened_whatever_the_clock_said(town: Town, clock: SteppedClock) -> None:
    admin = town.client("admin")
    body = {"microfactory": OWN, "design": "disc", "pieces": 5, "views": ["front"]}
    versions = {}
    for name, ahead in (("A", NONE), ("B", YEAR), ("C", NONE), ("D", -YEAR)):
        clock.ahead = ahead
        opened = admin.put(f"/v1/lots/{name}", json=body)
        assert opened.status_code == 201
        versions[name] = opened.json()["version"]
    changed = body | {"note": "changed", "after": versions["A"]}
    assert admin.put("/v1/lots/A", json=changed).status_code == 200
    listed, cursor = [], None
    for _ in range(4):
        page = admin.get("/v1/lots", params={"limit": 1} | ({"cursor": cursor} if cursor else {})).json()
        listed += [lot["id"] for lot in page["items"]]
        cursor = page["next_cursor"]
    assert (listed, cursor) == (["D", "C", "B", "A"], None)


# Times


def test_the_ledgers_times_do_not_go_back_with_a_clock_that_is_set_back_by_hours(
    town: Town, clock: SteppedClock
) -> None:
    clock.ahead = 3 * HOUR
    first = town.send(tarnished()).json()
    clock.ahead = NONE
    second = town.send(tarnished(1)).json()
    reviewed = town.review(first["id"], "accept").json()
    times = [_time(t) for t in (first["received_at"], second["received_at"], reviewed["review"]["at"])]
    assert times == sorted(times)
    clock.ahead = 4 * HOUR
    third = town.send(tarnished(2)).json()
    assert times[-1] < _time(third["received_at"])


@pytest.mark.folder_alone("it ages or removes files of the folder")
def test_a_clock_that_was_a_year_ahead_leaves_no_year_behind_and_is_told_of_once(
    town: Town, clock: SteppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    clock.ahead = YEAR
    first = town.send(tarnished()).json()
    clock.ahead = NONE
    with caplog.at_level(logging.WARNING, "ubora.service"):
        second = town.send(tarnished(1)).json()
        town.send(tarnished(2))
    assert [record.message for record in caplog.records] == ["clock-stepped-back"]
    assert abs(_time(second["received_at"]) - clock()) < HOUR
    # What is decided on a piece of that year is not decided before it came.
    decided = town.review(first["id"], "reject").json()
    contested = _contest(town, first["id"]).json()
    times = [
        _time(text)
        for text in (
            first["received_at"],
            decided["review"]["at"],
            decided["changed_at"],
            contested["appeal"]["at"],
            contested["changed_at"],
        )
    ]
    assert times == sorted(times)
    fourth = town.send(tarnished(3)).json()
    assert abs(_time(fourth["received_at"]) - clock()) < HOUR


def test_a_design_is_changed_under_any_clock(town: Town, clock: SteppedClock) -> None:
    """The record of rights too: each line's time is not before that of the line above it, within a day."""
    admin = town.client("admin")
    for ahead in (2 * HOUR, NONE, HOUR):
        clock.ahead = ahead
        assert admin.put("/v1/designs/disc", json=DESIGN.model_dump()).status_code == 200
        admin.post("/v1/enrolments", json={"microfactory": OWN, "label": "p"})
    times = [_time(line["at"]) for line in admin.get("/v1/audit?limit=3").json()["items"]]
    assert times == sorted(times, reverse=True)


@pytest.mark.slow
def test_a_real_service_whose_clock_really_jumps_holds_all_of_it() -> None:
    if (why := clock_steps.fault()) is not None:
        pytest.skip(why)
    rows: list[tuple[str, str]] = []
    held = clock_steps.run(lambda *row: rows.append(row), 0.0)
    assert (held, [row for row in rows if row[0] == "fault"]) == (True, [])
