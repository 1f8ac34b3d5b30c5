"""The stage opens on the strongest mark, and a closer look is by wheel, by hand and by key."""

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.console.review.looking import PANE, at_the_stage, box_of, looked_at, middle_of, shown_photo
from tests.parts.browser import Open, in_a_browser
from tests.parts.served import Town, clean, tarnished

pytestmark = [pytest.mark.slow, in_a_browser]
WHOLE = (1.0, 0.5, 0.5)


def test_a_piece_opens_on_the_photo_with_the_mark_that_is_farthest_over_its_threshold(
    town: Town, open_page: Open
) -> None:
    town.send(clean(1), clean(2), tarnished(3))
    page = at_the_stage(open_page)
    expect(page.locator("#photo-choice [aria-pressed=true]")).to_have_text("3 front")
    expect(page.locator("#stage-photo .frame")).to_have_count(1)


def test_of_two_marks_the_one_farther_over_its_own_threshold_is_opened(
    shared_town: Town, open_page: Open
) -> None:
    page = open_page("console", "reviewer")
    opened = page.evaluate(
        """async (photos) => {
             const { photoToOpen } = await import("./review/strongest.js");
             return photoToOpen({ verdict: "flag", photos });
           }""",
        [
            {"defects": [{"score": 0.9, "threshold": 0.8}]},
            {"defects": [{"score": 0.3, "threshold": 0.2}, {"score": 0.6, "threshold": 0.1}]},
            {"defects": []},
        ],
    )
    assert opened == 1


def test_the_wheel_zooms_towards_the_pointer_and_a_double_click_fits(town: Town, open_page: Open) -> None:
    town.send(tarnished())
    page = at_the_stage(open_page)
    assert looked_at(page) == WHOLE
    photo = box_of(page, "#stage-photo .photo")
    at = (photo["x"] + photo["width"] * 0.3, photo["y"] + photo["height"] * 0.4)
    page.mouse.move(*at)
    for _ in range(4):
        page.mouse.wheel(0, -200)
    expect(page.locator("#stage-photo.zoomed")).to_be_visible()
    page.wait_for_function("parseFloat(document.querySelector('.pane .photo').style.width) > 2000")
    nearer = box_of(page, "#stage-photo .photo")
    shares = [(at[0] - nearer["x"]) / nearer["width"], (at[1] - nearer["y"]) / nearer["height"]]
    assert [round(share, 1) for share in shares] == [0.3, 0.4]
    page.mouse.dblclick(*at)
    expect(page.locator("#stage-photo.zoomed")).to_have_count(0)
    assert looked_at(page) == WHOLE


def test_a_drag_and_the_arrows_move_the_photo(town: Town, open_page: Open) -> None:
    town.send(tarnished())
    page = at_the_stage(open_page)
    page.keyboard.press("+")
    page.keyboard.press("+")
    page.keyboard.press("+")
    before = box_of(page, "#stage-photo .photo")
    x, y = middle_of(box_of(page, PANE))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y + 20)
    page.mouse.move(x + 60, y + 40)
    page.mouse.up()
    dragged = box_of(page, "#stage-photo .photo")
    assert (round(dragged["x"] - before["x"]), round(dragged["y"] - before["y"])) == (60, 40)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    moved = box_of(page, "#stage-photo .photo")
    assert (moved["x"] < dragged["x"], moved["y"] < dragged["y"]) == (True, True)
    page.keyboard.press("0")
    assert looked_at(page) == WHOLE


def test_two_fingers_zoom(town: Town, open_page: Open) -> None:
    town.send(tarnished())
    page = at_the_stage(open_page)
    x, y = middle_of(box_of(page, PANE))
    hand = page.context.new_cdp_session(page)
    touch(hand, "touchStart", (x - 40, y), (x + 40, y))
    for apart in (60, 80, 100, 120):
        touch(hand, "touchMove", (x - apart, y), (x + apart, y))
    touch(hand, "touchEnd")
    page.wait_for_selector("#stage-photo.zoomed")
    scale, across, down = looked_at(page)
    assert (2.5 < scale < 3.5, round(across, 1), round(down, 1)) == (True, 0.5, 0.5)


def touch(hand: CDPSession, kind: str, *points: tuple[float, float]) -> None:
    fingers = [{"x": x, "y": y, "id": at} for at, (x, y) in enumerate(points)]
    hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})


def test_a_closer_look_stays_with_heat_marks_and_another_photo_and_ends_with_the_piece(
    town: Town, open_page: Open
) -> None:
    town.send(tarnished(2), clean(3))
    town.send(tarnished(1))
    page = at_the_stage(open_page)
    page.keyboard.press("z")
    closer = looked_at(page)
    assert closer[0] == 2.5
    for key in ("h", "b", "h", "b"):
        page.keyboard.press(key)
        assert looked_at(page) == closer
    page.click("#photo-choice button >> nth=1")
    expect(page.locator("#stage-photo .frame")).to_have_count(0)
    assert (looked_at(page), shown_photo(page)) == (closer, "2 front")
    page.keyboard.press("j")
    _at_the_whole(page)


def _at_the_whole(page: Page) -> None:
    expect(page.locator("#stage-photo .frame")).to_have_count(1)
    assert looked_at(page) == WHOLE
