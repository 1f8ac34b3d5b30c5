"""Fifty photos and a browser that is killed five times: everything arrives, and everything arrives once."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from tests.parts.browser import (
    CHROMIUM,
    CHROMIUM_ARGUMENTS,
    PHONE,
    choose_design,
    in_a_browser,
    queued,
    take,
    wait_for,
)
from tests.parts.served import Town, clean, wait_until
from tests.phone.broken_line import broken_line

pytestmark = [pytest.mark.slow, in_a_browser]


@contextmanager
def killable(chromium: Browser, profile: Path) -> Iterator[tuple[Page, subprocess.Popen[bytes]]]:
    """A browser in a process group of its own, with a profile that outlives it."""
    assert CHROMIUM is not None
    told = profile / "DevToolsActivePort"
    told.unlink(missing_ok=True)
    for left in profile.glob("Singleton*"):
        left.unlink()
    process = subprocess.Popen(
        [
            CHROMIUM,
            *CHROMIUM_ARGUMENTS,
            "--headless=new",
            "--remote-debugging-port=0",
            f"--user-data-dir={profile}",
        ],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: told.exists() and "\n" in told.read_text())
        port = told.read_text().split("\n")[0]
        browser = connected(chromium, f"http://127.0.0.1:{port}")
        page = browser.contexts[0].new_page()
        page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
        page.set_default_timeout(60_000)
        yield page, process
    finally:
        kill(process)


def connected(chromium: Browser, address: str) -> Browser:
    """Asked while it opens its first tab, about one browser in fifty never answers; asked again, it does."""
    for patience_ms in (10_000, 20_000):
        with suppress(Error):
            return chromium.browser_type.connect_over_cdp(address, timeout=patience_ms)
    return chromium.browser_type.connect_over_cdp(address, timeout=60_000)


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to every process of the browser: none can write another byte."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait(30)


def few_wait(page: Page, most: int) -> bool:
    return 0 <= waiting(page) <= most


def waiting(page: Page) -> int:
    found = re.match(r"(\d+) waiting", page.locator("#line").inner_text())
    return int(found[1]) if found else -1


def test_fifty_photos_and_five_kills_arrive_exactly_once(
    town: Town, chromium: Browser, tmp_path: Path
) -> None:
    profile = tmp_path / "profile"
    taken: dict[str, str] = {}
    with broken_line(town.url) as network:
        address = f"{network.url}/phone/"
        with killable(chromium, profile) as (page, process):
            page.goto(f"{address}#token={town.tokens['artisan']}")
            expect(page.locator("#screen-home")).to_be_visible()
            page.evaluate("navigator.serviceWorker.ready.then(() => true)")
            choose_design(page)
            network.down = True
            network.cut()
            photograph(page, 0, 20)
            kill(process)  # 1: right after the twentieth was said to be kept
        with killable(chromium, profile) as (page, process):
            page.goto(address)  # with no network at all
            expect(page.locator("#line")).to_contain_text("20 waiting, 0 sent")
            photograph(page, 20, 35)
            kill(process)  # 2
        with killable(chromium, profile) as (page, process):
            page.goto(address)
            expect(page.locator("#line")).to_contain_text("35 waiting, 0 sent")
            photograph(page, 35, 50)
            taken = {piece["id"]: piece["state"] for piece in queued(page)}
            network.down = False
            page.evaluate("dispatchEvent(new Event('online'))")
            wait_for(page, lambda: waiting(page) <= 42)
            kill(process)  # 3: while it sends
        for left in (25, 10):
            with killable(chromium, profile) as (page, process):
                page.goto(address)
                wait_for(page, partial(few_wait, page, left))
                kill(process)  # 4 and 5
        with killable(chromium, profile) as (page, process):
            page.goto(address)
            expect(page.locator("#line")).to_contain_text("0 waiting, 50 sent", timeout=120_000)
    arrived = town.client("admin").get("/v1/inspections?limit=200").json()["items"]
    assert len(taken) == 50
    assert sorted(inspection["id"] for inspection in arrived) == sorted(taken)
    assert len({inspection["photos"][0]["sha256"] for inspection in arrived}) == 50


def photograph(page: Page, first: int, last: int) -> None:
    for seed in range(first, last):
        take(page, clean(seed))
        expect(page.locator("#line")).to_contain_text(f"{seed + 1} waiting, 0 sent")
