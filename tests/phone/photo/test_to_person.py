"""On the phone a piece whose photo does not come out goes to a person, also with no network.

What a person accepted shows no fault and no tip."""

from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page, Route, expect

from tests.parts.browser import Open, in_a_browser, scrolls_sideways, stored, take, verdict
from tests.parts.served import Town, clean, dark, tarnished
from tests.phone.contesting import press

pytestmark = [pytest.mark.slow, in_a_browser]
SEND = "Send it to a person"


def sent_dark(page: Page, seed: int) -> None:
    take(page, dark(seed))
    page.click("#anyway")


def once_more(page: Page, seed: int) -> None:
    with page.expect_file_chooser() as chooser:
        page.click("#screen-piece [data-key=take]")
    chooser.value.set_files({"name": "x.jpg", "mimeType": "image/jpeg", "buffer": dark(seed)})
    page.click("#anyway")


def hear(page: Page) -> None:
    page.evaluate("dispatchEvent(new Event('online'))")


def test_after_the_second_retake_it_goes_to_a_person_with_no_network_and_is_accepted(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", "artisan")
    sent_dark(page, 1)
    verdict(page, "retake")
    expect(page.locator(".contest")).to_have_count(0)
    once_more(page, 2)
    verdict(page, "retake")
    offer = page.locator(".contest.offer")
    expect(offer.get_by_role("button", name=SEND, exact=True)).to_be_in_viewport()
    page.context.set_offline(True)
    press(page, SEND)
    expect(page.locator(".course .now")).to_have_text("Waits on this phone for network")
    expect(page.locator("#line")).to_contain_text("1 waiting")
    page.context.set_offline(False)
    hear(page)
    verdict(page, "pending")
    expect(page.locator(".course .now")).to_have_text("A person at the hub looks at it")
    for marked in (".findings", ".frame", ".toggle", ".hand"):
        expect(page.locator(f"#screen-piece {marked}")).to_have_count(0)
    assert not scrolls_sideways(page)
    piece, _ = stored(town)
    assert (piece["verdict"], piece["status"], piece["retakes"]) == ("retake", "pending", 2)

    console = open_page("console", "reviewer")
    expect(console.locator(".waiting")).to_have_count(1)
    expect(console.locator(".contested-mark")).to_have_text("sent to a person")
    expect(console.locator("#panel-body .why")).to_contain_text("After 2 photos that were to be taken again")
    expect(console.locator("#panel-body .why")).to_contain_text("dark")
    expect(console.locator("#panel-body .appeal")).to_contain_text("No photo comes out better")
    expect(console.locator("#stage-photo .photo-seen")).to_be_visible()
    expect(console.locator("#stage-photo .frame")).to_have_count(0)
    console.keyboard.press("a")
    expect(console.locator("#said")).to_contain_text("Accepted")

    hear(page)
    verdict(page, "passed")
    expect(page.locator("#screen-piece .banner")).to_contain_text("The hub accepted it")
    expect(page.locator("#screen-piece .instruction")).to_have_count(0)
    expect(page.locator(".course li").last).to_have_text("Accepted")


def test_a_person_sends_it_back_and_it_can_be_photographed_again(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan", locale="sw-KE")
    sent_dark(page, 1)
    verdict(page, "retake")
    once_more(page, 2)
    verdict(page, "retake")
    press(page, "Mtumie mtu akiangalie")
    verdict(page, "pending")
    piece, _ = stored(town)
    assert town.review(piece["id"], "rework").is_success
    hear(page)
    shown = verdict(page, "rework")
    expect(shown).to_contain_text("Mtu kituoni ameangalia")
    expect(page.locator("#screen-piece [data-key=take]")).to_have_text("Piga tena")


def test_a_piece_that_a_person_accepted_shows_no_fault_no_heat_and_no_tip(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", "artisan")
    take(page, tarnished())
    verdict(page, "pending")
    expect(page.locator("#screen-piece .tip")).to_have_count(1)
    (piece,) = stored(town)
    # There, and good enough: what a person saw and accepted is no fault either.
    noted = [{"defect": "scratch", "box": [10, 10, 40, 40]}]
    assert town.review(piece["id"], "accept", defects=noted, note="Good").is_success
    hear(page)
    verdict(page, "passed")
    for marked in (".findings", ".tip", ".frame", ".toggle"):
        expect(page.locator(f"#screen-piece {marked}")).to_have_count(0)
    expect(page.locator("#screen-piece .hub")).to_contain_text("Good")


def test_the_cloud_of_no_network_is_shown_with_no_network_alone(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    expect(page.locator("#screen-home")).to_be_visible()
    held: list[Route] = []
    page.route("**/v1/uploads/*", lambda route: held.append(route))
    take(page, clean())
    banner = page.locator("#screen-piece .banner.going")
    expect(banner).to_contain_text("Sending")
    expect(banner.locator("use")).to_have_attribute("href", "#icon-send")
    take(page, clean(1))
    expect(banner).to_contain_text("Kept on this phone")
    expect(banner.locator("use")).to_have_attribute("href", "#icon-clock")
    expect(banner).not_to_contain_text("network")
    page.context.set_offline(True)
    expect(banner.locator("use")).to_have_attribute("href", "#icon-cloud")
    expect(banner).to_contain_text("as soon as there is network")
    page.unroute("**/v1/uploads/*")
    for route in held:
        with suppress(Error):  # the page may have given it up
            route.abort()
    page.context.set_offline(False)
    hear(page)
    verdict(page, "passed")
