"""Lots in the console: opened, followed, changed, closed; an engineer looks on."""

import pytest
from playwright.sync_api import Page, expect

from tests.parts.browser import Open, in_a_browser, scrolls_sideways
from tests.parts.served import OTHER, OWN, Town, clean


def lots(page: Page) -> None:
    expect(page.locator("#views")).to_be_visible()
    page.click("#groups >> text=Work")
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
    page.check("#lot-form .views >> text=back")
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
def test_a_number_of_another_workshop_is_told_and_what_was_entered_is_kept(
    town: Town, open_page: Open
) -> None:
    town.client("reviewer").put(
        "/v1/lots/PO-48", json={"microfactory": OTHER, "design": "disc", "pieces": 5, "views": ["front"]}
    )
    page = open_page("console", "admin")
    lots(page)
    fill(page, OWN, "PO-48", "40")
    page.click("#lot-form .main")
    found = page.locator(".lot-found")
    expect(found).to_contain_text("There is a lot PO-48 already")
    expect(found).to_contain_text("5 pieces of Disc for mf-other; front; open since")
    expect(found).to_contain_text("another workshop needs another number")
    expect(found.locator("text=Change it to what I entered")).to_have_count(0)
    page.click("text=Use another number")
    expect(page.locator("#lot-id")).to_be_focused()
    expect(page.locator("#lot-pieces")).to_have_value("40")
    expect(page.locator("#lots tbody tr")).to_contain_text("0 of 5")
    page.fill("#lot-id", "PO-49")
    page.click("#lot-form .main")
    expect(page.locator("#lot-said")).to_contain_text("Lot PO-49 stands")


@pytest.mark.slow
@in_a_browser
def test_opening_under_a_number_that_is_taken_shows_the_order_and_asks(town: Town, open_page: Open) -> None:
    order = {"microfactory": OWN, "design": "disc", "pieces": 5, "views": ["front"], "note": "<b>Thin</b>"}
    town.client("admin").put("/v1/lots/PO-48", json=order)
    page = open_page("console", "reviewer")
    lots(page)
    fill(page, OWN, "PO-48", "40")
    page.click("#lot-form .main")
    found = page.locator(".lot-found")
    expect(found).to_contain_text("5 pieces of Disc for mf-own; front; open since")
    expect(found).to_contain_text("“<b>Thin</b>”")
    expect(found).to_contain_text("Last changed by admin, just now.")
    expect(page.locator("#lots tbody tr")).to_contain_text("0 of 5")
    assert not scrolls_sideways(page)
    found.locator("text=Change it to what I entered").click()
    expect(page.locator("#lot-said")).to_have_text("Lot PO-48 stands: 40 pieces for mf-own.")
    (lot,) = town.client("artisan").get("/v1/lots").json()["items"]
    assert (lot["pieces"], lot["note"]) == (40, "")


@pytest.mark.slow
@in_a_browser
def test_an_order_that_somebody_else_changed_meanwhile_is_shown_before_it_is_replaced(
    town: Town, open_page: Open
) -> None:
    admin, order = (
        town.client("admin"),
        {"microfactory": OWN, "design": "disc", "pieces": 5, "views": ["front"]},
    )
    version = admin.put("/v1/lots/PO-48", json=order).json()["version"]
    page = open_page("console", "reviewer")
    lots(page)
    page.click("#lots tbody >> text=Change")
    page.fill("#lot-pieces", "40")
    admin.put("/v1/lots/PO-48", json={**order, "pieces": 6, "after": version})
    page.click("#lot-form .main")
    found = page.locator(".lot-found")
    expect(found).to_contain_text("Lot PO-48 is another now")
    expect(found).to_contain_text("6 pieces of Disc")
    expect(page.locator("#lot-pieces")).to_have_value("40")
    page.click("text=Leave it as it is")
    expect(page.locator("#lot-form h2")).to_have_text("Open a lot")
    assert admin.get("/v1/lots").json()["items"][0]["pieces"] == 6


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
    expect(page.locator("#lots tbody button")).to_have_text(["Sample", "Packing list", "As CSV"])
