"""A lot as a contact sheet: its pieces by photo and state, what is done to it, and what came meanwhile."""

import pytest
from playwright.sync_api import expect

from tests.console.pages.opened import check_sizes, opened
from tests.parts.browser import Open, in_a_browser
from tests.parts.served import OWN, Town, clean, tarnished

pytestmark = [pytest.mark.slow, in_a_browser]
LOT = {"microfactory": OWN, "design": "disc", "pieces": 3, "views": ["front"]}


def test_a_lot_is_seen_filtered_held_and_kept_fresh(town: Town, open_page: Open) -> None:
    town.client("reviewer").put("/v1/lots/PO-48", json=LOT)
    town.send(clean(1), lot="PO-48", piece="B1")
    town.review(town.send(tarnished(1), lot="PO-48", piece="B2").json()["id"], "reject")
    page = opened(open_page, "Wanjiku", "#lots")
    page.click("#lots th >> text=PO-48")
    tiles = page.locator(".sheet li")
    expect(tiles).to_have_count(2)
    expect(tiles.first).to_contain_text("B2✕ Rejected")
    expect(page.locator(".sheet img[src^=blob]")).to_have_count(2)
    page.click(".sheet-filter >> text=Passed")
    expect(tiles).to_have_count(1)
    # What comes is offered where the filter lets it through, and moves nothing.
    town.review(town.send(tarnished(2), lot="PO-48", piece="B3").json()["id"], "reject")
    expect(page.locator(".sheet-filter")).to_contain_text("All 3")
    expect(page.locator(".sheet-head .main")).to_be_hidden()
    town.send(clean(2), lot="PO-48", piece="B4")
    page.click("text=Show 1 new")
    expect(tiles).to_have_count(2)
    page.fill(".lot-acts input", "The solder looks weak")
    page.click(".lot-acts button:text-is('Hold')")
    expect(page.locator("#lot-stands")).to_contain_text("Held back Wanjiku")
    expect(page.locator("#lot-record li").first).to_contain_text("Wanjiku: held lot PO-48 back")
    check_sizes(page, "lot")
    page.click(".sheet a >> nth=0")
    expect(page.locator("#pieces h2")).to_contain_text("B4 · PO-48")


def test_every_piece_of_a_lot_comes_into_the_queue_and_an_engineer_looks_on(
    town: Town, open_page: Open
) -> None:
    town.client("reviewer").put("/v1/lots/PO-48", json=LOT)
    town.send(clean(1), lot="PO-48", piece="B1")
    page = opened(open_page, "Wanjiku", "#lots/PO-48")
    page.click(".lot-acts >> text=Look at every piece")
    expect(page.locator("#lots > .notice")).to_contain_text("reason: expected why")
    page.fill(".lot-acts input", "Three came back")
    page.click(".lot-acts >> text=Look at every piece")
    expect(page.locator("#waiting")).to_have_text("1")
    other = opened(open_page, "Omondi", "#lots/PO-48")
    expect(other.locator("#lot-stands")).to_contain_text("Every piece is looked at")
    expect(other.locator(".lot-acts")).to_have_count(0)
