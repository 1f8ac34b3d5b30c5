"""Lots in the console: opened, followed, changed, closed; an engineer looks on."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Open, in_a_browser, scrolls_sideways
from tests.served import OTHER, OWN, Town, clean


def lots(page: Page) -> None:
    expect(page.locator("#views")).to_be_visible()
    page.click("#views >> text=Lots")
    expect(page.locator("#lots table")).to_be_visible()


def fill(page: Page, workshop: str, name: str, pieces: str) -> None:
    page.select_option("#lot-microfactory", workshop)
    page.select_option("#lot-design", "disc")
    page.fill("#lot-id", name)
    page.fill("#lot-pieces", pieces)


@pytest.mark.slow
@in_a_browser
def test_a_lot_is_opened_followed_changed_closed_and_opened_again(town: Town, open_page: Open) -> None:
    page = open_page("console", "reviewer")
    lots(page)
    fill(page, OWN, "PO-48", "40")
    page.check(".lot-views >> text=back")
    page.fill("#lot-note", "<b>Two</b> weeks.")
    page.click("#lot-form .main")
    expect(page.locator("#lot-said")).to_have_text("Lot PO-48 stands: 40 pieces for mf-own.")
    row = page.locator("#lots tbody tr")
    expect(row).to_contain_text("0 of 40")
    expect(row).to_contain_text("<b>Two</b> weeks.")
    expect(row).to_contain_text("front, back")
    for number in range(2):
        town.send(clean(number), lot="PO-48", piece=str(number))
    row.locator("text=Change").click()
    expect(page.locator("#lot-form h2")).to_have_text("Change lot PO-48")
    page.fill("#lot-pieces", "60")
    page.click("#lot-form .main")
    expect(row).to_contain_text("2 of 60")
    assert not scrolls_sideways(page)
    row.locator("text=Close").click()
    expect(page.locator("#lots tbody")).to_contain_text("No lot to show.")
    page.click(".lots-head >> text=All")
    expect(row).to_contain_text("closed")
    row.locator("text=Open again").click()
    expect(row).to_contain_text("open since")
    (lot,) = town.client("artisan").get("/v1/lots?open=true").json()["items"]
    assert (lot["id"], lot["pieces"], lot["views"], lot["done"]) == ("PO-48", 60, ["front", "back"], 2)


@pytest.mark.slow
@in_a_browser
def test_a_lot_that_is_refused_says_why_and_keeps_what_was_entered(town: Town, open_page: Open) -> None:
    town.client("reviewer").put(
        "/v1/lots/PO-48", json={"microfactory": OTHER, "design": "disc", "pieces": 5, "views": ["front"]}
    )
    page = open_page("console", "admin")
    lots(page)
    fill(page, OWN, "PO-48", "40")
    page.click("#lot-form .main")
    expect(page.locator("#lot-form .notice")).to_contain_text("another workshop's")
    expect(page.locator("#lot-pieces")).to_have_value("40")
    expect(page.locator("#lots tbody tr")).to_contain_text("0 of 5")


@pytest.mark.slow
@in_a_browser
def test_an_engineer_sees_lots_and_changes_none(town: Town, open_page: Open) -> None:
    town.client("reviewer").put(
        "/v1/lots/PO-48", json={"microfactory": OWN, "design": "disc", "pieces": 5, "views": ["front"]}
    )
    page = open_page("console", "engineer")
    lots(page)
    expect(page.locator("#lots tbody tr")).to_contain_text("0 of 5")
    expect(page.locator("#lot-form")).to_have_count(0)
    expect(page.locator("#lots tbody button")).to_have_count(0)
