"""What an artisan does with a contest on her phone, and what the phone keeps of it."""

import io
from typing import Any

from PIL import Image
from playwright.sync_api import Page, expect

from tests.parts.browser import take, verdict
from tests.parts.served import clean, tarnished

APPEALS = """async () => {
  const { Store } = await import("./store.js");
  const store = await Store.open();
  const appeals = await store.all("appeals");
  store.database.close();
  return appeals.map(({ state, piece, raw, voice, photo }) =>
    ({ state, piece, raw, voice: voice?.size ?? 0, photo: photo?.size ?? 0 }));
}"""


def appeals(page: Page) -> list[dict[str, Any]]:
    """What the phone's disk holds, sizes for bytes."""
    found: list[dict[str, Any]] = page.evaluate(APPEALS)
    return found


def press(page: Page, words: str) -> None:
    page.locator(".contest").get_by_role("button", name=words, exact=True).click()


def flagged(page: Page) -> None:
    take(page, tarnished())
    verdict(page, "pending")


def speak_for_a_second(page: Page) -> None:
    press(page, "Say why")
    expect(page.locator(".recording .clock")).to_have_text("1 / 60")
    press(page, "Done speaking")
    expect(page.locator(".kept audio")).to_be_visible()


def open_the_piece(page: Page) -> None:
    page.locator("#pieces .piece").first.click()
    expect(page.locator("#screen-piece .contest").first).to_be_visible()


def from_a_camera() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "SECRETPHONE"
    out = io.BytesIO()
    Image.open(io.BytesIO(clean())).save(out, "JPEG", exif=exif)
    return out.getvalue()
