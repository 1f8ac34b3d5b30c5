"""The next piece is there before it is asked for, and the page fits a laptop, a tablet and a phone."""

import pytest
from playwright.sync_api import Page, expect

from tests.console.review.looking import PANE, PHOTO, at_the_stage, box_of
from tests.parts.browser import Open, in_a_browser, scrolls_sideways, wait_for
from tests.parts.served import Town, clean, tarnished
from tests.parts.standing import show
from tests.web.test_accessible import barriers

pytestmark = [pytest.mark.slow, in_a_browser]


def _sized(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    expect(page.locator("#decisions")).to_be_in_viewport(ratio=1)


def test_the_next_piece_is_on_the_stage_though_no_picture_comes_any_more(town: Town, open_page: Open) -> None:
    (sample,) = show(town, clean(9), design="free-disc")["approved_photos"]
    town.send(tarnished(3))
    following = town.send(clean(1), tarnished(2), design="free-disc").json()
    came: set[str] = set()
    page = open_page("console", None)
    page.goto("about:blank")  # a link that only adds to an address would not open the page anew
    page.on("requestfinished", lambda request: came.add(request.url.removeprefix(town.url)))
    page.goto(f"{town.url}/console/#token={town.tokens['reviewer']}")
    expect(page.locator(PHOTO)).to_be_visible()
    urls = {photo[name] for photo in following["photos"] for name in ("photo_url", "heatmap_url")}
    wait_for(page, lambda: urls | {sample} <= came)
    for path in ("**/photos/*", "**/photos/*/*", "**/approved/*"):
        page.route(path, lambda route: route.abort("connectionreset"))
    page.keyboard.press("a")
    expect(page.locator("#said")).to_contain_text("Accepted")
    expect(page.locator("#photo-choice [aria-pressed=true]")).to_have_text("2 front")
    page.keyboard.press("h")
    page.keyboard.press("s")
    drawn = "images => images.map((image) => image.naturalWidth > 0)"
    expect(page.locator(PANE)).to_have_count(2)
    assert page.locator(f"{PANE} img").evaluate_all(drawn) == [True, True, True]
    page.keyboard.press("1")
    expect(page.locator("#photo-choice [aria-pressed=true]")).to_have_text("1 front")
    expect(page.locator(f"{PANE} .photo-heat")).to_have_count(1)


def test_a_laptop_shows_all_of_the_page_at_once(town: Town, open_page: Open) -> None:
    town.send(tarnished(1), clean(2), clean(3))
    page = at_the_stage(open_page)
    _sized(page, 1280, 720)
    for selector in ("#stage-photo", "#stage-bar", "#decide", "#keys"):
        expect(page.locator(selector)).to_be_in_viewport(ratio=1)
    page.keyboard.press("d")
    page.keyboard.press("d")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert not scrolls_sideways(page)


def test_a_tablet_gives_the_photo_most_of_its_width_upright_and_across(town: Town, open_page: Open) -> None:
    town.send(tarnished(1), clean(2))
    page = at_the_stage(open_page)
    for width, height in ((768, 1024), (1024, 768)):
        _sized(page, width, height)
        assert box_of(page, PHOTO)["width"] >= 0.6 * width
        assert (width, scrolls_sideways(page), barriers(page)) == (width, False, [])


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside"])
def test_a_phone_shows_the_photo_above_what_is_said_and_the_decisions_at_the_bottom(
    town: Town, open_page: Open, beside: bool
) -> None:
    show(town, clean(9))
    town.send(tarnished(1), clean(2))
    page = at_the_stage(open_page)
    _sized(page, 390, 844)
    if beside:
        page.click("#beside")
        expect(page.locator(PANE)).to_have_count(2)
    photo, decide, body = (box_of(page, name) for name in (PANE, "#decide", "#panel-body"))
    stage = box_of(page, "#stage")
    assert (photo["width"], round(decide["y"] + decide["height"])) == (390, 844)
    assert stage["y"] + stage["height"] <= body["y"] + 1
    page.locator("#note").scroll_into_view_if_needed()
    expect(page.locator("#decisions")).to_be_in_viewport(ratio=1)
    assert not scrolls_sideways(page)
    assert barriers(page) == []


def test_focus_that_was_in_the_panel_goes_to_the_photo_with_the_next_piece(
    town: Town, open_page: Open
) -> None:
    town.send(tarnished(1))
    town.send(tarnished(2))
    page = at_the_stage(open_page)
    page.focus("[data-chip=dent]")
    page.keyboard.press("r")
    expect(page.locator("#said")).to_contain_text("Rejected")
    expect(page.locator("#stage-photo")).to_be_focused()
