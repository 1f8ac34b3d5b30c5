"""Half a photo on the phone: told before it is made small, in both languages; and what the canvas draws."""

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.imaging.odd_photos import CLIP, DISPLAY_P3, ODD, as_if, cut_out, profile_of, saved, without_end
from tests.parts.browser import Open, choose_design, in_a_browser, queued
from tests.parts.served import Town, clean, drawn
from ubora.models.imaging import colour
from ubora.models.imaging.colour import meaning_of
from ubora.models.imaging.faults import PictureError
from ubora.models.imaging.metadata import strip_jpeg
from ubora.models.imaging.reading import Picture
from ubora.service.words import read_catalogue

pytestmark = [pytest.mark.slow, in_a_browser]
_LEFT_TO_THE_HUB = {"progressive, cut, and an end marker"}
"""Of several scans the phone looks for the last one's end marker alone."""


def _whole(page: Page, files: list[bytes]) -> list[bool]:
    found: list[bool] = page.evaluate(
        """async (files) => {
             const { decodesWhole, isWhole } = await import("./ending.js");
             const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
             const both = async (data) => isWhole(data) && (await decodesWhole(data));
             return Promise.all(files.map((text) => both(bytes(text))));
           }""",
        [base64.b64encode(data).decode() for data in files],
    )
    return found


def _shrunk(page: Page, data: bytes) -> np.ndarray:
    """(h, w, 3) uint8: what the phone would send of a file."""
    text = page.evaluate(
        """async (text) => {
             const { shrinkPhoto } = await import("./shrink.js");
             const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
             const { photo } = await shrinkPhoto(new Blob([bytes]));
             return btoa(String.fromCharCode(...new Uint8Array(await photo.arrayBuffer())));
           }""",
        base64.b64encode(data).decode(),
    )
    sent = base64.b64decode(text)
    assert meaning_of(colour.profile_of(sent, "JPEG"), grey=False).said == "sRGB"
    return np.asarray(Image.open(io.BytesIO(sent)).convert("RGB"))


def test_the_phone_finds_half_a_photo_where_the_rooms_do(open_page: Open) -> None:
    page = open_page("phone", "artisan")
    names = [name for name in ODD if name not in _LEFT_TO_THE_HUB]
    said = ("ends before", "or broken", "a broken WEBP")
    cut = {name for name in names if (ODD[name].refused or "").startswith(said)}
    found = _whole(page, [ODD[name].data for name in names])
    assert {name for name, whole in zip(names, found, strict=True) if not whole} == cut


def test_it_finds_a_cut_at_any_place_as_the_service_does(open_page: Open) -> None:
    page = open_page("phone", "artisan")
    ways: tuple[dict[str, Any], ...] = (
        {},
        {"restart_marker_rows": 1},
        {"subsampling": 0},
        {"optimize": True},
    )
    for options in ways:
        whole = strip_jpeg(saved(Image.fromarray(drawn()), **options))
        files = [
            whole[:stop] + behind
            for stop in (*range(650, len(whole) - 2, 311), len(whole) - 3, len(whole) - 2)
            for behind in (b"", b"\xff\xd9", CLIP)
        ]
        taken = [_is_taken(data) for data in files]
        assert _whole(page, files) == taken, options
        assert taken[-3:] == [True] * 3


def _is_taken(data: bytes) -> bool:
    """By the service."""
    try:
        Picture(data).check()
    except PictureError:
        return False
    return True


def test_half_a_photo_is_told_in_both_languages_and_nothing_is_kept_or_sent(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", "artisan", locale="sw-KE")
    sent: list[str] = []
    page.on(
        "request", lambda request: sent.append(request.url) if request.method in {"PUT", "PATCH"} else None
    )
    choose_design(page)
    words = read_catalogue().words["cut_short"]
    for name in ("cut in half", "cut, and an end marker", "PNG whose pixels stop early"):
        data = ODD[name].data
        page.set_input_files("#camera", {"name": "1.jpg", "mimeType": "image/jpeg", "buffer": data})
        notice = page.locator("#screen-camera .notice.stop")
        expect(notice).to_contain_text(words.sw)
        page.click("#language")
        expect(notice).to_contain_text(words.en)
        page.click("#language")
        assert (queued(page), sent) == ([], [])
    motion = without_end(clean()) + b"\xff\xd9" + CLIP
    page.set_input_files("#camera", {"name": "1.jpg", "mimeType": "image/jpeg", "buffer": motion})
    expect(page.locator("#screen-piece .banner.passed")).to_be_visible()


def test_the_canvas_draws_other_colours_in_srgb(open_page: Open) -> None:
    page = open_page("phone", "artisan")
    profile = profile_of(DISPLAY_P3)
    shown = np.full((240, 320, 3), (180, 120, 60), np.uint8)
    for kind in ("JPEG", "PNG", "WEBP"):
        other = saved(as_if(shown, profile), kind, icc_profile=profile)
        assert np.abs(_shrunk(page, other).astype(int) - shown).max() <= 5, kind


def test_what_can_be_seen_through_stands_on_white_as_at_the_hub(open_page: Open) -> None:
    page = open_page("phone", "artisan")
    assert _shrunk(page, saved(cut_out(), "PNG"))[:, 175:].min() > 240
