"""Each piece in the list has its picture: from the phone, or once from the hub."""

import pytest
from playwright.sync_api import Page, expect

from tests.parts.browser import Open, in_a_browser, photo_file, queued, scrolls_sideways, take, verdict
from tests.parts.served import Town, clean, tarnished

pytestmark = [pytest.mark.slow, in_a_browser]


def pictures(page: Page, count: int) -> None:
    """That many rows, each with a picture that can be seen."""
    rows = page.locator("#pieces img.thumb")
    expect(rows).to_have_count(count)
    for at in range(count):
        assert rows.nth(at).evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def test_every_piece_in_the_list_has_its_picture_also_with_no_network(town: Town, open_page: Open) -> None:
    town.send(clean(7))  # another phone's
    page = open_page("phone", "artisan")
    pictures(page, 1)
    take(page, tarnished())
    verdict(page, "pending")
    page.click("text=Back")
    pictures(page, 2)
    page.context.set_offline(True)
    page.set_input_files("#camera", photo_file(clean(8)))
    expect(page.locator("#screen-piece .banner.going")).to_be_visible()
    page.click("text=Back")
    pictures(page, 3)
    assert all(len(piece["thumb"]) < 8_000 for piece in queued(page))
    assert not scrolls_sideways(page)


def test_a_picture_for_a_list_is_small_and_is_fetched_once(town: Town, open_page: Open) -> None:
    sent = town.send(clean(7)).json()
    client = town.client("artisan")
    whole, small = (client.get(sent["photos"][0]["photo_url"] + end) for end in ("", "?width=160"))
    assert len(small.content) < 6_000 < len(whole.content)
    assert client.get(sent["photos"][0]["photo_url"] + "?width=161").status_code == 422
    other = town.client("other").get(sent["photos"][0]["photo_url"] + "?width=160")
    assert other.status_code == 404
    page = open_page("phone", "artisan")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "width=160" in request.url else None)
    page.reload()
    pictures(page, 1)
    page.reload()
    pictures(page, 1)
    assert len(asked) <= 1
