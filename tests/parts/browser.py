"""A real Chromium for page tests, and what people do in it.

`open_page("phone", "artisan", locale="sw-KE")` opens a page by the link with that person's token.
"""

import io
import shutil
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect, sync_playwright

from tests.parts.served import Town

PHONE = {"width": 360, "height": 640}
LAPTOP = {"width": 1280, "height": 800}
SMALLEST_TARGET_PX = 48
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Newer ones tell every page of ten free gigabytes, so that no disk gives a person away.
    "--disable-features=StaticStorageQuota",
    "--use-fake-device-for-media-stream",
]

# A busy machine is slow, not wrong: a condition that is met ends the wait at once.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)

in_a_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here (apt install chromium)")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


Open = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, town: Town) -> Iterator[Open]:
    """open_page("phone", "artisan", locale="sw-KE") opens the page by the link with that person's token.

    A page that logs an error, or throws one, fails its test; an answer that is refused or lost is the test's
    own doing.
    """
    contexts, faults = [], []

    def opened(page: str, who: str | None, scheme: str = "light", locale: str = "en-KE") -> Page:
        size = PHONE if page == "phone" else LAPTOP
        context = chromium.new_context(
            viewport={"width": size["width"], "height": size["height"]},
            has_touch=page == "phone",
            is_mobile=page == "phone",
            locale=locale,
            color_scheme="dark" if scheme == "dark" else "light",
        )
        contexts.append(context)
        tab = context.new_page()
        tab.set_default_timeout(PATIENCE_MS)
        tab.on("pageerror", lambda error: faults.append(str(error)))
        tab.on(
            "console",
            lambda message: (
                faults.append(message.text)
                if message.type in {"error", "warning"} and "Failed to load resource" not in message.text
                else None
            ),
        )
        tab.goto(f"{town.url}/{page}/" + (f"#token={town.tokens[who]}" if who else ""))
        return tab

    yield opened
    for context in contexts:
        context.close()
    assert not faults, faults


def photo_file(data: bytes) -> FilePayload:
    return {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": data}


def choose_design(page: Page) -> None:
    """The first design is what is being made. With it the phone has heard of designs and orders."""
    page.click("#work")
    page.click("#designs button >> nth=0")
    expect(page.locator("#work .change")).to_be_visible()


def choose_order(page: Page, lot: str) -> None:
    """What is made for an order is being made; until home says so, a photo belongs to nothing."""
    page.click("#work")
    page.locator("#orders .order", has_text=lot).click()
    expect(page.locator("#screen-home #work")).to_contain_text(lot)
    expect(page.locator("#work .change")).to_be_visible()


def take(page: Page, data: bytes) -> None:
    """Photograph a piece; of the first design, if nothing was chosen."""
    page.wait_for_selector("#screen-home:visible, #screen-piece:visible, #screen-camera:visible")
    # Asked at once: the screen may change between two questions.
    nothing_chosen = page.evaluate(
        """() => {
             const home = document.querySelector("#screen-home:not([hidden])");
             return Boolean(home?.querySelector("#work")) && !home.querySelector("#work .change");
           }"""
    )
    if nothing_chosen:
        choose_design(page)
    page.set_input_files("#camera", photo_file(data))


def verdict(page: Page, status: str) -> Locator:
    shown = page.locator(f"#screen-piece .banner.{status}")
    expect(shown).to_be_visible()
    return shown


def installed(page: Page) -> None:
    """Wait until the phone's service worker has the whole app."""
    expect(page.locator("#screen-home")).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")


def wait_for(page: Page, met: Callable[[], bool]) -> None:
    """Wait for what is not on the page; a plain sleep would hold up the routes that a test set."""
    deadline = time.monotonic() + 2 * PATIENCE_MS / 1000
    while not met():
        assert time.monotonic() < deadline, "waited in vain"
        page.wait_for_timeout(50)


def stored(town: Town) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = town.client("admin").get("/v1/inspections").json()["items"]
    return items


def line(page: Page, waiting: int, sent: int) -> None:
    """What is always in sight on the phone."""
    expect(page.locator("#line")).to_contain_text(f"{waiting} waiting, {sent} sent")


def queued(page: Page) -> list[dict[str, Any]]:
    """The pieces in the phone's store, without their photos' bytes."""
    found: list[dict[str, Any]] = page.evaluate(
        """async () => {
             const { Store } = await import("./store.js");
             const store = await Store.open();
             const pieces = await store.all("pieces");
             store.database.close();
             return pieces;
           }"""
    )
    return found


def scrolls_sideways(page: Page) -> bool:
    wide: bool = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return wide


def turned_by_exif(photo: Image.Image) -> bytes:
    """As a phone held upright writes it: the sensor's rows, and a note that says turn by 90°."""
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    photo.transpose(Image.Transpose.ROTATE_90).save(out, "JPEG", quality=92, exif=exif)
    return out.getvalue()


def fact(page: Page, name: str) -> object:
    """What the phone's disk holds under a name; None where nothing."""
    return page.evaluate(
        """async (name) => {
             const { Store } = await import("./store.js");
             const store = await Store.open();
             const found = (await store.fact(name)) ?? null;
             store.database.close();
             return found;
           }""",
        name,
    )
