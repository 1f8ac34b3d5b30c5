"""A page of the console opened at an address, and what holds of each of them at every size."""

import os
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.console.agreeing import log_in
from tests.parts.browser import LAPTOP, PHONE, Open, scrolls_sideways
from tests.web.test_accessible import barriers


def opened(open_page: Open, name: str, address: str) -> Page:
    """Logged in by name, at an address of the console."""
    page = open_page("console", None)
    log_in(page, name)
    expect(page.locator("#who")).to_contain_text(name)
    go(page, address)
    return page


def go(page: Page, address: str) -> None:
    """Follow an address as a link would."""
    page.evaluate("address => (location.hash = address)", address)
    expect(page.locator(f"#{address[1:].split('/')[0]} h2").first).to_be_visible()


def check_sizes(page: Page, name: str) -> None:
    """No barrier and nothing that scrolls sideways, at a laptop's size and a phone's.

    Where SCREENSHOTS names a folder, what it looks like is kept there.
    """
    for size, kind in ((PHONE, "phone"), (LAPTOP, "laptop")):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        page.wait_for_timeout(150)
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=str(Path(folder) / f"{name}-{kind}.png"))
        assert (scrolls_sideways(page), barriers(page)) == (False, []), kind
