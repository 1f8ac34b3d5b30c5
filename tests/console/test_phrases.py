"""What a reviewer tells a workshop is read in the workshop's language; free words stay as they are."""

import uuid

import pytest
from playwright.sync_api import expect

from tests.parts.browser import Open, in_a_browser, scrolls_sideways, stored, take, verdict
from tests.parts.served import Town, tarnished
from tests.phone.contesting import press
from ubora.service.reviews.phrases import PHRASES


@pytest.mark.slow
@in_a_browser
def test_phrases_chosen_in_the_console_come_in_her_language_and_a_note_as_it_was_written(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", "artisan", locale="sw-KE")
    take(page, tarnished())
    verdict(page, "pending")
    console = open_page("console", "reviewer")
    console.click("[data-phrase=stain]")
    console.click("[data-phrase=polish]")
    console.click("[data-phrase=good]")
    console.click("[data-phrase=good]")  # not so
    expect(console.locator("[data-phrase][aria-pressed=true]")).to_have_count(2)
    console.fill("#note", "As we said on Monday.")
    console.keyboard.press("Escape")
    console.keyboard.press("w")
    expect(console.locator("#said")).to_contain_text("Sent back for rework")
    (inspection,) = stored(town)
    assert (inspection["review"]["phrases"], inspection["review"]["note"]) == (
        ["stain", "polish"],
        "As we said on Monday.",
    )
    page.evaluate("dispatchEvent(new Event('online'))")
    verdict(page, "rework")
    told = page.locator("#screen-piece .hub")
    expect(told.locator(".note")).to_have_text(
        ["Tafadhali safisha doa.", "Tafadhali king'arishe tena.", "As we said on Monday."]
    )
    expect(told.locator(".written")).to_have_text("Kama kituo kilivyoandika.")
    page.click("#language")
    expect(told.locator(".note").first).to_have_text("Please clean the stain.")
    assert not scrolls_sideways(page)
    page.click("#language")
    press(page, "Omba waangalie tena")
    verdict(page, "pending")
    console.click("#reload")
    # Her app's own sentence comes in the reviewer's language.
    expect(console.locator("#panel-body .appeal blockquote")).to_have_text(
        "I see it differently. Please look again."
    )
    expect(console.locator("#panel-body .appeal")).to_contain_text("Please clean the stain.")
    assert town.review(inspection["id"], "reject", who="admin", phrases=["crack"]).is_success
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator(".contest.upheld")).to_contain_text(
        "Kutoka kituoni: Kina ufa, kwa hiyo hakiwezi kuuzwa."
    )
    expect(page.locator(".contest.upheld .written")).to_have_count(0)


def test_an_unknown_phrase_one_twice_or_too_many_are_refused_and_a_repeat_is_the_same(town: Town) -> None:
    piece = town.send(tarnished()).json()["id"]
    for wrong in (["nonsense"], ["good", "good"], list(PHRASES[:6])):
        assert town.review(piece, "rework", phrases=wrong).status_code == 422
    path = f"/v1/inspections/{piece}/reviews/{uuid.uuid4()}"
    body = {"disposition": "rework", "phrases": ["light"]}
    client = town.client("reviewer")
    assert [client.put(path, json=body).status_code for _ in range(2)] == [201, 200]
    assert client.put(path, json={**body, "phrases": ["closer"]}).status_code == 409
    assert client.get(f"/v1/inspections/{piece}").json()["review"]["phrases"] == ["light"]
