"""The console shows a photo that was sent for another piece before beside that piece, also of what passed."""

import pytest
from playwright.sync_api import expect

from tests.parts.browser import Open, in_a_browser, scrolls_sideways, wait_for
from tests.parts.photos import jpeg
from tests.parts.served import DARK_RED, Town, clean, drawn

pytestmark = [pytest.mark.slow, in_a_browser]


def test_a_photo_seen_before_is_shown_beside_the_piece_that_it_was_sent_with(
    town: Town, open_page: Open
) -> None:
    photo = drawn(DARK_RED)
    town.send(jpeg(photo), lot="A", piece="7")
    town.send(jpeg(photo[:, ::-1], quality=40), lot="A", piece="8")
    page = open_page("console", "reviewer")
    expect(page.locator(".waiting")).to_have_count(2)
    expect(page.locator(".waiting .contested-mark")).to_have_text("seen before")
    page.keyboard.press("j")  # the oldest comes first, so the second one is shown now
    told = page.locator("#panel-body .seen-before")
    expect(told).to_contain_text("seen before, with lot A, piece 7, mf-own")
    expect(told.locator("img")).to_have_count(2)
    loaded = "images => images.every((image) => image.naturalWidth > 0)"
    wait_for(page, lambda: bool(told.locator("img").evaluate_all(loaded)))
    assert not scrolls_sideways(page)
    page.keyboard.press("k")
    expect(told).to_have_count(0)


def test_what_passed_stays_passed_and_can_be_looked_at(town: Town, open_page: Open) -> None:
    for piece in ("1", "2"):
        town.send(clean(), lot="A", piece=piece)
    page = open_page("console", "reviewer")
    expect(page.locator(".waiting")).to_have_count(1)
    expect(page.locator("#panel-body .seen-before")).to_contain_text("piece 1")
    assert {one["status"] for one in town.client("admin").get("/v1/inspections").json()["items"]} == {
        "passed"
    }
    page.keyboard.press("w")
    expect(page.locator("#said")).to_contain_text("Sent back for rework")
