"""The approved sample beside the photo: side by side, in one frame, and the two places of a mark."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.console.review.looking import PANE, at_the_stage, box_of, looked_at, middle_of
from tests.parts.browser import Open, in_a_browser
from tests.parts.served import Town, clean, serve, tarnished
from tests.parts.standing import comparing_releases, show

pytestmark = [pytest.mark.slow, in_a_browser]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A service whose network compares, with an approved photo of the front and one of the back."""
    with serve(tmp_path, comparing_releases(tmp_path / "releases")) as running:
        show(running, clean(1), clean(2), views=["front", "back"])
        yield running


def _captions(page: Page, *words: str) -> None:
    expect(page.locator("#stage-photo .pane-caption")).to_have_text(list(words))


def test_the_sample_of_the_same_view_stands_beside_the_photo_with_one_zoom(
    town: Town, open_page: Open
) -> None:
    town.send(tarnished(3), views=["back"])
    page = at_the_stage(open_page)
    page.keyboard.press("s")
    _captions(page, "This piece", "Approved sample, back")
    expect(page.locator("#sample-choice [aria-pressed=true]")).to_have_text("2 back")
    page.keyboard.press("z")
    assert looked_at(page, 0) == looked_at(page, 1)
    assert looked_at(page, 0)[0] == 2.5
    page.mouse.move(*middle_of(box_of(page, PANE, 1)))
    page.mouse.wheel(0, -200)
    page.wait_for_function("parseFloat(document.querySelector('.pane .photo').style.width) > 1000")
    assert looked_at(page, 0) == looked_at(page, 1)
    page.keyboard.press("s")
    expect(page.locator(PANE)).to_have_count(1)


def test_in_one_frame_a_slider_parts_the_two_and_a_held_key_shows_the_sample_alone(
    town: Town, open_page: Open
) -> None:
    town.send(tarnished(3), views=["front"])
    page = at_the_stage(open_page)
    page.keyboard.down("c")
    expect(page.locator(".pane-over.whole .photo-seen")).to_be_visible()
    page.keyboard.up("c")
    expect(page.locator(".pane-over")).to_have_count(0)
    page.click("#beside")
    page.click("#swipe")
    _captions(page, "This piece", "Approved sample, front")
    page.focus("#swipe-share")
    page.keyboard.press("Home")
    shown = "one => getComputedStyle(one).clipPath"
    assert page.locator(".pane-over").evaluate(shown) == "inset(0px 0px 0px 0%)"
    page.keyboard.press("End")
    assert page.locator(".pane-over").evaluate(shown) == "inset(0px 0px 0px 100%)"


def test_another_view_is_never_laid_into_the_same_frame(town: Town, open_page: Open) -> None:
    town.send(tarnished(3), views=["side"])
    page = at_the_stage(open_page)
    page.keyboard.press("s")
    _captions(page, "This piece", "Approved sample, front")
    expect(page.locator("#swipe")).to_be_disabled()
    expect(page.locator("#blink")).to_be_disabled()
    page.keyboard.down("c")
    expect(page.locator(PANE)).to_have_count(2)
    page.keyboard.up("c")


def test_a_chosen_mark_shows_the_place_here_and_the_place_there(town: Town, open_page: Open) -> None:
    sent = town.send(clean(4), tarnished(3), views=["front", "front"]).json()
    (mark,) = sent["photos"][1]["defects"]
    assert mark["compared_with"] is not None
    page = at_the_stage(open_page)
    page.click("#photo-choice button >> nth=0")
    page.click("[data-mark='1-1']")
    _captions(page, "Here", "There: Approved sample, front")
    expect(page.locator("#photo-choice [aria-pressed=true]")).to_have_text("2 front")
    expect(page.locator("[data-mark='1-1']")).to_be_focused()
    for pane in (0, 1):
        frame = f"{PANE}:nth-child({pane + 1}) .frame"
        expect(page.locator(frame)).to_be_in_viewport(ratio=1)
        across = middle_of(box_of(page, PANE, pane))[0] - middle_of(box_of(page, frame))[0]
        assert abs(across) < 40
    page.click("#photo-choice button >> nth=0")
    _captions(page, "This piece", "Approved sample, front")
    page.keyboard.press("f")
    _captions(page, "Here", "There: Approved sample, front")


def test_a_small_sample_in_the_panel_opens_large_beside_the_photo(town: Town, open_page: Open) -> None:
    town.send(tarnished(3), views=["front"])
    page = at_the_stage(open_page)
    page.click(".sample >> nth=1")
    _captions(page, "This piece", "Approved sample, back")
    assert box_of(page, f"{PANE}:nth-child(2) .photo")["width"] > 300


def test_a_design_without_approved_photos_offers_none(town: Town, open_page: Open) -> None:
    town.send(tarnished(3), design="free-disc")
    page = at_the_stage(open_page)
    expect(page.locator("#beside")).to_be_disabled()
    page.keyboard.press("s")
    expect(page.locator(PANE)).to_have_count(1)
