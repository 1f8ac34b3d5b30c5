"""On the phone: she is asked once, in her language, and may change her mind, also with no network."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.parts.browser import Open, fact, in_a_browser, installed, stored, take, verdict, wait_for
from tests.parts.served import OWN, Town, clean, serve
from ubora.service.http.pages import WEB
from ubora.service.words import read_catalogue

pytestmark = in_a_browser


@pytest.fixture
def town(tmp_path: Path, releases: Path) -> Iterator[Town]:
    with serve(tmp_path, releases, consent=False) as running:
        yield running


def history(town: Town) -> list[dict[str, Any]]:
    path = f"/v1/microfactories/{OWN}/consents"
    found: list[dict[str, Any]] = town.client("admin").get(path).json()["history"]
    return found


def choose(page: Page, photos: str, voices: str) -> None:
    page.check(f"#whose-photos-{photos}")
    page.check(f"#whose-voices-{voices}")
    page.click("#whose-keep")


def test_she_is_asked_before_the_first_piece_and_never_again(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan", locale="sw-KE")
    expect(page.locator("#screen-whose")).to_contain_text("Picha ni za nani")
    # Half an answer is none.
    page.check("#whose-photos-yes")
    page.click("#whose-keep")
    expect(page.locator("#whose-both")).to_be_visible()
    choose(page, "yes", "no")
    expect(page.locator("#screen-home")).to_be_visible()
    wait_for(page, lambda: len(history(town)) == 1)
    (said,) = history(town)
    assert (said["photos"], said["voices"], said["language"], said["label"]) == (True, False, "sw", "artisan")
    assert said["said_at"] is not None
    take(page, clean())
    verdict(page, "passed")
    page.reload()
    expect(page.locator("#screen-home")).to_be_visible()
    # Nor on another phone of her workshop.
    other = open_page("phone", "artisan")
    expect(other.locator("#screen-home")).to_be_visible()
    assert len(history(town)) == 1


def test_no_answer_is_no_consent_and_is_not_asked_for_again(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    page.click("#whose-later")
    expect(page.locator("#screen-home")).to_be_visible()
    take(page, clean())
    verdict(page, "passed")
    page.reload()
    expect(page.locator("#screen-home")).to_be_visible()
    assert history(town) == []
    assert len(stored(town)) == 1


def test_she_withdraws_it_with_no_network_and_the_hub_hears_of_it_later(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    choose(page, "yes", "yes")
    installed(page)
    wait_for(page, lambda: len(history(town)) == 1)
    page.context.set_offline(True)
    page.click("#share")
    page.click("#to-whose")
    expect(page.locator("#whose-photos-yes")).to_be_checked()
    choose(page, "no", "yes")
    expect(page.locator("#screen-workshop")).to_be_visible()
    page.click("#to-whose")
    expect(page.locator("#whose-since")).to_contain_text("as soon as there is network")
    assert len(history(town)) == 1
    page.context.set_offline(False)
    wait_for(page, lambda: len(history(town)) == 2)
    assert [(one["photos"], one["voices"]) for one in history(town)] == [(True, True), (False, True)]
    wait_for(page, lambda: fact(page, "consent_waiting") is None)


def test_another_version_of_the_words_has_another_name() -> None:
    """What she agreed to is known by its version: whoever changes the words changes it, and this hash."""
    read = {key: word.model_dump() for key, word in read_catalogue().words.items() if key in READ}
    assert hashlib.sha256(json.dumps(read, sort_keys=True).encode()).hexdigest()[:16] == HASHES[version()]


READ = {f"whose.{name}" for name in ("yours", "for", "free", "photos", "voices", "yes", "no")}
HASHES = {"2026-11": "ced25216ad4b8d06"}


def version() -> str:
    return (WEB / "phone/consent.js").read_text("utf-8").split('WORDS = "')[1].split('"')[0]
