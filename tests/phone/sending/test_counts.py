"""The count of an order never goes back: not while a piece is sent, judged or sent back."""

import pytest
from playwright.sync_api import Page, expect

from tests.parts.browser import Open, choose_order, in_a_browser, photo_file, take, verdict
from tests.parts.served import OWN, Town, clean, dark, tarnished

pytestmark = [pytest.mark.slow, in_a_browser]
LOT = {"microfactory": OWN, "design": "disc", "pieces": 50, "views": ["front"]}

WATCH = """() => {
  window.counts = [];
  const look = () => {
    const shown = document.querySelector("#screen-home:not([hidden]) #work, #screen-orders:not([hidden])");
    const found = /(\\d+) of 50/.exec(shown?.innerText ?? "");
    if (found && window.counts.at(-1) !== Number(found[1])) window.counts.push(Number(found[1]));
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
  look();
}"""


def hear(page: Page) -> None:
    page.evaluate("dispatchEvent(new Event('online'))")


def home(page: Page) -> None:
    page.click("text=Back")
    expect(page.locator("#screen-home #work")).to_be_visible()


def test_the_count_of_an_order_only_grows(town: Town, open_page: Open) -> None:
    town.client("admin").put("/v1/lots/PO-17", json=LOT)
    page = open_page("phone", "artisan")
    choose_order(page, "PO-17")
    page.evaluate(WATCH)
    work = page.locator("#screen-home #work small").first
    take(page, clean())
    verdict(page, "passed")
    home(page)
    expect(work).to_contain_text("1 of 50")
    take(page, tarnished())
    verdict(page, "pending")
    home(page)
    expect(work).to_contain_text("1 of 50 done · 1 with the hub")
    pending = town.client("admin").get("/v1/inspections?status=pending").json()["items"][0]["id"]
    town.review(pending, "rework")
    hear(page)
    expect(work).to_have_text("PO-17 · 1 of 50 done")
    page.context.set_offline(True)
    page.set_input_files("#camera", photo_file(dark()))
    page.click("#anyway")
    home(page)
    expect(work).to_contain_text("1 of 50 done · 1 on this phone")
    page.context.set_offline(False)
    hear(page)
    expect(page.locator("#line")).to_contain_text("0 waiting")
    expect(work).to_have_text("PO-17 · 1 of 50 done")
    take(page, clean(3))
    verdict(page, "passed")
    home(page)
    expect(work).to_contain_text("2 of 50 done")
    counts = page.evaluate("window.counts")
    assert counts == sorted(counts)
    (lot,) = town.client("artisan").get("/v1/lots").json()["items"]
    assert (lot["done"], lot["settled"], lot["pending"]) == (2, 2, 0)


def test_what_another_phone_sent_is_counted_once(town: Town, open_page: Open) -> None:
    town.client("admin").put("/v1/lots/PO-17", json=LOT)
    page = open_page("phone", "artisan")
    choose_order(page, "PO-17")
    town.send(clean(), lot="PO-17", piece="x-1")
    town.send(tarnished(1), lot="PO-17", piece="x-2")
    town.send(clean(2), lot="PO-17", piece="x-1")  # the same piece again
    hear(page)
    expect(page.locator("#screen-home #work")).to_contain_text("1 of 50 done · 1 with the hub")
