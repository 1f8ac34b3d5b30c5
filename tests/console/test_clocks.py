"""Clocks that are wrong, seen from a phone and from a laptop at the hub."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.parts.browser import Open, fact, in_a_browser, line, queued, stored, take, verdict, wait_for
from tests.parts.clocks import SteppedClock
from tests.parts.served import OWN, PASSWORD, Town, clean, serve, tarnished

pytestmark = [pytest.mark.slow, in_a_browser]
YEAR = timedelta(days=365)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def town(tmp_path: Path, releases: Path, clock: SteppedClock) -> Iterator[Town]:
    with serve(tmp_path, releases, clock=clock) as running:
        yield running


def _refresh(page: Page) -> None:
    page.evaluate("dispatchEvent(new Event('online'))")


def _statuses(page: Page) -> dict[str, str]:
    return {piece["id"]: piece["inspection"]["status"] for piece in queued(page)}


def _note(page: Page, facts: dict[str, object]) -> None:
    """As another version of the app left them; None takes one away."""
    page.evaluate(
        """async (facts) => {
             const { Store } = await import("./store.js");
             const store = await Store.open();
             for (const [name, value] of Object.entries(facts)) {
               if (value === null) await store.remove("facts", name);
               else await store.note(name, value);
             }
             store.database.close();
           }""",
        facts,
    )


def test_a_phone_hears_what_was_decided_and_lists_what_was_taken_after_the_hubs_clock_was_set_back(
    town: Town, clock: SteppedClock, open_page: Open
) -> None:
    clock.ahead = YEAR
    page = open_page("phone", "artisan")
    take(page, tarnished())
    line(page, 0, 1)
    (first,) = stored(town)
    clock.ahead = timedelta()
    page.go_back()
    take(page, tarnished(1))
    line(page, 0, 2)
    second = stored(town)[0]
    page.go_back()
    rows = page.locator("#pieces .piece")
    expect(rows).to_have_count(2)
    assert [row.get_attribute("data-key") for row in rows.all()] == [second["id"], first["id"]]
    town.review(second["id"], "reject")
    _refresh(page)
    wait_for(
        page, lambda: {p["id"]: p["inspection"]["status"] for p in queued(page)}[second["id"]] == "rejected"
    )


def test_a_phone_whose_older_app_knew_a_time_alone_misses_nothing_and_goes_on_by_numbers(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", "artisan")
    take(page, tarnished())
    verdict(page, "pending")
    (piece,) = stored(town)
    wait_for(page, lambda: fact(page, "change") == piece["change"])
    _note(page, {"change": None, "news": piece["changed_at"]})
    sent = town.send(clean(1)).json()
    reviewed = town.review(piece["id"], "reject").json()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    wait_for(page, lambda: fact(page, "change") == reviewed["change"])
    assert _statuses(page) == {piece["id"]: "rejected", sent["id"]: "passed"}
    assert [url for url in asked if "changed_since" in url]
    asked.clear()
    _refresh(page)
    wait_for(page, lambda: any(f"changed_after={reviewed['change']}" in url for url in asked))


def test_a_hub_whose_clock_is_wrong_keeps_no_phone_waiting_for_longer_than_an_hour(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", None)
    page.clock.install()
    page.goto(f"{town.url}/phone/#token={town.tokens['artisan']}")
    expect(page.locator("#screen-home")).to_be_visible()
    refused: list[str] = []

    def wait_a_year(route: Route) -> None:
        refused.append(route.request.url)
        problem = '{"type": "/problems/too-many-tries", "title": "Please wait", "status": 429, "detail": ""}'
        headers = {"Retry-After": "31536000", "Content-Type": "application/problem+json"}
        route.fulfill(status=429, headers=headers, body=problem)

    page.route("**/v1/uploads/*", wait_a_year)
    take(page, clean())
    wait_for(page, lambda: len(refused) > 0)
    line(page, 1, 0)
    page.clock.run_for(10_000)
    assert len(refused) == 1  # a timer of a year would be over at once
    page.unroute("**/v1/uploads/*")
    page.clock.fast_forward("01:30:00")
    line(page, 0, 1)


def test_a_laptop_with_a_wrong_clock_does_not_say_that_a_code_is_over(town: Town, open_page: Open) -> None:
    page = open_page("console", None)
    page.clock.set_fixed_time("2031-01-01T00:00:00Z")
    page.fill("#name", "Wanjiku")
    page.fill("#password", PASSWORD)
    page.click("#log-in button")
    page.click("#groups >> text=Set up")
    page.click("#views >> text=People")
    page.click(f"[aria-label='Enrol a phone of {OWN}']")
    page.fill("#invite-label", "Akinyi")
    asked: list[str] = []
    page.on("response", lambda response: asked.append(response.url))
    page.click("text=Show the QR")
    wait_for(page, lambda: sum("/v1/enrolments/" in url for url in asked) > 1)
    expect(page.locator(".invite .state")).to_have_text(re.compile("Waiting"))
