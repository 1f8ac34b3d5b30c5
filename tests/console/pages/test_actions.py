"""Corrective actions in the console: suggested, opened, told, watched and closed by a person."""

import pytest
from playwright.sync_api import expect

from tests.console.pages.opened import check_sizes, go, opened
from tests.parts.browser import Open, in_a_browser
from tests.parts.served import OTHER, OWN, Town
from tests.service.corrective.following import VOICE, confirmed_piece, good_piece, say

pytestmark = [pytest.mark.slow, in_a_browser]


def test_a_suggestion_is_opened_and_taken_to_its_end_by_a_person(town: Town, open_page: Open) -> None:
    pieces = [confirmed_piece(town, seed) for seed in range(5)]
    for seed in range(12):
        good_piece(town, seed, microfactory=OTHER, who="other")
    page = opened(open_page, "Wanjiku", "#actions")
    expect(page.locator(".suggested")).to_contain_text("5 of its last 5 pieces; elsewhere 0 of 12")
    check_sizes(page, "actions-suggested")
    page.click("text=Follow it")
    expect(page.locator("#actions [name=defect]")).to_have_value("tarnish")
    check_sizes(page, "actions-new")
    page.fill("#actions [name=watch]", "5")
    page.fill("#actions [name=told]", "Keep finished pieces dry.")
    page.click("text=Open it")
    shown = page.locator("#actions")
    expect(shown.locator(".state-mark")).to_have_text("Waits for her answer")
    action = {"id": page.evaluate("location.hash").split("/")[1]}
    assert say(town, action, phrases=["care"], voice=VOICE).status_code == 201
    # It went on meanwhile: nothing is taken unseen.
    page.fill("#action-why", "And now?")
    page.click("text=Tell it once more")
    expect(shown.locator("[role=alert]:visible")).to_contain_text("look at it again")
    page.reload()
    expect(shown).to_contain_text("I store and carry pieces more carefully.")
    expect(shown.locator("audio")).to_have_count(1)
    page.click("text=Watch the next pieces")
    expect(shown).to_contain_text("No watched piece is decided yet.")
    for seed in range(20, 25):
        good_piece(town, seed)
    page.reload()
    expect(shown).to_contain_text("All pieces that were to be watched are decided. Did it help?")
    expect(shown.locator(".effect tbody tr")).to_have_count(2)
    check_sizes(page, "action-watched")
    page.click("text=Close: it helped")
    expect(shown.locator("[role=alert]:visible")).to_have_text("Please say why first.")
    page.fill("#action-why", "none of five")
    page.click("text=Close: it helped")
    expect(shown.locator(".done")).to_have_text("Closed: it helped.")
    page.click("text=Undo the last step")
    expect(shown.locator(".state-mark").first).to_have_text("Watched")
    go(page, f"#workshops/{OWN}")
    expect(page.locator("#workshops")).to_contain_text("5 of 5 decided, 0 with it")
    go(page, f"#pieces/{pieces[0]}")
    page.click("#pieces >> text=New corrective action")
    expect(page.locator("#actions [name=microfactory]")).to_have_value(OWN)
