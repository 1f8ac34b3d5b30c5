"""Contested flags in the console: first in the queue, seen and heard, decided with the usual keys."""

import io
import json
import math
import uuid
import wave
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.parts.browser import Open, in_a_browser, scrolls_sideways, wait_for
from tests.parts.photos import jpeg
from tests.parts.served import Town, drawn, tarnished


def spoken(seconds: float = 1.0) -> bytes:
    """A tone, as a WAV file that a browser really plays."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        samples = (int(9000 * math.sin(at / 4)) for at in range(int(8000 * seconds)))
        file.writeframes(b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples))
    return out.getvalue()


def contest(town: Town, inspection: str, note: str, **files: tuple[str, bytes]) -> str:
    """The appeal's id."""
    appeal = str(uuid.uuid4())
    sent: list[tuple[str, Any]] = [("context", (None, json.dumps({"note": note}))), *files.items()]
    path = f"/v1/inspections/{inspection}/appeals/{appeal}"
    answer = town.client("artisan").put(path, files=sent)
    assert answer.status_code == 201, answer.text
    return appeal


def appeal_of(town: Town, inspection: str) -> Any:
    return town.client("admin").get(f"/v1/inspections/{inspection}").json()["appeal"]


@pytest.mark.slow
@in_a_browser
def test_a_contested_piece_comes_first_and_is_seen_heard_and_decided(town: Town, open_page: Open) -> None:
    contested = town.send(tarnished(1)).json()["id"]
    town.send(tarnished(2))
    town.review(contested, "reject", note="A stain.", who="admin")
    second = jpeg(drawn(seed=5, width=400, height=300))
    note = "It is <b>patina</b>,\nnot a stain."
    contest(town, contested, note, voice=("v.wav", spoken()), photo=("p.jpg", second))
    page = open_page("console", "reviewer")
    expect(page.locator(".waiting")).to_have_count(2)
    first = page.locator(".waiting").first
    expect(first).to_have_attribute("data-id", contested)
    expect(first).to_contain_text("contested")
    section = page.locator(".appeal.waits")
    expect(section.locator("blockquote")).to_have_text(note)
    expect(section).to_contain_text("Was rejected by admin")
    player = page.locator(".appeal audio")
    wait_for(page, lambda: abs((player.evaluate("one => one.duration") or 0) - 1) < 0.1)
    page.keyboard.press("v")
    wait_for(page, lambda: player.evaluate("one => one.currentTime") > 0)
    section.locator(".second-photo").click()
    expect(page.locator("#stage-photo .photo-seen")).to_have_attribute("width", "400")
    expect(page.locator("#photo-choice [aria-pressed=true]")).to_contain_text("from the workshop")
    page.keyboard.press("z")
    expect(page.locator("#stage-photo.zoomed")).to_be_visible()
    assert not scrolls_sideways(page)
    page.keyboard.press("a")
    expect(page.locator("#said")).to_contain_text("Accepted: Disc, mf-own.")
    expect(page.locator(".waiting")).to_have_count(1)
    assert appeal_of(town, contested)["outcome"] == "overturned"
    page.click("text=Open it again")
    expect(page.locator(".appeal")).to_contain_text("overturned: the workshop was right")
    page.keyboard.press("w")
    expect(page.locator("#said")).to_contain_text("Sent back for rework")
    assert appeal_of(town, contested)["outcome"] == "upheld"


@pytest.mark.slow
@in_a_browser
def test_nobody_decides_over_an_appeal_that_came_while_the_page_was_open(town: Town, open_page: Open) -> None:
    piece = town.send(tarnished()).json()["id"]
    page = open_page("console", "reviewer")
    expect(page.locator("#stage-photo .photo")).to_be_visible()
    contest(town, piece, "Look again.")
    page.fill("#note", "A stain.")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(page.locator("#failed")).to_contain_text("contested it meanwhile")
    expect(page.locator(".appeal.waits blockquote")).to_have_text("Look again.")
    expect(page.locator("#note")).to_have_value("A stain.")
    assert appeal_of(town, piece)["outcome"] == "waiting"
    page.keyboard.press("r")
    expect(page.locator("#said")).to_contain_text("Rejected")
    assert appeal_of(town, piece)["outcome"] == "upheld"


@pytest.mark.slow
@in_a_browser
def test_a_voice_that_no_browser_plays_is_said_to_be_lost(town: Town, open_page: Open) -> None:
    piece = town.send(tarnished()).json()["id"]
    contest(town, piece, "", voice=("v.webm", b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm" + bytes(200)))
    page = open_page("console", "reviewer")
    expect(page.locator(".appeal .notice")).to_contain_text("this browser cannot play it")
