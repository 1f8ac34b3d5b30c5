"""What changed of the queue, for pages that show it: asked now and then, or told as it happens."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import QueuePool

from tests.parts.served import Town, clean, serve, tarnished, wait_until
from tests.service.inspections.test_appeals import contest
from tests.service.queue.asking import claim, decide, flagged, ids, kind
from ubora.service.ledger.tables import Token


@pytest.fixture
def town(tmp_path: Path, releases: Path) -> Iterator[Town]:
    with serve(tmp_path, releases, audit_share=0.0) as running:
        yield running


def news(client: httpx.Client, after: int, **asked: Any) -> dict[str, Any]:
    answer = client.get("/v1/queue/changes", params={"after": after, **asked})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def events(answer: httpx.Response) -> Iterator[int]:
    """The numbers of the events, as they come."""
    for line in answer.iter_lines():
        if line.startswith("id: "):
            yield int(line.removeprefix("id: "))


def test_what_came_was_claimed_contested_or_decided_since_is_told_once(town: Town) -> None:
    reviewer = town.client("reviewer")
    first, second = flagged(town, "1"), flagged(town, "2")
    change = reviewer.get("/v1/queue").json()["change"]
    assert news(reviewer, change)["items"] == []
    steps: list[tuple[Any, list[str], list[str]]] = [
        (lambda: claim(reviewer), [first], []),
        (lambda: claim(reviewer, skip=[first]), [first, second], []),
        (lambda: contest(town, first, note="no"), [first], []),
        (lambda: decide(reviewer, second), [], [second]),
        (lambda: town.send(clean(9), piece="passed"), [], []),
        (
            lambda: town.client("admin").post(
                "/v1/deletions", json={"reason": "sent by mistake", "inspection": first}
            ),
            [],
            [first],
        ),
    ]
    found = []
    for act, _, _ in steps:
        act()
        told = news(reviewer, change)
        found.append((sorted(ids(told["items"])), told["gone"]))
        change = told["change"]
        assert (told["reset"], told["more"]) == (False, False)
    assert found == [(sorted(items), gone) for _, items, gone in steps]
    assert news(reviewer, change)["counts"]["waiting"] == 0


def test_many_changes_come_in_parts_and_none_is_left_out(town: Town) -> None:
    reviewer = town.client("reviewer")
    names = [flagged(town, str(number)) for number in range(6)]
    change = reviewer.get("/v1/queue").json()["change"]
    for name in names[:3]:
        decide(reviewer, name)
    claim(reviewer, count=2)
    new = flagged(town, "new")
    told, parts = [], []
    while True:
        part = news(reviewer, change, limit=2)
        told += part["gone"] + ids(part["items"])
        parts.append((len(part["gone"]) + len(part["items"]), part["more"]))
        change = part["change"]
        if not part["more"]:
            break
    assert told == [*names[:5], new]
    assert parts == [(2, True), (2, True), (2, False)]


@pytest.mark.parametrize("after", [0, 2**53 - 1])
def test_a_number_that_this_ledger_never_gave_is_answered_by_asking_anew(town: Town, after: int) -> None:
    flagged(town, "1")
    told = news(town.client("reviewer"), after)
    assert (told["reset"], told["items"], told["gone"]) == (True, [], [])
    assert news(town.client("reviewer"), told["change"])["reset"] is False


def test_what_a_page_asks_by_itself_is_no_use_of_its_session(town: Town) -> None:
    wanjiku = town.log_in("Wanjiku")
    with town.state.ledger.write() as session:
        (token,) = session.query(Token).filter(Token.label == "Wanjiku")
        name, token.last_used_at = token.id, None

    def used() -> bool:
        with town.state.ledger.read() as session:
            return session.get_one(Token, name).last_used_at is not None

    news(wanjiku, 1)
    wanjiku.get("/v1/queue/events?seconds=0.01")
    asked = used()
    wanjiku.get("/v1/queue")
    assert (asked, used()) == (False, True)


def test_events_tell_of_a_change_when_it_comes_and_of_nothing_else(town: Town) -> None:
    reviewer = town.client("reviewer")
    flagged(town, "0")
    with reviewer.stream("GET", "/v1/queue/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        told = events(answer)
        first = next(told)
        town.send(clean(3), piece="passed")
        name = flagged(town, "1")
        second = next(told)
        assert ids(news(reviewer, first)["items"]) == [name]
        decide(reviewer, name)
        third = next(told)
        assert news(reviewer, second)["gone"] == [name]
    assert first < second < third


def test_news_are_of_what_the_filters_let_through_and_so_are_their_counts(town: Town) -> None:
    reviewer = town.client("reviewer")
    flagged(town, "0")
    change = reviewer.get("/v1/queue").json()["change"]
    here = flagged(town, "1", lot="PO-1")
    there = flagged(town, "2", lot="PO-2")
    told = news(reviewer, change, lot="PO-1")
    assert (ids(told["items"]), told["gone"], told["counts"]["waiting"]) == ([here], [there], 1)


def test_who_listens_to_everything_hears_of_what_passed_too(town: Town) -> None:
    with town.client("reviewer").stream("GET", "/v1/queue/events?everything=true") as answer:
        kinds = (line.removeprefix("event: ") for line in answer.iter_lines() if line.startswith("event: "))
        told = [next(kinds)]
        town.send(clean(3), piece="passed")
        told.append(next(kinds))
        flagged(town, "1")
        told.append(next(kinds))
    assert told == ["queue", "ledger", "queue"]


def test_twenty_pages_that_listen_hold_no_connection_to_the_database(town: Town) -> None:
    with ExitStack() as left:
        for _ in range(20):
            answer = left.enter_context(town.client("reviewer").stream("GET", "/v1/queue/events"))
            next(events(answer))
        # A look once a second takes one for as long as it looks.
        wait_until(lambda: checked_out(town) == 0)
        assert town.send(tarnished()).status_code == 201


def checked_out(town: Town) -> int:
    pool = town.state.ledger.engine.pool
    assert isinstance(pool, QueuePool)
    return pool.checkedout()


def test_a_stream_ends_when_its_time_is_over(town: Town) -> None:
    answer = town.client("reviewer").get("/v1/queue/events", params={"seconds": 0.05})
    assert answer.text.count("event: queue") == 1


def test_no_more_listen_than_may_and_who_leaves_makes_room(tmp_path: Path, releases: Path) -> None:
    with serve(tmp_path, releases, listeners=2) as town, ExitStack() as left:
        reviewer = town.client("reviewer")
        told = []
        for _ in range(2):
            answer = left.enter_context(reviewer.stream("GET", "/v1/queue/events"))
            # Kept: a stream whose reader is gone is closed.
            told.append(events(answer))
            next(told[-1])
        refused = reviewer.get("/v1/queue/events?seconds=1")
        assert kind(refused) == (503, "busy")
        assert refused.headers["retry-after"] == "30"
        left.pop_all().close()
        wait_until(lambda: reviewer.get("/v1/queue/events?seconds=0.01").status_code == 200)


def test_listeners_hold_up_neither_others_nor_the_end_of_the_service(tmp_path: Path, releases: Path) -> None:
    ended: list[list[int]] = []

    def listen(url: str, token: str) -> None:
        with httpx.stream("GET", url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as answer:
            told = events(answer)
            began.append(next(told))
            ended.append(list(told))

    began: list[int] = []
    # Whoever is slow is let go after half a second; who listens owes nothing, and stays.
    with serve(tmp_path, releases, quiet_seconds=0.5, header_seconds=1.0) as town:
        asked = (f"{town.url}/v1/queue/events", town.tokens["reviewer"])
        threads = [threading.Thread(target=listen, args=asked) for _ in range(8)]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(began) == 8)
        time.sleep(2.5)
        assert town.send(tarnished()).status_code == 201
        assert ended == []
    # Each came to its end in order; a service that had to wait for them would have broken them off.
    for thread in threads:
        thread.join(60)
    assert len(ended) == 8
