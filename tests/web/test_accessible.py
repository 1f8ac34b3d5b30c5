"""No barrier on any screen: the artisan's app at 360 × 640 in both languages, the console on a laptop.

axe-core finds what a machine can find; nothing serious or critical may be left. Targets are measured too.
"""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.parts.browser import SMALLEST_TARGET_PX, Open, in_a_browser, scrolls_sideways
from tests.parts.served import Town, clean, tarnished
from tests.phone.phone_screens import SCREENS, show

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


@pytest.mark.parametrize(("locale", "scheme"), [("en-KE", "light"), ("sw-KE", "dark")])
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_of_the_console_has_a_barrier(town: Town, open_page: Open, scheme: str) -> None:
    town.send(tarnished())
    town.send(clean())
    page = open_page("console", "admin", scheme=scheme)
    expect(page.locator("#stage-photo .photo")).to_be_visible()
    faults = {"flagged": barriers(page)}
    for name in page.locator("#views a").evaluate_all("links => links.map((link) => link.hash.slice(1))")[1:]:
        page.evaluate("name => (location.hash = name)", name)
        expect(page.locator(f"#{name} h2").first).to_be_visible()
        faults[name] = barriers(page)
    assert {"flagged", "rates", "people"} <= set(faults)
    assert {name: found for name, found in faults.items() if found} == {}
