"""Regions of a defect: painted, erased, clicked around, grown from the heat, each step to be taken back."""

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.console.review.looking import PHOTO, at_the_stage, box_of, looked_at
from tests.console.review.test_stage import touch
from tests.parts.browser import Open, in_a_browser, stored
from tests.parts.regions import region
from tests.parts.served import Town, tarnished
from tests.service.queue.asking import decide
from tests.web.test_accessible import barriers
from ubora.datasets.masks import Mask
from ubora.service.inspections.said import Region
from ubora.service.reviews.regions import mask_of

pytestmark = [pytest.mark.slow, in_a_browser]
WIDTH = 320
"""Of a photo of the tests, pixels."""


def _place(page: Page, x: float, y: float) -> tuple[float, float]:
    """Of the photo's pixels, on the screen."""
    photo = box_of(page, PHOTO)
    scale = photo["width"] / WIDTH
    return photo["x"] + x * scale, photo["y"] + y * scale


def _paint(page: Page, *places: tuple[float, float]) -> None:
    page.mouse.move(*_place(page, *places[0]))
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*_place(page, *place), steps=4)
    page.mouse.up()


def _marks(page: Page, town: Town) -> list[Mask | None]:
    """Of each defect, as the service has it once the piece is decided."""
    page.keyboard.press("w")
    expect(page.locator("#said")).to_contain_text("Sent back for rework")
    (review,) = (one["review"] for one in stored(town))
    masks: list[dict[str, Any] | None] = [one["mask"] for one in review["defects"]]
    return [mask_of(Region(**mask)) if mask else None for mask in masks]


def test_a_region_is_painted_erased_and_each_stroke_is_taken_back(town: Town, open_page: Open) -> None:
    town.send(tarnished())
    page = at_the_stage(open_page)
    for key in ("d", "d", "q"):
        page.keyboard.press(key)
    expect(page.locator("#hint")).to_contain_text("Paint the dent.")
    assert barriers(page) == []
    page.keyboard.press("+")  # it is drawn at any zoom
    _paint(page, (150, 120), (200, 120))
    _paint(page, (170, 140), (170, 142))
    page.keyboard.press("Control+z")
    page.keyboard.press("t")
    _paint(page, (175, 100), (175, 140))
    tarnish, dent = _marks(page, town)
    assert (tarnish, dent is None) == (None, False)
    assert dent is not None
    assert [bool(dent[120, x]) for x in (140, 155, 175, 195, 210)] == [False, True, False, True, False]
    assert not dent[140, 170]


def test_a_polygon_is_closed_by_enter_and_the_heat_is_taken_by_a_click(town: Town, open_page: Open) -> None:
    (found,) = town.send(tarnished()).json()["photos"][0]["defects"]
    x, y, width, height = found["box"]
    page = at_the_stage(open_page)
    for key in ("d", "d", "g"):
        page.keyboard.press(key)
    for place in ((150, 100), (200, 100), (200, 140), (100, 20), (150, 140)):
        page.mouse.click(*_place(page, *place))
        if place == (100, 20):
            page.keyboard.press("Delete")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.click("[aria-label='Take in hand the box of tarnish']")
    page.keyboard.press("y")
    page.mouse.click(*_place(page, x + width / 2, y + height / 2))
    expect(page.locator("[aria-label='Take in hand the region of tarnish']")).to_be_visible()
    tarnish, dent = _marks(page, town)
    assert dent is not None
    assert (bool(dent[120, 175]), bool(dent[60, 120]), bool(dent[145, 175])) == (True, False, False)
    assert tarnish is not None
    assert tarnish[int(y + height / 2), int(x + width / 2)]
    assert tarnish.sum() < 4 * width * height


def test_a_region_is_made_and_moved_by_keys_alone_and_shown_afterwards(town: Town, open_page: Open) -> None:
    town.send(tarnished())
    page = at_the_stage(open_page)
    for key in ("d", "d", "q", "Enter", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    _, dent = _marks(page, town)
    assert dent is not None
    rows, columns = np.nonzero(dent)
    assert (round(float(rows.mean())), round(float(columns.mean()))) == (122, 162)
    (piece,) = stored(town)
    page.goto(f"{town.url}/console/#pieces/{piece['id']}")
    expect(page.locator(".piece-photo .photo-regions")).to_be_visible()
    expect(page.locator(".piece-photos")).to_contain_text("In blue: dent, as a person marked it.")


def test_whoever_opens_it_again_sees_what_was_marked(town: Town, open_page: Open) -> None:
    piece = town.send(tarnished()).json()["id"]
    mask = np.zeros((240, 320), bool)
    mask[100:120, 150:180] = True
    decide(town.client("admin"), piece, "rework", defects=[{"defect": "dent", "mask": region(mask)}])
    page = open_page("console", "reviewer")
    expect(page.locator("#stage")).to_be_visible()
    page.goto(f"{town.url}/console/#flagged/{piece}")
    expect(page.locator(".photo-regions")).to_be_visible()


def test_two_fingers_look_nearer_also_while_a_brush_is_in_use(town: Town, open_page: Open) -> None:
    town.send(tarnished())
    page = at_the_stage(open_page)
    for key in ("d", "d", "q"):
        page.keyboard.press(key)
    hand = page.context.new_cdp_session(page)
    x, y = _place(page, 160, 120)
    touch(hand, "touchStart", (x - 40, y))
    touch(hand, "touchStart", (x - 40, y), (x + 40, y))
    for apart in (60, 80):
        touch(hand, "touchMove", (x - apart, y), (x + apart, y))
    touch(hand, "touchEnd")
    assert looked_at(page)[0] > 1.5
    expect(page.locator("[aria-label='Place dent']")).to_be_visible()  # nothing was painted
