"""The queue in the console: who has what open, what she wants to see of it, and what came meanwhile."""

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.console.agreeing import log_in
from tests.parts.browser import Open, in_a_browser, scrolls_sideways, stored, wait_for
from tests.parts.served import OTHER, Town, tarnished, wait_until
from tests.web.test_accessible import barriers

pytestmark = [pytest.mark.slow, in_a_browser]


def _hub(open_page: Open, name: str) -> Page:
    page = open_page("console", None)
    log_in(page, name)
    expect(page.locator("#stage-photo .photo").first).to_be_visible()
    return page


def test_who_comes_second_is_told_who_has_the_piece_open_and_takes_the_next_free_one(
    town: Town, open_page: Open
) -> None:
    first, second = (town.send(tarnished(seed)).json()["id"] for seed in (1, 2))
    wanjiku = _hub(open_page, "Wanjiku")
    expect(wanjiku.locator("#held")).to_be_hidden()
    njeri = _hub(open_page, "Njeri")
    expect(njeri.locator("#held")).to_contain_text("Wanjiku has this piece open until ")
    expect(njeri.locator(f"[data-id='{first}'] .held-mark")).to_have_text("Wanjiku has it open")
    assert (scrolls_sideways(njeri), barriers(njeri)) == (False, [])
    njeri.click("text=Take the next free one")
    expect(njeri.locator(".waiting[aria-current=true]")).to_have_attribute("data-id", second)
    expect(njeri.locator("#held")).to_be_hidden()
    njeri.keyboard.press("a")
    expect(njeri.locator("#said")).to_contain_text("Accepted")
    # What she decided leaves the other's list by itself.
    expect(wanjiku.locator(".waiting")).to_have_count(1)
    assert {one["id"]: one["status"] for one in stored(town)} == {first: "pending", second: "accepted"}


def test_a_piece_that_another_has_open_is_decided_only_knowingly(town: Town, open_page: Open) -> None:
    piece = town.send(tarnished()).json()["id"]
    _hub(open_page, "Wanjiku")
    njeri = _hub(open_page, "Njeri")
    njeri.keyboard.press("a")
    expect(njeri.locator("#failed")).to_contain_text("Not recorded. Wanjiku has this piece open")
    assert town.client("admin").get(f"/v1/inspections/{piece}").json()["review"] is None
    njeri.click("#anyway")
    expect(njeri.locator("#said")).to_contain_text("Accepted")
    assert town.client("admin").get(f"/v1/inspections/{piece}").json()["review"]["reviewer"] == "Njeri"


def test_a_search_and_a_workshop_narrow_what_waits_and_what_came_meanwhile_is_offered(
    town: Town, open_page: Open
) -> None:
    town.send(tarnished(1), lot="PO-7", piece="3")
    town.send(tarnished(2), who="other", microfactory=OTHER, lot="PO-8", piece="4")
    page = _hub(open_page, "Wanjiku")
    rows = page.locator(".waiting")
    expect(rows).to_have_count(2)
    page.click("#filter")
    page.fill("[name=code]", "po-8")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("mf-other")
    expect(page.locator("#waiting")).to_have_text("1")
    page.fill("[name=code]", "")
    page.select_option("[name=microfactory]", "mf-own")
    expect(rows).to_contain_text("mf-own")
    page.select_option("[name=microfactory]", "")
    expect(rows).to_have_count(2)
    town.send(tarnished(5), lot="PO-9")
    expect(page.locator("#reload")).to_have_text("Show 1 new")
    expect(rows).to_have_count(2)  # nothing moves under her hand
    page.click("#reload")
    expect(rows).to_have_count(3)
    expect(page.locator("#reload")).to_have_text("Refresh")


@pytest.mark.parametrize("stream", ["stands", "breaks"])
def test_a_piece_that_is_sent_appears_in_a_page_that_is_open(
    town: Town, open_page: Open, stream: str
) -> None:
    town.send(tarnished(), who="other", microfactory=OTHER)
    page = open_page("console", None)
    if stream == "breaks":
        page.route("**/v1/queue/events*", lambda route: route.abort())
    log_in(page, "Wanjiku")
    page.click("#filter")
    page.select_option("[name=microfactory]", "mf-own")
    expect(page.locator("#queue-list")).to_contain_text("Nothing is waiting")
    # Of another workshop: no news by her filter.
    town.send(tarnished(1), who="other", microfactory=OTHER)
    name = town.send(tarnished(2)).json()["id"]
    expect(page.locator(f".waiting[data-id='{name}']")).to_be_visible()
    expect(page.locator("#waiting")).to_have_text("1")


def test_the_next_piece_is_shown_while_a_decision_is_sent_and_one_that_is_refused_comes_back(
    town: Town, open_page: Open
) -> None:
    first, second = (town.send(tarnished(seed)).json()["id"] for seed in (1, 2))
    page = _hub(open_page, "Wanjiku")
    sent: list[Route] = []
    page.route("**/reviews/*", lambda route: sent.append(route))
    page.keyboard.press("r")
    here = page.locator(".waiting[aria-current=true]")
    expect(here).to_have_attribute("data-id", second)
    expect(page.locator("#decisions button").first).to_be_disabled()
    wait_for(page, lambda: len(sent) == 1)
    sent[0].abort()
    expect(page.locator("#failed")).to_contain_text("Not recorded.")
    expect(here).to_have_attribute("data-id", first)
    page.unroute("**/reviews/*")
    page.keyboard.press("r")
    expect(page.locator("#said")).to_contain_text("Rejected")
    expect(here).to_have_attribute("data-id", second)
    assert {one["id"]: one["status"] for one in stored(town)} == {first: "rejected", second: "pending"}


def test_a_page_that_goes_gives_back_what_it_held(town: Town, open_page: Open) -> None:
    name = town.send(tarnished()).json()["id"]
    page = _hub(open_page, "Wanjiku")
    client = town.client("admin")

    def held() -> Any:
        (item,) = client.get("/v1/queue").json()["items"]
        assert item["inspection"]["id"] == name
        return item["held"]

    wait_until(lambda: held() is not None)
    page.goto("about:blank")
    wait_until(lambda: held() is None)
