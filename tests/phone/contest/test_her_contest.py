"""She sees it differently: her contest, its course and its end; her own figures; what is read aloud."""

import pytest
from playwright.sync_api import Page, expect

from tests.parts.browser import (
    Open,
    in_a_browser,
    photo_file,
    scrolls_sideways,
    stored,
    take,
    verdict,
    wait_for,
)
from tests.parts.served import Town, clean, tarnished
from tests.phone.contesting import speak_for_a_second

pytestmark = [pytest.mark.slow, in_a_browser]
MOST_VOICE_BYTES = 400_000
VOICES = """lang => {
  globalThis.spoken = [];
  speechSynthesis.getVoices = () => lang ? [{ lang, name: "a voice", localService: true }] : [];
  globalThis.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
  speechSynthesis.speak = (said) => spoken.push(said.text);
  speechSynthesis.dispatchEvent(new Event("voiceschanged"));
}"""


def press(page: Page, words: str) -> None:
    page.get_by_role("button", name=words).click()


def hear_the_news(page: Page) -> None:
    page.evaluate("dispatchEvent(new Event('online'))")


def test_a_voice_and_a_photo_go_with_her_contest_and_an_overturned_flag_says_so(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", "artisan")
    page.context.grant_permissions(["microphone"], origin=town.url)
    take(page, tarnished())
    verdict(page, "pending")
    speak_for_a_second(page)
    # It can be listened to. (Playwright's own waiting needs eval, which the page's headers forbid.)
    wait_for(page, lambda: bool(page.evaluate("document.querySelector('.kept audio').readyState > 0")))
    assert not scrolls_sideways(page)
    press(page, "Throw away")
    expect(page.locator(".kept")).to_have_count(0)
    speak_for_a_second(page)
    page.set_input_files(".contest input", photo_file(clean()))
    expect(page.locator(".kept img")).to_be_visible()
    press(page, "Ask the hub to look again")
    expect(page.locator(".course .now")).to_have_text("The hub looks again")

    (inspection,) = stored(town)
    appeal = inspection["appeal"]
    assert appeal["outcome"] == "waiting"
    voice, photo = (town.client("reviewer").get(appeal[f"{part}_url"]) for part in ("voice", "photo"))
    assert voice.content[:4] == b"\x1aE\xdf\xa3"  # WebM
    assert 500 < len(voice.content) < MOST_VOICE_BYTES
    assert photo.headers["content-type"] == "image/jpeg"

    assert town.review(inspection["id"], "accept", note="It is the grain.").is_success
    hear_the_news(page)
    expect(verdict(page, "passed")).to_contain_text("You were right")
    expect(page.locator(".hub .note")).to_have_text("It is the grain.")
    expect(page.locator(".course .done")).to_have_count(3)


def test_one_tap_is_a_contest_and_an_upheld_flag_says_why(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan", locale="sw-KE")
    take(page, tarnished())
    verdict(page, "pending")
    press(page, "Omba waangalie tena")
    expect(page.locator(".course .now")).to_have_text("Kituo kinaangalia tena")
    (inspection,) = stored(town)
    assert inspection["appeal"]["note"] == "Naona tofauti. Tafadhali angalieni tena."
    assert town.review(inspection["id"], "rework", note="Doa linabaki.").is_success
    hear_the_news(page)
    verdict(page, "rework")
    expect(page.locator(".contest.upheld")).to_contain_text("Kutoka kituoni: Doa linabaki.")
    expect(page.locator(".contest .button")).to_have_count(0)


def test_a_contest_without_network_waits_on_the_phone(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    take(page, tarnished())
    verdict(page, "pending")
    page.context.set_offline(True)
    press(page, "Ask the hub to look again")
    expect(page.locator(".course .now")).to_have_text("Waits on this phone for network")
    page.context.set_offline(False)
    hear_the_news(page)
    expect(page.locator(".course .now")).to_have_text("The hub looks again")


def test_where_the_microphone_is_refused_the_contest_goes_without_a_voice(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", "artisan")
    take(page, tarnished())
    verdict(page, "pending")
    press(page, "Say why")
    expect(page.locator(".contest .stop-text")).to_contain_text("You can send it without")
    press(page, "Ask the hub to look again")
    expect(page.locator(".course .now")).to_have_text("The hub looks again")
    (inspection,) = stored(town)
    assert inspection["appeal"]["voice_url"] is None


def test_a_passed_piece_has_nothing_to_contest(open_page: Open) -> None:
    page = open_page("phone", "artisan")
    take(page, clean())
    verdict(page, "passed")
    expect(page.locator(".contest")).to_have_count(0)


def test_her_workshop_shows_its_own_figures_and_a_tip_for_what_was_flagged(
    town: Town, open_page: Open
) -> None:
    town.send(clean())
    town.send(tarnished())
    town.send(tarnished(seed=1), who="other", microfactory="mf-other")
    page = open_page("phone", "artisan")
    page.click("#share")
    shown = page.locator("#screen-workshop")
    expect(shown.locator(".figure")).to_have_text("1 of 1 passed")
    expect(shown).to_contain_text("Few pieces so far")
    expect(shown.locator(".counts")).to_contain_text("2 pieces sent")
    expect(shown.locator(".counts")).to_contain_text("1 piece waits at the hub")
    expect(shown.locator(".finding")).to_have_text("Stain1 piece")
    expect(shown.locator(".tip .drawing")).to_be_visible()


def test_the_page_reads_aloud_only_when_asked_and_only_with_a_voice_of_the_language(open_page: Open) -> None:
    page = open_page("phone", "artisan", locale="sw-KE")
    expect(page.locator("#screen-home")).to_be_visible()
    toggle = page.locator("#speech button")
    page.evaluate(VOICES, "en-GB")
    expect(toggle).to_be_hidden()  # an English voice would not be understood
    page.evaluate(VOICES, "sw-KE")
    expect(toggle).to_be_visible()
    take(page, clean())
    verdict(page, "passed")
    assert page.evaluate("spoken") == []
    toggle.click()
    expect(toggle).to_have_attribute("aria-pressed", "true")
    take(page, tarnished())
    verdict(page, "pending")
    said = page.evaluate("spoken")
    assert said[0] == "Sasa ninasoma kwa sauti."
    assert said[-1].startswith("Kituo kitaangalia")
