"""The packing list of a lot in the console: a page to print, and a table."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.console.pages.opened import opened
from tests.parts.browser import Open, in_a_browser
from tests.parts.served import DESIGN, OWN, Town, clean, tarnished
from tests.web.test_accessible import barriers

pytestmark = [pytest.mark.slow, in_a_browser]
LOT = {"microfactory": OWN, "design": "disc", "pieces": 3, "views": ["front"], "note": "For Nanyuki"}


def test_a_lot_is_packed_by_a_page_that_prints_and_a_table(town: Town, open_page: Open) -> None:
    town.client("reviewer").put("/v1/lots/PO-48", json=LOT)
    town.send(clean(1), lot="PO-48", piece="B1")
    rejected = town.send(tarnished(1), lot="PO-48", piece="B2").json()["id"]
    town.review(rejected, "reject")
    page = opened(open_page, "Omondi", "#lots")
    with page.expect_popup() as popped:
        page.click("[aria-label='Packing list of PO-48']")
    listed = popped.value
    expect(listed.locator("h1")).to_have_text("Packing list PO-48")
    expect(listed.locator("tbody tr")).to_have_count(2)
    expect(listed.locator("tbody tr").nth(1)).to_contain_text("not taken")
    expect(listed.locator("body")).to_contain_text("1 of 3 ordered may be packed.")
    # Its style came, under the headers of the page that opened it.
    assert listed.evaluate("getComputedStyle(document.querySelector('.box')).width") == "16px"
    assert barriers(listed) == []
    if folder := os.environ.get("SCREENSHOTS"):
        listed.emulate_media(media="print")
        listed.screenshot(path=str(Path(folder) / "packing-laptop.png"))
    with page.expect_download() as taken:
        page.click("[aria-label='Packing list of PO-48 as CSV']")
    assert taken.value.suggested_filename == "packing-list-PO-48.csv"
    text = Path(taken.value.path()).read_text("utf-8-sig")
    assert [line.split(",")[1:3] for line in text.splitlines()] == [
        ["piece", "state"],
        ["B1", "passed"],
        ["B2", "not taken"],
    ]


def test_a_new_lot_begins_with_the_views_that_its_design_wants(town: Town, open_page: Open) -> None:
    ring = DESIGN.model_copy(update={"name": "Ring", "views": ("front", "side")})
    town.client("admin").put("/v1/designs/ring", json=ring.model_dump(mode="json"))
    page = opened(open_page, "Wanjiku", "#lots")
    page.select_option("#lot-design", "ring")
    ticked = page.locator("#lot-form .views input:checked")
    expect(ticked).to_have_count(2)
    page.select_option("#lot-microfactory", OWN)
    page.fill("#lot-id", "PO-50")
    page.click("text=Open the lot")
    expect(page.locator("#lot-said")).to_contain_text("Lot PO-50 stands")
    (lot,) = town.client("admin").get("/v1/lots").json()["items"]
    assert lot["views"] == ["front", "side"]
