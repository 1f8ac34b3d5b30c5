"""Every taken view can be seen, enlarged and taken again before the piece is sent."""

import pytest
from playwright.sync_api import Page, expect

from tests.parts.browser import (
    Open,
    choose_order,
    in_a_browser,
    line,
    photo_file,
    queued,
    scrolls_sideways,
    stored,
    take,
    verdict,
)
from tests.parts.served import OWN, Town, clean, tarnished

pytestmark = [pytest.mark.slow, in_a_browser]
LOT = {"microfactory": OWN, "design": "disc", "pieces": 5, "views": ["front", "side", "back"]}


def begun(town: Town, page: Page) -> None:
    town.client("admin").put("/v1/lots/PO-17", json=LOT)
    choose_order(page, "PO-17")


def taken(page: Page, seed: int, views: int) -> None:
    page.set_input_files("#camera", photo_file(clean(seed)))
    expect(page.locator("#screen-camera .taken")).to_have_count(views)


def test_each_view_is_enlarged_and_taken_again_in_its_place_and_the_last_one_too(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", "artisan")
    begun(town, page)
    taken(page, 1, 1)
    taken(page, 2, 2)
    page.click("[data-key=taken-front]")
    large = page.locator("#enlarged")
    expect(large).to_be_visible()
    assert large.evaluate("image => image.decode().then(() => image.naturalWidth)") == 320
    assert not scrolls_sideways(page)
    before = [photo["id"] for photo in queued(page)[0]["photos"]]
    with page.expect_file_chooser() as chooser:
        page.click("#view-again")
    chooser.value.set_files(photo_file(clean(11)))
    expect(page.locator("#screen-camera .taken")).to_have_count(2)
    expect(page.locator("#screen-camera .shot-view")).to_have_text("back")
    after = {photo["view"]: photo["id"] for photo in queued(page)[0]["photos"]}
    assert after["side"] in before
    assert after["front"] not in before
    taken(page, 3, 3)
    expect(page.locator("#send")).to_be_visible()
    assert stored(town) == []
    page.click("[data-key=taken-back]")
    with page.expect_file_chooser() as chooser:
        page.click("#view-again")
    chooser.value.set_files(photo_file(tarnished(4)))
    expect(page.locator("#send")).to_be_visible()
    page.click("#send")
    verdict(page, "pending")
    (inspection,) = stored(town)
    assert [photo["view"] for photo in inspection["photos"]] == ["front", "side", "back"]
    assert [bool(photo["defects"]) for photo in inspection["photos"]] == [False, False, True]


def test_a_piece_that_waits_is_looked_at_and_taken_again_with_no_network(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    take(page, clean())
    verdict(page, "passed")
    page.context.set_offline(True)
    take(page, tarnished(1))
    line(page, 1, 1)
    page.click("[data-key=take_back]")
    page.click("[data-key=taken-front]")
    with page.expect_file_chooser() as chooser:
        page.click("#view-again")
    chooser.value.set_files(photo_file(clean(2)))
    expect(page.locator("#screen-piece .banner.going")).to_be_visible()
    line(page, 1, 1)
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    verdict(page, "passed")
    assert [one["status"] for one in stored(town)] == ["passed", "passed"]


def test_a_piece_of_several_views_that_was_not_sent_outlives_a_reload(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    begun(town, page)
    for views in (1, 2, 3):
        taken(page, views, views)
    page.reload()
    expect(page.locator("#screen-camera .taken")).to_have_count(3)
    assert stored(town) == []
    page.click("#send")
    verdict(page, "passed")
