"""Defects with a place: drawn, moved, sized, removed and taken back, by hand and by keys."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.console.review.looking import PHOTO, at_the_stage, box_of
from tests.console.test_appeals import contest
from tests.parts.browser import Open, in_a_browser, stored
from tests.parts.photos import jpeg
from tests.parts.served import Town, clean, drawn, tarnished
from tests.web.test_accessible import barriers

pytestmark = [pytest.mark.slow, in_a_browser]
WIDTH = 320
"""Of a photo of the tests, pixels."""
LINES = ".photo-boxes .box-line"


def _drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Between two places of the photo, in its pixels."""
    photo = box_of(page, PHOTO)
    scale = photo["width"] / WIDTH
    places = [(photo["x"] + x * scale, photo["y"] + y * scale) for x, y in (start, end)]
    page.mouse.move(*places[0])
    page.mouse.down()
    page.mouse.move(*places[1], steps=4)
    page.mouse.up()


def _click(page: Page, x: float, y: float) -> None:
    photo = box_of(page, PHOTO)
    scale = photo["width"] / WIDTH
    page.mouse.click(photo["x"] + x * scale, photo["y"] + y * scale)


def _in_hand(page: Page) -> list[float]:
    """x, y, width, height of the box in hand, photo pixels."""
    line = page.locator(".photo-boxes .in-hand .box-line")
    return [float(line.get_attribute(name) or "nan") for name in ("x", "y", "width", "height")]


def _near(one: list[float], other: list[float]) -> bool:
    return all(abs(a - b) <= 2 for a, b in zip(one, other, strict=True))


def _decided(page: Page, town: Town) -> Any:
    page.keyboard.press("w")
    expect(page.locator("#said")).to_contain_text("Sent back for rework")
    (review,) = (one["review"] for one in stored(town))
    return review["defects"]


def test_an_added_defect_is_drawn_moved_and_sized_by_hand(town: Town, open_page: Open) -> None:
    town.send(tarnished())
    page = at_the_stage(open_page)
    page.keyboard.press("d")
    page.keyboard.press("d")
    expect(page.locator("#hint")).to_contain_text("Drag a box around the dent.")
    assert barriers(page) == []
    _drag(page, (200, 60), (240, 90))
    assert _near(_in_hand(page), [200, 60, 40, 30])
    _drag(page, (220, 75), (230, 95))
    assert _near(_in_hand(page), [210, 80, 40, 30])
    _drag(page, (250, 110), (270, 130))
    assert _near(_in_hand(page), [210, 80, 60, 50])
    _drag(page, (240, 100), (340, 300))  # never out of the photo
    assert _in_hand(page) == [260, 190, 60, 50]
    tarnish, dent = _decided(page, town)
    assert (tarnish["defect"], tarnish["box"] is None) == ("tarnish", False)
    assert (dent["defect"], dent["photo"], dent["box"]) == ("dent", 0, [260, 190, 60, 50])


def test_an_added_defect_is_placed_moved_and_sized_by_keys(town: Town, open_page: Open) -> None:
    town.send(tarnished())
    page = at_the_stage(open_page)
    for key in ("d", "d", "Enter"):
        page.keyboard.press(key)
    assert _in_hand(page) == [136, 96, 48, 48]
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowLeft", "Shift+ArrowDown"):
        page.keyboard.press(key)
    assert _in_hand(page) == [140, 98, 46, 50]
    page.keyboard.press("Escape")
    expect(page.locator(".photo-boxes .in-hand")).to_have_count(0)
    assert _decided(page, town)[1]["box"] == [140, 98, 46, 50]


def test_escape_takes_back_what_is_being_drawn(town: Town, open_page: Open) -> None:
    town.send(tarnished())
    page = at_the_stage(open_page)
    page.keyboard.press("d")
    page.keyboard.press("d")
    expect(page.locator(".chosen li")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(page.locator(".chosen li")).to_have_count(1)
    expect(page.locator(".check")).to_contain_text("Not checked")
    expect(page.locator("#hint")).to_have_text("")
    assert _decided(page, town) is None


def test_what_the_machine_found_is_moved_removed_and_every_step_is_taken_back(
    town: Town, open_page: Open
) -> None:
    sent = town.send(tarnished()).json()
    (found,) = sent["photos"][0]["defects"]
    x, y, width, height = found["box"]
    page = at_the_stage(open_page)
    _click(page, x + width / 2, y + height / 2)
    assert _in_hand(page) == found["box"]
    expect(page.locator(".check")).to_contain_text("Not checked")  # taken in hand is not corrected
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Delete")
    expect(page.locator(".check")).to_contain_text("Checked: no defect")
    page.keyboard.press("Control+z")
    assert _in_hand(page) == [x + 2, y, width, height]
    page.keyboard.press("Control+z")
    assert _in_hand(page) == found["box"]
    expect(page.locator(".check")).to_contain_text("Not checked")
    page.keyboard.press("Control+y")
    page.click(".steps >> text=Redo")
    expect(page.locator(LINES)).to_have_count(0)
    page.click(".steps >> text=Undo")
    assert [one["box"] for one in _decided(page, town)] == [[x + 2, y, width, height]]


def test_a_key_goes_from_box_to_box_and_the_list_gives_a_place(town: Town, open_page: Open) -> None:
    town.send(tarnished())
    page = at_the_stage(open_page)
    page.keyboard.press("m")
    first = _in_hand(page)
    for key in ("d", "d", "Enter"):
        page.keyboard.press(key)
    second = _in_hand(page)
    page.keyboard.press("m")
    assert _in_hand(page) == first
    page.keyboard.press("m")
    assert _in_hand(page) == second
    page.keyboard.press("Escape")
    page.click("[data-chip=crack]")
    page.keyboard.press("h")  # a defect may stay without a place
    page.click("[aria-label='Take in hand the box of dent']")
    assert _in_hand(page) == second
    page.click("[aria-label='Place crack']")
    _drag(page, (100, 100), (130, 120))
    page.click("[aria-label='Remove dent']")
    said = [(one["defect"], one["box"] is not None) for one in _decided(page, town)]
    assert said == [("tarnish", True), ("crack", True)]


def test_a_box_belongs_to_its_photo_and_none_is_drawn_on_one_that_nobody_inspected(
    town: Town, open_page: Open
) -> None:
    piece = town.send(clean(1), tarnished(2)).json()["id"]
    contest(town, piece, "Look again.", photo=("p.jpg", jpeg(drawn(seed=5))))
    page = at_the_stage(open_page)
    for key in ("1", "d", "d", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(LINES)).to_have_count(1)
    page.keyboard.press("3")
    expect(page.locator("#photo-choice [aria-pressed=true]")).to_contain_text("from the workshop")
    expect(page.locator(LINES)).to_have_count(0)
    page.keyboard.press("d")
    page.keyboard.press("c")
    expect(page.locator(".chosen li")).to_have_count(3)
    expect(page.locator("#hint")).to_have_text("")
    page.keyboard.press("2")
    expect(page.locator(LINES)).to_have_count(1)
    boxes = [(one["defect"], one["photo"], one["box"] is not None) for one in _decided(page, town)]
    assert boxes == [("tarnish", 1, True), ("dent", 0, True), ("crack", 0, False)]
