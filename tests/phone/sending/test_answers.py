"""A defect to look at together: on her phone with no network, answered there, and sent in its turn."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.parts.browser import Open, in_a_browser, installed, line, wait_for
from tests.parts.served import Town
from tests.service.corrective.following import confirmed_piece, good_piece, seen_by, step, told

pytestmark = [pytest.mark.slow, in_a_browser]
KEPT = """async () => {
  const names = ["action.js", "answers.js", "later.css", "progress.js", "ready.js", "words.json"];
  const asked = names.map((name) => caches.match(`/phone/later/${name}`, { ignoreSearch: true }));
  const found = await Promise.all(asked);
  return found.every(Boolean);
}"""


def with_its_pages(page: Page) -> None:
    """Wait until the pages that are loaded later are there with no network, too."""
    installed(page)
    wait_for(page, lambda: bool(page.evaluate(KEPT)))


def answers(town: Town, action: dict[str, Any]) -> list[tuple[list[str], str, bool]]:
    steps = seen_by(town, "reviewer", action)["steps"]
    said = [one for one in steps if one["side"] == "workshop"]
    return [(one["phrases"], one["note"], one["voice_url"] is not None) for one in said]


def speak(page: Page) -> None:
    page.get_by_role("button", name="Say it", exact=True).click()
    expect(page.locator(".recording .clock")).to_have_text("1 / 60")
    page.click("text=Done speaking")
    expect(page.locator(".kept audio")).to_be_visible()


def test_it_is_read_and_answered_with_no_network_and_goes_once_there_is_one(
    town: Town, open_page: Open
) -> None:
    confirmed_piece(town, 1)
    action = told(town)
    page = open_page("phone", "artisan")
    with_its_pages(page)
    expect(page.locator("#screen-home")).to_contain_text("The hub has something to look at with you")
    page.context.grant_permissions(["microphone"])
    page.context.set_offline(True)
    page.reload()
    page.click("text=The hub has something to look at with you")
    shown = page.locator("#screen-action")
    for words in ("Stain", "Keep finished pieces dry.", "Wipe with a dry cloth"):
        expect(shown).to_contain_text(words)
    expect(shown.locator(".photo-marks .frame")).to_have_count(1)
    page.click("#action-send")
    expect(shown.locator("[role=alert]")).to_contain_text("Please choose, say or write something first.")
    page.check("#changed-care")
    page.fill("#action-note", "Sanduku kavu")
    speak(page)
    page.reload()  # what she said lies on the disk
    page.click("text=The hub has something to look at with you")
    expect(page.locator("#changed-care")).to_be_checked()
    page.click("#action-send")
    expect(shown).to_contain_text("Your answer is on this phone.")
    line(page, 1, 0)
    assert answers(town, action) == []
    page.context.set_offline(False)
    expect(shown).to_contain_text("The hub has your answer.")
    line(page, 0, 0)
    assert answers(town, action) == [(["care"], "Sanduku kavu", True)]


def test_an_answer_to_what_was_closed_meanwhile_is_said_and_may_be_dropped(
    town: Town, open_page: Open
) -> None:
    action = told(town)
    page = open_page("phone", "artisan")
    page.click("text=The hub has something to look at with you")
    page.check("#changed-help")
    step(town, action, "dropped", "it was the light")
    page.click("#action-send")
    shown = page.locator("#screen-action")
    expect(shown).to_contain_text("It has gone on at the hub meanwhile.")
    page.click("text=Drop it")
    expect(page.locator("#screen-action .stop-text:visible")).to_have_count(0)
    assert answers(town, action) == []


def test_her_progress_is_hers_in_counts_and_says_where_pieces_are_too_few(
    town: Town, open_page: Open
) -> None:
    confirmed_piece(town, 0)
    page = open_page("phone", "artisan")
    page.click("#share")
    page.click("#to-progress")
    shown = page.locator("#screen-progress")
    expect(shown).to_contain_text("Not enough pieces yet.")
    for seed in range(19):
        good_piece(town, 1 + seed)
    page.reload()
    page.click("#share")
    page.click("#to-progress")
    expect(shown).to_contain_text("Stain")
    expect(shown).to_contain_text("0 to 3 of every 10 pieces")
    assert "%" not in shown.inner_text()
