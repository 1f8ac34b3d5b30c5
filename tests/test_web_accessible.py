"""Every screen of the artisan's app at 360 × 640, in both languages: no barrier and no small target."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import SMALLEST_TARGET_PX, Open, in_a_browser, scrolls_sideways
from tests.phone_screens import SCREENS, show

pytestmark = [pytest.mark.slow, in_a_browser]
BARRIERS = {"serious", "critical"}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SMALL = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, audio, summary")]
  .filter((one) => one.checkVisibility())
  .map((one) => ({ name: one.id || one.className || one.tagName, box: one.getBoundingClientRect() }))
  .filter(({ box }) => box.width > 0 && Math.min(box.width, box.height) < %d)
  .map(({ name, box }) => `${name}: ${box.width} × ${box.height}`)"""
IN_ORDER = """() => [...document.querySelectorAll("button, input, audio")]
  .filter((one) => one.checkVisibility() && !one.disabled)
  .map((one) => ({
    tab: one.tabIndex,
    last: one.closest(".actions") !== null,
    top: Math.round(one.getBoundingClientRect().top + scrollY),
  }))"""


def barriers(page: Page) -> list[str]:
    """Findings of axe-core that are serious or worse, with the places."""
    found: dict[str, Any] = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}}).response
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:120] for node in one['nodes']]}"
        for one in found["violations"]
        if one["impact"] in BARRIERS
    ]


@pytest.mark.parametrize(("locale", "scheme"), [("en-KE", "light"), ("sw-KE", "light"), ("sw-KE", "dark")])
def test_no_screen_has_a_barrier_a_small_target_or_scrolls_sideways(
    open_page: Open, locale: str, scheme: str
) -> None:
    page = open_page("phone", None, locale=locale, scheme=scheme)
    expect(page.locator("#enter")).to_be_visible()
    faults = {"enter": [*barriers(page), *page.evaluate(SMALL % SMALLEST_TARGET_PX)]}
    for name in SCREENS:
        show(page, name)
        faults[name] = [*barriers(page), *page.evaluate(SMALL % SMALLEST_TARGET_PX)]
        if scrolls_sideways(page):
            faults[name].append("scrolls sideways")
    assert {name: found for name, found in faults.items() if found} == {}


def test_the_keyboard_goes_through_every_screen_from_top_to_bottom(open_page: Open) -> None:
    page = open_page("phone", None)
    expect(page.locator("#enter")).to_be_visible()
    for name in SCREENS:
        show(page, name)
        stops = page.evaluate(IN_ORDER)
        assert {stop["tab"] for stop in stops} == {0}, name  # the order of the page, and nothing is left out
        tops = [stop["top"] for stop in stops if not stop["last"]]
        assert tops == sorted(tops), name
        assert [stop["last"] for stop in stops] == sorted(stop["last"] for stop in stops), name


def test_what_comes_next_is_under_the_thumb_on_every_screen(open_page: Open) -> None:
    page = open_page("phone", None, locale="sw-KE")
    expect(page.locator("#enter")).to_be_visible()
    for name in SCREENS:
        show(page, name)
        box = page.locator(".actions button:visible").last.bounding_box()
        assert box is not None
        assert 640 * 0.6 < box["y"] < 640 - SMALLEST_TARGET_PX, name
